/* What a sweep replaces stays until the new one has something to show, however that ends. */
#include "nomen/sweep.h"

#include <sys/stat.h>
#include <unistd.h>

#include "sweep/sweeping.h"

static const char *const old_axes[] = {"epochs=1,2"}, *const new_axes[] = {"batch-size=2,4"};

static nomen_sweep_options options_of(nomen_train_options *train, const char *const *axes) {
    return (nomen_sweep_options){.size = sizeof(nomen_sweep_options), .train = train, .axes = axes, .n_axes = 1};
}

/* A finished sweep, and a file beside it by which its contents are known. */
static nomen_train_options make_old(flow *f) {
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = options_of(&train, old_axes);
    char path[192];
    nomen_sweep_report_free(sweep(&o, NULL, NULL));
    flow_text(scratch_path(f->output, "mark", path), "old");
    train.overwrite = true;
    return train;
}

static void expect_old(const flow *f) {
    static const char *const names[] = {"sweep.json", "sweep.csv",  "sweep.html", "best.json",
                                        "best",       "run-1.json", "run-2.json", "mark"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) { assert_true(has(f->output, names[i])); }
    assert_int_equal(flow_entries(f->output), sizeof names / sizeof *names);
}

/* The old sweep goes on, which has nothing left to do. */
static void go_on(const flow *f) {
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = options_of(&train, old_axes);
    train.resume = true;
    nomen_sweep_report_free(sweep(&o, NULL, NULL));
    expect_old(f);
}

static void expect_new(const flow *f) {
    assert_false(has(f->output, "mark"));
    assert_int_equal(flow_entries(f->output), 2 + 5); /* runs; sweep.json, .csv, .html, best.json, best */
}

static void test_files_that_cannot_be_read(void **state) {
    flow *f = *state;
    nomen_train_options train = make_old(f);
    const nomen_sweep_options o = options_of(&train, new_axes);
    char path[192];
    train.train = scratch_path(f->root, "trian.conll", path);
    expect_refused(&o, NOMEN_ERROR_IO, "trian.conll");
    expect_old(f);
    flow_text(path, "Bill B-per I-per\nGates\n\n");
    expect_refused(&o, NOMEN_ERROR_FORMAT, "");
    expect_old(f);
    train.train = f->train;
    train.dev = path;
    expect_refused(&o, NOMEN_ERROR_FORMAT, "");
    expect_old(f);
    train.dev = f->dev;
    nomen_sweep_report_free(sweep(&o, NULL, NULL));
    expect_new(f);
}

/* Stopped at any time: the old sweep stands there whole, or the new one with a checkpoint, which then goes on. */
static void test_stopped(void **state) {
    flow *f = *state;
    nomen_train_options train = make_old(f);
    const nomen_sweep_options o = options_of(&train, new_axes);
    size_t n_restored = 0, n_new = 0;
    train.save_on_stop = true;
    for (size_t after = 5; n_new == 0; after += 20) {
        nomen_error err;
        stop_sweep(&o, after, &err);
        const bool is_old = has(f->output, "mark");
        if (is_old) {
            n_restored += strstr(err.message, "before stays") != NULL; /* the first stops come before anything is set aside */
            assert_int_equal(err.remedy, NOMEN_REMEDY_NONE);
            expect_old(f);
            go_on(f);
        } else {
            assert_int_equal(err.remedy, NOMEN_REMEDY_RESUME);
            assert_true(has(f->output, "sweep-replaced/mark"));
            n_new++;
        }
    }
    assert_true(n_restored > 0);
    train.overwrite = false;
    train.resume = true;
    nomen_sweep_report_free(sweep(&o, NULL, NULL));
    expect_new(f);
}

static void move(const flow *f, const char *from, const char *to) {
    char a[192], b[192];
    assert_int_equal(rename(scratch_path(f->output, from, a), scratch_path(f->output, to, b)), 0);
}

