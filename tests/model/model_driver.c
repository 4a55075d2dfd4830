/*
 * What the live comparisons of the model room run:
 *
 *   model_driver logits DIR K BATCH OUT     logits (N,K) as raw reals, in inference
 *   model_driver gradients DIR K BATCH OUT  OUT: a directory that receives model.safetensors with the
 *                                           gradients of the mean loss; prints the loss
 *   model_driver resave DIR K OUT           reads config and weights, writes both into OUT; prints the report
 *   model_driver failures DIR K             reads them again and again, with the first, second... request for
 *                                           memory failing, until none is left; prints how many there were
 *   model_driver tensors safetensors|torch  opens each file named on standard input and prints a line of
 *                                           JSON for it: an error, or every tensor's shape and values
 *
 * BATCH is int32: N, B, seq_start (B+1), then ids, type ids, positions and targets (N each).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/bert.h"
#include "model/tensor_file.h"
#include "model/weights.h"

typedef struct loaded {
    nomen_config config;
    nomen_param_table table;
    nomen_real *block;
    nomen_weights_report report;
} loaded;

static int fail(const nomen_error *err) {
    fprintf(stderr, "%s\n", err->message);
    return 1;
}

/* Names K labels where the directory's do not number K. */
static nomen_status take_labels(nomen_config *config, size_t k, nomen_error *err) {
    char names[256][8];
    char *labels[256];
    if (config->n_labels == k) { return NOMEN_OK; }
    for (size_t i = 0; i < k && i < 256; i++) {
        snprintf(names[i], sizeof names[i], "T%zu", i);
        labels[i] = names[i];
    }
    return nomen_config_set_labels(config, labels, k, err);
}

static nomen_status load(const char *directory, size_t k, loaded *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_config_read(directory, &out->config, err));
    NOMEN_TRY(take_labels(&out->config, k, err));
    NOMEN_TRY(nomen_param_table_create(&out->config, &out->table, err));
    NOMEN_TRY(NOMEN_NEW(out->block, out->table.n_elements, err));
    NOMEN_TRY(nomen_weights_load(directory, &out->table, out->block, &out->report, err));
done:
    return status;
}

static void unload(loaded *model) {
    nomen_mem_free(model->block);
    nomen_param_table_clear(&model->table);
    nomen_config_clear(&model->config);
}

/* A batch file in memory; starts owns the offsets. */
typedef struct batch_file {
    nomen_buffer bytes;
    size_t *starts;
    size_t longest;
    nomen_batch batch;
} batch_file;

static nomen_status read_batch(const char *path, batch_file *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_file_read(path, &out->bytes, err));
    const int32_t *numbers = (const int32_t *)(const void *)out->bytes.data;
    size_t n = (size_t)numbers[0];
    size_t b = (size_t)numbers[1];
    NOMEN_TRY(NOMEN_NEW(out->starts, b + 1, err));
    for (size_t i = 0; i <= b; i++) { out->starts[i] = (size_t)numbers[2 + i]; }
    for (size_t i = 0; i < b; i++) {
        size_t length = out->starts[i + 1] - out->starts[i];
        out->longest = length > out->longest ? length : out->longest;
    }
    numbers += 2 + b + 1;
    out->batch = (nomen_batch){.rows = {.n_tokens = n, .n_seqs = b, .seq_start = out->starts},
                               .ids = numbers,
                               .type_ids = numbers + n,
                               .positions = numbers + 2 * n,
                               .targets = numbers + 3 * n};
done:
    return status;
}

static void clear_batch(batch_file *batch) {
    nomen_buffer_clear(&batch->bytes);
    nomen_mem_free(batch->starts);
}

static nomen_status write_logits(loaded *model, const batch_file *file, const char *out, nomen_error *err) {
    nomen_bert bert = {.config = &model->config, .table = &model->table, .values = model->block};
    nomen_bert_workspace *workspace = NULL;
    size_t n = file->batch.rows.n_tokens * model->config.n_labels;
    nomen_real *logits = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW_ALIGNED(logits, n, err));
    NOMEN_TRY(nomen_bert_pack(&bert, NULL, err));
    NOMEN_TRY(nomen_bert_workspace_create(&model->config, file->batch.rows.n_tokens, file->longest, NOMEN_KEEP_NOTHING,
                                          &workspace, err));
    nomen_bert_forward(&bert, &file->batch, NULL, workspace, logits, NULL);
    NOMEN_TRY(nomen_file_write(out, logits, n * sizeof *logits, err));
