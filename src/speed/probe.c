/* Clock, samples and the machine's peaks. */
#include "speed/probe.h"

#include <stdlib.h>

#include "base/threads.h"
#include "math/isa.h"

void nomen_speed_add(nomen_speed_samples *samples, double seconds) {
    if (samples->n < NOMEN_SPEED_MAX_RUNS) { samples->seconds[samples->n++] = seconds; }
}

static int by_size(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

void nomen_speed_summarize(nomen_speed_samples *samples, bool alike, nomen_speed_row *row) {
    size_t n = samples->n;
    double sum = 0;
    qsort(samples->seconds, n, sizeof *samples->seconds, by_size);
    for (size_t i = 0; i < n; i++) { sum += samples->seconds[i]; }
    row->n_runs = n;
    row->fastest = samples->seconds[0];
    row->p50 = samples->seconds[n / 2];
    row->p99 = samples->seconds[(n * 99) / 100];
    row->seconds = alike ? row->p50 : sum / (double)n;
}

typedef struct peak {
    size_t (*bench)(size_t steps);
    size_t flops[NOMEN_MAX_THREADS];
} peak;

static void run_peak(void *context, size_t first, size_t end) {
    enum { STEPS = 20000 }; /* a millisecond or two */
    peak *p = context;
    for (size_t i = first; i < end; i++) { p->flops[i] = p->bench(STEPS); }
}

static size_t (*bench_of(nomen_speed_kind kind))(size_t steps) {
    switch (kind) {
    case NOMEN_SPEED_INT8: return nomen_int8_kernels_get()->wide.bench;
    case NOMEN_SPEED_NARROW: return nomen_int8_kernels_get()->narrow.bench;
    default: return nomen_kernels_get()->bench_fma;
    }
}

double nomen_speed_flops(nomen_speed_kind kind) {
    enum { LOOPS = 12 };
    const size_t n = nomen_team_size();
    peak p = {.bench = bench_of(kind)};
    double best = 0;
    for (int i = 0; i < LOOPS; i++) {
        double started = nomen_clock_now();
        size_t flops = 0;
        nomen_team_run(n, 0, n, run_peak, &p);
        for (size_t k = 0; k < n; k++) { flops += p.flops[k]; }
        double rate = (double)flops / (nomen_clock_now() - started);
        if (rate > best) { best = rate; }
    }
    return best;
}

typedef struct addition {
    nomen_real *y;
    const nomen_real *x;
    size_t n_elements;
} addition;

enum { CHUNK = 1 << 14 };

static void add_chunks(void *context, size_t first, size_t end) {
    const addition *a = context;
    const size_t from = first * CHUNK, to = end * CHUNK < a->n_elements ? end * CHUNK : a->n_elements;
    nomen_kernels_get()->accumulate(a->y + from, a->x + from, to - from);
}

double nomen_speed_bytes(nomen_real *y, const nomen_real *x, size_t n_elements) {
    enum { LOOPS = 5, MOVES = 3 }; /* an element is read twice and written once */
    addition a = {.y = y, .x = x, .n_elements = n_elements};
    double best = 0;
    for (int i = 0; i < LOOPS; i++) {
        double started = nomen_clock_now();
        nomen_team_run((n_elements + CHUNK - 1) / CHUNK, 0, nomen_team_size(), add_chunks, &a);
        double rate = MOVES * sizeof *y * (double)n_elements / (nomen_clock_now() - started);
        if (rate > best) { best = rate; }
    }
    return best;
}
