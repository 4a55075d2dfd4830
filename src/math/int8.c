/*
 * Dense layers in 8 bits: how rows are quantised, who computes which part of y, in which order the
 * caches are filled. Nothing here changes a bit of the result; int8_layout.h has the layouts.
 */
#include "math/int8.h"

#include <stdatomic.h>
#include <string.h>

#include "base/threads.h"
#include "math/cache.h"
#include "math/isa.h"
#include "math/parts.h"

enum {
    LINE = 64,    /* bytes */
    FEW_ROWS = 64 /* at most so many take less time to multiply by weights from memory than to wait for them */
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

/* Weights on their way to rows of bytes, and those to panels. */
typedef struct weights {
    int8_t *to;
    const int8_t *q;
    nomen_real *scale;
    const nomen_real *weight;
    size_t in, out;
    float most;
    atomic_bool wide; /* some q is beyond +-NOMEN_INT8_NARROW */
} weights;

static void quantize_weights(void *context, size_t first, size_t end) {
    const weights *w = context;
    const nomen_int8_kernels *kernels = nomen_int8_kernels_get();
    for (size_t o = first; o < end; o++) {
        kernels->quantize(w->to + o * w->in, NOMEN_INT8_RUN, w->scale + o, w->weight + o * w->in, w->in, w->most, 0);
    }
}

void nomen_op_int8_quantize(int8_t *q, nomen_real *scale, const nomen_real *weight, size_t in, size_t out, int most) {
    weights w = {.to = q, .scale = scale, .weight = weight, .in = in, .most = (float)most};
    nomen_team_run(out, 0, nomen_team_size(), quantize_weights, &w);
}

static size_t panels_bytes(size_t in, size_t out) {
    return ceil_div(out, NOMEN_INT8_COLS) * nomen_int8_panel_bytes(depth_of(in));
}

size_t nomen_int8_packed_size(size_t in, size_t out) {
    return panels_bytes(in, out) + sizeof(nomen_int8_summary);
}

bool nomen_op_int8_is_narrow(const void *packed, size_t in, size_t out) {
    const nomen_int8_summary *summary = (const void *)((const int8_t *)packed + panels_bytes(in, out));
    return summary->narrow != 0;
}

/* One panel from n_cols rows of q, which are its columns. Returns whether they are narrow. */
static bool pack_panel(int8_t *panel, const int8_t *q, size_t in, size_t n_cols) {
    const size_t depth = depth_of(in);
    int32_t sums[NOMEN_INT8_COLS] = {0};
    int least = 0, most = 0;
    memset(panel, 0, depth * NOMEN_INT8_COLS);
    for (size_t j = 0; j < n_cols; j++) {
        for (size_t k = 0; k < in; k++) {
            const int8_t one = q[j * in + k];
            panel[k / 4 * 4 * NOMEN_INT8_COLS + 4 * j + k % 4] = one;
            sums[j] -= 128 * one;
            least = one < least ? one : least;
            most = one > most ? one : most;
        }
    }
    memcpy(panel + depth * NOMEN_INT8_COLS, sums, sizeof sums);
    return least >= -NOMEN_INT8_NARROW && most <= NOMEN_INT8_NARROW;
}

static void pack_panels(void *context, size_t first, size_t end) {
    weights *w = context;
    bool narrow = true;
    for (size_t p = first; p < end; p++) {
        const size_t col = p * NOMEN_INT8_COLS;
        narrow &= pack_panel(w->to + p * nomen_int8_panel_bytes(depth_of(w->in)), w->q + col * w->in, w->in,
                             min_size(NOMEN_INT8_COLS, w->out - col));
    }
    if (!narrow) { atomic_store_explicit(&w->wide, true, memory_order_relaxed); }
}

void nomen_op_int8_pack(void *packed, const int8_t *q, size_t in, size_t out) {
    weights w = {.to = packed, .q = q, .in = in, .out = out};
    nomen_team_run(ceil_div(out, NOMEN_INT8_COLS), 0, nomen_team_size(), pack_panels, &w);
    const nomen_int8_summary summary = {.narrow = !w.wide};
    memcpy(w.to + panels_bytes(in, out), &summary, sizeof summary);
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

/* Rows and panels of one thread, in blocks: panels stay in the cache while all rows of a block pass, and so do those. */
static void run_part(const nomen_int8_product *product, const nomen_int8_block *all, size_t row0, size_t row1, size_t col0,
                     size_t col1) {
    const size_t group = NOMEN_INT8_GROUP, cols = NOMEN_INT8_COLS, depth = all->depth;
    const size_t each = nomen_cache_block_bytes() / 2;
    const size_t rows_step = max_size(2 * group, each / depth / group * group);
    const size_t cols_step = max_size(2 * cols, each / depth / (2 * cols) * (2 * cols));
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
            product->run(&b);
        }
    }
}

