/*
 * Which label probabilities stand for, in numpy's arithmetic: float32 sums in numpy's order, so that
 * scores have the bits of Hugging Face's.
 */
#ifndef NOMEN_INFER_DECIDE_H
#define NOMEN_INFER_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nomen/tag.h"

/* A label and its probability. */
typedef struct nomen_decision {
    int32_t label;
    float score;
} nomen_decision;

/*
 * The type of a label, and whether it begins an entity, as HF's get_tag reads it: without a B- or I- in front, all
 * of it is the type. Neighbours of one type make an entity, until one begins another.
 */
const char *nomen_label_type(const char *label, bool *begins);

/* numpy.nanmean of float32 numbers: NaNs are left out; NaN where nothing is left. */
float nomen_decide_mean(const float *numbers, size_t n);

/* The label of one piece or, with FIRST, AVERAGE and MAX, of a word's pieces: probabilities (n_pieces, K). */
nomen_decision nomen_decide(nomen_aggregation strategy, const float *probabilities, size_t n_pieces,
                            size_t n_labels);

/* The row of probabilities (K) such a decision was made on. */
void nomen_decide_row(nomen_aggregation strategy, const float *probabilities, size_t n_pieces, size_t n_labels,
                      float *row);

#endif
