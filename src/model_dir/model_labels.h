/* Inside of model: which labels the head has, and whether the classifier in the files is one for them. */
#ifndef NOMEN_MODEL_DIR_MODEL_LABELS_H
#define NOMEN_MODEL_DIR_MODEL_LABELS_H

#include "model_dir/model_parts.h"

/*
 * Fills model->labels and the config's: for training those wanted, and with them those that are kept; model->fresh_head where
 * the directory's head is not one for them, and which of its rows are kept; for use the names given, those of config.json, or
 * LABEL_0, LABEL_1... for a head without names.
 */
nomen_status nomen_model_choose_labels(nomen_model *model, const nomen_model_options *options, const char *directory,
                                       nomen_error *err);

/* For use, once the weights are there: an error where they have no classifier for the labels. */
nomen_status nomen_model_check_head(const nomen_model *model, const nomen_model_options *options, const char *directory,
                                    nomen_error *err);

/*
 * The names LABEL_0, LABEL_1... of a directory whose head has no others, none (n = 0) for any other directory. The
 * caller clears *out.
 */
nomen_status nomen_model_read_unnamed(const char *directory, nomen_labels *out, nomen_error *err);

#endif
