/* What was read of a file, as one number: for files that can't be summed themselves, or that are read with others. */
#ifndef NOMEN_DATA_CONTENT_SUM_H
#define NOMEN_DATA_CONTENT_SUM_H

#include "data/dataset.h"

/*
 * SHA-256 of the sentences: their texts, words, tags, and where documents begin; out as nomen_sha256_finish has it. Datasets of
 * equal sums are trained on and scored alike, whatever files they came from.
 */
void nomen_dataset_sum(const nomen_dataset *dataset, char out[65]);

#endif
