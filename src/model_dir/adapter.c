/* adapter_config.json of peft: reading, and finding the base model. */
#include "model_dir/adapter.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/names.h"
#include "model/lora_weights.h"
#include "model/weights.h"
#include "nomen/hub.h"

/* Larger than any in use; bounds what a small hostile file can make nomen allocate. */
enum { MOST_RANK = 65536 };

/* Keys that change what is computed unless they are null, false or empty. */
static const char *const unsupported[] = {
    "alora_invocation_tokens", "alpha_pattern", "arrow_config",      "fan_in_fan_out", "kasa_config",
    "layer_replication",       "lora_bias",     "monteclora_config", "rank_pattern",   "target_parameters",
    "trainable_token_indices", "use_bdlora",    "use_dora",          "use_qalora",     "velora_config",
};

static bool is_neutral(const json_t *value) {
    return value == NULL || json_is_null(value) || json_is_false(value) ||
           (json_is_object(value) && json_object_size(value) == 0) || (json_is_array(value) && json_array_size(value) == 0);
}

static nomen_status refuse(const char *path, const char *key, const char *why, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                           "%s: \"%s\" %s; merge the adapter into its model with peft (merge_and_unload), and use that", path,
                           key, why);
}

/* Initialisations that leave the base as it is. Others (pissa, olora, corda, loftq...) train against changed weights. */
static bool is_plain_start(const json_t *value) {
    static const char *const plain[] = {"gaussian", "eva", "orthogonal"};
    const char *name = json_string_value(value);
    for (size_t i = 0; name != NULL && i < sizeof plain / sizeof *plain; i++) {
        if (strcmp(name, plain[i]) == 0) { return true; }
    }
    return value == NULL || json_is_boolean(value) || json_is_null(value);
}

static bool is_text(const json_t *value, const char *text) {
    return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

static nomen_status check_kind(const json_t *json, const char *path, nomen_error *err) {
    const json_t *task = json_object_get(json, "task_type"), *bias = json_object_get(json, "bias");
    if (!is_text(json_object_get(json, "peft_type"), "LORA")) {
        return refuse(path, "peft_type", "is not LORA, the only kind of adapter that nomen has", err);
    }
    if (task != NULL && !json_is_null(task) && !is_text(task, "TOKEN_CLS")) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                               "%s: \"task_type\" is not TOKEN_CLS: the adapter is for another task than token classification",
                               path);
    }
    if (bias != NULL && !is_text(bias, "none")) { return refuse(path, "bias", "is not \"none\": biases are trained too", err); }
    if (!is_plain_start(json_object_get(json, "init_lora_weights"))) {
        return refuse(path, "init_lora_weights", "is a way to start that changes the base model's weights", err);
    }
    for (size_t i = 0; i < sizeof unsupported / sizeof *unsupported; i++) {
        if (!is_neutral(json_object_get(json, unsupported[i]))) {
            return refuse(path, unsupported[i], "is set, which nomen does not support", err);
        }
    }
    return NOMEN_OK;
}

static nomen_status read_numbers(const json_t *json, const char *path, nomen_lora_settings *out, nomen_error *err) {
    bool rank_stabilised = false;
    nomen_status status;
    out->alpha = 8; /* peft's default */
    NOMEN_TRY(nomen_json_get_size(json, "r", path, &out->rank, err));
    NOMEN_TRY(nomen_json_get_number(json, "lora_alpha", path, &out->alpha, err));
    NOMEN_TRY(nomen_json_get_bool(json, "use_rslora", path, &rank_stabilised, err));
    if (out->rank == 0 || out->rank > MOST_RANK) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"r\" is %zu, expected a rank from 1 to %d", path, out->rank,
                                   MOST_RANK));
    }
    if (!isfinite(out->alpha)) { NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"lora_alpha\" is not finite", path)); }
    /* rsLoRA (Kalajdzievski 2023) scales by alpha / sqrt(r). */
    if (rank_stabilised) { out->alpha *= sqrt((double)out->rank); }
done:
    return status;
}

/* A path as it stands, or in `directory`; *out stays NULL where neither is a directory. */
static nomen_status find_path(const char *base, const char *directory, char **out, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (nomen_file_is_directory(base)) { return NOMEN_COPY(*out, base, strlen(base), err); }
    if (base[0] == '/') { return NOMEN_OK; }
    NOMEN_TRY(NOMEN_JOIN(*out, directory, base, err));
    if (!nomen_file_is_directory(*out)) {
        nomen_mem_free(*out);
        *out = NULL;
    }
done:
    return status;
}

static nomen_status find_base(const json_t *json, const char *path, const char *directory, char **out, nomen_error *err) {
    const char *base = NULL, *revision = NULL;
    nomen_error inner = {0};
    nomen_status status;
    NOMEN_TRY(nomen_json_get_text(json, "base_model_name_or_path", path, &base, err));
    NOMEN_TRY(nomen_json_get_text(json, "revision", path, &revision, err));
    if (base == NULL || base[0] == '\0') {
        NOMEN_FAIL(
            nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"base_model_name_or_path\" does not say which model it adapts", path));
    }
    NOMEN_TRY(find_path(base, directory, out, err));
    if (*out != NULL) { goto done; }
    status = nomen_hub_find(base, revision, NULL, out, &inner);
    if (status == NOMEN_OK) { goto done; }
    if (status == NOMEN_ERROR_MEMORY) { NOMEN_FAIL(nomen_error_pass(err, &inner)); }
    status =
        nomen_error_set_remedy(err, NOMEN_ERROR_IO, NOMEN_REMEDY_FETCH,
                               "%s: the base model \"%s\"%s%s is neither a directory, seen from here or from %s, nor in the "
                               "hub's cache; put it there, or state where it is in \"base_model_name_or_path\"",
                               path, base, revision != NULL ? " at revision " : "", revision != NULL ? revision : "", directory);
