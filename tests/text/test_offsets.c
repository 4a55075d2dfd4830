/* Offsets in code points and UTF-16 units, over well-formed and ill-formed text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "text/offsets.h"

/* a, e acute (2 bytes), Han (3), an emoji (4), b. */
static const char TEXT[] = "a\xC3\xA9\xE6\x9D\xB1\xF0\x9F\x98\x80"
                           "b";

static void check(nomen_offset_unit unit, size_t start, size_t end, size_t want_start, size_t want_end) {
    nomen_offset_map map;
    assert_int_equal(nomen_offset_map_fill(TEXT, sizeof TEXT - 1, unit, &map, NULL), NOMEN_OK);
    assert_int_equal(nomen_offset_map_from_byte(&map, start), want_start);
    assert_int_equal(nomen_offset_map_from_byte(&map, end), want_end);
    nomen_offset_map_clear(&map);
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

/* A text of many marks: there and back at each character, whatever lies across a mark's byte. */
static void test_long(void **state) {
    (void)state;
    enum { COPIES = 400, SIZE = sizeof TEXT - 1 };
    static char text[COPIES * SIZE];
    for (size_t i = 0; i < COPIES; i++) { memcpy(text + i * SIZE, TEXT, SIZE); }
    nomen_offset_map map;
    assert_int_equal(nomen_offset_map_fill(text, sizeof text, NOMEN_OFFSET_UTF16, &map, NULL), NOMEN_OK);
    const size_t bytes[] = {0, 1, 3, 6, 10}, units[] = {0, 1, 2, 3, 5};
    for (size_t i = 0; i < COPIES; i++) {
        for (size_t j = 0; j < 5; j++) {
            assert_int_equal(nomen_offset_map_from_byte(&map, i * SIZE + bytes[j]), i * 6 + units[j]);
            assert_int_equal(nomen_offset_map_to_byte(&map, i * 6 + units[j]), i * SIZE + bytes[j]);
        }
        /* The second half of a surrogate pair belongs to its character. */
        assert_int_equal(nomen_offset_map_to_byte(&map, i * 6 + 4), i * SIZE + 6);
    }
    assert_int_equal(nomen_offset_map_from_byte(&map, sizeof text), COPIES * 6);
    assert_int_equal(nomen_offset_map_to_byte(&map, COPIES * 6), sizeof text);
    nomen_offset_map_clear(&map);
}

/* Each maximal ill-formed part counts one: the examples of Unicode 15.0, tables 3-8 to 3-11. */
static void test_ill_formed(void **state) {
    (void)state;
    const struct {
        const char *text;
        size_t n;
    } cases[] = {
        {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", 9},
        {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", 9},
        {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", 9},
        {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", 5},
        {"\xF0\x9F\x98", 1},
        {"\xC3", 1},
        {"\xF0\x9F\x98\x80", 1},
        {"\xEF\xBF\xBD", 1},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(nomen_utf8_count(cases[i].text, strlen(cases[i].text)), cases[i].n);
    }
    assert_int_equal(nomen_utf8_count("a\0b", 3), 3);
}

/* Nothing is read behind the end, wherever a text is cut (for the address sanitizer: exact blocks). */
static void test_cut(void **state) {
    (void)state;
    for (size_t n = 0; n < sizeof TEXT; n++) {
        char *copy = malloc(n ? n : 1);
        assert_non_null(copy);
        memcpy(copy, TEXT, n);
        nomen_offset_map map;
        assert_int_equal(nomen_offset_map_fill(copy, n, NOMEN_OFFSET_UTF16, &map, NULL), NOMEN_OK);
        assert_true(nomen_offset_map_from_byte(&map, n) <= n);
        nomen_offset_map_clear(&map);
        free(copy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_units), cmocka_unit_test(test_long),
                                       cmocka_unit_test(test_ill_formed), cmocka_unit_test(test_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
