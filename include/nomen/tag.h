/*
 * Tagged text: the entities a model found, their positions, and how to write them.
 *
 * A nomen_tagged holds one text's result. It borrows the text and the model's label names, so both
 * must outlive it; everything else in it is its own and is kept for the next text it is filled with.
 * Offsets are bytes of the caller's text; the writers turn them into the unit that is asked for.
 */
#ifndef NOMEN_TAG_H
#define NOMEN_TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nomen/error.h"
#include "nomen/offsets.h"
#include "nomen/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* How labels of subword tokens become entities: the strategies of Hugging Face's token-classification pipeline. */
typedef enum nomen_aggregation {
    NOMEN_AGGREGATE_AUTO = 0,    /* the one that the model's thresholds were fitted with; FIRST if there are none */
    NOMEN_AGGREGATE_NONE = 1,    /* every subword token not labelled O, by itself */
    NOMEN_AGGREGATE_SIMPLE = 2,  /* neighbouring subword tokens of one type */
    NOMEN_AGGREGATE_FIRST = 3,   /* neighbouring words of one type; a word takes its first subword token's label */
    NOMEN_AGGREGATE_AVERAGE = 4, /* ... the label of its subword tokens' mean probabilities */
    NOMEN_AGGREGATE_MAX = 5      /* ... the label of its most certain subword token */
} nomen_aggregation;

/* "auto", "none", "simple", "first", "average" or "max". Borrowed, never NULL. */
const char *nomen_aggregation_name(nomen_aggregation aggregation);

/* The strategy of that name but "auto"; another name is NOMEN_ERROR_ARGUMENT, whose message lists them. */
nomen_status nomen_aggregation_parse(const char *name, nomen_aggregation *out, nomen_error *err);

/* One entity or, with NONE, one subword token. */
typedef struct nomen_entity {
    int32_t label;              /* with NONE the label; otherwise the label of the entity's first subword token or word */
    const char *name;           /* the label ("B-per") with NONE, else the type ("per"). Borrowed from the label names */
    float score;                /* the probability; the mean over the entity's subword tokens or words */
    nomen_span span;            /* bytes of the text */
    size_t index;               /* NONE: HF's index, the subword token's place counting special tokens, from 1; else 0 */
    size_t first_word, n_words; /* the words of the text that it is in, wholly or in part */
} nomen_entity;

/* Entities in the order of the text. Start it as {0}. */
typedef struct nomen_entities {
    nomen_entity *items;
    size_t n;
    size_t capacity;
    float *scores; /* working memory of aggregation */
    size_t scores_capacity;
} nomen_entities;

/* Frees what it holds and leaves {0}. */
void nomen_entities_clear(nomen_entities *entities);

/*
 * A window in which the model read part of a text, in bytes of the text. The parts that windows own cover the text
 * without gaps; the rest of a window is context.
 */
typedef struct nomen_window_span {
    size_t start, end;
    size_t own_start, own_end;
} nomen_window_span;

/* One text and what a model found in it. Start it as {0}; K is n_labels. */
typedef struct nomen_tagged {
    const char *text; /* borrowed; n_bytes of UTF-8, in which NUL bytes are data */
    size_t n_bytes;
    char *const *labels; /* (K) names; borrowed */
    size_t n_labels;
    nomen_aggregation aggregation; /* the aggregation that made `entities` */
    nomen_entities entities;
    nomen_span *words;    /* (n_words) bytes of the text, in its order */
    int32_t *word_labels; /* (n_words) in 0..K-1 */
    float *probabilities; /* (n_words, K) if requested, else NULL; a row of NaNs if the word has no subword token */
    size_t n_words;
    nomen_window_span *windows; /* (n_windows) if they were requested */
    size_t n_windows;
    size_t word_capacity, label_capacity, probability_capacity, window_capacity;
} nomen_tagged;

/* Frees what it holds (not what it borrows) and leaves {0}. */
void nomen_tagged_clear(nomen_tagged *tagged);

