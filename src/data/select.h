/* Some sentences of a dataset as one of their own. */
#ifndef NOMEN_DATA_SELECT_H
#define NOMEN_DATA_SELECT_H

#include "data/dataset.h"

/*
 * A view of the given sentences in that order, which borrows all but its list of sentences: the caller frees
 * out->sentences with nomen_mem_free, and nothing else of it. With `documents` a boundary stands wherever the sentence
 * before is another than in the dataset, so that none becomes the context of another's; otherwise there are no boundaries.
 */
nomen_status nomen_dataset_select(const nomen_dataset *dataset, const size_t *sentences, size_t n, bool documents,
                                  nomen_dataset *out, nomen_error *err);

#endif
