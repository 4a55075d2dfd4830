/*
 * Attention as plain loops; see ops_plain.c. The whole matrix of one head's probabilities is never
 * kept: each probability is computed where it is used, from the saved lse, which costs time that a
 * reference has.
 */
#include <tgmath.h>

#include "math/dropout.h"
#include "math/ops.h"

/* One head of one sequence. */
typedef struct head {
    const nomen_real *qkv; /* (T,3H) from the sequence's first row */
    size_t length;         /* T */
    size_t hidden;         /* H */
    size_t offset;         /* of the head in a row of H */
    size_t size;           /* D */
    size_t index;          /* of the head */
    uint32_t seq_index;
    const nomen_dropout *dropout;
} head;

size_t nomen_op_attention_scratch(const nomen_attention *attention, size_t n_tokens, size_t longest) {
    (void)attention, (void)n_tokens, (void)longest;
    return 0;
}

static head head_of(const nomen_real *qkv, const nomen_attention *attention, const nomen_rows *rows, const nomen_dropout *dropout,
                    size_t seq, size_t index) {
    head h = {0};
    h.qkv = qkv + rows->seq_start[seq] * 3 * attention->hidden;
    h.length = rows->seq_start[seq + 1] - rows->seq_start[seq];
    h.hidden = attention->hidden;
    h.size = attention->hidden / attention->heads;
    h.offset = index * h.size;
    h.index = index;
    h.seq_index = nomen_dropout_sequence(rows, seq);
    h.dropout = dropout;
    return h;
}

/* q_i . k_j / sqrt(D) */
static nomen_real score(const head *h, size_t i, size_t j) {
    const nomen_real *q = h->qkv + i * 3 * h->hidden + h->offset;
    const nomen_real *k = h->qkv + j * 3 * h->hidden + h->hidden + h->offset;
    nomen_real sum = 0;
    for (size_t d = 0; d < h->size; d++) { sum += q[d] * k[d]; }
    return sum / sqrt((nomen_real)h->size);
}

/* What dropout multiplies the probability of query i for key j by. */
static nomen_real factor(const head *h, size_t i, size_t j) {
    if (!nomen_dropout_on(h->dropout)) { return 1; }
    bool keeps = nomen_dropout_keeps(h->dropout, h->seq_index, h->index, (uint32_t)(i * h->length + j));
    return keeps ? nomen_dropout_scale(h->dropout) : 0;
}

/* The logarithm of the sum of exp of query i's scores. */
static nomen_real log_sum_exp(const head *h, size_t i) {
    nomen_real top = score(h, i, 0);
    for (size_t j = 1; j < h->length; j++) { top = fmax(top, score(h, i, j)); }
    nomen_real sum = 0;
    for (size_t j = 0; j < h->length; j++) { sum += exp(score(h, i, j) - top); }
    return top + log(sum);
}

void nomen_op_attention_forward(nomen_real *context, nomen_real *lse, const nomen_real *qkv, const nomen_attention *attention,
                                const nomen_rows *rows, const nomen_dropout *dropout, nomen_real *scratch) {
    (void)scratch;
    for (size_t b = 0; b < rows->n_seqs; b++) {
        for (size_t a = 0; a < attention->heads; a++) {
            head h = head_of(qkv, attention, rows, dropout, b, a);
            for (size_t i = 0; i < h.length; i++) {
                size_t n = rows->seq_start[b] + i;
                nomen_real *out = context + n * h.hidden + h.offset;
                nomen_real denominator = log_sum_exp(&h, i);
                if (lse != NULL) { lse[a * rows->n_tokens + n] = denominator; }
                for (size_t d = 0; d < h.size; d++) { out[d] = 0; }
                for (size_t j = 0; j < h.length; j++) {
                    const nomen_real *v = h.qkv + j * 3 * h.hidden + 2 * h.hidden + h.offset;
                    nomen_real p = factor(&h, i, j) * exp(score(&h, i, j) - denominator);
                    for (size_t d = 0; d < h.size; d++) { out[d] += p * v[d]; }
                }
            }
        }
    }
}

/* Adds query i's share to the gradients of its head; dqkv starts at the sequence's first row. */
static void backward_query(nomen_real *dqkv, const head *h, size_t i, const nomen_real *dcontext, const nomen_real *context,
                           nomen_real denominator) {
    nomen_real row = 0; /* the sum over j of p_ij dp_ij, which is context . dcontext */
    for (size_t d = 0; d < h->size; d++) { row += context[d] * dcontext[d]; }
    nomen_real *dq = dqkv + i * 3 * h->hidden + h->offset;
    const nomen_real *q = h->qkv + i * 3 * h->hidden + h->offset;
    for (size_t j = 0; j < h->length; j++) {
        const nomen_real *k = h->qkv + j * 3 * h->hidden + h->hidden + h->offset;
        const nomen_real *v = k + h->hidden;
        nomen_real *dk = dqkv + j * 3 * h->hidden + h->hidden + h->offset;
        nomen_real *dv = dk + h->hidden;
        nomen_real p = exp(score(h, i, j) - denominator);
        nomen_real f = factor(h, i, j);
        nomen_real dp = 0;
        for (size_t d = 0; d < h->size; d++) {
            dp += dcontext[d] * v[d];
            dv[d] += f * p * dcontext[d];
        }
        nomen_real ds = p * (f * dp - row) / sqrt((nomen_real)h->size);
        for (size_t d = 0; d < h->size; d++) {
            dq[d] += ds * k[d];
            dk[d] += ds * q[d];
        }
    }
}

void nomen_op_attention_backward(nomen_real *dqkv, const nomen_real *dcontext, const nomen_real *context, const nomen_real *lse,
                                 const nomen_real *qkv, const nomen_attention *attention, const nomen_rows *rows,
                                 const nomen_dropout *dropout, nomen_real *scratch) {
    (void)scratch;
    nomen_op_fill(dqkv, 0, rows->n_tokens * 3 * attention->hidden);
    for (size_t b = 0; b < rows->n_seqs; b++) {
        for (size_t a = 0; a < attention->heads; a++) {
            head h = head_of(qkv, attention, rows, dropout, b, a);
            for (size_t i = 0; i < h.length; i++) {
                size_t n = rows->seq_start[b] + i;
                backward_query(dqkv + rows->seq_start[b] * 3 * h.hidden, &h, i, dcontext + n * h.hidden + h.offset,
                               context + n * h.hidden + h.offset, lse[a * rows->n_tokens + n]);
            }
        }
    }
}
