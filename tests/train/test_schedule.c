/*
 * The rates of transformers' get_linear_schedule_with_warmup and get_constant_schedule_with_warmup,
 * as transformers 5 printed them for a learning rate of 1. Each is one division of whole numbers below
 * 2^53, correctly rounded in both programs, so they are compared exactly. The other schedules are compared with
 * transformers by parity_optimizers; here are values that are exact, the states of a plateau, and what is refused.
 */
#include <math.h>

#include "base/mem.h"
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

/* The rate of one step, in a run of n. */
static double rate_of(const nomen_train_options *o, size_t step, size_t n) {
    nomen_lr_schedule schedule;
    nomen_plateau plateau;
    nomen_error err = {0};
    if (nomen_lr_schedule_create(o, n, &schedule, &plateau, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return nomen_lr_schedule_rate(&schedule, &plateau, step);
}

/* Options with a rate of 1 and no warm-up. */
static nomen_train_options bare_options(nomen_schedule schedule, const char *kwargs) {
    nomen_train_options o;
    nomen_train_init(&o, sizeof o);
    o.learning_rate = 1;
    o.warmup_ratio = 0;
    o.schedule = schedule;
    o.lr_scheduler_kwargs = kwargs;
    return o;
}

static void test_rates(void **state) {
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        nomen_train_options o = bare_options(NOMEN_SCHEDULE_LINEAR, NULL);
        o.warmup_steps = cases[c].warmup;
        for (size_t step = 0; step < cases[c].n; step++) {
            o.schedule = NOMEN_SCHEDULE_LINEAR;
            assert_true(rate_of(&o, step, cases[c].n) == cases[c].linear[step]);
            o.schedule = NOMEN_SCHEDULE_CONSTANT;
            assert_true(rate_of(&o, step, cases[c].n) == cases[c].constant[step]);
            o.schedule = NOMEN_SCHEDULE_CONSTANT_WITH_WARMUP;
            assert_true(rate_of(&o, step, cases[c].n) == cases[c].constant[step]);
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
    for (size_t step = 0; step < 10; step++) { assert_true(rate_of(&o, step, 10) == cases[0].linear[step]); }
    o.warmup_steps = 2;
    assert_true(rate_of(&o, 1, 7) == 0.5);
    o.learning_rate = 3e-4;
    assert_true(rate_of(&o, 1, 7) == 3e-4 * 0.5);
    assert_true(rate_of(&o, 7, 7) == 0); /* past the last */
    o.warmup_steps = 100;                /* longer than the run: it never arrives */
    assert_true(rate_of(&o, 6, 7) == 3e-4 * 0.06);
}

/* Each schedule where its rate is a plain number; steps of a run of eight, two of them of warm-up. */
static void test_shapes(void **state) {
    (void)state;
    static const struct {
        nomen_schedule schedule;
        const char *kwargs;
        size_t step;
        double rate;
    } exact[] = {
        {NOMEN_SCHEDULE_COSINE, "{}", 1, 0.5},
        {NOMEN_SCHEDULE_COSINE, "{}", 2, 1},
        {NOMEN_SCHEDULE_COSINE, "none", 5, 0.5},
        {NOMEN_SCHEDULE_COSINE, "{\"num_cycles\": 1}", 5, 0},
        {NOMEN_SCHEDULE_COSINE_WITH_RESTARTS, "{\"num_cycles\": 2}", 5, 1},
        {NOMEN_SCHEDULE_COSINE_WITH_RESTARTS, "{\"num_cycles\": 1}", 5, 0.5},
        {NOMEN_SCHEDULE_COSINE_WITH_MIN_LR, "{\"min_lr\": 0.5}", 5, 0.75},
        {NOMEN_SCHEDULE_COSINE_WITH_MIN_LR, "{\"min_lr_rate\": 0.5}", 5, 0.75},
        {NOMEN_SCHEDULE_POLYNOMIAL, "{\"power\": 2, \"lr_end\": 0}", 5, 0.25},
        {NOMEN_SCHEDULE_POLYNOMIAL, "{\"power\": 3, \"lr_end\": 0.5}", 5, 0.5625},
        {NOMEN_SCHEDULE_INVERSE_SQRT, "{\"timescale\": 1}", 5, 0.5},
        {NOMEN_SCHEDULE_INVERSE_SQRT, "{}", 2, 1},
        {NOMEN_SCHEDULE_WARMUP_STABLE_DECAY, "{\"num_decay_steps\": 4, \"decay_type\": \"linear\"}", 3, 1},
        {NOMEN_SCHEDULE_WARMUP_STABLE_DECAY, "{\"num_decay_steps\": 4, \"decay_type\": \"linear\"}", 5, 0.75},
        {NOMEN_SCHEDULE_WARMUP_STABLE_DECAY, "{\"num_decay_steps\": 4, \"decay_type\": \"1-sqrt\"}", 5, 0.5},
        {NOMEN_SCHEDULE_WARMUP_STABLE_DECAY, "{\"num_decay_steps\": 4, \"min_lr_ratio\": 0.5}", 6, 0.75},
        {NOMEN_SCHEDULE_WARMUP_STABLE_DECAY, "{\"num_decay_steps\": 4, \"min_lr_ratio\": 0.5}", 1, 0.75},
        {NOMEN_SCHEDULE_WARMUP_STABLE_DECAY, "{\"num_decay_steps\": 2, \"num_stable_steps\": 1, \"min_lr_ratio\": 0.5}", 7, 0.5},
        {NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU, "{}", 1, 0.5},
        {NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU, "{}", 7, 1},
    };
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
        nomen_train_options o = bare_options(exact[i].schedule, exact[i].kwargs);
        o.warmup_steps = 2;
        const double found = rate_of(&o, exact[i].step, 8);
        if (fabs(found - exact[i].rate) > 0x1p-53) { /* cos(pi/2) is 6e-17 */
            fail_msg("%s %s, step %zu: %.17g", nomen_schedule_name(exact[i].schedule), exact[i].kwargs, exact[i].step, found);
        }
    }
}

/* A warm-up as long as the run, or longer: every schedule gives a rate from 0 to 1. */
static void test_long_warmup(void **state) {
    (void)state;
    for (nomen_schedule kind = NOMEN_SCHEDULE_LINEAR; kind <= NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU; kind++) {
        const char *kwargs = kind == NOMEN_SCHEDULE_COSINE_WITH_MIN_LR    ? "{\"min_lr\": 0}"
                             : kind == NOMEN_SCHEDULE_WARMUP_STABLE_DECAY ? "{\"num_decay_steps\": 0, \"num_stable_steps\": 0}"
                                                                          : "{}";
        nomen_train_options o = bare_options(kind, kwargs);
        for (size_t warmup = 3; warmup < 7; warmup++) {
            o.warmup_steps = warmup;
            for (size_t step = 0; step <= 5; step++) {
                const double rate = rate_of(&o, step, 5);
                assert_true(rate >= 0 && rate <= 1);
            }
        }
    }
}

/* The states of torch's ReduceLROnPlateau by hand. */
static void test_plateau(void **state) {
    (void)state;
    nomen_train_options o = bare_options(
        NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU,
        "{\"patience\": 1, \"factor\": 0.5, \"cooldown\": 1, \"min_lr\": 0.2, \"threshold\": 0.1, \"threshold_mode\": \"abs\"}");
    nomen_lr_schedule s;
    nomen_plateau p;
    nomen_error err = {0};
    assert_int_equal(nomen_lr_schedule_create(&o, 100, &s, &p, &err), NOMEN_OK);
    static const struct {
        double metric, rate;
    } evaluations[] = {
        {0.5, 1},    {0.55, 1},   {0.56, 0.5}, /* twice no better by 0.1 */
        {0.1, 0.5},  {0.1, 0.5},  {NAN, 0.25}, /* the first does not count */
        {0.9, 0.25}, {0.9, 0.25}, {0.9, 0.2},  /* not below min_lr */
        {0.9, 0.2},  {0.9, 0.2},  {0.9, 0.2},
    };
    for (size_t i = 0; i < sizeof evaluations / sizeof *evaluations; i++) {
        nomen_lr_schedule_on_evaluation(&s, &p, evaluations[i].metric, true);
        if (nomen_lr_schedule_rate(&s, &p, i) != evaluations[i].rate) { fail_msg("evaluation %zu: %g", i, p.rate); }
    }
    /* Of a metric that is better when it is lower, relative. */
    o.lr_scheduler_kwargs = "{\"patience\": 0, \"threshold\": 0.5}";
    assert_int_equal(nomen_lr_schedule_create(&o, 100, &s, &p, &err), NOMEN_OK);
    nomen_lr_schedule_on_evaluation(&s, &p, 8, false);
    nomen_lr_schedule_on_evaluation(&s, &p, 3.9, false);
    assert_true(p.rate == 1 && p.best == 3.9);
    nomen_lr_schedule_on_evaluation(&s, &p, 2, false);
    assert_true(p.rate == 0.1 && p.best == 3.9);
    /* Another schedule looks at no metric. */
    o = bare_options(NOMEN_SCHEDULE_LINEAR, NULL);
    assert_int_equal(nomen_lr_schedule_create(&o, 100, &s, &p, &err), NOMEN_OK);
    for (int i = 0; i < 20; i++) { nomen_lr_schedule_on_evaluation(&s, &p, 0, true); }
    assert_true(nomen_lr_schedule_rate(&s, &p, 0) == 1 && p.n_bad == 0);
}

static void test_refused_arguments(void **state) {
    (void)state;
    static const struct {
        nomen_schedule schedule;
        const char *kwargs, *message;
    } bad[] = {
        {NOMEN_SCHEDULE_LINEAR, "x", "lr-scheduler-kwargs:1:1: not valid JSON"},
        {NOMEN_SCHEDULE_LINEAR, "", "lr-scheduler-kwargs"},
        {NOMEN_SCHEDULE_LINEAR, "[1]", "\"[1]\" is not a JSON object of arguments"},
        {NOMEN_SCHEDULE_LINEAR, "{\"power\": 1}", "linear takes no arguments, and there is \"power\""},
        {NOMEN_SCHEDULE_COSINE, "{\"power\": 1}", "cosine takes no \"power\"; it takes num_cycles"},
        {NOMEN_SCHEDULE_POLYNOMIAL, "{\"pow\": 1}", "polynomial takes no \"pow\"; it takes power, lr_end"},
        {NOMEN_SCHEDULE_POLYNOMIAL, "{\"power\": -1}", "power is -1, and must be a number from 0 to 1000"},
        {NOMEN_SCHEDULE_POLYNOMIAL, "{\"power\": \"2\"}", "power is \"2\", and must be a number"},
        {NOMEN_SCHEDULE_POLYNOMIAL, "{\"power\": 1, \"power\": 2}", "duplicate"},
        {NOMEN_SCHEDULE_POLYNOMIAL, "{\"lr_end\": 1}", "lr_end is 1, and must be less than learning-rate, 1"},
        {NOMEN_SCHEDULE_INVERSE_SQRT, "{\"timescale\": 0}", "timescale is 0, and must be a whole number from 1"},
        {NOMEN_SCHEDULE_INVERSE_SQRT, "{\"timescale\": 1.5}", "timescale is 1.5"},
        {NOMEN_SCHEDULE_COSINE_WITH_MIN_LR, "{}", "needs either min_lr or min_lr_rate"},
        {NOMEN_SCHEDULE_COSINE_WITH_MIN_LR, "{\"min_lr\": 0, \"min_lr_rate\": 0}", "there are both"},
        {NOMEN_SCHEDULE_COSINE_WITH_MIN_LR, "{\"min_lr\": 2}", "min_lr is 2, and must be at most learning-rate, 1"},
        {NOMEN_SCHEDULE_WARMUP_STABLE_DECAY, "{}", "warmup_stable_decay needs num_decay_steps"},
        {NOMEN_SCHEDULE_WARMUP_STABLE_DECAY, "{\"num_decay_steps\": 9}", "num_decay_steps is 9, but the run has 8 steps"},
        {NOMEN_SCHEDULE_WARMUP_STABLE_DECAY, "{\"num_decay_steps\": 1, \"decay_type\": \"exp\"}",
         "decay_type is \"exp\", and must be \"linear\", \"cosine\" or \"1-sqrt\""},
        {NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU, "{\"factor\": 1}", "factor is 1"},
        {NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU, "{\"mode\": \"max\"}", "takes no \"mode\""},
        {NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU, "{\"threshold_mode\": 1}", "must be \"rel\" or \"abs\""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        nomen_train_options o = bare_options(bad[i].schedule, bad[i].kwargs);
        nomen_lr_schedule s;
        nomen_plateau p;
        nomen_error err = {0};
        const long live = nomen_mem_test_live();
        const nomen_status status = nomen_lr_schedule_create(&o, 8, &s, &p, &err);
        if (status != NOMEN_ERROR_ARGUMENT || strstr(err.message, bad[i].message) == NULL) {
            fail_msg("%s: %s: %s", bad[i].kwargs, nomen_status_name(status), err.message);
        }
        assert_int_equal(nomen_mem_test_live(), live);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rates),   cmocka_unit_test(test_warmup_ratio),
                                       cmocka_unit_test(test_shapes),  cmocka_unit_test(test_long_warmup),
                                       cmocka_unit_test(test_plateau), cmocka_unit_test(test_refused_arguments)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
