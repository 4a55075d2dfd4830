/*
 * Low-rank adapters as a file: adapter_model.safetensors as peft names and shapes its tensors, with the head beside them
 * (peft's modules_to_save). The base model's own weights are not in it.
 */
#ifndef NOMEN_MODEL_LORA_WEIGHTS_H
#define NOMEN_MODEL_LORA_WEIGHTS_H

#include "model/params.h"

#define NOMEN_LORA_FILE "adapter_model.safetensors"

/*
 * Starts the adapters of a block: A uniform, from `seed`, and B zero, so that they change nothing yet. Warns of a rank larger
 * than the smaller side of a layer.
 */
void nomen_lora_start(const nomen_param_table *table, nomen_real *block, uint64_t seed);

/* Writes DIRECTORY/adapter_model.safetensors in fp32: the adapters in the table's order, then the head. */
nomen_status nomen_lora_save(const char *directory, const nomen_param_table *table, const nomen_real *block, nomen_error *err);

/* What a file holds, for who doesn't know yet. */
typedef struct nomen_lora_survey {
    unsigned targets; /* bits of nomen_lora_target */
    size_t head_rows; /* of the classifier in it; 0 where there is none */
} nomen_lora_survey;

/*
 * NOMEN_ERROR_UNSUPPORTED where a tensor belongs to neither the head nor a target of the encoder, naming it: what nomen has
 * no place for would change what the adapter computes.
 */
nomen_status nomen_lora_survey_file(const char *path, const nomen_arch *arch, nomen_lora_survey *out, nomen_error *err);

/*
 * Fills the adapters of a block from a file. A tensor of another shape, one that holds a number that is not finite, one that
 * is missing, or one of a layer that the model has not is NOMEN_ERROR_FORMAT naming it; with `some_layers` a layer may have
 * neither A nor B of a target, which are then zeros.
 */
nomen_status nomen_lora_load(const char *path, const nomen_param_table *table, nomen_real *block, bool some_layers,
                             nomen_error *err);

/* Fills the head from such a file. *found: whether it is there, with these shapes; the block is else as it was. */
nomen_status nomen_lora_load_head(const char *path, const nomen_param_table *table, nomen_real *block, bool *found,
                                  nomen_error *err);

#endif
