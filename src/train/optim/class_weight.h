/* Weights of the labels in the loss: none, by frequency in three ways, or from a file. */
#ifndef NOMEN_TRAIN_CLASS_WEIGHT_H
#define NOMEN_TRAIN_CLASS_WEIGHT_H

#include "data/labels.h"
#include "math/ops.h"

/*
 * *weights (labels->n; freed with nomen_mem_free), or NULL for "none". `counts` (labels->n): words with each label. A weight
 * is, but for a factor that makes the mean over all words 1,
 *   "auto"       1 / count, which is total / (labels in use * count), the `balanced` of scikit-learn;
 *   "sqrt"       1 / sqrt(count);
 *   "effective"  (1 - beta) / (1 - beta^count), by the effective number of words (Cui et al. 2019), 0 <= beta < 1;
 * and 1 for labels that no word has. Anything else is the path of a JSON object {"label": weight}, which is not
 * empty: weights are 0 or from 1e-30 to 1e9, labels not named have 1. A name that is no label is NOMEN_ERROR_DATA, as is a
 * file by which every label that has words weighs 0.
 */
nomen_status nomen_class_weights(const char *choice, double beta, const nomen_labels *labels, const size_t *counts,
                                 nomen_real **weights, nomen_error *err);

/* Whether a choice is the path of a file. NULL is "none". */
bool nomen_class_weight_is_file(const char *choice);

#endif
