/*
 * The linear-chain CRF. Forward keeps the filtered label probabilities of each row, in logarithms and summing to 1,
 * so that floats do at any length. Backward needs no second set of sums: it walks from the end and splits each
 * label's probability among the labels before it.
 *
 * One thread does it all, as a row costs K calls of a kernel over K numbers: next to a row's way through the
 * encoder that is nothing (docs/DECODING.md has the share), and the sums over all rows keep their order.
 */
#include <string.h>

#include "math/isa.h"
#include "math/ops.h"

/* scratch: the transitions by the label after (K,K), their gradient likewise (K,K), and three rows (K). */
typedef struct work {
    float *into, *dinto, *x, *p, *q;
} work;

static work get_work(float *scratch, size_t n) {
    float *rows = scratch + 2 * n * n;
    return (work){scratch, scratch + n * n, rows, rows + n, rows + 2 * n};
}

size_t nomen_op_crf_scratch(size_t n_labels) {
    return 2 * n_labels * n_labels + 3 * n_labels;
}

static void transpose(float *out, const float *in, size_t n) {
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) { out[j * n + i] = in[i * n + j]; }
    }
}

/* out = a + b */
static void add(float *out, const float *a, const float *b, size_t n) {
    for (size_t k = 0; k < n; k++) { out[k] = a[k] + b[k]; }
}

/* The next row of the sequence with a target, from `row` on; `end` where there is none. */
static size_t next_row(const int32_t *targets, size_t row, size_t end) {
    while (row < end && targets[row] == NOMEN_IGNORE) { row++; }
    return row;
}

/* The last row before `row` with a target, or SIZE_MAX. */
static size_t row_before(const int32_t *targets, size_t row, size_t start) {
    while (row > start) {
        if (targets[--row] != NOMEN_IGNORE) { return row; }
    }
    return SIZE_MAX;
}

static double forward_chain(const nomen_kernels *kernels, float *alpha, const float *logits, const int32_t *targets,
                            const nomen_crf *crf, size_t start, size_t end, const work *w) {
    const size_t n = crf->n_labels;
    double loss = 0.0;
    size_t before = SIZE_MAX;
    for (size_t row = next_row(targets, start, end); row < end; row = next_row(targets, row + 1, end)) {
        const float *logit = logits + row * n;
        float *a = alpha + row * n;
        const size_t target = (size_t)targets[row];
        double score = (double)logit[target];
        if (before == SIZE_MAX) {
            add(a, crf->start, logit, n);
            score += (double)crf->start[target];
        } else {
            for (size_t j = 0; j < n; j++) {
                add(w->x, alpha + before * n, w->into + j * n, n);
                a[j] = kernels->log_sum_exp(w->x, n) + logit[j];
            }
            score += (double)crf->transitions[(size_t)targets[before] * n + target];
        }
        const float norm = kernels->log_sum_exp(a, n);
        for (size_t k = 0; k < n; k++) { a[k] -= norm; }
        loss += (double)norm - score;
        before = row;
    }
    if (before == SIZE_MAX) { return 0.0; }
    add(w->x, alpha + before * n, crf->end, n);
    return loss + ((double)kernels->log_sum_exp(w->x, n) - (double)crf->end[targets[before]]);
}

double nomen_op_crf_forward(nomen_real *alpha, const nomen_real *logits, const int32_t *targets, const nomen_crf *crf,
                            const nomen_rows *rows, nomen_real *scratch) {
    const nomen_kernels *kernels = nomen_kernels_get();
    const work w = get_work(scratch, crf->n_labels);
    double loss = 0.0;
    transpose(w.into, crf->transitions, crf->n_labels);
    for (size_t b = 0; b < rows->n_seqs; b++) {
        loss += forward_chain(kernels, alpha, logits, targets, crf, rows->seq_start[b], rows->seq_start[b + 1], &w);
    }
    return loss;
}

/* to += scale * (p - one-hot of target) */
static void add_difference(float *to, const float *p, size_t target, float scale, size_t n) {
    for (size_t k = 0; k < n; k++) { to[k] += scale * (p[k] - (k == target ? 1.0f : 0.0f)); }
}

/* w->q: the probabilities of the labels at row `before`, from w->p, those of the row after it; and the pairs' gradients. */
static void step_back(const nomen_kernels *kernels, const float *alpha, size_t n, float scale, const work *w) {
    memset(w->q, 0, n * sizeof *w->q);
    for (size_t j = 0; j < n; j++) {
        float *dinto = w->dinto + j * n;
        const float p = w->p[j];
        add(w->x, alpha, w->into + j * n, n);
        kernels->softmax(w->x, w->x, n);
        for (size_t i = 0; i < n; i++) {
            const float pair = p * w->x[i];
            w->q[i] += pair;
            dinto[i] += scale * pair;
        }
    }
}

static void backward_chain(const nomen_kernels *kernels, float *dlogits, float *dstart, float *dend, const float *alpha,
                           const int32_t *targets, const nomen_crf *crf, float scale, size_t start, size_t end, const work *w) {
    const size_t n = crf->n_labels;
    size_t row = row_before(targets, end, start);
    if (row == SIZE_MAX) { return; }
    add(w->x, alpha + row * n, crf->end, n);
    kernels->softmax(w->p, w->x, n);
    add_difference(dend, w->p, (size_t)targets[row], scale, n);
    while (true) {
        const size_t target = (size_t)targets[row], before = row_before(targets, row, start);
        add_difference(dlogits + row * n, w->p, target, scale, n);
        if (before == SIZE_MAX) {
            add_difference(dstart, w->p, target, scale, n);
            return;
        }
        step_back(kernels, alpha + before * n, n, scale, w);
        w->dinto[target * n + (size_t)targets[before]] -= scale;
        memcpy(w->p, w->q, n * sizeof *w->p);
        row = before;
    }
}

void nomen_op_crf_backward(nomen_real *dlogits, nomen_real *dtransitions, nomen_real *dstart, nomen_real *dend,
                           const nomen_real *alpha, const int32_t *targets, const nomen_crf *crf, nomen_real scale,
                           const nomen_rows *rows, nomen_real *scratch) {
    const nomen_kernels *kernels = nomen_kernels_get();
    const size_t n = crf->n_labels;
    const work w = get_work(scratch, n);
    transpose(w.into, crf->transitions, n);
    memset(w.dinto, 0, n * n * sizeof *w.dinto);
    memset(dlogits, 0, rows->n_tokens * n * sizeof *dlogits);
    for (size_t b = 0; b < rows->n_seqs; b++) {
        backward_chain(kernels, dlogits, dstart, dend, alpha, targets, crf, scale, rows->seq_start[b], rows->seq_start[b + 1],
                       &w);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) { dtransitions[i * n + j] += w.dinto[j * n + i]; }
    }
}
