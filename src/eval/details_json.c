/* All figures as JSON. */
#include "base/json_out.h"
#include "eval/kinds.h"
#include "eval/metrics.h"

/* A report of other rules: its means and types, without what it has not. */
static void add_scores(nomen_json_out *json, const char *key, const nomen_report *report, bool accuracy) {
    nomen_json_begin_object(json, key);
    nomen_prf_json_members(json, &report->micro, true);
    if (accuracy) { nomen_json_add_number(json, "accuracy", report->accuracy); }
    nomen_report_json_types(json, report);
    nomen_json_end_object(json);
}

static void add_strict(nomen_json_out *json, const nomen_details *details) {
    nomen_json_begin_object(json, "strict");
    for (nomen_strict_scheme s = 0; s < details->n_strict; s++) {
        const char *key = nomen_strict_scheme_name(s);
        if (details->refused[s] != NULL) {
            nomen_json_begin_object(json, key);
            nomen_json_add_text(json, "not_in_scheme", details->refused[s]);
            nomen_json_end_object(json);
        } else {
            add_scores(json, key, &details->strict[s], false);
        }
    }
    nomen_json_end_object(json);
}

static void add_overlaps(nomen_json_out *json, const nomen_overlap *overlaps) {
    for (nomen_overlap_way way = 0; way < NOMEN_N_OVERLAP; way++) {
        const nomen_overlap *o = &overlaps[way];
        nomen_prf prf = {.precision = o->precision, .recall = o->recall, .f1 = o->f1};
        nomen_json_begin_object(json, nomen_overlap_way_name(way));
        nomen_prf_json_members(json, &prf, false);
        nomen_json_add_size(json, "correct", o->correct);
        nomen_json_add_size(json, "incorrect", o->incorrect);
        nomen_json_add_size(json, "partial", o->partial);
        nomen_json_add_size(json, "missed", o->missed);
        nomen_json_add_size(json, "spurious", o->spurious);
        nomen_json_end_object(json);
    }
}

static void add_nervaluate(nomen_json_out *json, const nomen_details *details) {
    const nomen_report *report = &details->report;
    nomen_json_begin_object(json, "nervaluate");
    add_overlaps(json, details->overlap);
    nomen_json_begin_object(json, "per_type");
    for (size_t i = 0; i < report->n_types; i++) {
        nomen_json_begin_object(json, report->types[i]);
        add_overlaps(json, details->type_overlap + i * details->n_overlap);
        nomen_json_end_object(json);
    }
    nomen_json_end_object(json);
    nomen_json_end_object(json);
}

static void add_outcomes(nomen_json_out *json, const nomen_details *details) {
    static const char *const keys[NOMEN_N_OUTCOMES] = {"correct", "wrong_type", "wrong_border", "both", "missed", "spurious"};
    nomen_json_begin_object(json, "outcomes");
    for (size_t i = 0; i < details->n_outcomes; i++) { nomen_json_add_size(json, keys[i], details->outcomes[i]); }
    nomen_json_end_object(json);
    nomen_json_begin_list(json, "confusion");
    for (size_t i = 0; i < details->n_confusion; i++) {
        const nomen_confusion *c = &details->confusion[i];
        nomen_json_begin_object(json, NULL);
        nomen_json_add_text(json, "gold", c->gold);
        nomen_json_add_text(json, "predicted", c->predicted);
        nomen_json_add_size(json, "n", c->n);
        nomen_json_end_object(json);
    }
    nomen_json_end_list(json);
}

static void add_lengths(nomen_json_out *json, const nomen_details *details) {
    nomen_json_begin_object(json, "by_length");
    for (size_t i = 0; i < NOMEN_N_LENGTHS; i++) {
        const char key[] = {(char)('1' + i), i + 1 == NOMEN_N_LENGTHS ? '+' : '\0', '\0'};
        nomen_prf_json(json, key, &details->by_length[i], true);
    }
    nomen_json_end_object(json);
}

