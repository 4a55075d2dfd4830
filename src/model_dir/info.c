/* What a model is; see nomen/info.h. */
#include "nomen/info.h"

#include <math.h>
#include <string.h>

#include "base/call.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/options.h"
#include "base/sha256.h"
#include "data/label_split.h"
#include "model/crf_weights.h"
#include "model/weight_files.h"
#include "model_dir/adapter.h"
#include "model_dir/model.h"
#include "nomen/calibrate.h"

const char *nomen_model_get_type(const nomen_model *model, size_t i, double *threshold) {
    const nomen_labels *labels = &model->labels;
    for (size_t k = 0; k < labels->n; k++) {
        const char *type = nomen_label_entity_type(labels->names[k]), *other = NULL;
        bool is_first = type != NULL;
        for (size_t j = 0; j < k && is_first; j++) {
            other = nomen_label_entity_type(labels->names[j]);
            is_first = other == NULL || strcmp(other, type) != 0;
        }
        if (!is_first || i-- > 0) { continue; }
        const float *thresholds = model->calibrated.thresholds;
        if (threshold != NULL) { *threshold = thresholds != NULL ? (double)thresholds[k] : -INFINITY; }
        return type;
    }
    return NULL;
}

static const char *dense_name(nomen_dense_kind dense) {
    return dense == NOMEN_DENSE_FLOAT ? "float" : dense == NOMEN_DENSE_BF16 ? "bf16" : "int8";
}

static void count_parameters(const nomen_param_table *table, bool bf16, nomen_model_info *out) {
    for (size_t i = 0; i < table->n_rows; i++) {
        const nomen_param *row = &table->rows[i];
        bool int8 = row->dense && table->dense != NOMEN_DENSE_FLOAT;
        out->n_parameters += row->size;
        if (!row->head && row->owner == NOMEN_OWNER_WEIGHTS) { out->n_encoder_parameters += row->size; }
        size_t each = bf16 && row->dense ? sizeof(float) / 2 : sizeof(float);
        out->weight_bytes += int8 ? row->size + row->shape[0] * sizeof(float) : row->size * each; /* a scale each row */
    }
}

void nomen_model_get_info(const nomen_model *model, nomen_model_info *out) {
    const nomen_config *config = &model->config;
    bool int8 = config->dense != NOMEN_DENSE_FLOAT;
    nomen_model_info own = {.architecture = nomen_config_arch(config)->model_type,
                            .n_layers = config->num_hidden_layers,
                            .hidden_size = config->hidden_size,
                            .n_heads = config->num_attention_heads,
                            .intermediate_size = config->intermediate_size,
                            .vocabulary_size = config->vocab_size,
                            .precision = dense_name(nomen_dense_kind_of(config)),
                            .kernels = int8 ? nomen_math_int8_isa() : nomen_math_isa(),
                            .n_labels = model->labels.n,
                            .has_crf = config->crf,
                            .lower_case = nomen_tokenizer_get_lower_case(model->tokenizer),
                            .purpose = model->purpose,
                            .word_unit = model->settings.words,
                            .max_length = model->settings.max_length,
                            .stride = model->settings.stride,
                            .context = model->settings.context,
                            .on_overflow = model->settings.on_overflow,
                            .temperature = model->calibrated.temperature,
                            .has_thresholds = model->calibrated.thresholds != NULL,
                            .aggregation = nomen_model_get_aggregation(model)};
    count_parameters(&model->table, config->bf16, &own);
    while (nomen_model_get_type(model, own.n_types, NULL) != NULL) { own.n_types++; }
    own.trained_with = json_string_value(json_object_get(model->record, "nomen_version"));
    own.trained_on = json_string_value(json_object_get(json_object_get(model->record, "data"), "train"));
    nomen_options_give(&own, sizeof own, out, out->size);
}

/* The directory's numbers as JSON; new reference, or NULL. */
static json_t *describe(const nomen_config *config, const nomen_tokenizer *tokenizer, const nomen_param_table *table,
                        const nomen_settings *settings, json_t *record, size_t weights_size, size_t n_unnamed) {
    size_t n_parameters = 0;
    for (size_t i = 0; i < table->n_rows; i++) { n_parameters += table->rows[i].head ? 0 : table->rows[i].size; }
    json_t *labels = json_array();
    for (size_t k = 0; k < config->n_labels; k++) {
        if (json_array_append_new(labels, json_string(config->labels[k])) == 0) { continue; }
        json_decref(labels);
        return NULL;
    }
    size_t longest = nomen_tokenizer_get_max_length(tokenizer);
    if (longest > config->max_position_embeddings) { longest = config->max_position_embeddings; }
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:O?, s:s, s:s, s:I, s:I, s:s?, s:b}", "layers",
                     (json_int_t)config->num_hidden_layers, "hidden_size", (json_int_t)config->hidden_size, "heads",
                     (json_int_t)config->num_attention_heads, "intermediate_size", (json_int_t)config->intermediate_size,
                     "vocab_size", (json_int_t)config->vocab_size, "max_length",
                     (json_int_t)(settings->max_length ? settings->max_length : longest), "encoder_parameters",
                     (json_int_t)n_parameters, "lower_case", (int)nomen_tokenizer_get_lower_case(tokenizer), "labels", labels,
                     "nomen", record, "words", nomen_word_unit_name(settings->words), "dense_layers", dense_name(config->dense),
                     "weights_bytes", (json_int_t)weights_size, "unnamed_labels", (json_int_t)n_unnamed, "other_task",
                     nomen_config_other_task(config), "crf", (int)config->crf);
}

