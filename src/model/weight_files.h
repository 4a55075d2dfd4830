/* Inside of weights: the file or the shards in which a directory keeps its weights. */
#ifndef NOMEN_MODEL_WEIGHT_FILES_H
#define NOMEN_MODEL_WEIGHT_FILES_H

#include "model/tensor_file.h"

typedef struct nomen_weight_files {
    const char *name; /* of the file or index that was found; static */
    char *path;
    nomen_tensor_file *files;
    size_t n_files;
} nomen_weight_files;

/* Opens the first of model.safetensors, its index, pytorch_model.bin and its index. */
nomen_status nomen_weight_files_open(const char *directory, nomen_weight_files *out, nomen_error *err);
void nomen_weight_files_close(nomen_weight_files *files);

#endif
