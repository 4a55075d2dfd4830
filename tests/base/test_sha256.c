/* SHA-256 on the examples of FIPS 180-2 and of lengths round a block, in parts of any size. */
#include <string.h>

#include "base/sha256.h"
#include "base/sha256_blocks.h"
#include "support/cmocka_all.h"

static void check(const char *bytes, size_t n_bytes, size_t part, const char *expected) {
    nomen_sha256 hash;
    char found[65];
    nomen_sha256_start(&hash);
    for (size_t at = 0; at < n_bytes; at += part) {
        nomen_sha256_add(&hash, bytes + at, n_bytes - at < part ? n_bytes - at : part);
    }
    nomen_sha256_finish(&hash, found);
    assert_string_equal(found, expected);
}

static void test_examples(void **state) {
    (void)state;
    static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static char million[1000000];
    memset(million, 'a', sizeof million);
    check("", 0, 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check("abc", 3, 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    for (size_t part = 1; part < 60; part++) {
        check(two, sizeof two - 1, part, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    }
    check(million, sizeof million, 4093, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    check(million, sizeof million, sizeof million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* The processor's unit computes what C does, whatever the state and however many blocks at once. */
static void test_unit(void **state) {
    (void)state;
    static uint8_t blocks[64 * 40];
    uint32_t x = 1, plain[8], unit[8];
    if (!nomen_sha256_has_unit()) { skip(); }
    for (int round = 0; round < 300; round++) {
        for (size_t i = 0; i < sizeof blocks; i++) { blocks[i] = (uint8_t)((x = x * 1664525u + 1013904223u) >> 24); }
        for (size_t i = 0; i < 8; i++) { plain[i] = unit[i] = x = x * 1664525u + 1013904223u; }
        size_t n = (size_t)round % 40;
        nomen_sha256_blocks_plain(plain, blocks, n);
        nomen_sha256_blocks_unit(unit, blocks, n);
        assert_memory_equal(plain, unit, sizeof plain);
    }
}

/* And C what the standard's example says, on processors that have a unit, too. */
static void test_plain(void **state) {
    (void)state;
    uint32_t abc[8] = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
    static const uint32_t expected[8] = {0xBA7816BF, 0x8F01CFEA, 0x414140DE, 0x5DAE2223,
                                         0xB00361A3, 0x96177A9C, 0xB410FF61, 0xF20015AD};
    const uint8_t block[64] = {'a', 'b', 'c', 0x80, [63] = 24};
    nomen_sha256_blocks_plain(abc, block, 1);
    assert_memory_equal(abc, expected, sizeof expected);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples), cmocka_unit_test(test_plain),
                                       cmocka_unit_test(test_unit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
