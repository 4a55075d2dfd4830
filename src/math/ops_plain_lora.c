/* The low-rank adapters of ops_lora.h as plain loops; see ops_plain.c. */
#include <string.h>

#include "math/dropout.h"
#include "math/ops_lora.h"

size_t nomen_op_lora_scratch(size_t n_rows, size_t in, size_t out, size_t rank) {
    (void)out;
    return n_rows * (rank + in);
}

/* low (N,R) = scale dropout(x) a^T; dropout(x) stays in `dropped` (N,I). */
static void reduce_x(nomen_real *low, nomen_real *dropped, const nomen_real *x, const nomen_lora *l, const nomen_rows *rows,
                     const nomen_dropout *dropout) {
    memcpy(dropped, x, rows->n_tokens * l->in * sizeof *x);
    if (nomen_dropout_on(dropout)) { nomen_op_dropout(dropped, dropped, l->in, rows, dropout); }
    for (size_t n = 0; n < rows->n_tokens; n++) {
        for (size_t r = 0; r < l->rank; r++) {
            nomen_real sum = 0;
            for (size_t i = 0; i < l->in; i++) { sum += dropped[n * l->in + i] * l->a[r * l->in + i]; }
            low[n * l->rank + r] = l->scale * sum;
        }
    }
}

/* low (N,R) = scale dy b. */
static void reduce_dy(nomen_real *low, const nomen_real *dy, const nomen_lora *l, size_t n_rows) {
    for (size_t n = 0; n < n_rows; n++) {
        for (size_t r = 0; r < l->rank; r++) {
            nomen_real sum = 0;
            for (size_t o = 0; o < l->out; o++) { sum += dy[n * l->y_row + o] * l->b[o * l->rank + r]; }
            low[n * l->rank + r] = l->scale * sum;
        }
    }
}

void nomen_op_lora_forward(nomen_real *y, const nomen_real *x, const nomen_lora *l, const nomen_rows *rows,
                           const nomen_dropout *dropout, nomen_real *scratch) {
    reduce_x(scratch, scratch + rows->n_tokens * l->rank, x, l, rows, dropout);
    for (size_t n = 0; n < rows->n_tokens; n++) {
        for (size_t o = 0; o < l->out; o++) {
            for (size_t r = 0; r < l->rank; r++) { y[n * l->y_row + o] += scratch[n * l->rank + r] * l->b[o * l->rank + r]; }
        }
    }
}

void nomen_op_lora_backward(nomen_real *dx, nomen_real *da, nomen_real *db, const nomen_real *dy, const nomen_real *x,
                            const nomen_lora *l, const nomen_rows *rows, const nomen_dropout *dropout, unsigned how,
                            nomen_real *scratch) {
    const size_t n_rows = rows->n_tokens, rank = l->rank;
    nomen_real *low = scratch, *wide = scratch + n_rows * rank;
    if (da != NULL) {
        if (how & NOMEN_SET_DWEIGHT) {
            memset(da, 0, rank * l->in * sizeof *da);
            memset(db, 0, rank * l->out * sizeof *db);
        }
        reduce_x(low, wide, x, l, rows, dropout);
        for (size_t n = 0; n < n_rows; n++) {
            for (size_t e = 0; e < l->out * rank; e++) { db[e] += dy[n * l->y_row + e / rank] * low[n * rank + e % rank]; }
        }
        reduce_dy(low, dy, l, n_rows);
        for (size_t n = 0; n < n_rows; n++) {
            for (size_t e = 0; e < rank * l->in; e++) { da[e] += low[n * rank + e / l->in] * wide[n * l->in + e % l->in]; }
        }
    }
    if (dx == NULL) { return; }
    reduce_dy(low, dy, l, n_rows);
    for (size_t n = 0; n < n_rows; n++) {
        for (size_t i = 0; i < l->in; i++) {
            wide[n * l->in + i] = 0;
            for (size_t r = 0; r < rank; r++) { wide[n * l->in + i] += low[n * rank + r] * l->a[r * l->in + i]; }
        }
    }
    if (nomen_dropout_on(dropout)) { nomen_op_dropout(wide, wide, l->in, rows, dropout); }
    for (size_t e = 0; e < n_rows * l->in; e++) { dx[e] += wide[e]; }
}

void nomen_op_lora_merge(nomen_real *weight, const nomen_lora *l, nomen_real *scratch) {
    (void)scratch;
    for (size_t o = 0; o < l->out; o++) {
        for (size_t r = 0; r < l->rank; r++) {
            for (size_t i = 0; i < l->in; i++) {
                weight[o * l->in + i] += l->scale * l->b[o * l->rank + r] * l->a[r * l->in + i];
            }
        }
    }
}
