/*
 * Losses where numbers are extreme: targets that are certain or hopeless. What they are on ordinary numbers, their gradients
 * and their bits are rows of ops_cases.c.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "math/ops_loss.h"

enum { K = 17 }; /* a vector and one */

static const double gammas[] = {0, 0.25, 0.5, 1, 2, 5, 100};
enum { N_GAMMAS = sizeof gammas / sizeof *gammas };

/* One row whose target 16 has a logit that is `lead` above the others, which are equal. */
static void row_of(float lead, float logits[K]) {
    for (size_t k = 0; k < K; k++) { logits[k] = 3 + (k == 16 ? lead : 0); }
}

static nomen_loss_rows rows_of(const float *logits) {
    static const int32_t target[] = {16};
    return (nomen_loss_rows){logits, target, NULL, 1, K};
}

/* Every lead that training can come to: finite, and a gradient that points away from the target or is nothing. */
static void test_always_finite(void **state) {
    (void)state;
    static const float leads[] = {-1e30f, -200, -104, -88, -87, -20, -1, 0, 1e-7f, 1, 10, 15, 17, 20, 87, 88, 104, 200, 1e30f};
    float logits[K], dlogits[K];
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        row_of(leads[i], logits);
        const nomen_loss_rows rows = rows_of(logits);
        for (size_t g = 0; g < N_GAMMAS; g++) {
            const double loss = nomen_op_focal_forward(&rows, gammas[g]);
            assert_true(isfinite(loss) && loss >= 0);
            nomen_op_focal_backward(dlogits, &rows, gammas[g], 1);
            for (size_t k = 0; k < K; k++) { assert_true(isfinite(dlogits[k]) && (k == 16 ? dlogits[k] <= 0 : dlogits[k] >= 0)); }
        }
        for (double smoothing = 0; smoothing <= 1; smoothing += 0.25) {
            const double loss = nomen_op_smoothed_forward(&rows, smoothing);
            assert_true(isfinite(loss) && loss >= 0);
            nomen_op_smoothed_backward(dlogits, &rows, smoothing, 1);
            for (size_t k = 0; k < K; k++) { assert_true(isfinite(dlogits[k])); }
        }
    }
}

/*
 * Near p = 1 the loss is right relatively, not only beside 1: 1 - p is a sum of K - 1 exponentials, (1 + K/16 + 8) roundings,
 * and its logarithm, at most 20 here, errs by 20 u more, gamma times both; the cost adds as many. (gamma + 1) 48 u.
 */
static void test_small_losses(void **state) {
    (void)state;
    float logits[K];
    for (float lead = 0; lead < 20; lead += 0.37f) {
        row_of(lead, logits);
        const nomen_loss_rows rows = rows_of(logits);
        const double others = (K - 1) * exp(-((double)logits[16] - (double)logits[0])), rest = others / (1 + others);
        for (size_t g = 0; g < N_GAMMAS; g++) {
            const double expected = pow(rest, gammas[g]) * -log1p(-rest), found = nomen_op_focal_forward(&rows, gammas[g]);
            if (expected < 1e-36) { continue; } /* floats end */
            const double error = fabs(found - expected) / expected;
            if (!(error <= (gammas[g] + 1) * 48 * 0x1p-24)) {
                fail_msg("lead %g, gamma %g: %.9g, expected %.9g", (double)lead, gammas[g], found, expected);
            }
        }
    }
}

/* A probability of exactly 1 costs nothing; without gamma and smoothing both losses are cross-entropy. */
static void test_ends(void **state) {
    (void)state;
    float logits[K], a[K], b[K], c[K];
    row_of(300, logits);
    const nomen_loss_rows certain = rows_of(logits);
    for (size_t g = 0; g < N_GAMMAS; g++) { assert_true(nomen_op_focal_forward(&certain, gammas[g]) == 0); }
    for (size_t k = 0; k < K; k++) { logits[k] = (float)(k * 7 % 5) / 3; }
    const nomen_loss_rows rows = rows_of(logits);
    const double expected = nomen_op_cross_entropy_forward(logits, rows.targets, NULL, 1, K, NULL);
    nomen_op_cross_entropy_backward(a, logits, rows.targets, NULL, 0.5f, 1, K);
    nomen_op_focal_backward(b, &rows, 0, 0.5f);
    nomen_op_smoothed_backward(c, &rows, 0, 0.5f);
    assert_true(fabs(nomen_op_focal_forward(&rows, 0) - expected) <= 4 * 0x1p-24 * expected); /* sums in another order */
    assert_true(fabs(nomen_op_smoothed_forward(&rows, 0) - expected) <= 4 * 0x1p-24 * expected);
    for (size_t k = 0; k < K; k++) {
        assert_true(a[k] == b[k]);
        assert_true(fabsf(a[k] - c[k]) <= 2 * 0x1p-24f);
    }
}

/* What has diverged shows. */
static void test_nan(void **state) {
    (void)state;
    float logits[K];
    row_of(1, logits);
    logits[2] = NAN;
    const nomen_loss_rows rows = rows_of(logits);
    for (size_t g = 0; g < N_GAMMAS; g++) { assert_true(isnan(nomen_op_focal_forward(&rows, gammas[g]))); }
    assert_true(isnan(nomen_op_smoothed_forward(&rows, 0.1)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_always_finite),
        cmocka_unit_test(test_small_losses),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
