/*
 * The micro-kernel and the copies that feed it; included by kernels.inc.h. See gemm.h.
 *
 * The tile of C stays in registers over a whole block of K: GEMM_ROWS rows of GEMM_VECTORS vectors,
 * as many as the register file holds beside the row of B and one element of A. Rows are spelled out
 * by macros, not by arrays and loops, so that every compiler keeps them in registers.
 */
#include "math/gemm_tile.h"

#if defined(NOMEN_SIMD_AVX512)
#define GEMM_ROWS 14 /* 28 accumulators, 2 of B, 1 of A: 31 of 32 registers */
#define GEMM_VECTORS 2
#define GEMM_A_LANES 16 /* of a tile copied by columns */
#else
#define GEMM_ROWS 6 /* AVX2: 12 accumulators, 2 of B, 1 of A: 15 of 16 */
#define GEMM_VECTORS 1
#define GEMM_A_LANES 8
#endif
#define GEMM_COLS (GEMM_VECTORS * V16)

#if GEMM_ROWS == 14
#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13)
#else
#define EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5)
#endif

/* A row's accumulators. With one vector the second has no use, and the compiler drops it. */
#define ROW_START(i) nomen_v16 s##i = v16_zero(), t##i = v16_zero();
#if defined(NOMEN_SIMD_AVX512)
/*
 * A's element for half of the rows is a memory operand that the multiply-add itself spreads, for the others it is loaded once.
 * All of them spread are 30 instructions and 30 loads a step, which for two loads a cycle is more than the 14 cycles that the
 * multiply-adds need; all of them loaded are 44 instructions, too many where a neighbour has half of the core's front end. So:
 * 37 and 23. On a Zen 5 with nothing else to do that is 1.07 to 1.09 of the speed of all spread; beside a busy neighbour all
 * spread was 1.13 to 1.17 of all loaded (with unrolling; Sapphire Rapids).
 */
#define ROW_STEP(i) \
    if (i < rows) { \
        if (i % 2 == 1) { \
            s##i = v16_fma_spread(at + i * row_stride, b0, s##i); \
            t##i = v16_fma_spread(at + i * row_stride, b1, t##i); \
        } else { \
            const nomen_v16 x = v16_set1(at[i * row_stride]); \
            s##i = v16_fma(x, b0, s##i); \
            t##i = v16_fma(x, b1, t##i); \
        } \
    }
