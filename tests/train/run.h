/* What the tests of training runs share: a tiny model and data for each test, the messages, failures. */
#ifndef TESTS_TRAIN_RUN_H
#define TESTS_TRAIN_RUN_H

#include "e2e/flow.h"
#include "model_dir/model.h"

static char messages[4096]; /* what the library said */

static inline void keep_message(void *user, nomen_log_level level, const char *message) {
    (void)user, (void)level;
    size_t n = strlen(messages);
    snprintf(messages + n, sizeof messages - n, "%s\n", message);
}

static inline int set_up(void **state) {
    static flow f;
    tiny_model spec = tiny_model_defaults();
    flow_make(&f, &spec);
    messages[0] = '\0';
    nomen_set_log(keep_message, NULL);
    *state = &f;
    return 0;
}

static inline int tear_down(void **state) {
    flow_remove(*state);
    nomen_set_interrupt(NULL, NULL);
    return 0;
}

static inline nomen_model *load(const char *directory) {
    nomen_model *model = NULL;
    nomen_error err = {0};
    const nomen_model_options options = {.size = sizeof options, .purpose = NOMEN_FOR_WRITING};
    if (nomen_model_load(directory, &options, &model, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return model;
}

/* Fails as it should, leaves nothing at the output, and the message says `expected`. */
static inline void expect_failure(const flow *f, const nomen_train_options *o, nomen_status status, const char *expected) {
    nomen_train_result result = {0};
    nomen_error err = {0};
    size_t entries = flow_entries(f->root);
    long live = nomen_mem_test_live();
    nomen_status found = nomen_train(o, NULL, NULL, &result, &err);
    if (found != status || strstr(err.message, expected) == NULL) {
        fail_msg("%s: %s; expected %s: ...%s", nomen_status_name(found), err.message, nomen_status_name(status), expected);
    }
    assert_int_equal(flow_entries(f->root), entries);
    assert_int_equal(nomen_mem_test_live(), live);
    assert_null(result.epochs);
}

/* Stops at question number `left`, once. */
static inline bool stop_once(void *user) {
    long *left = user;
    return (*left)-- == 0;
}

#define RUN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
