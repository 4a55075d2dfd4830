/* Counts of entities, and the scores that they make. */
#ifndef NOMEN_EVAL_SCORES_H
#define NOMEN_EVAL_SCORES_H

#include "base/intern.h"
#include "nomen/eval.h"

typedef struct nomen_counts {
    size_t gold, predicted, correct;
} nomen_counts;

/* Precision, recall and F1 of the counts, in seqeval's order of operations. */
nomen_prf nomen_counts_score(nomen_counts counts);

/*
 * Fills types, per_type, micro, macro and weighted of a report whose other fields are set: the counts
 * of type i < n_counts lie at `counts` + i * stride bytes; later types have none. On failure the report can be
 * cleared.
 */
nomen_status nomen_report_fill(const nomen_interner *types, const nomen_counts *counts, size_t n_counts, size_t stride,
                               nomen_report *report, nomen_error *err);

#endif
