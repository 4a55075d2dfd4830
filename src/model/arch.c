/* BERT's row, and how a config.json is recognised. */
#include "model/arch.h"

#include <string.h>

static nomen_status check_bert(const json_t *json, const char *path, nomen_error *err) {
    static const char *const flags[] = {"is_decoder", "add_cross_attention"};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        bool on = false;
        nomen_status status = nomen_json_get_bool(json, flags[i], path, &on, err);
        if (status != NOMEN_OK) { return status; }
        if (on) {
            return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: \"%s\" is true; nomen runs BERT only as an encoder", path,
                                   flags[i]);
        }
    }
    const char *positions = "absolute";
    nomen_status status = nomen_json_get_text(json, "position_embedding_type", path, &positions, err);
    if (status != NOMEN_OK) { return status; }
    if (strcmp(positions, "absolute") != 0) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED,
                               "%s: \"position_embedding_type\" is \"%s\"; nomen supports only \"absolute\"", path, positions);
    }
    if (json_object_size(json_object_get(json, "pruned_heads")) > 0) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: \"pruned_heads\" is not empty; nomen runs only whole layers",
                               path);
    }
    return NOMEN_OK;
}

const nomen_arch nomen_arch_bert = {
    .model_type = "bert",
    .class_prefix = "Bert",
    .head_class = "BertForTokenClassification",
    .tensor_prefix = "bert.",
    .check_config = check_bert,
};

/* Files older than 2019 lack model_type and are known by their class; one without that too is BERT's. */
nomen_status nomen_arch_find(const json_t *json, const char *path, const nomen_arch **out, nomen_error *err) {
    const nomen_arch *arch = &nomen_arch_bert;
    const char *type = NULL;
    nomen_status status = nomen_json_get_text(json, "model_type", path, &type, err);
    if (status != NOMEN_OK) { return status; }
    if (type != NULL && strcmp(type, arch->model_type) != 0) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: \"model_type\" is \"%s\"; nomen runs only BERT (\"bert\")",
                               path, type);
    }
    const char *name = json_string_value(json_array_get(json_object_get(json, "architectures"), 0));
    if (type == NULL && name != NULL && strncmp(name, arch->class_prefix, strlen(arch->class_prefix)) != 0) {
        return nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: \"architectures\" names \"%s\"; nomen runs only BERT", path,
                               name);
    }
    *out = arch;
    return NOMEN_OK;
}
