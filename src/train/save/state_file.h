/*
 * How far a training has come, in the files of a checkpoint: nomen_state.json, marks.bin, optimizer.safetensors and, where the
 * weights are averaged, ema.safetensors, beside the model directory's own. docs/CHECKPOINTS.md has their format.
 */
#ifndef NOMEN_TRAIN_STATE_FILE_H
#define NOMEN_TRAIN_STATE_FILE_H

#include "train/trainer.h"

#define NOMEN_STATE_FILE "nomen_state.json"
#define NOMEN_MARKS_FILE "marks.bin"

/* Writes these files into `directory`. `identity` is that of the run; of `result`, the epochs. */
nomen_status nomen_state_save(const nomen_trainer *trainer, const nomen_train_result *result, const json_t *identity,
                              const char *directory, nomen_error *err);

/* The identity of the run that a checkpoint was saved by; a new reference. */
nomen_status nomen_state_identity(const char *directory, json_t **out, nomen_error *err);

/*
 * Reads them into a trainer that has done no step yet, and the epochs into `result`, which has room for all; the weights are
 * read apart. NOMEN_ERROR_FORMAT where they are not of this run. On failure the trainer is to be cleared.
 */
nomen_status nomen_state_load(nomen_trainer *trainer, nomen_train_result *result, const char *directory, nomen_error *err);

#endif
