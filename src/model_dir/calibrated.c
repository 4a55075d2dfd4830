/* A model's temperature and thresholds: from nomen.json, and at work. */
#include "model_dir/calibrated.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "data/label_split.h"

void nomen_calibrated_start(nomen_calibrated *c) {
    *c = (nomen_calibrated){.temperature = 1};
}

void nomen_calibrated_clear(nomen_calibrated *c) {
    nomen_mem_free(c->thresholds);
    nomen_calibrated_start(c);
}

bool nomen_calibrated_set(nomen_calibrated *c, const nomen_labels *labels, const char *type, size_t n_bytes, float threshold) {
    bool found = type == NULL;
    for (size_t k = 0; k < labels->n; k++) {
        const char *own = nomen_label_entity_type(labels->names[k]);
        if (own == NULL || (type != NULL && (strlen(own) != n_bytes || memcmp(own, type, n_bytes) != 0))) { continue; }
        c->thresholds[k] = threshold;
        found = true;
    }
    return found;
}

static nomen_status make_room(nomen_calibrated *c, const nomen_labels *labels, nomen_error *err) {
    if (c->thresholds != NULL) { return NOMEN_OK; }
    nomen_status status = NOMEN_NEW(c->thresholds, labels->n, err);
    for (size_t k = 0; status == NOMEN_OK && k < labels->n; k++) { c->thresholds[k] = -INFINITY; }
    return status;
}

static nomen_status bad(const char *path, const char *key, const char *expected, nomen_error *err) {
    return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_RECALIBRATE,
                                  "%s: \"calibration\"%s is not %s; remove it, and fit it again", path, key, expected);
}

static nomen_status read_thresholds(const json_t *thresholds, const char *path, const nomen_labels *labels, nomen_calibrated *c,
                                    nomen_error *err) {
    const char *type;
    json_t *value;
    nomen_status status = make_room(c, labels, err);
    if (status != NOMEN_OK) { return status; }
    c->fitted = true;
    json_object_foreach((json_t *)(uintptr_t)thresholds, type, value) {
        double threshold = json_is_false(value) ? INFINITY : json_number_value(value);
        bool in_range = json_is_number(value) && threshold >= 0 && threshold <= 1;
        if (!json_is_false(value) && !in_range) {
            return bad(path, ": \"thresholds\"", "an object of numbers from 0 to 1, or false", err);
        }
        if (!nomen_calibrated_set(c, labels, type, strlen(type), (float)threshold)) {
            nomen_log_warning("%s has a threshold for \"%s\", which is not a type of the model", path, type);
        }
    }
    return NOMEN_OK;
}

nomen_status nomen_calibrated_read(const json_t *record, const char *path, const nomen_labels *labels, nomen_calibrated *out,
                                   nomen_error *err) {
    const json_t *object = json_object_get(record, "calibration");
    const json_t *temperature = json_object_get(object, "temperature"), *aggregate = json_object_get(object, "aggregate");
    const json_t *thresholds = json_object_get(object, "thresholds");
    nomen_calibrated c;
    nomen_status status = NOMEN_OK;
    nomen_calibrated_start(&c);
    *out = c;
    if (object == NULL) { return NOMEN_OK; }
    if (!json_is_object(object)) { return bad(path, "", "an object", err); }
    if (temperature != NULL) {
        c.temperature = json_number_value(temperature);
        if (!(json_is_number(temperature) && c.temperature >= 1 / NOMEN_TEMPERATURE_MOST &&
              c.temperature <= NOMEN_TEMPERATURE_MOST)) {
            NOMEN_FAIL(bad(path, ": \"temperature\"", "a number from 1/64 to 64", err));
        }
    }
    if (thresholds == NULL) { goto done; }
    if (!json_is_object(thresholds)) {
        NOMEN_FAIL(bad(path, ": \"thresholds\"", "an object of numbers from 0 to 1, or false", err));
    }
    if (!json_is_string(aggregate) || nomen_aggregation_parse(json_string_value(aggregate), &c.aggregation, NULL) != NOMEN_OK) {
        NOMEN_FAIL(bad(path, ": \"aggregate\"", "the name of an aggregation", err));
    }
    NOMEN_TRY(read_thresholds(thresholds, path, labels, &c, err));
done:
    if (status != NOMEN_OK) { nomen_calibrated_clear(&c); }
    *out = c;
    return status;
}

void nomen_calibrated_scale(const nomen_calibrated *c, nomen_real *logits, size_t n) {
    nomen_real temperature = (nomen_real)c->temperature;
    if (c->temperature == 1) { return; }
    for (size_t i = 0; i < n; i++) { logits[i] /= temperature; }
}

nomen_status nomen_calibrated_check(const nomen_calibrated *c, nomen_aggregation aggregation, const char *advice,
                                    nomen_error *err) {
    if (!c->fitted || c->aggregation == aggregation) { return NOMEN_OK; }
    return nomen_error_set_remedy(
        err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_NO_CALIBRATION,
        "the model's thresholds were fitted to scores by the aggregation %s, not %s; %s, or use the model without them",
        nomen_aggregation_name(c->aggregation), nomen_aggregation_name(aggregation), advice);
}
