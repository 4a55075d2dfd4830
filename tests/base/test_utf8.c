/*
 * UTF-8 against its definition: the set of well-formed sequences is made by encoding every scalar
 * value, and the decoder must take exactly those, or the longest beginning of one, or one byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

/* Whether these bytes begin a well-formed sequence, indexed by the bytes themselves. */
static uint8_t one[1 << 8], two[1 << 16];
static uint8_t three[1 << 24];

static void note_prefixes(const unsigned char *s, size_t n) {
    if (n >= 2) { one[s[0]] = 1; }
    if (n >= 3) { two[s[0] << 8 | s[1]] = 1; }
    if (n >= 4) { three[s[0] << 16 | s[1] << 8 | s[2]] = 1; }
}

static void test_every_scalar_value_comes_back(void **state) {
    (void)state;
    for (uint32_t c = 0; c < 0x110000; c++) {
        if (c >= 0xD800 && c <= 0xDFFF) { continue; }
        char bytes[4];
        uint32_t back;
        size_t n = nomen_utf8_encode(c, bytes);
        assert_int_equal(n, c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4);
        assert_int_equal(nomen_utf8_decode(bytes, n, &back), n);
        assert_int_equal(back, c);
        assert_true(nomen_utf8_is_valid(bytes, n));
        note_prefixes((const unsigned char *)bytes, n);
    }
}

/* What the definition says about an ill-formed beginning. */
static size_t maximal_subpart(const unsigned char *s, size_t n) {
    if (n >= 3 && three[s[0] << 16 | s[1] << 8 | s[2]]) { return 3; }
    if (n >= 2 && two[s[0] << 8 | s[1]]) { return 2; }
    return 1;
}

static void test_ill_formed_bytes_are_maximal_subparts(void **state) {
    (void)state;
    /* The borders of every range of Unicode's table 3-7, and their neighbours. */
    static const unsigned char some[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                                         0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    size_t k = sizeof some;
    for (size_t i = 0; i < k * k * k * k; i++) {
        unsigned char s[4] = {some[i % k], some[i / k % k], some[i / k / k % k], some[i / k / k / k]};
        for (size_t n = 1; n <= 4; n++) {
            uint32_t scalar;
            char again[4];
            size_t length = nomen_utf8_decode((const char *)s, n, &scalar);
            assert_in_range(length, 1, n);
            if (nomen_utf8_encode(scalar, again) == length && memcmp(again, s, length) == 0) { continue; }
            assert_int_equal(scalar, NOMEN_UTF8_REPLACEMENT);
            assert_int_equal(length, maximal_subpart(s, n));
            assert_false(nomen_utf8_is_valid((const char *)s, n));
        }
    }
}

static void test_the_first_fault_is_found(void **state) {
    (void)state;
    size_t n_wide = 0;
    assert_int_equal(nomen_utf8_valid_prefix("caf\xC3\xA9 \xEF\xBF\xBD", 9, &n_wide), 9);
    assert_int_equal(n_wide, 2);
    assert_int_equal(nomen_utf8_valid_prefix("caf\xC3\xA9 \xE2\x82", 8, &n_wide), 6);
    assert_true(nomen_utf8_is_valid("", 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_scalar_value_comes_back),
        cmocka_unit_test(test_ill_formed_bytes_are_maximal_subparts),
        cmocka_unit_test(test_the_first_fault_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
