/* What a stopped call says it was at, and why it was stopped. */
#include <unistd.h>

#include "base/call.h"
#include "support/cmocka_all.h"

static void expect(nomen_status status, const char *message) {
    nomen_error err = {0};
    assert_int_equal(nomen_call_stopped_while(&err, "reading", "a.csv"), status);
    assert_int_equal(err.status, status);
    assert_string_equal(err.message, message);
}

static void test_while(void **state) {
    (void)state;
    nomen_call_scope scope = {0};
    nomen_error err = {0};
    const nomen_call call = {.size = sizeof call, .timeout = 0.05};
    expect(NOMEN_ERROR_INTERRUPTED, "interrupted while reading a.csv");
    assert_int_equal(nomen_call_enter(&scope, &call, &err), NOMEN_OK);
    while (!nomen_call_is_stopped()) { usleep(1000); }
    expect(NOMEN_ERROR_TIMEOUT, "the time set for the call was over while reading a.csv");
    nomen_call_leave(&scope);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_while)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
