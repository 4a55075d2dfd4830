/* What the tests of a run's records share: where they are, and a run that leaves all of them. */
#ifndef TESTS_TRAIN_RECORDING_H
#define TESTS_TRAIN_RECORDING_H

#include <unistd.h>

#include "train/run.h"

typedef struct paths {
    char csv[192], board[192], report[192];
} paths;

static inline nomen_train_options recording_options(const flow *f, paths *p) {
    nomen_train_options o = flow_options(f);
    o.batch_size = 3; /* three steps an epoch */
    o.logging_steps = 2;
    o.log_csv = scratch_path(f->root, "log.csv", p->csv);
    o.tensorboard = scratch_path(f->root, "board", p->board);
    o.report = scratch_path(f->root, "report.html", p->report);
    o.command = "nomen train <here>";
    return o;
}

static inline void read_file(const char *path, nomen_buffer *out) {
    nomen_error err = {0};
    nomen_buffer_clear(out);
    if (nomen_file_read(path, out, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
}

static inline void assert_same(const nomen_buffer *a, const nomen_buffer *b) {
    if (a->size != b->size || memcmp(a->data, b->data, a->size) != 0) { fail_msg("%s\nis not\n%s", a->data, b->data); }
}

static inline void remove_records(const paths *p) {
    unlink(p->csv);
    unlink(p->report);
    scratch_remove(p->board);
}

#endif
