/*
 * Matrix products: against a double reference within the derived bound, and with the same bits from
 * every instruction set, at every number of threads, alone or among other rows, whatever the layout
 * and alignment; of floats, and of bf16 where the sets have it. Arrays stand between guards.
 */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/threads.h"
#include "math/gemm.h"
#include "math/isa.h"
#include "support/effort.h"

static const char *const ISAS[] = {"plain", "avx2", "avx512", "neon"};
enum { N_ISAS = sizeof ISAS / sizeof ISAS[0], GUARD = 32 };
static const float GUARD_VALUE = -7654321.0f;

/* A block of n floats between guards, its first one `offset` floats off a 64-byte border. */
typedef struct guarded {
    float *block, *p;
    size_t n;
} guarded;

static guarded guarded_new(size_t n, size_t offset) {
    guarded g = {.n = n};
    g.block = aligned_alloc(64, (n + 2 * GUARD + 32) / 16 * 16 * sizeof(float));
    assert_non_null(g.block);
    for (size_t i = 0; i < n + 2 * GUARD + 16; i++) { g.block[i] = GUARD_VALUE; }
    g.p = g.block + GUARD + offset;
    return g;
}

static void guarded_free(guarded *g) {
    for (const float *q = g->block; q < g->p; q++) { assert_true(*q == GUARD_VALUE); }
    for (const float *q = g->p + g->n; q < g->block + g->n + 2 * GUARD + 16; q++) { assert_true(*q == GUARD_VALUE); }
    free(g->block);
}

static nomen_rng rng;

static size_t below(size_t bound) {
    return (size_t)nomen_rng_below(&rng, bound);
}

static bool coin(void) {
    return below(2) == 1;
}

static void fill(float *p, size_t n) {
    for (size_t i = 0; i < n; i++) { p[i] = ((float)(nomen_rng_next(&rng) >> 8) - 0x1p23f) * 0x1p-22f; }
}

/* A product with everything it reads; the result is computed anew into arrays of its own. */
typedef struct problem {
    nomen_gemm g;
    guarded a, b, bias, start, sums_start;
    bool serial, packed, act;
    size_t offset;
} problem;

static problem problem_new(nomen_gemm_operands operands, size_t m, size_t n, size_t k) {
    problem p = {.offset = below(16), .serial = coin(), .packed = coin(), .act = below(4) == 0};
    nomen_gemm *g = &p.g;
    g->operands = operands;
    g->m = m;
    g->n = n;
    g->k = k;
    const bool a_by_column = coin(), b_by_column = coin();
    const size_t a_gap = below(3), b_gap = below(3);
    g->a_row = a_by_column ? 1 : k + a_gap;
    g->a_col = a_by_column ? m + a_gap : 1;
    g->b_row = b_by_column ? 1 : n + b_gap;
    g->b_col = b_by_column ? k + b_gap : 1;
    g->c_row = n + below(3);
    g->add = coin();
    p.a = guarded_new(a_by_column ? k * g->a_col : m * g->a_row, below(16));
    p.b = guarded_new(b_by_column ? n * g->b_col : k * g->b_row, below(16));
    p.bias = guarded_new(n, below(16));
    p.start = guarded_new(m * g->c_row, 0);
    p.sums_start = guarded_new(m, 0);
    fill(p.a.p, p.a.n);
    fill(p.b.p, p.b.n);
    fill(p.bias.p, n);
    fill(p.start.p, p.start.n);
    fill(p.sums_start.p, m);
    g->a = p.a.p;
    g->b = p.b.p;
    g->bias = coin() ? p.bias.p : NULL;
    g->activation = (nomen_activation)below(3);
    return p;
}

static void problem_free(problem *p) {
    guarded *all[] = {&p->a, &p->b, &p->bias, &p->start, &p->sums_start};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) { guarded_free(all[i]); }
}

/* C, then Y, then the sums, in one array, so that results are compared by one memcmp. */
static size_t result_size(const problem *p) {
    return 2 * p->start.n + p->g.m;
}

