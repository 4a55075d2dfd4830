/*
 * The rate of the kernel of 8-bit products where its data lie in the nearest cache: what the layers of a model could
 * reach at most with it. Of registers alone (`nomen_speed_flops`) is no such limit for kernels that widen bytes first.
 */
#ifndef BENCH_LEVEL1_H
#define BENCH_LEVEL1_H

#include <string.h>

#include "base/clock.h"
#include "base/threads.h"
#include "math/isa.h"

/* Two groups of rows and two panels at MiniLM's width, and what they give: 28 KiB, of at least 32 that a processor has. */
enum {
    BENCH_LEVEL1_ROWS = 2 * NOMEN_INT8_GROUP,
    BENCH_LEVEL1_DEPTH = 384,
    BENCH_LEVEL1_COLS = 2 * NOMEN_INT8_COLS,
    BENCH_LEVEL1_TIMES = 1000
};

static void bench_level1_products(void *context, size_t first, size_t end) {
    static _Thread_local struct {
        _Alignas(64) int8_t rows[BENCH_LEVEL1_ROWS * BENCH_LEVEL1_DEPTH];
        _Alignas(64) int8_t panels[2 * (BENCH_LEVEL1_DEPTH * NOMEN_INT8_COLS + NOMEN_INT8_COLS * sizeof(int32_t))];
        _Alignas(64) float y[BENCH_LEVEL1_ROWS * BENCH_LEVEL1_COLS], row_scale[BENCH_LEVEL1_ROWS], scale[BENCH_LEVEL1_COLS];
    } d;
    (void)context;
    memset(d.rows, 3, sizeof d.rows);
    memset(d.panels, 5, sizeof d.panels);
    const nomen_int8_block block = {.y = d.y,
                                    .y_row = BENCH_LEVEL1_COLS,
                                    .rows = d.rows,
                                    .row_scale = d.row_scale,
                                    .panels = d.panels,
                                    .scale = d.scale,
                                    .bias = d.scale,
                                    .n_rows = BENCH_LEVEL1_ROWS,
                                    .n_cols = BENCH_LEVEL1_COLS,
                                    .depth = BENCH_LEVEL1_DEPTH};
    for (size_t i = first; i < end; i++) {
        for (int k = 0; k < BENCH_LEVEL1_TIMES; k++) { nomen_int8_kernels_get()->wide.run(&block); }
    }
}

/* Operations a second on the whole team, a product and its sum as two: the best of a few loops of some milliseconds. */
static double bench_level1_rate(void) {
    enum { LOOPS = 3 };
    const size_t n = nomen_team_size();
    const double work = 2.0 * BENCH_LEVEL1_TIMES * BENCH_LEVEL1_ROWS * BENCH_LEVEL1_COLS * BENCH_LEVEL1_DEPTH * (double)n;
    double best = 0;
    for (int i = 0; i < LOOPS; i++) {
        const double started = nomen_clock_now();
        nomen_team_run(n, 0, n, bench_level1_products, NULL);
        const double rate = work / (nomen_clock_now() - started);
        if (rate > best) { best = rate; }
    }
    return best;
}

#endif
