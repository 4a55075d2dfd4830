/* Labelled files: their formats, their tag schemes, and the options for reading them. */
#ifndef NOMEN_DATA_H
#define NOMEN_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "nomen/error.h"
#include "nomen/ignore.h"
#include "nomen/model.h"
#include "nomen/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* File formats, detected by content. */
typedef enum nomen_data_format {
    NOMEN_DATA_AUTO = 0,
    /* Formats of words, each with a tag. */
    NOMEN_DATA_SEED_CSV = 1,   /* one row per sentence: text,labels; both separated by U+0020 */
    NOMEN_DATA_LONG_CSV = 2,   /* one row per token: Sentence #,Word,POS,Tag */
    NOMEN_DATA_CONLL = 3,      /* one line per token, columns; blank lines between sentences */
    NOMEN_DATA_CONLL_2002 = 4, /* the same, written with spaces and three columns */
    NOMEN_DATA_CONLL_2003 = 5, /* ... and four */
    NOMEN_DATA_HF_JSONL = 6,   /* {"tokens": [...], "ner_tags": [...]} per line */
    /* Formats of texts with spans of characters. */
    NOMEN_DATA_JSONL = 7,         /* {"text": ..., "spans": [{"start", "end", "label"}]} per line */
    NOMEN_DATA_DOCCANO = 8,       /* {"text": ..., "label": [[start, end, label]]} per line */
    NOMEN_DATA_PRODIGY = 9,       /* {"text", "tokens", "spans", "answer"} per line */
    NOMEN_DATA_SPACY = 10,        /* [["text", {"entities": [[start, end, label]]}], ...] and similar forms */
    NOMEN_DATA_LABEL_STUDIO = 11, /* tasks with "data" and "annotations" */
    NOMEN_DATA_INLINE = 12,       /* one text per line: <per>Jane</per> left */
    NOMEN_DATA_BRAT = 13,         /* text.txt and text.ann */
    NOMEN_DATA_WEBANNO = 14,      /* WebAnno TSV 3, as INCEpTION exports it; read only */
    NOMEN_DATA_PUBTATOR = 15,     /* ID|t|title, ID|a|abstract, one mention per line; read only */
    /* Further formats of words (the values are fixed, so they come last). */
    NOMEN_DATA_SLASH = 16,     /* one sentence per line: John/B-PER lives/O; also with | or _ as the separator */
    NOMEN_DATA_GLINER = 17,    /* {"tokenized_text", "ner": [[first, last, label]]}, offsets count words; read only */
    NOMEN_DATA_SPERT = 18,     /* {"tokens", "entities": [{"type", "start", "end"}]}, offsets count words; read only */
    NOMEN_DATA_DATATURKS = 19, /* {"content", "annotation": [{"label", "points"}]} per line, ends inclusive; read only */
    NOMEN_DATA_AI4PRIVACY = 20 /* {"source_text", "privacy_mask": [{"value", "start", "end", "label"}]}; read only */
} nomen_data_format;

/* The tag schemes of files. In memory, tags of every scheme but PLAIN are converted to IOB2. */
typedef enum nomen_scheme {
    NOMEN_SCHEME_AUTO = 0,  /* detect it */
    NOMEN_SCHEME_IOB1 = 1,  /* B- only between adjacent entities of one type */
    NOMEN_SCHEME_IOB2 = 2,  /* B- starts every entity */
    NOMEN_SCHEME_IOE1 = 3,  /* E- only between adjacent entities of one type */
    NOMEN_SCHEME_IOE2 = 4,  /* E- ends every entity */
    NOMEN_SCHEME_IOBES = 5, /* B- ... E-, S- where both are one word */
    NOMEN_SCHEME_BILOU = 6, /* the same as B- ... L-, U- */
    NOMEN_SCHEME_PLAIN = 7  /* no prefixes: each tag is a label of its own */
} nomen_scheme;

/* What to do with a span that does not begin and end on word boundaries. */
typedef enum nomen_misaligned {
    NOMEN_MISALIGNED_EXPAND = 0,   /* extend it to every word that it touches */
    NOMEN_MISALIGNED_CONTRACT = 1, /* reduce it to the words that lie completely inside */
    NOMEN_MISALIGNED_ERROR = 2,    /* fail, as at any other fault of the file */
    NOMEN_MISALIGNED_SKIP = 3      /* leave it out */
} nomen_misaligned;

/*
 * Where documents begin. A file's own marks always count, except with NONE: -DOCSTART- lines, "# newdoc" and "#begin document"
 * among CoNLL's columns, brat's files, spaCy's documents.
 */
