/* Which part of a model is trained: what freeze-* and lora-* say, together. */
#ifndef NOMEN_TRAIN_OPTIONS_TRAINED_H
#define NOMEN_TRAIN_OPTIONS_TRAINED_H

#include "model/config.h"
#include "nomen/train.h"

/* The file of lora-init, or NULL. */
const char *nomen_train_lora_init(const nomen_train_options *options);

/* Fills in *out. NOMEN_ERROR_ARGUMENT where options clash, or would have no effect, by their names. */
nomen_status nomen_train_get_trained(const nomen_train_options *options, nomen_trained *out, nomen_error *err);

#endif