/* What a kill leaves is set right by whatever comes next. */
static void test_killed(void **state) {
    flow *f = *state;
    nomen_train_options train = make_old(f);
    const nomen_sweep_options o = options_of(&train, new_axes);
    char path[192], missing[192];
    /* while the old contents were moved, or came back */
    assert_int_equal(mkdir(scratch_path(f->output, "sweep-replaced", path), 0777), 0);
    move(f, "sweep.json", "sweep-replaced/sweep.json");
    move(f, "mark", "sweep-replaced/mark");
    go_on(f);
    /* when all had come back */
    assert_int_equal(mkdir(path, 0777), 0);
    go_on(f);
    /* when the new sweep had begun */
    assert_int_equal(mkdir(path, 0777), 0);
    static const char *const names[] = {"sweep.json", "sweep.csv",  "sweep.html", "best.json",
                                        "best",       "run-1.json", "run-2.json", "mark"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char to[64];
        snprintf(to, sizeof to, "sweep-replaced/%s", names[i]);
        move(f, names[i], to);
    }
    flow_text(scratch_path(f->output, "sweep.json", missing), "{}");
    flow_text(scratch_path(f->root, "broken", missing), "Bill B-per I-per\nGates\n\n");
    train.train = missing;
    expect_refused(&o, NOMEN_ERROR_FORMAT, "");
    expect_old(f);
}

/* All runs end, and none has a score: there is nothing to replace the old sweep by. */
static void test_all_diverge(void **state) {
    flow *f = *state;
    static const char *const rates[] = {"learning-rate=900,1000"};
    nomen_train_options train = make_old(f);
    const nomen_sweep_options o = options_of(&train, rates);
    nomen_sweep_report *report = NULL;
    nomen_error err = {0};
    train.optimizer = NOMEN_OPTIMIZER_SGD;
    train.max_grad_norm = 0;
    train.weight_decay = 0;
    train.epochs = 6;
    train.batch_size = 4;
    assert_int_equal(nomen_sweep(&o, NULL, NULL, &report, &err), NOMEN_ERROR_DATA);
    if (strstr(err.message, "diverged") == NULL || strstr(err.message, "before stays") == NULL) { fail_msg("%s", err.message); }
    assert_null(strstr(err.message, "run-1")); /* which is gone */
    expect_old(f);
    go_on(f);
}

/* A third sweep does not remove the second, which has a checkpoint, for the sake of what that is to replace. */
static void test_begun_is_not_replaced(void **state) {
    flow *f = *state;
    nomen_train_options train = make_old(f);
    const nomen_sweep_options o = options_of(&train, new_axes);
    char path[192], elsewhere[192];
    train.save_on_stop = true;
    for (size_t after = 25; !has(f->output, "run-1"); after += 20) {
        nomen_error err;
        stop_sweep(&o, after, &err);
    }
    expect_refused(&o, NOMEN_ERROR_EXISTS, "a sweep has begun there that has no score yet, and what it is to replace is in ");
    assert_true(has(f->output, "run-1") && has(f->output, "sweep-replaced/mark"));
    assert_int_equal(rename(scratch_path(f->output, "sweep-replaced", path), scratch_path(f->root, "elsewhere", elsewhere)), 0);
    nomen_sweep_report_free(sweep(&o, NULL, NULL));
    expect_new(f);
}

/* One name can't be moved: all stays where it was. The directory of the best model is moved, which asks for leave to write it. */
static void test_cannot_be_set_aside(void **state) {
    flow *f = *state;
    nomen_train_options train = make_old(f);
    const nomen_sweep_options o = options_of(&train, new_axes);
    char path[192];
    if (geteuid() == 0) { skip(); }
    assert_int_equal(chmod(scratch_path(f->output, "best", path), 0500), 0);
    expect_refused(&o, NOMEN_ERROR_IO, "can't be renamed to");
    expect_old(f);
    assert_int_equal(chmod(path, 0700), 0);
    go_on(f);
}

/* What was being removed when a kill came is removed by the next. */
static void test_leavings(void **state) {
    flow *f = *state;
    char path[192];
    (void)make_old(f);
    assert_int_equal(mkdir(scratch_path(f->output, "sweep-replaced.abcdefgh", path), 0777), 0);
    assert_int_equal(mkdir(scratch_path(f->output, "best.234567zz", path), 0777), 0);
    go_on(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_files_that_cannot_be_read),
                                       RUN(test_stopped),
                                       RUN(test_killed),
                                       RUN(test_all_diverge),
                                       RUN(test_begun_is_not_replaced),
                                       RUN(test_cannot_be_set_aside),
                                       RUN(test_leavings)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