typedef enum nomen_documents {
    NOMEN_DOCUMENTS_AUTO = 0,  /* at those marks, and where a column or key doc_id, document_id, document or doc changes */
    NOMEN_DOCUMENTS_NONE = 1,  /* nowhere */
    NOMEN_DOCUMENTS_BLANK = 2, /* CoNLL: after two or more blank lines */
    NOMEN_DOCUMENTS_EACH = 3,  /* each sentence or text is a document */
    NOMEN_DOCUMENTS_COLUMN = 4 /* where the value of document_column changes */
} nomen_documents;

/* How to read a labelled file: nomen_data_options o = {.size = sizeof o}, then change. Strings are borrowed. */
typedef struct nomen_data_options {
    size_t size; /* of this struct */
    nomen_data_format format;
    size_t max_rows;      /* read only the first max_rows sentences; 0 for all */
    bool skip_bad;        /* skip and count bad rows instead of failing */
    const char *encoding; /* NULL: UTF-8, otherwise cp1252 (logged); or "utf-8", "cp1252", "latin-1" */
    size_t max_unpacked;  /* the most bytes that a gzip or zip file may unpack to; 0: 64 MiB, or 200 times the file if more */
    nomen_scheme scheme;  /* AUTO: detected */
    nomen_scheme like;    /* scheme of a related file (AUTO: none), which detection prefers if the tags allow it */
    bool keep_found;      /* also keep the tags as the file has them, besides those in IOB2 */

    /*
     * Which column, or key in JSON, has which content; NULL: detect it. A column is named by its title in the header, or
     * by its number: from 1, or from -1 for the last; a key in JSON by its name.
     */
    const char *word_column; /* one row or line per token: its word */
    const char *tag_column;  /* its tag; if each row or record is a sentence, its tags or its list of spans */
    const char *text_column; /* one row or record per sentence: its text, or the list of its words */
    const char
        *sentence_column; /* tables with one row per token: which sentence it belongs to; "none": all rows are one sentence */
    /*
     * JSON whose tags or labels are numbers: their names in order, separated by commas, or each with its number ("1=PER,4=ORG"),
     * or a file with them. NULL: from a dataset_info.json, dataset_infos.json or config.json in the directory of the file, if
     * it names every number (this is reported); data that is parsed from memory has no directory.
     */
    const char *tag_names;

    nomen_documents documents;
    const char *document_column; /* with COLUMN: a column's title, a key in JSON, or in CoNLL a number as above */

    /* Only for formats of texts with spans. */
    nomen_word_unit words; /* AUTO: BERT's */
    nomen_misaligned misaligned;
    nomen_offset_unit offsets; /* the unit of the file's offsets */
    bool keep_spans;           /* spans will be written as spans again, so do not report how they become tags */
} nomen_data_options;

/*
 * By name: a format ("csv", "conll", "doccano"...), a scheme ("iob2", "bilou"...), a policy ("expand"...).
 * NOMEN_ERROR_ARGUMENT lists the names.
 */
nomen_status nomen_format_parse(const char *name, nomen_data_format *out, nomen_error *err);
nomen_status nomen_scheme_parse(const char *name, nomen_scheme *out, nomen_error *err);
nomen_status nomen_misaligned_parse(const char *name, nomen_misaligned *out, nomen_error *err);

/* "auto", "none", "blank", "each" or "column:NAME"; *column borrows NAME, and is NULL without. */
nomen_status nomen_documents_parse(const char *text, nomen_documents *out, const char **column, nomen_error *err);

/*
 * Names, as the functions above take them: "csv", "iob2", "expand", "each" (COLUMN is "column"), "unknown" for a value that has
 * none. Borrowed, never NULL.
 */
const char *nomen_format_name(nomen_data_format format);
const char *nomen_scheme_name(nomen_scheme scheme);
const char *nomen_misaligned_name(nomen_misaligned misaligned);
const char *nomen_documents_name(nomen_documents documents);

/* What is known about a format. Set `size` before the call; strings are borrowed, for ever. */
typedef struct nomen_format_info {
    size_t size;       /* of this struct */
    const char *name;  /* for nomen_format_parse: "long-csv" */
    const char *title; /* in messages: "long CSV" */
    const char *form;  /* what a file looks like, in few words; NULL if the name says it */
    bool is_written;   /* otherwise it is only read */
    bool has_spans;    /* texts with spans; otherwise words with a tag each */
    bool has_files;    /* several files, which can only be written by path */
} nomen_format_info;

/* Fills as much of *out as its size has room for; false, and nothing, for AUTO and for values that are no format. */
bool nomen_format_get_info(nomen_data_format format, nomen_format_info *out);

/* The format that a file of that name is written in, by its suffix; AUTO if it has none that is known. */
nomen_data_format nomen_format_of_path(const char *path);

/* NOMEN_ERROR_ARGUMENT, which names the format, if there is no writer for it. */
nomen_status nomen_format_check_writable(nomen_data_format format, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
