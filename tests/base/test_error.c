/* The first error wins, and a message too long keeps its beginning. */
#include <errno.h>

#include "base/error.h"
#include "support/cmocka_all.h"

static void first_error_wins(void **state) {
    (void)state;
    nomen_error err = {0};
    assert_int_equal(nomen_error_set(&err, NOMEN_ERROR_IO, "first %d", 1), NOMEN_ERROR_IO);
    assert_int_equal(nomen_error_set(&err, NOMEN_ERROR_DATA, "second"), NOMEN_ERROR_DATA);
    assert_int_equal(err.status, NOMEN_ERROR_IO);
    assert_string_equal(err.message, "first 1");
    assert_int_equal(nomen_error_set(NULL, NOMEN_ERROR_DATA, "nobody listens"), NOMEN_ERROR_DATA);
}

static void long_message_is_cut(void **state) {
    (void)state;
    char text[3 * NOMEN_ERROR_SIZE];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    nomen_error err = {0};
    nomen_error_set(&err, NOMEN_ERROR_DATA, "begin %s", text);
    assert_int_equal(strlen(err.message), NOMEN_ERROR_SIZE - 1);
    assert_memory_equal(err.message, "begin xxx", 9);
    assert_string_equal(err.message + NOMEN_ERROR_SIZE - 4, "...");
    /* Never inside a character. */
    for (size_t i = 0; i + 4 < sizeof text; i += 3) { memcpy(text + i, "\xE4\xB8\xAD", 4); }
    for (int shift = 0; shift < 3; shift++) {
        err = (nomen_error){0};
        nomen_error_set(&err, NOMEN_ERROR_DATA, "%.*s%s", shift, "xx", text);
        size_t n = strlen(err.message);
        assert_true(n >= NOMEN_ERROR_SIZE - 3);
        assert_memory_equal(err.message + n - 6, "\xE4\xB8\xAD...", 6);
    }
}

static void errno_is_told(void **state) {
    (void)state;
    nomen_error err = {0};
    nomen_error_set_errno(&err, NOMEN_ERROR_IO, ENOENT, "%s: can't be opened", "a.csv");
    assert_string_equal(err.message, "a.csv: can't be opened: No such file or directory");
}

static void every_status_has_a_name(void **state) {
    (void)state;
    static const nomen_status all[] = {
        NOMEN_OK,           NOMEN_ERROR_MEMORY, NOMEN_ERROR_ARGUMENT, NOMEN_ERROR_INTERRUPTED, NOMEN_ERROR_IO,
        NOMEN_ERROR_EXISTS, NOMEN_ERROR_FORMAT, NOMEN_ERROR_DATA,     NOMEN_ERROR_UNSUPPORTED, NOMEN_ERROR_LIMIT};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_string_not_equal(nomen_status_name(all[i]), "unknown status");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_error_wins),
        cmocka_unit_test(long_message_is_cut),
        cmocka_unit_test(errno_is_told),
        cmocka_unit_test(every_status_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
