/* Byte strings, JSON strings, and numbers that read back as they were. */
#include <math.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "base/rng.h"
#include "support/cmocka_all.h"

static void appends(void **state) {
    (void)state;
    nomen_buffer buffer = {0};
    assert_int_equal(nomen_buffer_append_text(&buffer, "abc", NULL), NOMEN_OK);
    assert_int_equal(nomen_buffer_append(&buffer, "\0d", 2, NULL), NOMEN_OK);
    assert_int_equal(nomen_buffer_printf(&buffer, NULL, "%05d", 42), NOMEN_OK);
    assert_int_equal(buffer.size, 10);
    assert_memory_equal(buffer.data, "abc\0d00042", 11);
    nomen_buffer_reset(&buffer);
    assert_int_equal(buffer.size, 0);
    for (int i = 0; i < 100000; i++) { assert_int_equal(nomen_buffer_append_byte(&buffer, 'x', NULL), NOMEN_OK); }
    char *taken = nomen_buffer_release(&buffer);
    assert_null(buffer.data);
    assert_int_equal(strlen(taken), 100000);
    nomen_mem_free(taken);
    nomen_buffer_clear(&buffer);
}

static void json_is(const char *text, size_t n_bytes, const char *expected) {
    nomen_buffer buffer = {0};
    assert_int_equal(nomen_buffer_append_json(&buffer, text, n_bytes, NULL), NOMEN_OK);
    assert_string_equal(buffer.data, expected);
    nomen_buffer_clear(&buffer);
}

static void json_strings(void **state) {
    (void)state;
    json_is("", 0, "\"\"");
    json_is("a\"b\\c\n\t\r\x01\x7f", 10, "\"a\\\"b\\\\c\\n\\t\\r\\u0001\\u007f\"");
    json_is("a\0b", 3, "\"a\\u0000b\"");
    json_is("\xC3\xA9\xF0\x9F\x98\x80", 6, "\"\xC3\xA9\xF0\x9F\x98\x80\"");
    /* One U+FFFD for each maximal ill-formed part: a lone byte, a cut-off sequence, a surrogate (three). */
    json_is("\xFF", 1, "\"\xEF\xBF\xBD\"");
    json_is("\xE2\x82", 2, "\"\xEF\xBF\xBD\"");
    json_is("\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    json_is("\xC0\x80", 2, "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void numbers_read_back(void **state) {
    (void)state;
    nomen_rng rng;
    nomen_rng_start(&rng, 7, NOMEN_RNG_SPLIT, 0);
    for (int i = 0; i < 20000; i++) {
        uint32_t bits = nomen_rng_next(&rng);
        uint64_t wide = (uint64_t)bits << 32 | nomen_rng_next(&rng);
        float single;
        double number;
        memcpy(&single, &bits, sizeof single);
        memcpy(&number, &wide, sizeof number);
        nomen_buffer a = {0}, b = {0};
        nomen_buffer_append_float(&a, single, NULL);
        nomen_buffer_append_number(&b, number, NULL);
        if (isfinite(single)) { assert_true(strtof(a.data, NULL) == single); }
        if (isfinite(number)) { assert_true(strtod(b.data, NULL) == number); }
        nomen_buffer_clear(&a);
        nomen_buffer_clear(&b);
    }
    nomen_buffer text = {0};
    nomen_buffer_append_number(&text, 0.1, NULL);
    nomen_buffer_append_byte(&text, ' ', NULL);
    nomen_buffer_append_float(&text, 0.1f, NULL);
    nomen_buffer_append_byte(&text, ' ', NULL);
    nomen_buffer_append_number(&text, (double)NAN, NULL);
    assert_string_equal(text.data, "0.1 0.1 null");
    nomen_buffer_clear(&text);
}

static void whole_numbers(void **state) {
    (void)state;
    static const int64_t numbers[] = {0, 7, 10, -1, 999, -1000, INT64_MAX, INT64_MIN, UINT32_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        nomen_buffer buffer = {0};
        char expected[32];
        snprintf(expected, sizeof expected, "%lld", (long long)numbers[i]);
        assert_int_equal(nomen_buffer_append_int(&buffer, numbers[i], NULL), NOMEN_OK);
        assert_string_equal(buffer.data, expected);
        nomen_buffer_clear(&buffer);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(appends), cmocka_unit_test(json_strings),
                                       cmocka_unit_test(numbers_read_back), cmocka_unit_test(whole_numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
