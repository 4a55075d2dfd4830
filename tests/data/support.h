/* What the tests of the data room share: parsing text in the source, and catching the log. */
#ifndef NOMEN_TESTS_DATA_SUPPORT_H
#define NOMEN_TESTS_DATA_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/mem.h"
#include "data/dataset.h"
#include "data/formats.h"
#include "data/read.h"

/* Log lines since catch_log, each with "info: " or "warning: " before it and a newline behind. */
static char log_lines[8192];

static inline void take_log(void *user, nomen_log_level level, const char *message) {
    (void)user;
    size_t n = strlen(log_lines);
    snprintf(log_lines + n, sizeof log_lines - n, "%s: %s\n", level == NOMEN_LOG_INFO ? "info" : "warning", message);
}

static inline void catch_log(void) {
    log_lines[0] = '\0';
    nomen_set_log(take_log, NULL);
}

/* Parses bytes that must be right, under the name "file". */
static inline nomen_dataset parse_bytes(const char *bytes, size_t n_bytes, const nomen_data_options *options) {
    nomen_error err = {0};
    nomen_dataset set = {0};
    catch_log();
    if (nomen_dataset_parse(bytes, n_bytes, "file", options, &set, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return set;
}

static inline nomen_dataset parse(const char *text, const nomen_data_options *options) {
    return parse_bytes(text, strlen(text), options);
}

/* Parses bytes that must be refused with exactly this message. */
static inline void refuse(const char *text, const nomen_data_options *options, nomen_status status, const char *message) {
    nomen_error err = {0};
    nomen_dataset set = {0};
    catch_log();
    assert_int_equal(nomen_dataset_parse(text, strlen(text), "file", options, &set, &err), status);
    assert_string_equal(err.message, message);
    assert_null(set.text);
}

/*
 * The dataset as one text: a line a sentence, "LINE: word/tag word/tag", with "*" before the number
 * where a document starts, and "?" for the tag of unknown words. Valid until the next call.
 */
static inline const char *show(const nomen_dataset *set) {
    static nomen_buffer out;
    nomen_buffer_clear(&out);
    for (size_t s = 0; s < set->n_sentences; s++) {
        const nomen_sentence *sentence = &set->sentences[s];
        nomen_buffer_printf(&out, NULL, "%s%zu:", sentence->document_start ? "*" : "", sentence->line);
        for (size_t w = 0; w < sentence->n_words; w++) {
            nomen_span span = set->words[sentence->first_word + w];
            nomen_buffer_printf(&out, NULL, " %.*s/%s", (int)(span.end - span.start), nomen_sentence_text(set, s) + span.start,
                                nomen_tag_shown(set->tag_names[set->tags[sentence->first_word + w]]));
        }
        nomen_buffer_append_byte(&out, '\n', NULL);
    }
    return out.data == NULL ? "" : out.data;
}

/* Whether the arrays hang together; every reader's result must. */
static inline void check_shape(const nomen_dataset *set) {
    size_t word = 0, text = 0;
    for (size_t s = 0; s < set->n_sentences; s++) {
        const nomen_sentence *sentence = &set->sentences[s];
        assert_int_equal(sentence->first_word, word);
        assert_int_equal(sentence->text_start, text);
        assert_true(sentence->n_words > 0 && sentence->line > 0);
        size_t before = 0;
        for (size_t w = 0; w < sentence->n_words; w++) {
            nomen_span span = set->words[word + w];
            assert_true(span.start >= before && span.start < span.end && span.end <= sentence->text_size);
            before = span.end;
            assert_in_range(set->tags[word + w], 0, set->n_tags - 1);
        }
        word += sentence->n_words;
        text += sentence->text_size;
    }
    assert_int_equal(word, set->n_words);
    assert_int_equal(text, set->text_size);
}

/* Reads a dataset of the folder of shared data, or skips the test where it is absent. */
static inline nomen_dataset read_shared(const char *path, const char *encoding) {
    nomen_data_options options = {.encoding = encoding};
    nomen_error err = {0};
    nomen_dataset set = {0};
    if (!nomen_file_exists(path)) {
        print_message("%s is not there: skipped\n", path);
        skip();
    }
    catch_log();
    if (nomen_dataset_read(path, &options, &set, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    check_shape(&set);
    return set;
}

/* Whether the log has it. */
static inline void told(const char *said) {
    if (strstr(log_lines, said) == NULL) { fail_msg("no '%s' in: %s", said, log_lines); }
}

/* The text is read as that format, and as show() has it. */
static inline void expect_dataset(const char *text, const nomen_data_options *options, nomen_data_format format,
                                  const char *shown) {
    nomen_dataset set = parse(text, options);
    check_shape(&set);
    if (set.format != format) { fail_msg("%s: is taken for %s", text, nomen_format_title(set.format)); }
    if (strcmp(show(&set), shown) != 0) { fail_msg("%s: %s", text, show(&set)); }
    nomen_dataset_clear(&set);
}

#endif
