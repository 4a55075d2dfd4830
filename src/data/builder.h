/*
 * A dataset in the making. Readers hand over sentences word by word; the builder keeps the arrays,
 * and decides what a fault means: an error, or (skip_bad) a sentence dropped and counted.
 */
#ifndef NOMEN_DATA_BUILDER_H
#define NOMEN_DATA_BUILDER_H

#include "base/buffer.h"
#include "base/intern.h"
#include "data/align_spans.h"
#include "data/dataset.h"
#include "data/diagnostics.h"

typedef struct nomen_builder {
    nomen_dataset set; /* its tag_names stay empty until nomen_scheme_resolve */
    const nomen_data_options *options;
    size_t text_capacity, words_capacity, tags_capacity, sentences_capacity, spans_capacity;
    nomen_interner tags;
    size_t *tag_lines; /* (tags.n) where each tag was first seen */
    size_t n_tag_lines, tag_lines_capacity;
    nomen_interner labels; /* of spans */
    nomen_aligner aligner; /* of texts with spans */
    nomen_buffer tag;      /* a tag in the making */
    const char *name;      /* of the file, in messages */
    const char *path;      /* of the file; NULL: its bytes came from memory or standard input */
    uint32_t file;         /* its place in set.files, where a dataset is of several */
    size_t max_rows;       /* SIZE_MAX for all */
    bool skip_bad;

    nomen_sentence sentence; /* the open one */
    nomen_span *unknown;     /* bytes of the open text whose annotation is unknown */
    size_t n_unknown, unknown_capacity;
    bool open, bad;
    bool document_start;   /* for the next one */
    nomen_buffer document; /* name of the last document, where has_document */
    bool has_document;
    nomen_buffer names; /* becomes set.names; of the next sentence its last next_name bytes */
    size_t next_name;
    bool next_is_number;

    /* For what can't be meant (data/implausible.h). */
    bool other_letters;                 /* a column besides those of words and tags holds letters */
    char word_place[64], tag_place[64]; /* where they stand, as "column 'Tag'"; "": where the format has them */

    size_t first_bad_line; /* of what was skipped; 0 for nothing */
    char first_bad[NOMEN_ERROR_SIZE];
} nomen_builder;

/* Opens a sentence that starts on `line`. */
void nomen_builder_begin(nomen_builder *builder, size_t line);

/* For readers of columns: those of the words and tags, from 0, and whether another holds letters. */
void nomen_builder_columns(nomen_builder *builder, size_t word, size_t tag, bool other_letters);

/* The name of the sentence that is begun next: its id, a number or not, or its file. 0 bytes: it has none. */
nomen_status nomen_builder_name(nomen_builder *builder, const char *name, size_t n_bytes, bool is_number, nomen_error *err);

/* The number of a tag that stands on `line`. More than 65536 different tags mean that the column does not hold tags. */
nomen_status nomen_builder_number_tag(nomen_builder *builder, const char *tag, size_t n_tag, size_t line, int32_t *out,
                                      nomen_error *err);

/*
 * Adds a word after a U+0020 to the open sentence. `line` is for messages; the line of a word afterwards is
 * nomen_dataset_line's to say.
 */
nomen_status nomen_builder_add(nomen_builder *builder, const char *word, size_t n_word, const char *tag, size_t n_tag,
                               size_t line, nomen_error *err);

/* Adds a sentence whose text and tags are both cut at U+0020. */
nomen_status nomen_builder_add_row(nomen_builder *builder, const char *text, size_t n_text, const char *tags, size_t n_tags,
                                   size_t line, nomen_error *err);

/* Adds a word's tag to the open sentence; the word is `span` of its text. */
nomen_status nomen_builder_append_word(nomen_builder *builder, nomen_span span, const char *tag, size_t n_tag, size_t line,
                                       nomen_error *err);

/* Appends bytes to the open sentence's text, which holds words of its own making. */
nomen_status nomen_builder_append_text(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);

/* Closes the open sentence, if there is one with words; a bad one is dropped and counted. */
nomen_status nomen_builder_end(nomen_builder *builder, nomen_error *err);

/*
 * A fault in the file on `line` (message without file and line), of a nomen_diagnostic_kind. With skip_bad, the open sentence,
 * or the row alone where none is open, will be dropped; otherwise this is NOMEN_ERROR_DATA.
 */
nomen_status nomen_builder_fault_of(nomen_builder *builder, nomen_diagnostic_kind kind, size_t line, nomen_error *err,
                                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The same of no kind of its own. */
#define nomen_builder_fault(builder, line, err, ...) \
    nomen_builder_fault_of((builder), NOMEN_FAULT_ROW, (line), (err), __VA_ARGS__)

/* Whether max_rows sentences are there. */
static inline bool nomen_builder_full(const nomen_builder *builder) {
    return builder->set.n_sentences >= builder->max_rows;
}

/* Frees what it holds. */
void nomen_builder_clear(nomen_builder *builder);

#endif
