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

static void check(const ops_case *c, const ops_shape *s) {
    ops_run run;
    ops_run_create(&run, c, s, 77u + (uint32_t)(c - ops_cases_double));
    ops_run_all(&run, c, s);
    size_t n_checked = 0;
    for (size_t a = 0; a < OPS_ARRAYS; a++) {
        for (size_t i = 0; (c->counts >> a & 1) != 0 && i < run.out_size[a]; i++) { run.dout[a][i] = 0; }
    }
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

static void test_all_cases(void **state) {
    (void)state;
    static const size_t lengths[] = {3, 1, 5};
    static const ops_sizes sizes[] = {
        {OPS_LAYER, 7, 1, 5},     {OPS_ROWS, 11, 1, 5},  {OPS_ROWS, 67, 1, 5},  {OPS_ATTENTION, 5, 1, 5},
        {OPS_ATTENTION, 6, 2, 5}, {OPS_LABELS, 1, 1, 1}, {OPS_LABELS, 1, 1, 5}, {OPS_LABELS, 1, 1, 9},
    };
    for (const ops_case *c = ops_cases_double; c->name != NULL; c++) {
        if (!c->has_backward && c->plain_only) { fail_msg("%s is never checked: it is plain only and has no backward", c->name); }
        if (c->has_backward) { ops_each_shape(c, lengths, 3, sizes, sizeof sizes / sizeof *sizes, 0.3f, check); }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
