/*
 * The normalizer's rules by example; that it equals HF's on every character and on random strings is
 * tests/parity's matter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "text/normalize.h"

static const nomen_normalizer all = {true, true, true, true};

/* Normalises a string and compares text and, where given, the bytes each character came from. */
static void expect(const nomen_normalizer *normalizer, const char *text, const char *want, const size_t (*spans)[2]) {
    nomen_error err = {0};
    nomen_normal_text normal = {0};
    char bytes[256];
    size_t n = 0;
    assert_int_equal(nomen_normalize(normalizer, text, 0, strlen(text), &normal, &err), NOMEN_OK);
    for (size_t i = 0; i < normal.n_chars; i++) { n += nomen_utf8_encode(normal.chars[i].scalar, bytes + n); }
    bytes[n] = '\0';
    assert_string_equal(bytes, want);
    for (size_t i = 0; spans != NULL && i < normal.n_chars; i++) {
        assert_int_equal(normal.chars[i].start, spans[i][0]);
        assert_int_equal(normal.chars[i].end, spans[i][1]);
    }
    nomen_normal_text_clear(&normal);
}

static void test_each_setting(void **state) {
    (void)state;
    const nomen_normalizer none = {false, false, false, false}, clean = {true, false, false, false};
    const nomen_normalizer chinese = {false, true, false, false}, accents = {false, false, true, false};
    const nomen_normalizer lower = {false, false, false, true};
    expect(&none, "A\t\xC3\x89\x01\xE4\xB8\xAD", "A\t\xC3\x89\x01\xE4\xB8\xAD", NULL);
    expect(&clean,
           "A\t\x01"
           "B\xE2\x80\x8B"
           "C\xEF\xBF\xBD\xFF",
           "A BC", NULL); /* control, format, U+FFFD, no UTF-8 */
    expect(&chinese, "a\xE4\xB8\xAD", "a \xE4\xB8\xAD ", NULL);
    expect(&accents, "\xC3\x89t\xC3\xA9", "Ete", NULL);
    expect(&lower,
           "\xC3\x89"
           "A\xCE\xA3",
           "\xC3\xA9"
           "a\xCF\x83",
           NULL);                                                                   /* no final sigma */
    expect(&lower, "\xC4\xB0", "i\xCC\x87", NULL);                                  /* one letter becomes two */
    expect(&accents, "\xEA\xB0\x81", "\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8", NULL); /* Hangul, by formula */
}

static void test_characters_keep_their_bytes(void **state) {
    (void)state;
    const size_t cafe[][2] = {{0, 1}, {1, 2}, {2, 3}, {3, 5}};
    expect(&all, "Caf\xC3\xA9", "cafe", cafe);
    const size_t apart[][2] = {{0, 3}, {0, 3}, {0, 3}, {3, 4}};
    expect(&all, "\xE4\xB8\xADx", " \xE4\xB8\xAD x", apart);
    /* Two Hangul tone marks are no Mn, so they stay, after the class below theirs; places stay in order. */
    const nomen_normalizer accents = {false, false, true, false};
    const size_t tones[][2] = {{0, 1}, {1, 4}, {4, 7}};
    expect(&accents, "a\xE3\x80\xAE\xE3\x80\xAF", "a\xE3\x80\xAE\xE3\x80\xAF", tones);
}

/* A million marks on one letter are sorted in n log n steps; with n^2 this test would take hours. */
static void test_a_long_run_of_marks_is_cheap(void **state) {
    (void)state;
    enum { N = 1000000 };
    nomen_error err = {0};
    nomen_normal_text normal = {0};
    const nomen_normalizer accents = {false, false, true, false};
    char *text = nomen_mem_new(N, 4);
    assert_non_null(text);
    /* U+1D165 (class 216) and U+1D16D (226) are Mc and stay. */
    for (size_t i = 0; i < N; i++) { memcpy(text + 4 * i, i % 2 ? "\xF0\x9D\x85\xA5" : "\xF0\x9D\x85\xAD", 4); }
    assert_int_equal(nomen_normalize(&accents, text, 0, 4 * (size_t)N, &normal, &err), NOMEN_OK);
    assert_int_equal(normal.n_chars, N);
    assert_int_equal(normal.chars[0].scalar, 0x1D165);
    assert_int_equal(normal.chars[N / 2 - 1].scalar, 0x1D165);
    assert_int_equal(normal.chars[N / 2].scalar, 0x1D16D);
    assert_int_equal(normal.chars[N - 1].end, 4 * (size_t)N);
    nomen_normal_text_clear(&normal);
    nomen_mem_free(text);
}

static void test_failed_allocations(void **state) {
    (void)state;
    const char *text = "caf\xC3\xA9 \xCD\x85\xCC\x81\xCC\xA3\xCC\x81\xCC\xA3 \xE4\xB8\xAD";
    for (int lasting = 0; lasting < 2; lasting++) {
        nomen_status status = NOMEN_ERROR_MEMORY;
        for (long n = 0; status != NOMEN_OK; n++) {
            nomen_error err = {0};
            nomen_normal_text normal = {0};
            nomen_mem_test_fail(n, lasting);
            status = nomen_normalize(&all, text, 0, strlen(text), &normal, &err);
            nomen_mem_test_fail(-1, 0);
            assert_true(status == NOMEN_OK || (status == NOMEN_ERROR_MEMORY && err.message[0] != '\0'));
            nomen_normal_text_clear(&normal);
            assert_int_equal(nomen_mem_test_live(), 0);
            assert_in_range(n, 0, 100);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_setting),
        cmocka_unit_test(test_characters_keep_their_bytes),
        cmocka_unit_test(test_a_long_run_of_marks_is_cheap),
        cmocka_unit_test(test_failed_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
