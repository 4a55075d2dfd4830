/* Clock, samples and the machine's peaks. */
#include "speed/probe.h"

#include <stdlib.h>
#include <time.h>

#include "base/threads.h"
#include "math/isa.h"

double nomen_speed_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

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

double nomen_speed_flops(bool int8) {
    enum { LOOPS = 12, STEPS = 20000 }; /* a loop takes a millisecond or two */
    size_t (*const bench)(size_t) = int8 ? nomen_int8_kernels_get()->bench : nomen_kernels_get()->bench_fma;
    double best = 0;
    for (int i = 0; i < LOOPS; i++) {
        double started = nomen_speed_now();
        size_t flops = 0;
#pragma omp parallel num_threads(nomen_get_threads()) reduction(+ : flops)
        flops += bench(STEPS);
        double rate = (double)flops / (nomen_speed_now() - started);
        if (rate > best) { best = rate; }
    }
    return best;
}

double nomen_speed_bytes(nomen_real *y, const nomen_real *x, size_t n_elements) {
    enum { LOOPS = 5, CHUNK = 1 << 14, MOVES = 3 }; /* an element is read twice and written once */
    const nomen_kernels *kernels = nomen_kernels_get();
    const size_t n_chunks = (n_elements + CHUNK - 1) / CHUNK;
    double best = 0;
    for (int i = 0; i < LOOPS; i++) {
        double started = nomen_speed_now();
#pragma omp parallel for schedule(static) num_threads(nomen_get_threads())
        for (size_t c = 0; c < n_chunks; c++) {
            size_t from = c * CHUNK;
            kernels->accumulate(y + from, x + from, n_elements - from < CHUNK ? n_elements - from : CHUNK);
        }
        double rate = MOVES * sizeof *y * (double)n_elements / (nomen_speed_now() - started);
        if (rate > best) { best = rate; }
    }
    return best;
}
