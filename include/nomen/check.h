/*
 * What is wrong or risky in labelled files: rows whose words and labels differ in number, broken bytes, tags that
 * follow no scheme, sentences that are in both train and test, words that a tokenizer drops... Each kind of finding has a name
 * that never changes, a severity, its first places, what it means and what to do.
 */
#ifndef NOMEN_CHECK_H
#define NOMEN_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "nomen/call.h"
#include "nomen/data.h"
#include "nomen/error.h"
#include "nomen/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* What a file is for. If files have no such role, use TRAIN for all. */
typedef enum nomen_check_part {
    NOMEN_CHECK_PART_TRAIN = 0,
    NOMEN_CHECK_PART_DEV = 1,
    NOMEN_CHECK_PART_TEST = 2
} nomen_check_part;

/* A file to check. */
typedef struct nomen_check_input {
    const char *path; /* "-" is standard input */
    nomen_check_part part;
} nomen_check_input;

/* nomen_check_options o = {.size = sizeof o}, then change. What it points to is borrowed. */
typedef struct nomen_check_options {
    size_t size;                    /* of this struct */
    const nomen_call *call;         /* what can stop it; NULL: nothing but nomen_set_interrupt */
    const nomen_data_options *data; /* how the files are read (NULL: defaults); bad rows are always skipped and reported */
    const char *model;              /* a directory with a whole model, or just a tokenizer's files; NULL: none */
    const nomen_tokenizer_options *tokenizer; /* NULL: defaults */
    size_t max_length; /* subword tokens that the model reads at once; 0: as its directory states, or 512 */
    size_t max_places; /* how many places of each kind are kept; 0: three */
    /*
     * What a program adds to a remedy or to the message of an unreadable file: how its user changes that setting, such
     * as " (--encoding)". NULL: nothing is added.
     */
    const char *(*advice)(nomen_remedy setting);
} nomen_check_options;

/* How bad a finding is. */
typedef enum nomen_severity {
    NOMEN_SEVERITY_NOTE = 0,    /* worth knowing */
    NOMEN_SEVERITY_WARNING = 1, /* costs quality, or misleads */
    NOMEN_SEVERITY_ERROR = 2    /* data is lost or wrong, or scores are */
} nomen_severity;

/* "note", "warning", "error". */
const char *nomen_severity_name(nomen_severity severity);

/* Where something was found. */
typedef struct nomen_check_place {
    const char *path;
    size_t line; /* 0 if it is about the whole file */
    const char *text;
} nomen_check_place;

/* One kind of finding. */
typedef struct nomen_finding {
    const char *id; /* such as "count-mismatch"; stays the same in later versions */
    nomen_severity severity;
    size_t count;
    const char *title;               /* with the number: "2 rows have..." */
    const char *detail;              /* figures of this finding, or NULL */
    const char *meaning;             /* what it costs */
    const char *remedy;              /* what to do, with the advice of the options */
    const nomen_check_place *places; /* the first ones */
    size_t n_places;
} nomen_finding;

/* A file, as it was read. */
typedef struct nomen_check_file {
    const char *path;
    nomen_check_part part;
    bool readable; /* otherwise nothing below is set */
    const char *format, *encoding, *scheme;
    size_t n_sentences, n_words, n_entities, n_skipped; /* skipped: bad rows or sentences */
    double outside; /* share of words that are O: the token accuracy of finding nothing, whose F1 is 0 */
    double entropy; /* of the tags, in bits per word */
} nomen_check_file;

/* A type of entity, in all files. */
typedef struct nomen_check_type {
    const char *name;
    const size_t *n_entities; /* (n_parts of the report) by nomen_check_part */
} nomen_check_type;

/* What happens if BERT cuts the raw texts into words itself, while the labels follow the words of the file. */
typedef struct nomen_check_drift {
    size_t n_sentences; /* that are cut into different words */
    size_t n_moved;     /* labels that land on another word */
    size_t n_wrong;     /* and give it a wrong label */
    size_t n_lost;      /* that land on no word */
    /* The first such sentence, from just before the difference: BERT's words, the label each should get, and the one it gets. */
    const char *path;
    size_t line, n_example;
    const char *const *example; /* (3 * n_example) */
} nomen_check_drift;

/* A script of Unicode, or "digits", "punctuation"..., and how many of its words the vocabulary lacks. */
typedef struct nomen_check_script {
    const char *name;
    size_t n_words, n_unknown; /* unknown: words with an unknown token */
} nomen_check_script;

/* What the tokenizer makes of the words. */
typedef struct nomen_check_pieces {
    bool used;                       /* a model was given */
    size_t n_pieces, limit, longest; /* limit and longest include special tokens */
    size_t n_over;                   /* sentences over the limit */
    size_t n_entities_over;          /* entities past it, which truncation would lose */
    const nomen_check_script *scripts;
    size_t n_scripts;
} nomen_check_pieces;

/* What a check found. */
typedef struct nomen_check_report {
    const nomen_check_file *files;
    size_t n_files;
    const nomen_check_type *types; /* sorted by name */
    size_t n_types;
    const nomen_finding *findings; /* most harmful first */
    size_t n_findings;
    const size_t *n_by_severity; /* (n_severities) kinds of findings, by nomen_severity */
    size_t n_severities;
    const bool *parts; /* (n_parts) which parts there are, by nomen_check_part */
    size_t n_parts;
    bool all_readable;
    nomen_check_drift drift;
    nomen_check_pieces pieces;
} nomen_check_report;

/*
 * Checks the files together. On NOMEN_OK *out is the caller's, to be freed with nomen_check_report_free; a file that
 * can't be read is a finding, not a failure, and the others are checked. Fails with NOMEN_ERROR_ARGUMENT (no input,
 * bad options), _MEMORY, _INTERRUPTED, and the statuses of nomen_tokenizer_load if the model can't be loaded.
 */
nomen_status nomen_check_run(const nomen_check_input *inputs, size_t n_inputs, const nomen_check_options *options,
                             nomen_check_report **out, nomen_error *err);

/* NULL is allowed. */
void nomen_check_report_free(nomen_check_report *report);

/* "train", "dev", "test"; "unknown" for any other value. Borrowed, never NULL. */
const char *nomen_check_part_name(nomen_check_part part);

/*
 * The report for people (with a terminal's colours if `color`), as one JSON object on one line, or as an HTML page that loads
 * nothing. On NOMEN_OK *out is NUL-terminated UTF-8 of *n_bytes bytes (n_bytes may be NULL), which the caller frees with
 * nomen_free. Fails with NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_check_report_to_text(const nomen_check_report *report, bool color, char **out, size_t *n_bytes,
                                        nomen_error *err);
nomen_status nomen_check_report_to_json(const nomen_check_report *report, char **out, size_t *n_bytes, nomen_error *err);
nomen_status nomen_check_report_to_html(const nomen_check_report *report, char **out, size_t *n_bytes, nomen_error *err);

/* The severity of that name; another name is NOMEN_ERROR_ARGUMENT, whose message lists them. */
nomen_status nomen_severity_parse(const char *name, nomen_severity *out, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