/* How tagged texts are written. */
typedef enum nomen_tag_format {
    NOMEN_TAG_TEXT = 0,  /* for people: the text with its entities marked, and a list of them */
    NOMEN_TAG_JSONL = 1, /* one JSON object on one line, with the keys of HF's pipeline */
    NOMEN_TAG_CONLL = 2, /* one line "word<TAB>label" per word, and an empty line */
    NOMEN_TAG_TSV = 3,   /* one line per entity: text, start, end, type, score, word; the first line names these */
    NOMEN_TAG_CSV = 4,   /* the same with commas, and quotes where a field needs them */
    /* For annotation tools, in the forms that nomen reads; offsets are code points. */
    NOMEN_TAG_DOCCANO = 5,      /* {"text", "label": [[start, end, type]]} per line */
    NOMEN_TAG_PRODIGY = 6,      /* {"text", "tokens", "spans"} per line; `tokens` are the words, so fill them in */
    NOMEN_TAG_SPACY = 7,        /* [["text", {"entities": [[start, end, type]]}], ...] */
    NOMEN_TAG_LABEL_STUDIO = 8, /* tasks with "data" and "predictions", for controls named "label" and "text" */
    NOMEN_TAG_BRAT = 9,         /* NAME.txt and NAME.ann; two files, so only for nomen_tagged_writer_open */
    NOMEN_TAG_HTML = 10,        /* a web page in one file, which loads and runs nothing */
    NOMEN_TAG_REDACTED = 11     /* the texts, a line end after each, with their entities replaced */
} nomen_tag_format;

/* "text", "jsonl", "conll", "tsv", "csv", "doccano", "prodigy", "spacy", "label-studio", "brat", "html" or "redacted". Borrowed,
 * never NULL. */
const char *nomen_tag_format_name(nomen_tag_format format);

/* The format of that name; another name is NOMEN_ERROR_ARGUMENT. */
nomen_status nomen_tag_format_parse(const char *name, nomen_tag_format *out, nomen_error *err);

/* What replaces an entity in a redacted text. TYPE is the name of its type in capitals: "PER" for "per". */
typedef enum nomen_redaction {
    NOMEN_REDACT_TYPE = 0,     /* [PER] */
    NOMEN_REDACT_MASK = 1,     /* a full block (U+2588) for each code point except line ends: as long as the entity */
    NOMEN_REDACT_PSEUDONYM = 2 /* PER_1: the same for the same bytes of the same type, in all texts of a document */
} nomen_redaction;

/* The one called "type", "mask" or "pseudonym"; another name is NOMEN_ERROR_ARGUMENT. */
nomen_status nomen_redaction_parse(const char *name, nomen_redaction *out, nomen_error *err);

/* The names again; "unknown" for any other value. Borrowed, never NULL. */
const char *nomen_redaction_name(nomen_redaction redaction);

/* HTML marks entities whose score is lower. */
#define NOMEN_TAG_LOW_SCORE 0.7F

/* Settings of the writers: nomen_tag_write_options o = {.size = sizeof o} is HF's way. What it points to is borrowed. */
typedef struct nomen_tag_write_options {
    size_t size;               /* of this struct */
    nomen_offset_unit offsets; /* text, JSONL, TSV, CSV and HTML */
    bool all_scores;           /* text and JSONL: also each word with the probability of each label */
    bool color;                /* text: mark entities with a terminal's colours instead of brackets */
    const char *model;         /* Label Studio ("model_version") and HTML: the model's name; NULL for none */
    const char *title;         /* HTML: of the page; NULL for "Entities" */
    bool one_text;             /* HTML: there is one text, without a number; REDACTED: add no line end after it */
    nomen_redaction redaction; /* REDACTED: how */
    const char *types;         /* REDACTED: which types, separated by commas; NULL for all */
    const char *map;    /* REDACTED with PSEUDONYM: the file to which finish writes the originals, for nomen_restore; only its
                        * owner can read it (mode 0600). NULL: none */
    bool overwrite_map; /* replace an existing map, which is NOMEN_ERROR_EXISTS otherwise */
} nomen_tag_write_options;

/*
 * Writes one tagged text as a complete document; `options` may be NULL for the defaults. On NOMEN_OK *out is UTF-8
 * (REDACTED: if the text was) that ends in a newline, NUL-terminated, of *n_bytes bytes (n_bytes may be NULL), which the
 * caller frees with nomen_free. Fails with NOMEN_ERROR_MEMORY; BRAT is NOMEN_ERROR_ARGUMENT.
 */
