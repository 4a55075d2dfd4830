/*
 * The micro-kernel; included by gemm_float.inc.h and gemm_bf16.inc.h, which have the copies that feed it, and define
 *   GEMM_UNIT                 elements of k in a unit
 *   GEMM_STEP(c, a, b)        c plus the products of a unit
 *   GEMM_STEP_SPREAD(c, p, b) the same with a of one row, spread from memory (AVX-512)
 *   GEMM_BENCH_STEP(r, x, y)  of a chain of such steps without end, the next r
 * See gemm.h.
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
 * A's unit for half of the rows is a memory operand that the multiply-add itself spreads, for the others it is loaded once.
 * All of them spread are 30 instructions and 30 loads a step, which for two loads a cycle is more than the 14 cycles that the
 * multiply-adds need; all of them loaded are 44 instructions, too many where a neighbour has half of the core's front end. So:
 * 37 and 23. On a Zen 5 with nothing else to do that is 1.07 to 1.09 of the speed of all spread; beside a busy neighbour all
 * spread was 1.13 to 1.17 of all loaded (with unrolling; Sapphire Rapids).
 */
#define ROW_STEP(i) \
    if (i < rows) { \
        if (i % 2 == 1) { \
            s##i = GEMM_STEP_SPREAD(s##i, at + i * row_stride, b0); \
            t##i = GEMM_STEP_SPREAD(t##i, at + i * row_stride, b1); \
        } else { \
            const nomen_v16 x = v16_set1(at[i * row_stride]); \
            s##i = GEMM_STEP(s##i, x, b0); \
            t##i = GEMM_STEP(t##i, x, b1); \
        } \
    }
#else
#define ROW_STEP(i) \
    if (i < rows) { \
        const nomen_v16 x = v16_set1(at[i * row_stride]); \
        s##i = GEMM_STEP(s##i, x, b0); \
        if (GEMM_VECTORS == 2) { t##i = GEMM_STEP(t##i, x, b1); } \
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

/* For bench/: multiply-adds over registers alone, the peak to measure against. Returns how many FLOP. */
static size_t gemm_bench(size_t steps) {
/* No two lanes alike, or a compiler finds that it needs to compute but one half. */
#define FMA_START(i) nomen_v16 r##i = v16_add(v16_set1((float)i), i16_to_v16(i16_iota()));
#define FMA_STEP(i) r##i = GEMM_BENCH_STEP(r##i, x, y);
#define FMA_SUM(i) total = v16_add(total, r##i);
    const nomen_v16 x = v16_set1(0.999f), y = v16_set1(1e-6f);
    nomen_v16 total = v16_zero();
    EACH_ROW(FMA_START)
    for (size_t k = 0; k < steps; k++) { EACH_ROW(FMA_STEP) }
    EACH_ROW(FMA_SUM)
    volatile float sink = v16_sum(total);
    (void)sink;
    return steps * GEMM_ROWS * V16 * GEMM_UNIT * 2;
}

#define GEMM_KERNELS \
    {.rows = GEMM_ROWS, \
     .cols = GEMM_COLS, \
     .unit = GEMM_UNIT, \
     .tile = gemm_tile, \
     .copy_rows = gemm_copy_rows, \
     .copy_columns = gemm_copy_columns, \
     .pack_panels = gemm_pack_panels, \
     .bench = gemm_bench}
