/* Records of words; see the header. */
#include "data/json_words.h"

#include <string.h>

#include "base/mem.h"
#include "data/builder_text.h"
#include "data/excerpt.h"
#include "data/json_numbers.h"
#include "data/json_parts.h"
#include "data/json_records.h"

/* The name of a record's tag, NULL after a reported fault. */
static nomen_status find_name(nomen_json_reader *reader, const nomen_json_record *record, const json_t *tag, const char **out,
                              size_t *n_out, nomen_error *err) {
    nomen_builder *builder = reader->builder;
    long long number = 0;
    *out = NULL;
    if (json_is_string(tag)) {
        *out = json_string_value(tag);
        *n_out = json_string_length(tag);
        if (memchr(*out, '\0', *n_out) == NULL) { return NOMEN_OK; }
        *out = NULL;
        return nomen_builder_fault_of(builder, NOMEN_FAULT_TAG, record->line, err,
                                      "a tag contains a NUL; write O, B-type or I-type");
    }
    if (!nomen_json_whole(tag, &number)) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_TAG, record->line, err, "a tag is %s; give names or numbers",
                                      nomen_json_kind(tag));
    }
    nomen_status status = nomen_json_number_name(reader, record->shape, record->labels_key, number, NOMEN_FAULT_TAG, out, err);
    if (*out != NULL) { *n_out = strlen(*out); }
    return status;
}

nomen_status nomen_json_words_tagged(nomen_json_reader *reader, const nomen_json_record *record, nomen_error *err) {
    nomen_builder *builder = reader->builder;
    const json_t *words = record->roles[NOMEN_JSON_ROLE_WORDS], *tags = record->roles[NOMEN_JSON_ROLE_LABELS];
    size_t n = json_array_size(words), n_tags = json_array_size(tags), line = record->line;
    nomen_status status = NOMEN_OK;
    if (n != n_tags) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_COUNTS, line, err,
                                      "%zu tokens but %zu in \"%s\"; each token needs one tag", n, n_tags, record->labels_key);
    }
    nomen_builder_begin(builder, line);
    for (size_t i = 0; i < n; i++) {
        const json_t *word = json_array_get(words, i);
        const char *name = NULL;
        size_t n_name = 0;
        if (!json_is_string(word)) {
            NOMEN_TRY(nomen_builder_fault(builder, line, err, "token %zu is %s; give strings", i, nomen_json_kind(word)));
            break;
        }
        NOMEN_TRY(find_name(reader, record, json_array_get(tags, i), &name, &n_name, err));
        if (name == NULL) { break; }
        NOMEN_TRY(nomen_builder_add(builder, json_string_value(word), json_string_length(word), name, n_name, line, err));
    }
    status = nomen_builder_end(builder, err);
done:
    return status;
}

/* The text of the open sentence: the words, joined by U+0020, whose places are reader->words. */
static nomen_status add_words(nomen_json_reader *reader, const nomen_json_record *record, const json_t *words, nomen_error *err) {
    nomen_builder *builder = reader->builder;
    size_t n = json_array_size(words), at = 0;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(reader->words, reader->words_capacity, n, err));
    for (size_t i = 0; i < n; i++) {
        const json_t *word = json_array_get(words, i);
        size_t n_word = json_string_length(word);
        if (!json_is_string(word)) {
            return nomen_builder_fault(builder, record->line, err, "token %zu is %s; give strings", i, nomen_json_kind(word));
        }
        if (n_word == 0) {
            return nomen_builder_fault_of(builder, NOMEN_FAULT_EMPTY, record->line, err,
                                          "the word is empty; fill it in or remove the row");
        }
        if (i > 0) { NOMEN_TRY(nomen_builder_append_text(builder, " ", 1, err)); }
        NOMEN_TRY(nomen_builder_append_text(builder, json_string_value(word), n_word, err));
        at += i > 0;
        reader->words[i] = (nomen_span){at, at + n_word};
        at += n_word;
    }
