/* A sweep over a tiny model: its trials, its files, going on after a stop, folds, and every allocation failing. */
#include "nomen/sweep.h"

#include <math.h>
#include <sys/stat.h>

#include "sweep/sweeping.h"

static const char *const axes[] = {"learning-rate=1e-3,3e-2", "batch-size=2,4", "seed=1,2"};

static nomen_sweep_options sweep_options(const nomen_train_options *train) {
    return (nomen_sweep_options){.size = sizeof(nomen_sweep_options), .train = train, .axes = axes, .n_axes = 3};
}

/* The report without what takes time. */
static void to_comparable(const nomen_sweep_report *report, nomen_buffer *out) {
    nomen_error err = {0};
    for (size_t t = 0; t < report->n_trials; t++) {
        const nomen_sweep_trial *x = &report->trials[t];
        for (size_t i = 0; i < report->n_names; i++) { nomen_buffer_printf(out, &err, "%s ", x->values[i]); }
        nomen_buffer_printf(out, &err, "%zu %.17g %.17g %zu %zu %zu %.17g %zu\n", x->n_runs, x->f1, x->f1_deviation,
                            x->pooled.support, x->pooled.predicted, x->pooled.correct, x->loss, x->n_failed);
    }
}

static void test_all_combinations(void **state) {
    flow *f = *state;
    nomen_train_options train = flow_options(f);
    nomen_sweep_options o = sweep_options(&train);
    char path[256];
    train.epochs = 3;
    nomen_sweep_report *report = sweep(&o, NULL, NULL);
    assert_int_equal(report->n_trials, 4);
    assert_int_equal(report->n_names, 2);
    assert_int_equal(report->n_seeds, 2);
    for (size_t t = 0; t < 4; t++) {
        assert_int_equal(report->trials[t].n_runs, 2);
        if (t > 0) { assert_true(report->trials[t].f1 <= report->trials[t - 1].f1); }
    }
    assert_int_equal(flow_entries(f->output), 8 + 5); /* runs; sweep.json, .csv, .html, best.json, best */

    /* A trial's score is that of nomen_train with its values, and the model of the first run of the best score is kept. */
    nomen_error err = {0};
    double best = -1;
    bool kept = false;
    char other[256], best_model[256];
    train.output = scratch_path(f->root, "alone", other);
    scratch_path(f->output, "best", best_model);
    for (size_t run = 0; run < 8; run++) {
        static const char *const rates[] = {"1e-3", "3e-2"}, *const sizes[] = {"2", "4"};
        static double sum;
        assert_int_equal(nomen_train_set(&train, "learning-rate", rates[run / 4], &err), NOMEN_OK);
        assert_int_equal(nomen_train_set(&train, "batch-size", sizes[run / 2 % 2], &err), NOMEN_OK);
        train.seed = run % 2 + 1;
        nomen_train_result result = flow_train(&train);
        sum = run % 2 == 0 ? result.dev.micro.f1 : sum + result.dev.micro.f1;
        if (result.dev.micro.f1 > best) {
            best = result.dev.micro.f1;
            kept = flow_same_weights(train.output, best_model);
        }
        for (size_t t = 0; t < 4 && run % 2 == 1; t++) {
            const nomen_sweep_trial *trial = &report->trials[t];
            bool own = strcmp(trial->values[0], rates[run / 4]) == 0 && strcmp(trial->values[1], sizes[run / 2 % 2]) == 0;
            if (own) { assert_true(trial->f1 == sum / 2); }
        }
        nomen_train_result_clear(&result);
        scratch_remove(train.output);
    }
    assert_true(kept);

    /* best.json is a recipe with them */
    nomen_train_options again;
    char *texts = NULL;
    nomen_train_init(&again, sizeof again);
    const nomen_sweep_trial *first = &report->trials[0];
    if (nomen_train_load_recipe(&again, scratch_path(f->output, "best.json", path), &texts, &err) != NOMEN_OK) {
        fail_msg("%s", err.message);
    }
    assert_true(again.learning_rate == (strcmp(first->values[0], "1e-3") == 0 ? 1e-3 : 3e-2));
    assert_int_equal(again.batch_size, first->values[1][0] - '0');
    nomen_free(texts);
    nomen_sweep_report_free(report);
}

