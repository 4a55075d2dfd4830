/* Inside of model: the labels of a model that is to be trained. */
#ifndef NOMEN_MODEL_DIR_TRAINING_LABELS_H
#define NOMEN_MODEL_DIR_TRAINING_LABELS_H

#include "model_dir/model_parts.h"

/*
 * What nomen_model_choose_labels does where options->labels are given: fills model->labels and the config's, and says which
 * rows of the directory's head are kept.
 */
nomen_status nomen_model_choose_training_labels(nomen_model *model, const nomen_model_options *options, const char *directory,
                                                nomen_error *err);

#endif