done:
    return status;
}

/* Whether both are the same but for white space. */
static bool is_like(const char *a, size_t n_a, const char *b, size_t n_b) {
    size_t i = 0, j = 0;
    for (;;) {
        while (i < n_a && (unsigned char)a[i] <= ' ') { i++; }
        while (j < n_b && (unsigned char)b[j] <= ' ') { j++; }
        if (i == n_a || j == n_b) { return i == n_a && j == n_b; }
        if (a[i++] != b[j++]) { return false; }
    }
}

static nomen_status add_span(nomen_json_reader *reader, const nomen_json_record *record, const json_t *span, size_t n_words,
                             nomen_error *err) {
    nomen_builder *builder = reader->builder;
    const nomen_json_shape *shape = record->shape;
    size_t line = record->line, n_name;
    nomen_span_parts parts;
    long long start, end;
    bool found;
    const char *name;
    if (!nomen_span_parts_find(span, record->label, &parts)) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err,
                                      "%s is not a span; give the first and the last word, and the label", nomen_json_kind(span));
    }
    nomen_status status = nomen_span_parts_offsets(builder, shape, &parts, &start, &end, &found, err);
    if (status != NOMEN_OK || !found) { return status; }
    if (start < 0 || end <= start || (unsigned long long)end > n_words) {
        return nomen_builder_fault_of(
            builder, NOMEN_FAULT_SPAN, line, err,
            "a span from word %lld to %lld is outside the %zu words, which are numbered from %d; its end is %s",
            start + shape->origin, end + shape->origin - shape->end_included, n_words, shape->origin,
            shape->end_included ? "inclusive: the last word itself" : "the word after the last");
    }
    const char *text = builder->set.text + builder->sentence.text_start;
    size_t from = reader->words[start].start, to = reader->words[end - 1].end;
    if (json_is_string(parts.text) &&
        !is_like(json_string_value(parts.text), json_string_length(parts.text), text + from, to - from)) {
        char here[NOMEN_EXCERPT_SIZE], there[NOMEN_EXCERPT_SIZE];
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err,
                                      "the span's text is '%s', but its words are '%s'; correct them",
                                      nomen_excerpt(there, json_string_value(parts.text), json_string_length(parts.text)),
                                      nomen_excerpt(here, text + from, to - from));
    }
    reader->n_spans++;
    reader->n_of_one_word += end == start + 1;
    status = nomen_span_parts_label(reader, shape, parts.label, &name, &n_name, err);
    if (status != NOMEN_OK || name == NULL) { return status; }
    return nomen_builder_add_span(builder, from, to, name, n_name, err);
}

nomen_status nomen_json_words_spanned(nomen_json_reader *reader, const nomen_json_record *record, nomen_error *err) {
    nomen_builder *builder = reader->builder;
    const json_t *words = record->roles[NOMEN_JSON_ROLE_WORDS], *spans = record->roles[NOMEN_JSON_ROLE_LABELS];
    size_t n = json_array_size(words);
    nomen_status status;
    nomen_builder_begin(builder, record->line);
    NOMEN_TRY(add_words(reader, record, words, err));
    for (size_t i = 0; i < json_array_size(spans) && !builder->bad; i++) {
        NOMEN_TRY(add_span(reader, record, json_array_get(spans, i), n, err));
    }
    status = nomen_builder_end_text_as(builder, reader->words, n, err);
done:
    return status;
}

void nomen_json_words_end(nomen_json_reader *reader) {
    enum { FEW = 20 }; /* spans that may all have several words by chance */
    nomen_builder *builder = reader->builder;
    if (reader->n_spans < FEW || reader->n_of_one_word > 0) { return; }
    nomen_note(&builder->set.notes, NOMEN_NOTE_ENDS, builder->name, 0,
               "none of the %zu spans is a single word, as if their ends were exclusive; they were read as inclusive",
               reader->n_spans);
}
