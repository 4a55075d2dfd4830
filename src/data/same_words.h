/* Whether two sentences have the same words, whatever stands between these: so a CSV compares with a CoNLL file. */
#ifndef NOMEN_DATA_SAME_WORDS_H
#define NOMEN_DATA_SAME_WORDS_H

#include "data/dataset.h"

/* The hash of a sentence's words for a table of base/hashes.h, whose key is `key`. */
uint32_t nomen_words_hash(const nomen_dataset *dataset, size_t sentence, uint64_t key);

/* Whether two sentences, maybe of two datasets, have the same words, byte by byte. */
bool nomen_same_words(const nomen_dataset *a, size_t a_sentence, const nomen_dataset *b, size_t b_sentence);

#endif
