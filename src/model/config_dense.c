/*
 * quantization_config of config.json. Of the many kinds there are nomen has one, "int-quantized" of the
 * compressed-tensors format: dense weights in int8 with a scale a row (X.weight, X.weight_scale), their
 * inputs quantised row by row as they come, both symmetric.
 */
#include <string.h>

#include "model/config_keys.h"

static const char key[] = "quantization_config";

static bool is_text(const json_t *object, const char *name, const char *wanted) {
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL && strcmp(text, wanted) == 0;
}

/* Whether one side of a product is symmetric int8 with a scale for each `strategy`. */
static bool is_int8(const json_t *object, const char *strategy, bool dynamic) {
    const json_t *bits = json_object_get(object, "num_bits");
    const json_t *symmetric = json_object_get(object, "symmetric");
    return json_is_integer(bits) && json_integer_value(bits) == 8 && is_text(object, "type", "int") &&
           is_text(object, "strategy", strategy) && (symmetric == NULL || json_is_true(symmetric)) &&
           json_is_true(json_object_get(object, "dynamic")) == dynamic;
}

/* Whether all dense layers but those ignored are of the kind above. Which they are is known from the weights' file. */
static bool is_ours(const json_t *json) {
    const json_t *groups = json_object_get(json, "config_groups");
    const json_t *group = json_object_iter_value(json_object_iter((json_t *)(uintptr_t)groups));
    const json_t *outputs = json_object_get(group, "output_activations");
    const json_t *targets = json_object_get(group, "targets");
    const char *target = json_string_value(json_array_get(targets, 0));
    return is_text(json, "quant_method", "compressed-tensors") && is_text(json, "format", "int-quantized") &&
           json_object_size(groups) == 1 && json_array_size(targets) == 1 && target != NULL && strcmp(target, "Linear") == 0 &&
           (outputs == NULL || json_is_null(outputs)) && is_int8(json_object_get(group, "weights"), "channel", false) &&
           is_int8(json_object_get(group, "input_activations"), "token", true);
}

nomen_status nomen_config_read_dense(const json_t *json, const char *path, nomen_dense_kind *out, nomen_error *err) {
    const json_t *value = json_object_get(json, key);
    *out = NOMEN_DENSE_FLOAT;
    if (value == NULL || json_is_null(value)) { return NOMEN_OK; }
    if (!is_ours(value)) {
        return nomen_error_set(
            err, NOMEN_ERROR_UNSUPPORTED,
            "%s: \"quantization_config\" is of a kind that nomen does not support; its only int8 form is compressed-tensors, "
            "int-quantized, weights by channel, activations by token; give the model's unquantised weights",
            path);
    }
    *out = NOMEN_DENSE_INT8;
    return NOMEN_OK;
}

bool nomen_config_set_dense(json_t *object, nomen_dense_kind dense) {
    if (dense == NOMEN_DENSE_FLOAT) {
        json_object_del(object, key);
        return true;
    }
    json_t *value =
        json_pack("{s:s, s:s, s:s, s:{s:{s:[s], s:{s:i, s:s, s:s, s:b, s:b}, s:{s:i, s:s, s:s, s:b, s:b}, "
                  "s:n}}, s:[s], s:n}",
                  "quant_method", "compressed-tensors", "format", "int-quantized", "quantization_status", "compressed",
                  "config_groups", "group_0", "targets", "Linear", "weights", "num_bits", 8, "type", "int", "strategy", "channel",
                  "symmetric", 1, "dynamic", 0, "input_activations", "num_bits", 8, "type", "int", "strategy", "token",
                  "symmetric", 1, "dynamic", 1, "output_activations", "ignore", "classifier", "kv_cache_scheme");
    return json_object_set_new(object, key, value) == 0;
}