done:
    nomen_mem_free(logits);
    nomen_bert_unpack(&bert);
    nomen_bert_workspace_free(workspace);
    return status;
}

/* The mean loss over labelled rows, and its gradients as a weight file. */
static nomen_status write_gradients(loaded *model, const batch_file *file, const char *out, nomen_error *err) {
    nomen_bert bert = {.config = &model->config, .table = &model->table, .values = model->block};
    nomen_bert_workspace *workspace = NULL;
    const nomen_batch *batch = &file->batch;
    size_t n = batch->rows.n_tokens;
    size_t k = model->config.n_labels;
    size_t n_labelled = 0;
    nomen_real *logits = NULL;
    nomen_real *gradients = NULL;
    nomen_status status;
    for (size_t i = 0; i < n; i++) { n_labelled += batch->targets[i] != NOMEN_IGNORE; }
    NOMEN_TRY(NOMEN_NEW_ALIGNED(logits, n * k, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(gradients, model->table.n_elements, err));
    NOMEN_TRY(nomen_bert_workspace_create(&model->config, n, file->longest, NOMEN_KEEP_ALL, &workspace, err));
    nomen_op_fill(gradients, 0, model->table.n_elements);
    nomen_bert_forward(&bert, batch, NULL, workspace, logits, NULL);
    double loss = nomen_op_cross_entropy_forward(logits, batch->targets, NULL, n, k, NULL);
    nomen_op_cross_entropy_backward(logits, logits, batch->targets, NULL, (nomen_real)(1.0 / (double)n_labelled), n, k);
    nomen_bert_backward(&bert, batch, NULL, workspace, logits, gradients, false, NULL);
    NOMEN_TRY(nomen_weights_save(out, &model->table, gradients, err));
    printf("{\"loss\": %.17g, \"workspace\": %zu}\n", loss / (double)n_labelled,
           nomen_bert_workspace_size(&model->config, n, file->longest, NOMEN_KEEP_ALL));
done:
    nomen_mem_free(logits);
    nomen_mem_free(gradients);
    nomen_bert_workspace_free(workspace);
    return status;
}

static int run_batch(const char *mode, const char *directory, size_t k, const char *batch, const char *out) {
    nomen_error err = {0};
    loaded model = {0};
    batch_file file = {0};
    nomen_status status;
    NOMEN_TRY(load(directory, k, &model, &err));
    NOMEN_TRY(read_batch(batch, &file, &err));
    if (strcmp(mode, "logits") == 0) {
        status = write_logits(&model, &file, out, &err);
    } else {
        status = write_gradients(&model, &file, out, &err);
    }
done:
    clear_batch(&file);
    unload(&model);
    return status == NOMEN_OK ? 0 : fail(&err);
}

static int resave(const char *directory, size_t k, const char *out) {
    nomen_error err = {0};
    loaded model = {0};
    nomen_status status;
    NOMEN_TRY(load(directory, k, &model, &err));
    NOMEN_TRY(nomen_config_write(&model.config, out, &err));
    NOMEN_TRY(nomen_weights_save(out, &model.table, model.block, &err));
    printf("{\"head_loaded\": %s, \"head_other_size\": %s, \"n_unused\": %zu, \"file\": \"%s\", \"dtype\": \"%s\"}\n",
           model.report.head_loaded ? "true" : "false", model.report.head_other_size ? "true" : "false", model.report.n_unused,
           model.report.file, model.report.dtype);
done:
    unload(&model);
    return status == NOMEN_OK ? 0 : fail(&err);
}

static int fail_allocations(const char *directory, size_t k) {
    long n = 0;
    for (bool fired = true; fired; n++) {
        nomen_error err = {0};
        loaded model = {0};
        nomen_mem_test_fail(n, n % 2 == 1);
        nomen_status status = load(directory, k, &model, &err);
        fired = nomen_mem_test_requests() > n;
        nomen_mem_test_fail(-1, 0);
        unload(&model);
        if (nomen_mem_test_live() != 0 || status != (fired ? NOMEN_ERROR_MEMORY : NOMEN_OK) || status != err.status) {
            fprintf(stderr, "request %ld: status %d (%s), %ld blocks live\n", n, (int)status, err.message, nomen_mem_test_live());
            return 1;
        }
    }
    printf("%ld\n", n - 1);
    return 0;
}

/* "name": [[2, 3], "hexadecimal bytes of the floats"] */
static nomen_status describe(nomen_tensor_file *file, const nomen_tensor *tensor, nomen_buffer *out, nomen_error *err) {
    nomen_real *values = NULL;
    size_t n = 1;
    nomen_status status;
    for (size_t d = 0; d < tensor->n_dims; d++) { n *= tensor->shape[d]; }
    NOMEN_TRY(NOMEN_NEW(values, n, err));
    NOMEN_TRY(nomen_buffer_append_json(out, tensor->name, strlen(tensor->name), err));
    NOMEN_TRY(nomen_buffer_append_text(out, ": [[", err));
    for (size_t d = 0; d < tensor->n_dims; d++) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%s%zu", d > 0 ? ", " : "", tensor->shape[d]));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "], \"", err));
    if (tensor->dtype <= NOMEN_DTYPE_F64) {
        NOMEN_TRY(nomen_tensor_file_read(file, tensor, values, err));
        const uint8_t *bytes = (const uint8_t *)values;
        for (size_t i = 0; i < n * sizeof *values; i++) { NOMEN_TRY(nomen_buffer_printf(out, err, "%02x", bytes[i])); }
    } else {
        NOMEN_TRY(nomen_buffer_append_text(out, nomen_dtype_name(tensor->dtype), err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "\"]", err));
done:
    nomen_mem_free(values);
    return status;
}