done:
    return status;
}

/* Whether "target_modules" may mean some layers alone: an expression, or a list in which a name has a layer's number. */
static bool may_name_layers(const json_t *targets) {
    for (size_t i = 0; i < json_array_size(targets); i++) {
        const char *name = json_string_value(json_array_get(targets, i));
        if (name != NULL && strpbrk(name, "0123456789") != NULL) { return true; }
    }
    return json_is_string(targets);
}

/* Reads the configuration at `path`, which is there. */
static nomen_status read_adapter(const char *directory, const char *path, nomen_adapter *adapter, nomen_error *err) {
    json_t *json = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_json_read(path, &json, err));
    if (!json_is_object(json)) { NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is not a JSON object", path)); }
    NOMEN_TRY(check_kind(json, path, err));
    NOMEN_TRY(read_numbers(json, path, &adapter->lora, err));
    NOMEN_TRY(find_base(json, path, directory, &adapter->base, err));
    adapter->some_layers = may_name_layers(json_object_get(json, "target_modules")) ||
                           !is_neutral(json_object_get(json, "layers_to_transform")) ||
                           !is_neutral(json_object_get(json, "exclude_modules"));
    NOMEN_TRY(NOMEN_JOIN(adapter->weights, directory, NOMEN_LORA_FILE, err));
done:
    json_decref(json);
    return status;
}

nomen_status nomen_adapter_find(const char *directory, nomen_adapter *out, nomen_error *err) {
    nomen_adapter adapter = {0};
    nomen_lora_survey survey = {0};
    char *path = NULL, *above = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_string_check(directory, "the model directory", err));
    NOMEN_TRY(NOMEN_JOIN(path, directory, NOMEN_ADAPTER_CONFIG, err));
    if (!nomen_file_exists(path)) { goto done; }
    NOMEN_TRY(read_adapter(directory, path, &adapter, err));
    NOMEN_TRY(NOMEN_JOIN(above, adapter.base, NOMEN_ADAPTER_CONFIG, err));
    if (nomen_file_exists(above)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                                   "%s: its base model %s is an adapter itself; an adapter needs a model with all weights", path,
                                   adapter.base));
    }
    NOMEN_TRY(nomen_lora_survey_file(adapter.weights, &nomen_arch_bert, &survey, err));
    adapter.lora.targets = survey.targets;
    adapter.head_rows = survey.head_rows;
    *out = adapter;
    adapter = (nomen_adapter){0};
done:
    nomen_adapter_clear(&adapter);
    nomen_mem_free(path);
    nomen_mem_free(above);
    return status;
}

void nomen_adapter_clear(nomen_adapter *adapter) {
    nomen_mem_free(adapter->weights);
    nomen_mem_free(adapter->base);
    *adapter = (nomen_adapter){0};
}

nomen_status nomen_adapter_place(const nomen_adapter *adapter, const char *directory, const char *name, const char **out,
                                 nomen_error *err) {
    char *path = NULL;
    *out = directory;
    if (adapter->base == NULL) { return NOMEN_OK; }
    nomen_status status = NOMEN_JOIN(path, directory, name, err);
    if (status == NOMEN_OK && !nomen_file_exists(path)) { *out = adapter->base; }
    nomen_mem_free(path);
    return status;
}

nomen_status nomen_adapter_tokenizer_place(const nomen_adapter *adapter, const char *directory, const char **out,
                                           nomen_error *err) {
    nomen_status status = nomen_adapter_place(adapter, directory, "tokenizer.json", out, err);
    if (status == NOMEN_OK && *out != directory) { status = nomen_adapter_place(adapter, directory, "vocab.txt", out, err); }
    return status;
}

nomen_status nomen_adapter_head_rows(const char *directory, size_t hidden_size, size_t *out, nomen_error *err) {
    nomen_adapter adapter = {0};
    nomen_status status;
    NOMEN_TRY(nomen_adapter_find(directory, &adapter, err));
    *out = adapter.head_rows;
    if (*out == 0) { status = nomen_weights_head_rows(adapter.base != NULL ? adapter.base : directory, hidden_size, out, err); }
done:
    nomen_adapter_clear(&adapter);
    return status;
}

nomen_status nomen_adapter_weights_size(const char *directory, size_t *out, nomen_error *err) {
    nomen_adapter adapter = {0};
    nomen_mapping mapping = {0};
    size_t n = 0;
    nomen_status status;
    NOMEN_TRY(nomen_adapter_find(directory, &adapter, err));
    NOMEN_TRY(nomen_weights_size(adapter.base != NULL ? adapter.base : directory, &n, err));
    if (adapter.base != NULL) { NOMEN_TRY(nomen_mapping_open(adapter.weights, &mapping, err)); }
    *out = n + mapping.size;
done:
    nomen_mapping_close(&mapping);
    nomen_adapter_clear(&adapter);
    return status;
}
