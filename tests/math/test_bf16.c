/*
 * Products of bf16, bit by bit: the kernels in C against a model of one step by the C library's fma, and the processor's
 * unit against both, over numbers of all kinds: subnormal ones, results that are nearly so, infinities and NaN. test_gemm.c
 * has the shapes.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "math/gemm.h"
#include "math/isa.h"

static nomen_rng rng;

static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* ---- the model: gemm_bf16.inc.h in other words ---- */

static float flushed(float x) {
    return fpclassify(x) == FP_SUBNORMAL ? copysignf(0.0f, x) : x;
}

/* The nearest float whose lower 16 bits are zero: two candidates, the nearer, the even one of two equally near. */
static float to_bf16(float given) {
    const float x = flushed(given);
    if (isnan(x) || isinf(x)) { return x; }
    const float low = float_of(bits_of(x) & 0xffff0000u), high = float_of((bits_of(x) & 0xffff0000u) + 0x10000u);
    const double below = fabs((double)x - (double)low);
    /* beyond the largest bf16 the next one is where the next exponent would begin */
    const double above = isinf(high) ? 0x1p128 - fabs((double)x) : fabs((double)high - (double)x);
    if (below != above) { return below < above ? low : high; }
    return (bits_of(low) & 0x10000u) == 0 ? low : high;
}

/* Results that are subnormal with 24 bits and any exponent are zeros: computed 2^100 times as large. */
static float fma_of(float a, float b, float given) {
    const float c = flushed(given), r = fmaf(a, b, c);
    if (!(fabsf(r) <= 0x1p-126f) || r == 0.0f) { return r; }
    const float scaled = fmaf(a * 0x1p50f, b * 0x1p50f, c * 0x1p100f);
    return fabsf(scaled) < 0x1p-26f ? copysignf(0.0f, r) : r;
}

/* A product of one row and one column, in one block. */
static float model_of(const float *a, const float *b, size_t k) {
    float c = 0.0f;
    for (size_t i = 0; i < k; i += 2) {
        const float a1 = i + 1 < k ? to_bf16(a[i + 1]) : 0.0f, b1 = i + 1 < k ? to_bf16(b[i + 1]) : 0.0f;
        c = fma_of(a1, b1, c);
        c = fma_of(to_bf16(a[i]), to_bf16(b[i]), c);
    }
    return c;
}

/* ---- numbers ---- */

/* How numbers are drawn: of any bits; near 1; with products about the least normal float; the largest; and edges alone. */
enum { ANY, NEAR_ONE, TINY, HUGE_ONES, EDGES, N_KINDS };

static float draw(int kind) {
    static const uint32_t edges[] = {0x00000000u, 0x80000000u, 0x00000001u, 0x807fffffu, 0x007f8000u, 0x00800000u, 0x00808000u,
                                     0x3f800000u, 0x3f808000u, 0xbf818000u, 0x7f7fffffu, 0x7f7f7fffu, 0xff7f8000u, 0x7f800000u,
                                     0xff800000u, 0x7f800001u, 0xffc00000u, 0x20000000u, 0xa0000000u, 0x3f80ffffu};
    const uint32_t random = nomen_rng_next(&rng), spread = nomen_rng_next(&rng);
    switch (kind) {
    case NEAR_ONE: return float_of((random & 0x807fffffu) | (125u + spread % 5u) << 23);
    case TINY: return float_of((random & 0x807fffffu) | (52u + spread % 24u) << 23);
    case HUGE_ONES: return float_of((random & 0x807fffffu) | (188u + spread % 6u) << 23);
    case EDGES: return float_of(edges[spread % (sizeof edges / sizeof edges[0])]);
    default: return float_of(random);
    }
}

static void fill(float *x, size_t n, int kind) {
    for (size_t i = 0; i < n; i++) { x[i] = draw(nomen_rng_below(&rng, 8) == 0 ? (int)nomen_rng_below(&rng, N_KINDS) : kind); }
}

static bool same(float a, float b) {
    return isnan(a) ? isnan(b) : bits_of(a) == bits_of(b);
}

/* A (m,k) by rows times B (k,n), whose columns are contiguous where `by_column` is. */
static void multiply(float *c, const float *a, const float *b, size_t m, size_t n, size_t k, bool by_column) {
    nomen_gemm g = {.operands = NOMEN_GEMM_BF16, .m = m, .n = n, .k = k, .a = a, .a_row = k, .a_col = 1, .b = b, .c = c};
    g.b_row = by_column ? 1 : n;
    g.b_col = by_column ? k : 1;
    g.c_row = n;
    float *scratch = malloc(nomen_gemm_serial_scratch(g.operands, k, n) * sizeof *scratch);
    assert_non_null(scratch);
    nomen_gemm_serial(&g, scratch);
    free(scratch);
}

