/* Clock, samples and the machine's peaks. */
#include "speed/probe.h"

#include <stdlib.h>

#include "base/threads.h"
#include "math/isa.h"

void nomen_speed_reset(nomen_speed_samples *samples) {
    samples->n = samples->n_passes = samples->n_kept = 0;
    samples->pass_seconds = samples->pass_flops = samples->peak = 0;
}

void nomen_speed_add(nomen_speed_samples *samples, double seconds, double flops) {
    if (samples->n < NOMEN_SPEED_MAX_RUNS) { samples->seconds[samples->n++] = seconds; }
    samples->pass_seconds += seconds;
    samples->pass_flops += flops;
}

void nomen_speed_end_pass(nomen_speed_samples *samples, double before, double after) {
    static const double most = 0.05; /* that the peaks may differ, of the higher one */
    const double high = before > after ? before : after, low = before > after ? after : before;
    if (samples->pass_flops > 0 && samples->n_passes < NOMEN_SPEED_MAX_RUNS) {
        const double rate = samples->pass_flops / samples->pass_seconds;
        const nomen_speed_pass pass = {.share = rate / ((before + after) / 2), .agree = high - low <= most * high};
        samples->passes[samples->n_passes++] = pass;
        samples->n_kept += pass.agree;
        if (high > samples->peak) { samples->peak = high; }
    }
    samples->pass_seconds = samples->pass_flops = 0;
}

static int by_size(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Passes whose peaks agree first, each of the two kinds by share. */
static int by_share(const void *a, const void *b) {
    const nomen_speed_pass *x = a, *y = b;
    if (x->agree != y->agree) { return x->agree ? -1 : 1; }
    return (x->share > y->share) - (x->share < y->share);
}

/* The median of the passes that count; where none does, of all: a figure that n_kept says not to trust. */
static void summarize_passes(nomen_speed_samples *samples, nomen_speed_row *row) {
    size_t n = samples->n_passes;
    if (n == 0) { return; }
    qsort(samples->passes, n, sizeof *samples->passes, by_share);
    row->n_kept = samples->n_kept;
    row->n_dropped = n - row->n_kept;
    row->share = samples->passes[(row->n_kept > 0 ? row->n_kept : n) / 2].share;
    row->peak = samples->peak;
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
    summarize_passes(samples, row);
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
    case NOMEN_SPEED_BF16: return nomen_bf16_kernels_get()->bench;
    default: return nomen_kernels_get()->gemm.bench;
    }
}

double nomen_speed_flops(nomen_speed_kind kind, int n_loops) {
    const size_t n = nomen_team_size();
    peak p = {.bench = bench_of(kind)};
    double best = 0;
    for (int i = 0; i < n_loops; i++) {
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
