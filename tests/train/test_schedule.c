/*
 * The rates of transformers' get_linear_schedule_with_warmup and get_constant_schedule_with_warmup,
 * as transformers 5 printed them for a learning rate of 1. Each is one division of whole numbers below
 * 2^53, correctly rounded in both programs, so they are compared exactly.
 */
#include "support/cmocka_all.h"
#include "train/optim/schedule.h"

static const struct {
    size_t warmup, n;
    double linear[10], constant[10];
} cases[] = {
    {3,
     10,
     {0.0, 0.3333333333333333, 0.6666666666666666, 1.0, 0.8571428571428571, 0.7142857142857143, 0.5714285714285714,
      0.42857142857142855, 0.2857142857142857, 0.14285714285714285},
     {0.0, 0.3333333333333333, 0.6666666666666666, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0}},
    {0, 4, {1.0, 0.75, 0.5, 0.25}, {1.0, 1.0, 1.0, 1.0}},
    {5, 5, {0.0, 0.2, 0.4, 0.6, 0.8}, {0.0, 0.2, 0.4, 0.6, 0.8}},
    {2, 7, {0.0, 0.5, 1.0, 0.8, 0.6, 0.4, 0.2}, {0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0}},
};

static void test_rates(void **state) {
    (void)state;
    nomen_train_options o;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        nomen_train_init(&o, sizeof o);
        o.learning_rate = 1;
        o.warmup_ratio = 0;
        o.warmup_steps = cases[c].warmup;
        for (size_t step = 0; step < cases[c].n; step++) {
            o.schedule = NOMEN_SCHEDULE_LINEAR;
            assert_true(nomen_schedule_rate(&o, step, cases[c].n) == cases[c].linear[step]);
            o.schedule = NOMEN_SCHEDULE_CONSTANT;
            assert_true(nomen_schedule_rate(&o, step, cases[c].n) == cases[c].constant[step]);
        }
    }
}

/* The Trainer's warm-up is ceil(steps * ratio); a number of steps wins over the ratio. */
static void test_warmup_ratio(void **state) {
    (void)state;
    nomen_train_options o;
    nomen_train_init(&o, sizeof o);
    o.learning_rate = 1;
    o.warmup_ratio = 0.25; /* of 10 steps: 2.5, so 3 */
    for (size_t step = 0; step < 10; step++) { assert_true(nomen_schedule_rate(&o, step, 10) == cases[0].linear[step]); }
    o.warmup_steps = 2;
    assert_true(nomen_schedule_rate(&o, 1, 7) == 0.5);
    o.learning_rate = 3e-4;
    assert_true(nomen_schedule_rate(&o, 1, 7) == 3e-4 * 0.5);
    assert_true(nomen_schedule_rate(&o, 7, 7) == 0); /* past the last */
    o.warmup_steps = 100;                            /* longer than the run: it never arrives */
    assert_true(nomen_schedule_rate(&o, 6, 7) == 3e-4 * 0.06);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rates), cmocka_unit_test(test_warmup_ratio)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
