/* The results of a call, as they come: see nomen/tagger.h. */
#ifndef NOMEN_TAG_RESULTS_H
#define NOMEN_TAG_RESULTS_H

#include "nomen/tagger.h"

/* Empty results for so many texts, with a reference to the model. */
nomen_status nomen_results_create(const nomen_model *model, size_t n_texts, nomen_offset_unit unit, nomen_results **out,
                                  nomen_error *err);

/* Copies what was found in a text; texts come in their order, and one that never comes has no entities. */
nomen_status nomen_results_add(nomen_results *results, size_t text, const nomen_tagged *tagged, nomen_error *err);

/* All texts were added. */
void nomen_results_finish(nomen_results *results);

#endif
