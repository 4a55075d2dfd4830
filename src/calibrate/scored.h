/* A model's entities on labelled sentences: the score of each, and whether it is right. */
#ifndef NOMEN_CALIBRATE_SCORED_H
#define NOMEN_CALIBRATE_SCORED_H

#include "base/intern.h"
#include "calibrate/sweep.h"
#include "data/dataset.h"
#include "nomen/tagger.h"

/* Start it as {0}. */
typedef struct nomen_scored_set {
    nomen_interner types;   /* of gold and predicted entities */
    size_t *n_gold;         /* (types.n) */
    nomen_scored *entities; /* (n) predicted, in the order of the data */
    int32_t *entity_types;  /* (n) */
    size_t n, gold_capacity, entities_capacity, types_capacity;
} nomen_scored_set;

/*
 * Tags all sentences and compares: an entity is right where the gold has one of its type and its words. What the
 * tagger reports is counted, nothing else, so its options decide what a score is.
 */
nomen_status nomen_scored_collect(nomen_tagger *tagger, const nomen_request *request, const nomen_dataset *dataset,
                                  nomen_scored_set *out, nomen_error *err);

/* The entities of one type into `out`, which has room for all. */
size_t nomen_scored_of_type(const nomen_scored_set *set, int32_t type, nomen_scored *out);

void nomen_scored_clear(nomen_scored_set *set);

#endif
