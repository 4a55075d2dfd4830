/* Loading a model directory into one handle, and writing it. */
#include "model_dir/model.h"

#include <string.h>

#include "base/call.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/options.h"
#include "model/crf_weights.h"
#include "model/kept_rows.h"
#include "model_dir/model_adapter.h"
#include "model_dir/model_labels.h"

/*
 * Whether there is a CRF: in training where it is asked for; in use where nomen.json has one and its file is there,
 * as a directory without that file is the model that other programs see.
 */
static nomen_status choose_crf(nomen_model *model, const nomen_model_options *options, const char *directory, bool *has_file,
                               nomen_error *err) {
    nomen_status status = nomen_crf_find(directory, has_file, err);
    if (status != NOMEN_OK) { return status; }
    *has_file = *has_file && model->settings.crf;
    if (options->labels != NULL) {
        model->config.crf = options->crf;
        if (model->settings.crf && !options->crf) {
            nomen_log_warning("%s has a CRF, which this run does not use; it is trained on only if crf is true", directory);
        }
    } else {
        model->config.crf = *has_file;
        if (model->settings.crf && !*has_file) {
            nomen_log_warning("%s: nomen.json states a CRF, but %s is missing: the model is used without it", directory,
                              NOMEN_CRF_FILE);
        }
    }
    model->settings.crf = model->config.crf;
    return NOMEN_OK;
}

static nomen_status load_crf(nomen_model *model, const char *directory, bool has_file, nomen_error *err) {
    if (!model->config.crf) { return NOMEN_OK; }
    if (has_file && !model->fresh_head) { return nomen_crf_load(directory, &model->table, model->values, err); }
    nomen_crf_start(&model->table, model->values);
    if (has_file && model->kept_rows != NULL) {
        const nomen_kept_rows kept = {model->kept_rows, model->labels.n, model->n_own_labels};
        return nomen_kept_rows_load_crf(directory, &model->table, &kept, model->values, err);
    }
    nomen_log_info("the CRF is freshly initialised: %zu labels", model->labels.n);
    return NOMEN_OK;
}

/* A new head, with the rows that are kept of the directory's own. */
static nomen_status start_head(nomen_model *model, const nomen_model_options *options, const nomen_adapter *adapter,
                               const char *directory, nomen_error *err) {
    const nomen_kept_rows kept = {model->kept_rows, model->labels.n, model->n_own_labels};
    model->fresh_head = true;
    nomen_weights_start(&model->table, model->values, model->config.initializer_range, options->seed, true);
    if (model->kept_rows != NULL && adapter->head_rows > 0) {
        return nomen_kept_rows_load_adapter(adapter->weights, &model->table, &kept, model->values, err);
    }
    if (model->kept_rows != NULL) {
        const char *place = adapter->base != NULL ? adapter->base : directory;
        return nomen_kept_rows_load_head(place, &model->table, &kept, model->values, err);
    }
    nomen_log_info("the head is freshly initialised: %zu labels", model->labels.n);
    return NOMEN_OK;
}

