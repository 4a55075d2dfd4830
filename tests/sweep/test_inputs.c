/* What the runs read must be files that can be read again, and stay as they are, or the sweep ends with a clear error. */
#include "nomen/sweep.h"

#include <sys/stat.h>
#include <unistd.h>

#include "sweep/sweeping.h"

static nomen_sweep_options options_of(nomen_train_options *train, const char *const *axis) {
    train->epochs = 1;
    return (nomen_sweep_options){.size = sizeof(nomen_sweep_options), .train = train, .axes = axis, .n_axes = 1};
}

/* What a file holds after run 1. */
typedef struct change {
    const char *path, *text;
} change;

static void make_change(void *user, const nomen_sweep_run *run) {
    const change *c = user;
    if (run->run == 1 && !run->earlier) { flow_text(c->path, c->text); }
}

static void expect_end(const nomen_sweep_options *o, change c, const char *expected) {
    nomen_sweep_report *report = NULL;
    nomen_error err = {0};
    assert_int_equal(nomen_sweep(o, &(nomen_sweep_callbacks){.run = make_change}, &c, &report, &err), NOMEN_ERROR_DATA);
    if (strstr(err.message, expected) == NULL) { fail_msg("%s; expected %s", err.message, expected); }
}

static void test_files_that_change(void **state) {
    flow *f = *state;
    static const char *const axis = "batch-size=2,4";
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = options_of(&train, &axis);
    char config[192];
    nomen_buffer text = {0};
    expect_end(&o, (change){f->dev, FLOW_TRAIN}, "dev.conll has changed (SHA-256) since the sweep began");
    assert_true(has(f->output, "sweep.csv"));
    train.resume = true;
    expect_refused(&o, NOMEN_ERROR_DATA, "dev: ");
    flow_text(f->dev, FLOW_DEV); /* another file with the same bytes */
    nomen_sweep_report *report = sweep(&o, NULL, NULL);
    assert_int_equal(report->n_trials, 2);
    nomen_sweep_report_free(report);
    train.resume = false;
    scratch_remove(f->output);
    /* a file of the model, too; and one that is written anew with what it holds is no change */
    flow_read(f->model, "config.json", &text);
    change same = {f->dev, FLOW_DEV};
    report = NULL;
    nomen_error err = {0};
    if (nomen_sweep(&o, &(nomen_sweep_callbacks){.run = make_change}, &same, &report, &err) != NOMEN_OK) {
        fail_msg("%s", err.message);
    }
    nomen_sweep_report_free(report);
    scratch_remove(f->output);
    assert_int_equal(nomen_buffer_append_text(&text, "\n", &err), NOMEN_OK);
    expect_end(&o, (change){scratch_path(f->model, "config.json", config), text.data}, "model/config.json: ");
    nomen_buffer_clear(&text);
}

/* The files that values of an axis name belong to what a sweep is. */
static void test_files_of_an_axis(void **state) {
    flow *f = *state;
    char weights[192], axis[256];
    const char *const axes = axis;
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = options_of(&train, &axes);
    flow_text(scratch_path(f->root, "weights.json", weights), "{\"B-per\": 2}");
    snprintf(axis, sizeof axis, "class-weight=none,%s", weights);
    nomen_sweep_report_free(sweep(&o, NULL, NULL));
    train.resume = true;
    nomen_sweep_report_free(sweep(&o, NULL, NULL));
    flow_text(weights, "{\"B-per\": 3}");
    expect_refused(&o, NOMEN_ERROR_DATA, "class-weight=");
    assert_int_equal(unlink(weights), 0);
    expect_refused(&o, NOMEN_ERROR_IO, "there is no such file");
}

