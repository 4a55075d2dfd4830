/*
 * What is made of an evaluation: the figure that decides which one is the best, whether training still improves, and which
 * are the best so many.
 */
#ifndef NOMEN_TRAIN_EVALUATION_H
#define NOMEN_TRAIN_EVALUATION_H

#include "nomen/train.h"
#include "train/corpus.h"

/* A figure of a report. */
typedef struct nomen_metric {
    const char *name; /* as the options have it; borrowed, as is the type */
    const char *type; /* of n_type bytes; NULL: the figure is of all types together */
    size_t n_type;
    size_t offset; /* in nomen_report; of a type's, in nomen_prf */
    bool smaller;  /* is better */
} nomen_metric;

/*
 * The metric of that name: a figure of `nomen eval --json`, or TYPE.precision, TYPE.recall or TYPE.f1 of an entity type that
 * `dev` has. NOMEN_ERROR_ARGUMENT for another, which lists what there is; NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_metric_find(const char *name, const nomen_corpus_part *dev, nomen_metric *out, nomen_error *err);

/* Its value in a report: NaN where it is not defined. A type that the report lacks has 0, as its entities were not found. */
double nomen_metric_value(const nomen_metric *metric, const nomen_report *report);

/* Whether a value is better than another. A NaN is worse than any number, and no better than a NaN. */
bool nomen_metric_is_better(const nomen_metric *metric, double value, double other);

/*
 * Whether a value is so much better than the best before that training still improves: by more than the threshold, as
 * transformers' EarlyStoppingCallback has it. `best` is NaN where there is none.
 */
bool nomen_metric_improves(const nomen_metric *metric, double value, double best, double threshold);

/* Puts an evaluation among the best `most` of a list that has room for them, best first, where it is one of them. */
void nomen_top_add(const nomen_metric *metric, nomen_train_top *top, size_t *n_top, size_t most, nomen_train_top evaluation);

/* Whether the list has the evaluation of that step. */
bool nomen_top_has(const nomen_train_result *result, size_t step);

#endif
