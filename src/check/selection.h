/* Some sentences of a dataset as a file. */
#ifndef NOMEN_CHECK_SELECTION_H
#define NOMEN_CHECK_SELECTION_H

#include "data/writer.h"

/*
 * Writes the given sentences in that order to `path`, as a whole or not at all. options->meta is of those n. With
 * `documents` a boundary stands wherever the sentence before is another than in the dataset, so that none becomes the
 * context of another's; otherwise there are no boundaries.
 */
nomen_status nomen_selection_write(const nomen_dataset *dataset, const size_t *sentences, size_t n,
                                   const nomen_write_options *options, bool documents, const char *path, nomen_error *err);

#endif
