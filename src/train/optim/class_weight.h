/* Weights of the labels in the loss: none, by inverse frequency, or from a file. */
#ifndef NOMEN_TRAIN_CLASS_WEIGHT_H
#define NOMEN_TRAIN_CLASS_WEIGHT_H

#include "data/labels.h"
#include "math/ops.h"

/*
 * *weights (labels->n; freed with nomen_mem_free), or NULL for "none". "auto" gives label k
 * total / (labels in use * counts[k]), the `balanced` of scikit-learn, and 1 to labels that no word
 * has. Anything else is the path of a JSON object {"label": weight}: weights are 0 or more, labels
 * not named have 1, and a name that is no label is NOMEN_ERROR_DATA.
 */
nomen_status nomen_class_weights(const char *choice, const nomen_labels *labels, const size_t *counts, nomen_real **weights,
                                 nomen_error *err);

#endif
