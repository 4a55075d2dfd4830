/*
 * Labelled sentences in memory, whatever file they came from. A word is what the file says is a
 * word; tags are kept as IOB2 (or as found, for `plain`), interned in order of appearance.
 */
#ifndef NOMEN_DATA_DATASET_H
#define NOMEN_DATA_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "nomen/tokenizer.h"

/* File formats, detected by content. */
typedef enum nomen_data_format {
    NOMEN_DATA_AUTO = 0,
    NOMEN_DATA_SEED_CSV, /* a row a sentence: text,labels; both cut at U+0020 */
    NOMEN_DATA_LONG_CSV, /* a row a token: Sentence #,Word,POS,Tag */
    NOMEN_DATA_CONLL     /* a line a token, first column the word, last the tag; blank lines between sentences */
} nomen_data_format;

/* Tag schemes as found in the file. Inside, all but PLAIN are IOB2. */
typedef enum nomen_scheme {
    NOMEN_SCHEME_IOB2 = 0, /* B- starts every entity */
    NOMEN_SCHEME_IOB1,     /* B- only between neighbours of one type */
    NOMEN_SCHEME_PLAIN     /* no prefixes: each tag is a label of its own */
} nomen_scheme;

typedef struct nomen_sentence {
    size_t text_start, text_size; /* bytes in dataset->text */
    size_t first_word, n_words;   /* in dataset->words and dataset->tags */
    size_t line;                  /* where it starts in the file, from 1 */
    bool document_start;          /* a -DOCSTART- line or another sign of a new document stood before it */
} nomen_sentence;

typedef struct nomen_dataset {
    char *path;
    nomen_data_format format;
    nomen_scheme scheme;
    char *text;        /* all sentences' texts, UTF-8 */
    size_t text_size;
    nomen_span *words; /* bytes relative to the sentence's text */
    int32_t *tags;     /* index in tag_names, a tag a word */
    size_t n_words;
    char **tag_names;
    size_t n_tags;
    nomen_sentence *sentences;
    size_t n_sentences;
    size_t n_skipped; /* bad rows dropped under skip_bad */
} nomen_dataset;

typedef struct nomen_data_options {
    nomen_data_format format;
    size_t max_rows;      /* the first so many sentences; 0 for all */
    bool skip_bad;        /* drop and count bad rows instead of failing */
    const char *encoding; /* NULL: UTF-8, else cp1252 (said through the log); "utf-8", "cp1252", "latin-1" */
} nomen_data_options;

/*
 * Reads a file ("-" is standard input). Errors carry file, line, what was found and what to do:
 * counts of words and labels that differ, an empty file, a broken quote, a file that is not text.
 * Skipped rows and the detected format, scheme and encoding go to the log.
 */
nomen_status nomen_dataset_read(const char *path, const nomen_data_options *options, nomen_dataset *out,
                                nomen_error *err);

/* The same from memory; `name` is what messages call it. */
nomen_status nomen_dataset_parse(const char *bytes, size_t n_bytes, const char *name,
                                 const nomen_data_options *options, nomen_dataset *out, nomen_error *err);

/* Frees what it holds and leaves {0}. */
void nomen_dataset_clear(nomen_dataset *dataset);

/* A sentence's text. Borrowed, not NUL-terminated. */
static inline const char *nomen_sentence_text(const nomen_dataset *dataset, size_t sentence) {
    return dataset->text + dataset->sentences[sentence].text_start;
}

const char *nomen_data_format_name(nomen_data_format format);
const char *nomen_scheme_name(nomen_scheme scheme);

#endif
