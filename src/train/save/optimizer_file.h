/*
 * The optimiser's numbers in a file, optimizer.safetensors: SLOT.NAME for each tensor NAME and each of the kind's slots, such as
 * exp_avg and exp_avg_sq.
 */
#ifndef NOMEN_TRAIN_OPTIMIZER_FILE_H
#define NOMEN_TRAIN_OPTIMIZER_FILE_H

#include "train/optim/optimizer.h"

#define NOMEN_OPTIMIZER_FILE "optimizer.safetensors"

/*
 * Writes DIRECTORY/optimizer.safetensors. Rows of the word embeddings that have no numbers yet, as no gradient has touched
 * them, are written as zeros. No step is under way.
 */
nomen_status nomen_optimizer_save(const nomen_optimizer_state *state, const nomen_row_marks *words, const char *directory,
                                  nomen_error *err);

/* Reads it back. A tensor that is missing or has another shape is NOMEN_ERROR_FORMAT. */
nomen_status nomen_optimizer_load(nomen_optimizer_state *state, const char *directory, nomen_error *err);

/* Bytes of such a file, but for its header. */
size_t nomen_optimizer_file_size(const nomen_optimizer_state *state);

#endif
