/* Inside of model: a model whose weights are a base's and low-rank adapters', in use and in training. */
#ifndef NOMEN_MODEL_DIR_MODEL_ADAPTER_H
#define NOMEN_MODEL_DIR_MODEL_ADAPTER_H

#include "model_dir/adapter.h"
#include "model_dir/model_parts.h"

/*
 * What is trained of a model that is loaded for that, and the weights of an adapter's directory: both must be known before
 * the table is made. NOMEN_ERROR_ARGUMENT where they don't go with each other or with the model.
 */
nomen_status nomen_model_choose_trained(nomen_model *model, const nomen_trained *trained, const nomen_adapter *adapter,
                                        const char *directory, nomen_error *err);

/* Loads the weights of the directory, or of an adapter's base, which are then merged with the adapter's, head included. */
nomen_status nomen_model_load_weights(nomen_model *model, const nomen_adapter *adapter, const char *directory, nomen_error *err);

/* Starts the adapters of a model that is to be trained: A from `seed`, B zero. */
nomen_status nomen_model_start_lora(nomen_model *model, uint64_t seed, const char *directory, nomen_error *err);

/* Gives the adapters the values of a file of peft's; its head is not read. */
nomen_status nomen_model_init_lora(nomen_model *model, const char *path, nomen_error *err);

/* Merges them with the weights, which makes a plain model of it. */
nomen_status nomen_model_merge_lora(nomen_model *model, nomen_error *err);

/* Reads back the adapters and the head from DIRECTORY/adapter_model.safetensors. */
nomen_status nomen_model_restore_lora(nomen_model *model, const char *directory, nomen_error *err);

#endif
