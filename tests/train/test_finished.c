/* A directory with a finished model in which a run goes on: which of the two counts when that is stopped. */
#include "train/run.h"

#include "train/record/record.h"
#include "train/save/run_directory.h"

/* A checkpoint every other step, and one where the run is stopped. */
static nomen_train_options options_of(const flow *f) {
    nomen_train_options o = flow_options(f);
    o.batch_size = 1; /* eight steps an epoch */
    o.save_steps = 2;
    o.save_on_stop = true;
    return o;
}

static size_t last_step(const flow *f) {
    size_t step = 0;
    nomen_error err = {0};
    assert_int_equal(nomen_run_directory_last_step(f->output, &step, &err), NOMEN_OK);
    return step;
}

/* Stops a run at question number `at`. */
static nomen_status stop_at(const nomen_train_options *o, long at, nomen_error *err) {
    long left = at;
    *err = (nomen_error){0};
    nomen_set_interrupt(stop_once, &left);
    nomen_status status = flow_run(o, err);
    nomen_set_interrupt(NULL, NULL);
    return status;
}

static bool is_finished(const flow *f) {
    json_t *record = nomen_run_record_read(f->output);
    const bool finished = json_is_true(json_object_get(record, "finished"));
    assert_true(json_is_object(json_object_get(json_object_get(record, "scores"), "dev")));
    json_decref(record);
    return finished;
}

/* Gone on with from a checkpoint before its end and stopped: the finished model is the better one. */
static void test_finished_model_stays(void **state) {
    flow *f = *state;
    nomen_train_options o = options_of(f);
    nomen_error err = {0};
    size_t n_stopped = 0;
    char path[192], name[32];
    assert_int_equal(flow_run(&o, &err), NOMEN_OK);
    for (size_t step; (step = last_step(f)) > 2;) {
        snprintf(name, sizeof name, "checkpoint-%zu", step);
        scratch_remove(scratch_path(f->output, name, path));
    }
    o.resume = true;
    o.logging_steps = 3; /* may change, and makes it no other run */
    for (long at = 0; n_stopped < 3; at += 7) {
        assert_int_equal(stop_at(&o, at, &err), NOMEN_ERROR_INTERRUPTED);
        n_stopped += strstr(err.message, "its finished model stays in") != NULL;
        assert_true(is_finished(f));
    }
}

/* Another run in the same place, on other data with the same options: its work is not taken for that of the finished one. */
static void test_another_run_is_not_taken_for_it(void **state) {
    flow *f = *state;
    nomen_train_options o = options_of(f);
    nomen_error err = {0};
    o.save_steps = 0;
    assert_int_equal(flow_run(&o, &err), NOMEN_OK);
    flow_text(f->train, FLOW_TRAIN "Anna B-per\nleft O\n\n");
    o.overwrite = true;
    for (long at = 20; last_step(f) == 0; at += 3) { assert_int_equal(stop_at(&o, at, &err), NOMEN_ERROR_INTERRUPTED); }
    assert_true(is_finished(f)); /* the first epoch is not: the model is still the other run's */
    const size_t first = last_step(f);
    o.overwrite = false;
    o.resume = true;
    for (long at = 10; last_step(f) == first; at += 3) {
        assert_int_equal(stop_at(&o, at, &err), NOMEN_ERROR_INTERRUPTED);
        assert_null(strstr(err.message, "had ended before"));
    }
    assert_int_equal(stop_at(&o, -1, &err), NOMEN_OK);
    assert_true(is_finished(f));
}

/* What somebody has put into the directory stays, be its name much like a checkpoint's or a model's. */
static void test_files_of_others(void **state) {
    flow *f = *state;
    static const char *const foreign[] = {"notes", "checkpoint-best", "checkpoint-2.bak", "model-card.txt", "run-log.txt"};
    static const char *const own[] = {"model-00001-of-00002.safetensors", "pytorch_model-00001-of-00002.bin", "checkpoint-7",
                                      "checkpoint-7.abcdefgh", "config.json"};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) { assert_true(nomen_run_directory_is_foreign(foreign[i])); }
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) { assert_false(nomen_run_directory_is_foreign(own[i])); }
    nomen_train_options o = options_of(f);
    nomen_error err = {0};
    char path[192];
    for (long at = 20; !nomen_file_is_directory(f->output); at += 10) { /* a run that has begun, and no model */
        assert_int_equal(stop_at(&o, at, &err), NOMEN_ERROR_INTERRUPTED);
    }
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        flow_text(scratch_path(f->output, foreign[i], path), foreign[i]);
    }
    o.resume = true;
    assert_int_equal(flow_run(&o, &err), NOMEN_OK);
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        assert_true(nomen_file_exists(scratch_path(f->output, foreign[i], path)));
    }
}

/* Files that come while a run trains, without --resume and --overwrite. */
static const char *notes;
static void write_notes(void *user, const nomen_train_progress *progress) {
    (void)user, (void)progress;
    if (!nomen_file_exists(notes)) { flow_text(notes, "mine"); }
}

static void test_files_that_come_meanwhile(void **state) {
    flow *f = *state;
    const nomen_train_options o = options_of(f);
    nomen_train_result result = {0};
    nomen_error err = {0};
    char path[192];
    notes = scratch_path(f->output, "notes.txt", path);
    assert_int_equal(nomen_train(&o, &(nomen_train_callbacks){.progress = write_notes}, NULL, &result, &err), NOMEN_OK);
    nomen_train_result_clear(&result);
    assert_true(nomen_file_exists(notes));
    assert_true(is_finished(f));
}

/* Nothing is loaded for what can't be gone on with. */
static void test_no_checkpoint(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    nomen_error err = {0};
    assert_int_equal(flow_run(&o, &err), NOMEN_OK);
    messages[0] = '\0';
    o.resume = true;
    assert_int_equal(flow_run(&o, &err), NOMEN_ERROR_DATA);
    assert_non_null(strstr(err.message, "holds no checkpoint to go on from"));
    assert_string_equal(messages, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_finished_model_stays), RUN(test_another_run_is_not_taken_for_it),
                                       RUN(test_files_of_others), RUN(test_files_that_come_meanwhile), RUN(test_no_checkpoint)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