/* The part of `total` units that thread i of n has, as a boundary in elements of `unit`. */
static size_t boundary(size_t total, size_t unit, size_t i, size_t n) {
    return min_size(total, ceil_div(total, unit) * i / n * unit);
}

/* A layer: its rows are quantised first, then each member computes a part of y. */
typedef struct forward {
    const nomen_int8_product *product;
    nomen_int8_block all;
    const nomen_real *x;
    size_t in, n_parts;
    bool by_rows;
    float *row_scale;
    int8_t *rows;
} forward;

static void quantize_rows(void *context, size_t first, size_t end) {
    const forward *f = context;
    const nomen_int8_kernels *kernels = nomen_int8_kernels_get();
    const size_t group = NOMEN_INT8_GROUP;
    for (size_t i = first; i < end; i++) {
        int8_t *q = f->rows + i / group * group * f->all.depth + i % group * NOMEN_INT8_RUN;
        kernels->quantize(q, NOMEN_INT8_ROW_STEP, f->row_scale + i, f->x + i * f->in, f->in, NOMEN_INT8_MOST, f->product->flip);
    }
}

static void run_parts(void *context, size_t first, size_t end) {
    const forward *f = context;
    const size_t n_rows = f->all.n_rows, n_cols = f->all.n_cols, n = f->n_parts, group = NOMEN_INT8_GROUP;
    const size_t cols = 2 * NOMEN_INT8_COLS;
    for (size_t i = first; i < end; i++) {
        if (f->by_rows) {
            run_part(f->product, &f->all, boundary(n_rows, group, i, n), boundary(n_rows, group, i + 1, n), 0, n_cols);
        } else {
            run_part(f->product, &f->all, 0, n_rows, boundary(n_cols, cols, i, n), boundary(n_cols, cols, i + 1, n));
        }
    }
}

void nomen_int8_forward(nomen_real *y, const nomen_real *x, const nomen_dense *layer, const nomen_activation *activation,
                        size_t n_rows, nomen_real *scratch) {
    if (n_rows == 0) { return; }
    const size_t depth = depth_of(layer->in);
    const uintptr_t start = ((uintptr_t)(void *)scratch + LINE - 1) / LINE * LINE;
    float *const row_scale = (float *)(void *)start; /* whole lines, as a group's are one */
    int8_t *const rows = (int8_t *)(void *)(row_scale + padded_rows(n_rows));
    const nomen_int8_kernels *kernels = nomen_int8_kernels_get();
    const bool narrow = nomen_op_int8_is_narrow(layer->packed, layer->in, layer->out);
    forward f = {.product = narrow ? &kernels->narrow : &kernels->wide,
                 .all = {.y = y,
                         .y_row = layer->out,
                         .rows = rows,
                         .row_scale = row_scale,
                         .panels = layer->packed,
                         .scale = layer->scale,
                         .bias = layer->bias,
                         .n_rows = n_rows,
                         .n_cols = layer->out,
                         .depth = depth,
                         .activation = activation,
                         /* on a Zen 5 1.15 for 27 rows; not measured on Intel's cores, which are asked less in gemm.c too */
                         .fetches = n_rows <= FEW_ROWS && nomen_isa_is_amd()},
                 .x = x,
                 .in = layer->in,
                 .row_scale = row_scale,
                 .rows = rows};
    const double work = ((double)n_rows + 24.0) * (double)layer->out * (double)layer->in;
    const size_t n_threads = work < 1e6 ? 1 : nomen_team_size();
    /* many rows are shared out, few are not: then each thread has its part of the panels */
    f.by_rows = n_rows >= n_threads * 64;
    f.n_parts = f.by_rows && n_threads > 1 ? nomen_parts_of_rows(n_rows, n_threads) : n_threads;
    nomen_team_run(n_rows, 0, n_threads, quantize_rows, &f);
    nomen_team_run(f.n_parts, 1, n_threads, run_parts, &f);
}

const char *nomen_math_int8_isa(void) {
    return nomen_int8_kernels_get()->name;
}
