/* The entities of a dataset's sentences, whether the file gave them as spans or as tags of words. */
#ifndef NOMEN_DATA_ENTITIES_H
#define NOMEN_DATA_ENTITIES_H

#include "data/dataset.h"

/*
 * Finds the entities of a sentence as bytes of its text, in order of start, the longest first: *spans (*n of them, in an array
 * that grows). Words of one type make an entity until a B- begins another.
 */
nomen_status nomen_dataset_entities(const nomen_dataset *set, size_t sentence, nomen_gold_span **spans, size_t *n,
                                    size_t *capacity, nomen_error *err);

/* The type of such a span, by its label. Borrowed. */
const char *nomen_dataset_entity_type(const nomen_dataset *set, int32_t label);

#endif
