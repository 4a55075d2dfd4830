/*
 * Labelled sentences in memory: read from a file of any format, looked at, split, and written in another format.
 *
 *     nomen_error err = {0};
 *     nomen_dataset *set = NULL;
 *     nomen_sentence_view s = {.size = sizeof s};
 *     if (nomen_dataset_load("train.conll", NULL, &set, &err) != NOMEN_OK) { return fail(&err); }
 *     for (size_t i = 0; nomen_dataset_get_sentence(set, i, &s); i++) {
 *         for (size_t w = 0; w < s.n_words; w++) {
 *             printf("%.*s %s\n", (int)(s.words[w].end - s.words[w].start), s.text + s.words[w].start,
 *                    nomen_dataset_get_tag(set, (size_t)s.tags[w]));
 *         }
 *     }
 *     nomen_dataset_save(set, "train.jsonl", NULL, NULL, &err);
 *     nomen_dataset_free(set);
 *
 * A dataset never changes after it was loaded: any number of threads may use one. What its functions return is borrowed and
 * lives as long as the dataset, unless it says otherwise.
 */
#ifndef NOMEN_DATASET_H
#define NOMEN_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nomen/data.h"
#include "nomen/error.h"
#include "nomen/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Labelled sentences, as read from a file. Never changes, so any number of threads may read it. */
typedef struct nomen_dataset nomen_dataset;

/*
 * Reads a labelled file, "-" being standard input; `options` may be NULL for the defaults. On NOMEN_OK *out is the caller's,
 * to be freed with nomen_dataset_free. The log gets the skipped rows and the detected format, scheme and encoding. Fails with
 * NOMEN_ERROR_IO, _MEMORY, _INTERRUPTED, _ARGUMENT (impossible options), _FORMAT (the file is damaged, or its format is not
 * known), _DATA (words and labels don't fit together), _UNSUPPORTED and _LIMIT (a packed file that is too large); the message
 * has file and line, and err->remedy the option that helps.
 */
nomen_status nomen_dataset_load(const char *path, const nomen_data_options *options, nomen_dataset **out, nomen_error *err);

/* The same for n_bytes bytes in memory, which may be packed too; `name` is what messages call them. Nothing is kept of them. */
nomen_status nomen_dataset_load_bytes(const void *bytes, size_t n_bytes, const char *name, const nomen_data_options *options,
                                      nomen_dataset **out, nomen_error *err);

/* Frees a dataset; NULL is allowed. */
void nomen_dataset_free(nomen_dataset *dataset);

/* What is known about a dataset. Set `size` before the call. */
typedef struct nomen_dataset_info {
    size_t size;          /* of this struct */
    const char *path;     /* the file, or the name of the bytes */
    const char *encoding; /* as it was read: "UTF-8", "cp1252"... */
    nomen_data_format format;
    nomen_scheme scheme; /* of the file's tags; in memory they are IOB2, unless it is PLAIN */
    size_t n_sentences;  /* or texts */
    size_t n_words;
    size_t n_tags;    /* different tags, see nomen_dataset_get_tag */
    size_t n_spans;   /* of a file of texts: spans as they stand there; otherwise 0 */
    size_t n_skipped; /* bad rows that were left out, with skip_bad */
    size_t n_notes;   /* things that are not in memory as they stood in the file, see nomen_dataset_get_note */
    bool has_unknown; /* some words have no known label: their tag is "" */
} nomen_dataset_info;

/* Fills as much of *out as its size has room for. */
void nomen_dataset_get_info(const nomen_dataset *dataset, nomen_dataset_info *out);

/* The tag of that number ("B-per"), from 0 to n_tags - 1; "" is that of words without a known label. NULL for another number. */
const char *nomen_dataset_get_tag(const nomen_dataset *dataset, size_t tag);

/*
 * The i-th kind of what is not in memory as it stood in the file, such as "misaligned" spans, and how often there is one;
 * false if there are fewer kinds. docs/FORMATS.md explains them.
 */
bool nomen_dataset_get_note(const nomen_dataset *dataset, size_t i, const char **kind, size_t *count);

/* A sentence, or a text. Set `size` before the call. */
typedef struct nomen_sentence_view {
    size_t size;      /* of this struct */
    const char *text; /* n_bytes of UTF-8, not NUL-terminated; of a file of words, these joined by spaces */
    size_t n_bytes;
    const nomen_span *words; /* (n_words) bytes of the text */
    const int32_t *tags;     /* (n_words) numbers of tags */
    size_t n_words;
    const char *name; /* its id, or the name of its file in a directory: name_size bytes; NULL for none */
    size_t name_size;
    const char *file;    /* the file it is from */
    size_t line;         /* where it begins there, from 1 */
    bool document_start; /* a new document begins with it */
} nomen_sentence_view;