static void solve(const problem *p, float *result) {
    nomen_gemm g = p->g;
    guarded c = guarded_new(p->start.n, p->offset), y = guarded_new(p->start.n, p->offset / 2);
    guarded sums = guarded_new(g.m, 3), packed = guarded_new(nomen_gemm_packed_size(g.operands, g.k, g.n), 5);
    const size_t n_scratch =
        p->serial ? nomen_gemm_serial_scratch(g.operands, g.k, g.n) : nomen_gemm_scratch(g.operands, g.k, g.n);
    guarded scratch = guarded_new(n_scratch, p->offset);
    memcpy(c.p, p->start.p, c.n * sizeof(float));
    memcpy(y.p, p->start.p, y.n * sizeof(float));
    memcpy(sums.p, p->sums_start.p, sums.n * sizeof(float));
    g.c = c.p;
    if (p->act) { g.y = y.p; }
    if (g.a_row == 1) { g.a_sums = sums.p; }
    if (p->packed) {
        nomen_gemm_pack(g.operands, packed.p, g.b, g.b_row, g.b_col, g.k, g.n);
        g.packed = packed.p;
        g.b = NULL;
    }
    if (p->serial) {
        nomen_gemm_serial(&g, scratch.p);
    } else {
        nomen_gemm_run(&g, scratch.p);
    }
    memcpy(result, c.p, c.n * sizeof(float));
    memcpy(result + c.n, y.p, y.n * sizeof(float));
    memcpy(result + 2 * c.n, sums.p, sums.n * sizeof(float));
    guarded *all[] = {&c, &y, &sums, &packed, &scratch};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) { guarded_free(all[i]); }
}

/*
 * Roundings that one term passes through: its chain of multiply-adds (each rounds once; at most KC
 * terms), the additions of later blocks, of what was in C, and of the bias. With u = 2^-24, r
 * roundings change a sum by at most r u / (1 - r u) of the sum of magnitudes (Higham, "Accuracy and
 * Stability of Numerical Algorithms", 2002, section 3.1); nothing here is subnormal.
 */
static double bound_of(const nomen_gemm *g, double magnitudes) {
    const size_t depth = NOMEN_GEMM_KC * (g->operands == NOMEN_GEMM_BF16 ? 2 : 1);
    const double blocks = (double)((g->k + depth - 1) / depth);
    const double u = 0x1p-24, r = (double)(g->k < depth ? g->k : depth) + blocks + 2.0;
    return magnitudes * r * u / (1.0 - r * u);
}

/* What a product takes for x. The numbers of fill() are normal, and none of them rounds beyond them. */
static double operand(const nomen_gemm *g, float x) {
    uint32_t bits;
    if (g->operands == NOMEN_GEMM_FLOAT) { return (double)x; }
    memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x7fffu + (bits >> 16 & 1u)) & 0xffff0000u;
    memcpy(&x, &bits, sizeof x);
    return (double)x;
}

static void check_against_double(const problem *p, const float *result) {
    const nomen_gemm *g = &p->g;
    for (size_t i = 0; i < g->m; i++) {
        double row_sum = (double)p->sums_start.p[i], row_size = fabs(row_sum);
        for (size_t k = 0; k < g->k; k++) {
            row_sum += (double)g->a[i * g->a_row + k * g->a_col];
            row_size += fabs((double)g->a[i * g->a_row + k * g->a_col]);
        }
        for (size_t j = 0; j < g->n; j++) {
            const double start = g->add ? (double)p->start.p[i * g->c_row + j] : 0.0;
            const double bias = g->bias ? (double)g->bias[j] : 0.0;
            double sum = start + bias, size = fabs(start) + fabs(bias);
            for (size_t k = 0; k < g->k; k++) {
                const double term = operand(g, g->a[i * g->a_row + k * g->a_col]) * operand(g, g->b[k * g->b_row + j * g->b_col]);
                sum += term;
                size += fabs(term);
            }
            assert_true(fabs((double)result[i * g->c_row + j] - sum) <= bound_of(g, size));
        }
        for (size_t j = g->n; j < g->c_row; j++) { /* between rows nothing is written */
            assert_true(result[i * g->c_row + j] == p->start.p[i * g->c_row + j]);
        }
        if (g->a_row == 1) { assert_true(fabs((double)result[2 * p->start.n + i] - row_sum) <= bound_of(g, row_size)); }
    }
}

