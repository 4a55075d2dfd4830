/*
 * The choice of kernels: NOMEN_ISA names a lesser set, an unknown name is reported and ignored, and
 * all sets give the bits of the plain one for every operation on lanes that simd.h lists (through
 * the kernels made of them). Prints a checksum that must be the same on every architecture.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/rng.h"
#include "math/gemm.h"
#include "math/isa.h"

/*
 * AMX needs 8 KiB more on every signal stack. Where a program has a smaller one, the system refuses and
 * the next best kernels do. In a child, and before anything asked: what is granted stays granted.
 */
static void a_small_signal_stack_keeps_amx_away(void **state) {
    (void)state;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const stack_t small = {.ss_sp = malloc(8192), .ss_size = 8192};
        const bool set = small.ss_sp && sigaltstack(&small, NULL) == 0;
        _exit(!set ? 2 : strcmp(nomen_math_int8_isa(), "amx") == 0 || nomen_kernels_test_use("amx"));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int n_messages;

static void count_message(void *user, nomen_log_level level, const char *message) {
    (void)user;
    n_messages += level == NOMEN_LOG_WARNING && strstr(message, "NOMEN_ISA") != NULL;
}

static void the_environment_may_name_a_lesser_set(void **state) {
    (void)state;
    nomen_set_log(count_message, NULL);
    n_messages = 0;
    setenv("NOMEN_ISA", "plain", 1);
    nomen_kernels_test_use(NULL);
    assert_string_equal(nomen_math_isa(), "plain");
    assert_string_equal(nomen_math_int8_isa(), "plain");
    assert_int_equal(n_messages, 0);
    setenv("NOMEN_ISA", "mmx", 1);
    nomen_kernels_test_use(NULL);
    const char *chosen = nomen_math_isa();
    assert_int_equal(n_messages, 1);
    assert_string_equal(chosen, nomen_math_isa());
    assert_int_equal(n_messages, 1);
    unsetenv("NOMEN_ISA");
    nomen_kernels_test_use(NULL);
    assert_string_equal(chosen, nomen_math_isa());
    assert_int_equal(n_messages, 1);
    nomen_set_log(NULL, NULL);
}

static uint64_t hash(uint64_t h, const float *x, size_t n) /* FNV-1a over the bits */
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        /* the sign and payload of a NaN are the processor's own (simd.h) */
        if (isnan(x[i])) { bits = 0x7fc00000u; }
        for (int b = 0; b < 4; b++) { h = (h ^ (bits >> (8 * b) & 0xffu)) * 1099511628211u; }
    }
    return h;
}

enum { N = 20011 };

/* Floats of every kind: all exponents, subnormals, infinities, NaN. */
static void some_floats(float *x, uint32_t index) {
    nomen_rng rng;
    nomen_rng_start(&rng, 11, 1002, index);
    for (size_t i = 0; i < N; i++) {
        const uint32_t bits = nomen_rng_next(&rng);
        if (i % 2 == 0) {
            memcpy(&x[i], &bits, sizeof bits);
        } else {
            x[i] = nomen_rng_normal(&rng) * 3.0f;
        }
    }
}

/* A product of bf16. */
static uint64_t checksum_bf16(void) {
    enum { M = 31, N_COLS = 93, K = 819 };
    nomen_gemm g = {
        .operands = NOMEN_GEMM_BF16, .m = M, .n = N_COLS, .k = K, .a_row = K, .a_col = 1, .b_row = N_COLS, .b_col = 1};
    float *a = malloc(M * K * sizeof *a), *b = malloc(K * N_COLS * sizeof *b), *c = malloc(M * N_COLS * sizeof *c);
    float *scratch = malloc(nomen_gemm_scratch(g.operands, g.k, g.n) * sizeof *scratch);
    assert_true(a && b && c && scratch);
    nomen_rng rng;
    nomen_rng_start(&rng, 14, 1002, 0);
    for (size_t i = 0; i < M * K; i++) { a[i] = nomen_rng_normal(&rng); }
    for (size_t i = 0; i < K * N_COLS; i++) { b[i] = nomen_rng_normal(&rng); }
    g.a = a;
    g.b = b;
    g.c = c;
    g.c_row = N_COLS;
    nomen_gemm_run(&g, scratch);
    const uint64_t h = hash(14695981039346656037u, c, M * N_COLS);
    float *all[] = {a, b, c, scratch};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) { free(all[i]); }
    return h;
}