static nomen_status load_weights(nomen_model *model, const nomen_model_options *options, const nomen_adapter *adapter,
                                 const char *directory, nomen_error *err) {
    bool has_crf_file = false;
    nomen_status status;
    NOMEN_TRY(choose_crf(model, options, directory, &has_crf_file, err));
    NOMEN_TRY(nomen_param_table_create(&model->config, &model->table, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(model->values, model->table.n_elements, err));
    model->bert = (nomen_bert){.config = &model->config, .table = &model->table, .values = model->values};
    nomen_dense_weights *dense = &model->bert.dense;
    if (model->config.dense == NOMEN_DENSE_INT8) { NOMEN_TRY(nomen_dense_weights_create(&model->config, dense, err)); }
    NOMEN_TRY(nomen_model_load_weights(model, adapter, directory, err));
    if (options->labels == NULL) { NOMEN_TRY(nomen_model_check_head(model, options, directory, err)); }
    if (!model->weights.head_loaded || model->fresh_head) { NOMEN_TRY(start_head(model, options, adapter, directory, err)); }
    NOMEN_TRY(load_crf(model, directory, has_crf_file, err));
    NOMEN_TRY(nomen_model_start_lora(model, options->seed, directory, err));
done:
    return status;
}

/* bf16 where the caller says so. */
static nomen_status choose_bf16(nomen_model *model, const nomen_model_options *options, const char *directory, nomen_error *err) {
    if (options->precision != NOMEN_PRECISION_BF16) { return NOMEN_OK; }
    if (options->int8) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "int8 and bf16 are both requested; dense layers have one precision");
    }
    if (model->config.dense != NOMEN_DENSE_FLOAT) {
        return nomen_error_set_remedy(err, NOMEN_ERROR_UNSUPPORTED, NOMEN_REMEDY_FP32,
                                      "%s: bf16 is requested, but its weights are int8; use the float model that it was made "
                                      "from, or its own precision",
                                      directory);
    }
    if (!nomen_math_has_bf16()) {
        return nomen_error_set_remedy(
            err, NOMEN_ERROR_UNSUPPORTED, NOMEN_REMEDY_FP32,
            "bf16 is requested, but needs a processor with AVX512-BF16, which this one does not have or "
            "NOMEN_ISA rules out (kernels: %s); use fp32",
            nomen_math_isa());
    }
    model->config.bf16 = true;
    return NOMEN_OK;
}

/* int8 where the directory or the caller says so, and never for training. */
static nomen_status choose_dense(nomen_model *model, const nomen_model_options *options, const char *directory,
                                 nomen_error *err) {
    nomen_status status = choose_bf16(model, options, directory, err);
    if (status != NOMEN_OK) { return status; }
    if (options->int8 && model->config.dense == NOMEN_DENSE_FLOAT) {
        model->config.dense = NOMEN_DENSE_INT8;
        model->config.quantize = true;
    }
    if (model->config.dense == NOMEN_DENSE_FLOAT) { return NOMEN_OK; }
    if (model->config.intermediate_size > NOMEN_INT8_MAX_IN) {
        return nomen_error_set(err, NOMEN_ERROR_LIMIT, "%s: \"intermediate_size\" is %zu, but int8 allows at most %d", directory,
                               model->config.intermediate_size, NOMEN_INT8_MAX_IN);
    }
    if (options->labels == NULL) { return NOMEN_OK; }
    return nomen_error_set_remedy(err, NOMEN_ERROR_UNSUPPORTED, NOMEN_REMEDY_QUANTIZE,
                                  "%s: its weights are int8, which can't be trained; train the float model that it "
                                  "was made from, and quantise the result",
                                  directory);
}

/* What nomen.json says of its scores. Training makes others. */
static nomen_status load_calibration(nomen_model *model, const nomen_model_options *options, const char *directory,
                                     nomen_error *err) {
    if (options->labels != NULL) {
        if (json_object_get(model->record, "calibration") != NULL) {
            nomen_log_info("the calibration of %s is not kept, as training changes the scores; fit it again afterwards",
                           directory);
        }
        return NOMEN_OK;
    }
    char *path = nomen_file_join(directory, "nomen.json");
    if (path == NULL) { return nomen_error_memory(err, strlen(directory), 1); }
    nomen_status status = nomen_calibrated_read(model->record, path, &model->labels, &model->calibrated, err);
    nomen_mem_free(path);
    return status;
}

/* A quarter of the window, unless said otherwise; what files say gives way to a window made shorter. */
static nomen_status choose_stride(nomen_settings *settings, const nomen_model_options *options, const char *directory,
                                  size_t limit, nomen_error *err) {
    if (options->stride_given) { settings->stride = options->stride; }
    if (options->stride_given && options->stride >= limit) {
        return nomen_error_set_remedy(
            err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_STRIDE,
            "%s: the stride is %zu subword tokens; it is the overlap of windows of %zu, and must be smaller", directory,
            options->stride, limit);
    }
    if (settings->stride == SIZE_MAX || settings->stride >= limit) { settings->stride = limit / 4; }
    return NOMEN_OK;
}

