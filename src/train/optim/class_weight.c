/* Weights of the labels in the loss. */
#include "train/optim/class_weight.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

/* What a weight in a file may be, besides 0: a float holds all of these, and a sum of many. */
static const double LEAST = 1e-30, MOST = 1e9;

/* How weights follow from counts: the names that are no file's. */
typedef enum weighting { NONE, AUTO, SQRT, EFFECTIVE, FROM_FILE } weighting;

static weighting weighting_of(const char *choice) {
    static const char *const names[] = {[NONE] = "none", [AUTO] = "auto", [SQRT] = "sqrt", [EFFECTIVE] = "effective"};
    for (size_t i = 0; choice != NULL && i < FROM_FILE; i++) {
        if (strcmp(choice, names[i]) == 0) { return (weighting)i; }
    }
    return choice == NULL ? NONE : FROM_FILE;
}

bool nomen_class_weight_is_file(const char *choice) {
    return weighting_of(choice) == FROM_FILE;
}

/* base^exponent by squaring: libm's pow may round differently from machine to machine. */
static double power(double base, size_t exponent) {
    double result = 1;
    for (; exponent > 0; exponent /= 2, base *= base) { result *= exponent % 2 != 0 ? base : 1; }
    return result;
}

/* Before they are scaled. */
static double raw_weight(weighting how, double beta, size_t count) {
    return how == SQRT ? 1 / sqrt((double)count) : (1 - beta) / (1 - power(beta, count));
}

/* Scaled so that the words' weights have the mean 1. */
static void weigh(weighting how, double beta, size_t n, const size_t *counts, nomen_real *weights) {
    double total = 0, sum = 0;
    for (size_t k = 0; k < n; k++) {
        total += (double)counts[k];
        sum += counts[k] > 0 ? (double)counts[k] * raw_weight(how, beta, counts[k]) : 0;
    }
    for (size_t k = 0; k < n; k++) {
        weights[k] = counts[k] > 0 ? (nomen_real)(raw_weight(how, beta, counts[k]) * (total / sum)) : 1;
    }
}

static void balance(size_t n, const size_t *counts, nomen_real *weights) {
    double total = 0, used = 0;
    for (size_t k = 0; k < n; k++) {
        total += (double)counts[k];
        used += counts[k] > 0;
    }
    for (size_t k = 0; k < n; k++) { weights[k] = counts[k] > 0 ? (nomen_real)(total / (used * (double)counts[k])) : 1; }
}

/* Weights of 0 alone would train nothing, and the loss would be 0 by having nothing in it. */
static nomen_status check_some(const char *path, size_t n, const size_t *counts, const nomen_real *weights, nomen_error *err) {
    for (size_t k = 0; k < n; k++) {
        if (counts[k] > 0 && weights[k] > 0) { return NOMEN_OK; }
    }
    return nomen_error_set(err, NOMEN_ERROR_DATA,
                           "%s: the weight of every label that the training part has is 0, so nothing would be trained; give one "
                           "of them a weight above 0",
                           path);
}

/* One label's. A weight that is next to nothing, or no float at all, is a slip: 0 is what leaves a label out. */
static nomen_status read_weight(const char *path, const char *key, const json_t *value, nomen_real *out, nomen_error *err) {
    double weight = json_is_number(value) ? json_number_value(value) : -1;
    if (weight > 0 && weight < LEAST) {
        return nomen_error_set(
            err, NOMEN_ERROR_FORMAT,
            "%s: the weight of \"%s\" is %g, which is too small to train by; give it 0 to leave the label out, "
            "or a number from %g to %g",
            path, key, weight, LEAST, MOST);
    }
    if (!(weight >= 0 && weight <= MOST)) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the weight of \"%s\" is not a number from 0 to 1e9", path, key);
    }
    *out = (nomen_real)weight;
    return NOMEN_OK;
}

static nomen_status read_weights(const char *path, const nomen_labels *labels, const size_t *counts, nomen_real *weights,
                                 nomen_error *err) {
    json_t *object = NULL;
    nomen_status status = nomen_json_read(path, &object, err);
    if (status != NOMEN_OK) { return status; }
    if (!json_is_object(object)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is not a JSON object {\"label\": weight}", path));
    }
    if (json_object_size(object) == 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                   "%s: names no label, so it has no effect; expected {\"label\": weight}, or leave class-weight "
                                   "out",
                                   path));
    }
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        int32_t label = nomen_labels_find(labels, key, strlen(key));
        if (label < 0) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_DATA, "%s: \"%s\" is not a label of the training data", path, key));
        }
        NOMEN_TRY(read_weight(path, key, value, &weights[label], err));
    }
    status = check_some(path, labels->n, counts, weights, err);
done:
    json_decref(object);
    return status;
}

nomen_status nomen_class_weights(const char *choice, double beta, const nomen_labels *labels, const size_t *counts,
                                 nomen_real **weights, nomen_error *err) {
    const weighting how = weighting_of(choice);
    *weights = NULL;
    if (how == NONE) { return NOMEN_OK; }
    nomen_real *w = NULL;
    nomen_status status = NOMEN_NEW(w, labels->n, err);
    if (status != NOMEN_OK) { return status; }
    for (size_t k = 0; k < labels->n; k++) { w[k] = 1; }
    if (how == AUTO) {
        balance(labels->n, counts, w);
    } else if (how == FROM_FILE) {
        status = read_weights(choice, labels, counts, w, err);
    } else {
        weigh(how, beta, labels->n, counts, w);
    }
    if (status != NOMEN_OK) {
        nomen_mem_free(w);
        return status;
    }
    *weights = w;
    return NOMEN_OK;
}
