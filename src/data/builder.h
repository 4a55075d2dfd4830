/*
 * A dataset in the making. Readers hand over sentences word by word; the builder keeps the arrays,
 * and decides what a fault means: an error, or (skip_bad) a sentence dropped and counted.
 */
#ifndef NOMEN_DATA_BUILDER_H
#define NOMEN_DATA_BUILDER_H

#include "base/buffer.h"
#include "data/dataset.h"
#include "data/sink.h"
#include "data/tag_table.h"

typedef struct nomen_builder {
    nomen_dataset set; /* its tag_names stay empty until nomen_scheme_settle */
    const nomen_data_options *options;
    size_t text_capacity, words_capacity, tags_capacity, sentences_capacity, spans_capacity;
    nomen_tag_table tags;
    nomen_tag_table labels; /* of spans */
    struct nomen_aligner *aligner; /* what align_spans.c works with; NULL until the first text */
    const char *name; /* of the file, in messages */
    uint32_t file;    /* its place in set.files, where a dataset is of several */
    size_t max_rows;  /* SIZE_MAX for all */
    bool skip_bad;

    nomen_sentence sentence; /* the open one */
    bool open, bad;
    bool document_start; /* for the next one */
    nomen_buffer document; /* name of the last document, where has_document */
    bool has_document;
    nomen_buffer names; /* becomes set.names; of the next sentence its last next_name bytes */
    size_t next_name;
    bool next_is_number;

    size_t first_bad_line; /* of what was skipped; 0 for nothing */
    char first_bad[NOMEN_ERROR_SIZE];
} nomen_builder;

/* Opens a sentence that starts on `line`. */
void nomen_builder_begin(nomen_builder *builder, size_t line);

/* The name of the sentence that is begun next: its id, a number or not, or its file. 0 bytes: it has none. */
nomen_status nomen_builder_name(nomen_builder *builder, const char *name, size_t n_bytes, bool is_number, nomen_error *err);

/* Adds a word behind a U+0020 to the open sentence. Its line is where its tag stands. */
nomen_status nomen_builder_add(nomen_builder *builder, const char *word, size_t n_word, const char *tag, size_t n_tag,
                               size_t line, nomen_error *err);

/* Adds a sentence whose text and tags are both cut at U+0020. */
nomen_status nomen_builder_add_row(nomen_builder *builder, const char *text, size_t n_text, const char *tags,
                                   size_t n_tags, size_t line, nomen_error *err);

/* Opens a sentence that is a whole text, whose words nomen_builder_end_text will find. */
nomen_status nomen_builder_begin_text(nomen_builder *builder, const char *text, size_t n_bytes, size_t line,
                                      nomen_error *err);

/*
 * Adds an entity to the open text: bytes start to end, which are whole characters. An empty one, one past
 * the text, a label that is empty or holds a NUL is a fault.
 */
nomen_status nomen_builder_add_span(nomen_builder *builder, size_t start, size_t end, const char *label, size_t n_label,
                                    nomen_error *err);

/* Closes the open text: cuts it into words and makes their tags from the spans. */
nomen_status nomen_builder_end_text(nomen_builder *builder, nomen_error *err);

/* The same with words of the caller's, at least one, in order. */
nomen_status nomen_builder_end_text_as(nomen_builder *builder, const nomen_span *words, size_t n_words, nomen_error *err);

/* Adds a word's tag to the open sentence; the word is `span` of its text. */
nomen_status nomen_builder_put_word(nomen_builder *builder, nomen_span span, const char *tag, size_t n_tag, size_t line,
                                    nomen_error *err);

/* Closes the open sentence, if there is one with words; a bad one is dropped and counted. */
nomen_status nomen_builder_end(nomen_builder *builder, nomen_error *err);

/*
 * A fault in the file on `line` (message without file and line), of a nomen_fault_kind. With skip_bad, the open sentence,
 * or the row alone where none is open, will be dropped; otherwise this is NOMEN_ERROR_DATA.
 */
nomen_status nomen_builder_fault_of(nomen_builder *builder, nomen_fault_kind kind, size_t line, nomen_error *err,
                                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The same of no kind of its own. */
#define nomen_builder_fault(builder, line, err, ...) \
    nomen_builder_fault_of((builder), NOMEN_FAULT_ROW, (line), (err), __VA_ARGS__)

/* Whether max_rows sentences are there. */
static inline bool nomen_builder_full(const nomen_builder *builder) {
    return builder->set.n_sentences >= builder->max_rows;
}

/* Settles the scheme of the tags and completes builder->set, once all is in. No sentence at all is an error. */
nomen_status nomen_builder_finish(nomen_builder *builder, nomen_error *err);

/* Frees what it holds. */
void nomen_builder_clear(nomen_builder *builder);

#endif
