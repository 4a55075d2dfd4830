/* A calibration as JSON. */
#include "calibrate/calibrate_json.h"

#include <math.h>
#include <string.h>

#include "base/names.h"
#include "model_dir/calibrated.h"

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
                     has_threshold ? threshold_json(type->threshold) : json_null(), "before", score_json(&type->before), "after",
                     score_json(&type->after), "at_least", number(type->at_least));
}

static const char *const goals[] = {"none", "precision", "f1", NULL};

const char *nomen_calibration_goal_name(nomen_calibration_goal goal) {
    return nomen_name_of(goals, (int)goal);
}

nomen_status nomen_calibration_goal_parse(const char *name, nomen_calibration_goal *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, goals, "goal", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_calibration_goal)found; }
    return status;
}

/* Adds what the thresholds are to reach, and the thresholds; false where memory is out. */
static bool add_thresholds(json_t *object, const nomen_calibrate_options *o, const nomen_calibration_result *r) {
    json_t *thresholds = json_object();
    bool done = json_object_set_new(object, "goal", json_string(nomen_calibration_goal_name(o->goal))) == 0 &&
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
    json_t *object =
        json_pack("{s:f, s:b, s:s, s:o, s:I, s:I, s:I, s:o, s:o}", "temperature", r->temperature, "fitted", (int)r->fitted,
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
           json_object_set_new(object, "all",
                               json_pack("{s:o, s:o}", "before", score_json(&r->before), "after", score_json(&r->after))) == 0;
    json_decref(types);
    if (!done) {
        json_decref(object);
        return nomen_error_set(err, NOMEN_ERROR_MEMORY, "out of memory while writing the calibration");
    }
    *out = object;
    return NOMEN_OK;
}