static uint64_t checksum(void) {
    const nomen_kernels *k = nomen_kernels_get();
    float *x = malloc(N * sizeof *x), *y = malloc(N * sizeof *y), *z = malloc(N * sizeof *z);
    assert_true(x && y && z);
    uint64_t h = 14695981039346656037u;
    some_floats(x, 0);
    void (*const maps[])(float *, const float *, size_t) = {k->exp, k->log, k->erf, k->tanh};
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        maps[i](y, x, N);
        h = hash(h, y, N);
    }
    for (nomen_activation a = NOMEN_GELU_ERF; a <= NOMEN_RELU; a++) {
        k->act_forward(y, x, a, N);
        h = hash(h, y, N);
        k->act_backward(z, y, x, x, a, N);
        h = hash(hash(h, y, N), z, N);
    }
    nomen_gemm g = {.m = 31, .n = 93, .k = 419, .a_row = 419, .a_col = 1, .b_row = 93, .b_col = 1, .c_row = 93};
    float *a = malloc(31 * 419 * sizeof *a), *b = malloc(419 * 93 * sizeof *b);
    float *scratch = malloc(nomen_gemm_scratch(NOMEN_GEMM_FLOAT, g.k, g.n) * sizeof *scratch);
    assert_true(a && b && scratch);
    nomen_rng rng;
    nomen_rng_start(&rng, 12, 1002, 0);
    for (size_t i = 0; i < 31 * 419; i++) { a[i] = nomen_rng_normal(&rng); }
    for (size_t i = 0; i < 419 * 93; i++) { b[i] = nomen_rng_normal(&rng); }
    g.a = a;
    g.b = b;
    g.c = y;
    nomen_gemm_run(&g, scratch);
    h = hash(h, y, 31 * 93);
    free(a);
    free(b);
    free(scratch);
    free(x);
    free(y);
    free(z);
    return h;
}

/* A layer in 8 bits, its weights quantised from floats to +-most. */
static uint64_t checksum_int8(int most) {
    enum { ROWS = 31, IN = 419, OUT = 93 };
    float *x = malloc(ROWS * IN * sizeof *x), *weight = malloc(OUT * IN * sizeof *weight);
    float *y = malloc(ROWS * OUT * sizeof *y), scale[OUT], bias[OUT];
    int8_t *q = malloc(OUT * IN);
    void *packed = NULL;
    float *scratch = malloc(nomen_op_dense_scratch(NOMEN_DENSE_INT8, ROWS, IN, OUT) * sizeof *scratch);
    assert_int_equal(posix_memalign(&packed, 64, nomen_op_dense_packed_size(NOMEN_DENSE_INT8, IN, OUT)), 0);
    assert_true(x && weight && y && q && scratch);
    nomen_rng rng;
    nomen_rng_start(&rng, 13, 1002, 0);
    for (size_t i = 0; i < ROWS * IN; i++) { x[i] = nomen_rng_normal(&rng); }
    for (size_t i = 0; i < OUT * IN; i++) { weight[i] = nomen_rng_normal(&rng); }
    for (size_t i = 0; i < OUT; i++) { bias[i] = nomen_rng_normal(&rng); }
    nomen_op_int8_quantize(q, scale, weight, IN, OUT, most);
    nomen_op_int8_pack(packed, q, IN, OUT);
    const nomen_dense layer = {.kind = NOMEN_DENSE_INT8, .packed = packed, .scale = scale, .bias = bias, .in = IN, .out = OUT};
    nomen_op_dense_forward(y, x, &layer, ROWS, scratch);
    uint64_t h = hash(14695981039346656037u, y, ROWS * OUT);
    nomen_op_dense_act_forward(y, NULL, x, &layer, NOMEN_GELU_ERF, ROWS, scratch);
    h = hash(h, y, ROWS * OUT);
    void *all[] = {x, weight, y, q, packed, scratch};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) { free(all[i]); }
    return h;
}

