/* Residual, dropout and layer normalisation: how rows are cut among threads. */
#include "base/threads.h"
#include "math/dropout.h"
#include "math/isa.h"
#include "math/ops.h"

/* Below this many elements sharing out costs more than it saves. */
enum { WORTH_A_TEAM = 1 << 13 };

/*
 * Rows whose parts of dgamma and dbeta are added up together; the blocks are then added in order.
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

/* What all rows of a call share; members that an operation has no use for are NULL. */
typedef struct norm_call {
    nomen_real *y, *sum, *mean, *rstd; /* forward, and y of dropout */
    const nomen_real *x, *residual;
    nomen_real *dx, *dsum, *scratch; /* backward */
    const nomen_real *dy, *sum_in, *mean_in, *rstd_in;
    const nomen_norm *norm;
    size_t hidden;
    const nomen_rows *rows;
    const nomen_dropout *dropout;
} norm_call;

static size_t threads_for(const norm_call *c) {
    return c->rows->n_tokens * c->hidden >= WORTH_A_TEAM ? nomen_team_size() : 1;
}

static nomen_real *row_of(nomen_real *x, size_t n, size_t width) {
    return x != NULL ? x + n * width : NULL;
}

static void rows_forward(void *context, size_t first, size_t end) {
    const norm_call *c = context;
    const nomen_kernels *kernels = nomen_kernels_get();
    const size_t hidden = c->hidden;
    row_walk w = walk_start(c->rows, c->dropout);
    for (size_t n = first; n < end; n++) {
        kernels->norm_forward(c->y + n * hidden, c->sum + n * hidden, row_of(c->mean, n, 1), row_of(c->rstd, n, 1),
                              c->x + n * hidden, c->residual != NULL ? c->residual + n * hidden : NULL, c->norm, walk_to(&w, n));
    }
}

void nomen_op_residual_norm_forward(nomen_real *y, nomen_real *sum, nomen_real *mean, nomen_real *rstd, const nomen_real *x,
                                    const nomen_real *residual, const nomen_norm *norm, const nomen_rows *rows,
                                    const nomen_dropout *dropout) {
    norm_call c = {.y = y,
                   .sum = sum != NULL ? sum : y,
                   .mean = mean,
                   .rstd = rstd,
                   .x = x,
                   .residual = residual,
                   .norm = norm,
                   .hidden = norm->hidden,
                   .rows = rows,
                   .dropout = dropout};
    nomen_team_run(rows->n_tokens, 0, threads_for(&c), rows_forward, &c);
}

static size_t n_blocks(size_t n_rows) {
    return (n_rows + BLOCK - 1) / BLOCK;
}

size_t nomen_op_residual_norm_scratch(size_t n_rows, size_t hidden) {
    return n_blocks(n_rows) * 2 * hidden;
}

static void blocks_backward(void *context, size_t first, size_t end) {
    const norm_call *c = context;
    const nomen_kernels *kernels = nomen_kernels_get();
    const size_t hidden = c->hidden, n_rows = c->rows->n_tokens;
    row_walk w = walk_start(c->rows, c->dropout);
    for (size_t b = first; b < end; b++) {
        float *part = c->scratch + b * 2 * hidden;
        for (size_t h = 0; h < 2 * hidden; h++) { part[h] = 0.0f; }
        for (size_t n = b * BLOCK; n < n_rows && n < (b + 1) * BLOCK; n++) {
            kernels->norm_backward(row_of(c->dx, n, hidden), c->dsum + n * hidden, part, part + hidden, c->dy + n * hidden,
                                   c->sum_in + n * hidden, c->mean_in[n], c->rstd_in[n], c->norm, walk_to(&w, n));
        }
    }
}

void nomen_op_residual_norm_backward(nomen_real *dx, nomen_real *dsum, nomen_real *dgamma, nomen_real *dbeta,
                                     const nomen_real *dy, const nomen_real *sum, const nomen_real *mean, const nomen_real *rstd,
                                     const nomen_norm *norm, const nomen_rows *rows, const nomen_dropout *dropout,
                                     nomen_real *scratch) {
    const nomen_kernels *kernels = nomen_kernels_get();
    const size_t hidden = norm->hidden, blocks = n_blocks(rows->n_tokens);
    norm_call c = {.dx = dx,
                   .dsum = dsum,
                   .scratch = scratch,
                   .dy = dy,
                   .sum_in = sum,
                   .mean_in = mean,
                   .rstd_in = rstd,
                   .norm = norm,
                   .hidden = hidden,
                   .rows = rows,
                   .dropout = dropout};
    nomen_team_run(blocks, 0, threads_for(&c), blocks_backward, &c);
    for (size_t b = 0; b < blocks && dgamma != NULL; b++) {
        kernels->accumulate(dgamma, scratch + b * 2 * hidden, hidden);
        kernels->accumulate(dbeta, scratch + b * 2 * hidden + hidden, hidden);
    }
}

static void dropout_rows(void *context, size_t first, size_t end) {
    const norm_call *c = context;
    const nomen_kernels *kernels = nomen_kernels_get();
    row_walk w = walk_start(c->rows, c->dropout);
    for (size_t n = first; n < end; n++) {
        kernels->dropout(c->y + n * c->hidden, c->x + n * c->hidden, c->hidden, walk_to(&w, n));
    }
}

void nomen_op_dropout(nomen_real *y, const nomen_real *x, size_t hidden, const nomen_rows *rows, const nomen_dropout *dropout) {
    if (!nomen_dropout_on(dropout) && y == x) { return; }
    norm_call c = {.y = y, .x = x, .hidden = hidden, .rows = rows, .dropout = dropout};
    nomen_team_run(rows->n_tokens, 0, threads_for(&c), dropout_rows, &c);
}
