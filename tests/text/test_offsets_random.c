/* Offset maps against counting from the beginning, on texts long enough to need several marks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "text/offsets.h"

/* Random characters of every length, and ill-formed bytes among them. */
static size_t random_text(nomen_rng *rng, char *text, size_t capacity, int ascii) {
    size_t n = 0, wanted = (size_t)nomen_rng_below(rng, capacity - 4);
    while (n < wanted) {
        static const uint32_t tops[] = {0x80, 0x800, 0xD800, 0x110000};
        uint64_t kind = ascii ? 0 : nomen_rng_below(rng, 5);
        if (kind == 4) {
            text[n++] = (char)nomen_rng_below(rng, 256);
        } else {
            uint32_t c = (uint32_t)nomen_rng_below(rng, tops[kind]);
            n += nomen_utf8_encode(c >= 0xD800 && c <= 0xDFFF ? 'x' : c, text + n);
        }
    }
    return n;
}

static void compare(const char *text, size_t n_bytes, nomen_offset_unit unit) {
    nomen_error err = {0};
    nomen_offset_map map = {0};
    assert_int_equal(nomen_offset_map_fill(text, n_bytes, unit, &map, &err), NOMEN_OK);
    size_t units = 0;
    for (size_t byte = 0; byte < n_bytes;) {
        uint32_t scalar;
        size_t length = nomen_utf8_decode(text + byte, n_bytes - byte, &scalar);
        size_t n_units = unit == NOMEN_OFFSET_BYTE ? length : unit == NOMEN_OFFSET_UTF16 && scalar > 0xFFFF ? 2 : 1;
        for (size_t i = 0; i < length; i++) {
            size_t want = unit == NOMEN_OFFSET_BYTE ? units + i : units;
            assert_int_equal(nomen_offset_map_from_byte(&map, byte + i), want);
        }
        for (size_t i = 0; i < n_units; i++) {
            size_t want = unit == NOMEN_OFFSET_BYTE ? byte + i : byte;
            assert_int_equal(nomen_offset_map_to_byte(&map, units + i), want);
        }
        byte += length;
        units += n_units;
    }
    assert_int_equal(map.n_units, units);
    assert_int_equal(nomen_offset_map_from_byte(&map, n_bytes), units);
    assert_int_equal(nomen_offset_map_to_byte(&map, units), n_bytes);
    assert_int_equal(nomen_offset_map_from_byte(&map, n_bytes + 7), units);
    nomen_offset_map_clear(&map);
}

static void test_maps_equal_counting(void **state) {
    (void)state;
    static char text[2100];
    nomen_rng rng;
    nomen_rng_start(&rng, 7, 0, 0);
    for (int i = 0; i < 600; i++) {
        size_t n = random_text(&rng, text, sizeof text, i % 5 == 0);
        compare(text, n, NOMEN_OFFSET_BYTE);
        compare(text, n, NOMEN_OFFSET_CODEPOINT);
        compare(text, n, NOMEN_OFFSET_UTF16);
    }
    assert_int_equal(nomen_mem_test_live(), 0);
}

static void test_a_failed_allocation_leaves_nothing(void **state) {
    (void)state;
    nomen_error err = {0};
    nomen_offset_map map = {0};
    nomen_mem_test_fail(0, 0);
    assert_int_equal(nomen_offset_map_fill("\xC3\xA9", 2, NOMEN_OFFSET_CODEPOINT, &map, &err), NOMEN_ERROR_MEMORY);
    nomen_mem_test_fail(-1, 0);
    assert_null(map.marks);
    assert_int_equal(nomen_mem_test_live(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_maps_equal_counting),
        cmocka_unit_test(test_a_failed_allocation_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
