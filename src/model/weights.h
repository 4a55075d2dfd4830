/*
 * Weight files: what a model directory holds as tensors, whatever the container (safetensors, single
 * or sharded; PyTorch's .bin, zip or legacy, read without executing anything).
 */
#ifndef NOMEN_MODEL_WEIGHTS_H
#define NOMEN_MODEL_WEIGHTS_H

#include "model/params.h"

/* What loading found, for messages and `info`. */
typedef struct nomen_weights_report {
    bool head_loaded;     /* classifier.* was in the file with the right shape */
    bool head_other_size; /* it was there with another number of labels */
    size_t head_rows;     /* rows of classifier.weight in the file: its number of labels; 0 where there is none */
    size_t n_unused;      /* tensors in the file that the model does not have (pooler, MLM head...) */
    char file[256];       /* name of the file or index read */
    char dtype[16];       /* as stored: "F32", "F16", "BF16", "mixed" */
} nomen_weights_report;

/*
 * Fills `block` (table->n_elements reals) from the weights in `directory`: model.safetensors,
 * model.safetensors.index.json, pytorch_model.bin or its index, the first that is there. Names are
 * accepted with or without the "bert." prefix, and with gamma/beta for LayerNorm's weight/bias. fp16
 * and bf16 are widened. A missing encoder tensor or a wrong shape is NOMEN_ERROR_FORMAT naming it.
 * A missing head is left as it is in the block, and reported.
 */
nomen_status nomen_weights_load(const char *directory, const nomen_param_table *table, nomen_real *block,
                                nomen_weights_report *report, nomen_error *err);

/*
 * The same for a table whose dense weights are int8: those go to `dense`, which has room for them, quantised
 * here (table->quantize) or read as they are. Files that hold int8 have a tensor X.weight_scale of [O, 1] for
 * each X.weight.
 */
nomen_status nomen_weights_load_int8(const char *directory, const nomen_param_table *table, nomen_real *block,
                                     nomen_dense_weights *dense, nomen_weights_report *report, nomen_error *err);

/* Writes DIRECTORY/model.safetensors in fp32, tensors in the table's order; metadata {"format":"pt"}. */
nomen_status nomen_weights_save(const char *directory, const nomen_param_table *table, const nomen_real *block, nomen_error *err);

/* Writes every tensor of a block, the CRF's too, to DIRECTORY/NAME in the same form, for checkpoints. */
nomen_status nomen_weights_save_block(const char *directory, const char *name, const nomen_param_table *table,
                                      const nomen_real *block, nomen_error *err);

/*
 * Writes the same with dense weights quantised to 8 or 7 bits: X.weight as I8 and X.weight_scale (O,1), as
 * nomen_weights_load_int8 reads them. A weight that is no finite number is NOMEN_ERROR_DATA.
 */
nomen_status nomen_weights_save_int8(const char *directory, const nomen_param_table *table, const nomen_real *block,
                                     int weight_bits, nomen_error *err);

/* The rows of classifier.weight in the weight files of a directory, 0 where they have none (of that width). */
nomen_status nomen_weights_head_rows(const char *directory, size_t hidden_size, size_t *out, nomen_error *err);

/* Bytes of the weight files of a directory. */
nomen_status nomen_weights_size(const char *directory, size_t *out, nomen_error *err);

/*
 * Gives rows of the table their starting values, from `seed`: normal with `deviation` for weights,
 * 0 for biases and beta, 1 for gamma. `head_only` leaves the encoder alone.
 */
void nomen_weights_start(const nomen_param_table *table, nomen_real *block, float deviation, uint64_t seed, bool head_only);

#endif
