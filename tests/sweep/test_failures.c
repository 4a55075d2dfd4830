/* Runs that fail: those that are refused for their values are failed trials, other errors end the sweep and leave its tables. */
#include "nomen/sweep.h"

#include <math.h>
#include <unistd.h>

#include "sweep/sweeping.h"
#include "train/save/run_directory.h"

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

static bool stop_later(void *user) {
    size_t *left = user;
    return *left == 0 || --*left == 0;
}

static void put(nomen_buffer *out, const void *bytes, size_t n_bytes) {
    assert_int_equal(nomen_buffer_append(out, bytes, n_bytes, NULL), NOMEN_OK);
}

static void put_number(nomen_buffer *out, uint32_t number, size_t n) {
    for (size_t i = 0; i < n; i++) { put(out, &(char){(char)(number >> 8 * i & 0xFF)}, 1); }
}

/* A gzip file (RFC 1952) whose one block is stored as it is (RFC 1951, 3.2.4). */
static void write_gzip(const char *path, const char *text) {
    nomen_buffer out = {0};
    nomen_error err = {0};
    const uint32_t n = (uint32_t)strlen(text);
    uint32_t crc = 0xFFFFFFFF;
    for (uint32_t i = 0; i < n; i++) {
        crc ^= (unsigned char)text[i];
        for (int bit = 0; bit < 8; bit++) { crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0); }
    }
    put(&out, "\x1F\x8B\x08\0\0\0\0\0\0\xFF\x01", 11);
    put_number(&out, n, 2);
    put_number(&out, ~n, 2);
    put(&out, text, n);
    put_number(&out, ~crc, 4);
    put_number(&out, n, 4);
    assert_int_equal(nomen_file_write(path, out.data, out.size, &err), NOMEN_OK);
    nomen_buffer_clear(&out);
}

/* A run that has a checkpoint is refused when it is gone on with, as it may be on another machine: the checkpoint waits. */
static void test_refused_with_a_checkpoint(void **state) {
    flow *f = *state;
    static const char *const axis = "batch-size=2,4";
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = options_of(&train, &axis);
    char first[192], kept[192], packed[192];
    size_t step = 0, found = 0;
    write_gzip(scratch_path(f->root, "train.conll.gz", packed), FLOW_TRAIN);
    train.train = packed;
    scratch_path(f->output, "run-1", first);
    train.save_steps = 1;
    for (size_t after = 50; step == 0; after += 20) {
        nomen_sweep_report *report = NULL;
        nomen_error err = {0};
        size_t left = after;
        train.resume = nomen_file_is_directory(f->output);
        nomen_set_interrupt(stop_later, &left);
        assert_int_equal(nomen_sweep(&o, NULL, NULL, &report, &err), NOMEN_ERROR_INTERRUPTED);
        nomen_set_interrupt(NULL, NULL);
        if (nomen_file_is_directory(first)) { assert_int_equal(nomen_run_directory_last_step(first, &step, &err), NOMEN_OK); }
    }
    train.resume = true;
    const nomen_data_options less = {.size = sizeof less, .max_unpacked = 10};
    nomen_error err = {0};
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
    const struct CMUnitTest tests[] = {RUN(test_refused_trials), RUN(test_all_refused), RUN(test_refused_with_a_checkpoint),
                                       RUN(test_tables_of_what_is_done)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
