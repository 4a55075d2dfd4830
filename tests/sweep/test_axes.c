/* What a sweep tries: the order of combinations, what is drawn, and what is refused. */
#include "sweep/trials.h"

#include "base/intern.h"
#include "base/mem.h"
#include "base/number.h"
#include "nomen/runtime.h"
#include "support/cmocka_all.h"

static nomen_status make(const char *const *texts, size_t n, size_t n_random, uint64_t seed, nomen_axes *axes, nomen_error *err) {
    const nomen_sweep_options o = {.size = sizeof o, .axes = texts, .n_axes = n, .n_random = n_random, .seed = seed};
    nomen_train_options base;
    nomen_train_init(&base, sizeof base);
    return nomen_axes_make(&o, &base, axes, err);
}

static void expect_refused(const char *const *texts, size_t n, size_t n_random, const char *expected) {
    nomen_axes axes;
    nomen_error err = {0};
    long live = nomen_mem_test_live();
    nomen_status status = make(texts, n, n_random, 0, &axes, &err);
    nomen_axes_clear(&axes);
    assert_int_equal(nomen_mem_test_live(), live);
    if (status == NOMEN_OK || strstr(err.message, expected) == NULL) {
        fail_msg("\"%s\": %s, expected ...%s", texts[0], err.message, expected);
    }
}

static void test_combinations_come_in_order(void **state) {
    (void)state;
    static const char *const texts[] = {"learning-rate=1e-5,2e-5", "seed=7,8,9", "batch-size=4,8,16"};
    static const char *const expected[][2] = {{"1e-5", "4"}, {"1e-5", "8"}, {"1e-5", "16"},
                                              {"2e-5", "4"}, {"2e-5", "8"}, {"2e-5", "16"}};
    nomen_axes axes;
    nomen_error err = {0};
    nomen_train_options o;
    assert_int_equal(make(texts, 3, 0, 0, &axes, &err), NOMEN_OK);
    assert_int_equal(axes.n, 2);
    assert_int_equal(axes.n_trials, 6);
    assert_int_equal(axes.seeds.n_values, 3);
    for (size_t t = 0; t < 6; t++) {
        for (size_t i = 0; i < 2; i++) { assert_string_equal(nomen_axes_values(&axes, t)[i], expected[t][i]); }
    }
    nomen_train_init(&o, sizeof o);
    assert_int_equal(nomen_axes_set(&axes, 5, 2, &o, &err), NOMEN_OK);
    assert_true(o.learning_rate == 2e-5);
    assert_int_equal(o.batch_size, 16);
    assert_int_equal(o.seed, 9);
    nomen_axes_clear(&axes);
}

static void test_commas_in_brackets_belong_to_the_value(void **state) {
    (void)state;
    static const char *const texts[] = {"class-weight={\"a\":1,\"b\":2},none,\"x,y\""};
    nomen_axes axes;
    nomen_error err = {0};
    assert_int_equal(make(texts, 1, 0, 0, &axes, &err), NOMEN_OK);
    assert_int_equal(axes.n_trials, 3);
    assert_string_equal(axes.values[0], "{\"a\":1,\"b\":2}");
    assert_string_equal(axes.values[2], "\"x,y\"");
    nomen_axes_clear(&axes);
}

static void test_what_is_drawn(void **state) {
    (void)state;
    static const char *const texts[] = {"learning-rate=log:1e-6..1e-2", "batch-size=4..6", "optimizer=adamw,sgd"};
    enum { N = 400 };
    nomen_axes axes, more, other;
    nomen_error err = {0};
    size_t decades[4] = {0}, sizes[3] = {0}, n_sgd = 0, same = 0;
    assert_int_equal(make(texts, 3, N, 1, &axes, &err), NOMEN_OK);
    assert_int_equal(make(texts, 3, N + 1, 1, &more, &err), NOMEN_OK);
    assert_int_equal(make(texts, 3, N, 2, &other, &err), NOMEN_OK);
    for (size_t t = 0; t < N; t++) {
        const char *const *v = nomen_axes_values(&axes, t);
        double rate = 0, size = 0;
        assert_true(nomen_number_parse(v[0], &rate) && nomen_number_parse(v[1], &size));
        assert_true(rate >= 1e-6 && rate <= 1e-2 && size >= 4 && size <= 6);
        decades[rate < 1e-5 ? 0 : rate < 1e-4 ? 1 : rate < 1e-3 ? 2 : 3]++;
        sizes[(size_t)size - 4]++;
        n_sgd += strcmp(v[2], "sgd") == 0;
        /* more trials begin with the same ones; another seed draws others */
        for (size_t i = 0; i < 3; i++) { assert_string_equal(v[i], nomen_axes_values(&more, t)[i]); }
        same += strcmp(v[0], nomen_axes_values(&other, t)[0]) == 0;
    }
    /* of 400 draws each decade has 100 on average, with a deviation of 8.7: five of them either way */
    for (size_t i = 0; i < 4; i++) { assert_in_range(decades[i], 57, 143); }
    assert_in_range(n_sgd, 150, 250);
    assert_true(sizes[0] > 50 && sizes[1] > 100 && sizes[2] > 50); /* the ends have half a step each */
    assert_int_equal(same, 0);
    nomen_axes_clear(&axes);
    nomen_axes_clear(&more);
    nomen_axes_clear(&other);
}