static void choose_context(nomen_settings *settings, const nomen_model_options *options) {
    if (options->context_given) { settings->context = options->context; }
    if (options->on_overflow != NOMEN_OVERFLOW_AUTO) { settings->on_overflow = options->on_overflow; }
}

/* max_length: the least of what the tokenizer, the position table and the caller allow. */
static nomen_status choose_settings(nomen_model *model, const nomen_model_options *options, const char *directory,
                                    nomen_error *err) {
    size_t most = nomen_tokenizer_get_max_length(model->tokenizer);
    if (most > model->config.max_position_embeddings) { most = model->config.max_position_embeddings; }
    nomen_settings *settings = &model->settings;
    *settings = (nomen_settings){.words = NOMEN_WORDS_BERT,
                                 .alignment = NOMEN_ALIGN_FIRST,
                                 .max_length = most,
                                 .stride = SIZE_MAX,
                                 .on_overflow = NOMEN_OVERFLOW_WINDOW};
    nomen_status status = nomen_settings_read(directory, settings, &model->record, err);
    if (status != NOMEN_OK) { return status; }
    if (options->max_length > 0) { settings->max_length = options->max_length; }
    nomen_special_tokens special;
    nomen_tokenizer_get_special(model->tokenizer, &special);
    size_t n_special = special.n_prefix + special.n_suffix;
    if (settings->max_length > most || settings->max_length <= n_special) {
        bool asked = options->max_length > 0;
        return nomen_error_set(err, asked ? NOMEN_ERROR_ARGUMENT : NOMEN_ERROR_DATA,
                               "%s: %s is %zu subword tokens; the model takes %zu to %zu, including %zu special tokens",
                               directory, asked ? "the maximum length" : "the maximum length that its files state",
                               settings->max_length, n_special + 1, most, n_special);
    }
    if (options->labels != NULL && options->max_length == 0 && settings->max_length < most) {
        nomen_log_info("windows of %zu subword tokens, as nomen.json of %s states; the model's own limit is %zu",
                       settings->max_length, directory, most);
    }
    choose_context(settings, options);
    return choose_stride(settings, options, directory, settings->max_length - n_special, err);
}

static nomen_status check_vocabulary(const nomen_model *model, const char *directory, nomen_error *err) {
    size_t n_tokens = nomen_tokenizer_get_size(model->tokenizer);
    if (n_tokens > model->config.vocab_size) {
        return nomen_error_set(err, NOMEN_ERROR_DATA,
                               "%s: the tokenizer has ids up to %zu, but the model's embedding table has %zu rows; the two "
                               "belong to different models",
                               directory, n_tokens - 1, model->config.vocab_size);
    }
    nomen_special_tokens special;
    nomen_tokenizer_get_special(model->tokenizer, &special);
    if ((size_t)special.type_id >= model->config.type_vocab_size) {
        return nomen_error_set(err, NOMEN_ERROR_DATA, "%s: the tokenizer uses token type %d, but the model has %zu", directory,
                               special.type_id, model->config.type_vocab_size);
    }
    return NOMEN_OK;
}

static nomen_status check_options(const nomen_model_options *options, nomen_error *err) {
    nomen_status status = nomen_value_check(nomen_purpose_name(options->purpose), (int)options->purpose, "purpose", err);
    if (status == NOMEN_OK) {
        status = nomen_value_check(nomen_overflow_name(options->on_overflow), (int)options->on_overflow, "on_overflow", err);
    }
    if (status == NOMEN_OK) {
        status = nomen_value_check(nomen_precision_name(options->precision), (int)options->precision, "precision", err);
    }
    if (status == NOMEN_OK) {
        status = nomen_value_check(nomen_keep_labels_name(options->keep_labels), (int)options->keep_labels, "keep_labels", err);
    }
    if (status != NOMEN_OK || (options->purpose == NOMEN_FOR_TRAINING) == (options->labels != NULL)) { return status; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "labels are given for training, and only for training");
}

