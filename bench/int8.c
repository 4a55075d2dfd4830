/*
 * Speed of the dense layers in 8 bits at BERT's shapes, as GOP/s (a product and its sum are two) and as
 * share of the peak of the kernels' own instructions, beside the same layer in fp32. Columns: quantised
 * layer, with GELU, fp32. The 8-bit weights come from several copies in turn, 12 MB together: as in a
 * model, they are not in the nearer caches. Those in fp32 stay where they fit.
 *
 *   build/release/bench/bench_int8 [THREADS] [SECONDS per figure] [ROWS...]     NOMEN_ISA picks the kernels
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/threads.h"
#include "math/int8_layout.h"
#include "speed/probe.h"

static void *room(size_t bytes) {
    void *p = nomen_mem_new_aligned(bytes, 1);
    if (!p) {
        fputs("bench_int8: out of memory\n", stderr);
        exit(1);
    }
    return p;
}

static float *numbers(size_t n) {
    float *p = room(n * sizeof *p);
    for (size_t i = 0; i < n; i++) { p[i] = (float)((i * 7919) % 1000) * 1e-3f - 0.5f; }
    return p;
}

enum { COPIES_BYTES = 12 << 20 };

typedef struct layer_bench {
    size_t rows, in, out;
    float *x, *y, *scratch;
    nomen_dense fp32;
    nomen_dense int8;
    size_t n_copies, packed_size;
    const int8_t *packed; /* n_copies of it */
} layer_bench;

static void next_copy(layer_bench *b) {
    static size_t turn;
    b->int8.packed = b->packed + turn++ % b->n_copies * b->packed_size;
}

static void plain_int8(layer_bench *b) {
    next_copy(b);
    nomen_op_dense_forward(b->y, b->x, &b->int8, b->rows, b->scratch);
}

static void gelu_int8(layer_bench *b) {
    next_copy(b);
    nomen_op_dense_act_forward(b->y, NULL, b->x, &b->int8, NOMEN_GELU_ERF, b->rows, b->scratch);
}

static void plain_fp32(layer_bench *b) {
    nomen_op_dense_forward(b->y, b->x, &b->fp32, b->rows, b->scratch);
}

/* Seconds of a call: the least of as many runs as fit into `seconds`. */
static double time_of(void (*call)(layer_bench *), layer_bench *b, double seconds) {
    const int repeats = (int)(2e8 / (2.0 * (double)b->rows * (double)b->in * (double)b->out)) + 1;
    double best = 1e9;
    const double end = nomen_clock_now() + seconds;
    do {
        const double start = nomen_clock_now();
        for (int i = 0; i < repeats; i++) { call(b); }
        const double t = (nomen_clock_now() - start) / repeats;
        if (t < best) { best = t; }
    } while (nomen_clock_now() < end);
    return best;
}

static void bench(size_t rows, size_t in, size_t out, double most, double seconds) {
    layer_bench b = {.rows = rows, .in = in, .out = out};
    const size_t scratch = nomen_op_dense_scratch(NOMEN_DENSE_FLOAT, rows, in, out),
                 scratch8 = nomen_op_dense_scratch(NOMEN_DENSE_INT8, rows, in, out);
    float *weight = numbers(in * out), *bias = numbers(out), *scale = room(out * sizeof *scale);
    float *packed = room(nomen_op_dense_packed_size(NOMEN_DENSE_FLOAT, in, out));
    b.packed_size = nomen_op_dense_packed_size(NOMEN_DENSE_INT8, in, out);
    b.n_copies = COPIES_BYTES / b.packed_size + 1;
    int8_t *q = room(in * out), *packed8 = room(b.n_copies * b.packed_size);
    b.x = numbers(rows * in);
    b.y = numbers(rows * out);
    b.scratch = numbers(scratch > scratch8 ? scratch : scratch8);
    nomen_op_dense_pack(packed, weight, in, out);
    nomen_op_int8_quantize(q, scale, weight, in, out);
    for (size_t i = 0; i < b.n_copies; i++) { nomen_op_int8_pack(packed8 + i * b.packed_size, q, in, out); }
    b.packed = packed8;
    b.fp32 = (nomen_dense){.weight = weight, .bias = bias, .packed = packed, .in = in, .out = out};
    b.int8 = (nomen_dense){.kind = NOMEN_DENSE_INT8, .scale = scale, .bias = bias, .in = in, .out = out};
    const double t = time_of(plain_int8, &b, seconds), t_gelu = time_of(gelu_int8, &b, seconds);
    const double t_fp32 = time_of(plain_fp32, &b, seconds), ops = 2.0 * (double)rows * (double)in * (double)out;
    printf("rows %4zu  %4zu -> %4zu  %7.1f us %6.0f GOP/s %5.1f %% | gelu %7.1f us %5.0f | fp32 %7.1f us %5.0f | %.1f x\n", rows,
           in, out, t * 1e6, ops / t * 1e-9, 100.0 * ops / t / most, t_gelu * 1e6, ops / t_gelu * 1e-9, t_fp32 * 1e6,
           ops / t_fp32 * 1e-9, t_fp32 / t);
    fflush(stdout);
    void *all[] = {weight, bias, scale, packed, q, packed8, b.x, b.y, b.scratch};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) { nomen_mem_free(all[i]); }
}

int main(int argc, char **argv) {
    static const size_t SHAPES[][2] = {{384, 384}, {384, 1152}, {384, 1536}, {1536, 384},
                                       {768, 768}, {768, 2304}, {768, 3072}, {3072, 768}};
    static const size_t ROWS[] = {1, 8, 27, 128, 1024};
    if (argc > 1) { nomen_set_threads(atoi(argv[1])); }
    const double seconds = argc > 2 ? atof(argv[2]) : 0.05;
    const double most = nomen_speed_flops(true, 12);
    printf("%s, %d threads, peak %.0f GOP/s\n", nomen_math_int8_isa(), nomen_get_threads(), most * 1e-9);
    const int n_rows = argc > 3 ? argc - 3 : (int)(sizeof ROWS / sizeof ROWS[0]);
    for (int r = 0; r < n_rows; r++) {
        const size_t rows = argc > 3 ? strtoul(argv[3 + r], NULL, 10) : ROWS[r];
        for (size_t s = 0; s < sizeof SHAPES / sizeof SHAPES[0]; s++) { bench(rows, SHAPES[s][0], SHAPES[s][1], most, seconds); }
    }
    return 0;
}
