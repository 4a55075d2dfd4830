/*
 * The library's operations over float against the plain ones over double, on the same numbers,
 * with bounds that follow from the arithmetic. Every array stands between guards (guarded.h).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "math/ops.h"
#include "ops_support.h"

/*
 * Bounds on |float - double| / (1 + |double|), as multiples of the unit roundoff u = 2^-24, for
 * inputs and incoming gradients in [-1, 1]. N rows, T longest, H, D, K as everywhere; F =
 * 1 / (1 - rate) is what a kept element is multiplied by. First-order worst cases: a chain of n
 * operations errs by at most n u times the sum of magnitudes.
 */
typedef struct size {
    double n, t, h, d, k, f;
} size;

static size size_of(const ops_shape *s) {
    size z = {.h = (double)s->hidden, .d = (double)(s->hidden / s->heads), .k = (double)s->out};
    z.n = (double)s->seq_start[s->n_seqs];
    for (size_t b = 0; b < s->n_seqs; b++) { z.t = fmax(z.t, (double)(s->seq_start[b + 1] - s->seq_start[b])); }
    z.f = 1.0 / (1.0 - (double)s->rate);
    return z;
}

/*
 * Residual and norm. sum = f x + r is at most F + 1 =: S, with an error of 2 u S; the mean adds H/64
 * additions in each lane and 8 for the tree: sum - mean errs by (H/64 + 12) u S. The factor rstd
 * carries half the relative error of the variance, which is the same count. x^ is a number times
 * rstd <= R, where R = 1/sqrt(eps) < 32 for a few columns and < 3 for 16 and more random ones; so y
 * errs by about 2 (H/64 + 16) u R S.
 */
static double norm_forward_bound(size z) {
    return 2 * (z.h / 64 + 16) * (z.h < 16 ? 32 : 3) * (z.f + 1);
}

/*
 * dsum = rstd (g - avg g - x^ avg(g x^)): three terms of order 1, 1 and x^ (|x^| <= sqrt(H), but
 * random columns stay below 4 or so), each with the relative error of y, times R; dx is F times
 * that. dgamma and dbeta sum N of dy x^, in chains of at most N additions.
 */
static double norm_backward_bound(size z) {
    return (z.h < 16 ? 32 : 3) * 4 * z.f * norm_forward_bound(z) + z.n * (norm_forward_bound(z) + 4 * z.n);
}

/*
 * Attention. Scores are at most sqrt(D), from chains of D: error (D + 3) sqrt(D) u, which with the
 * largest one's is twice that as a relative error of exp; the denominator adds T/16 + 8, exp and
 * division a few. The context is a chain of T whose magnitudes sum to at most F.
 */
static double weight_bound(size z) {
    return 2 * (z.d + 3) * sqrt(z.d) + z.t / 16 + 16;
}

static double attention_forward_bound(size z) {
    return z.f * (weight_bound(z) + z.t);
}

/*
 * dp is a chain of D at most D; ds = p (f dp - delta) / sqrt(D), |f dp - delta| <= 2 F D. dq sums ds
 * over keys, where p sums to 1: chains of T. dk and dv sum over queries; scores of random numbers
 * vary by about 1, so that no key gets more than 4 times its share.
 */
static double attention_backward_bound(size z) {
    return 4 * 2 * z.f * sqrt(z.d) * (weight_bound(z) + z.d + 3 + z.t);
}

