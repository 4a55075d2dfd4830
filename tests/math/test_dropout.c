/*
 * Dropout: that the fast operation keeps exactly the elements of the definition, and that what is
 * kept looks like independent coin tosses of the right rate.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "math/dropout.h"
#include "math/ops.h"

/*
 * A sum of n independent terms of deviation d is within Z d sqrt(n) of its mean but for one time in
 * 3e6 (normal approximation, n > 1e5). Seeds are fixed, so a pass stays a pass; what the bound says
 * is that numbers this far off would not have come from such a coin.
 */
static const double Z = 5.1;

enum { TOKENS = 96, HIDDEN = 3000, SIZE = TOKENS * HIDDEN };
static const double N = SIZE;

/* Dropout of ones in one sequence of TOKENS rows. */
static float *masks(const nomen_dropout *dropout, uint32_t seq_index) {
    static const size_t seq_start[] = {0, TOKENS};
    const nomen_rows rows = {TOKENS, 1, seq_start, &seq_index};
    float *x = malloc(SIZE * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < SIZE; i++) { x[i] = 1.0f; }
    nomen_op_dropout(x, x, HIDDEN, &rows, dropout);
    return x;
}

static void test_definition(void **state) {
    (void)state;
    static const float rates[] = {0.1f, 0.5f, 0.9f};
    static const size_t seq_start[] = {0, 2, 2, 5};
    static const uint32_t seq_index[] = {4000000000u, 7, 12};
    const nomen_rows rows = {5, 3, seq_start, seq_index};
    enum { WIDTH = 333 };
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        const nomen_dropout dropout = {rates[r], 0xFEDCBA9876543210u, 4294967295u, 65535};
        float x[5 * WIDTH];
        for (size_t i = 0; i < 5 * WIDTH; i++) { x[i] = 1.0f; }
        nomen_op_dropout(x, x, WIDTH, &rows, &dropout);
        for (size_t n = 0; n < 5; n++) {
            const size_t seq = n < 2 ? 0 : 2;
            for (size_t h = 0; h < WIDTH; h++) {
                const bool keeps = nomen_dropout_keeps(&dropout, seq_index[seq], n - seq_start[seq], (uint32_t)h);
                assert_true(x[n * WIDTH + h] == (keeps ? 1.0f / (1.0f - rates[r]) : 0.0f));
            }
        }
    }
}

static void test_off(void **state) {
    (void)state;
    const nomen_dropout dropout = {0.0f, 1, 0, 0};
    float *x = masks(&dropout, 0);
    float *y = masks(NULL, 0);
    for (size_t i = 0; i < SIZE; i++) { assert_true(x[i] == 1.0f && y[i] == 1.0f); }
    free(x), free(y);
}

/* The mean of y is 1 and its variance p/(1-p), where p is the rate. */
static void test_mean_and_variance(void **state) {
    (void)state;
    static const float rates[] = {0.01f, 0.1f, 0.25f, 0.5f, 0.9f};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        const double p = (double)rates[r];
        const nomen_dropout dropout = {rates[r], 42, 0, 3};
        float *y = masks(&dropout, 0);
        double sum = 0;
        double squares = 0;
        size_t kept = 0;
        for (size_t i = 0; i < SIZE; i++) {
            sum += (double)y[i];
            squares += ((double)y[i] - 1) * ((double)y[i] - 1);
            kept += y[i] > 0.0f;
        }
        assert_true(fabs((double)kept - (1 - p) * N) <= Z * sqrt(p * (1 - p) * N));
        const double deviation = sqrt(p / (1 - p));
        /* kept elements are (1/(1-p)) rounded to float: one part in 2^23 of the mean */
        assert_true(fabs(sum / N - 1) <= Z * deviation / sqrt(N) + 0x1p-23);
        /* (y-1)^2 is 1 with probability p, else (p/(1-p))^2: its deviation is |1 - that| sqrt(p(1-p)) */
        const double other = (p / (1 - p)) * (p / (1 - p));
        const double spread = fabs(1 - other) * sqrt(p * (1 - p));
        assert_true(fabs(squares / N - p / (1 - p)) <= Z * spread / sqrt(N) + 0x1p-20);
        free(y);
    }
}

