/* A configuration as memory: its labels, copying and freeing. Reading and writing config.json are in files of their own. */
#include "model/config.h"

#include <string.h>

#include "base/mem.h"

static void free_labels(char **labels, size_t n_labels) {
    for (size_t i = 0; labels != NULL && i < n_labels; i++) { nomen_mem_free(labels[i]); }
    nomen_mem_free(labels);
}

nomen_status nomen_config_set_labels(nomen_config *config, char *const *labels, size_t n_labels, nomen_error *err) {
    char **copies = NULL;
    if (n_labels > 0) {
        nomen_status status = NOMEN_NEW(copies, n_labels, err);
        if (status != NOMEN_OK) { return status; }
    }
    for (size_t i = 0; i < n_labels; i++) {
        copies[i] = nomen_mem_copy(labels[i], strlen(labels[i]));
        if (copies[i] == NULL) {
            free_labels(copies, n_labels);
            return nomen_error_memory(err, strlen(labels[i]), 1);
        }
    }
    free_labels(config->labels, config->n_labels);
    config->labels = copies;
    config->n_labels = n_labels;
    return NOMEN_OK;
}

json_t *nomen_config_copy_json(const json_t *object) {
    json_t *copy = json_deep_copy(object);
    if (copy != NULL && !json_equal(copy, object)) {
        json_decref(copy);
        return NULL;
    }
    return copy;
}

nomen_status nomen_config_copy(const nomen_config *from, nomen_config *out, nomen_error *err) {
    nomen_config copy = *from;
    nomen_status status;
    copy.labels = NULL;
    copy.n_labels = 0;
    copy.json = from->json != NULL ? nomen_config_copy_json(from->json) : NULL;
    if (from->json != NULL && copy.json == NULL) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_MEMORY, "out of memory while copying a configuration"));
    }
    NOMEN_TRY(nomen_config_set_labels(&copy, from->labels, from->n_labels, err));
    *out = copy;
    copy = (nomen_config){0};
done:
    nomen_config_clear(&copy);
    return status;
}

void nomen_config_clear(nomen_config *config) {
    free_labels(config->labels, config->n_labels);
    json_decref(config->json);
    *config = (nomen_config){0};
}
