/* SHA-256 on the examples of FIPS 180-2 and of lengths round a block, in parts of any size. */
#include <string.h>

#include "base/sha256.h"
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

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
