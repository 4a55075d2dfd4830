/* A dataset in the making; see the header. */
#include "data/builder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "data/excerpt.h"
#include "data/line_cursor.h"

void nomen_builder_begin(nomen_builder *builder, size_t line) {
    nomen_documents documents = builder->options->documents;
    if (documents == NOMEN_DOCUMENTS_NONE || documents == NOMEN_DOCUMENTS_EACH) {
        builder->document_start = documents == NOMEN_DOCUMENTS_EACH;
    }
    builder->sentence = (nomen_sentence){.text_start = builder->set.text_size,
                                         .first_word = builder->set.n_words,
                                         .first_span = builder->set.n_spans,
                                         .line = line,
                                         .name_start = builder->names.size - builder->next_name,
                                         .name_size = builder->next_name,
                                         .name_is_number = builder->next_is_number,
                                         .file = builder->file,
                                         .document_start = builder->document_start};
    builder->next_name = 0;
    builder->n_unknown = 0;
    builder->open = true;
    builder->bad = false;
}

void nomen_builder_columns(nomen_builder *builder, size_t word, size_t tag, bool other_letters) {
    builder->other_letters = other_letters;
    snprintf(builder->word_place, sizeof builder->word_place, "column %zu", word + 1);
    snprintf(builder->tag_place, sizeof builder->tag_place, "column %zu", tag + 1);
}

nomen_status nomen_builder_name(nomen_builder *builder, const char *name, size_t n_bytes, bool is_number, nomen_error *err) {
    builder->names.size -= builder->next_name; /* of a row that came to nothing */
    builder->next_name = 0;
    nomen_status status = nomen_buffer_append(&builder->names, name, n_bytes, err);
    if (status == NOMEN_OK) { builder->next_name = n_bytes; }
    builder->next_is_number = is_number;
    return status;
}

nomen_status nomen_builder_append_text(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    nomen_dataset *set = &builder->set;
    nomen_status status = NOMEN_RESERVE(set->text, builder->text_capacity, set->text_size + n_bytes + 1, err);
    if (status == NOMEN_OK && n_bytes > 0) { /* of an empty text alone the array is there too */
        memcpy(set->text + set->text_size, bytes, n_bytes);
        set->text_size += n_bytes;
    }
    return status;
}

nomen_status nomen_builder_number_tag(nomen_builder *builder, const char *tag, size_t n_tag, size_t line, int32_t *out,
                                      nomen_error *err) {
    enum { MOST_TAGS = 65536 };
    nomen_status status = nomen_intern(&builder->tags, tag, n_tag, out, err);
    if (status != NOMEN_OK || builder->tags.n == builder->n_tag_lines) { return status; }
    if (builder->tags.n > MOST_TAGS) {
        return nomen_error_set(err, NOMEN_ERROR_LIMIT,
                               "%s:%zu: more than %d different tags; check that the last column contains the tags", builder->name,
                               line, MOST_TAGS);
    }
    NOMEN_TRY(NOMEN_RESERVE(builder->tag_lines, builder->tag_lines_capacity, builder->n_tag_lines + 1, err));
    builder->tag_lines[builder->n_tag_lines++] = line;
done:
    return status;
}

nomen_status nomen_builder_append_word(nomen_builder *builder, nomen_span span, const char *tag, size_t n_tag, size_t line,
                                       nomen_error *err) {
    nomen_dataset *set = &builder->set;
    int32_t number = -1;
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(nomen_builder_number_tag(builder, tag, n_tag, line, &number, err));
    NOMEN_TRY(NOMEN_RESERVE(set->words, builder->words_capacity, set->n_words + 1, err));
    NOMEN_TRY(NOMEN_RESERVE(set->tags, builder->tags_capacity, set->n_words + 1, err));
    set->words[set->n_words] = span;
    set->tags[set->n_words++] = number;
done:
    return status;
}

nomen_status nomen_builder_add(nomen_builder *builder, const char *word, size_t n_word, const char *tag, size_t n_tag,
                               size_t line, nomen_error *err) {
    if (n_word == 0) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_EMPTY, line, err, "the word is empty; fill it in or remove the row");
    }
    if (n_tag == 0) {
        char seen[NOMEN_EXCERPT_SIZE];
        return nomen_builder_fault_of(builder, NOMEN_FAULT_TAG, line, err, "the word '%s' has no tag; give it one (O for none)",
                                      nomen_excerpt(seen, word, n_word));
    }
    const nomen_dataset *set = &builder->set;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(builder->set.text, builder->text_capacity, set->text_size + n_word + 1, err));
    if (set->n_words > builder->sentence.first_word) { set->text[builder->set.text_size++] = ' '; }
    size_t start = set->text_size - builder->sentence.text_start;
    memcpy(set->text + set->text_size, word, n_word);
    builder->set.text_size += n_word;
    status = nomen_builder_append_word(builder, (nomen_span){start, start + n_word}, tag, n_tag, line, err);
done:
    return status;
}