static nomen_status describe_file(const char *path, bool torch, nomen_buffer *out, nomen_error *err) {
    nomen_tensor_file file = {0};
    nomen_status status;
    NOMEN_TRY(torch ? nomen_tensor_file_open_torch(path, &file, err) : nomen_tensor_file_open_safetensors(path, &file, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "{\"tensors\": {", err));
    for (size_t i = 0; i < file.n_tensors; i++) {
        if (i > 0) { NOMEN_TRY(nomen_buffer_append_text(out, ", ", err)); }
        NOMEN_TRY(describe(&file, &file.tensors[i], out, err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "}}", err));
done:
    nomen_tensor_file_close(&file);
    return status;
}

static int list_tensors(bool torch) {
    char path[4096];
    nomen_buffer out = {0};
    while (fgets(path, sizeof path, stdin) != NULL) {
        nomen_error err = {0};
        path[strcspn(path, "\n")] = '\0';
        nomen_buffer_reset(&out);
        if (describe_file(path, torch, &out, &err) != NOMEN_OK) {
            nomen_buffer_reset(&out);
            (void)nomen_buffer_append_text(&out, "{\"error\": ", NULL);
            (void)nomen_buffer_append_json(&out, err.message, strlen(err.message), NULL);
            (void)nomen_buffer_printf(&out, NULL, ", \"status\": %d}", (int)err.status);
        }
        printf("%s\n", out.data);
    }
    nomen_buffer_clear(&out);
    return nomen_mem_test_live() == 0 ? 0 : 3;
}

int main(int n_arguments, char **arguments) {
    const char *mode = n_arguments > 1 ? arguments[1] : "";
    size_t k = n_arguments > 3 ? strtoul(arguments[3], NULL, 10) : 0;
    if (strcmp(mode, "tensors") == 0 && n_arguments == 3) { return list_tensors(strcmp(arguments[2], "torch") == 0); }
    if (strcmp(mode, "failures") == 0 && n_arguments == 4) { return fail_allocations(arguments[2], k); }
    if (strcmp(mode, "resave") == 0 && n_arguments == 5) { return resave(arguments[2], k, arguments[4]); }
    if ((strcmp(mode, "logits") == 0 || strcmp(mode, "gradients") == 0) && n_arguments == 6) {
        return run_batch(mode, arguments[2], k, arguments[4], arguments[5]);
    }
    fprintf(stderr, "usage: model_driver logits|gradients DIR K BATCH OUT | resave DIR K OUT | failures DIR K | tensors FORM\n");
    return 2;
}
