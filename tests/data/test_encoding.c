/* From bytes to UTF-8: marks, the strict check, cp1252 and latin-1. */
#include "base/utf8.h"
#include "support.h"

#include "data/encoding.h"

/* Decodes, and expects `text` and the name of the encoding. */
static void expect(const char *bytes, size_t n_bytes, const char *wish, const char *text, const char *encoding) {
    nomen_buffer converted = {0};
    const char *out = NULL, *used = NULL;
    size_t n_out = 0;
    nomen_error err = {0};
    catch_log();
    if (nomen_data_decode(bytes, n_bytes, "file", wish, &converted, &out, &n_out, &used, &err) != NOMEN_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(n_out, strlen(text));
    assert_memory_equal(out, text, n_out);
    assert_string_equal(used, encoding);
    nomen_buffer_clear(&converted);
}

static void reject(const char *bytes, size_t n_bytes, const char *wish, nomen_status status, const char *message) {
    nomen_buffer converted = {0};
    const char *out = NULL, *used = NULL;
    size_t n_out = 0;
    nomen_error err = {0};
    assert_int_equal(nomen_data_decode(bytes, n_bytes, "file", wish, &converted, &out, &n_out, &used, &err), status);
    assert_string_equal(err.message, message);
    nomen_buffer_clear(&converted);
}

#define BYTES(literal) literal, sizeof(literal) - 1

static void test_utf8(void **state) {
    (void)state;
    expect(BYTES("plain"), NULL, "plain", "UTF-8");
    expect(BYTES("caf\xc3\xa9"), NULL, "caf\xc3\xa9", "UTF-8");
    expect(BYTES("\xef\xbb\xbf"
                 "caf\xc3\xa9"),
           NULL, "caf\xc3\xa9", "UTF-8");
    expect(BYTES("\xef\xbb\xbf"
                 "a"),
           "UTF-8", "a", "UTF-8");
    reject(BYTES("\xef\xbb\xbf"
                 "a\n\nb\xe9"),
           NULL, NOMEN_ERROR_FORMAT,
           "file:3: byte 0xE9 is not UTF-8; correct it, or state the file's encoding (cp1252, latin-1)");
    reject(BYTES("a\r\nb\xe9"), "utf-8", NOMEN_ERROR_FORMAT,
           "file:2: byte 0xE9 is not UTF-8; correct it, or state the file's encoding (cp1252, latin-1)");
    reject(BYTES("\xef\xbb\xbf"), NULL, NOMEN_ERROR_FORMAT, "file: the file is empty");
    reject("", 0, NULL, NOMEN_ERROR_FORMAT, "file: the file is empty");
}

/* Every character's UTF-8 is valid, and every cut-off, overlong or surrogate form is not. */
static void test_utf8_check(void **state) {
    (void)state;
    size_t n_wide = 0;
    for (uint32_t c = 0x80; c < 0x110000; c++) {
        unsigned char b[4];
        size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        b[0] = (unsigned char)((n == 2 ? 0xC0 : n == 3 ? 0xE0 : 0xF0) | c >> 6 * (n - 1));
        for (size_t i = 1; i < n; i++) { b[i] = (unsigned char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3F)); }
        bool surrogate = c >= 0xD800 && c <= 0xDFFF;
        size_t valid = nomen_utf8_valid_prefix((const char *)b, n, &n_wide);
        if (valid != (surrogate ? 0 : n)) { fail_msg("U+%04X: %zu bytes valid of %zu", c, valid, n); }
        if (nomen_utf8_valid_prefix((const char *)b, n - 1, &n_wide) != 0) { fail_msg("U+%04X cut off is valid", c); }
    }
    const char *const bad[] = {
        "\x80", "\xbf", "\xc0\x80", "\xc1\xbf",  "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xff", "\xfe", "\xc3(",    "\xe2\x82(", "\xe2(\xa1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[32] = "eight by"; /* so that the quick path runs first */
        strcat(text, bad[i]);
        assert_int_equal(nomen_utf8_valid_prefix(text, strlen(text), &n_wide), 8);
    }
}

