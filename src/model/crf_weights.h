/*
 * The CRF's parameters: crf.safetensors beside the weights, so that what reads the weights alone finds nothing that
 * it does not know. Its tensors are named as pytorch-crf's (torchcrf.CRF loads them as they are).
 */
#ifndef NOMEN_MODEL_CRF_WEIGHTS_H
#define NOMEN_MODEL_CRF_WEIGHTS_H

#include "model/params.h"

#define NOMEN_CRF_FILE "crf.safetensors"
enum { NOMEN_CRF_ROWS = 3 };

/* The CRF of a table that has one, in a block. */
nomen_crf nomen_crf_view(const nomen_param_table *table, const nomen_real *block, size_t n_labels);

/* Whether DIRECTORY/crf.safetensors is there. */
nomen_status nomen_crf_find(const char *directory, bool *found, nomen_error *err);

/* Zeroes it in a block. */
void nomen_crf_start(const nomen_param_table *table, nomen_real *block);

/*
 * Fills it from DIRECTORY/crf.safetensors. A tensor that is missing, has another shape than the labels ask for, or
 * holds a number that is not finite is NOMEN_ERROR_FORMAT naming it.
 */
nomen_status nomen_crf_load(const char *directory, const nomen_param_table *table, nomen_real *block, nomen_error *err);

/* Writes that file, by its name or another. */
nomen_status nomen_crf_save(const char *directory, const char *name, const nomen_param_table *table, const nomen_real *block,
                            nomen_error *err);

#endif