/*
 * How often two masks agree: q = (1-p)^2 + p^2 for independent ones. Where b is a shifted, each
 * element takes part in two comparisons, whose covariance p(1-p)(1-2p)^2 comes on top of q(1-q).
 */
static void check_independent(const float *a, const float *b, size_t n, double p) {
    size_t agree = 0;
    for (size_t i = 0; i < n; i++) { agree += (a[i] > 0.0f) == (b[i] > 0.0f); }
    const double q = (1 - p) * (1 - p) + p * p;
    const double variance = q * (1 - q) + 2 * p * (1 - p) * (1 - 2 * p) * (1 - 2 * p);
    assert_true(fabs((double)agree - q * (double)n) <= Z * sqrt(variance * (double)n));
}

static void test_independence(void **state) {
    (void)state;
    const double p = 0.3;
    const nomen_dropout dropout = {0.3f, 42, 5, 3};
    float *y = masks(&dropout, 9);
    nomen_dropout others[] = {dropout, dropout, dropout, dropout};
    others[0].seed = 43;
    others[1].seed += (uint64_t)1 << 32;
    others[2].step = 6;
    others[3].site = 4;
    for (size_t i = 0; i < 4; i++) {
        float *z = masks(&others[i], 9);
        check_independent(y, z, SIZE, p);
        free(z);
    }
    float *z = masks(&dropout, 10);
    check_independent(y, z, SIZE, p);
    free(z);
    /* neighbours within a row, within a block of 64, and from token to token */
    static const size_t shifts[] = {1, 2, 3, 4, 8, 16, 32, 64, HIDDEN, 2 * HIDDEN};
    for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) { check_independent(y, y + shifts[i], SIZE - shifts[i], p); }
    free(y);
}

/*
 * Dropout of attention's probabilities, seen through values of 1 and equal scores: a context
 * element is the share of kept keys over 1 - p.
 */
static void test_attention(void **state) {
    (void)state;
    enum { T = 600, H = 32, A = 2 };
    static const size_t seq_start[] = {0, T};
    const nomen_rows rows = {T, 1, seq_start, NULL};
    const nomen_attention attention = {H, A};
    const nomen_dropout dropout = {0.1f, 42, 0, 1};
    float *qkv = calloc((size_t)T * 3 * H, sizeof *qkv);
    float *context = malloc((size_t)T * H * sizeof *context);
    float *scratch = malloc(nomen_op_attention_scratch(&attention, T, T) * sizeof *scratch);
    for (size_t n = 0; n < T; n++) {
        for (size_t h = 0; h < H; h++) { qkv[n * 3 * H + 2 * H + h] = 1.0f; }
    }
    nomen_op_attention_forward(context, NULL, qkv, &attention, &rows, &dropout, scratch);
    double sum = 0;
    double squares = 0;
    for (size_t n = 0; n < T; n++) {
        for (size_t a = 0; a < A; a++) {
            const double c = (double)context[n * H + a * H / A];
            assert_true(fabs(c - (double)context[n * H + a * H / A + 3]) == 0);
            sum += c - 1;
            squares += (c - 1) * (c - 1);
        }
    }
    const double n = T * A;
    const double variance = 0.1 / 0.9 / (double)T; /* of a row */
    assert_true(fabs(sum) <= Z * sqrt(variance * n) + n * 0x1p-18);
    /* the square of a normal has deviation sqrt(2) times its mean */
    assert_true(fabs(squares - variance * n) <= Z * sqrt(2.0) * variance * sqrt(n));
    free(qkv), free(context), free(scratch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_definition),   cmocka_unit_test(test_off),       cmocka_unit_test(test_mean_and_variance),
        cmocka_unit_test(test_independence), cmocka_unit_test(test_attention),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
