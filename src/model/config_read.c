/* Reading config.json: what nomen can't compute is refused by its name rather than computed wrongly. */
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/names.h"
#include "model/config_keys.h"

static nomen_status read_sizes(nomen_config *config, const char *path, nomen_error *err) {
    for (size_t i = 0; i < nomen_config_n_sizes; i++) {
        const nomen_config_size *key = &nomen_config_sizes[i];
        size_t *value = nomen_config_size_at(config, key);
        *value = key->fallback;
        nomen_status status = nomen_json_get_size(config->json, key->key, path, value, err);
        if (status != NOMEN_OK) { return status; }
        if (*value < 1 || *value > key->most) {
            return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"%s\" is %zu, expected 1 to %zu", path, key->key, *value,
                                   key->most);
        }
    }
    if (config->hidden_size % config->num_attention_heads != 0) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: \"hidden_size\" %zu is not a multiple of \"num_attention_heads\" %zu", path,
                               config->hidden_size, config->num_attention_heads);
    }
    return NOMEN_OK;
}

/* A number in [0, below). */
static nomen_status read_number(const json_t *json, const char *key, const char *path, float below, float *out,
                                nomen_error *err) {
    double number = (double)*out;
    nomen_status status = nomen_json_get_number(json, key, path, &number, err);
    if (status != NOMEN_OK) { return status; }
    if (!(number >= 0.0 && (float)number < below)) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"%s\" is %g, expected at least 0 and below %g", path, key, number,
                               (double)below);
    }
    *out = (float)number;
    return NOMEN_OK;
}

static nomen_status read_numbers(nomen_config *config, const char *path, nomen_error *err) {
    for (size_t i = 0; i < nomen_config_n_numbers; i++) {
        const nomen_config_number *key = &nomen_config_numbers[i];
        float *value = nomen_config_number_at(config, key);
        *value = key->fallback;
        nomen_status status = read_number(config->json, key->key, path, key->below, value, err);
        if (status != NOMEN_OK) { return status; }
    }
    config->classifier_dropout = config->hidden_dropout_prob;
    return read_number(config->json, "classifier_dropout", path, 1.0f, &config->classifier_dropout, err);
}

static nomen_status read_activation(nomen_config *config, const char *path, nomen_error *err) {
    const char *name = "gelu";
    nomen_status status = nomen_json_get_text(config->json, "hidden_act", path, &name, err);
    if (status == NOMEN_OK && !nomen_config_activation_find(name, &config->hidden_act)) {
        status = nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                                 "%s: \"hidden_act\" is \"%s\"; nomen supports gelu, gelu_new, gelu_pytorch_tanh and relu", path,
                                 name);
    }
    return status;
}

/* The padding token: 0 where the file does not say, none where it says null. */
static nomen_status read_pad(nomen_config *config, const char *path, nomen_error *err) {
    const json_t *value = json_object_get(config->json, "pad_token_id");
    config->pad_token_id = value == NULL ? 0 : -1;
    if (value == NULL || json_is_null(value)) { return NOMEN_OK; }
    if (!json_is_integer(value) || json_integer_value(value) < 0 || (size_t)json_integer_value(value) >= config->vocab_size) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"pad_token_id\" is not a token, expected 0 to %zu or null", path,
                               config->vocab_size - 1);
    }
    config->pad_token_id = (ptrdiff_t)json_integer_value(value);
    return NOMEN_OK;
}

nomen_status nomen_config_read(const char *directory, nomen_config *out, nomen_error *err) {
    nomen_config config = {0};
    nomen_status status;
    char *path = NULL;
    NOMEN_TRY(nomen_string_check(directory, "the model directory", err));
    path = nomen_file_join(directory, "config.json");
    if (path == NULL) { NOMEN_FAIL(nomen_error_memory(err, strlen(directory), 1)); }
    if (!nomen_file_is_directory(directory)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_IO, "%s: %s; expected a Hugging Face model directory", directory,
                                   nomen_file_exists(directory) ? "is not a directory" : "there is no such directory"));
    }
    if (!nomen_file_exists(path)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_IO, "%s: has no config.json, so it is not a model directory", directory));
    }
    NOMEN_TRY(nomen_json_read(path, &config.json, err));
    if (!json_is_object(config.json)) { NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is not a JSON object", path)); }
    NOMEN_TRY(nomen_arch_find(config.json, path, &config.arch, err));
    NOMEN_TRY(config.arch->check_config(config.json, path, err));
    NOMEN_TRY(nomen_config_read_dense(config.json, path, &config.dense, err));
    NOMEN_TRY(read_sizes(&config, path, err));
    NOMEN_TRY(read_pad(&config, path, err));
    NOMEN_TRY(read_numbers(&config, path, err));
    NOMEN_TRY(read_activation(&config, path, err));
    NOMEN_TRY(nomen_config_read_labels(&config, path, err));
    *out = config;
    config = (nomen_config){0};
done:
    nomen_config_clear(&config);
    nomen_mem_free(path);
    return status;
}