static double bound(int which, bool backward, size z) {
    switch (which) {
    /* Three terms: two additions of at most 3. Backward: a row gets at most N additions up to N + 1. */
    case CASE_EMBEDDING: return backward ? z.n : 6;
    case CASE_RESIDUAL_NORM: return backward ? norm_backward_bound(z) : norm_forward_bound(z);
    /* The factor's rounding (twice) and one multiplication. */
    case CASE_DROPOUT: return 4 * z.f;
    case CASE_ATTENTION: return backward ? attention_backward_bound(z) : attention_forward_bound(z);
    /* A row: K/16 + 8 for the sum, 6 for exp, log and the rest, relative to log K + 2. Backward: the
       same for p <= 1, times weight <= 1.5 and scale <= 1. */
    case CASE_CROSS_ENTROPY: return (z.k / 16 + 14) * (backward ? 1.5 : z.n * 1.5 * (log(z.k) + 2));
    case CASE_SOFTMAX: return z.k / 16 + 14;
    /* Squares are exact; at most N H additions in double, whose roundoff is 2^-29 of float's. */
    case CASE_SQUARE_SUM: return z.n * z.h * 0x1p-29;
    case CASE_SGD: return 4;
    /* A dozen roundings of the update, which is at most 1 + |value|. */
    case CASE_ADAMW: return 16;
    default: return 0;
    }
}

static void compare(const char *name, const char *what, const double *fast, const double *plain, size_t n, double tolerance) {
    for (size_t i = 0; i < n; i++) {
        double error = fabs(fast[i] - plain[i]) / (1 + fabs(plain[i]));
        if (!(error <= tolerance)) {
            fail_msg("%s: %s %zu is %.9g, in double %.9g: off by %.3g, allowed %.3g", name, what, i, fast[i], plain[i], error,
                     tolerance);
        }
    }
}

static void check(int which, const ops_shape *s) {
    const ops_case *cf = &ops_cases_float[which];
    const ops_case *cd = &ops_cases_double[which];
    ops_run fast;
    ops_run plain;
    ops_run_create(&fast, cf, s, 11u + (uint32_t)which);
    ops_run_create(&plain, cd, s, 11u + (uint32_t)which);
    ops_run_all(&fast, cf, s);
    ops_run_all(&plain, cd, s);
    for (size_t a = 0; a < OPS_ARRAYS; a++) {
        compare(cf->name, "output", fast.out[a], plain.out[a], fast.out_size[a], bound(which, false, size_of(s)) * 0x1p-24);
        if (!cf->has_backward) { continue; }
        compare(cf->name, "gradient", fast.din[a], plain.din[a], fast.in_size[a], bound(which, true, size_of(s)) * 0x1p-24);
    }
    /* forward on its own may save nothing, and must give the same bits */
    double first = fast.out_size[0] > 0 ? fast.out[0][0] : 0;
    double last = fast.out_size[0] > 0 ? fast.out[0][fast.out_size[0] - 1] : 0;
    cf->run(s, fast.in, fast.out, NULL, NULL);
    if (fast.out_size[0] > 0) {
        assert_true(fast.out[0][0] == first);
        assert_true(fast.out[0][fast.out_size[0] - 1] == last);
    }
    ops_run_free(&fast);
    ops_run_free(&plain);
}

static void check_variants(int which, ops_shape s) {
    for (int variant = 0; variant < 8; variant++) {
        s.bare = (variant & 1) != 0;
        s.in_place = (variant & 2) != 0;
        s.rate = (variant & 4) != 0 ? 0.25f : 0.0f;
        check(which, &s);
    }
}

static const size_t nothing[] = {0};
static const size_t one[] = {1};
static const size_t small[] = {3, 1, 5};
static const size_t mixed[] = {17, 0, 16, 15, 33, 1, 64};
static const size_t sentence[] = {27, 31, 22};
static const size_t blocks[] = {36, 37, 73};

static const struct lengths {
    const size_t *lengths;
    size_t n;
} batches[] = {{nothing, 0}, {nothing, 1}, {one, 1}, {small, 3}, {mixed, 7}, {sentence, 3}, {blocks, 3}};
enum { N_BATCHES = sizeof batches / sizeof *batches };

static void check_rows(int which) {
    static const size_t widths[] = {1, 2, 15, 16, 17, 63, 64, 65, 130, 384};
    for (size_t b = 0; b < N_BATCHES; b++) {
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
            check_variants(which, ops_shape_of(batches[b].lengths, batches[b].n, widths[w]));
        }
    }
}

