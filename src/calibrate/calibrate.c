/*
 * The calibration of a model: a first pass over the sentences gives the words' logits, which have the temperature; a
 * second tags them with it, so that thresholds are compared with the very scores that tag reports.
 */
#include "calibrate/calibrate_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/call.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/number.h"
#include "base/options.h"
#include "calibrate/scored.h"
#include "calibrate/temperature.h"
#include "data/label_split.h"
#include "data/read.h"
#include "eval/calibration.h"
#include "eval/evaluate.h"
#include "eval/scores.h"
#include "eval/unnamed.h"
#include "run/sentences.h"

static const nomen_calibrate_options defaults = {.aggregation = NOMEN_AGGREGATE_FIRST};

void nomen_calibrate_init(nomen_calibrate_options *options, size_t size) {
    nomen_options_give(&defaults, sizeof defaults, options, size);
}

static bool is_share(double x) {
    return x > 0 && x <= 1;
}

static nomen_status check_options(const nomen_calibrate_options *o, nomen_error *err) {
    double t = o->temperature;
    nomen_status status;
    NOMEN_TRY(nomen_string_check(o->model, "model", err));
    NOMEN_TRY(nomen_string_check(o->data, "data", err));
    NOMEN_TRY(nomen_value_check(nomen_aggregation_name(o->aggregation), (int)o->aggregation, "aggregation", err));
    NOMEN_TRY(nomen_value_check(nomen_calibration_goal_name(o->goal), (int)o->goal, "goal", err));
    if (t != 0 && !(t >= 1 / NOMEN_TEMPERATURE_MOST && t <= NOMEN_TEMPERATURE_MOST)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "the temperature is %g; expected a number from 1/64 to 64", t);
    }
    if (o->aggregation == NOMEN_AGGREGATE_NONE) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "the aggregation none yields subword tokens, not entities, so there is nothing to set a threshold "
                               "for; choose another");
    }
    if (o->goal != NOMEN_GOAL_PRECISION) { return NOMEN_OK; }
    if (o->precision != 0 && !is_share(o->precision)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "the precision is %g; expected a number above 0 and at most 1",
                               o->precision);
    }
    for (size_t i = 0; i < o->n_wanted; i++) {
        if (is_share(o->wanted[i].precision)) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "the precision is %g for \"%s\"; expected a number above 0 and at most 1", o->wanted[i].precision,
                               o->wanted[i].type);
    }
done:
    return status;
}

static nomen_status check_wanted(const nomen_calibrate_options *o, const nomen_labels *labels, nomen_error *err) {
    for (size_t i = 0; i < o->n_wanted; i++) {
        if (nomen_labels_have_type(labels, o->wanted[i].type, strlen(o->wanted[i].type))) { continue; }
        return nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_TYPE,
                                      "a precision was given for \"%s\", but the model has no such type", o->wanted[i].type);
    }
    return NOMEN_OK;
}

/* Confidence against truth of all words with pieces. */
static nomen_calibration measure_words(const nomen_labelled_logits *words, double temperature) {
    nomen_bins bins = {0};
    for (size_t i = 0; i < words->n; i++) {
        const float *row = words->logits + i * words->n_labels;
        if (isnan(row[0])) { continue; }
        size_t label = nomen_largest(row, words->n_labels);
        nomen_bins_add(&bins, nomen_temperature_confidence(row, words->n_labels, temperature), (int32_t)label == words->gold[i]);
    }
    return nomen_bins_finish(&bins);
}

/* As nomen.json will have it: twelve digits, which is beyond what a float can tell apart. */
static double round_temperature(double temperature) {
    char text[NOMEN_NUMBER_SIZE];
    nomen_number_snprintf(text, sizeof text, "%.12g", temperature);
    (void)nomen_number_parse(text, &temperature);
    return temperature;
}

