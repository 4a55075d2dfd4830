/* Weights of the labels in the loss. */
#include "train/optim/class_weight.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static void balance(size_t n, const size_t *counts, nomen_real *weights) {
    double total = 0, used = 0;
    for (size_t k = 0; k < n; k++) {
        total += (double)counts[k];
        used += counts[k] > 0;
    }
    for (size_t k = 0; k < n; k++) { weights[k] = counts[k] > 0 ? (nomen_real)(total / (used * (double)counts[k])) : 1; }
}

static nomen_status read_weights(const char *path, const nomen_labels *labels, nomen_real *weights, nomen_error *err) {
    json_t *object = NULL;
    nomen_status status = nomen_json_read(path, &object, err);
    if (status != NOMEN_OK) { return status; }
    if (!json_is_object(object)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is not a JSON object {\"label\": weight}", path));
    }
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        int32_t label = nomen_labels_find(labels, key, strlen(key));
        double weight = json_is_number(value) ? json_number_value(value) : -1;
        if (label < 0) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_DATA, "%s: \"%s\" is not a label of the training data", path, key));
        }
        if (!(weight >= 0 && weight <= 1e9)) {
            NOMEN_FAIL(
                nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the weight of \"%s\" is not a number from 0 to 1e9", path, key));
        }
        weights[label] = (nomen_real)weight;
    }
done:
    json_decref(object);
    return status;
}

nomen_status nomen_class_weights(const char *choice, const nomen_labels *labels, const size_t *counts, nomen_real **weights,
                                 nomen_error *err) {
    *weights = NULL;
    if (choice == NULL || strcmp(choice, "none") == 0) { return NOMEN_OK; }
    nomen_real *w = NULL;
    nomen_status status = NOMEN_NEW(w, labels->n, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t k = 0; k < labels->n; k++) { w[k] = 1; }
    if (strcmp(choice, "auto") == 0) {
        balance(labels->n, counts, w);
    } else {
        status = read_weights(choice, labels, w, err);
    }
    if (status != NOMEN_OK) {
        nomen_mem_free(w);
        return status;
    }
    *weights = w;
    return NOMEN_OK;
}
