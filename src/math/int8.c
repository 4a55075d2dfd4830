/*
 * Dense layers in 8 bits: how rows are quantised, who computes which part of y, in which order the
 * caches are filled. Nothing here changes a bit of the result; int8_layout.h has the layouts.
 */
#include "math/int8.h"

#include <string.h>

#include "base/threads.h"
#include "math/isa.h"

enum {
    LINE = 64, /* bytes */
    /* Bytes of panels, and of rows, that stay in the level 2 cache together */
    BLOCK_BYTES = 512 << 10
};

static size_t ceil_div(size_t a, size_t b) {
    return (a + b - 1) / b;
}

static size_t min_size(size_t a, size_t b) {
    return a < b ? a : b;
}

static size_t max_size(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t depth_of(size_t in) {
    return ceil_div(in, NOMEN_INT8_RUN) * NOMEN_INT8_RUN;
}

void nomen_op_int8_quantize(int8_t *q, nomen_real *scale, const nomen_real *weight, size_t in, size_t out) {
    const nomen_int8_kernels *kernels = nomen_int8_kernels_get();
#pragma omp parallel for schedule(static) num_threads(nomen_get_threads())
    for (size_t o = 0; o < out; o++) { kernels->quantize(q + o * in, NOMEN_INT8_RUN, scale + o, weight + o * in, in, 0); }
}

size_t nomen_int8_packed_size(size_t in, size_t out) {
    return ceil_div(out, NOMEN_INT8_COLS) * nomen_int8_panel_bytes(depth_of(in));
}

/* One panel from n_cols rows of q, which are its columns. */
static void pack_panel(int8_t *panel, const int8_t *q, size_t in, size_t n_cols) {
    const size_t depth = depth_of(in);
    int32_t sums[NOMEN_INT8_COLS] = {0};
    memset(panel, 0, depth * NOMEN_INT8_COLS);
    for (size_t j = 0; j < n_cols; j++) {
        for (size_t k = 0; k < in; k++) {
            panel[k / 4 * 4 * NOMEN_INT8_COLS + 4 * j + k % 4] = q[j * in + k];
            sums[j] -= 128 * q[j * in + k];
        }
    }
    memcpy(panel + depth * NOMEN_INT8_COLS, sums, sizeof sums);
}

void nomen_op_int8_pack(void *packed, const int8_t *q, size_t in, size_t out) {
    int8_t *const panels = packed;
    const size_t n_panels = ceil_div(out, NOMEN_INT8_COLS), bytes = nomen_int8_panel_bytes(depth_of(in));
#pragma omp parallel for schedule(static) num_threads(nomen_get_threads())
    for (size_t p = 0; p < n_panels; p++) {
        const size_t col = p * NOMEN_INT8_COLS;
        pack_panel(panels + p * bytes, q + col * in, in, min_size(NOMEN_INT8_COLS, out - col));
    }
}

/* Scratch holds the rows' scales, then the rows. */
static size_t padded_rows(size_t n_rows) {
    return ceil_div(n_rows, NOMEN_INT8_GROUP) * NOMEN_INT8_GROUP;
}

size_t nomen_int8_scratch(size_t n_rows, size_t in, size_t out) {
    (void)out;
    const size_t rows = padded_rows(n_rows);
    return LINE / sizeof(nomen_real) + rows + rows * depth_of(in) / sizeof(nomen_real);
}

/* Rows and panels of one thread, in blocks: panels stay in the cache while all rows of a block pass. */
static void run_part(const nomen_int8_kernels *kernels, const nomen_int8_block *all, size_t row0, size_t row1, size_t col0,
                     size_t col1) {
    const size_t group = NOMEN_INT8_GROUP, cols = NOMEN_INT8_COLS, depth = all->depth;
    const size_t rows_step = max_size(2 * group, BLOCK_BYTES / depth / group * group);
    const size_t cols_step = max_size(2 * cols, BLOCK_BYTES / depth / (2 * cols) * (2 * cols));
    for (size_t row = row0; row < row1; row += rows_step) {
        for (size_t col = col0; col < col1; col += cols_step) {
            nomen_int8_block b = *all;
            b.y += row * all->y_row + col;
            b.rows += row * depth;
            b.row_scale += row;
            b.panels += col / cols * nomen_int8_panel_bytes(depth);
            b.scale += col;
            b.bias += col;
            b.n_rows = min_size(rows_step, row1 - row);
            b.n_cols = min_size(cols_step, col1 - col);
            kernels->product(&b);
        }
    }
}

/* The part of `total` units that thread i of n has, as a boundary in elements of `unit`. */
static size_t boundary(size_t total, size_t unit, size_t i, size_t n) {
    return min_size(total, ceil_div(total, unit) * i / n * unit);
}

void nomen_int8_forward(nomen_real *y, const nomen_real *x, const nomen_dense *layer, const nomen_activation *activation,
                        size_t n_rows, nomen_real *scratch) {
    if (n_rows == 0) { return; }
    const nomen_int8_kernels *kernels = nomen_int8_kernels_get();
    const size_t depth = depth_of(layer->in), group = NOMEN_INT8_GROUP;
    const uintptr_t start = ((uintptr_t)(void *)scratch + LINE - 1) / LINE * LINE;
    float *const row_scale = (float *)(void *)start; /* whole lines, as a group's are one */
    int8_t *const rows = (int8_t *)(void *)(row_scale + padded_rows(n_rows));
    const nomen_int8_block all = {.y = y,
                                  .y_row = layer->out,
                                  .rows = rows,
                                  .row_scale = row_scale,
                                  .panels = layer->packed,
                                  .scale = layer->scale,
                                  .bias = layer->bias,
                                  .n_rows = n_rows,
                                  .n_cols = layer->out,
                                  .depth = depth,
                                  .activation = activation};
    const double work = ((double)n_rows + 24.0) * (double)layer->out * (double)layer->in;
    const size_t worth = work < 1e6 ? 1 : (size_t)nomen_get_threads();
    const size_t threads = min_size(worth, NOMEN_MAX_THREADS);
    /* many rows are shared out, few are not: then each thread has its part of the panels */
    const bool by_rows = n_rows >= threads * 64;
#pragma omp parallel num_threads((int)threads) if (threads > 1)
    {
#pragma omp for schedule(static)
        for (size_t i = 0; i < n_rows; i++) {
            int8_t *q = rows + i / group * group * depth + i % group * NOMEN_INT8_RUN;
            kernels->quantize(q, NOMEN_INT8_ROW_STEP, row_scale + i, x + i * layer->in, layer->in, kernels->flip);
        }
#pragma omp for schedule(static, 1)
        for (size_t i = 0; i < threads; i++) {
            if (by_rows) {
                run_part(kernels, &all, boundary(n_rows, group, i, threads), boundary(n_rows, group, i + 1, threads), 0,
                         layer->out);
            } else {
                run_part(kernels, &all, 0, n_rows, boundary(layer->out, 2 * NOMEN_INT8_COLS, i, threads),
                         boundary(layer->out, 2 * NOMEN_INT8_COLS, i + 1, threads));
            }
        }
    }
}

const char *nomen_math_int8_isa(void) {
    return nomen_int8_kernels_get()->name;
}