/* Lays the dense weights out for inference. Nobody else has the model yet, so that it never changes afterwards. */
static nomen_status pack(nomen_model *model, nomen_error *err) {
    return model->purpose == NOMEN_FOR_INFERENCE ? nomen_bert_pack(&model->bert, model->values, err) : NOMEN_OK;
}

nomen_status nomen_model_check_use(const nomen_model *model, nomen_error *err) {
    if (model->purpose != NOMEN_FOR_TRAINING) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "the model is loaded for training; load it for inference to use it");
}

/* nomen.json, an adapter's own or its base's, whose CRF and calibration are not those of the adapter. */
static nomen_status load_settings(nomen_model *model, const nomen_model_options *options, const nomen_adapter *adapter,
                                  const char *directory, nomen_error *err) {
    const char *place = NULL;
    nomen_status status = nomen_adapter_place(adapter, directory, "nomen.json", &place, err);
    if (status == NOMEN_OK) { status = choose_settings(model, options, place, err); }
    if (status != NOMEN_OK || place == directory) { return status; }
    model->settings.crf = false;
    json_object_del(model->record, "calibration");
    return NOMEN_OK;
}

static nomen_status load(const char *directory, const nomen_model_options *options, const nomen_trained *trained,
                         nomen_model **out, nomen_error *err) {
    nomen_model *model = NULL;
    nomen_adapter adapter = {0};
    const char *place = NULL;
    nomen_status status;
    NOMEN_TRY(check_options(options, err));
    NOMEN_TRY(nomen_adapter_find(directory, &adapter, err));
    NOMEN_TRY(NOMEN_NEW(model, 1, err));
    atomic_init(&model->n_references, 1);
    model->purpose = options->purpose;
    nomen_calibrated_start(&model->calibrated);
    NOMEN_TRY(nomen_adapter_place(&adapter, directory, "config.json", &place, err));
    NOMEN_TRY(nomen_config_read(place, &model->config, err));
    NOMEN_TRY(choose_dense(model, options, directory, err));
    NOMEN_TRY(nomen_model_choose_trained(model, trained, &adapter, directory, err));
    NOMEN_TRY(nomen_adapter_tokenizer_place(&adapter, directory, &place, err));
    NOMEN_TRY(nomen_tokenizer_load(place, options->tokenizer, &model->tokenizer, err));
    NOMEN_TRY(check_vocabulary(model, directory, err));
    NOMEN_TRY(load_settings(model, options, &adapter, directory, err));
    NOMEN_TRY(nomen_model_choose_labels(model, options, directory, err));
    NOMEN_TRY(load_calibration(model, options, directory, err));
    NOMEN_TRY(NOMEN_NEW(model->inside, model->labels.n, err));
    nomen_align_inside(&model->labels, model->inside);
    NOMEN_TRY(load_weights(model, options, &adapter, directory, err));
    NOMEN_TRY(pack(model, err));
    *out = model;
    model = NULL;
done:
    nomen_adapter_clear(&adapter);
    nomen_model_release(model);
    return status;
}

nomen_status nomen_model_load_to_train(const char *directory, const nomen_model_options *options, const nomen_trained *trained,
                                       nomen_model **out, nomen_error *err) {
    nomen_model_options own = {0};
    nomen_call_scope scope = {0};
    nomen_status status;
    NOMEN_TRY(NOMEN_TAKE(nomen_model_options, &own, options, err));
    NOMEN_TRY(nomen_call_enter(&scope, own.call, err));
    NOMEN_TRY(load(directory, &own, trained, out, err));
done:
    nomen_call_leave(&scope);
    return status;
}

