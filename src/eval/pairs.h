/* Pairs each predicted entity with a gold one, for the list of errors and the confusion of types. */
#ifndef NOMEN_EVAL_PAIRS_H
#define NOMEN_EVAL_PAIRS_H

#include "base/error.h"
#include "eval/overlap.h"

/* SIZE_MAX as an index stands for none. */
typedef struct nomen_pair {
    nomen_outcome outcome;
    size_t gold, predicted;
} nomen_pair;

typedef struct nomen_pairs {
    nomen_pair *items;
    size_t n, capacity;
    size_t *partner; /* scratch: the predicted entity of each gold one */
    size_t partner_capacity;
} nomen_pairs;

/*
 * Pairs one to one: first those of the same words; then each predicted entity left over, in order,
 * with the gold one left over with which it shares most words (of equals one of its type, then the first).
 * In the order of the text; all of both sides are in it once.
 */
void nomen_pairs_make(nomen_pairs *pairs, const nomen_runs *gold, const nomen_runs *predicted);

/* Room for so many entities, to be made before. */
nomen_status nomen_pairs_reserve(nomen_pairs *pairs, size_t n_gold, size_t n_predicted, nomen_error *err);
void nomen_pairs_clear(nomen_pairs *pairs);

#endif
