/* Structs of options between a program and a library that were compiled at different versions. */
#include "base/options.h"

#include <stdint.h>
#include <string.h>

#include "support/cmocka_all.h"

/* The struct at three versions. */
typedef struct first {
    size_t size;
    double rate;
} first;

typedef struct own {
    size_t size;
    double rate;
    size_t count;
} own;

typedef struct later {
    size_t size;
    double rate;
    size_t count;
    const char *added;
} later;

static const own defaults = {.rate = 0.5, .count = 7};

static nomen_status take(own *out, const void *given, nomen_error *err) {
    *out = defaults;
    return nomen_options_take(out, sizeof *out, given, "nomen_some_options", err);
}

static void what_is_given_is_taken(void **state) {
    (void)state;
    own taken;
    assert_int_equal(take(&taken, &(own){sizeof(own), 2, 3}, NULL), NOMEN_OK);
    assert_int_equal(taken.size, sizeof taken);
    assert_true(taken.rate == 2);
    assert_int_equal(taken.count, 3);
    assert_int_equal(take(&taken, NULL, NULL), NOMEN_OK);
    assert_int_equal(taken.size, sizeof taken);
    assert_true(taken.rate == 0.5);
    assert_int_equal(taken.count, 7);
}

static void an_older_caller_gets_defaults_for_the_rest(void **state) {
    (void)state;
    own taken;
    struct {
        first options;
        unsigned char behind[64];
    } caller = {.options = {sizeof(first), 2}};
    memset(caller.behind, 0xAB, sizeof caller.behind);
    assert_int_equal(take(&taken, &caller.options, NULL), NOMEN_OK);
    assert_int_equal(taken.size, sizeof taken);
    assert_true(taken.rate == 2);
    assert_int_equal(taken.count, 7);
}

static void a_newer_caller_may_not_use_what_is_unknown(void **state) {
    (void)state;
    own taken;
    nomen_error err = {0};
    assert_int_equal(take(&taken, &(later){sizeof(later), 2, 3, NULL}, &err), NOMEN_OK);
    assert_int_equal(taken.size, sizeof taken);
    assert_int_equal(taken.count, 3);
    assert_int_equal(take(&taken, &(later){sizeof(later), 2, 3, "x"}, &err), NOMEN_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "nomen_some_options: a member after the first"));
    assert_int_equal(taken.count, 7);
}

static void a_size_that_was_never_set_is_refused(void **state) {
    (void)state;
    static const size_t wrong[] = {0, 1, sizeof(size_t), (size_t)1 << 20, SIZE_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        own taken;
        nomen_error err = {0};
        assert_int_equal(take(&taken, &(own){wrong[i], 2, 3}, &err), NOMEN_ERROR_ARGUMENT);
        assert_non_null(strstr(err.message, "nomen_some_options o = {.size = sizeof o}"));
        assert_true(taken.rate == 0.5);
    }
}

static void nothing_is_written_behind_a_callers_struct(void **state) {
    (void)state;
    for (size_t size = 0; size <= sizeof(later); size++) {
        union {
            unsigned char bytes[2 * sizeof(later)];
            own options;
        } caller;
        memset(caller.bytes, 0xAB, sizeof caller.bytes);
        nomen_options_give(&defaults, sizeof defaults, &caller, size);
        if (size >= sizeof size) { assert_int_equal(caller.options.size, size); }
        if (size >= sizeof(first)) { assert_true(caller.options.rate == 0.5); }
        if (size >= sizeof(own)) { assert_int_equal(caller.options.count, 7); }
        for (size_t i = sizeof(own); i < size; i++) { assert_int_equal(caller.bytes[i], 0); }
        for (size_t i = size; i < sizeof caller.bytes; i++) { assert_int_equal(caller.bytes[i], 0xAB); }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_is_taken),
        cmocka_unit_test(an_older_caller_gets_defaults_for_the_rest),
        cmocka_unit_test(a_newer_caller_may_not_use_what_is_unknown),
        cmocka_unit_test(a_size_that_was_never_set_is_refused),
        cmocka_unit_test(nothing_is_written_behind_a_callers_struct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