/* Labels without names: the rows of a classifier for tokens. Weights that can't be read have none here; tag says why. */
static size_t count_unnamed(const char *directory, const nomen_config *config) {
    size_t n = 0;
    if (config->n_labels > 0 || nomen_config_other_task(config) != NULL) { return 0; }
    return nomen_adapter_head_rows(directory, config->hidden_size, &n, NULL) == NOMEN_OK ? n : 0;
}

nomen_status nomen_directory_to_json(const char *directory, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_config config = {0};
    nomen_tokenizer *tokenizer = NULL;
    nomen_param_table table = {0};
    nomen_settings settings = {.words = NOMEN_WORDS_BERT};
    nomen_adapter adapter = {0};
    json_t *record = NULL, *description = NULL;
    nomen_buffer text = {0};
    size_t weights_size = 0;
    nomen_status status;
    NOMEN_TRY(nomen_adapter_find(directory, &adapter, err));
    const char *place = NULL;
    NOMEN_TRY(nomen_adapter_place(&adapter, directory, "config.json", &place, err));
    NOMEN_TRY(nomen_config_read(place, &config, err));
    NOMEN_TRY(nomen_adapter_tokenizer_place(&adapter, directory, &place, err));
    NOMEN_TRY(nomen_tokenizer_load(place, NULL, &tokenizer, err));
    NOMEN_TRY(nomen_adapter_place(&adapter, directory, "nomen.json", &place, err));
    NOMEN_TRY(nomen_settings_read(place, &settings, &record, err));
    char *placeholder[] = {(char[]){"O"}};
    nomen_config sized = config; /* a table needs a head; a model without labels gets one of a single label */
    if (sized.n_labels == 0) {
        sized.labels = placeholder;
        sized.n_labels = 1;
    }
    NOMEN_TRY(nomen_param_table_create(&sized, &table, err));
    NOMEN_TRY(nomen_crf_find(directory, &config.crf, err));
    config.crf = config.crf && settings.crf;
    NOMEN_TRY(nomen_adapter_weights_size(directory, &weights_size, err));
    description = describe(&config, tokenizer, &table, &settings, record, weights_size, count_unnamed(directory, &config));
    if (description == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    NOMEN_TRY(nomen_json_append(description, true, &text, err));
    status = nomen_buffer_append_byte(&text, '\n', err);
done:
    json_decref(description);
    json_decref(record);
    nomen_param_table_clear(&table);
    nomen_tokenizer_free(tokenizer);
    nomen_adapter_clear(&adapter);
    nomen_config_clear(&config);
    return nomen_buffer_string(status, &text, out, n_bytes, err);
}

/* Bytes that are read at a time. */
enum { PART = 1 << 20 };

static nomen_status add_file(nomen_sha256 *hash, const nomen_mapping *mapping, const char *path, uint8_t *part,
                             nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t at = 0; at < mapping->size; at += PART) {
        size_t n = mapping->size - at < PART ? mapping->size - at : PART;
        NOMEN_TRY(nomen_call_check(err));
        NOMEN_TRY(nomen_mapping_read(mapping, at, part, n, path, err));
        nomen_sha256_add(hash, part, n);
    }
done:
    return status;
}

static nomen_status add_path(nomen_sha256 *hash, const char *path, uint8_t *part, nomen_error *err) {
    nomen_mapping mapping = {0};
    nomen_status status = nomen_mapping_open(path, &mapping, err);
    if (status == NOMEN_OK) { status = add_file(hash, &mapping, path, part, err); }
    nomen_mapping_close(&mapping);
    return status;
}

nomen_status nomen_directory_fingerprint(const char *directory, char out[NOMEN_FINGERPRINT_SIZE], nomen_error *err) {
    nomen_weight_files files = {0};
    nomen_adapter adapter = {0};
    nomen_sha256 hash;
    uint8_t *part = NULL;
    char *path = NULL;
    bool has_crf = false;
    nomen_status status;
    nomen_sha256_start(&hash);
    NOMEN_TRY(nomen_string_check(directory, "the model directory", err));
    NOMEN_TRY(NOMEN_JOIN(path, directory, NOMEN_CRF_FILE, err));
    NOMEN_TRY(NOMEN_NEW(part, PART, err));
    NOMEN_TRY(nomen_adapter_find(directory, &adapter, err));
    NOMEN_TRY(nomen_weight_files_open(adapter.base != NULL ? adapter.base : directory, &files, err));
    for (size_t i = 0; i < files.n_files; i++) {
        NOMEN_TRY(add_file(&hash, &files.files[i].mapping, files.files[i].path, part, err));
    }
    if (adapter.base != NULL) { NOMEN_TRY(add_path(&hash, adapter.weights, part, err)); }
    NOMEN_TRY(nomen_crf_find(directory, &has_crf, err));
    if (has_crf) { NOMEN_TRY(add_path(&hash, path, part, err)); }
    nomen_sha256_finish(&hash, out);
done:
    nomen_adapter_clear(&adapter);
    nomen_weight_files_close(&files);
    nomen_mem_free(part);
    nomen_mem_free(path);
    return status;
}
