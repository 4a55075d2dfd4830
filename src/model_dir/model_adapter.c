/* Low-rank adapters of a model: merged with the base where the model is used, beside it while it is trained. */
#include "model_dir/model_adapter.h"

#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/lora_weights.h"

nomen_status nomen_model_choose_trained(nomen_model *model, const nomen_trained *trained, const nomen_adapter *adapter,
                                        const char *directory, nomen_error *err) {
    nomen_config *config = &model->config;
    if (adapter->base != NULL && config->dense == NOMEN_DENSE_INT8 && !config->quantize) {
        return nomen_error_set(
            err, NOMEN_ERROR_UNSUPPORTED,
            "%s: the weights of its base model %s are int8, with which an adapter can't be merged; give it the "
            "float model, and quantise the result",
            directory, adapter->base);
    }
    if (trained != NULL && trained->freeze_layers > config->num_hidden_layers) {
        return nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_HYPERPARAMETER,
                                      "freeze-layers: is %zu, but %s has %zu encoder layers", trained->freeze_layers, directory,
                                      config->num_hidden_layers);
    }
    if (trained != NULL && trained->lora.rank > 0 && adapter->base != NULL) {
        return nomen_error_set_remedy(
            err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_HYPERPARAMETER,
            "lora-rank: %s is an adapter itself, and can't have another; train on from its base model %s with "
            "lora-init, or without lora-rank",
            directory, adapter->base);
    }
    if (trained != NULL) { config->trained = *trained; }
    if (adapter->base != NULL) { config->trained.lora = adapter->lora; }
    return NOMEN_OK;
}

/* The adapter's head counts, and the base's only where it has none. */
static nomen_status load_head(nomen_model *model, const nomen_adapter *adapter, nomen_error *err) {
    nomen_weights_report *report = &model->weights;
    bool found = false;
    nomen_status status = nomen_lora_load_head(adapter->weights, &model->table, model->values, &found, err);
    if (status != NOMEN_OK || (!found && adapter->head_rows == 0)) { return status; }
    report->head_loaded = found;
    report->head_other_size = !found;
    report->head_rows = adapter->head_rows;
    snprintf(report->file, sizeof report->file, "%s", NOMEN_LORA_FILE);
    return NOMEN_OK;
}

/* The int8 layers are there by themselves, made with the adapters. */
nomen_status nomen_model_load_weights(nomen_model *model, const nomen_adapter *adapter, const char *directory, nomen_error *err) {
    nomen_dense_weights *dense = &model->bert.dense;
    nomen_trained trained = model->config.trained;
    nomen_status status = NOMEN_OK;
    if (adapter->base == NULL) {
        return nomen_weights_load_int8(directory, &model->table, model->values, dense, &model->weights, err);
    }
    NOMEN_TRY(nomen_lora_load(adapter->weights, &model->table, model->values, adapter->some_layers, err));
    NOMEN_TRY(nomen_weights_load_int8(adapter->base, &model->table, model->values, dense, &model->weights, err));
    NOMEN_TRY(load_head(model, adapter, err));
    if (model->config.dense == NOMEN_DENSE_FLOAT) { NOMEN_TRY(nomen_bert_merge_lora(&model->bert, model->values, err)); }
    trained.lora = (nomen_lora_settings){0};
    model->config.trained = trained;
    nomen_param_table_drop_lora(&model->table, &model->config);
done:
    return status;
}

nomen_status nomen_model_start_lora(nomen_model *model, uint64_t seed, const char *directory, nomen_error *err) {
    if (model->config.trained.lora.rank == 0) { return NOMEN_OK; }
    nomen_lora_start(&model->table, model->values, seed);
    return nomen_adapter_name_base(directory, &model->base, &model->base_revision, err);
}

nomen_status nomen_model_init_lora(nomen_model *model, const char *path, nomen_error *err) {
    nomen_lora_survey survey = {0};
    nomen_status status = nomen_lora_survey_file(path, nomen_config_arch(&model->config), &survey, err);
    if (status != NOMEN_OK) { return status; }
    if (survey.targets & ~model->config.trained.lora.targets) {
        return nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_HYPERPARAMETER,
                                      "lora-init: %s has adapters of dense layers that lora-target does not name; name them all",
                                      path);
    }
    return nomen_lora_load(path, &model->table, model->values, false, err);
}

nomen_status nomen_model_merge_lora(nomen_model *model, nomen_error *err) {
    nomen_status status = nomen_bert_merge_lora(&model->bert, model->values, err);
    if (status != NOMEN_OK) { return status; }
    model->config.trained = (nomen_trained){0};
    nomen_param_table_drop_lora(&model->table, &model->config);
    return NOMEN_OK;
}

nomen_status nomen_model_restore_lora(nomen_model *model, const char *directory, nomen_error *err) {
    char *path = NULL;
    bool found = false;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(path, directory, NOMEN_LORA_FILE, err));
    NOMEN_TRY(nomen_lora_load(path, &model->table, model->values, false, err));
    NOMEN_TRY(nomen_lora_load_head(path, &model->table, model->values, &found, err));
    if (!found) { status = nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: has no classifier for the model's labels", path); }
done:
    nomen_mem_free(path);
    return status;
}
