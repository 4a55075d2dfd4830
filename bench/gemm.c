/*
 * Speed of the dense layers at BERT's shapes, as GFLOP/s and as share of this machine's fp32 peak,
 * which is measured first and again beside each line (machines that share cores change their mind).
 *
 *   build/release/bench/bench_gemm [THREADS] [SECONDS per line]     NOMEN_ISA picks the kernels
 *   build/release/bench/bench_gemm THREADS --worker                 answers the lines of gemm_peers.py
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/threads.h"
#include "math/isa.h"
#include "math/ops.h"

/* With one thread its own time, so that other programs on the machine do not count. */
static double now(void) {
    struct timespec t;
    clock_gettime(nomen_get_threads() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void multiply_add(void *context, size_t first, size_t end) {
    enum { STEPS = 20000 };
    size_t *flops = context;
    for (size_t i = first; i < end; i++) { flops[i] = nomen_kernels_get()->gemm.bench(STEPS); }
}

/* Independent multiply-adds over registers, on every thread: what the machine can do, in FLOP/s. */
static double peak(void) {
    const size_t n = nomen_team_size();
    double best = 0;
    for (int i = 0; i < 10; i++) {
        const double start = now();
        size_t each[NOMEN_MAX_THREADS], flops = 0;
        nomen_team_run(n, 0, n, multiply_add, each);
        for (size_t k = 0; k < n; k++) { flops += each[k]; }
        const double rate = (double)flops / (now() - start);
        if (rate > best) { best = rate; }
    }
    return best;
}

typedef enum kind { FORWARD_PACKED, FORWARD, FORWARD_ACT, BACKWARD_INPUT, BACKWARD_WEIGHT } kind;

static const char *const KINDS[] = {"forward, packed", "forward", "forward, packed, gelu", "dx", "dW and db"};

typedef struct layer_bench {
    size_t rows, in, out;
    float *x, *y, *u, *weight, *bias, *packed, *scratch;
} layer_bench;

static void call(const layer_bench *b, kind what) {
    nomen_dense layer = {.weight = b->weight, .bias = b->bias, .in = b->in, .out = b->out};
    switch (what) {
    case FORWARD_PACKED:
        layer.packed = b->packed;
        nomen_op_dense_forward(b->y, b->x, &layer, b->rows, b->scratch);
        break;
    case FORWARD: nomen_op_dense_forward(b->y, b->x, &layer, b->rows, b->scratch); break;
    case FORWARD_ACT:
        layer.packed = b->packed;
        nomen_op_dense_act_forward(b->y, b->u, b->x, &layer, NOMEN_GELU_ERF, b->rows, b->scratch);
        break;
    case BACKWARD_INPUT: nomen_op_dense_backward(b->x, NULL, NULL, b->y, b->x, &layer, b->rows, 0, b->scratch); break;
    case BACKWARD_WEIGHT: nomen_op_dense_backward(NULL, b->weight, b->bias, b->y, b->x, &layer, b->rows, 0, b->scratch); break;
    }
}

static float *numbers(size_t n) {
    float *p = nomen_mem_new_huge(n, sizeof *p); /* as packed weights are */
    if (!p) {
        fputs("bench_gemm: out of memory\n", stderr);
        exit(1);
    }
    for (size_t i = 0; i < n; i++) { p[i] = (float)((i * 7919) % 1000) * 1e-3f - 0.5f; }
    return p;
}

/* The best of as many runs as fit into `seconds`. */
static double rate(const layer_bench *b, kind what, double seconds) {
    const double flops = 2.0 * (double)b->rows * (double)b->in * (double)b->out;
    const int repeats = (int)(5e7 / flops) + 1;
    double best = 0;
    const double end = now() + seconds;
    do {
        const double start = now();
        for (int i = 0; i < repeats; i++) { call(b, what); }
        const double r = flops * repeats / (now() - start);
        if (r > best) { best = r; }
    } while (now() < end);
    return best;
}

static layer_bench make(size_t rows, size_t in, size_t out) {
    layer_bench b = {.rows = rows, .in = in, .out = out};
    b.x = numbers(rows * in);
    b.y = numbers(rows * out);
    b.u = numbers(rows * out);
    b.weight = numbers(in * out);
    b.bias = numbers(out);
    b.packed = numbers(nomen_op_dense_packed_size(NOMEN_DENSE_FLOAT, in, out) / sizeof(float));
    b.scratch = numbers(nomen_op_dense_scratch(NOMEN_DENSE_FLOAT, rows, in, out));
    nomen_op_dense_pack(NOMEN_DENSE_FLOAT, b.packed, b.weight, in, out);
    return b;
}

static void clear(const layer_bench *b) {
    float *all[] = {b->x, b->y, b->u, b->weight, b->bias, b->packed, b->scratch};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) { nomen_mem_free(all[i]); }
}

static void bench(size_t rows, size_t in, size_t out, kind what, double seconds) {
    const layer_bench b = make(rows, in, out);
    const double before = peak();
    const double r = rate(&b, what, seconds);
    const double after = peak();
    const double most = before > after ? before : after;
    printf("%-22s rows %4zu  %4zu -> %4zu  %7.1f GFLOP/s  %5.1f %% of %.1f\n", KINDS[what], rows, in, out, r * 1e-9,
           100.0 * r / most, most * 1e-9);
    fflush(stdout);
    clear(&b);
}

/* "forward|dx|dw ROWS IN OUT SECONDS" to {"gflops", "peak"}, line by line. */
static void serve(void) {
    char what[16];
    size_t rows, in, out;
    double seconds;
    printf("{\"name\": \"nomen %s\"}\n", nomen_math_isa());
    fflush(stdout);
    while (scanf("%15s %zu %zu %zu %lf", what, &rows, &in, &out, &seconds) == 5) {
        const kind k = what[0] == 'f' ? FORWARD_PACKED : what[1] == 'x' ? BACKWARD_INPUT : BACKWARD_WEIGHT;
        const layer_bench b = make(rows, in, out);
        const double r = rate(&b, k, seconds);
        printf("{\"gflops\": %.3f, \"peak\": %.3f}\n", r * 1e-9, peak() * 1e-9);
        fflush(stdout);
        clear(&b);
    }
}

int main(int argc, char **argv) {
    static const size_t SHAPES[][2] = {{384, 384}, {384, 1152}, {384, 1536}, {1536, 384},
                                       {768, 768}, {768, 2304}, {768, 3072}, {3072, 768}};
    static const size_t ROWS[] = {1, 27, 864};
    if (argc > 1) { nomen_set_threads(atoi(argv[1])); }
    if (argc > 2 && strcmp(argv[2], "--worker") == 0) {
        serve();
        return 0;
    }
    const double seconds = argc > 2 ? atof(argv[2]) : 0.2;
    printf("%s, %d threads, peak %.1f GFLOP/s fp32\n", nomen_math_isa(), nomen_get_threads(), peak() * 1e-9);
    for (size_t r = 0; r < sizeof ROWS / sizeof ROWS[0]; r++) {
        for (kind what = FORWARD_PACKED; what <= BACKWARD_WEIGHT; what++) {
            if (ROWS[r] < 100 && what > FORWARD) { continue; }
            for (size_t s = 0; s < sizeof SHAPES / sizeof SHAPES[0]; s++) {
                bench(ROWS[r], SHAPES[s][0], SHAPES[s][1], what, seconds);
            }
        }
    }
    return 0;
}