#else
#define ROW_STEP(i) \
    if (i < rows) { \
        const nomen_v16 x = v16_set1(at[i * row_stride]); \
        s##i = v16_fma(x, b0, s##i); \
        if (GEMM_VECTORS == 2) { t##i = v16_fma(x, b1, t##i); } \
    }
#endif
#define ROW_FETCH(i) \
    if (i < rows) { \
        __builtin_prefetch(tile->c + i * tile->c_row, 1, 3); \
        if (GEMM_VECTORS == 2) { __builtin_prefetch(tile->c + i * tile->c_row + V16, 1, 3); } \
    }
#define ROW_END(i) \
    if (i < rows) { tile_store(tile, i, s##i, t##i); }

/* One row into C: full vectors where they fit, else the columns that are there. */
SIMD void tile_store(const nomen_gemm_tile *tile, size_t i, nomen_v16 s, nomen_v16 t) {
    float *c = tile->c + i * tile->c_row;
    if (tile->n_cols == GEMM_COLS) {
        if (tile->add) { s = v16_add(v16_load(c), s); }
        if (tile->bias) { s = v16_add(s, v16_load(tile->bias)); }
        v16_store(c, s);
        if (GEMM_VECTORS == 2) {
            if (tile->add) { t = v16_add(v16_load(c + V16), t); }
            if (tile->bias) { t = v16_add(t, v16_load(tile->bias + V16)); }
            v16_store(c + V16, t);
        }
        return;
    }
    const size_t n0 = tile->n_cols < V16 ? tile->n_cols : V16, n1 = tile->n_cols - n0;
    if (tile->add) { s = v16_add(v16_load_n(c, n0), s); }
    if (tile->bias) { s = v16_add(s, v16_load_n(tile->bias, n0)); }
    v16_store_n(c, s, n0);
    if (n1 > 0) {
        if (tile->add) { t = v16_add(v16_load_n(c + V16, n1), t); }
        if (tile->bias) { t = v16_add(t, v16_load_n(tile->bias + V16, n1)); }
        v16_store_n(c + V16, t, n1);
    }
}

#define TILE_STEP(u) \
    { \
        const float *at = a + u * k_stride; \
        const nomen_v16 b0 = v16_load(b + u * GEMM_COLS); \
        const nomen_v16 b1 = GEMM_VECTORS == 2 ? v16_load(b + u * GEMM_COLS + V16) : b0; \
        EACH_ROW(ROW_STEP) \
        (void)b1; \
    }

/* What is fetched before the run. */
SIMD void tile_fetch(const nomen_gemm_tile *tile, size_t run) {
    if (run < tile->n_rows) {
        const float *c = tile->c_next + run * tile->c_row;
        NOMEN_PREFETCH_FAR(c);
        if (GEMM_VECTORS == 2) { NOMEN_PREFETCH_FAR(c + V16); }
    }
    if (run < tile->fetch_runs) {
        const char *line = tile->fetch + run * tile->fetch_run;
        for (size_t i = 0; i < tile->fetch_lines; i++, line += tile->fetch_step) { NOMEN_PREFETCH_FAR(line); }
    }
}

/* rows and the strides are constants where this is expanded. */
SIMD void tile_rows(const nomen_gemm_tile *tile, const size_t rows, const size_t row_stride, const size_t k_stride) {
    const float *restrict a = tile->a;
    const float *restrict b = tile->b;
    const size_t depth = tile->depth;
    EACH_ROW(ROW_START)
    EACH_ROW(ROW_FETCH)
    size_t k = 0;
    for (; k + NOMEN_GEMM_RUN <= depth; k += NOMEN_GEMM_RUN) {
        tile_fetch(tile, k / NOMEN_GEMM_RUN);
        TILE_STEP(0)
        TILE_STEP(1)
        TILE_STEP(2)
        TILE_STEP(3)
        TILE_STEP(4)
        TILE_STEP(5)
        TILE_STEP(6)
        TILE_STEP(7)
        a += NOMEN_GEMM_RUN * k_stride;
        b += NOMEN_GEMM_RUN * GEMM_COLS;
    }
    for (; k < depth; k++) {
        TILE_STEP(0)
        a += k_stride;
        b += GEMM_COLS;
    }
    EACH_ROW(ROW_END)
}

/* A function for each number of rows and each way the tile was copied, and tables of them. */
#define TILE(i) \
    static void tile_by_row_##i(const nomen_gemm_tile *tile) { \
        tile_rows(tile, i + 1, NOMEN_GEMM_A_STRIDE, 1); \
    } \
    static void tile_by_column_##i(const nomen_gemm_tile *tile) { \
        tile_rows(tile, i + 1, 1, GEMM_A_LANES); \
    }
#define TILE_BY_ROW(i) tile_by_row_##i,
#define TILE_BY_COLUMN(i) tile_by_column_##i,

EACH_ROW(TILE)

static void gemm_tile(const nomen_gemm_tile *tile) {
    static void (*const by_row[])(const nomen_gemm_tile *) = {EACH_ROW(TILE_BY_ROW)};
    static void (*const by_column[])(const nomen_gemm_tile *) = {EACH_ROW(TILE_BY_COLUMN)};
    /* indexed directly: so the sanitizer checks the bounds, where it reported a chosen table at -O2 falsely */
    if (tile->a_by_column) {
        by_column[tile->n_rows - 1](tile);
    } else {
        by_row[tile->n_rows - 1](tile);
    }
}

/* out: rows NOMEN_GEMM_A_STRIDE apart, from rows of A (a_col = 1). */
static void gemm_copy_rows(float *out, const float *a, size_t a_row, size_t n_rows, size_t depth) {
    for (size_t i = 0; i < n_rows; i++) {
        const float *row = a + i * a_row;
        float *to = out + i * NOMEN_GEMM_A_STRIDE;
        size_t k = 0;
        for (; k + V16 <= depth; k += V16) { v16_store(to + k, v16_load(row + k)); }
        if (k < depth) { v16_store(to + k, v16_load_n(row + k, depth - k)); }
    }
}

/*
 * out: columns GEMM_A_LANES apart, from columns of A (a_row = 1), of which `n_there` can be read.
 * Adds the rows' sums to `sums` unless it is NULL. A store may spill over the next column's place,
 * which is written later; after the last one, out has room for a vector.
 */
static void gemm_copy_columns(float *out, const float *a, size_t a_col, size_t n_rows, size_t depth, size_t n_there,
                              float *sums) {
    nomen_v16 sum = v16_zero();
    if (n_there >= V16) {
        for (size_t k = 0; k < depth; k++) {
            const nomen_v16 column = v16_load(a + k * a_col);
            sum = v16_add(sum, column);
            v16_store(out + k * GEMM_A_LANES, column);
        }
    } else {
        for (size_t k = 0; k < depth; k++) {
            const nomen_v16 column = v16_load_n(a + k * a_col, n_rows);
            sum = v16_add(sum, column);
            v16_store(out + k * GEMM_A_LANES, column);
        }
    }
    if (sums) { v16_store_n(sums, v16_add(v16_load_n(sums, n_rows), sum), n_rows); }
}

/* One panel's columns from a B whose columns are contiguous (b_row = 1): four by four transposed. */
static void pack_panel_transposed(float *out, const float *b, size_t b_col, size_t depth, size_t n_cols) {
    for (size_t j = 0; j < GEMM_COLS; j += V16) {
        size_t k = 0;
        if (j + V16 <= n_cols) {
            const float *p = b + j * b_col;
            for (; k + 4 <= depth; k += 4) {
                nomen_v16 v[4];
                for (size_t i = 0; i < 4; i++) {
                    const float *q = p + i * b_col + k;
                    v[i] = v16_load_quads(q, q + 4 * b_col, q + 8 * b_col, q + 12 * b_col);
                }
                v16_transpose4(v);
                v16_store(out + k * GEMM_COLS + j, v[0]);
                v16_store(out + (k + 1) * GEMM_COLS + j, v[1]);
                v16_store(out + (k + 2) * GEMM_COLS + j, v[2]);
                v16_store(out + (k + 3) * GEMM_COLS + j, v[3]);
            }
        }
        for (; k < depth; k++) {
            for (size_t l = j; l < j + V16; l++) { out[k * GEMM_COLS + l] = l < n_cols ? b[l * b_col + k] : 0.0f; }
        }
    }
}

/* Full vectors of a row of B, the last one zero-padded. */
SIMD void pack_row(float *out, const float *b, size_t n_cols) {
    for (size_t j = 0; j < GEMM_COLS; j += V16) {
        const size_t lanes = n_cols <= j ? 0 : n_cols - j < V16 ? n_cols - j : V16;
        v16_store(out + j, lanes == V16 ? v16_load(b + j) : lanes ? v16_load_n(b + j, lanes) : v16_zero());
    }
}

/*
 * Packs `depth` rows of n_cols columns of B into panels that are panel_size floats apart. Where rows
 * are contiguous it walks along them, over all panels.
 */
static void gemm_pack_panels(float *out, size_t panel_size, const float *b, size_t b_row, size_t b_col, size_t depth,
                             size_t n_cols) {
    if (b_col == 1) {
        for (size_t k = 0; k < depth; k++) {
            for (size_t j = 0, p = 0; j < n_cols; j += GEMM_COLS, p++) {
                pack_row(out + p * panel_size + k * GEMM_COLS, b + k * b_row + j, n_cols - j);
            }
        }
        return;
    }
    for (size_t j = 0, p = 0; j < n_cols; j += GEMM_COLS, p++) {
        pack_panel_transposed(out + p * panel_size, b + j * b_col, b_col, depth, n_cols - j);
    }
}

/* For bench/: multiply-adds over registers alone, the peak to measure against. Returns how many FLOP. */
static size_t bench_fma(size_t steps) {
/* No two lanes alike, or a compiler finds that it needs to compute but one half. */
#define FMA_START(i) nomen_v16 r##i = v16_add(v16_set1((float)i), i16_to_v16(i16_iota()));
#define FMA_STEP(i) r##i = v16_fma(r##i, x, y);
#define FMA_SUM(i) total = v16_add(total, r##i);
    const nomen_v16 x = v16_set1(0.999f), y = v16_set1(1e-6f);
    nomen_v16 total = v16_zero();
    EACH_ROW(FMA_START)
    for (size_t k = 0; k < steps; k++) { EACH_ROW(FMA_STEP) }
    EACH_ROW(FMA_SUM)
    volatile float sink = v16_sum(total);
    (void)sink;
    return steps * GEMM_ROWS * V16 * 2;
}
