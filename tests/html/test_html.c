/* Text in HTML: it can't leave its place, whatever its bytes; colours that can be read. */
#include <math.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "html/html.h"
#include "support/cmocka_all.h"
#include "support/effort.h"

static void is(nomen_html_place place, const char *text, size_t n_bytes, const char *want) {
    nomen_buffer out = {0};
    assert_int_equal(nomen_buffer_append_text(&out, "", NULL), NOMEN_OK);
    assert_int_equal(nomen_html_append(&out, text, n_bytes, place, NULL), NOMEN_OK);
    assert_string_equal(out.data, want);
    nomen_buffer_clear(&out);
}

static void escapes(void **state) {
    (void)state;
    is(NOMEN_HTML_TEXT, "", 0, "");
    is(NOMEN_HTML_TEXT, "a<b>&\"'", 7, "a&lt;b&gt;&amp;&quot;&#39;");
    is(NOMEN_HTML_TEXT, "a\tb\nc", 5, "a\tb\nc");
    is(NOMEN_HTML_ATTRIBUTE, "a\tb\nc\"", 6, "a&#9;b&#10;c&quot;");
    is(NOMEN_HTML_TEXT, "a\r\nb\rc", 6,
       "a\nb\xE2\x90\x8D"
       "c");
    is(NOMEN_HTML_TEXT, "\0\x1b\x7f", 3, "\xE2\x90\x80\xE2\x90\x9B\xE2\x90\xA1");
    is(NOMEN_HTML_TEXT, "\xC2\x85\xC2\x9F\xC2\xA0", 6, "[U+0085][U+009F]\xC2\xA0");
    is(NOMEN_HTML_TEXT, "\xC3\xA9\xF0\x9F\x98\x80\xD7\x90", 8, "\xC3\xA9\xF0\x9F\x98\x80\xD7\x90");
    is(NOMEN_HTML_TEXT, "x\xFFy\xE2\x82", 5, "x\xEF\xBF\xBDy\xEF\xBF\xBD");
    is(NOMEN_HTML_TEXT, "\xED\xA0\x80", 3, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    is(NOMEN_HTML_TEXT, "\xC2", 1, "\xEF\xBF\xBD"); /* the first byte of a control alone, at the end */
}

/* Random bytes: nothing of markup but the references that were put there, and well-formed UTF-8. */
static void stays_in_place(void **state) {
    (void)state;
    static const char special[] = "<>&\"'\r\n\t\0\x7f\xC2\x85\xE2\x82\xF0\x9F";
    nomen_rng rng;
    nomen_rng_start(&rng, 11, NOMEN_RNG_SPLIT, 0);
    for (size_t i = 0, n = effort(20000); i < n; i++) {
        unsigned char text[24];
        size_t size = nomen_rng_next(&rng) % sizeof text;
        for (size_t k = 0; k < size; k++) {
            uint32_t r = nomen_rng_next(&rng);
            text[k] = r & 1 ? (unsigned char)special[(r >> 1) % (sizeof special - 1)] : (unsigned char)(r >> 8);
        }
        nomen_html_place place = nomen_rng_next(&rng) & 1 ? NOMEN_HTML_ATTRIBUTE : NOMEN_HTML_TEXT;
        nomen_buffer out = {0};
        assert_int_equal(nomen_buffer_append_text(&out, "", NULL), NOMEN_OK);
        assert_int_equal(nomen_html_append(&out, (char *)text, size, place, NULL), NOMEN_OK);
        const unsigned char *s = (const unsigned char *)out.data;
        for (size_t k = 0, length; k < out.size; k += length) {
            length = nomen_utf8_length(out.data + k, out.size - k);
            assert_true(length > 0);
            assert_true(s[k] >= 0x20 || s[k] == '\n' || s[k] == '\t');
            assert_false(place == NOMEN_HTML_ATTRIBUTE && s[k] < 0x20);
            assert_null(s[k] == '\0' ? "NUL" : strchr("<>\"'\x7f", s[k]));
            assert_false(s[k] == 0xC2 && s[k + 1] < 0xA0);
            if (s[k] == '&') { assert_non_null(strchr("alg#q", s[k + 1])); }
        }
        nomen_buffer_clear(&out);
    }
}

/* WCAG 2.2: relative luminance and contrast ratio. */
static double luminance(uint32_t color) {
    double sum = 0;
    const double weights[] = {0.2126, 0.7152, 0.0722};
    for (int i = 0; i < 3; i++) {
        double v = (double)(color >> (16 - 8 * i) & 0xFF) / 255;
        sum += weights[i] * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static double contrast(uint32_t a, uint32_t b) {
    double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
    return x > y ? x / y : y / x;
}

static void can_be_read(void **state) {
    (void)state;
    assert_true(fabs(contrast(0x000000, 0xFFFFFF) - 21) < 1e-9);
    assert_true(fabs(contrast(0x777777, 0xFFFFFF) - 4.478) < 1e-3); /* the formula's known value */
    for (int dark = 0; dark < 2; dark++) {
        const nomen_html_theme *t = &nomen_html_themes[dark];
        const uint32_t grounds[] = {t->page, t->card};
        for (int g = 0; g < 2; g++) {
            assert_true(contrast(t->text, grounds[g]) >= 7);
            assert_true(contrast(t->muted, grounds[g]) >= 4.5);
            assert_true(contrast(t->accent, grounds[g]) >= 4.5);
            for (size_t i = 0; i < 16; i++) { /* 3 is what WCAG asks of what is no text */
                assert_true(contrast(nomen_html_type_color(i, dark)->edge, grounds[g]) >= 3);
            }
        }
        for (size_t i = 0; i < 16; i++) {
            const nomen_html_color *c = nomen_html_type_color(i, dark);
            assert_true(contrast(c->ink, c->ground) >= 4.5);
            for (size_t k = 0; k < i; k++) { assert_int_not_equal(c->ground, nomen_html_type_color(k, dark)->ground); }
            assert_ptr_equal(nomen_html_type_color(i + 16, dark), c);
        }
    }
}

static void page(void **state) {
    (void)state;
    nomen_buffer out = {0};
    assert_int_equal(nomen_html_begin(&out, "a </title><script>", 40, ".own{}\n", NULL), NOMEN_OK);
    assert_int_equal(nomen_html_end(&out, NULL), NOMEN_OK);
    assert_int_equal(strncmp(out.data, "<!DOCTYPE html>\n<html lang=\"en\">\n", 33), 0);
    assert_non_null(strstr(out.data, "<meta charset=\"utf-8\">"));
    assert_non_null(strstr(out.data, "<title>a &lt;/title&gt;&lt;script&gt;</title>"));
    assert_non_null(strstr(out.data, ".t15{--ground:#D3E9BB;--ink:#293D02;--edge:#669014;--kind:solid}"));
    assert_non_null(strstr(out.data, ".t16{--ground:#CCE2FE;--ink:#073567;--edge:#3A81D7;--kind:dashed}"));
    assert_non_null(strstr(out.data, ".t39{"));
    assert_null(strstr(out.data, ".t40{"));
    assert_non_null(strstr(out.data, ".own{}\n</style>"));
    assert_null(strstr(out.data, "http:"));
    assert_null(strstr(out.data, "https:"));
    assert_null(strstr(out.data, "url("));
    assert_null(strstr(out.data, "@import"));
    nomen_buffer_clear(&out);
}

static nomen_status whole(nomen_buffer *out, nomen_error *err) {
    nomen_status status = nomen_html_begin(out, "<t>", 3, "", err);
    if (status == NOMEN_OK) { status = nomen_html_append(out, "\x01<\xFF\xC2\x80ordinary", 13, NOMEN_HTML_TEXT, err); }
    return status == NOMEN_OK ? nomen_html_end(out, err) : status;
}

static void allocation_failure(void **state) {
    (void)state;
    long live = nomen_mem_test_live(), n = 0;
    nomen_status status = NOMEN_ERROR_MEMORY;
    for (; status != NOMEN_OK; n++) {
        nomen_buffer out = {0};
        nomen_error err = {0};
        nomen_mem_test_fail(n, 1);
        status = whole(&out, &err);
        nomen_mem_test_fail(-1, 0);
        nomen_buffer_clear(&out);
        assert_int_equal(err.status, status);
        assert_true(status == NOMEN_OK || status == NOMEN_ERROR_MEMORY);
        assert_int_equal(nomen_mem_test_live(), live);
    }
    assert_true(n > 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes), cmocka_unit_test(stays_in_place),     cmocka_unit_test(can_be_read),
        cmocka_unit_test(page),    cmocka_unit_test(allocation_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
