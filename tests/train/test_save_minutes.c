/* Checkpoints by the clock: one at a time, gone on from, removed at the end, and never at the run's cost. */
#include <math.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "train/run.h"

#include "support/effort.h"
#include "train/save/run_directory.h"

/* In the place of the C library's: a file system with so much room. */
static double room;

int statvfs(const char *path, struct statvfs *out) {
    (void)path;
    *out = (struct statvfs){.f_frsize = 1, .f_blocks = 1, .f_bavail = (fsblkcnt_t)room};
    return 0;
}

/* Three steps an epoch, after each of which a checkpoint is due. */
static nomen_train_options options_of(const flow *f) {
    nomen_train_options o = flow_options(f);
    o.batch_size = 3;
    o.save_minutes = 1e-12;
    room = 1e12;
    return o;
}

static size_t n_checkpoints(const char *path) {
    const nomen_run_directory directory = {.path = (char *)(uintptr_t)path};
    size_t *steps = NULL, n = 0;
    nomen_error err = {0};
    if (!nomen_file_is_directory(path)) { return 0; }
    assert_int_equal(nomen_run_directory_steps(&directory, &steps, &n, &err), NOMEN_OK);
    nomen_mem_free(steps);
    return n;
}

/* Begins a run that is stopped as soon as it has a checkpoint. */
static void begin(const nomen_train_options *o) {
    long left = 0;
    nomen_set_interrupt(stop_once, &left);
    for (long at = 1; n_checkpoints(o->output) == 0; at++) {
        nomen_error err = {0};
        left = at;
        assert_int_equal(flow_run(o, &err), NOMEN_ERROR_INTERRUPTED);
    }
    nomen_set_interrupt(NULL, NULL);
}

/* Stopped anywhere without a checkpoint of the stop's own: the last one by the clock, alone, leads to the same bytes. */
static void test_goes_on(void **state) {
    flow *f = *state;
    char whole[192];
    nomen_train_options o = options_of(f);
    size_t n_saved = 0;
    long n_questions = 1L << 40, left = n_questions;
    o.output = scratch_path(f->root, "whole", whole);
    o.save_minutes = 0;
    nomen_set_interrupt(stop_once, &left);
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    n_questions -= left;
    o = options_of(f);
    const long n_stops = (long)effort(40);
    for (long at = 0; at < n_questions; at += n_questions / n_stops + 1) {
        nomen_error err = {0};
        left = at;
        o.resume = false;
        o.overwrite = true;
        nomen_status status = flow_run(&o, &err);
        left = -1;
        if (status == NOMEN_ERROR_INTERRUPTED) {
            /* The best weights' own may stay beside the last. */
            size_t n = n_checkpoints(f->output);
            assert_true(n <= 2);
            if (n == 0) { continue; }
            n_saved++;
            o.resume = true;
            o.overwrite = false;
            result = flow_train(&o);
            nomen_train_result_clear(&result);
        }
        assert_true(flow_same_weights(f->output, whole));
        assert_int_equal(flow_entries(f->output), flow_entries(whole)); /* no checkpoint stays */
        scratch_remove(f->output);
    }
    assert_true(4 * n_saved > (size_t)n_stops); /* before the first step is done there is none */
}

static void expect_there(void *user, const nomen_train_progress *progress) {
    (void)progress;
    assert_true(nomen_file_is_directory(user));
}

/* One that is newer than the last whole one may yet be mended: going on from the one before does not remove it. */
static void test_damaged_stays(void **state) {
    flow *f = *state;
    nomen_train_options o = options_of(f);
    char path[192], whole[192];
    nomen_error err = {0};
    o.output = scratch_path(f->root, "whole", whole);
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    o.output = f->output;
    begin(&o);
    assert_int_equal(mkdir(scratch_path(f->output, "checkpoint-5", path), 0777), 0); /* without its files */
    o.resume = true;
    messages[0] = '\0';
    o.save_minutes = 1e6; /* so that the run itself saves, and removes, none */
    const nomen_train_callbacks callbacks = {.progress = expect_there};
    assert_int_equal(nomen_train(&o, &callbacks, path, &result, &err), NOMEN_OK);
    nomen_train_result_clear(&result);
    assert_non_null(strstr(messages, "checkpoint-5 is damaged and passed over"));
    assert_true(flow_same_weights(f->output, whole));
}

/* With save_steps, whose checkpoints stay, there are none besides. */
static void test_beside_steps(void **state) {
    flow *f = *state;
    nomen_train_options o = options_of(f);
    o.save_steps = 4;
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    assert_int_equal(n_checkpoints(f->output), 1);
    /* A run that goes on without save_steps removes none of them. */
    o.save_steps = 0;
    o.resume = true;
    result = flow_train(&o);
    nomen_train_result_clear(&result);
    assert_int_equal(n_checkpoints(f->output), 1);
}

/* Where a checkpoint would take the room that the run itself needs there is none, and the run ends as it would. */
static void test_no_room(void **state) {
    flow *f = *state;
    nomen_train_options o = options_of(f);
    room = 1000;
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    assert_non_null(strstr(messages, "no checkpoint of step 1 was saved: the file system of "));
    assert_non_null(strstr(messages, "The run goes on"));
    assert_null(strstr(messages, "A checkpoint takes")); /* nobody asked for it */
    assert_non_null(strstr(messages, "that the model takes while it is written: free that before the first epoch ends"));
}

typedef struct other_run {
    nomen_run_directory directory;
    size_t step; /* of the run that is watched */
} other_run;

static void try_directory(void *user, const nomen_train_progress *progress) {
    other_run *other = user;
    nomen_run_directory *own = &other->directory;
    nomen_error err = {0};
    other->step = progress->run_step;
    if (other->step > 1) { return; }
    assert_int_equal(nomen_run_directory_open(own->path, "other", true, true, own, &err), NOMEN_ERROR_EXISTS);
}

/* No other run gets the output once this one has begun, long before it saves anything there. */
static void test_taken(void **state) {
    flow *f = *state;
    nomen_train_options o = options_of(f);
    other_run other = {.directory = {.path = f->output}};
    o.save_minutes = 1000;
    nomen_train_result result = {0};
    nomen_error err = {0};
    nomen_status status = nomen_train(&o, &(nomen_train_callbacks){.progress = try_directory}, &other, &result, &err);
    assert_int_equal(status, NOMEN_OK);
    assert_int_equal(other.step, 6);
    nomen_train_result_clear(&result);
}

/* What is there already is named before it could be overwritten. */
static void test_unfinished_is_named(void **state) {
    flow *f = *state;
    nomen_train_options o = options_of(f);
    nomen_error err = {0};
    begin(&o);
    assert_int_equal(flow_run(&o, &err), NOMEN_ERROR_EXISTS);
    assert_int_equal(err.remedy, NOMEN_REMEDY_RESUME);
    assert_non_null(
        strstr(err.message, "already exists, with a checkpoint of step 1 of a run that did not end: resume goes on from it"));
}

static void test_refused(void **state) {
    flow *f = *state;
    nomen_train_options o = options_of(f);
    const double bad[] = {-1, NAN, INFINITY, 1e7};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        o.save_minutes = bad[i];
        expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "save-minutes");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_goes_on), RUN(test_damaged_stays), RUN(test_beside_steps),
                                       RUN(test_no_room), RUN(test_taken),         RUN(test_unfinished_is_named),
                                       RUN(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
