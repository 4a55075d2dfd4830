/* What the tests of sweeps share: a sweep that succeeds, and one that is refused. */
#ifndef TESTS_SWEEP_SWEEPING_H
#define TESTS_SWEEP_SWEEPING_H

#include "nomen/sweep.h"
#include "train/run.h"

static inline nomen_sweep_report *sweep(const nomen_sweep_options *o, const nomen_sweep_callbacks *callbacks, void *user) {
    nomen_sweep_report *report = NULL;
    nomen_error err = {0};
    if (nomen_sweep(o, callbacks, user, &report, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return report;
}

static inline void expect_refused(const nomen_sweep_options *o, nomen_status status, const char *expected) {
    nomen_sweep_report *report = NULL;
    nomen_error err = {0};
    nomen_status found = nomen_sweep(o, NULL, NULL, &report, &err);
    if (found != status || strstr(err.message, expected) == NULL) {
        fail_msg("%s: %s; expected ...%s", nomen_status_name(found), err.message, expected);
    }
    assert_null(report);
}

/* Whether there is a file or directory of that name. */
static inline bool has(const char *directory, const char *name) {
    char path[192];
    return nomen_file_exists(scratch_path(directory, name, path));
}

#endif
