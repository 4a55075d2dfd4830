/* A run of a sweep that can't go on here: its checkpoint waits for the machine or the option that takes it. */
#include "nomen/sweep.h"

#include "data/archives.h"
#include "sweep/sweeping.h"
#include "train/save/run_directory.h"

/* A run that has a checkpoint is refused when it is gone on with, as it may be on another machine: the checkpoint waits. */
static void test_checkpoint_waits(void **state) {
    flow *f = *state;
    static const char *const axis = "batch-size=2,4";
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = {.size = sizeof o, .train = &train, .axes = &axis, .n_axes = 1};
    char first[192], kept[192], packed[192];
    size_t step = 0, found = 0;
    nomen_buffer gzip = gzip_text(FLOW_TRAIN);
    nomen_error err = {0};
    assert_int_equal(nomen_file_write(scratch_path(f->root, "train.conll.gz", packed), gzip.data, gzip.size, &err), NOMEN_OK);
    nomen_buffer_clear(&gzip);
    train.train = packed;
    scratch_path(f->output, "run-1", first);
    train.save_steps = 1;
    for (size_t after = 50; step == 0; after += 20) {
        train.resume = nomen_file_is_directory(f->output);
        stop_sweep(&o, after, &err);
        if (nomen_file_is_directory(first)) { assert_int_equal(nomen_run_directory_last_step(first, &step, &err), NOMEN_OK); }
    }
    train.resume = true;
    const nomen_data_options less = {.size = sizeof less, .max_unpacked = 10};
    train.data = &less;
    expect_refused(&o, NOMEN_ERROR_LIMIT, "");
    assert_int_equal(nomen_run_directory_last_step(first, &found, &err), NOMEN_OK);
    assert_int_equal(found, step);
    assert_false(nomen_file_exists(scratch_path(f->output, "run-2.json", kept)));
    train.data = NULL;
    nomen_sweep_report *report = sweep(&o, NULL, NULL);
    assert_true(report->trials[1].f1 >= 0);
    nomen_sweep_report_free(report);
}

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_checkpoint_waits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
