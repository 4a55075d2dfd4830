/* Matrix products of floats: the copies that feed the micro-kernel (gemm.inc.h); included by kernels.inc.h. See gemm.h. */
#define GEMM_UNIT 1
#define GEMM_STEP(c, a, b) v16_fma(a, b, c)
#define GEMM_STEP_SPREAD(c, p, b) v16_fma_spread(p, b, c)
#define GEMM_BENCH_STEP(r, x, y) v16_fma(r, x, y)
#include "math/gemm.inc.h"

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