static void test_embedding(void **state) {
    (void)state, check_rows(CASE_EMBEDDING);
}
static void test_residual_norm(void **state) {
    (void)state, check_rows(CASE_RESIDUAL_NORM);
}
static void test_dropout(void **state) {
    (void)state, check_rows(CASE_DROPOUT);
}
static void test_square_sum(void **state) {
    (void)state, check_rows(CASE_SQUARE_SUM);
}
static void test_sgd(void **state) {
    (void)state, check_rows(CASE_SGD);
}
static void test_adamw(void **state) {
    (void)state, check_rows(CASE_ADAMW);
}
static void test_fill(void **state) {
    (void)state, check_rows(CASE_FILL);
}

static void check_labels(int which) {
    static const size_t counts[] = {1, 2, 9, 16, 17, 40};
    for (size_t b = 0; b < N_BATCHES; b++) {
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
            ops_shape s = ops_shape_of(batches[b].lengths, batches[b].n, 1);
            s.out = counts[k];
            check_variants(which, s);
        }
    }
}

static void test_cross_entropy(void **state) {
    (void)state, check_labels(CASE_CROSS_ENTROPY);
}
static void test_softmax(void **state) {
    (void)state, check_labels(CASE_SOFTMAX);
}

/* Numbers in steps of a half, so that some are equal; enough rows for a team. */
static void test_argmax_and_copy_rows(void **state) {
    (void)state;
    enum { ROWS = 3000, COLUMNS = 9 };
    float *x = malloc(ROWS * COLUMNS * sizeof *x), *copy = malloc(ROWS * COLUMNS * sizeof *copy);
    int32_t best[ROWS];
    for (size_t i = 0; i < ROWS * COLUMNS; i++) { x[i] = (float)(i * 7919 % 13) / 2 - 3; }
    nomen_op_copy_rows(copy, x, ROWS, COLUMNS);
    assert_memory_equal(copy, x, ROWS * COLUMNS * sizeof *x);
    for (size_t n_columns = 1; n_columns <= COLUMNS; n_columns++) {
        nomen_op_argmax_rows(best, x, ROWS, n_columns);
        for (size_t n = 0; n < ROWS; n++) {
            const float *row = x + n * n_columns, *at = row + best[n];
            for (size_t k = 0; k < n_columns; k++) { assert_true(row[k] < *at || (row[k] == *at && row + k >= at)); }
        }
    }
    free(x), free(copy);
}

static void test_attention(void **state) {
    (void)state;
    static const size_t sizes[][2] = {{1, 1}, {5, 1}, {6, 2}, {40, 2}, {48, 3}, {64, 2}, {128, 2}, {70, 1}};
    for (size_t b = 0; b < N_BATCHES; b++) {
        for (size_t z = 0; z < sizeof sizes / sizeof *sizes; z++) {
            ops_shape s = ops_shape_of(batches[b].lengths, batches[b].n, sizes[z][0]);
            s.heads = sizes[z][1];
            check_variants(CASE_ATTENTION, s);
        }
    }
}

static void test_attention_long(void **state) {
    (void)state;
    static const size_t lengths[] = {512, 2, 301};
    ops_shape s = ops_shape_of(lengths, 3, 32);
    s.rate = 0.1f;
    check(CASE_ATTENTION, &s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_embedding),
        cmocka_unit_test(test_residual_norm),
        cmocka_unit_test(test_dropout),
        cmocka_unit_test(test_square_sum),
        cmocka_unit_test(test_sgd),
        cmocka_unit_test(test_adamw),
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_cross_entropy),
        cmocka_unit_test(test_softmax),
        cmocka_unit_test(test_attention),
        cmocka_unit_test(test_attention_long),
        cmocka_unit_test(test_argmax_and_copy_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
