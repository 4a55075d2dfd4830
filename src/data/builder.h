/*
 * Builds a dataset. Readers hand over sentences word by word. The builder keeps the arrays, and decides what a fault
 * means: an error, or with skip_bad a sentence that is dropped and counted.
 */
#ifndef NOMEN_DATA_BUILDER_H
#define NOMEN_DATA_BUILDER_H

#include "base/buffer.h"
#include "base/intern.h"
#include "data/align_spans.h"
#include "data/dataset.h"
#include "data/diagnostics.h"

typedef struct nomen_builder {
    nomen_dataset set; /* its tag_names are empty until nomen_scheme_resolve fills them */
    const nomen_data_options *options;
    size_t text_capacity, words_capacity, tags_capacity, sentences_capacity, spans_capacity;
    nomen_interner tags;
    size_t *tag_lines; /* (tags.n) the line where each tag was first seen */
    size_t n_tag_lines, tag_lines_capacity;
    nomen_interner labels; /* the labels of spans */
    nomen_aligner aligner; /* for texts with spans */
    nomen_buffer tag;      /* scratch: the tag that is being built */
    const char *name;      /* the file's name in messages */
    const char *path;      /* the file's path; NULL if its bytes came from memory or standard input */
    uint32_t file;         /* its index in set.files, if the dataset has several files */
    size_t max_rows;       /* SIZE_MAX for all */
    bool skip_bad;

    nomen_sentence sentence; /* the open sentence */
    nomen_span *unknown;     /* the parts of the open text whose labels are unknown */
    size_t n_unknown, unknown_capacity;
    bool open, bad;
    bool document_start;   /* whether the next sentence begins a document */
    nomen_buffer document; /* the name of the last document, if has_document is set */
    bool has_document;
    nomen_buffer names; /* becomes set.names; its last next_name bytes are the name of the next sentence */
    size_t next_name;
    bool next_is_number;

    /* For recognising a wrong column (data/implausible.h). */
    bool other_letters;                 /* a column other than those of words and tags has letters */
    char word_place[64], tag_place[64]; /* their column, as "column 'Tag'"; "": as the format defines */

    size_t first_bad_line; /* the line of the first fault that was skipped; 0 if none was */
    char first_bad[NOMEN_ERROR_SIZE];
} nomen_builder;

/* Opens a sentence that starts on `line`. */
void nomen_builder_begin(nomen_builder *builder, size_t line);

/* For readers of columns: sets the columns of the words and tags, from 0, and whether another column has letters. */
void nomen_builder_columns(nomen_builder *builder, size_t word, size_t tag, bool other_letters);

/* Sets the name of the sentence that is begun next: its id, which may be a number, or its file. With 0 bytes it has none. */
nomen_status nomen_builder_name(nomen_builder *builder, const char *name, size_t n_bytes, bool is_number, nomen_error *err);

/* Finds the number of a tag on `line`. More than 65536 different tags are an error: the column does not contain tags. */
nomen_status nomen_builder_number_tag(nomen_builder *builder, const char *tag, size_t n_tag, size_t line, int32_t *out,
                                      nomen_error *err);

/*
 * Adds a word to the open sentence, after a U+0020. `line` is only for messages; afterwards nomen_dataset_line gives the
 * line of a word.
 */
nomen_status nomen_builder_add(nomen_builder *builder, const char *word, size_t n_word, const char *tag, size_t n_tag,
                               size_t line, nomen_error *err);

/* Adds a sentence whose text and tags are both separated by U+0020. */
nomen_status nomen_builder_add_row(nomen_builder *builder, const char *text, size_t n_text, const char *tags, size_t n_tags,
                                   size_t line, nomen_error *err);

/* Adds a word and its tag to the open sentence; the word is the part `span` of its text. */
nomen_status nomen_builder_append_word(nomen_builder *builder, nomen_span span, const char *tag, size_t n_tag, size_t line,
                                       nomen_error *err);

/* Appends bytes to the open sentence's text, for readers that join words themselves. */
nomen_status nomen_builder_append_text(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);

/* Closes the open sentence, if there is one and it has words. A bad sentence is dropped and counted. */
nomen_status nomen_builder_end(nomen_builder *builder, nomen_error *err);

/*
 * Reports a fault of a kind on `line` of the file; the message has neither file nor line. With skip_bad the open sentence is
 * dropped, or only the row if no sentence is open. Otherwise this is NOMEN_ERROR_DATA.
 */
nomen_status nomen_builder_fault_of(nomen_builder *builder, nomen_diagnostic_kind kind, size_t line, nomen_error *err,
                                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The same for a fault without a kind of its own. */
#define nomen_builder_fault(builder, line, err, ...) \
    nomen_builder_fault_of((builder), NOMEN_FAULT_ROW, (line), (err), __VA_ARGS__)

/* Whether the builder has max_rows sentences. */
static inline bool nomen_builder_full(const nomen_builder *builder) {
    return builder->set.n_sentences >= builder->max_rows;
}

/* Frees the content of a builder. */
void nomen_builder_clear(nomen_builder *builder);

#endif