static size_t n_asked, stop_at;

static bool stop_later(void *user) {
    (void)user;
    return ++n_asked >= stop_at;
}

/* Stopped again and again, it comes to the same end, and no run that is done is repeated. */
static void test_going_on(void **state) {
    flow *f = *state;
    nomen_train_options train = flow_options(f);
    nomen_sweep_options o = sweep_options(&train);
    nomen_buffer expected = {0}, found = {0};
    char whole[256], a[256], b[256];
    size_t n_stops = 0;
    train.output = scratch_path(f->root, "whole", whole);
    nomen_sweep_report *report = sweep(&o, NULL, NULL);
    to_comparable(report, &expected);
    nomen_sweep_report_free(report);
    report = NULL;
    train.output = f->output;
    train.save_on_stop = true;
    train.save_steps = 1;
    nomen_set_interrupt(stop_later, NULL);
    for (size_t round = 0; report == NULL && round < 200; round++) {
        nomen_error err = {0};
        n_asked = 0;
        stop_at = 400 + 37 * round;
        nomen_status status = nomen_sweep(&o, NULL, NULL, &report, &err);
        if (status == NOMEN_OK) { break; }
        if (status != NOMEN_ERROR_INTERRUPTED) { fail_msg("%s", err.message); }
        n_stops++;
        if (nomen_file_is_directory(f->output)) { train.resume = true; }
    }
    nomen_set_interrupt(NULL, NULL);
    assert_non_null(report);
    assert_true(n_stops >= 2);
    to_comparable(report, &found);
    assert_string_equal(found.data, expected.data);
    assert_true(flow_same_weights(scratch_path(whole, "best", a), scratch_path(f->output, "best", b)));
    assert_int_equal(flow_entries(f->output), 13);
    nomen_sweep_report_free(report);

    /* another sweep is not mixed with it */
    static const char *const others[] = {"learning-rate=1e-3,3e-2", "batch-size=2,8", "seed=1,2"};
    nomen_sweep_options changed = o;
    changed.axes = others;
    expect_refused(&changed, NOMEN_ERROR_ARGUMENT, "\"axes\" is");
    train.epochs = 7;
    expect_refused(&o, NOMEN_ERROR_ARGUMENT, "epochs: is 7, and was 2");
    train.epochs = 2;
    train.resume = false;
    expect_refused(&o, NOMEN_ERROR_EXISTS, "");
    nomen_buffer_clear(&expected);
    nomen_buffer_clear(&found);
}

/* What was asked for before is gone on with: no fewer random trials, and the best model kept or not. */
static void test_resume_asks_for_less(void **state) {
    flow *f = *state;
    static const char *const sizes[] = {"batch-size=1..8"};
    nomen_train_options train = flow_options(f);
    nomen_sweep_options o = {.size = sizeof o, .train = &train, .axes = sizes, .n_axes = 1, .n_random = 3};
    nomen_buffer before = {0}, after = {0};
    train.epochs = 1;
    nomen_sweep_report_free(sweep(&o, NULL, NULL));
    flow_read(f->output, "sweep.csv", &before);
    train.resume = true;
    o.n_random = 2;
    expect_refused(&o, NOMEN_ERROR_ARGUMENT, "random: the trials that are asked for are 2 runs, and run 3 is in");
    o.n_random = 3;
    o.discard_best = true;
    expect_refused(&o, NOMEN_ERROR_ARGUMENT, "\"discard-best\" is false there, and true now");
    flow_read(f->output, "sweep.csv", &after);
    assert_string_equal(after.data, before.data);
    o.discard_best = false;
    o.n_random = 4;
    nomen_sweep_report *report = sweep(&o, NULL, NULL);
    assert_int_equal(report->n_trials, 4);
    nomen_sweep_report_free(report);
    nomen_buffer_clear(&before);
    nomen_buffer_clear(&after);
}

