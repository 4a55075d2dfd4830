/* Updates of flat arrays of parameters, and of a table whose rows are few: how their work is cut among threads. */
#include <string.h>

#include "base/threads.h"
#include "math/isa.h"
#include "math/ops.h"

/* Below this many elements a parallel region costs more than it saves. */
enum { WORTH_A_TEAM = 1 << 14 };

/* Flat arrays are updated in chunks of this many elements: whole vectors, a few pages. */
enum { CHUNK = 1 << 14 };

static size_t chunk_end(size_t start, size_t n) {
    return n - start < CHUNK ? n : start + CHUNK;
}

/* Halves added to halves. */
static double fold(double lane[16]) {
    for (size_t half = 8; half > 0; half /= 2) {
        for (size_t i = 0; i < half; i++) { lane[i] += lane[i + half]; }
    }
    return lane[0];
}

/* The squares of elements start..end-1 of a block, without those of rows that hold zeros. */
static double part_sum(const nomen_kernels *kernels, const float *x, size_t start, size_t end, const nomen_row_marks *rows) {
    double lane[16] = {0};
    const size_t table_end = rows != NULL ? rows->offset + rows->n_rows * rows->width : 0;
    for (size_t at = start; at < end;) {
        size_t stop = end;
        if (rows != NULL && at >= rows->offset && at < table_end) {
            const size_t row = (at - rows->offset) / rows->width;
            const size_t row_end = rows->offset + (row + 1) * rows->width;
            stop = row_end < end ? row_end : end;
            if (!(rows->marks[row] & NOMEN_ROW_NOW)) {
                at = stop;
                continue;
            }
        } else if (rows != NULL && at < rows->offset) {
            stop = rows->offset < end ? rows->offset : end;
        }
        kernels->square_add(lane, x + at, stop - at);
        at = stop;
    }
    return fold(lane);
}

/*
 * Sixty-four parts whose borders depend on n alone; their sums are added in order. In a part element
 * e goes to lane e % 16, so leaving out whole groups of sixteen zeros shows nowhere.
 */
static double square_sum(const nomen_real *x, size_t n_elements, const nomen_row_marks *rows) {
    enum { PARTS = 64 };
    const nomen_kernels *kernels = nomen_kernels_get();
    const size_t part = (n_elements / PARTS + 16) / 16 * 16; /* PARTS of them cover n */
    double sums[PARTS];
#pragma omp parallel for schedule(dynamic, 1) num_threads(nomen_get_threads()) if (n_elements >= WORTH_A_TEAM)
    for (size_t p = 0; p < PARTS; p++) {
        const size_t start = p * part < n_elements ? p * part : n_elements;
        const size_t left = n_elements - start;
        sums[p] = part_sum(kernels, x, start, start + (left < part ? left : part), rows);
    }
    double sum = 0.0;
    for (size_t p = 0; p < PARTS; p++) { sum += sums[p]; }
    return sum;
}

double nomen_op_square_sum(const nomen_real *x, size_t n_elements) {
    return square_sum(x, n_elements, NULL);
}

void nomen_op_sgd_update(nomen_real *value, const nomen_real *gradient, size_t n_elements, float rate, float scale) {
    const nomen_kernels *kernels = nomen_kernels_get();
    const float factor = (float)((double)rate * (double)scale);
#pragma omp parallel for num_threads(nomen_get_threads()) if (n_elements >= WORTH_A_TEAM)
    for (size_t start = 0; start < n_elements; start += CHUNK) {
        kernels->sgd(value + start, gradient + start, chunk_end(start, n_elements) - start, factor);
    }
}

void nomen_op_adamw_update(nomen_real *value, nomen_real *m, nomen_real *v, const nomen_real *gradient, size_t n_elements,
                           const nomen_adamw *settings) {
    const nomen_kernels *kernels = nomen_kernels_get();
#pragma omp parallel for num_threads(nomen_get_threads()) if (n_elements >= WORTH_A_TEAM)
    for (size_t start = 0; start < n_elements; start += CHUNK) {
        kernels->adamw(value + start, m + start, v + start, gradient + start, chunk_end(start, n_elements) - start, settings);
    }
}

void nomen_op_fill(nomen_real *x, nomen_real value, size_t n_elements) {
#pragma omp parallel for num_threads(nomen_get_threads()) if (n_elements >= WORTH_A_TEAM)
    for (size_t start = 0; start < n_elements; start += CHUNK) {
        const size_t end = chunk_end(start, n_elements);
        for (size_t e = start; e < end; e++) { x[e] = value; }
    }
}

/* ---- the same where few rows of a table change ---- */

double nomen_op_square_sum_rows(const nomen_real *x, size_t n_elements, const nomen_row_marks *rows) {
    /* rows of another width would move the lanes of what comes after them */
    return square_sum(x, n_elements, rows->width % 16 == 0 ? rows : NULL);
}

void nomen_op_sgd_update_rows(nomen_real *value, const nomen_real *gradient, const nomen_row_marks *rows, float rate,
                              float scale) {
    const nomen_kernels *kernels = nomen_kernels_get();
    const size_t width = rows->width;
    const float factor = (float)((double)rate * (double)scale);
#pragma omp parallel for schedule(dynamic, 64) num_threads(nomen_get_threads())
    for (size_t r = 0; r < rows->n_rows; r++) {
        if (rows->marks[r] & NOMEN_ROW_NOW) { kernels->sgd(value + r * width, gradient + r * width, width, factor); }
    }
}

/* A row without moments only decays. One that gets its first gradient starts them at zero. */
void nomen_op_adamw_update_rows(nomen_real *value, nomen_real *m, nomen_real *v, const nomen_real *gradient,
                                const nomen_row_marks *rows, const nomen_adamw *settings) {
    const nomen_kernels *kernels = nomen_kernels_get();
    const size_t width = rows->width;
    const float keep = (float)(1.0 - settings->rate * settings->decay);
#pragma omp parallel for schedule(dynamic, 64) num_threads(nomen_get_threads())
    for (size_t r = 0; r < rows->n_rows; r++) {
        const size_t at = r * width;
        if (rows->marks[r] == 0) {
            if (keep != 1.0f) { kernels->scale(value + at, width, keep); }
            continue;
        }
        if (rows->marks[r] == NOMEN_ROW_NOW) {
            memset(m + at, 0, width * sizeof *m);
            memset(v + at, 0, width * sizeof *v);
        }
        kernels->adamw(value + at, m + at, v + at, gradient + at, width, settings);
    }
}
