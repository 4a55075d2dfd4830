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

static inline bool stop_when_asked(void *user) {
    size_t *left = user;
    return *left == 0 || --*left == 0;
}

/* A sweep that is stopped once it has asked so many times. */
static inline void stop_sweep(const nomen_sweep_options *o, size_t after, nomen_error *err) {
    nomen_sweep_report *report = NULL;
    *err = (nomen_error){0};
    nomen_set_interrupt(stop_when_asked, &after);
    assert_int_equal(nomen_sweep(o, NULL, NULL, &report, err), NOMEN_ERROR_INTERRUPTED);
    nomen_set_interrupt(NULL, NULL);
}

/* Whether there is a file or directory of that name. */
static inline bool has(const char *directory, const char *name) {
    char path[192];
    return nomen_file_exists(scratch_path(directory, name, path));
}

#endif
