/*
 * Scores of tag sequences: seqeval's default mode for entities, token accuracy, and the seed
 * article's accuracy (the mean over sentences of token accuracy).
 */
#ifndef NOMEN_EVAL_METRICS_H
#define NOMEN_EVAL_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "data/labels.h"

/* An entity over words [start, end) of a sentence; `type` indexes a scorer's types. */
typedef struct nomen_chunk {
    size_t start, end;
    int32_t type;
} nomen_chunk;

typedef struct nomen_prf {
    double precision, recall, f1;
    size_t support;   /* gold entities */
    size_t predicted; /* predicted entities */
    size_t correct;
} nomen_prf;

typedef struct nomen_report {
    nomen_prf micro, macro, weighted; /* macro and weighted: counts are micro's */
    nomen_prf *per_type;              /* (n_types), sorted by name */
    char **types;
    size_t n_types;
    double accuracy;          /* of all words */
    double sentence_accuracy; /* mean over sentences that have words */
    size_t n_words, n_sentences;
    double loss;              /* filled by the caller that has one; NaN otherwise */
} nomen_report;

/* Collects sentences one at a time, in constant memory. */
typedef struct nomen_scorer nomen_scorer;
nomen_status nomen_scorer_create(nomen_scorer **out, nomen_error *err);
void nomen_scorer_free(nomen_scorer *scorer);

/*
 * Adds a sentence: tag strings of gold and prediction, a pair a word. Any strings will do; those
 * without "B-"/"I-" are read as seqeval reads them.
 */
nomen_status nomen_scorer_add(nomen_scorer *scorer, const char *const *gold, const char *const *predicted,
                              size_t n_words, nomen_error *err);

/* Computes the report so far; the caller clears it. */
nomen_status nomen_scorer_report(const nomen_scorer *scorer, nomen_report *out, nomen_error *err);
void nomen_report_clear(nomen_report *report);

/* Appends the report as the JSON object of `eval --json`, and as a table for people. */
nomen_status nomen_report_json(const nomen_report *report, nomen_buffer *out, nomen_error *err);
nomen_status nomen_report_text(const nomen_report *report, nomen_buffer *out, nomen_error *err);

#endif