nomen_status nomen_tagged_to_string(const nomen_tagged *tagged, nomen_tag_format format, const nomen_tag_write_options *options,
                                    char **out, size_t *n_bytes, nomen_error *err);

/*
 * Many texts in one document, in the order they are added: some formats have a beginning and an end of their own.
 *
 *     nomen_tagged_writer *writer;
 *     nomen_tagged_writer_open("out.csv", false, NOMEN_TAG_CSV, NULL, &writer, &err);
 *     ... nomen_tagged_writer_add(writer, tagged, &err); ...    for each text, say in a nomen_tagged_function
 *     nomen_tagged_writer_finish(writer, &err);
 *     nomen_tagged_writer_free(writer);
 *
 * Memory does not grow with the number of texts, except with pseudonyms: each different entity is kept.
 */
typedef struct nomen_tagged_writer nomen_tagged_writer;

/* A writer that hands its bytes to `part`; `options` may be NULL for the defaults. */
nomen_status nomen_tagged_writer_create(nomen_tag_format format, const nomen_tag_write_options *options,
                                        nomen_bytes_function part, void *user, nomen_tagged_writer **out, nomen_error *err);

/*
 * A writer to a file, which appears at `path` only when it is finished. An existing file is replaced with `overwrite`,
 * and is NOMEN_ERROR_EXISTS without it. BRAT: if `path` ends in .ann or .txt, a pair for one text, otherwise a directory
 * with one pair per text.
 */
nomen_status nomen_tagged_writer_open(const char *path, bool overwrite, nomen_tag_format format,
                                      const nomen_tag_write_options *options, nomen_tagged_writer **out, nomen_error *err);

/*
 * BRAT: what the next text's pair is called, a name without "/" ("report" for report.txt and report.ann); otherwise it
 * is its number. If the name was used before, a number follows it. Other formats ignore it.
 */
nomen_status nomen_tagged_writer_name_next(nomen_tagged_writer *writer, const char *name, nomen_error *err);

/* Adds a text. All texts of a document must be tagged by one model. */
nomen_status nomen_tagged_writer_add(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err);

/*
 * REDACTED with PSEUDONYM: the map of what was added so far, the JSON that `map` would receive. On NOMEN_OK *out is
 * NUL-terminated, of *n_bytes bytes (may be NULL), to be freed with nomen_free. NOMEN_ERROR_ARGUMENT for any other writer.
 */
nomen_status nomen_tagged_writer_get_map(nomen_tagged_writer *writer, char **out, size_t *n_bytes, nomen_error *err);

/* Hands over what is buffered. */
nomen_status nomen_tagged_writer_flush(nomen_tagged_writer *writer, nomen_error *err);

/* Writes the end, hands over everything, and puts a file in its place. Nothing may be added afterwards. */
nomen_status nomen_tagged_writer_finish(nomen_tagged_writer *writer, nomen_error *err);

/* Frees it; a file that was not finished is removed. NULL is allowed. */
void nomen_tagged_writer_free(nomen_tagged_writer *writer);

/*
 * Replaces the pseudonyms of a redacted text by the originals, using the map of its document. If the text was not
 * changed since, the result is the text before redaction, byte for byte: what merely looked like a pseudonym there was
 * given one too, and a "~" separates a pseudonym from adjacent letters and digits. On NOMEN_OK *out is
 * NUL-terminated, of *n_out bytes, to be freed with nomen_free, and *n_unknown is the number of pseudonyms that are not in
 * the map, which are kept; n_out and n_unknown may be NULL. NOMEN_ERROR_FORMAT: the map is damaged.
 */
nomen_status nomen_restore(const char *map, const char *text, size_t n_bytes, char **out, size_t *n_out, size_t *n_unknown,
                           nomen_error *err);

/* The same with the map itself, n_map bytes of JSON, in place of its path. */
nomen_status nomen_restore_text(const char *map, size_t n_map, const char *text, size_t n_bytes, char **out, size_t *n_out,
                                size_t *n_unknown, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