static void test_cp1252(void **state) {
    (void)state;
    expect(BYTES("\x93"
                 "caf\xe9\x94 \x80"),
           NULL,
           "\xe2\x80\x9c"
           "caf\xc3\xa9\xe2\x80\x9d \xe2\x82\xac",
           "cp1252");
    assert_string_equal(
        log_lines,
        "warning: file:1: byte 0x93 is not UTF-8, so the file is read as cp1252; if it is another encoding, state it\n");
    expect(BYTES("\x85"), "CP1252", "\xe2\x80\xa6", "cp1252");
    assert_string_equal(log_lines, "");
    expect(BYTES("\x85\xe9"), "latin-1", "\xc2\x85\xc3\xa9", "latin-1");
    expect(BYTES("caf\xc3\xa9"), "cp1252", "caf\xc3\x83\xc2\xa9", "cp1252");
    reject(BYTES("a\nb\x81"), NULL, NOMEN_ERROR_FORMAT,
           "file:2: byte 0x81 is neither UTF-8 nor cp1252; convert the file to UTF-8, or state the encoding latin-1");
    reject(BYTES("a\nb\xe9\x01"), NULL, NOMEN_ERROR_FORMAT,
           "file:2: not text: not UTF-8, and byte 0x01 is a control character; give a text file, or state its encoding");
    expect(BYTES("b\xe9\x01"), "cp1252", "b\xc3\xa9\x01", "cp1252");
    /* One damaged byte among UTF-8: reading all of it as cp1252 would spoil the rest. */
    reject(BYTES("caf\xc3\xa9 \xc3\xbc\nna\xefve"), NULL, NOMEN_ERROR_FORMAT,
           "file:2: byte 0xEF is not UTF-8; most other non-ASCII characters of the file are, so correct this one, or state the "
           "encoding cp1252");
    reject(BYTES("a"), "koi8", NOMEN_ERROR_ARGUMENT, "unknown encoding 'koi8'; choose utf-8, cp1252 or latin-1");
}

static void test_utf16(void **state) {
    (void)state;
    expect(BYTES("\xff\xfe"
                 "a\0\xe9\0\xac\x20\x3d\xd8\x00\xde"),
           NULL, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "UTF-16");
    expect(BYTES("\xfe\xff\0a\xd8\x3d\xde\x00"), NULL, "a\xf0\x9f\x98\x80", "UTF-16");
    const char *half = "file:2: the byte-order mark says UTF-16, but there is half a surrogate pair here; save the file as UTF-8";
    reject(BYTES("\xff\xfe"
                 "a\0\n\0b"),
           NULL, NOMEN_ERROR_FORMAT, half);
    reject(BYTES("\xff\xfe"
                 "a\0\n\0\x3d\xd8"
                 "a\0"),
           NULL, NOMEN_ERROR_FORMAT, half);
    reject(BYTES("\xff\xfe"
                 "a\0\n\0\x00\xde"),
           NULL, NOMEN_ERROR_FORMAT, half);
    reject(BYTES("\xff\xfe"
                 "a\0\n\0\x3d\xd8"),
           NULL, NOMEN_ERROR_FORMAT, half);
    reject(BYTES("\xff\xfe"
                 "a\0\0\0"),
           NULL, NOMEN_ERROR_FORMAT,
           "file:1: not text: there is a NUL byte here; give a text file (UTF-16 needs a byte-order mark)");
    reject(BYTES("\xff\xfe"), NULL, NOMEN_ERROR_FORMAT, "file: the file is empty");
}

static void test_not_text(void **state) {
    (void)state;
    reject(BYTES("PK\3\4xyz"), NULL, NOMEN_ERROR_UNSUPPORTED, "file: this is a zip archive; convert it by: unzip file");
    reject(BYTES("\x1f\x8b\x08"), NULL, NOMEN_ERROR_UNSUPPORTED,
           "file: this is gzip data; convert it by: gunzip -c file > file.txt");
    reject(BYTES("\xff\xfe\0\0a\0\0\0"), NULL, NOMEN_ERROR_UNSUPPORTED, "file: this is UTF-32; save the file as UTF-8");
    reject(BYTES("a\nb\0c"), NULL, NOMEN_ERROR_FORMAT,
           "file:2: not text: there is a NUL byte here; give a text file (UTF-16 needs a byte-order mark)");
    reject(BYTES("a\nb\0c"), "latin-1", NOMEN_ERROR_FORMAT,
           "file:2: not text: there is a NUL byte here; give a text file (UTF-16 needs a byte-order mark)");
}

static void test_line(void **state) {
    (void)state;
    const char *text = "a\nb\r\nc\rd";
    const size_t lines[] = {1, 1, 2, 2, 2, 3, 3, 4};
    for (size_t i = 0; i < 8; i++) { assert_int_equal(nomen_data_line(text, i), lines[i]); }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),  cmocka_unit_test(test_utf8_check), cmocka_unit_test(test_cp1252),
        cmocka_unit_test(test_utf16), cmocka_unit_test(test_not_text),   cmocka_unit_test(test_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
