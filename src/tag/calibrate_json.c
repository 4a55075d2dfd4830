/* A calibration as JSON, and what callers can do with the one that a model has. */
#include "tag/calibrate.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/number.h"
#include "infer/model.h"

/* A number, or null for a NaN. */
static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *pair(double before, double after) {
    return json_pack("{s:o, s:o}", "before", number(before), "after", number(after));
}

static json_t *score_json(const nomen_prf *prf) {
    return json_pack("{s:f, s:f, s:f, s:I, s:I, s:I}", "precision", prf->precision, "recall", prf->recall, "f1", prf->f1,
                     "support", (json_int_t)prf->support, "predicted", (json_int_t)prf->predicted, "correct",
                     (json_int_t)prf->correct);
}

/* What nomen.json has for a type's threshold; NULL where all entities are kept. */
static json_t *threshold_json(double threshold) {
    return threshold == INFINITY ? json_false() : json_real(threshold);
}

static json_t *type_json(const nomen_type_calibration *type) {
    bool has_threshold = type->threshold > -INFINITY;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "wanted", number(type->wanted), "reached",
                     type->has_goal ? json_boolean(type->reached) : json_null(), "threshold",
                     has_threshold ? threshold_json(type->threshold) : json_null(), "before", score_json(&type->before),
                     "after", score_json(&type->after), "at_least", number(type->at_least));
}

static const char *goal_name(nomen_goal goal) {
    return goal == NOMEN_GOAL_PRECISION ? "precision" : "f1";
}

/* Adds what the thresholds are to reach, and the thresholds; false where memory is out. */
static bool add_thresholds(json_t *object, const nomen_calibrate_options *o, const nomen_calibration_result *r) {
    json_t *thresholds = json_object();
    bool done = json_object_set_new(object, "goal", json_string(goal_name(o->goal))) == 0 &&
                json_object_set_new(object, "confident", json_boolean(o->confident)) == 0 && thresholds != NULL;
    for (size_t i = 0; i < r->n_types && done; i++) {
        double threshold = r->types[i].threshold;
        if (threshold == -INFINITY) { continue; }
        done = json_object_set_new(thresholds, r->types[i].name, threshold_json(threshold)) == 0;
    }
    if (done) { return json_object_set_new(object, "thresholds", thresholds) == 0; }
    json_decref(thresholds);
    return false;
}

nomen_status nomen_calibration_json(const nomen_calibrate_options *o, const nomen_calibration_result *r, json_t **out,
                                    nomen_error *err) {
    json_t *object = json_pack(
        "{s:f, s:b, s:s, s:o, s:I, s:I, s:I, s:o, s:o}", "temperature", r->temperature, "fitted", (int)r->fitted,
        "aggregate", nomen_aggregation_name(o->aggregation), "data", nomen_json_text(o->data), "sentences",
        (json_int_t)r->n_sentences, "words", (json_int_t)r->n_words, "unknown_labels", (json_int_t)r->n_unknown, "nll",
        pair(r->loss_before, r->loss_after), "ece", pair(r->words_before.ece, r->words_after.ece));
    json_t *types = json_object();
    bool done = object != NULL && types != NULL;
    if (done && o->goal != NOMEN_GOAL_NONE) { done = add_thresholds(object, o, r); }
    for (size_t i = 0; i < r->n_types && done; i++) {
        done = json_object_set_new(types, r->types[i].name, type_json(&r->types[i])) == 0;
    }
    done = done && json_object_set(object, "types", types) == 0 &&
           json_object_set_new(object, "all", json_pack("{s:o, s:o}", "before", score_json(&r->before), "after",
                                                        score_json(&r->after))) == 0;
    json_decref(types);
    if (!done) {
        json_decref(object);
        return nomen_error_set(err, NOMEN_ERROR_MEMORY, "out of memory while writing the calibration");
    }
    *out = object;
    return NOMEN_OK;
}

nomen_status nomen_calibration_reset(const char *directory, bool *found, nomen_error *err) {
    if (!nomen_file_is_directory(directory)) {
        return nomen_error_set(err, NOMEN_ERROR_IO, "%s: there is no such directory; a model directory is needed", directory);
    }
    return nomen_settings_set_key(directory, "calibration", NULL, found, err);
}

void nomen_model_drop_calibration(nomen_model *model) {
    nomen_calibrated_clear(&model->calibrated);
}

nomen_aggregation nomen_model_get_aggregation(const nomen_model *model) {
    return model->calibrated.fitted ? model->calibrated.aggregation : NOMEN_AGGREGATE_FIRST;
}

/* One part of the list: "per=0.9", or "0.9". */
static nomen_status set_threshold(nomen_model *model, const char *part, size_t n, nomen_error *err) {
    char digits[NOMEN_NUMBER_SIZE];
    const char *value = part + n, *end = part + n;
    while (value > part && value[-1] != '=') { value--; }
    size_t n_digits = (size_t)(end - value), n_type = value > part ? (size_t)(value - part) - 1 : 0;
    double threshold = NAN;
    if (n_digits < sizeof digits) {
        memcpy(digits, value, n_digits);
        digits[n_digits] = '\0';
        (void)nomen_number_parse(digits, &threshold);
    }
    if (!(threshold >= 0 && threshold <= 1) || (value > part && n_type == 0)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "a threshold \"%.*s\"; expected a number from 0 to 1 for all types, or TYPE=NUMBER, parted "
                               "by commas",
                               (int)(n < 100 ? n : 100), part);
    }
    return nomen_calibrated_set(&model->calibrated, &model->labels, value > part ? part : NULL, n_type, (float)threshold,
                                err);
}

nomen_status nomen_model_set_thresholds(nomen_model *model, const char *text, nomen_error *err) {
    nomen_status status;
    for (size_t n;; text += n + 1) {
        n = strcspn(text, ",");
        NOMEN_TRY(set_threshold(model, text, n, err));
        if (text[n] == '\0') { break; }
    }
done:
    return status;
}
