/* The rows that a model keeps of a head, and of a CRF, which were made for other labels. */
#ifndef NOMEN_MODEL_KEPT_ROWS_H
#define NOMEN_MODEL_KEPT_ROWS_H

#include <stdint.h>

#include "model/params.h"

/* For each of the K labels of a table its row among the n_before that the directory has, or -1. Borrowed. */
typedef struct nomen_kept_rows {
    const int32_t *rows; /* (K) */
    size_t n_labels, n_before;
} nomen_kept_rows;

/*
 * Puts the rows of classifier.weight (n_before,H) and classifier.bias (n_before) in the weights of `directory` to where their
 * labels have them in `block`; the others stay as they are. NOMEN_ERROR_FORMAT where a tensor is missing or of another shape.
 */
nomen_status nomen_kept_rows_load_head(const char *directory, const nomen_param_table *table, const nomen_kept_rows *kept,
                                       nomen_real *block, nomen_error *err);

/* The same from the file of an adapter's tensors, as peft names them. */
nomen_status nomen_kept_rows_load_adapter(const char *path, const nomen_param_table *table, const nomen_kept_rows *kept,
                                          nomen_real *block, nomen_error *err);

/* The same with the transitions (n_before,n_before), where both labels are kept, starts and ends of DIRECTORY/crf.safetensors. */
nomen_status nomen_kept_rows_load_crf(const char *directory, const nomen_param_table *table, const nomen_kept_rows *kept,
                                      nomen_real *block, nomen_error *err);

#endif
