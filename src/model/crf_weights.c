/* Reading crf.safetensors. */
#include "model/crf_weights.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/tensor_file.h"

nomen_crf nomen_crf_view(const nomen_param_table *table, const nomen_real *block, size_t n_labels) {
    return (nomen_crf){.transitions = block + table->crf_transitions,
                       .start = block + table->crf_start,
                       .end = block + table->crf_end,
                       .n_labels = n_labels};
}

nomen_status nomen_crf_find(const char *directory, bool *found, nomen_error *err) {
    char *path = nomen_file_join(directory, NOMEN_CRF_FILE);
    if (path == NULL) { return nomen_error_memory(err, strlen(directory), 1); }
    *found = nomen_file_exists(path);
    nomen_mem_free(path);
    return NOMEN_OK;
}

void nomen_crf_start(const nomen_param_table *table, nomen_real *block) {
    for (size_t i = 0; i < table->n_rows; i++) {
        const nomen_param *row = &table->rows[i];
        if (row->owner == NOMEN_OWNER_CRF) { nomen_op_fill(block + row->offset, 0, row->size); }
    }
}

static nomen_status load_row(nomen_tensor_file *file, const nomen_param *row, nomen_real *out, nomen_error *err) {
    const nomen_tensor *tensor = NULL;
    for (size_t i = 0; i < file->n_tensors; i++) {
        if (strcmp(file->tensors[i].name, row->name) == 0) { tensor = &file->tensors[i]; }
    }
    if (tensor == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: tensor \"%s\" is missing; this is not the CRF of a model",
                               file->path, row->name);
    }
    if (!nomen_tensor_has_shape(tensor, row->shape, row->n_dims)) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: tensor \"%s\" does not have the shape for the %zu labels of config.json; the file belongs to "
                               "another model (delete it to use this model without a CRF)",
                               file->path, row->name, row->shape[0]);
    }
    nomen_status status = nomen_tensor_file_read(file, tensor, out, err);
    if (status == NOMEN_OK && !isfinite(nomen_op_square_sum(out, row->size))) {
        status = nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: tensor \"%s\" contains a number that is not finite", file->path,
                                 row->name);
    }
    return status;
}

nomen_status nomen_crf_load(const char *directory, const nomen_param_table *table, nomen_real *block, nomen_error *err) {
    nomen_tensor_file file = {0};
    char *path = nomen_file_join(directory, NOMEN_CRF_FILE);
    nomen_status status;
    if (path == NULL) { return nomen_error_memory(err, strlen(directory), 1); }
    NOMEN_TRY(nomen_tensor_file_open_safetensors(path, &file, err));
    for (size_t i = 0; i < table->n_rows; i++) {
        const nomen_param *row = &table->rows[i];
        if (row->owner == NOMEN_OWNER_CRF) { NOMEN_TRY(load_row(&file, row, block + row->offset, err)); }
    }
done:
    nomen_tensor_file_close(&file);
    nomen_mem_free(path);
    return status;
}