/* Fills as much of *out as its size has room for; false, and nothing, if there are fewer sentences. */
bool nomen_dataset_get_sentence(const nomen_dataset *dataset, size_t sentence, nomen_sentence_view *out);

/* An entity of a sentence: its type ("per") and the bytes of the text. */
typedef struct nomen_gold_entity {
    const char *type;
    nomen_span span;
} nomen_gold_entity;

/*
 * The entities of a sentence in the order of their beginnings, the longest first: the file's spans, or runs of words of one
 * type. On NOMEN_OK *out is an array of *n, which the caller frees with nomen_free; the types are borrowed. Fails with
 * NOMEN_ERROR_MEMORY, and NOMEN_ERROR_ARGUMENT if there are fewer sentences.
 */
nomen_status nomen_dataset_get_entities(const nomen_dataset *dataset, size_t sentence, nomen_gold_entity **out, size_t *n,
                                        nomen_error *err);

/* How sentences are split. */
typedef enum nomen_split_kind {
    NOMEN_SPLIT_TEXT = 0, /* at random, equal texts in one part */
    NOMEN_SPLIT_NUMPY = 1 /* as numpy's np.split(df.sample(frac=1, random_state=seed), ...) does; seeds up to 2^32-1 */
} nomen_split_kind;

/*
 * Splits into train, dev and test by percentages, which sum to 100, as nomen_train does. On NOMEN_OK *out is an array with the
 * numbers of all sentences, those of train first, then dev, then test, which the caller frees with nomen_free; n_parts gets how
 * many each part has. The same sentences, percentages and seed give the same split on any machine. Fails with
 * NOMEN_ERROR_ARGUMENT, _MEMORY and, with NUMPY for more than 2^32 sentences, _LIMIT.
 */
nomen_status nomen_dataset_split(const nomen_dataset *dataset, const unsigned percent[3], nomen_split_kind kind, uint64_t seed,
                                 size_t **out, size_t n_parts[3], nomen_error *err);

/* How to write a dataset: nomen_convert_options o = {.size = sizeof o}, then change. What it points to is borrowed. */
typedef struct nomen_convert_options {
    size_t size;              /* of this struct */
    nomen_data_format format; /* AUTO: by the name of the file written; without one, that of the dataset */
    nomen_scheme scheme;      /* of the tags; AUTO: that of the file read, IOB2 for spans */
    bool overwrite;           /* replace an existing file, or directory of brat's files */
    const size_t *sentences;  /* (n_sentences) only these, in this order; NULL: all */
    size_t n_sentences;
} nomen_convert_options;

/* What was converted, and what the new format could not hold. Independent of the dataset. */
typedef struct nomen_conversion nomen_conversion;

/*
 * Writes the dataset to `path`, completely or not at all; brat is a pair if `path` ends in .ann or .txt, otherwise a directory.
 * `options` may be NULL. If `out` is not NULL it gets what was converted on NOMEN_OK, to be freed with nomen_conversion_free;
 * what was not kept also goes to the log. For a file of texts with spans, read with keep_spans if spans are written again.
 * Fails with NOMEN_ERROR_EXISTS, _IO, _MEMORY, and _ARGUMENT for a format that is not written or can't hold the sentences.
 */
nomen_status nomen_dataset_save(const nomen_dataset *dataset, const char *path, const nomen_convert_options *options,
                                nomen_conversion **out, nomen_error *err);

/* The same, handed over in parts; `name` is what messages call the output. brat is NOMEN_ERROR_ARGUMENT. */
nomen_status nomen_dataset_write_parts(const nomen_dataset *dataset, const char *name, const nomen_convert_options *options,
                                       nomen_bytes_function part, void *user, nomen_conversion **out, nomen_error *err);

/* Frees what nomen_dataset_save returned; NULL is allowed. */
void nomen_conversion_free(nomen_conversion *conversion);

/* How many things were not kept, in reading and in writing; 0: the file written says what the file read said. */
size_t nomen_conversion_get_n_lost(const nomen_conversion *conversion);

/* The i-th kind of what the format written could not hold, as nomen_dataset_get_note. */
bool nomen_conversion_get_note(const nomen_conversion *conversion, size_t i, const char **kind, size_t *count);

/*
 * All of it as one JSON object on one line, that of `nomen convert --json`. On NOMEN_OK *out is NUL-terminated UTF-8 of
 * *n_bytes bytes (n_bytes may be NULL), which the caller frees with nomen_free. Fails with NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_conversion_to_json(const nomen_conversion *conversion, char **out, size_t *n_bytes, nomen_error *err);

/* "text" or "numpy"; "unknown" for any other value. Borrowed, never NULL. */
const char *nomen_split_kind_name(nomen_split_kind kind);

/* The kind of that name; another name is NOMEN_ERROR_ARGUMENT, whose message lists them. */
nomen_status nomen_split_kind_parse(const char *name, nomen_split_kind *out, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
