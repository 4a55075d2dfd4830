/* Records of a run that can't be written, or would replace what is somebody else's: refused before there is anything to lose. */
#include <sys/stat.h>

#include "train/recording.h"

/* Refused before any work, by the option's name, and nothing is touched. */
static void test_refused(void **state) {
    flow *f = *state;
    char path[192], text[256];
    paths p;
    const nomen_train_options plain = flow_options(f);
    static const struct {
        const char *name; /* in the scratch directory; NULL: the empty text */
        nomen_status status;
        const char *file, *directory; /* messages where it is that of log-csv and report, or of tensorboard; NULL: no error */
    } cases[] = {
        {NULL, NOMEN_ERROR_ARGUMENT, "the path is empty", "the path is empty"},
        {"out", NOMEN_ERROR_ARGUMENT, "all of which is replaced by the finished model", "all of which is replaced"},
        {"out/a", NOMEN_ERROR_ARGUMENT, "give a path outside it, such as ", "out-tensorboard"},
        {"model/../out/b/c", NOMEN_ERROR_ARGUMENT, "all of which is replaced", "all of which is replaced"},
        {"root/out/a", NOMEN_ERROR_ARGUMENT, "all of which is replaced", "all of which is replaced"},
        {"model", NOMEN_ERROR_ARGUMENT, "is a directory; give the name of a file in it", NULL},
        {"new/", NOMEN_ERROR_ARGUMENT, "is a directory; give the name of a file in it", NULL},
        {"pipe", NOMEN_ERROR_ARGUMENT, "is a device or a pipe; give the name of a file", "pipe is a file; give a directory"},
        {"absent/a", NOMEN_ERROR_IO, "there is no directory ", NULL},
        {"train.conll", NOMEN_ERROR_ARGUMENT, "it is left alone: give another file", "train.conll is a file; give a directory"},
        {"page.html", NOMEN_ERROR_ARGUMENT, "it is left alone: give another file", "page.html is a file; give a directory"},
        {"dev.conll/x", NOMEN_ERROR_IO, "there is no directory ", NULL},
    };
    assert_int_equal(mkfifo(scratch_path(f->root, "pipe", path), 0600), 0);
    flow_text(scratch_path(f->root, "page.html", path), "<!DOCTYPE html>\n<html lang=\"en\">\n<title>Training run</title>\n");
    assert_int_equal(symlink(f->root, scratch_path(f->root, "root", path)), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text[0] = '\0';
        if (cases[i].name != NULL) { snprintf(text, sizeof text, "%s/%s", f->root, cases[i].name); }
        for (int option = 0; option < 3; option++) {
            nomen_train_options o = plain;
            *(option == 0 ? &o.log_csv : option == 1 ? &o.report : &o.tensorboard) = text;
            const char *message = option == 2 ? cases[i].directory : cases[i].file;
            if (message == NULL) { continue; }
            expect_failure(f, &o, cases[i].status, message);
            o.overwrite = true; /* which is no leave to destroy what is no record */
            expect_failure(f, &o, cases[i].status, message);
        }
    }
    nomen_train_options o = recording_options(f, &p);
    o.report = o.log_csv;
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "log-csv and report: are both");
    char same[256];
    snprintf(same, sizeof same, "%s/model/../log.csv", f->root);
    o.report = same;
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "log-csv and report: are both");
    if (geteuid() == 0) { return; } /* who may write everywhere */
    assert_int_equal(chmod(f->model, 0500), 0);
    o = plain;
    o.log_csv = scratch_path(f->model, "log.csv", path);
    expect_failure(f, &o, NOMEN_ERROR_IO, "nothing can be written in the directory");
    assert_int_equal(chmod(f->model, 0700), 0);
}

/* What another run left is replaced where that is asked for, and not otherwise. */
static void test_existing(void **state) {
    flow *f = *state;
    paths p;
    nomen_train_options o = recording_options(f, &p), again = o;
    nomen_buffer first = {0}, csv = {0};
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    read_file(p.csv, &first);
    char out[192];
    again.output = scratch_path(f->root, "again", out);
    for (int option = 0; option < 3; option++) {
        nomen_train_options one = flow_options(f);
        one.output = out;
        *(option == 0   ? &one.log_csv
          : option == 1 ? &one.report
                        : &one.tensorboard) = option == 0   ? p.csv
                                              : option == 1 ? p.report
                                                            : p.board;
        static const char *const expected_messages[] = {"log.csv: holds the log of another run",
                                                        "report.html: holds another report",
                                                        "board: holds the TensorBoard events of another run"};
        expect_failure(f, &one, NOMEN_ERROR_EXISTS, expected_messages[option]);
    }
    again.overwrite = true;
    result = flow_train(&again);
    nomen_train_result_clear(&result);
    read_file(p.csv, &csv);
    assert_same(&csv, &first);
    assert_int_equal(flow_entries(p.board), 2);
    nomen_buffer_clear(&first);
    nomen_buffer_clear(&csv);
}

/* A path is where it leads, however it is written and whether it is there. */
static void test_relative(void **state) {
    flow *f = *state;
    const nomen_train_options plain = flow_options(f);
    char before[256];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(f->root), 0);
    static const char *const relative[][2] = {
        {".out", ".out/a/b"}, {"out", "./out"}, {"./out/", "out/a"}, {"out//", ".//out//a"}};
    for (size_t i = 0; i < sizeof relative / sizeof *relative; i++) {
        nomen_train_options one = plain;
        one.output = relative[i][0];
        one.tensorboard = relative[i][1];
        expect_failure(f, &one, NOMEN_ERROR_ARGUMENT, "all of which is replaced by the finished model");
    }
    assert_int_equal(chdir(before), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_refused), RUN(test_relative), RUN(test_existing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