nomen_status nomen_model_load(const char *directory, const nomen_model_options *options, nomen_model **out, nomen_error *err) {
    return nomen_model_load_to_train(directory, options, NULL, out, err);
}

/* The count is no part of what callers see as the model, so that const handles can be counted. */
nomen_model *nomen_model_retain(const nomen_model *model) {
    nomen_model *counted = (nomen_model *)(uintptr_t)model;
    atomic_fetch_add_explicit(&counted->n_references, 1, memory_order_relaxed);
    return counted;
}

void nomen_model_release(nomen_model *model) {
    /* Acquire and release: what other threads did with the model is done when the last one frees it. */
    if (model == NULL || atomic_fetch_sub_explicit(&model->n_references, 1, memory_order_acq_rel) > 1) { return; }
    nomen_bert_clear(&model->bert);
    json_decref(model->record);
    nomen_mem_free(model->base);
    nomen_mem_free(model->base_revision);
    nomen_calibrated_clear(&model->calibrated);
    nomen_mem_free(model->inside);
    nomen_mem_free(model->kept_rows);
    nomen_labels_clear(&model->labels);
    nomen_tokenizer_free(model->tokenizer);
    nomen_mem_free(model->values);
    nomen_param_table_clear(&model->table);
    nomen_config_clear(&model->config);
    nomen_mem_free(model);
}

size_t nomen_model_window_limit(const nomen_model *model) {
    nomen_special_tokens special;
    nomen_tokenizer_get_special(model->tokenizer, &special);
    return model->settings.max_length - special.n_prefix - special.n_suffix;
}

size_t nomen_model_get_stride(const nomen_model *model) {
    return model->settings.stride;
}

size_t nomen_model_get_context(const nomen_model *model) {
    return model->settings.context;
}

size_t nomen_model_context_pieces(const nomen_model *model) {
    size_t limit = nomen_model_window_limit(model);
    return model->settings.context < limit ? model->settings.context : limit;
}

nomen_status nomen_model_check_overflow(const nomen_model *model, const char *name, size_t line, size_t text, size_t n_pieces,
                                        bool all, nomen_error *err) {
    size_t limit = nomen_model_window_limit(model);
    char where[32];
    if (model->settings.on_overflow != NOMEN_OVERFLOW_ERROR || n_pieces <= limit) { return NOMEN_OK; }
    if (name == NULL) { snprintf(where, sizeof where, "text %zu", text + 1); }
    if (name != NULL) { snprintf(where, sizeof where, ":%zu", line); }
    return nomen_error_set_remedy(
        err, NOMEN_ERROR_LIMIT, NOMEN_REMEDY_WINDOWS,
        "%s%s: %s%zu subword tokens, but the model takes %zu at once; shorten the text, or read it in windows",
        name != NULL ? name : "", where, all ? "" : "more than ", n_pieces, limit);
}

size_t nomen_model_get_n_labels(const nomen_model *model) {
    return model->labels.n;
}

const char *nomen_model_get_label(const nomen_model *model, size_t label) {
    return label < model->labels.n ? model->labels.names[label] : NULL;
}

const nomen_tokenizer *nomen_model_get_tokenizer(const nomen_model *model) {
    return model->tokenizer;
}

size_t nomen_model_get_max_length(const nomen_model *model) {
    return model->settings.max_length;
}

bool nomen_model_is_int8(const nomen_model *model) {
    return model->config.dense != NOMEN_DENSE_FLOAT;
}

bool nomen_model_has_crf(const nomen_model *model) {
    return model->config.crf;
}

const nomen_crf *nomen_model_get_crf(const nomen_model *model, nomen_crf *out) {
    if (!model->config.crf) { return NULL; }
    *out = nomen_crf_view(&model->table, model->values, model->labels.n);
    return out;
}

nomen_word_unit nomen_model_get_word_unit(const nomen_model *model) {
    return model->settings.words;
}
