/*
 * The backward of each plain operation in double against central finite differences of its forward,
 * on small odd shapes with several sequences, one of length one.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ops_support.h"

/*
 * With L = sum dout * out over at most a few hundred terms of order 1, |L| < 100, a central
 * difference of step h errs by h^2/6 |L'''| from truncation and by 2^-52 |L| / h from rounding.
 * h = 2^-16 makes that 4e-11 |L'''| + 1.5e-9. The third derivatives are largest where LayerNorm
 * divides by a small deviation: not below sqrt(eps) = 0.03 here, which bounds |L'''| by some 1e5 in
 * the worst case and 1e3 on these numbers. So 1e-6 is above the noise, and far below any mistake.
 */
static const double step = 0x1p-16;
static const double tolerance = 1e-6;

static double objective(ops_run *run, const ops_case *c, const ops_shape *s) {
    double sum = 0;
    c->run(s, run->in, run->out, NULL, NULL);
    for (size_t a = 0; a < OPS_ARRAYS; a++) {
        for (size_t i = 0; i < run->out_size[a]; i++) { sum += run->dout[a][i] * run->out[a][i]; }
    }
    return sum;
}

static void check(int which, const ops_shape *s) {
    const ops_case *c = &ops_cases_double[which];
    ops_run run;
    ops_run_create(&run, c, s, 77u + (uint32_t)which);
    ops_run_all(&run, c, s);
    size_t n_checked = 0;
    if (which == CASE_CROSS_ENTROPY) { run.dout[1][0] = 0; } /* the count of correct rows */
    for (size_t a = 0; a < OPS_ARRAYS; a++) {
        for (size_t i = 0; i < run.in_size[a]; i++, n_checked++) {
            double at = run.in[a][i];
            run.in[a][i] = at + step;
            double above = objective(&run, c, s);
            run.in[a][i] = at - step;
            double below = objective(&run, c, s);
            run.in[a][i] = at;
            double expected = (above - below) / (2 * step);
            double error = fabs(run.din[a][i] - expected);
            if (!(error <= tolerance * (1 + fabs(expected)))) {
                fail_msg("%s: input %zu element %zu: gradient %.12g, difference quotient %.12g", c->name, a, i, run.din[a][i],
                         expected);
            }
        }
    }
    assert_true(n_checked > 0);
    ops_run_free(&run);
}

static const size_t lengths[] = {3, 1, 5};

static void test_linear(void **state) {
    (void)state;
    ops_shape s = ops_shape_of(lengths, 3, 7);
    check(CASE_LINEAR, &s);
    for (s.activation = 0; s.activation < 3; s.activation++) { check(CASE_LINEAR_ACT, &s); }
}

static void test_embedding(void **state) {
    (void)state;
    ops_shape s = ops_shape_of(lengths, 3, 3);
    check(CASE_EMBEDDING, &s);
}

static void test_residual_norm(void **state) {
    (void)state;
    ops_shape s = ops_shape_of(lengths, 3, 11);
    for (int variant = 0; variant < 8; variant++) {
        s.bare = (variant & 1) != 0;
        s.in_place = (variant & 2) != 0;
        s.rate = (variant & 4) != 0 ? 0.3f : 0.0f;
        check(CASE_RESIDUAL_NORM, &s);
    }
}

static void test_dropout(void **state) {
    (void)state;
    ops_shape s = ops_shape_of(lengths, 3, 67);
    s.rate = 0.25f;
    check(CASE_DROPOUT, &s);
}

static void test_attention(void **state) {
    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        ops_shape s = ops_shape_of(lengths, 3, variant & 1 ? 6 : 5);
        s.heads = variant & 1 ? 2 : 1;
        s.rate = variant & 2 ? 0.2f : 0.0f;
        check(CASE_ATTENTION, &s);
    }
}

static void test_cross_entropy(void **state) {
    (void)state;
    ops_shape s = ops_shape_of(lengths, 3, 1);
    for (s.out = 1; s.out < 10; s.out += 4) {
        s.bare = false;
        check(CASE_CROSS_ENTROPY, &s);
        s.bare = true;
        check(CASE_CROSS_ENTROPY, &s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear),  cmocka_unit_test(test_embedding), cmocka_unit_test(test_residual_norm),
        cmocka_unit_test(test_dropout), cmocka_unit_test(test_attention), cmocka_unit_test(test_cross_entropy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
