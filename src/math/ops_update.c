/* Updates of flat arrays of parameters, and of a table whose rows are few: how their work is cut among threads. */
#include <string.h>

#include "base/threads.h"
#include "math/isa.h"
#include "math/ops.h"
#include "math/ops_momentum.h"

/* Flat arrays are shared out in chunks of this many elements: whole vectors, a few pages. Fewer are not worth a team. */
enum { CHUNK = 1 << 14, ROWS_AT_A_TIME = 64 };

/* An update of arrays, whole or in rows. */
typedef struct update {
    nomen_real *value, *m, *v;
    const nomen_real *gradient;
    size_t n_elements;
    float factor;
    const void *settings; /* of the update's own kind */
    const nomen_row_marks *rows;
    double *sums; /* of parts */
} update;

/* Runs `work` over chunks of a flat array. */
static void run_chunks(update *u, nomen_team_work *work) {
    nomen_team_run((u->n_elements + CHUNK - 1) / CHUNK, 0, nomen_team_size(), work, u);
}

/* The element where chunk `index` begins, or the array's end. */
static size_t chunk_start(const update *u, size_t index) {
    return index * CHUNK < u->n_elements ? index * CHUNK : u->n_elements;
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

enum { PARTS = 64 };

static void sum_parts(void *context, size_t first, size_t end) {
    const update *u = context;
    const size_t n = u->n_elements, part = (n / PARTS + 16) / 16 * 16; /* PARTS of them cover n */
    for (size_t p = first; p < end; p++) {
        const size_t start = p * part < n ? p * part : n;
        u->sums[p] = part_sum(nomen_kernels_get(), u->gradient, start, n - start < part ? n : start + part, u->rows);
    }
}

/*
 * Sixty-four parts whose boundaries depend on n alone; their sums are added in order. In a part element
 * e goes to lane e % 16, so leaving out whole groups of sixteen zeros shows nowhere.
 */
static double square_sum(const nomen_real *x, size_t n_elements, const nomen_row_marks *rows) {
    double sums[PARTS], sum = 0.0;
    update u = {.gradient = x, .n_elements = n_elements, .rows = rows, .sums = sums};
    nomen_team_run(PARTS, 1, n_elements > CHUNK ? nomen_team_size() : 1, sum_parts, &u);
    for (size_t p = 0; p < PARTS; p++) { sum += sums[p]; }
    return sum;
}

double nomen_op_square_sum(const nomen_real *x, size_t n_elements) {
    return square_sum(x, n_elements, NULL);
}

static void sgd_chunks(void *context, size_t first, size_t end) {
    const update *u = context;
    const size_t at = chunk_start(u, first);
    nomen_kernels_get()->sgd(u->value + at, u->gradient + at, chunk_start(u, end) - at, u->factor);
}

void nomen_op_sgd_update(nomen_real *value, const nomen_real *gradient, size_t n_elements, float rate, float scale) {
    update u = {.value = value, .gradient = gradient, .n_elements = n_elements, .factor = (float)((double)rate * (double)scale)};
    run_chunks(&u, sgd_chunks);
}

static void adamw_chunks(void *context, size_t first, size_t end) {
    const update *u = context;
    const size_t at = chunk_start(u, first);
    nomen_kernels_get()->adamw(u->value + at, u->m + at, u->v + at, u->gradient + at, chunk_start(u, end) - at, u->settings);
}

void nomen_op_adamw_update(nomen_real *value, nomen_real *m, nomen_real *v, const nomen_real *gradient, size_t n_elements,
                           const nomen_adamw *settings) {
    update u = {.value = value, .m = m, .v = v, .gradient = gradient, .n_elements = n_elements, .settings = settings};
    run_chunks(&u, adamw_chunks);
}

static void sgd_momentum_chunks(void *context, size_t first, size_t end) {
    const update *u = context;
    const size_t at = chunk_start(u, first);
    nomen_kernels_get()->sgd_momentum(u->value + at, u->m != NULL ? u->m + at : NULL, u->gradient + at, chunk_start(u, end) - at,
                                      u->settings);
}

void nomen_op_sgd_momentum_update(nomen_real *value, nomen_real *buffer, const nomen_real *gradient, size_t n_elements,
                                  const nomen_sgd *settings) {
    update u = {.value = value, .m = buffer, .gradient = gradient, .n_elements = n_elements, .settings = settings};
    run_chunks(&u, sgd_momentum_chunks);
}

static void lion_chunks(void *context, size_t first, size_t end) {
    const update *u = context;
    const size_t at = chunk_start(u, first);
    nomen_kernels_get()->lion(u->value + at, u->m + at, u->gradient + at, chunk_start(u, end) - at, u->settings);
}

void nomen_op_lion_update(nomen_real *value, nomen_real *m, const nomen_real *gradient, size_t n_elements,
                          const nomen_lion *settings) {
    update u = {.value = value, .m = m, .gradient = gradient, .n_elements = n_elements, .settings = settings};
    run_chunks(&u, lion_chunks);
}

static void average_chunks(void *context, size_t first, size_t end) {
    const update *u = context;
    const size_t at = chunk_start(u, first);
    nomen_kernels_get()->approach(u->value + at, u->gradient + at, chunk_start(u, end) - at, u->factor);
}

void nomen_op_average_update(nomen_real *average, const nomen_real *value, size_t n_elements, double decay) {
    update u = {.value = average, .gradient = value, .n_elements = n_elements, .factor = (float)(1.0 - decay)};
    run_chunks(&u, average_chunks);
}

static void fill_chunks(void *context, size_t first, size_t end) {
    const update *u = context;
    for (size_t e = chunk_start(u, first); e < chunk_start(u, end); e++) { u->value[e] = u->factor; }
}

void nomen_op_fill(nomen_real *x, nomen_real value, size_t n_elements) {
    update u = {.value = x, .n_elements = n_elements, .factor = value};
    run_chunks(&u, fill_chunks);
}

/* ---- the same where few rows of a table change ---- */

double nomen_op_square_sum_rows(const nomen_real *x, size_t n_elements, const nomen_row_marks *rows) {
    /* rows of another width would move the lanes of what comes after them */
    return square_sum(x, n_elements, rows->width % 16 == 0 ? rows : NULL);
}

static void sgd_rows(void *context, size_t first, size_t end) {
    const update *u = context;
    const size_t width = u->rows->width;
    for (size_t r = first; r < end; r++) {
        if (!(u->rows->marks[r] & NOMEN_ROW_NOW)) { continue; }
        nomen_kernels_get()->sgd(u->value + r * width, u->gradient + r * width, width, u->factor);
    }
}

void nomen_op_sgd_update_rows(nomen_real *value, const nomen_real *gradient, const nomen_row_marks *rows, float rate,
                              float scale) {
    update u = {.value = value, .gradient = gradient, .rows = rows, .factor = (float)((double)rate * (double)scale)};
    nomen_team_run(rows->n_rows, ROWS_AT_A_TIME, nomen_team_size(), sgd_rows, &u);
}

/* Makes a row ready: one without moments only decays (false), one that gets its first gradient starts them at zero. */
static bool start_row(const update *u, size_t row) {
    const size_t width = u->rows->width, at = row * width;
    const uint8_t mark = u->rows->marks[row];
    if (mark == 0 && u->factor != 1.0f) { nomen_kernels_get()->scale(u->value + at, width, u->factor); }
    if (mark == NOMEN_ROW_NOW) {
        memset(u->m + at, 0, width * sizeof *u->m);
        if (u->v != NULL) { memset(u->v + at, 0, width * sizeof *u->v); }
    }
    return mark != 0;
}

static void adamw_rows(void *context, size_t first, size_t end) {
    const update *u = context;
    const size_t width = u->rows->width;
    for (size_t r = first, at = r * width; r < end; r++, at += width) {
        if (!start_row(u, r)) { continue; }
        nomen_kernels_get()->adamw(u->value + at, u->m + at, u->v + at, u->gradient + at, width, u->settings);
    }
}

void nomen_op_adamw_update_rows(nomen_real *value, nomen_real *m, nomen_real *v, const nomen_real *gradient,
                                const nomen_row_marks *rows, const nomen_adamw *settings) {
    update u = {.value = value, .m = m, .v = v, .gradient = gradient, .rows = rows, .settings = settings};
    u.factor = (float)(1.0 - settings->rate * settings->decay);
    nomen_team_run(rows->n_rows, ROWS_AT_A_TIME, nomen_team_size(), adamw_rows, &u);
}

static void sgd_momentum_rows(void *context, size_t first, size_t end) {
    const update *u = context;
    const nomen_sgd *s = u->settings;
    const size_t width = u->rows->width;
    for (size_t r = first; r < end; r++) {
        const size_t at = r * width;
        const uint8_t mark = u->rows->marks[r];
        if (mark == 0 && s->decay == 0) { continue; }
        nomen_real *buffer = u->m != NULL ? u->m + at : NULL;
        if (buffer != NULL && mark == NOMEN_ROW_NOW && s->decay == 0) { memset(buffer, 0, width * sizeof *buffer); }
        nomen_kernels_get()->sgd_momentum(u->value + at, buffer, mark != 0 ? u->gradient + at : NULL, width, s);
    }
}

void nomen_op_sgd_momentum_update_rows(nomen_real *value, nomen_real *buffer, const nomen_real *gradient,
                                       const nomen_row_marks *rows, const nomen_sgd *settings) {
    update u = {.value = value, .m = buffer, .gradient = gradient, .rows = rows, .settings = settings};
    nomen_team_run(rows->n_rows, ROWS_AT_A_TIME, nomen_team_size(), sgd_momentum_rows, &u);
}

static void lion_rows(void *context, size_t first, size_t end) {
    const update *u = context;
    const size_t width = u->rows->width;
    for (size_t r = first, at = r * width; r < end; r++, at += width) {
        if (!start_row(u, r)) { continue; }
        nomen_kernels_get()->lion(u->value + at, u->m + at, u->gradient + at, width, u->settings);
    }
}

void nomen_op_lion_update_rows(nomen_real *value, nomen_real *m, const nomen_real *gradient, const nomen_row_marks *rows,
                               const nomen_lion *settings) {
    update u = {.value = value, .m = m, .gradient = gradient, .rows = rows, .settings = settings};
    u.factor = (float)(1.0 - settings->rate * settings->decay);
    nomen_team_run(rows->n_rows, ROWS_AT_A_TIME, nomen_team_size(), lion_rows, &u);
}
