/*
 * Which label probabilities stand for, in numpy's arithmetic: float32 sums in numpy's order, so that
 * scores have the bits of Hugging Face's.
 */
#ifndef NOMEN_DECODE_DECIDE_H
#define NOMEN_DECODE_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "nomen/tag.h"

/* A label and its probability. */
typedef struct nomen_decision {
    int32_t label;
    float score;
} nomen_decision;

/* numpy.nanmean of float32 numbers: NaNs are left out; NaN where nothing is left. */
float nomen_decide_mean(const float *numbers, size_t n);

/* The label of the largest of a row of probabilities (K). */
nomen_decision nomen_decide_largest(const float *row, size_t n_labels);

/*
 * A unit whose pieces come one by one: a word with FIRST, AVERAGE and MAX, a piece otherwise. Memory does not grow with
 * the number of pieces (but where there is only one label).
 */
typedef struct nomen_unit {
    nomen_aggregation strategy;
    size_t n_labels, n; /* n: pieces so far */
    float *row;         /* (K) the first piece's, with MAX the most certain one's, with AVERAGE the sums */
    size_t *counts;     /* (K) AVERAGE: what is in the sums */
    float score;        /* MAX: the largest of `row` */
    float *numbers;     /* (n) AVERAGE of a single label */
    size_t row_capacity, count_capacity, number_capacity;
} nomen_unit;

/* Empties it, for pieces of n_labels > 0 probabilities. Start from {0}. */
nomen_status nomen_unit_start(nomen_unit *unit, nomen_aggregation strategy, size_t n_labels, nomen_error *err);
nomen_status nomen_unit_add(nomen_unit *unit, const float *row, nomen_error *err);

/* The label of a unit of some pieces, and the probabilities (K) it was chosen by, which take the place of its own row. */
nomen_decision nomen_unit_decide(nomen_unit *unit);

void nomen_unit_clear(nomen_unit *unit);

#endif
