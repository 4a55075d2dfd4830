/*
 * Labelled sentences in memory, whatever file they came from. A word is what the file says is a
 * word; tags are kept as IOB2 (or as found, for PLAIN), interned in order of appearance.
 */
#ifndef NOMEN_DATA_DATASET_H
#define NOMEN_DATA_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "data/diagnostics.h"
#include "nomen/dataset.h"
#include "nomen/tokenizer.h"

typedef struct nomen_sentence {
    size_t text_start, text_size; /* bytes in dataset->text */
    size_t first_word, n_words;   /* in dataset->words and dataset->tags */
    size_t line;                  /* where it starts in the file, from 1 */
    size_t first_span, n_spans;   /* in dataset->spans */
    size_t name_start, name_size; /* bytes in dataset->names; its id or the name of its file, size 0 for none */
    bool name_is_number;          /* the id was a number, not a text */
    uint32_t file;                /* in dataset->files */
    bool document_start;          /* a -DOCSTART- line or another sign of a new document stood before it */
} nomen_sentence;

/*
 * The name of the tag of words whose label is unknown: they were never annotated. No file can have it. Such words are in no
 * label set, neither trained on nor scored, and written as O.
 */
#define NOMEN_TAG_UNKNOWN ""

/* An entity as a file of texts gives it: bytes of the sentence's text, whole characters. */
typedef struct nomen_gold_span {
    size_t start, end;
    int32_t label; /* in span_labels */
} nomen_gold_span;

/* How the lines of words follow from their sentence's in the files of a format; 0: they have no line of their own. */
enum {
    NOMEN_LINES_WORD = 1, /* a line a word */
    NOMEN_LINES_TEXT = 2  /* the text stands in the file with its line breaks */
};

struct nomen_dataset {
    char *path;
    char **files; /* where `path` is a directory of several; otherwise none, and n_files 0 */
    size_t n_files;
    const char *encoding; /* as it was read: "UTF-8", "cp1252"... */
    nomen_data_format format;
    unsigned word_lines; /* of its format: NOMEN_LINES_WORD, NOMEN_LINES_TEXT */
    nomen_scheme scheme;
    char *text; /* all sentences' texts, UTF-8 */
    size_t text_size;
    char *names;       /* of sentences, one after the other; NULL for none */
    nomen_span *words; /* bytes relative to the sentence's text */
    int32_t *tags;     /* index in tag_names, a tag a word */
    size_t n_words;
    char **tag_names;
    size_t n_tags;
    bool has_unknown; /* a word has NOMEN_TAG_UNKNOWN */
    int32_t *found;   /* with keep_found, where tags became IOB2: those of the file (n_words), in found_names; else NULL */
    char **found_names;
    size_t n_found_names;
    nomen_sentence *sentences;
    size_t n_sentences;
    size_t n_skipped; /* bad rows dropped under skip_bad */

    /* From a file of texts: how they were cut into words, and the spans as they stood there, from which
     * the tags were made. Otherwise NOMEN_WORDS_AUTO and nothing. */
    nomen_word_unit unit;
    nomen_gold_span *spans;
    size_t n_spans;
    char **span_labels;
    size_t n_span_labels;
    nomen_notes notes; /* what of the file is not, or not as it stood, in the above */
};

/* Puts the tags as the file has them in the place of those in IOB2, where it was read with keep_found; for scoring alone. */
void nomen_dataset_use_found_tags(nomen_dataset *dataset);

/* Frees what it holds and leaves {0}. */
void nomen_dataset_clear(nomen_dataset *dataset);

/* Whether each sentence is a document by itself: those of a file of texts that marks no boundaries. */
bool nomen_dataset_each_alone(const nomen_dataset *dataset);

/* Whether a tag is that of words whose label is unknown. */
static inline bool nomen_tag_is_unknown(const char *tag) {
    return tag[0] == '\0';
}

/* A tag's name for a message: "?" for that of unknown words. */
static inline const char *nomen_tag_shown(const char *tag) {
    return nomen_tag_is_unknown(tag) ? "?" : tag;
}

/* The tag that a scorer gets: O for that of unknown words. */
static inline const char *nomen_tag_or_outside(const char *tag) {
    return nomen_tag_is_unknown(tag) ? "O" : tag;
}

/* Whether a word's label is unknown; `word` is an index in dataset->words. */
static inline bool nomen_word_is_unknown(const nomen_dataset *dataset, size_t word) {
    return dataset->has_unknown && nomen_tag_is_unknown(dataset->tag_names[dataset->tags[word]]);
}

/* Which words of a sentence are of unknown label: out (n_words). */
void nomen_sentence_unknown(const nomen_dataset *dataset, size_t sentence, bool *out);

/* Whether bytes of a sentence's text touch a word whose label is unknown. */
bool nomen_span_is_unknown(const nomen_dataset *dataset, size_t sentence, nomen_span span);

/* A sentence's text. Borrowed, not NUL-terminated. */
static inline const char *nomen_sentence_text(const nomen_dataset *dataset, size_t sentence) {
    return dataset->text + dataset->sentences[sentence].text_start;
}

/* A sentence's name (name_size bytes); not to be asked for where there is none. */
static inline const char *nomen_sentence_name(const nomen_dataset *dataset, size_t sentence) {
    return dataset->names + dataset->sentences[sentence].name_start;
}

/*
 * The line of a word: its own in formats of one word per line (counted from the sentence's, newlines in quoted cells
 * included), by the newlines of the text in brat's, its sentence's otherwise.
 */
size_t nomen_dataset_line(const nomen_dataset *dataset, size_t sentence, size_t word);

/* The file a sentence is of. */
static inline const char *nomen_dataset_file(const nomen_dataset *dataset, size_t sentence) {
    return dataset->n_files > 0 ? dataset->files[dataset->sentences[sentence].file] : dataset->path;
}

#endif
