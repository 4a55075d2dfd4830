/*
 * Speed of the dense layers in 8 bits at BERT's shapes, as GOP/s (a product and its sum are two) and as
 * share of the peak of the kernels' own instructions, beside the same layer in fp32. Columns: quantised
 * layer, with GELU, both with narrow weights (of 7 bits), fp32; the ratios are that of fp32's time to the
 * quantised layer's, and of 8 bits to 7. What is compared takes turns, as the speed of a shared processor
 * changes. The quantised weights come from several copies in turn, 12 MB together: as in a model, they are
 * not in the nearer caches. Those in fp32 stay where they fit.
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

/* A quantised weight: n_copies of it, packed. */
typedef struct weight_copies {
    size_t n_copies, packed_size;
    int8_t *packed;
    float *scale;
} weight_copies;

typedef struct layer_bench {
    size_t rows, in, out;
    float *x, *y, *bias, *scratch;
    nomen_dense fp32;
    weight_copies wide, narrow;
} layer_bench;

static nomen_dense next_copy(const layer_bench *b, const weight_copies *weight) {
    static size_t turn;
    return (nomen_dense){.kind = NOMEN_DENSE_INT8,
                         .packed = weight->packed + turn++ % weight->n_copies * weight->packed_size,
                         .scale = weight->scale,
                         .bias = b->bias,
                         .in = b->in,
                         .out = b->out};
}

static void plain_wide(layer_bench *b) {
    const nomen_dense layer = next_copy(b, &b->wide);
    nomen_op_dense_forward(b->y, b->x, &layer, b->rows, b->scratch);
}

static void plain_narrow(layer_bench *b) {
    const nomen_dense layer = next_copy(b, &b->narrow);
    nomen_op_dense_forward(b->y, b->x, &layer, b->rows, b->scratch);
}

static void gelu_wide(layer_bench *b) {
    const nomen_dense layer = next_copy(b, &b->wide);
    nomen_op_dense_act_forward(b->y, NULL, b->x, &layer, NOMEN_GELU_ERF, b->rows, b->scratch);
}

static void gelu_narrow(layer_bench *b) {
    const nomen_dense layer = next_copy(b, &b->narrow);
    nomen_op_dense_act_forward(b->y, NULL, b->x, &layer, NOMEN_GELU_ERF, b->rows, b->scratch);
}

static void plain_fp32(layer_bench *b) {
    nomen_op_dense_forward(b->y, b->x, &b->fp32, b->rows, b->scratch);
}

enum { WIDE, WIDE_GELU, NARROW, NARROW_GELU, FP32, N_CALLS };
static void (*const CALLS[N_CALLS])(layer_bench *b) = {plain_wide, gelu_wide, plain_narrow, gelu_narrow, plain_fp32};

/* Seconds of each call: the least of as many turns as fit into `seconds` for each. */
static void time_all(layer_bench *b, double seconds, double best[N_CALLS]) {
    const int repeats = (int)(2e8 / (2.0 * (double)b->rows * (double)b->in * (double)b->out)) + 1;
    const double end = nomen_clock_now() + N_CALLS * seconds;
    for (int c = 0; c < N_CALLS; c++) { best[c] = 1e9; }
    do {
        for (int c = 0; c < N_CALLS; c++) {
            const double start = nomen_clock_now();
            for (int i = 0; i < repeats; i++) { CALLS[c](b); }
            const double t = (nomen_clock_now() - start) / repeats;
            if (t < best[c]) { best[c] = t; }
        }
    } while (nomen_clock_now() < end);
}

static weight_copies copies(const float *weight, size_t in, size_t out, int most) {
    weight_copies w = {.packed_size = nomen_op_dense_packed_size(NOMEN_DENSE_INT8, in, out)};
    int8_t *q = room(in * out);
    w.n_copies = COPIES_BYTES / w.packed_size + 1;
    w.packed = room(w.n_copies * w.packed_size);
    w.scale = room(out * sizeof *w.scale);
    nomen_op_int8_quantize(q, w.scale, weight, in, out, most);
    for (size_t i = 0; i < w.n_copies; i++) { nomen_op_int8_pack(w.packed + i * w.packed_size, q, in, out); }
    nomen_mem_free(q);
    return w;
}