/* Of brat's pairs both files count, given alone or as a directory. */
static void test_pairs(void **state) {
    flow *f = *state;
    static const char *const axis = "batch-size=2,4";
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = options_of(&train, &axis);
    char directory[192], text[192], ann[192];
    scratch_path(f->root, "brat", directory);
    assert_int_equal(mkdir(directory, 0777), 0);
    flow_text(scratch_path(directory, "a.txt", text), "Anna met Lee .\n");
    for (size_t i = 0; i < 2; i++) {
        flow_text(scratch_path(directory, "a.ann", ann), "T1\tper 0 4\tAnna\n");
        train.dev = i == 0 ? directory : text;
        expect_end(&o, (change){ann, "T1\tper 9 12\tLee\n"}, "a.ann has changed");
        scratch_remove(f->output);
    }
}

/* Tags that are numbers have their names from an option, which need be no file, or from a file beside the data. */
static void test_names_of_tags(void **state) {
    flow *f = *state;
    static const char *const axis = "batch-size=2,4", numbered[] = "{\"tokens\":[\"Anna\",\"met\"],\"ner_tags\":[1,0]}\n",
                             names[] = "{\"features\":{\"ner_tags\":{\"feature\":{\"names\":[\"O\",\"B-per\"]}}}}";
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = options_of(&train, &axis);
    nomen_data_options data = {.size = sizeof data, .tag_names = "O,B-per"};
    char dev[192], beside[192], other[sizeof names];
    flow_text(scratch_path(f->root, "numbered.jsonl", dev), numbered);
    train.dev = dev;
    train.data = &data;
    nomen_sweep_report_free(sweep(&o, NULL, NULL));
    scratch_remove(f->output);
    data.tag_names = NULL;
    flow_text(scratch_path(f->root, "dataset_info.json", beside), names);
    memcpy(other, names, sizeof names);
    *strstr(other, "per") = 'g';
    expect_end(&o, (change){beside, other}, "dataset_info.json has changed");
}

/* The base of an adapter is what is trained on. */
static void test_base_of_an_adapter(void **state) {
    flow *f = *state;
    static const char *const axis = "batch-size=2,4";
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = options_of(&train, &axis);
    char adapter[192], config[192];
    nomen_buffer text = {0};
    nomen_error err = {0};
    nomen_train_result result = {0};
    train.epochs = 1;
    train.lora_rank = 2;
    train.lora_export = NOMEN_LORA_ADAPTER;
    train.output = scratch_path(f->root, "adapter", adapter);
    assert_int_equal(nomen_train(&train, NULL, NULL, &result, &err), NOMEN_OK);
    nomen_train_result_clear(&result);
    train.model = adapter;
    train.output = f->output;
    train.lora_rank = 0;
    train.lora_export = flow_options(f).lora_export;
    flow_read(f->model, "config.json", &text);
    assert_int_equal(nomen_buffer_append_text(&text, "\n", &err), NOMEN_OK);
    expect_end(&o, (change){scratch_path(f->model, "config.json", config), text.data}, "base/config.json: ");
    nomen_buffer_clear(&text);
}

static void test_streams(void **state) {
    flow *f = *state;
    static const char *const axis = "batch-size=2,4";
    nomen_train_options train = flow_options(f);
    const nomen_sweep_options o = options_of(&train, &axis);
    char pipe[192];
    assert_int_equal(mkfifo(scratch_path(f->root, "pipe", pipe), 0600), 0);
    train.train = "-";
    expect_refused(&o, NOMEN_ERROR_ARGUMENT, "train: standard input can be read only once");
    train.train = pipe;
    expect_refused(&o, NOMEN_ERROR_ARGUMENT, "pipe can be read only once");
    train.train = f->train;
    train.dev = "-";
    expect_refused(&o, NOMEN_ERROR_ARGUMENT, "dev: standard input can be read only once");
    train.dev = NULL;
    train.test = pipe;
    expect_refused(&o, NOMEN_ERROR_ARGUMENT, "");
    train.test = NULL;
    train.dev = f->dev;
    train.class_weight = pipe;
    expect_refused(&o, NOMEN_ERROR_ARGUMENT, "class-weight: ");
    assert_false(nomen_file_exists(f->output));
}

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_files_that_change), RUN(test_files_of_an_axis),   RUN(test_pairs),
                                       RUN(test_names_of_tags),     RUN(test_base_of_an_adapter), RUN(test_streams)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
