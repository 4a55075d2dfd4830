/* Entities of a sentence as runs of words, and nervaluate's four ways of comparing them. */
#ifndef NOMEN_EVAL_OVERLAP_H
#define NOMEN_EVAL_OVERLAP_H

#include "eval/kinds.h"

/* An entity: its type, and its words from `begin` to before `end`. */
typedef struct nomen_run {
    int32_t type;
    size_t begin, end;
} nomen_run;

/* The entities of a sentence, in order, none on another. */
typedef struct nomen_runs {
    nomen_run *items;
    size_t n, capacity;
} nomen_runs;

/*
 * Adds a sentence's counts to `all`, and to per_type[type] those of each type's entities looked at
 * alone, as nervaluate does. `matched` is scratch (gold->n).
 */
void nomen_overlap_add(const nomen_runs *gold, const nomen_runs *predicted, unsigned char *matched, nomen_overlaps all,
                       nomen_overlaps *per_type);

/* Precision, recall and F1 of the counts. */
void nomen_overlap_finish(nomen_overlaps counts);

/* Words that two runs share. */
static inline size_t nomen_runs_shared(const nomen_run *a, const nomen_run *b) {
    size_t begin = a->begin > b->begin ? a->begin : b->begin, end = a->end < b->end ? a->end : b->end;
    return end > begin ? end - begin : 0;
}

#endif
