/* Residual, dropout and layer normalisation: how rows are cut among threads. */
#include "base/threads.h"
#include "math/dropout.h"
#include "math/isa.h"
#include "math/ops.h"

/* Below this many elements a parallel region costs more than it saves. */
enum { WORTH_A_TEAM = 1 << 13 };

/*
 * Rows whose shares of dgamma and dbeta are added up together; the blocks are then added in order.
 * The number is part of the result's bits.
 */
enum { BLOCK = 32 };

/* Walks through rows in ascending order and knows the sequence each belongs to. */
typedef struct row_walk {
    const nomen_rows *rows;
    const nomen_dropout *dropout; /* NULL when it is off */
    size_t seq;
    nomen_dropout_row row;
} row_walk;

static row_walk walk_start(const nomen_rows *rows, const nomen_dropout *dropout) {
    return (row_walk){.rows = rows, .dropout = nomen_dropout_on(dropout) ? dropout : NULL, .seq = SIZE_MAX};
}

/* The sequence that row n is in: the last that starts at or before it. */
static size_t sequence_of(const nomen_rows *rows, size_t n) {
    size_t low = 0;
    size_t high = rows->n_seqs;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (rows->seq_start[middle] <= n) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Dropout of row n, or NULL. */
static const nomen_dropout_row *walk_to(row_walk *w, size_t n) {
    if (w->dropout == NULL) { return NULL; }
    if (w->seq == SIZE_MAX || n < w->rows->seq_start[w->seq] || n >= w->rows->seq_start[w->seq + 1]) {
        w->seq = sequence_of(w->rows, n);
        w->row = nomen_dropout_row_of(w->dropout, w->rows, w->seq, 0);
    }
    w->row.place = nomen_dropout_place(w->dropout, n - w->rows->seq_start[w->seq]);
    return &w->row;
}

void nomen_op_residual_norm_forward(nomen_real *y, nomen_real *sum, nomen_real *mean, nomen_real *rstd, const nomen_real *x,
                                    const nomen_real *residual, const nomen_norm *norm, const nomen_rows *rows,
                                    const nomen_dropout *dropout) {
    const nomen_kernels *kernels = nomen_kernels_get();
    const size_t hidden = norm->hidden;
    float *s = sum != NULL ? sum : y;
#pragma omp parallel num_threads(nomen_get_threads()) if (rows -> n_tokens * hidden >= WORTH_A_TEAM)
    {
        row_walk w = walk_start(rows, dropout);
#pragma omp for schedule(static)
        for (size_t n = 0; n < rows->n_tokens; n++) {
            kernels->norm_forward(y + n * hidden, s + n * hidden, mean != NULL ? mean + n : NULL, rstd != NULL ? rstd + n : NULL,
                                  x + n * hidden, residual != NULL ? residual + n * hidden : NULL, norm, walk_to(&w, n));
        }
    }
}

static size_t n_blocks(size_t n_rows) {
    return (n_rows + BLOCK - 1) / BLOCK;
}

size_t nomen_op_residual_norm_scratch(size_t n_rows, size_t hidden) {
    return n_blocks(n_rows) * 2 * hidden;
}

void nomen_op_residual_norm_backward(nomen_real *dx, nomen_real *dsum, nomen_real *dgamma, nomen_real *dbeta,
                                     const nomen_real *dy, const nomen_real *sum, const nomen_real *mean, const nomen_real *rstd,
                                     const nomen_norm *norm, const nomen_rows *rows, const nomen_dropout *dropout,
                                     nomen_real *scratch) {
    const nomen_kernels *kernels = nomen_kernels_get();
    const size_t hidden = norm->hidden;
    const size_t blocks = n_blocks(rows->n_tokens);
#pragma omp parallel num_threads(nomen_get_threads()) if (rows -> n_tokens * hidden >= WORTH_A_TEAM)
    {
        row_walk w = walk_start(rows, dropout);
#pragma omp for schedule(static)
        for (size_t b = 0; b < blocks; b++) {
            float *share = scratch + b * 2 * hidden;
            for (size_t h = 0; h < 2 * hidden; h++) { share[h] = 0.0f; }
            const size_t end = (b + 1) * BLOCK < rows->n_tokens ? (b + 1) * BLOCK : rows->n_tokens;
            for (size_t n = b * BLOCK; n < end; n++) {
                kernels->norm_backward(dx != NULL ? dx + n * hidden : NULL, dsum + n * hidden, share, share + hidden,
                                       dy + n * hidden, sum + n * hidden, mean[n], rstd[n], norm, walk_to(&w, n));
            }
        }
    }
    for (size_t b = 0; b < blocks; b++) {
        kernels->accumulate(dgamma, scratch + b * 2 * hidden, hidden);
        kernels->accumulate(dbeta, scratch + b * 2 * hidden + hidden, hidden);
    }
}

void nomen_op_dropout(nomen_real *y, const nomen_real *x, size_t hidden, const nomen_rows *rows, const nomen_dropout *dropout) {
    if (!nomen_dropout_on(dropout) && y == x) { return; }
    const nomen_kernels *kernels = nomen_kernels_get();
#pragma omp parallel num_threads(nomen_get_threads()) if (rows -> n_tokens * hidden >= WORTH_A_TEAM)
    {
        row_walk w = walk_start(rows, dropout);
#pragma omp for schedule(static)
        for (size_t n = 0; n < rows->n_tokens; n++) { kernels->dropout(y + n * hidden, x + n * hidden, hidden, walk_to(&w, n)); }
    }
}