static void bench(size_t rows, size_t in, size_t out, const double peak[2], double seconds) {
    layer_bench b = {.rows = rows, .in = in, .out = out};
    const size_t scratch = nomen_op_dense_scratch(NOMEN_DENSE_FLOAT, rows, in, out),
                 scratch8 = nomen_op_dense_scratch(NOMEN_DENSE_INT8, rows, in, out);
    float *weight = numbers(in * out), *packed = room(nomen_op_dense_packed_size(NOMEN_DENSE_FLOAT, in, out));
    double t[N_CALLS];
    b.x = numbers(rows * in);
    b.bias = numbers(out);
    b.y = numbers(rows * out);
    b.scratch = numbers(scratch > scratch8 ? scratch : scratch8);
    nomen_op_dense_pack(NOMEN_DENSE_FLOAT, packed, weight, in, out);
    b.fp32 = (nomen_dense){.weight = weight, .bias = b.bias, .packed = packed, .in = in, .out = out};
    b.wide = copies(weight, in, out, NOMEN_INT8_MOST);
    b.narrow = copies(weight, in, out, NOMEN_INT8_NARROW);
    time_all(&b, seconds, t);
    const double ops = 2.0 * (double)rows * (double)in * (double)out;
    printf("rows %4zu  %4zu -> %4zu", rows, in, out);
    for (int narrow = 0; narrow < 2; narrow++) {
        const double plain = t[narrow ? NARROW : WIDE], gelu = t[narrow ? NARROW_GELU : WIDE_GELU];
        printf(" | %d bits %7.1f us %6.0f GOP/s %5.1f %%, gelu %7.1f us %5.0f", narrow ? 7 : 8, plain * 1e6, ops / plain * 1e-9,
               100.0 * ops / plain / peak[narrow], gelu * 1e6, ops / gelu * 1e-9);
    }
    printf(" | fp32 %7.1f us %5.0f | %.2f x, %.2f x\n", t[FP32] * 1e6, ops / t[FP32] * 1e-9, t[FP32] / t[WIDE],
           t[WIDE] / t[NARROW]);
    fflush(stdout);
    void *all[] = {weight, packed, b.bias, b.x, b.y, b.scratch, b.wide.packed, b.narrow.packed, b.wide.scale, b.narrow.scale};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) { nomen_mem_free(all[i]); }
}

int main(int argc, char **argv) {
    static const size_t SHAPES[][2] = {{384, 384}, {384, 1152}, {384, 1536}, {1536, 384},
                                       {768, 768}, {768, 2304}, {768, 3072}, {3072, 768}};
    static const size_t ROWS[] = {1, 8, 27, 128, 1024};
    if (argc > 1) { nomen_set_threads(atoi(argv[1])); }
    const double seconds = argc > 2 ? atof(argv[2]) : 0.05;
    const double peak[] = {nomen_speed_flops(NOMEN_SPEED_INT8, 12), nomen_speed_flops(NOMEN_SPEED_NARROW, 12)};
    printf("%s, %d threads, peak %.0f GOP/s, with 7 bits %.0f\n", nomen_math_int8_isa(), nomen_get_threads(), peak[0] * 1e-9,
           peak[1] * 1e-9);
    const int n_rows = argc > 3 ? argc - 3 : (int)(sizeof ROWS / sizeof ROWS[0]);
    for (int r = 0; r < n_rows; r++) {
        const size_t rows = argc > 3 ? strtoul(argv[3 + r], NULL, 10) : ROWS[r];
        for (size_t s = 0; s < sizeof SHAPES / sizeof SHAPES[0]; s++) { bench(rows, SHAPES[s][0], SHAPES[s][1], peak, seconds); }
    }
    return 0;
}
