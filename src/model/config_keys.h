/* Inside of config: the keys of config.json that reading and writing share, and what config_dense.c and config_labels.c read. */
#ifndef NOMEN_MODEL_CONFIG_KEYS_H
#define NOMEN_MODEL_CONFIG_KEYS_H

#include "model/config.h"

/* A size: its key, its place in nomen_config, BertConfig's default, and its limit (from 1). */
typedef struct nomen_config_size {
    const char *key;
    size_t offset;
    size_t fallback;
    size_t most;
} nomen_config_size;

/* A number in [0, below). */
typedef struct nomen_config_number {
    const char *key;
    size_t offset;
    float fallback;
    float below;
} nomen_config_number;

extern const nomen_config_size nomen_config_sizes[];
extern const size_t nomen_config_n_sizes;
extern const nomen_config_number nomen_config_numbers[];
extern const size_t nomen_config_n_numbers;

size_t *nomen_config_size_at(nomen_config *config, const nomen_config_size *key);
float *nomen_config_number_at(nomen_config *config, const nomen_config_number *key);

const char *nomen_config_activation_name(nomen_activation activation);
bool nomen_config_activation_find(const char *name, nomen_activation *out);

/* Reads quantization_config, and sets or removes it as `dense` has it; false when memory is out. */
nomen_status nomen_config_read_dense(const json_t *json, const char *path, nomen_dense_kind *out, nomen_error *err);
bool nomen_config_set_dense(json_t *object, nomen_dense_kind dense);

/* Fills labels and n_labels from id2label. */
nomen_status nomen_config_read_labels(nomen_config *config, const char *path, nomen_error *err);

#endif