static nomen_status fit_temperature(nomen_model *model, const nomen_calibrate_options *o, const nomen_dataset *dataset,
                                    nomen_calibration_result *r, nomen_error *err) {
    nomen_labelled_logits words = {.n = dataset->n_words, .n_labels = model->labels.n};
    nomen_predictor predictor = {0};
    int32_t *map = NULL, *gold = NULL;
    nomen_real *logits = NULL;
    size_t n = 0;
    nomen_status status;
    NOMEN_TRY(nomen_labels_map(&model->labels, dataset, &map, err));
    NOMEN_TRY(NOMEN_NEW(gold, dataset->n_words, err));
    NOMEN_TRY(nomen_mem_product(dataset->n_words, model->labels.n, "the logits of the words", &n, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(logits, n, err));
    NOMEN_TRY(nomen_predictor_create(model, 0, &predictor, err));
    NOMEN_TRY(nomen_word_logits(&predictor, dataset, NULL, 0, logits, err));
    for (size_t w = 0; w < dataset->n_words; w++) {
        gold[w] = map[dataset->tags[w]];
        r->n_unknown += gold[w] < 0 && !nomen_word_is_unknown(dataset, w);
        r->n_words += gold[w] >= 0 && !isnan(logits[w * model->labels.n]);
    }
    words.logits = logits;
    words.gold = gold;
    if (r->n_words == 0) {
        NOMEN_TRY(nomen_error_set(
            err, NOMEN_ERROR_DATA,
            "%s: no word has a label that the model knows, so nothing can be fitted; give a file with the model's labels",
            o->data));
    }
    r->fitted = o->temperature == 0;
    r->temperature = round_temperature(r->fitted ? nomen_temperature_fit(&words) : o->temperature);
    r->at_limit = r->fitted && (r->temperature <= 1 / NOMEN_TEMPERATURE_MOST || r->temperature >= NOMEN_TEMPERATURE_MOST);
    r->loss_before = nomen_temperature_loss(&words, 1);
    r->loss_after = nomen_temperature_loss(&words, r->temperature);
    r->words_before = measure_words(&words, 1);
    r->words_after = measure_words(&words, r->temperature);
done:
    nomen_predictor_clear(&predictor);
    nomen_mem_free(logits);
    nomen_mem_free(gold);
    nomen_mem_free(map);
    return status;
}

/* What is wanted of a type; false where nothing is. */
static bool find_goal(const nomen_calibrate_options *o, const char *type, nomen_sweep_goal *goal) {
    *goal = (nomen_sweep_goal){.f1 = o->goal == NOMEN_GOAL_F1, .precision = o->precision, .confident = o->confident};
    if (o->goal != NOMEN_GOAL_PRECISION) { return goal->f1; }
    for (size_t i = 0; i < o->n_wanted; i++) {
        if (strcmp(o->wanted[i].type, type) == 0) { goal->precision = o->wanted[i].precision; }
    }
    return goal->precision > 0;
}

/* Finds one type's threshold; its counts with it are `after`. */
static void fit_type(const nomen_calibrate_options *o, nomen_scored *entities, size_t n, size_t n_gold,
                     nomen_type_calibration *type, nomen_counts *before, nomen_counts *after) {
    nomen_sweep_goal goal;
    bool wanted = find_goal(o, type->name, &goal);
    nomen_sweep_result found = nomen_sweep_thresholds(entities, n, n_gold, &goal);
    size_t n_right = 0;
    for (size_t i = 0; i < n; i++) { n_right += entities[i].right; }
    *before = *after = (nomen_counts){.gold = n_gold, .predicted = n, .correct = n_right};
    type->has_goal = wanted && n > 0;
    type->wanted = type->has_goal && !goal.f1 ? goal.precision : NAN;
    type->reached = type->has_goal && found.found;
    type->threshold = -INFINITY;
    type->best = type->has_goal ? found.best : NAN;
    type->best_kept = found.best_kept;
    if (type->reached) {
        type->threshold = (double)found.threshold;
        *after = (nomen_counts){.gold = n_gold, .predicted = found.kept, .correct = found.right};
    } else if (type->has_goal && o->drop) {
        type->threshold = INFINITY;
        *after = (nomen_counts){.gold = n_gold};
    }
    type->before = nomen_counts_score(*before);
    type->after = nomen_counts_score(*after);
    type->at_least = nomen_wilson_low(after->correct, after->predicted);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const nomen_type_calibration *)a)->name, ((const nomen_type_calibration *)b)->name);
}

static void add(nomen_counts *all, nomen_counts counts) {
    *all = (nomen_counts){all->gold + counts.gold, all->predicted + counts.predicted, all->correct + counts.correct};
}