/* The hub shows the card's name: that of the sweep, not that of the run, which is gone when somebody reads it. */
static void test_card_of_the_best(void **state) {
    flow *f = *state;
    static const char *const sizes[] = {"batch-size=2,4"};
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = {.size = sizeof o, .train = &train, .axes = sizes, .n_axes = 1};
    nomen_buffer card = {0};
    char output[200], best[192];
    snprintf(output, sizeof output, "%s//", f->output);
    train.output = output;
    train.test = f->dev;
    train.epochs = 1;
    nomen_sweep_report_free(sweep(&o, NULL, NULL));
    flow_read(scratch_path(f->output, "best", best), "README.md", &card);
    assert_non_null(strstr(card.data, "model-index:\n- name: \"out\"\n"));
    assert_null(strstr(card.data, "run-"));
    nomen_buffer_clear(&card);
}

/* The first run is broken off with a checkpoint: the sweep goes on with it. */
static void test_first_run_broken_off(void **state) {
    flow *f = *state;
    nomen_train_options train = flow_options(f);
    nomen_sweep_options o = sweep_options(&train);
    char first[256];
    scratch_path(f->output, "run-1", first);
    train.save_on_stop = true;
    train.save_steps = 1;
    nomen_set_interrupt(stop_later, NULL);
    for (stop_at = 100; !nomen_file_is_directory(first); stop_at += 10) {
        nomen_sweep_report *report = NULL;
        nomen_error err = {0};
        n_asked = 0;
        assert_int_equal(nomen_sweep(&o, NULL, NULL, &report, &err), NOMEN_ERROR_INTERRUPTED);
        train.resume = nomen_file_is_directory(f->output);
    }
    nomen_set_interrupt(NULL, NULL);
    nomen_sweep_report *report = sweep(&o, NULL, NULL);
    assert_int_equal(report->n_trials, 4);
    nomen_sweep_report_free(report);
}

typedef struct seen {
    size_t n_runs, n_earlier, n_failed;
    size_t folds;
} seen;

static void see_run(void *user, const nomen_sweep_run *run) {
    seen *s = user;
    s->n_runs++;
    s->n_earlier += run->earlier;
    s->n_failed += run->problem != NULL;
    s->folds |= (size_t)1 << run->fold;
}

static void test_folds(void **state) {
    flow *f = *state;
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = {.size = sizeof o, .train = &train, .folds = 4};
    seen s = {0};
    train.dev = NULL;
    nomen_sweep_report *report = sweep(&o, &(nomen_sweep_callbacks){.run = see_run}, &s);
    assert_int_equal(report->n_trials, 1);
    assert_int_equal(report->trials[0].n_runs, 4);
    assert_int_equal(s.n_runs, 4);
    assert_int_equal(s.folds, 0x1e);
    assert_int_equal(report->trials[0].pooled.support, 12); /* each entity of the file is scored once */
    assert_int_equal(flow_entries(f->output), 4 + 4);       /* no model */
    nomen_sweep_report_free(report);
}