/* Sizes that matter at the edges of tiles, panels and blocks, and others. */
static size_t some_size(size_t most) {
    static const size_t EDGES[] = {1, 2, 5, 6, 7, 13, 14, 15, 16, 17, 28, 29, 31, 32, 33, 63, 64, 65};
    const size_t edge = EDGES[below(sizeof EDGES / sizeof EDGES[0])];
    return coin() && edge <= most ? edge : 1 + below(most);
}

static size_t some_depth(void) {
    static const size_t EDGES[] = {1, 2, 3, 383, 384, 385, 767, 768, 769, 400};
    const size_t kind = below(16);
    return kind == 0 ? EDGES[below(sizeof EDGES / sizeof EDGES[0])] : kind == 1 ? 1 + below(900) : 1 + below(40);
}

static void try_random_shapes(nomen_gemm_operands operands, size_t n_shapes) {
    nomen_rng_start(&rng, 1, 1000, 0);
    size_t tried[N_ISAS] = {0};
    for (size_t s = 0; s < n_shapes; s++) {
        problem p = problem_new(operands, some_size(48), some_size(80), some_depth());
        const size_t size = result_size(&p);
        float *first = malloc(size * sizeof *first), *other = malloc(size * sizeof *other);
        assert_true(first && other);
        for (size_t i = 0; i < N_ISAS; i++) {
            if (!nomen_kernels_test_use(ISAS[i])) { continue; }
            if (operands == NOMEN_GEMM_BF16 && !nomen_math_has_bf16()) { continue; }
            nomen_set_threads(1 + (int)below(4));
            solve(&p, i == 0 ? first : other);
            if (i == 0) { check_against_double(&p, first); }
            if (i > 0) { assert_memory_equal(first, other, size * sizeof *first); }
            tried[i]++;
        }
        free(first);
        free(other);
        problem_free(&p);
    }
    for (size_t i = 0; i < N_ISAS; i++) { print_message("%s: %zu shapes\n", ISAS[i], tried[i]); }
    nomen_kernels_test_use(NULL);
    nomen_set_threads(0);
}

static void random_shapes_are_within_the_bound_and_bitwise_alike(void **state) {
    (void)state;
    try_random_shapes(NOMEN_GEMM_FLOAT, effort(10000));
}

static void shapes_of_bf16_too(void **state) {
    (void)state;
    try_random_shapes(NOMEN_GEMM_BF16, effort(10000));
}

/* The best set that has bf16: the plain one where the processor has none. */
static void use_bf16(void) {
    if (!nomen_math_has_bf16()) { assert_true(nomen_kernels_test_use("plain")); }
}

/* Larger shapes, where blocks of panels, several tiles and several threads come into play. */
static void threads_and_layouts_do_not_change_bits(void **state) {
    (void)state;
    nomen_rng_start(&rng, 2, 1000, 0);
    for (size_t s = 0; s < 24; s++) {
        const nomen_gemm_operands operands = s % 2 == 0 ? NOMEN_GEMM_FLOAT : NOMEN_GEMM_BF16;
        const bool is_slow = operands == NOMEN_GEMM_BF16 && !nomen_math_has_bf16();
        if (is_slow) { use_bf16(); }
        problem p = problem_new(operands, 1 + below(is_slow ? 30 : 300), 1 + below(is_slow ? 120 : 1200), 1 + below(1200));
        const size_t size = result_size(&p);
        float *first = malloc(size * sizeof *first), *other = malloc(size * sizeof *other);
        assert_true(first && other);
        p.serial = true;
        p.packed = false;
        solve(&p, first);
        p.serial = false;
        for (int threads = 1; threads <= 5; threads++) {
            nomen_set_threads(threads == 5 ? 64 : threads);
            for (int packed = 0; packed < 2; packed++) {
                p.packed = packed == 1;
                p.offset = below(16);
                solve(&p, other);
                assert_memory_equal(first, other, size * sizeof *first);
            }
        }
        nomen_set_threads(0);
        nomen_kernels_test_use(NULL);
        free(first);
        free(other);
        problem_free(&p);
    }
}

