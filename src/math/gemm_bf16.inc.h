/*
 * Matrix products of floats rounded to bf16: the copies that feed the micro-kernel (gemm.inc.h). See gemm.h.
 *
 * A bf16 is the upper half of a float. Rounding is to the nearest, ties to even; a NaN stays one, and a subnormal float
 * becomes a zero of its sign. A unit is two of them that follow each other along K, the first in the lower half. A step adds
 * the products of a unit to a float c:
 *   c = fma(upper half of a, upper half of b, c), then c = fma(lower half of a, lower half of b, c)
 * each rounded once to the nearest, ties to even, with subnormal c taken for zeros of their signs, and with results for them
 * that are below the least normal float after rounding to 24 bits. So does vdpbf16ps, whatever the settings of the
 * processor; Intel's manual says so, and it was found on a Zen 5, for numbers of all kinds.
 *
 * Includers define
 *   bf16_pack(a, b)                32 floats that follow each other along K as 16 units
 *   bf16_pairs(a, b)               16 units of a's floats and b's, which follow them along K
 *   bf16_load_quads(p0, p1, p2, p3) 8 floats from each address as 4 units each
 *   bf16_step(c, a, b), bf16_step_spread(c, p, b)
 */
#define GEMM_UNIT 2
#define GEMM_STEP bf16_step
#define GEMM_STEP_SPREAD bf16_step_spread
#define GEMM_BENCH_STEP bf16_step
#include "math/gemm.inc.h"

/* out: rows NOMEN_GEMM_A_STRIDE apart, from rows of A (a_col = 1). */
static void gemm_copy_rows(float *out, const float *a, size_t a_row, size_t n_rows, size_t depth) {
    for (size_t i = 0; i < n_rows; i++) {
        const float *row = a + i * a_row;
        float *to = out + i * NOMEN_GEMM_A_STRIDE;
        size_t k = 0;
        for (; k + 2 * V16 <= depth; k += 2 * V16) {
            v16_store(to + k / 2, bf16_pack(v16_load(row + k), v16_load(row + k + V16)));
        }
        if (k == depth) { continue; }
        const size_t n0 = depth - k < V16 ? depth - k : V16, n1 = depth - k - n0;
        v16_store(to + k / 2, bf16_pack(v16_load_n(row + k, n0), n1 > 0 ? v16_load_n(row + k + V16, n1) : v16_zero()));
    }
}

/* A column of A, of which `n_there` can be read. */
SIMD nomen_v16 load_column(const float *a, size_t n_rows, size_t n_there) {
    return n_there >= V16 ? v16_load(a) : v16_load_n(a, n_rows);
}

/*
 * out: units of columns GEMM_A_LANES apart, from columns of A (a_row = 1), of which `n_there` can be read.
 * Adds the rows' sums, before rounding, to `sums` unless it is NULL. A store may spill over the next unit's place, which is
 * written later; after the last one, out has room for a vector.
 */
static void gemm_copy_columns(float *out, const float *a, size_t a_col, size_t n_rows, size_t depth, size_t n_there,
                              float *sums) {
    nomen_v16 sum = v16_zero();
    size_t k = 0;
    for (; k + 2 <= depth; k += 2) {
        const nomen_v16 x = load_column(a + k * a_col, n_rows, n_there), y = load_column(a + (k + 1) * a_col, n_rows, n_there);
        sum = v16_add(v16_add(sum, x), y);
        v16_store(out + k / 2 * GEMM_A_LANES, bf16_pairs(x, y));
    }
    if (k < depth) {
        const nomen_v16 x = load_column(a + k * a_col, n_rows, n_there);
        sum = v16_add(sum, x);
        v16_store(out + k / 2 * GEMM_A_LANES, bf16_pairs(x, v16_zero()));
    }
    if (sums) { v16_store_n(sums, v16_add(v16_load_n(sums, n_rows), sum), n_rows); }
}

/* A unit of 16 columns, of which n_cols are there, from a B whose columns are contiguous; the second element may not be. */
static void pack_unit_transposed(float *out, const float *b, size_t b_col, size_t n_cols, bool second) {
    float x[V16] = {0}, y[V16] = {0};
    for (size_t l = 0; l < V16 && l < n_cols; l++) {
        x[l] = b[l * b_col];
        if (second) { y[l] = b[l * b_col + 1]; }
    }
    v16_store(out, bf16_pairs(v16_load(x), v16_load(y)));
}

/* One panel's columns from a B whose columns are contiguous (b_row = 1): four units of four columns transposed. */
static void pack_panel_transposed(float *out, const float *b, size_t b_col, size_t depth, size_t n_cols) {
    for (size_t j = 0; j < GEMM_COLS; j += V16) {
        const float *p = b + j * b_col;
        size_t k = 0;
        for (; j + V16 <= n_cols && k + 8 <= depth; k += 8) {
            nomen_v16 v[4];
            for (size_t i = 0; i < 4; i++) {
                const float *q = p + i * b_col + k;
                v[i] = bf16_load_quads(q, q + 4 * b_col, q + 8 * b_col, q + 12 * b_col);
            }
            v16_transpose4(v);
            float *to = out + k / 2 * GEMM_COLS + j;
            for (size_t u = 0; u < 4; u++) { v16_store(to + u * GEMM_COLS, v[u]); }
        }
        for (; k < depth; k += 2) {
            pack_unit_transposed(out + k / 2 * GEMM_COLS + j, p + k, b_col, j < n_cols ? n_cols - j : 0, k + 1 < depth);
        }
    }
}

/* The first lanes of a vector that are there. */
SIMD nomen_v16 load_lanes(const float *b, size_t n) {
    return n == V16 ? v16_load(b) : n > 0 ? v16_load_n(b, n) : v16_zero();
}

/* A unit of full vectors from two rows of B, or where `second` is NULL from one, the last vector zero-padded. */
SIMD void pack_row(float *out, const float *b, const float *second, size_t n_cols) {
    for (size_t j = 0; j < GEMM_COLS; j += V16) {
        const size_t lanes = n_cols <= j ? 0 : n_cols - j < V16 ? n_cols - j : V16;
        v16_store(out + j, bf16_pairs(load_lanes(b + j, lanes), second ? load_lanes(second + j, lanes) : v16_zero()));
    }
}

/*
 * Packs `depth` rows of n_cols columns of B into panels that are panel_size units apart. Where rows
 * are contiguous it walks along them, over all panels.
 */
static void gemm_pack_panels(float *out, size_t panel_size, const float *b, size_t b_row, size_t b_col, size_t depth,
                             size_t n_cols) {
    if (b_col == 1) {
        for (size_t k = 0; k < depth; k += 2) {
            const float *first = b + k * b_row, *second = k + 1 < depth ? first + b_row : NULL;
            for (size_t j = 0, p = 0; j < n_cols; j += GEMM_COLS, p++) {
                pack_row(out + p * panel_size + k / 2 * GEMM_COLS, first + j, second ? second + j : NULL, n_cols - j);
            }
        }
        return;
    }
    for (size_t j = 0, p = 0; j < n_cols; j += GEMM_COLS, p++) {
        pack_panel_transposed(out + p * panel_size, b + j * b_col, b_col, depth, n_cols - j);
    }
}

const nomen_gemm_kernels NOMEN_BF16_KERNELS = GEMM_KERNELS;
