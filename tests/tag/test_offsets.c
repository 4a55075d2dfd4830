/* Offsets in code points and UTF-16 units, over well-formed and ill-formed text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tag/offsets.h"

/* a, e acute (2 bytes), Han (3), an emoji (4), b. */
static const char TEXT[] = "a\xC3\xA9\xE6\x9D\xB1\xF0\x9F\x98\x80" "b";

static void check(nomen_offset_unit unit, size_t start, size_t end, size_t want_start, size_t want_end) {
    nomen_offset_cursor cursor = nomen_offset_start(TEXT, sizeof TEXT - 1, unit);
    nomen_span got = nomen_offset_convert(&cursor, (nomen_span){start, end});
    assert_int_equal(got.start, want_start);
    assert_int_equal(got.end, want_end);
}

static void test_units(void **state) {
    (void)state;
    check(NOMEN_OFFSET_CODEPOINT, 0, 11, 0, 5);
    check(NOMEN_OFFSET_CODEPOINT, 1, 3, 1, 2);
    check(NOMEN_OFFSET_CODEPOINT, 6, 10, 3, 4);
    check(NOMEN_OFFSET_UTF16, 6, 10, 3, 5);
    check(NOMEN_OFFSET_UTF16, 10, 11, 5, 6);
    check(NOMEN_OFFSET_BYTE, 6, 10, 6, 10);
    check(NOMEN_OFFSET_CODEPOINT, 11, 11, 5, 5);
    /* Inside characters, and behind the text. */
    check(NOMEN_OFFSET_CODEPOINT, 2, 8, 1, 3);
    check(NOMEN_OFFSET_CODEPOINT, 3, 99, 2, 5);
    check(NOMEN_OFFSET_BYTE, 3, 99, 3, 11);
}

/* One cursor for many spans: overlapping, repeated, and further back. */
static void test_cursor(void **state) {
    (void)state;
    nomen_offset_cursor cursor = nomen_offset_start(TEXT, sizeof TEXT - 1, NOMEN_OFFSET_CODEPOINT);
    const nomen_span spans[] = {{0, 11}, {1, 3}, {1, 6}, {3, 6}, {0, 1}, {10, 11}};
    const nomen_span wanted[] = {{0, 5}, {1, 2}, {1, 3}, {2, 3}, {0, 1}, {4, 5}};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        nomen_span got = nomen_offset_convert(&cursor, spans[i]);
        assert_int_equal(got.start, wanted[i].start);
        assert_int_equal(got.end, wanted[i].end);
    }
}

/* Each maximal ill-formed part counts one: the examples of Unicode 15.0, tables 3-8 to 3-11. */
static void test_ill_formed(void **state) {
    (void)state;
    const struct {
        const char *text;
        size_t n;
    } cases[] = {
        {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", 9}, {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", 9},
        {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", 9}, {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", 5},
        {"\xF0\x9F\x98", 1},                         {"\xC3", 1},
        {"\xF0\x9F\x98\x80", 1},                     {"\xEF\xBF\xBD", 1},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(nomen_offset_count(cases[i].text, strlen(cases[i].text)), cases[i].n);
    }
    assert_int_equal(nomen_offset_count("a\0b", 3), 3);
}

/* Nothing is read behind the end, wherever a text is cut (for the address sanitizer: exact blocks). */
static void test_cut(void **state) {
    (void)state;
    for (size_t n = 0; n < sizeof TEXT; n++) {
        char *copy = malloc(n ? n : 1);
        assert_non_null(copy);
        memcpy(copy, TEXT, n);
        nomen_offset_cursor cursor = nomen_offset_start(copy, n, NOMEN_OFFSET_UTF16);
        nomen_span got = nomen_offset_convert(&cursor, (nomen_span){0, n});
        assert_true(got.end <= n);
        free(copy);
    }
}

static void test_names(void **state) {
    (void)state;
    nomen_offset_unit unit = NOMEN_OFFSET_BYTE;
    nomen_error err = {0};
    assert_int_equal(nomen_offset_unit_parse("utf16", &unit, NULL), NOMEN_OK);
    assert_int_equal(unit, NOMEN_OFFSET_UTF16);
    assert_int_equal(nomen_offset_unit_parse("runes", &unit, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "no unit of offsets is called \"runes\"; choose codepoint, byte or utf16");
    assert_int_equal(unit, NOMEN_OFFSET_UTF16);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_units), cmocka_unit_test(test_cursor),
                                       cmocka_unit_test(test_ill_formed), cmocka_unit_test(test_cut),
                                       cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