static void test_a_run_that_diverges(void **state) {
    flow *f = *state;
    static const char *const rates[] = {"learning-rate=1e-3,900"};
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = {.size = sizeof o, .train = &train, .axes = rates, .n_axes = 1};
    seen s = {0};
    train.optimizer = NOMEN_OPTIMIZER_SGD;
    train.max_grad_norm = 0;
    train.weight_decay = 0;
    train.epochs = 6;
    train.save_minutes = 1e-12;
    for (train.batch_size = 4; train.batch_size > 0; train.batch_size /= 4) { /* with 1 in the first epoch, so without a model */
        nomen_sweep_report *report = sweep(&o, &(nomen_sweep_callbacks){.run = see_run}, &s);
        assert_int_equal(s.n_failed, 1);
        assert_string_equal(report->trials[0].values[0], "1e-3");
        assert_true(isnan(report->trials[1].f1));
        assert_non_null(strstr(report->trials[1].problem, "diverged"));
        assert_null(strstr(report->trials[1].problem, "run-2")); /* it is not there any more */
        nomen_sweep_report_free(report);
        scratch_remove(f->output);
        s = (seen){0};
    }
}

/* What the runs share may have an effect only with the values that are tried. */
static void test_shared_needs_tried(void **state) {
    flow *f = *state;
    static const char *const ranks[] = {"lora-rank=1,2"};
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = {.size = sizeof o, .train = &train, .axes = ranks, .n_axes = 1};
    train.lora_alpha = 4;
    train.epochs = 1;
    nomen_sweep_report *report = sweep(&o, NULL, NULL);
    assert_int_equal(report->n_trials, 2);
    nomen_sweep_report_free(report);
}

static void test_what_is_refused(void **state) {
    flow *f = *state;
    nomen_train_options train = flow_options(f);
    nomen_sweep_options o = {.size = sizeof o, .train = &train};
    expect_refused(&o, NOMEN_ERROR_ARGUMENT, "nothing to try");
    o.folds = 1;
    expect_refused(&o, NOMEN_ERROR_ARGUMENT, "1 folds: expected 2");
    o = sweep_options(&train);
    train.dev = NULL;
    train.split[0] = 100;
    train.split[1] = train.split[2] = 0;
    expect_refused(&o, NOMEN_ERROR_ARGUMENT, "no dev part");
    train = flow_options(f);
    static const char *const clash[] = {"crf=true", "class-weight=none,auto"};
    o.axes = clash;
    o.n_axes = 2;
    expect_refused(&o, NOMEN_ERROR_ARGUMENT, "class-weight auto"); /* before the first run */
    train.report = "report.html";
    expect_refused(&o, NOMEN_ERROR_ARGUMENT, "report: each run would replace");
    o.train = NULL;
    expect_refused(&o, NOMEN_ERROR_ARGUMENT, "train: ");
    assert_int_equal(flow_entries(f->root), 3);
}

static void test_every_allocation_failing(void **state) {
    flow *f = *state;
    static const char *const few[] = {"learning-rate=1e-3,3e-2"};
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = {.size = sizeof o, .train = &train, .axes = few, .n_axes = 1};
    train.epochs = 1;
    nomen_mem_test_fail(-1, 0);
    nomen_sweep_report_free(sweep(&o, NULL, NULL));
    long n = nomen_mem_test_requests();
    for (long i = 0; i < n; i += 1 + n / 60) { /* some 60 of them; those of training have tests of their own */
        nomen_sweep_report *report = NULL;
        nomen_error err = {0};
        scratch_remove(f->output);
        long live = nomen_mem_test_live();
        nomen_mem_test_fail(i, 0);
        nomen_status status = nomen_sweep(&o, NULL, NULL, &report, &err);
        nomen_mem_test_fail(-1, 0);
        if (status != NOMEN_OK && status != NOMEN_ERROR_MEMORY) { fail_msg("request %ld: %s", i, err.message); }
        nomen_sweep_report_free(report);
        assert_int_equal(nomen_mem_test_live(), live);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RUN(test_all_combinations),     RUN(test_going_on),
        RUN(test_first_run_broken_off), RUN(test_folds),
        RUN(test_a_run_that_diverges),  RUN(test_what_is_refused),
        RUN(test_shared_needs_tried),   RUN(test_every_allocation_failing),
        RUN(test_resume_asks_for_less), RUN(test_card_of_the_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