/* All there are, each once, whether a few or many of them, and in a moment. */
static void test_none_is_drawn_twice(void **state) {
    (void)state;
    static const struct {
        const char *texts[2];
        size_t n;
    } cases[] = {
        {{"epochs=1..2", "batch-size=1,2,4"}, 6},
        {{"epochs=1..20", "batch-size=1..20"}, 400},
        {{"epochs=log:1..300", "optimizer=adamw,sgd"}, 600},
        {{"epochs=1..100", "batch-size=1..200"}, 20000},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        nomen_axes axes;
        nomen_error err = {0};
        nomen_interner seen = {0};
        if (make(cases[c].texts, 2, cases[c].n, 1, &axes, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
        assert_int_equal(axes.n_trials, cases[c].n);
        for (size_t t = 0; t < axes.n_trials; t++) {
            char text[80];
            int32_t number;
            int n = snprintf(text, sizeof text, "%s %s", nomen_axes_values(&axes, t)[0], nomen_axes_values(&axes, t)[1]);
            assert_int_equal(nomen_intern(&seen, text, (size_t)n, &number, &err), NOMEN_OK);
        }
        assert_int_equal(seen.n, cases[c].n);
        nomen_interner_clear(&seen);
        nomen_axes_clear(&axes);
    }
}

static bool stop_soon(void *user) {
    size_t *left = user;
    return *left == 0 || --*left == 0;
}

static void test_drawing_is_stopped(void **state) {
    (void)state;
    static const char *const texts[] = {"learning-rate=log:1e-6..1e-2"};
    nomen_axes axes;
    nomen_error err = {0};
    size_t left = 50;
    nomen_set_interrupt(stop_soon, &left);
    assert_int_equal(make(texts, 1, 100000, 1, &axes, &err), NOMEN_ERROR_INTERRUPTED);
    nomen_set_interrupt(NULL, NULL);
    nomen_axes_clear(&axes);
}

static void test_what_is_no_axis(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t n_random;
        const char *expected;
    } cases[] = {
        {"learning-rate", 0, "expected NAME=VALUE"},
        {"lr=1e-5", 0, "\"lr\" is no hyper-parameter"},
        {"learning-rate=", 0, "a value is empty"},
        {"learning-rate=1e-5,,2e-5", 0, "a value is empty"},
        {"learning-rate=1e-5,1e-5", 0, "given twice"},
        {"learning-rate=fast", 0, "\"fast\" is not a number"},
        {"learning-rate=1e-5..1e-3", 0, "a range is for a random search"},
        {"learning-rate=1e-3..1e-5", 4, "the range must rise"},
        {"learning-rate=log:0..1", 4, "from more than 0"},
        {"learning-rate=log:1e-5,1e-4", 4, "is not log:LOW..HIGH"},
        {"optimizer=log:a..b", 4, "is not log:LOW..HIGH"},
        {"batch-size=0..4", 5, "\"0\" is not a whole number"},
        {"seed=1..5", 0, "\"1..5\" is not a whole number"},
        {"split=80/10/10,90/5/5", 0, "can't be compared"},
        {"folds=3,5", 0, "can't be compared"},
        {"rows=1,2", 0, "give a dev file"},
        {"optimizer=adamw,lion", 3, "only 2 combinations"},
        {"epochs=1..2", 6, "only 2 combinations; ask for no more"},
        {"epochs=log:1..4", 5, "only 4 combinations; ask for no more"},
        {"epochs=1.5..3", 2, "both ends must be whole"},
        {"learning-rate=0.1..0.10002", 40, "hardly more than"},
        {"learning-rate=1e-2,0.01", 0, "the values 1e-2 and 0.01 are the same"},
        {"seed=1,01", 0, "the values 1 and 01 are the same"},
        {"batch-size=8,08", 0, "the values 8 and 08 are the same"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_refused(&cases[i].text, 1, cases[i].n_random, cases[i].expected);
    }
    static const char *const twice[] = {"epochs=1,2", "epochs=3"}, *const seeds[] = {"seed=1", "seed=2"};
    expect_refused(twice, 2, 0, "epochs: is given twice");
    expect_refused(seeds, 2, 0, "seed: is given twice");
    static const char *const drawn[] = {"seed=1,2"};
    expect_refused(drawn, 1, 3, "give some");
}

static void test_too_many(void **state) {
    (void)state;
    static const char *const texts[] = {"epochs=1,2,3,4,5,6,7,8,9,10",
                                        "batch-size=1,2,3,4,5,6,7,8,9,10",
                                        "logging-steps=1,2,3,4,5,6,7,8,9,10",
                                        "warmup-steps=1,2,3,4,5,6,7,8,9,10",
                                        "max-tokens=1,2,3,4,5,6,7,8,9,10",
                                        "context=0,1",
                                        "shuffle=true"};
    expect_refused(texts, 7, 0, "more than 100000 trials");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_combinations_come_in_order),
        cmocka_unit_test(test_commas_in_brackets_belong_to_the_value),
        cmocka_unit_test(test_what_is_drawn),
        cmocka_unit_test(test_none_is_drawn_twice),
        cmocka_unit_test(test_drawing_is_stopped),
        cmocka_unit_test(test_what_is_no_axis),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
