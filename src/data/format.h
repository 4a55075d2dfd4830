/*
 * What the rest has to know of a file format: how a file of it is recognised, its reader, its writer, and what it can
 * hold. Each format is one file with one such row.
 */
#ifndef NOMEN_DATA_FORMAT_H
#define NOMEN_DATA_FORMAT_H

#include "data/builder.h"
#include "data/table.h"
#include "data/writer.h"

/* What a file of the format can hold, so that nothing is lost in writing it. */
typedef enum nomen_format_holds {
    NOMEN_HOLDS_SPANS = 1,     /* a text with spans of characters; otherwise words with a tag each */
    NOMEN_HOLDS_SPACING = 2,   /* the text as it stood (the seed's CSV does where words are cut at U+0020) */
    NOMEN_HOLDS_DOCUMENTS = 4, /* boundaries between documents */
    NOMEN_HOLDS_NAMES = 8      /* an id or a file's name for each text */
} nomen_format_holds;

/* What its files have, so that options of reading apply to them. */
typedef enum nomen_format_has {
    NOMEN_HAS_BLANK_LINES = 1, /* empty lines between sentences: documents may begin at them */
    NOMEN_HAS_VALUES = 2,      /* columns or keys, one of which may be named: documents begin where its value changes */
    NOMEN_HAS_WORDS = 4        /* words beside the spans of a text, which are taken unless others are asked for */
} nomen_format_has;

/* The beginning of a file whose format is to be recognised. It is valid UTF-8 without NUL. */
typedef struct nomen_probe {
    const char *bytes; /* from the first line on that is not blank */
    size_t n_bytes;
    size_t n_line;            /* bytes of that line, without its end */
    const nomen_table *table; /* what a table would have to say; shape NONE for no table */
} nomen_probe;

typedef struct nomen_format {
    nomen_data_format format;
    const char *key;       /* for --from and --to */
    const char *name;      /* in messages */
    const char *form;      /* what a file looks like, in few words, for help; NULL where the key says it */
    const char *suffix;    /* of file names that mean this format, separated by spaces; "" for none */
    unsigned holds;        /* sum of nomen_format_holds */
    unsigned has;          /* sum of nomen_format_has */
    unsigned word_lines;   /* NOMEN_LINES_WORD and _TEXT of dataset.h: which line a word is on */
    const char *tag_place; /* where the tags of words stand, in messages; NULL where the reader says (nomen_builder_columns) */
    const char *advice;    /* where a file has no sentences */
    bool read_only;        /* there is no writer; see nomen_format_check_writable */
    /* Whether a file is of this format; NULL: it is JSON (json_shapes.c), or never detected. Asked in the order of detect.c. */
    bool (*looks_like)(const nomen_probe *probe);
    /* Adds the sentences of `bytes` (valid UTF-8 without NUL) to an empty builder. NULL: read by path. */
    nomen_status (*read)(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);
    /* Writes all of writer->set. NULL: written by path, or read only. */
    nomen_status (*write)(nomen_writer *writer, nomen_error *err);
} nomen_format;

extern const nomen_format nomen_format_seed_csv, nomen_format_long_csv, nomen_format_conll, nomen_format_conll_2002,
    nomen_format_conll_2003, nomen_format_hf_jsonl, nomen_format_jsonl, nomen_format_doccano, nomen_format_prodigy,
    nomen_format_spacy, nomen_format_label_studio, nomen_format_inline, nomen_format_brat, nomen_format_webanno,
    nomen_format_pubtator, nomen_format_slash, nomen_format_gliner, nomen_format_spert, nomen_format_dataturks,
    nomen_format_ai4privacy;

/* One text of a format, without what stands between texts; for writers of one text at a time. */
nomen_status nomen_doccano_write_text(nomen_writer *writer, size_t sentence, nomen_error *err);
nomen_status nomen_prodigy_write_text(nomen_writer *writer, size_t sentence, nomen_error *err);
nomen_status nomen_spacy_write_text(nomen_writer *writer, size_t sentence, nomen_error *err);
nomen_status nomen_label_studio_write_text(nomen_writer *writer, size_t sentence, nomen_error *err);

#endif
