/* SHA-1 on the examples of FIPS 180-2 and of lengths round a block, in parts of any size; and git's names of files. */
#include <string.h>

#include "base/sha1.h"
#include "support/cmocka_all.h"

static void check(const char *bytes, size_t n_bytes, size_t part, const char *expected) {
    nomen_sha1 hash;
    char found[41];
    nomen_sha1_start(&hash);
    for (size_t at = 0; at < n_bytes; at += part) {
        nomen_sha1_add(&hash, bytes + at, n_bytes - at < part ? n_bytes - at : part);
    }
    nomen_sha1_finish(&hash, found);
    assert_string_equal(found, expected);
}

static void test_examples(void **state) {
    (void)state;
    static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static char million[1000000];
    memset(million, 'a', sizeof million);
    check("", 0, 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    check("abc", 3, 3, "a9993e364706816aba3e25717850c26c9cd0d89d");
    for (size_t part = 1; part < 60; part++) { check(two, sizeof two - 1, part, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"); }
    check(million, sizeof million, 4093, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    check(million, sizeof million, sizeof million, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

/* As `git hash-object` says. */
static void test_blobs(void **state) {
    (void)state;
    static const struct {
        const char *text, *name;
    } blobs[] = {{"", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"},
                 {"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"},
                 {"Hello, World!", "b45ef6fec89518d314f546fd6c3025367b721684"}};
    for (size_t i = 0; i < sizeof blobs / sizeof *blobs; i++) {
        nomen_sha1 hash;
        char found[41];
        nomen_sha1_start_blob(&hash, strlen(blobs[i].text));
        nomen_sha1_add(&hash, blobs[i].text, strlen(blobs[i].text));
        nomen_sha1_finish(&hash, found);
        assert_string_equal(found, blobs[i].name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples), cmocka_unit_test(test_blobs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