/* Found once with the plain kernels; a change of it is a change of the format of all results. */
static const uint64_t EXPECTED = 0x341974524f7e9f6fu;
static const uint64_t EXPECTED_INT8 = 0xb2ea88a670b959b1u;
static const uint64_t EXPECTED_NARROW = 0x4c6d5b337ff2d3f7u;
static const uint64_t EXPECTED_BF16 = 0xcbdf8ad0a68fb9ecu;

static void every_set_on_every_architecture_gives_these_bits(void **state) {
    (void)state;
    static const char *const ISAS[] = {"plain", "avx2", "avx2vnni", "avx512", "avx512vnni", "amx", "neon", "neondot"};
    for (size_t i = 0; i < sizeof ISAS / sizeof ISAS[0]; i++) {
        if (!nomen_kernels_test_use(ISAS[i])) { continue; }
        const uint64_t sum = checksum(), sum_int8 = checksum_int8(NOMEN_INT8_MOST), narrow = checksum_int8(NOMEN_INT8_NARROW);
        print_message("%s: %016llx, 8 bits %016llx, narrow %016llx\n", ISAS[i], (unsigned long long)sum,
                      (unsigned long long)sum_int8, (unsigned long long)narrow);
        assert_true(sum == EXPECTED);
        assert_true(sum_int8 == EXPECTED_INT8);
        assert_true(narrow == EXPECTED_NARROW);
        if (!nomen_math_has_bf16()) { continue; }
        const uint64_t bf16 = checksum_bf16();
        print_message("%s: bf16 %016llx\n", ISAS[i], (unsigned long long)bf16);
        assert_true(bf16 == EXPECTED_BF16);
    }
    nomen_kernels_test_use(NULL);
}

/* The software multiply-add against the C library's, which is exact, over every kind of float. */
static void plain_multiply_adds_round_once(void **state) {
    (void)state;
    assert_true(nomen_kernels_test_use("plain"));
    float *x = malloc(3 * N * sizeof *x), *scratch = malloc(nomen_gemm_scratch(NOMEN_GEMM_FLOAT, 2, 1) * sizeof *scratch);
    assert_true(x && scratch);
    for (uint32_t i = 0; i < 3; i++) { some_floats(x + i * N, i + 1); }
    for (size_t i = 0; i < N; i++) {
        /* [c a] [1 b]^T is fma(a, b, fma(c, 1, 0)) */
        const float a[2] = {x[2 * N + i], x[i]}, b[2] = {1.0f, x[N + i]};
        float c;
        nomen_gemm g = {.m = 1, .n = 1, .k = 2, .a = a, .a_row = 2, .a_col = 1, .b = b, .b_row = 1, .b_col = 2};
        g.c = &c;
        g.c_row = 1;
        nomen_gemm_serial(&g, scratch);
        const float want = fmaf(a[1], b[1], a[0] + 0.0f);
        assert_true(isnan(want) ? isnan(c) : memcmp(&c, &want, sizeof c) == 0);
    }
    free(x);
    free(scratch);
    nomen_kernels_test_use(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_signal_stack_keeps_amx_away), /* first: see there */
        cmocka_unit_test(the_environment_may_name_a_lesser_set),
        cmocka_unit_test(every_set_on_every_architecture_gives_these_bits),
        cmocka_unit_test(plain_multiply_adds_round_once),
    };
    return cmocka_run_group_tests_name("isa", tests, NULL, NULL);
}
