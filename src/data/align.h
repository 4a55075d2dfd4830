/* Word labels to piece labels, as HF's token-classification recipe does. */
#ifndef NOMEN_DATA_ALIGN_H
#define NOMEN_DATA_ALIGN_H

#include "data/labels.h"
#include "nomen/data.h"
#include "nomen/model.h"

/*
 * targets (n_pieces): word_labels[word_ids[i]] by `mode`, NOMEN_IGNORE for special tokens
 * (word_ids < 0) and for a word label of -1 (a label the model lacks). `inside` (K) gives for each
 * label the one its continuation takes (see nomen_align_inside); NULL unless mode is INSIDE.
 */
void nomen_align(const int32_t *word_ids, size_t n_pieces, const int32_t *word_labels, nomen_align_mode mode,
                 const int32_t *inside, int32_t *targets);

/* inside (labels->n): for B-x the index of I-x, for the rest the label itself. A set with B-x but no
 * I-x keeps B-x. */
void nomen_align_inside(const nomen_labels *labels, int32_t *inside);

#endif
