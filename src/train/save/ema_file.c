/* The average of the weights in a file. */
#include "train/save/ema_file.h"

#include <string.h>

#include "base/mem.h"
#include "model/tensor_file.h"
#include "model/weights.h"

nomen_status nomen_ema_save(const nomen_ema *ema, const nomen_param_table *table, const char *directory, nomen_error *err) {
    return ema->values != NULL ? nomen_weights_save_block(directory, NOMEN_EMA_FILE, table, ema->values, err) : NOMEN_OK;
}

static nomen_status load_row(nomen_tensor_file *file, const nomen_param *row, nomen_real *out, nomen_error *err) {
    for (size_t i = 0; i < file->n_tensors; i++) {
        const nomen_tensor *tensor = &file->tensors[i];
        if (strcmp(tensor->name, row->name) == 0 && nomen_tensor_has_shape(tensor, row->shape, row->n_dims)) {
            return nomen_tensor_file_read(file, tensor, out, err);
        }
    }
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the tensor \"%s\" is missing or of another shape", file->path,
                           row->name);
}

nomen_status nomen_ema_load(nomen_ema *ema, const nomen_param_table *table, const char *directory, nomen_error *err) {
    nomen_tensor_file file = {0};
    char *path = NULL;
    nomen_status status;
    if (ema->values == NULL) { return NOMEN_OK; }
    NOMEN_TRY(NOMEN_JOIN(path, directory, NOMEN_EMA_FILE, err));
    NOMEN_TRY(nomen_tensor_file_open_safetensors(path, &file, err));
    nomen_param_table_clear_gaps(table, ema->values);
    for (size_t i = 0; i < table->n_rows; i++) {
        NOMEN_TRY(load_row(&file, &table->rows[i], ema->values + table->rows[i].offset, err));
    }
done:
    nomen_tensor_file_close(&file);
    nomen_mem_free(path);
    return status;
}
