/* A model's thresholds applied to the labels of words; those of entities with offsets are applied in tagged.h. */
#ifndef NOMEN_DECODE_THRESHOLDS_H
#define NOMEN_DECODE_THRESHOLDS_H

#include "decode/label_rules.h"
#include "model_dir/calibrated.h"

/*
 * The words of entities that are not kept become `outside`: word_labels (n) with the probability of each in
 * `confidence`. Entities are those of tag by `first`, to the bit of their scores: with `rules` those of decoded labels,
 * without (NULL) Hugging Face's. `scratch` has room for n floats.
 */
void nomen_thresholds_filter(const nomen_calibrated *calibrated, const nomen_labels *labels, const nomen_label_rules *rules,
                             const float *confidence, int32_t outside, float *scratch, size_t n_words, int32_t *word_labels);

#endif