static nomen_status fit_thresholds(nomen_model *model, const nomen_calibrate_options *o, const nomen_dataset *dataset,
                                   nomen_calibration_result *r, nomen_error *err) {
    const nomen_request request = {.size = sizeof request, .aggregation = o->aggregation};
    nomen_tagger *tagger = NULL;
    nomen_scored_set set = {0};
    nomen_scored *entities = NULL;
    nomen_counts before = {0}, after = {0};
    nomen_status status;
    model->calibrated.temperature = r->temperature; /* nobody else has the model */
    NOMEN_TRY(nomen_tagger_create(model, NULL, &tagger, err));
    NOMEN_TRY(nomen_scored_collect(tagger, &request, dataset, &set, err));
    NOMEN_TRY(NOMEN_NEW(entities, set.n, err));
    NOMEN_TRY(NOMEN_NEW(r->types, set.types.n, err));
    r->reached = true;
    for (size_t t = 0; t < set.types.n; t++) {
        nomen_type_calibration *type = &r->types[t];
        nomen_counts own_before, own_after;
        type->name = nomen_mem_copy(set.types.names[t], strlen(set.types.names[t]));
        if (type->name == NULL) { NOMEN_TRY(nomen_error_memory(err, strlen(set.types.names[t]) + 1, 1)); }
        r->n_types++;
        size_t n = nomen_scored_of_type(&set, (int32_t)t, entities);
        fit_type(o, entities, n, set.n_gold[t], type, &own_before, &own_after);
        add(&before, own_before);
        add(&after, own_after);
        r->reached = r->reached && (!type->has_goal || type->reached);
    }
    if (r->n_types > 1) { qsort(r->types, r->n_types, sizeof *r->types, by_name); }
    r->before = nomen_counts_score(before);
    r->after = nomen_counts_score(after);
done:
    nomen_tagger_free(tagger);
    nomen_scored_clear(&set);
    nomen_mem_free(entities);
    return status;
}

static nomen_status store(const nomen_calibrate_options *o, nomen_calibration_result *r, nomen_error *err) {
    json_t *object = NULL;
    bool had = false;
    nomen_status status;
    r->stored = true;
    NOMEN_TRY(nomen_calibration_json(o, r, &object, err));
    NOMEN_TRY(nomen_settings_set_key(o->model, "calibration", object, &had, err));
    if (had) { nomen_log_info("the existing calibration of %s is replaced", o->model); }
done:
    json_decref(object);
    return status;
}

/* With the options as this version has them. */
static nomen_status calibrate(const nomen_calibrate_options *o, nomen_calibration_result *result, nomen_error *err) {
    nomen_model_options model_options = {.size = sizeof model_options,
                                         .tokenizer = o->tokenizer,
                                         .max_length = o->max_length,
                                         .int8 = o->int8,
                                         .label_names = o->label_names};
    nomen_data_options reading = {0};
    nomen_buffer unnamed = {0};
    nomen_calibration_result r = {0};
    nomen_dataset dataset = {0};
    nomen_model *model = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_TAKE(nomen_data_options, &reading, o->reading, err));
    NOMEN_TRY(check_options(o, err));
    NOMEN_TRY(nomen_unnamed_read(o->model, o->label_names, &unnamed, err));
    if (unnamed.size > 0 && reading.tag_names == NULL) { reading.tag_names = unnamed.data; }
    NOMEN_TRY(nomen_dataset_read(o->data, &reading, &dataset, err));
    model_options.needs_names = !nomen_unnamed_is(&dataset);
    if (unnamed.size > 0) { NOMEN_TRY(nomen_unnamed_resolve(&dataset, err)); }
    NOMEN_TRY(nomen_model_load(o->model, &model_options, &model, err));
    nomen_calibrated_clear(&model->calibrated); /* the new one is fitted to the model's own scores */
    NOMEN_TRY(check_wanted(o, &model->labels, err));
    NOMEN_TRY(nomen_report_unknown_labels(&model->labels, &dataset, NULL, 0, dataset.path, err));
    r.n_sentences = dataset.n_sentences;
    NOMEN_TRY(fit_temperature(model, o, &dataset, &r, err));
    NOMEN_TRY(fit_thresholds(model, o, &dataset, &r, err));
    NOMEN_TRY(nomen_call_check(err));
    if (!o->dry_run) { NOMEN_TRY(store(o, &r, err)); }
    *result = r;
    r = (nomen_calibration_result){0};
done:
    nomen_calibration_result_clear(&r);
    nomen_dataset_clear(&dataset);
    nomen_buffer_clear(&unnamed);
    nomen_model_release(model);
    return status;
}

nomen_status nomen_calibrate(const nomen_calibrate_options *options, nomen_calibration_result *result, nomen_error *err) {
    nomen_calibrate_options own = defaults;
    nomen_call_scope scope = {0};
    nomen_status status;
    NOMEN_TRY(NOMEN_TAKE(nomen_calibrate_options, &own, options, err));
    NOMEN_TRY(nomen_call_enter(&scope, own.call, err));
    NOMEN_TRY(calibrate(&own, result, err));
done:
    nomen_call_leave(&scope);
    return status;
}

void nomen_calibration_result_clear(nomen_calibration_result *result) {
    for (size_t i = 0; i < result->n_types; i++) { nomen_mem_free(result->types[i].name); }
    nomen_mem_free(result->types);
    *result = (nomen_calibration_result){0};
}
