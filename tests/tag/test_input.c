/* Texts to tag, in each input format: what is a text, what is a word, and what is refused. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "nomen/runtime.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"
#include "nomen/input.h"

static char directory[64], path[192], warned[512];

static void keep_warning(void *user, nomen_log_level level, const char *message) {
    (void)user, (void)level;
    snprintf(warned, sizeof warned, "%s", message);
}

static int set_up(void **state) {
    (void)state;
    nomen_set_log(keep_warning, NULL);
    return scratch_make(directory) == NULL || scratch_path(directory, "in", path) == NULL;
}

static int tear_down(void **state) {
    (void)state;
    nomen_set_log(NULL, NULL);
    scratch_remove(directory);
    return 0;
}

/* The texts of a file as "<text>{word,word}" one after another; the braces only where words were given. */
static nomen_status texts_of(const char *bytes, size_t n_bytes, nomen_input_format format, nomen_buffer *out, nomen_error *err) {
    nomen_input *input = NULL;
    warned[0] = '\0';
    nomen_buffer_clear(out);
    assert_int_equal(nomen_buffer_append(out, "", 0, NULL), NOMEN_OK);
    assert_int_equal(nomen_file_write(path, bytes, n_bytes, NULL), NOMEN_OK);
    assert_int_equal(nomen_input_open(path, format, 0, &input, NULL), NOMEN_OK);
    nomen_status status;
    for (;;) {
        const nomen_text *texts = NULL;
        size_t n = 0;
        status = nomen_input_next(input, &texts, &n, err);
        if (status != NOMEN_OK || n == 0) { break; }
        for (size_t i = 0; i < n; i++) {
            nomen_buffer_printf(out, NULL, "<%.*s>", (int)texts[i].n_bytes, texts[i].text);
            for (size_t w = 0; texts[i].words != NULL && w < texts[i].n_words; w++) {
                nomen_span word = texts[i].words[w];
                nomen_buffer_printf(out, NULL, "%s%.*s", w == 0 ? "{" : ",", (int)(word.end - word.start),
                                    texts[i].text + word.start);
            }
            if (texts[i].words != NULL) { nomen_buffer_printf(out, NULL, "%s}", texts[i].n_words == 0 ? "{" : ""); }
        }
    }
    nomen_input_close(input);
    return status;
}

#define MARK "\xEF\xBB\xBF"

static void forms_of_input(void **state) {
    (void)state;
    static const struct {
        nomen_input_format format;
        const char *bytes, *texts;
    } cases[] = {
        {NOMEN_INPUT_LINES, "", ""},
        {NOMEN_INPUT_LINES, "a b\r\n\n  c", "<a b><><  c>"},
        {NOMEN_INPUT_LINES, MARK "a\n" MARK "b\n", "<a><" MARK "b>"},
        {NOMEN_INPUT_FILE, "", "<>"},
        {NOMEN_INPUT_FILE, MARK "a\r\nb\n", "<a\r\nb\n>"},
        {NOMEN_INPUT_JSONL, MARK "{\"text\":\"a\\nb\"}\n{\"tokens\":[\"a\",\"\",\"b c\"]}\n{\"tokens\":[]}",
         "<a\nb><a  b c>{a,,b c}<>{}"},
        {NOMEN_INPUT_CONLL, MARK "-DOCSTART- O\n\n\na X\n\tb\tO\n \nc\n", "<a b>{a,b}<c>{c}"},
    };
    nomen_buffer texts = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_error err = {0};
        if (texts_of(cases[i].bytes, strlen(cases[i].bytes), cases[i].format, &texts, &err) != NOMEN_OK) {
            fail_msg("case %zu: %s", i, err.message);
        }
        assert_string_equal(texts.data, cases[i].texts);
        assert_string_equal(warned, "");
    }
    nomen_buffer_clear(&texts);
}

static void faults_have_a_place(void **state) {
    (void)state;
    static const struct {
        const char *bytes, *message;
    } cases[] = {
        {"{\"text\":\"a\"}\n\n", "in:2:0: not valid JSON"},
        {"{\"text\":\"a\"\n", "in:1:11: not valid JSON"},
        {"{\"text\":5}\n", "in:1: expected an object with \"text\""},
        {"[\"a\"]\n", "in:1: expected an object with \"text\""},
        {"{\"tokens\":[\"a\",1]}\n", "in:1: tokens[1] is not a string"},
    };
    nomen_buffer texts = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_error err = {0};
        nomen_status status = texts_of(cases[i].bytes, strlen(cases[i].bytes), NOMEN_INPUT_JSONL, &texts, &err);
        assert_int_equal(status, NOMEN_ERROR_FORMAT);
        if (strstr(err.message, cases[i].message) == NULL) { fail_msg("%s; expected %s", err.message, cases[i].message); }
    }
    nomen_buffer_clear(&texts);
}

/* A picture is tagged as the bytes it is; but not without a word. */
static void what_is_no_text_is_said(void **state) {
    (void)state;
    nomen_buffer texts = {0};
    assert_int_equal(texts_of("a\nb\0c\n\0\n", 8, NOMEN_INPUT_LINES, &texts, NULL), NOMEN_OK);
    assert_non_null(strstr(warned, "in:2: there is a NUL byte"));
    assert_int_equal(texts_of("a\nb\0c\n", 6, NOMEN_INPUT_FILE, &texts, NULL), NOMEN_OK);
    assert_non_null(strstr(warned, "a NUL byte"));
    nomen_buffer_clear(&texts);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(forms_of_input), cmocka_unit_test(faults_have_a_place),
                                       cmocka_unit_test(what_is_no_text_is_said)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
