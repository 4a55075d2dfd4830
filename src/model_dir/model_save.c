/* Writing a model directory, and the weights that training keeps. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/crf_weights.h"
#include "model/lora_weights.h"
#include "model_dir/model.h"
#include "model_dir/model_adapter.h"

static nomen_status save_crf(const nomen_model *model, const char *directory, nomen_error *err) {
    return model->config.crf ? nomen_crf_save(directory, NOMEN_CRF_FILE, &model->table, model->values, err) : NOMEN_OK;
}

static nomen_status save_encoder(const nomen_model *model, const char *directory, nomen_error *err) {
    return model->config.trained.lora.rank > 0 ? nomen_lora_save(directory, &model->table, model->values, err)
                                               : nomen_weights_save(directory, &model->table, model->values, err);
}

/*
 * Over earlier weights, of which a disk that fails must leave both files or none that loads: the transitions of a CRF are
 * written under another name first, and take their own once the rest is there.
 */
static nomen_status save_with_crf(const nomen_model *model, const char *directory, nomen_error *err) {
    char *last = NULL, *new = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(last, directory, NOMEN_CRF_FILE, err));
    NOMEN_TRY(NOMEN_JOIN(new, directory, NOMEN_CRF_FILE ".new", err));
    NOMEN_TRY(nomen_crf_save(directory, NOMEN_CRF_FILE ".new", &model->table, model->values, err));
    status = save_encoder(model, directory, err);
    if (status == NOMEN_OK && rename(new, last) != 0) {
        status = nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be renamed to %s", new, last);
        unlink(last); /* of other weights than those that are there now */
    }
    if (status != NOMEN_OK) { unlink(new); }
done:
    nomen_mem_free(last);
    nomen_mem_free(new);
    return status;
}

nomen_status nomen_model_save_weights(const nomen_model *model, const char *directory, nomen_error *err) {
    return model->config.crf ? save_with_crf(model, directory, err) : save_encoder(model, directory, err);
}

nomen_status nomen_model_restore_weights(nomen_model *model, const char *directory, nomen_error *err) {
    bool lora = model->config.trained.lora.rank > 0;
    nomen_status status = lora ? nomen_model_restore_lora(model, directory, err)
                               : nomen_weights_load(directory, &model->table, model->values, &model->weights, err);
    if (status != NOMEN_OK || !model->config.crf) { return status; }
    return nomen_crf_load(directory, &model->table, model->values, err);
}

/* The directory but for its weights. */
static nomen_status save_around(const nomen_model *model, const nomen_config *config, const char *directory, const json_t *record,
                                nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_config_write(config, directory, err));
    NOMEN_TRY(nomen_tokenizer_save(model->tokenizer, directory, model->settings.max_length, err));
    NOMEN_TRY(nomen_settings_write(directory, &model->settings, record, err));
done:
    return status;
}

nomen_status nomen_model_save_around(const nomen_model *model, const char *directory, const json_t *record, nomen_error *err) {
    const nomen_lora_settings *lora = &model->config.trained.lora;
    nomen_status status = save_around(model, &model->config, directory, record, err);
    if (status != NOMEN_OK || lora->rank == 0) { return status; }
    return nomen_adapter_write(directory, lora, model->base, model->base_revision, err);
}

nomen_status nomen_model_save(const nomen_model *model, const char *directory, const json_t *record, nomen_error *err) {
    nomen_status status = nomen_model_save_around(model, directory, record, err);
    return status == NOMEN_OK ? nomen_model_save_weights(model, directory, err) : status;
}

nomen_status nomen_model_save_int8(const nomen_model *model, const char *directory, const json_t *record, int weight_bits,
                                   nomen_error *err) {
    nomen_config config = model->config; /* a view: what it points to stays the model's */
    config.dense = NOMEN_DENSE_INT8;
    nomen_status status = save_around(model, &config, directory, record, err);
    if (status == NOMEN_OK) { status = save_crf(model, directory, err); }
    return status == NOMEN_OK ? nomen_weights_save_int8(directory, &model->table, model->values, weight_bits, err) : status;
}