static void add_interval(nomen_json_out *json, const char *key, const nomen_interval *interval, double confidence) {
    nomen_json_begin_object(json, key);
    nomen_json_add_number(json, "low", interval->low);
    nomen_json_add_number(json, "high", interval->high);
    nomen_json_add_number(json, "confidence", confidence);
    nomen_json_add_size(json, "replicates", interval->replicates);
    nomen_json_end_object(json);
}

static void add_resampled(nomen_json_out *json, const nomen_details *details) {
    const nomen_comparison *c = &details->comparison;
    double confidence = details->confidence;
    if (details->replicates == 0) { return; }
    add_interval(json, "f1_interval", &details->f1_interval, confidence);
    if (!c->made) { return; }
    nomen_json_begin_object(json, "against");
    nomen_prf_json(json, "other", &c->other, true);
    nomen_json_add_number(json, "f1_difference", c->difference);
    add_interval(json, "interval", &c->interval, confidence);
    nomen_json_add_number(json, "p_value", c->p_value);
    nomen_json_add_size(json, "rounds", details->replicates);
    nomen_json_add_size(json, "sentences_that_differ", c->n_differ);
    nomen_json_end_object(json);
}

static void add_seen(nomen_json_out *json, const nomen_details *details) {
    static const char *const keys[NOMEN_N_SEEN] = {"seen", "seen_as_another_type", "unseen"};
    if (!details->has_training) { return; }
    nomen_json_begin_object(json, "by_seen");
    for (size_t i = 0; i < details->n_seen; i++) { nomen_prf_json(json, keys[i], &details->by_seen[i], true); }
    nomen_json_end_object(json);
}

static void add_calibration(nomen_json_out *json, const char *key, const nomen_calibration *c) {
    nomen_json_begin_object(json, key);
    nomen_json_add_size(json, "n", c->n);
    nomen_json_add_number(json, "ece", c->ece);
    nomen_json_add_number(json, "confidence", c->confidence);
    nomen_json_add_number(json, "accuracy", c->accuracy);
    nomen_json_begin_list(json, "bins");
    for (size_t i = 0; i < NOMEN_N_BINS; i++) {
        nomen_json_begin_object(json, NULL);
        nomen_json_add_size(json, "n", c->bins[i].n);
        nomen_json_add_number(json, "confidence", c->bins[i].confidence);
        nomen_json_add_number(json, "accuracy", c->bins[i].accuracy);
        nomen_json_end_object(json);
    }
    nomen_json_end_list(json);
    nomen_json_end_object(json);
}

nomen_status nomen_details_json(const nomen_details *details, nomen_buffer *out, nomen_error *err) {
    nomen_json_out json = nomen_json_start(out, err);
    nomen_json_begin_object(&json, NULL);
    nomen_report_json_members(&json, &details->report);
    add_scores(&json, "conlleval", &details->conlleval, true);
    add_strict(&json, details);
    add_nervaluate(&json, details);
    add_outcomes(&json, details);
    add_lengths(&json, details);
    add_seen(&json, details);
    add_resampled(&json, details);
    if (details->n_windows > 0) {
        nomen_json_add_size(&json, "windows", details->n_windows);
        nomen_json_add_size(&json, "long_sentences", details->n_long_sentences);
        nomen_json_add_bool(&json, "truncated", false);
    }
    if (details->has_plain_text) {
        nomen_json_begin_object(&json, "plain_text");
        nomen_prf_json_members(&json, &details->plain_text, true);
        nomen_json_add_size(&json, "sentences_differ", details->plain_text_differ);
        nomen_json_end_object(&json);
    }
    if (details->word_calibration.n > 0) {
        nomen_json_begin_object(&json, "calibration");
        add_calibration(&json, "words", &details->word_calibration);
        add_calibration(&json, "entities", &details->entity_calibration);
        nomen_json_end_object(&json);
    }
    nomen_json_end_object(&json);
    return json.status;
}