static const char *const ISAS[] = {"plain", "avx512", "avx512vnni", "amx"};

static void every_set_computes_as_the_model(void **state) {
    (void)state;
    enum { M = 5, N = 37, K = 10, TIMES = 400 };
    float a[M * K], b[K * N], c[M * N];
    size_t n_zeros = 0, n_nans = 0;
    for (size_t i = 0; i < sizeof ISAS / sizeof ISAS[0]; i++) {
        if (!nomen_kernels_test_use(ISAS[i]) || !nomen_math_has_bf16()) { continue; }
        nomen_rng_start(&rng, 21, 1003, 0);
        for (int t = 0; t < TIMES; t++) {
            const size_t k = 1 + (size_t)nomen_rng_below(&rng, K);
            fill(a, M * k, t % N_KINDS);
            fill(b, k * N, t % N_KINDS);
            multiply(c, a, b, M, N, k, true);
            for (size_t e = 0; e < M * N; e++) {
                const float want = model_of(a + e / N * k, b + e % N * k, k);
                assert_true(same(c[e], want));
                n_zeros += want == 0.0f;
                n_nans += isnan(want) ? 1 : 0;
            }
        }
        print_message("%s: as the model\n", ISAS[i]);
    }
    assert_true(n_zeros > 1000 && n_nans > 1000);
    nomen_kernels_test_use(NULL);
}

/* Where rounding decides: the least normal float less what is half, more, and less than half of its last place. */
static void results_are_flushed_after_rounding(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ISAS / sizeof ISAS[0]; i++) {
        if (!nomen_kernels_test_use(ISAS[i]) || !nomen_math_has_bf16()) { continue; }
        for (int e = 74; e <= 77; e++) {
            /* the second unit's lower half is added last */
            const float a[3] = {0x1p-63f, 0.0f, -ldexpf(1.0f, -e)}, b[3] = {0x1p-63f, 0.0f, 0x1p-75f};
            float c = 1.0f;
            multiply(&c, a, b, 1, 1, 3, true);
            assert_true(c == (e < 76 ? 0.0f : 0x1p-126f));
            assert_true(same(c, model_of(a, b, 3)));
        }
    }
    nomen_kernels_test_use(NULL);
}

/* Every way to copy and pack rounds alike: B by rows or by columns, over more than a vector and an odd end. */
static void packing_rounds_alike(void **state) {
    (void)state;
    enum { M = 3, N = 35, K = 71 };
    float a[M * K], b[K * N], turned[K * N], c[M * N], d[M * N];
    for (size_t i = 0; i < sizeof ISAS / sizeof ISAS[0]; i++) {
        if (!nomen_kernels_test_use(ISAS[i]) || !nomen_math_has_bf16()) { continue; }
        for (int kind = 0; kind < N_KINDS; kind++) {
            nomen_rng_start(&rng, 22, 1003, (uint32_t)kind);
            fill(a, M * K, NEAR_ONE);
            for (size_t e = 0; e < K * N; e++) { b[e] = draw(kind); }
            for (size_t e = 0; e < K * N; e++) { turned[e % K * N + e / K] = b[e]; }
            multiply(c, a, b, M, N, K, true);
            multiply(d, a, turned, M, N, K, false);
            for (size_t e = 0; e < M * N; e++) {
                assert_true(same(c[e], d[e]));
                assert_true(same(c[e], model_of(a + e / N * K, b + e % N * K, K)));
            }
        }
    }
    nomen_kernels_test_use(NULL);
}

/* bf16 is a matter of the processor, not of a set; the kernels in C have it where they are named. */
static void which_sets_have_it(void **state) {
    (void)state;
    static const char *const none[] = {"avx2", "avx2vnni", "neon", "neondot"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        if (nomen_kernels_test_use(none[i])) { assert_false(nomen_math_has_bf16()); }
    }
    setenv("NOMEN_ISA", "plain", 1);
    nomen_kernels_test_use(NULL);
    assert_true(nomen_math_has_bf16());
    unsetenv("NOMEN_ISA");
    nomen_kernels_test_use(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_computes_as_the_model),
        cmocka_unit_test(results_are_flushed_after_rounding),
        cmocka_unit_test(packing_rounds_alike),
        cmocka_unit_test(which_sets_have_it),
    };
    return cmocka_run_group_tests_name("bf16", tests, NULL, NULL);
}
