/*
 * Gold for a model whose labels have no names: its tags are LABEL_n too, or the numbers n. Other tags can't be compared
 * with such labels.
 */
#ifndef NOMEN_EVAL_UNNAMED_H
#define NOMEN_EVAL_UNNAMED_H

#include "base/buffer.h"
#include "data/dataset.h"

/*
 * Appends "LABEL_0,LABEL_1..." with a NUL to *names where the model directory's head has no names and none are given
 * (`label_names` NULL); else nothing. Data files whose tags are numbers that need names get these (tag_names).
 */
nomen_status nomen_unnamed_read(const char *directory, const char *label_names, nomen_buffer *names, nomen_error *err);

/* Whether every tag is LABEL_n or a number, so that a model without names can be scored on it. */
bool nomen_unnamed_is(const nomen_dataset *dataset);

/* Calls the tag "3" of such a file LABEL_3; does nothing to any other file. */
nomen_status nomen_unnamed_resolve(nomen_dataset *dataset, nomen_error *err);

#endif
