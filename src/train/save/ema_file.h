/* The average of the weights in a checkpoint: ema.safetensors, a tensor NAME for each of the parameter table, the CRF's too. */
#ifndef NOMEN_TRAIN_EMA_FILE_H
#define NOMEN_TRAIN_EMA_FILE_H

#include "train/optim/ema.h"

#define NOMEN_EMA_FILE "ema.safetensors"

/* Writes DIRECTORY/ema.safetensors; nothing where there is no average. */
nomen_status nomen_ema_save(const nomen_ema *ema, const nomen_param_table *table, const char *directory, nomen_error *err);

/* Reads it back. A tensor that is missing or has another shape is NOMEN_ERROR_FORMAT. */
nomen_status nomen_ema_load(nomen_ema *ema, const nomen_param_table *table, const char *directory, nomen_error *err);

#endif
