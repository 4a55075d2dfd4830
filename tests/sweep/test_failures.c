/* Runs that fail: those that are refused for their values are failed trials, other errors end the sweep and leave its tables. */
#include "nomen/sweep.h"

#include <math.h>
#include <unistd.h>

#include "sweep/sweeping.h"

static nomen_sweep_options options_of(nomen_train_options *train, const char *const *axis) {
    train->epochs = 1;
    return (nomen_sweep_options){.size = sizeof(nomen_sweep_options), .train = train, .axes = axis, .n_axes = 1};
}

static void expect_in(const flow *f, const char *name, const char *expected) {
    nomen_buffer text = {0};
    flow_read(f->output, name, &text);
    if (strstr(text.data, expected) == NULL) { fail_msg("%s: no %s in %s", name, expected, text.data); }
    nomen_buffer_clear(&text);
}

static void count_tried(void *user, const nomen_sweep_run *run) {
    *(size_t *)user += !run->earlier;
}

/* The second value is refused by the model or the data; the first is not. */
static void test_refused_trials(void **state) {
    flow *f = *state;
    char axis[256], weights[192];
    flow_text(scratch_path(f->root, "broken.json", weights), "{\"B-per\": 1e-60}");
    snprintf(axis, sizeof axis, "class-weight=none,%s", weights);
    const struct {
        const char *axis, *problem;
    } cases[] = {
        {"freeze-layers=1,99", "freeze-layers"},
        {"max-length=32,100000", "max"},
        {"metric-for-best-model=f1,zzz", "zzz"},
        {"stride=2,30", "stride"},
        {axis, "B-per"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_train_options train = flow_options(f);
        nomen_sweep_options o = options_of(&train, &cases[i].axis);
        nomen_buffer before = {0}, after = {0};
        if (i == 3) { train.max_length = 32; }
        for (size_t round = 0; round < 2; round++) { /* and it is finished: nothing is left for resume */
            size_t n_tried = 0;                      /* what was refused is tried again: it may be for the machine */
            nomen_sweep_report *report = sweep(&o, &(nomen_sweep_callbacks){.run = count_tried}, &n_tried);
            char *text = NULL;
            assert_int_equal(n_tried, round == 0 ? 2 : 1);
            nomen_error err = {0};
            assert_int_equal(report->n_trials, 2);
            assert_true(report->trials[0].f1 >= 0);
            assert_true(isnan(report->trials[1].f1));
            assert_int_equal(report->trials[1].n_failed, 1);
            if (strstr(report->trials[1].problem, cases[i].problem) == NULL) { fail_msg("%s", report->trials[1].problem); }
            assert_int_equal(nomen_sweep_report_to_text(report, &text, NULL, &err), NOMEN_OK);
            assert_non_null(strstr(text, report->trials[1].problem));
            expect_in(f, "sweep.csv", cases[i].problem);
            expect_in(f, "sweep.html", cases[i].problem);
            expect_in(f, "run-2.json", "\"refused\":true");
            assert_int_equal(flow_entries(f->output), 2 + 5);
            nomen_free(text);
            nomen_sweep_report_free(report);
            flow_read(f->output, "sweep.csv", round == 0 ? &before : &after);
            train.resume = true;
        }
        assert_string_equal(after.data, before.data);
        nomen_buffer_clear(&before);
        nomen_buffer_clear(&after);
        scratch_remove(f->output);
    }
}

static void test_all_refused(void **state) {
    flow *f = *state;
    static const char *const axis = "metric-for-best-model=yyy,zzz";
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = options_of(&train, &axis);
    nomen_sweep_report *report = NULL;
    nomen_error err = {0};
    assert_int_equal(nomen_sweep(&o, NULL, NULL, &report, &err), NOMEN_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "no run has a score, of 2; the first that failed: "));
    assert_int_equal(err.remedy, NOMEN_REMEDY_NONE); /* no one hyper-parameter is at fault */
    assert_false(nomen_file_exists(f->output));
}

/* After run 1 the dev file is gone. */
static void remove_dev(void *user, const nomen_sweep_run *run) {
    if (run->run == 1) { assert_int_equal(unlink(((flow *)user)->dev), 0); }
}

static void test_tables_of_what_is_done(void **state) {
    flow *f = *state;
    static const char *const axis = "batch-size=2,4,8";
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = options_of(&train, &axis);
    nomen_sweep_report *report = NULL;
    nomen_error err = {0};
    assert_int_equal(nomen_sweep(&o, &(nomen_sweep_callbacks){.run = remove_dev}, f, &report, &err), NOMEN_ERROR_IO);
    assert_null(report);
    expect_in(f, "sweep.csv", "\r\n1,2,");
    expect_in(f, "best.json", "\"batch-size\": 2");
    assert_true(has(f->output, "sweep.html"));
    flow_text(f->dev, FLOW_DEV);
    train.resume = true;
    report = sweep(&o, NULL, NULL);
    assert_int_equal(report->n_trials, 3);
    nomen_sweep_report_free(report);
}

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_refused_trials), RUN(test_all_refused), RUN(test_tables_of_what_is_done)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
