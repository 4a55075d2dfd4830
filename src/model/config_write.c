/*
 * Writing config.json: the object that was read, with the keys nomen knows set anew. A key whose
 * value is the same keeps its spelling, so a directory that was only read comes out as it went in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/number.h"
#include "model/config_keys.h"

/* Sets a key to a new reference; false when memory is out (also when making the value failed). */
static bool set(json_t *object, const char *key, json_t *value) {
    return json_object_set_new(object, key, value) == 0;
}

/* The double whose shortest decimal form is that of the float: 0.1f as 0.1. */
static double spelled(float number) {
    char text[NOMEN_NUMBER_SIZE];
    double spelling = (double)number;
    nomen_number_shortest_float(number, text);
    (void)nomen_number_parse(text, &spelling);
    return spelling;
}

static bool set_number(json_t *object, const char *key, float number) {
    const json_t *old = json_object_get(object, key);
    if (json_is_number(old) && (float)json_number_value(old) == number) { return true; }
    return set(object, key, json_real(spelled(number)));
}

static bool set_sizes(json_t *object, nomen_config *config) {
    for (size_t i = 0; i < nomen_config_n_sizes; i++) {
        const nomen_config_size *key = &nomen_config_sizes[i];
        if (!set(object, key->key, json_integer((json_int_t)*nomen_config_size_at(config, key)))) { return false; }
    }
    return true;
}

static bool set_numbers(json_t *object, nomen_config *config) {
    for (size_t i = 0; i < nomen_config_n_numbers; i++) {
        const nomen_config_number *key = &nomen_config_numbers[i];
        if (!set_number(object, key->key, *nomen_config_number_at(config, key))) { return false; }
    }
    /* null stands for "as hidden_dropout_prob" */
    const json_t *old = json_object_get(object, "classifier_dropout");
    if (!json_is_number(old) && config->classifier_dropout == config->hidden_dropout_prob) { return true; }
    return set_number(object, "classifier_dropout", config->classifier_dropout);
}

static bool set_activation(json_t *object, nomen_activation activation) {
    const char *old = json_string_value(json_object_get(object, "hidden_act"));
    nomen_activation known;
    if (old != NULL && nomen_config_activation_find(old, &known) && known == activation) { return true; }
    return set(object, "hidden_act", json_string(nomen_config_activation_name(activation)));
}

static bool set_labels(json_t *object, char *const *labels, size_t n_labels) {
    json_t *names = json_object();
    json_t *ids = json_object();
    bool done = names != NULL && ids != NULL;
    for (size_t i = 0; i < n_labels && done; i++) {
        char id[32];
        snprintf(id, sizeof id, "%zu", i);
        done = set(names, id, json_string(labels[i])) && set(ids, labels[i], json_integer((json_int_t)i));
    }
    if (!done) {
        json_decref(names);
        json_decref(ids);
        return false;
    }
    /* transformers 4 takes num_labels from the map and complains about a key of its own. */
    json_object_del(object, "num_labels");
    /* json_object_set_new releases the value when it fails; ids must go too then. */
    if (!set(object, "id2label", names)) {
        json_decref(ids);
        return false;
    }
    return set(object, "label2id", ids);
}

/* What the weights beside it are: fp32, whatever they were read from (transformers 5 obeys dtype). */
static bool set_kind(json_t *object, const nomen_arch *arch) {
    static const char *const dtypes[] = {"dtype", "torch_dtype"};
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        if (json_object_get(object, dtypes[i]) != NULL && !set(object, dtypes[i], json_string("float32"))) { return false; }
    }
    json_t *architectures = json_array();
    if (json_array_append_new(architectures, json_string(arch->head_class)) != 0) {
        json_decref(architectures);
        return false;
    }
    return set(object, "architectures", architectures) && set(object, "model_type", json_string(arch->model_type));
}

nomen_status nomen_config_write(const nomen_config *config, const char *directory, nomen_error *err) {
    nomen_status status;
    nomen_config source = *config;
    json_t *object = config->json != NULL ? nomen_config_copy_json(config->json) : json_object();
    char *path = nomen_file_join(directory, "config.json");
    if (path == NULL || object == NULL || !set_kind(object, nomen_config_arch(config)) || !set_sizes(object, &source) ||
        !set_numbers(object, &source) || !set_activation(object, config->hidden_act) ||
        !nomen_config_set_dense(object, config->dense) ||
        (config->n_labels > 0 && !set_labels(object, config->labels, config->n_labels))) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_MEMORY, "%s: out of memory while writing config.json", directory));
    }
    NOMEN_TRY(nomen_json_write(path, object, err));
done:
    nomen_mem_free(path);
    json_decref(object);
    return status;
}
