/*
 * Vector math against libm in double: the largest error in units in the last place over dense
 * sweeps of the floats, special values, and the same bits from every instruction set.
 */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "math/isa.h"

enum { CHUNK = 4096 };

static float from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The spacing of floats at y; the smallest subnormal near 0. */
static double ulp(double y) {
    const float f = fabsf((float)y);
    if (f >= FLT_MAX) { return ldexp(1.0, 104); }
    return (double)nextafterf(f, INFINITY) - (double)f;
}

typedef void (*map)(float *, const float *, size_t);
typedef double (*reference)(double);

/* Largest error in ulp over every `step`-th float, both signs, of magnitude `from` to `to`. */
static double sweep(map f, reference g, float from, float to, uint32_t step) {
    float x[CHUNK], y[CHUNK];
    uint32_t first, last;
    memcpy(&first, &from, sizeof first);
    memcpy(&last, &to, sizeof last);
    double worst = 0;
    for (uint64_t b = first; b <= last;) {
        size_t n = 0;
        for (; n + 2 <= CHUNK && b <= last; b += step) {
            x[n++] = from_bits((uint32_t)b);
            x[n++] = -from_bits((uint32_t)b);
        }
        f(y, x, n);
        for (size_t i = 0; i < n; i++) {
            const double want = g((double)x[i]);
            if (isnan(want)) {
                assert_true(isnan(y[i]));
                continue;
            }
            if (!isfinite((float)want)) {
                assert_true(y[i] == (float)want);
                continue;
            }
            const double error = fabs((double)y[i] - want) / ulp(want);
            if (!(error <= worst)) { worst = error; }
        }
    }
    return worst;
}

static uint32_t step_of(void) {
    return getenv("NOMEN_LONG") ? 1 : 997; /* a prime, so that all low bits occur */
}

static const float TOP = 0x1.fffffep127f;

/*
 * Half an ulp for the last rounding, and what the steps before it add. The functions are the same
 * bits everywhere, so the largest errors over all floats (NOMEN_LONG=1 looks at each) are facts:
 * 1.020, 0.830, 1.200, 1.332.
 */
static void exp_log_erf_tanh_are_within_their_bounds(void **state) {
    (void)state;
    const nomen_kernels *k = nomen_kernels_get();
    const double e = sweep(k->exp, exp, 0x1p-149f, TOP, step_of());
    const double l = sweep(k->log, log, 0x1p-149f, TOP, step_of());
    const double r = sweep(k->erf, erf, 0x1p-100f, TOP, step_of());
    const double t = sweep(k->tanh, tanh, 0x1p-100f, TOP, step_of());
    print_message("largest error in ulp: exp %.3f, log %.3f, erf %.3f, tanh %.3f (%s)\n", e, l, r, t, k->name);
    assert_true(e <= 1.03);
    assert_true(l <= 0.84);
    assert_true(r <= 1.21);
    assert_true(t <= 1.34);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_log_erf_tanh_are_within_their_bounds),
    };
    return cmocka_run_group_tests_name("vmath", tests, NULL, NULL);
}
