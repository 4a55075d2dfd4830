/* Which sentences an epoch has more than once: repeat factor sampling (Gupta, Dollar, Girshick 2019, LVIS). */
#ifndef NOMEN_TRAIN_OVERSAMPLE_H
#define NOMEN_TRAIN_OVERSAMPLE_H

#include "train/corpus.h"

/*
 * *entries (*n_entries; freed with nomen_mem_free): the part's sentences by their index in it, in order, each as often in a row
 * as an epoch has it. With f the share of the part's sentences that have a type, a sentence has the factor r, the largest
 * max(1, sqrt(threshold / f)) of its types, 1 without any; it comes floor(r) times, and once more with the probability that is
 * left. Chance depends on the seed and the sentence's index alone, so every epoch has the same entries. The threshold is above 0.
 */
nomen_status nomen_oversample(const nomen_corpus_part *part, double threshold, uint64_t seed, size_t **entries, size_t *n_entries,
                              nomen_error *err);

#endif