/* Cuts at U+0020: the next piece from *at on in *span. */
static bool next_piece(const char *bytes, size_t n_bytes, size_t *at, nomen_span *span) {
    size_t i = *at;
    while (i < n_bytes && bytes[i] == ' ') { i++; }
    if (i == n_bytes) { return false; }
    size_t end = nomen_find_near(bytes, i, n_bytes, ' ');
    *span = (nomen_span){i, end};
    *at = end;
    return true;
}

static size_t count_pieces(const char *bytes, size_t n_bytes) {
    size_t n = 0;
    for (size_t i = 0; i < n_bytes; i++) { n += bytes[i] != ' ' && (i == 0 || bytes[i - 1] == ' '); }
    return n;
}

static nomen_status refuse_row(nomen_builder *builder, const char *text, size_t n_text, const char *tags, size_t n_tags,
                               size_t line, nomen_error *err) {
    char seen[NOMEN_EXCERPT_SIZE];
    size_t text_words = count_pieces(text, n_text), text_tags = count_pieces(tags, n_tags);
    if (text_words == text_tags) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_EMPTY, line, err, "the text has no words; remove the row");
    }
    return nomen_builder_fault_of(
        builder, NOMEN_FAULT_COUNTS, line, err,
        "%zu word%s but %zu label%s in '%s'; both are separated by spaces (U+0020), and each word needs one label", text_words,
        text_words == 1 ? "" : "s", text_tags, text_tags == 1 ? "" : "s", nomen_excerpt(seen, text, n_text));
}

nomen_status nomen_builder_add_row(nomen_builder *builder, const char *text, size_t n_text, const char *tags, size_t n_tags,
                                   size_t line, nomen_error *err) {
    nomen_dataset *set = &builder->set;
    nomen_status status = NOMEN_OK;
    nomen_builder_begin(builder, line);
    NOMEN_TRY(nomen_builder_append_text(builder, text, n_text, err));
    size_t text_at = 0, tags_at = 0;
    nomen_span word, tag;
    bool has_word, has_tag;
    for (;;) {
        has_word = next_piece(text, n_text, &text_at, &word);
        has_tag = next_piece(tags, n_tags, &tags_at, &tag);
        if (!has_word || !has_tag) { break; }
        NOMEN_TRY(nomen_builder_append_word(builder, word, tags + tag.start, tag.end - tag.start, line, err));
    }
    if (!has_word && !has_tag && set->n_words > builder->sentence.first_word) { return nomen_builder_end(builder, err); }
    set->text_size = builder->sentence.text_start;
    set->n_words = builder->sentence.first_word;
    builder->open = false;
    status = refuse_row(builder, text, n_text, tags, n_tags, line, err);
done:
    return status;
}

nomen_status nomen_builder_end(nomen_builder *builder, nomen_error *err) {
    nomen_dataset *set = &builder->set;
    nomen_sentence *sentence = &builder->sentence;
    if (!builder->open) { return NOMEN_OK; }
    sentence->text_size = set->text_size - sentence->text_start;
    sentence->n_words = set->n_words - sentence->first_word;
    sentence->n_spans = set->n_spans - sentence->first_span;
    bool wordless_may_stay = set->unit != NOMEN_WORDS_AUTO && builder->options->keep_spans;
    if (builder->bad || (sentence->n_words == 0 && !wordless_may_stay)) {
        set->text_size = sentence->text_start;
        set->n_spans = sentence->first_span;
        set->n_words = sentence->first_word;
        set->n_skipped += builder->bad;
    } else {
        nomen_status status = NOMEN_RESERVE(set->sentences, builder->sentences_capacity, set->n_sentences + 1, err);
        if (status != NOMEN_OK) { return status; }
        set->sentences[set->n_sentences++] = *sentence;
        builder->document_start = false;
    }
    builder->open = false;
    builder->bad = false;
    return NOMEN_OK;
}

nomen_status nomen_builder_fault_of(nomen_builder *builder, nomen_diagnostic_kind kind, size_t line, nomen_error *err,
                                    const char *format, ...) {
    char message[NOMEN_ERROR_SIZE];
    va_list arguments;
    va_start(arguments, format);
    nomen_number_vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (!builder->skip_bad) { return nomen_error_set(err, NOMEN_ERROR_DATA, "%s:%zu: %s", builder->name, line, message); }
    const nomen_data_sink *sink = builder->set.notes.sink;
    if (sink != NULL) { sink->report(sink->user, kind, builder->name, line, message); }
    if (builder->first_bad_line == 0) {
        builder->first_bad_line = line;
        memcpy(builder->first_bad, message, sizeof message);
    }
    if (builder->open) {
        builder->bad = true;
    } else {
        builder->set.n_skipped++;
    }
    return NOMEN_OK;
}

void nomen_builder_clear(nomen_builder *builder) {
    nomen_interner_clear(&builder->tags);
    nomen_mem_free(builder->tag_lines);
    nomen_interner_clear(&builder->labels);
    nomen_aligner_clear(&builder->aligner);
    nomen_mem_free(builder->unknown);
    nomen_buffer_clear(&builder->tag);
    nomen_buffer_clear(&builder->document);
    nomen_buffer_clear(&builder->names);
    nomen_dataset_clear(&builder->set);
}
