/*
 * Every allocation of an operation failing, once and lastingly: the call says that memory ran out, no block stays
 * behind, no output appears, and the same call succeeds afterwards. A failure may also be of no consequence: then
 * the result must be what it is without it.
 */
#ifndef TESTS_E2E_FAILING_H
#define TESTS_E2E_FAILING_H

#include "base/json.h"
#include "e2e/flow.h"

typedef struct operation {
    const char *name;
    nomen_status (*run)(flow *f, nomen_error *err);
    void (*check)(flow *f, nomen_status status); /* what stands on disk after a run; may be NULL */
} operation;

static nomen_buffer expected, found; /* what a run gives, apart from files */

/* One run with request n failing; false where the run makes no so many requests. */
static inline bool run_once(const operation *o, flow *f, long n, bool lasting) {
    nomen_error err = {0};
    nomen_buffer_clear(&found);
    long before = nomen_mem_test_live();
    nomen_mem_test_fail(n, lasting);
    nomen_status status = o->run(f, &err);
    long requests = nomen_mem_test_requests();
    nomen_mem_test_fail(-1, 0);
    if (status == NOMEN_OK) {
        if (o->check == NULL &&
            (found.size != expected.size || (found.size > 0 && memcmp(found.data, expected.data, found.size) != 0))) {
            fail_msg("%s, request %ld: succeeds with another result", o->name, n);
        }
    } else if (status != NOMEN_ERROR_MEMORY || strstr(err.message, "out of memory") == NULL || err.status != status) {
        fail_msg("%s, request %ld %s: %s: %s", o->name, n, lasting ? "and on" : "alone", nomen_status_name(status), err.message);
    }
    if (o->check != NULL) { o->check(f, status); }
    nomen_buffer_clear(&found);
    if (nomen_mem_test_live() != before) {
        fail_msg("%s, request %ld %s (%s): %ld blocks left", o->name, n, lasting ? "and on" : "alone", err.message,
                 nomen_mem_test_live() - before);
    }
    return n < requests;
}

/* The late failures cost a whole run each, and its syncing of files: without NOMEN_LONG some are left out. */
static inline void fail_each(const operation *o, flow *f, long stride) {
    nomen_error err = {0};
    if (getenv("NOMEN_LONG") != NULL) { stride = 1; }
    nomen_buffer_clear(&found);
    if (o->run(f, &err) != NOMEN_OK) { fail_msg("%s", err.message); } /* warms up what libraries keep */
    if (o->check != NULL) { o->check(f, NOMEN_OK); }
    expected = found;
    found = (nomen_buffer){0};
    for (int lasting = 0; lasting < 2; lasting++) {
        long n = lasting;
        while (run_once(o, f, n, lasting)) { n += stride; }
        assert_true(n > 20);
        printf("%s: %ld requests, lasting %d\n", o->name, n, lasting);
    }
    nomen_mem_test_fail(-1, 0);
    assert_int_equal(o->run(f, &err), NOMEN_OK);
    if (o->check != NULL) { o->check(f, NOMEN_OK); }
    nomen_buffer_clear(&expected);
    nomen_buffer_clear(&found);
}

#endif
