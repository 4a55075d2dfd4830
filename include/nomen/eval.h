/*
 * Scores of tag sequences: what `nomen eval` computes, for tags from anywhere.
 *
 *     nomen_error err = {0};
 *     nomen_scorer *scorer;
 *     const char *gold[] = {"B-per", "I-per", "O"}, *predicted[] = {"B-per", "I-per", "B-org"};
 *     if (nomen_scorer_create(&scorer, &err) != NOMEN_OK) { return fail(&err); }
 *     nomen_scorer_add(scorer, gold, predicted, 3, &err);
 *     nomen_report report = {0};
 *     if (nomen_scorer_report(scorer, &report, &err) == NOMEN_OK) { printf("F1 %.3f\n", report.micro.f1); }
 *     nomen_report_clear(&report);
 *     nomen_scorer_free(scorer);
 *
 * Entities are found and compared as seqeval 1.2.2 does in its default mode (that of conlleval): an
 * entity counts as correct where its type, its first and its last word are all those of the gold
 * entity. Every figure equals seqeval's; see docs/METRICS.md.
 */
#ifndef NOMEN_EVAL_H
#define NOMEN_EVAL_H

#include <stddef.h>

#include "nomen/error.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Precision, recall and their harmonic mean, each 0 where its denominator is 0, and the counts behind them. */
typedef struct nomen_prf {
    double precision, recall, f1;
    size_t support;   /* gold entities */
    size_t predicted; /* predicted entities */
    size_t correct;   /* entities in both */
} nomen_prf;

/*
 * The figures of a whole set of sentences. A figure that is not defined is a NaN: `macro` where there
 * is no entity at all, the accuracies where there is no word, `loss` unless the caller set it.
 */
typedef struct nomen_report {
    nomen_prf micro;    /* of all entities together: the usual precision, recall and F1 */
    nomen_prf macro;    /* plain means over the types; the counts are micro's */
    nomen_prf weighted; /* means over the types, weighted by support; the counts are micro's */
    nomen_prf *per_type; /* (n_types) */
    char **types;        /* (n_types) names with a gold or predicted entity, sorted by bytes */
    size_t n_types;
    double accuracy;          /* share of words whose tag is the gold tag, letter for letter */
    double sentence_accuracy; /* mean over the sentences that have words of that share in the sentence */
    size_t n_words, n_sentences;
    double loss; /* filled by the caller that has one; NaN otherwise */
} nomen_report;

/* Collects sentences one at a time; its memory grows with the number of types, not of sentences. */
typedef struct nomen_scorer nomen_scorer;

/*
 * Makes an empty scorer, to be freed with nomen_scorer_free. One thread at a time may use it.
 * Fails with NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_scorer_create(nomen_scorer **out, nomen_error *err);

/* Frees a scorer; NULL is allowed. */
void nomen_scorer_free(nomen_scorer *scorer);

/*
 * Adds a sentence: the gold and the predicted tag of each word, as UTF-8. Tags are borrowed for the
 * call. Any scheme of B, I, E, S prefixes will do (IOB1, IOB2, IOE, IOBES), as will illegal sequences and tags
 * without prefix: they are read as seqeval reads them (of "PER" the type is "ER"). A sentence without
 * words counts in n_sentences alone.
 *
 * Fails with NOMEN_ERROR_ARGUMENT where a tag is NULL or empty (says which), or NOMEN_ERROR_MEMORY;
 * the scorer is then as it was before the call.
 */
nomen_status nomen_scorer_add(nomen_scorer *scorer, const char *const *gold, const char *const *predicted,
                              size_t n_words, nomen_error *err);

/*
 * Computes the report of all sentences so far; more may be added afterwards. What `out` held is not
 * freed; the caller clears it with nomen_report_clear. Fails with NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_scorer_report(const nomen_scorer *scorer, nomen_report *out, nomen_error *err);

/* Frees what a report holds and leaves {0}. */
void nomen_report_clear(nomen_report *report);

/*
 * The report as one JSON object on one line (that of `nomen eval --json`; a NaN is null), or as a
 * table for people. On NOMEN_OK *out is NUL-terminated UTF-8 of *n_bytes bytes that the caller frees
 * with nomen_free. Fails with NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_report_to_json(const nomen_report *report, char **out, size_t *n_bytes, nomen_error *err);
nomen_status nomen_report_to_text(const nomen_report *report, char **out, size_t *n_bytes, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