static void a_row_has_the_same_bits_alone_and_among_others(void **state) {
    (void)state;
    nomen_rng_start(&rng, 3, 1000, 0);
    for (size_t s = 0; s < 200; s++) {
        const nomen_gemm_operands operands = s % 2 == 0 ? NOMEN_GEMM_FLOAT : NOMEN_GEMM_BF16;
        if (operands == NOMEN_GEMM_BF16) { use_bf16(); }
        problem p = problem_new(operands, 1 + below(90), 1 + below(200), s % 8 == 0 ? 1 + below(900) : 1 + below(100));
        p.g.a_col = 1; /* rows side by side, so that a part of them is a matrix too */
        p.g.a_row = p.g.k;
        guarded_free(&p.a);
        p.a = guarded_new(p.g.m * p.g.k, 1);
        fill(p.a.p, p.a.n);
        p.g.a = p.a.p;
        float *all = malloc(result_size(&p) * sizeof *all), *part = malloc(result_size(&p) * sizeof *part);
        assert_true(all && part);
        solve(&p, all);
        const size_t from = below(p.g.m), rows = 1 + below(p.g.m - from);
        problem q = p;
        q.g.m = rows;
        q.g.a += from * q.g.a_row;
        q.start.p += from * q.g.c_row;
        q.start.n = rows * q.g.c_row;
        solve(&q, part);
        const size_t bytes = q.start.n * sizeof *part;
        assert_memory_equal(all + from * p.g.c_row, part, bytes);
        if (p.act) { assert_memory_equal(all + p.start.n + from * p.g.c_row, part + q.start.n, bytes); }
        free(all);
        free(part);
        problem_free(&p);
        nomen_kernels_test_use(NULL);
    }
}

static void no_rows_no_columns_and_no_depth(void **state) {
    (void)state;
    const float bias[3] = {1.0f, 2.0f, 3.0f};
    float c[6] = {9, 9, 9, 9, 9, 9}, a[8] = {0}, *scratch = malloc(nomen_gemm_scratch(NOMEN_GEMM_FLOAT, 4, 3) * sizeof *scratch);
    assert_non_null(scratch);
    nomen_gemm g = {.m = 0, .n = 3, .k = 4, .a = a, .a_row = 4, .a_col = 1, .b = a, .b_row = 1, .b_col = 0};
    g.c = c;
    g.c_row = 3;
    g.bias = bias;
    nomen_gemm_run(&g, scratch);
    g.m = 2;
    g.n = 0;
    nomen_gemm_run(&g, scratch);
    for (size_t i = 0; i < 6; i++) { assert_true(c[i] == 9.0f); }
    g.n = 3;
    g.k = 0; /* an empty sum is 0, and the bias still comes */
    nomen_gemm_run(&g, scratch);
    for (size_t i = 0; i < 6; i++) { assert_true(c[i] == bias[i % 3]); }
    free(scratch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_shapes_are_within_the_bound_and_bitwise_alike),
        cmocka_unit_test(shapes_of_bf16_too),
        cmocka_unit_test(threads_and_layouts_do_not_change_bits),
        cmocka_unit_test(a_row_has_the_same_bits_alone_and_among_others),
        cmocka_unit_test(no_rows_no_columns_and_no_depth),
    };
    return cmocka_run_group_tests_name("gemm", tests, NULL, NULL);
}
