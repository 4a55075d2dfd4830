/*
 * The linear-chain CRF as the textbooks have it (forward and backward sums in logarithms), without kernels: the
 * tests' reference implementation of ops_crf.c, which goes another way.
 */
#include <math.h>
#include <string.h>

#include "math/ops.h"

size_t nomen_op_crf_scratch(size_t n_labels) {
    return 2 * n_labels;
}

static nomen_real add_logs(nomen_real a, nomen_real b) {
    const nomen_real top = a > b ? a : b, low = a > b ? b : a;
    return top + log(1 + exp(low - top));
}

/* log sum over i of exp(a[i] + b[i * stride]) */
static nomen_real sum_logs(const nomen_real *a, const nomen_real *b, size_t stride, size_t n) {
    nomen_real sum = a[0] + b[0];
    for (size_t i = 1; i < n; i++) { sum = add_logs(sum, a[i] + b[i * stride]); }
    return sum;
}

/* The labelled row at or after `row`, and the one before it; SIZE_MAX for none. */
static size_t labelled_from(const int32_t *targets, size_t row, size_t end) {
    while (row < end && targets[row] == NOMEN_IGNORE) { row++; }
    return row < end ? row : SIZE_MAX;
}

static size_t labelled_before(const int32_t *targets, size_t row, size_t start) {
    while (row > start && targets[row - 1] == NOMEN_IGNORE) { row--; }
    return row > start ? row - 1 : SIZE_MAX;
}

double nomen_op_crf_forward(nomen_real *alpha, const nomen_real *logits, const int32_t *targets, const nomen_crf *crf,
                            const nomen_rows *rows, nomen_real *scratch) {
    const size_t n = crf->n_labels;
    double loss = 0;
    (void)scratch;
    for (size_t b = 0; b < rows->n_seqs; b++) {
        const size_t start = rows->seq_start[b], end = rows->seq_start[b + 1];
        size_t last = SIZE_MAX;
        for (size_t t = labelled_from(targets, start, end); t != SIZE_MAX; t = labelled_from(targets, t + 1, end)) {
            for (size_t j = 0; j < n; j++) {
                alpha[t * n + j] = logits[t * n + j] +
                                   (last == SIZE_MAX ? crf->start[j] : sum_logs(alpha + last * n, crf->transitions + j, n, n));
            }
            loss -= (double)(logits[t * n + (size_t)targets[t]] +
                             (last == SIZE_MAX ? crf->start[targets[t]]
                                               : crf->transitions[(size_t)targets[last] * n + (size_t)targets[t]]));
            last = t;
        }
        if (last == SIZE_MAX) { continue; }
        loss += (double)(sum_logs(alpha + last * n, crf->end, 1, n) - crf->end[targets[last]]);
    }
    return loss;
}

/* The gradients of one chain whose last labelled row is `t`; beta and next (K) are scratch. */
static void backward_chain(nomen_real *dlogits, nomen_real *dtransitions, nomen_real *dstart, nomen_real *dend,
                           const nomen_real *alpha, const int32_t *targets, const nomen_crf *crf, nomen_real scale, size_t start,
                           size_t t, nomen_real *beta, nomen_real *next) {
    const size_t n = crf->n_labels;
    const nomen_real log_z = sum_logs(alpha + t * n, crf->end, 1, n);
    memcpy(beta, crf->end, n * sizeof *beta);
    for (size_t j = 0; j < n; j++) {
        dend[j] += scale * (exp(alpha[t * n + j] + beta[j] - log_z) - ((size_t)targets[t] == j ? 1 : 0));
    }
    for (size_t before; t != SIZE_MAX; t = before) {
        before = labelled_before(targets, t, start);
        for (size_t j = 0; j < n; j++) {
            const nomen_real truth = (size_t)targets[t] == j ? 1 : 0;
            const nomen_real p = exp(alpha[t * n + j] + beta[j] - log_z);
            dlogits[t * n + j] = scale * (p - truth);
            if (before == SIZE_MAX) { dstart[j] += scale * (p - truth); }
        }
        if (before == SIZE_MAX) { return; }
        /* What comes after the row before: next[j] = logit of t + beta, where the logit is alpha less its sum. */
        for (size_t j = 0; j < n; j++) {
            next[j] = alpha[t * n + j] - sum_logs(alpha + before * n, crf->transitions + j, n, n) + beta[j];
        }
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++) {
                const nomen_real pair = exp(alpha[before * n + i] + crf->transitions[i * n + j] + next[j] - log_z);
                const int truth = (size_t)targets[before] == i && (size_t)targets[t] == j;
                dtransitions[i * n + j] += scale * (pair - (truth ? 1 : 0));
            }
            beta[i] = sum_logs(next, crf->transitions + i * n, 1, n);
        }
    }
}

void nomen_op_crf_backward(nomen_real *dlogits, nomen_real *dtransitions, nomen_real *dstart, nomen_real *dend,
                           const nomen_real *alpha, const int32_t *targets, const nomen_crf *crf, nomen_real scale,
                           const nomen_rows *rows, nomen_real *scratch) {
    const size_t n = crf->n_labels;
    memset(dlogits, 0, rows->n_tokens * n * sizeof *dlogits);
    for (size_t b = 0; b < rows->n_seqs; b++) {
        const size_t last = labelled_before(targets, rows->seq_start[b + 1], rows->seq_start[b]);
        if (last == SIZE_MAX) { continue; }
        backward_chain(dlogits, dtransitions, dstart, dend, alpha, targets, crf, scale, rows->seq_start[b], last, scratch,
                       scratch + n);
    }
}
