/* Rows of a head and of a CRF that were made for other labels. */
#include "model/kept_rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "model/crf_weights.h"
#include "model/weight_files.h"

/* A tensor as the files have it: square or not, over the labels before. */
typedef struct old_tensor {
    const nomen_param *param; /* as it is for the new labels */
    size_t n_rows, n_columns;
    nomen_real *values; /* (n_rows,n_columns) */
} old_tensor;

static const nomen_tensor *find_tensor(const nomen_tensor_file *file, const char *name) {
    for (size_t i = 0; i < file->n_tensors; i++) {
        if (strcmp(file->tensors[i].name, name) == 0) { return &file->tensors[i]; }
    }
    return NULL;
}

/* Where to look for a table's tensors: their names there begin with `prefix`. */
typedef struct old_files {
    nomen_tensor_file *files;
    size_t n_files;
    const char *prefix;
} old_files;

/* Reads it from the first of the files that has it. */
static nomen_status read_old(const old_files *from, const nomen_param *param, const nomen_kept_rows *kept, old_tensor *out,
                             nomen_error *err) {
    char name[sizeof NOMEN_LORA_PREFIX + sizeof param->name];
    const nomen_tensor *tensor = NULL;
    size_t f = 0, size = 0, shape[2];
    nomen_status status;
    *out = (old_tensor){.param = param, .n_rows = kept->n_before, .n_columns = 1};
    if (param->n_dims == 2) { out->n_columns = param->owner == NOMEN_OWNER_CRF ? kept->n_before : param->shape[1]; }
    snprintf(name, sizeof name, "%s%s", from->prefix, param->name);
    for (; f < from->n_files && tensor == NULL; f++) { tensor = find_tensor(&from->files[f], name); }
    nomen_tensor_file *file = &from->files[f > 0 ? f - 1 : 0];
    shape[0] = out->n_rows;
    shape[1] = out->n_columns;
    if (tensor == NULL || !nomen_tensor_has_shape(tensor, shape, param->n_dims)) {
        return nomen_error_set(
            err, NOMEN_ERROR_FORMAT,
            "%s: tensor \"%s\" %s, so its rows can't be kept: config.json names %zu labels; correct it, or train "
            "from a model without labels",
            file->path, name, tensor == NULL ? "is missing" : "is of another shape", kept->n_before);
    }
    NOMEN_TRY(nomen_mem_product(out->n_rows, out->n_columns, "the rows to keep", &size, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(out->values, size, err));
    NOMEN_TRY(nomen_tensor_file_read(file, tensor, out->values, err));
    if (!isfinite(nomen_op_square_sum(out->values, size))) {
        status =
            nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: tensor \"%s\" contains a number that is not finite", file->path, name);
    }
done:
    return status;
}

/* Puts the rows of a tensor where they belong; of one over labels both ways, the columns too. */
static void put_rows(const old_tensor *old, const nomen_kept_rows *kept, nomen_real *block) {
    const bool square = old->param->owner == NOMEN_OWNER_CRF && old->param->n_dims == 2;
    const size_t n_columns = square ? kept->n_labels : old->n_columns;
    for (size_t k = 0; k < kept->n_labels; k++) {
        if (kept->rows[k] < 0) { continue; }
        const nomen_real *from = old->values + (size_t)kept->rows[k] * old->n_columns;
        nomen_real *to = block + old->param->offset + k * n_columns;
        for (size_t c = 0; c < n_columns; c++) {
            if (!square) { to[c] = from[c]; }
            if (square && kept->rows[c] >= 0) { to[c] = from[kept->rows[c]]; }
        }
    }
}

/* The rows of the table that `wanted` says, from the files. */
static nomen_status load_rows(const old_files *from, const nomen_param_table *table, bool crf, const nomen_kept_rows *kept,
                              nomen_real *block, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < table->n_rows && status == NOMEN_OK; i++) {
        const nomen_param *param = &table->rows[i];
        old_tensor old = {0};
        if (crf ? param->owner != NOMEN_OWNER_CRF : !param->head) { continue; }
        status = read_old(from, param, kept, &old, err);
        if (status == NOMEN_OK) { put_rows(&old, kept, block); }
        nomen_mem_free(old.values);
    }
    return status;
}

nomen_status nomen_kept_rows_load_head(const char *directory, const nomen_param_table *table, const nomen_kept_rows *kept,
                                       nomen_real *block, nomen_error *err) {
    nomen_weight_files files = {0};
    nomen_status status = nomen_weight_files_open(directory, &files, err);
    const old_files from = {files.files, files.n_files, ""};
    if (status == NOMEN_OK) { status = load_rows(&from, table, false, kept, block, err); }
    nomen_weight_files_close(&files);
    return status;
}

nomen_status nomen_kept_rows_load_adapter(const char *path, const nomen_param_table *table, const nomen_kept_rows *kept,
                                          nomen_real *block, nomen_error *err) {
    nomen_tensor_file file = {0};
    const old_files from = {&file, 1, NOMEN_LORA_PREFIX};
    nomen_status status = nomen_tensor_file_open_safetensors(path, &file, err);
    if (status == NOMEN_OK) { status = load_rows(&from, table, false, kept, block, err); }
    nomen_tensor_file_close(&file);
    return status;
}

nomen_status nomen_kept_rows_load_crf(const char *directory, const nomen_param_table *table, const nomen_kept_rows *kept,
                                      nomen_real *block, nomen_error *err) {
    nomen_tensor_file file = {0};
    const old_files from = {&file, 1, ""};
    char *path = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(path, directory, NOMEN_CRF_FILE, err));
    NOMEN_TRY(nomen_tensor_file_open_safetensors(path, &file, err));
    status = load_rows(&from, table, true, kept, block, err);
done:
    nomen_tensor_file_close(&file);
    nomen_mem_free(path);
    return status;
}
