/* All figures as JSON. */
#include <string.h>

#include "eval/metrics.h"

static nomen_status append_name(const char *name, nomen_buffer *out, nomen_error *err) {
    if (name == NULL) { return nomen_buffer_append_text(out, "null", err); }
    return nomen_buffer_append_json(out, name, strlen(name), err);
}

/* A report of other rules: its means and types, without what it has not. */
static nomen_status append_scores(const nomen_report *report, bool accuracy, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_prf_json(&report->micro, true, out, err));
    out->size--; /* the object goes on */
    if (accuracy) {
        NOMEN_TRY(nomen_buffer_append_text(out, ",\"accuracy\":", err));
        NOMEN_TRY(nomen_buffer_append_number(out, report->accuracy, err));
    }
    NOMEN_TRY(nomen_report_json_types(report, out, err));
    NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
done:
    return status;
}

static nomen_status append_strict(const nomen_details *details, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"strict\":{", err));
    for (nomen_strict_scheme s = 0; s < NOMEN_N_STRICT; s++) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%s\"%s\":", s > 0 ? "," : "", nomen_strict_scheme_name(s)));
        if (details->refused[s] != NULL) {
            NOMEN_TRY(nomen_buffer_append_text(out, "{\"not_in_scheme\":", err));
            NOMEN_TRY(append_name(details->refused[s], out, err));
            NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
        } else {
            NOMEN_TRY(append_scores(&details->strict[s], false, out, err));
        }
    }
    NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
done:
    return status;
}

static nomen_status append_overlaps(const nomen_overlap *overlaps, nomen_buffer *out, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (nomen_overlap_way way = 0; way < NOMEN_N_OVERLAP; way++) {
        const nomen_overlap *o = &overlaps[way];
        nomen_prf prf = {.precision = o->precision, .recall = o->recall, .f1 = o->f1};
        NOMEN_TRY(nomen_buffer_printf(out, err, "%c\"%s\":", way > 0 ? ',' : '{', nomen_overlap_way_name(way)));
        NOMEN_TRY(nomen_prf_json(&prf, false, out, err));
        out->size--;
        NOMEN_TRY(nomen_buffer_printf(out, err,
                                      ",\"correct\":%zu,\"incorrect\":%zu,\"partial\":%zu,\"missed\":%zu,\"spurious\":%zu}",
                                      o->correct, o->incorrect, o->partial, o->missed, o->spurious));
    }
done:
    return status;
}

static nomen_status append_nervaluate(const nomen_details *details, nomen_buffer *out, nomen_error *err) {
    const nomen_report *report = &details->report;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"nervaluate\":", err));
    NOMEN_TRY(append_overlaps(details->overlap, out, err));
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"per_type\":{", err));
    for (size_t i = 0; i < report->n_types; i++) {
        if (i > 0) { NOMEN_TRY(nomen_buffer_append_byte(out, ',', err)); }
        NOMEN_TRY(append_name(report->types[i], out, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, ':', err));
        NOMEN_TRY(append_overlaps(details->type_overlap[i], out, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "}}", err));
done:
    return status;
}

static nomen_status append_outcomes(const nomen_details *details, nomen_buffer *out, nomen_error *err) {
    static const char *const keys[NOMEN_N_OUTCOMES] = {"correct", "wrong_type", "wrong_border", "both", "missed", "spurious"};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"outcomes\":{", err));
    for (size_t i = 0; i < NOMEN_N_OUTCOMES; i++) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%s\"%s\":%zu", i > 0 ? "," : "", keys[i], details->outcomes[i]));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "},\"confusion\":[", err));
    for (size_t i = 0; i < details->n_confusion; i++) {
        const nomen_confusion *c = &details->confusion[i];
        NOMEN_TRY(nomen_buffer_append_text(out, i > 0 ? ",{\"gold\":" : "{\"gold\":", err));
        NOMEN_TRY(append_name(c->gold, out, err));
        NOMEN_TRY(nomen_buffer_append_text(out, ",\"predicted\":", err));
        NOMEN_TRY(append_name(c->predicted, out, err));
        NOMEN_TRY(nomen_buffer_printf(out, err, ",\"n\":%zu}", c->n));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "],\"by_length\":{", err));
    for (size_t i = 0; i < NOMEN_N_LENGTHS; i++) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%s\"%zu%s\":", i > 0 ? "," : "", i + 1, i + 1 == NOMEN_N_LENGTHS ? "+" : ""));
        NOMEN_TRY(nomen_prf_json(&details->by_length[i], true, out, err));
    }
    NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
done:
    return status;
}

static nomen_status append_key_number(const char *key, double number, nomen_buffer *out, nomen_error *err) {
    nomen_status status = nomen_buffer_printf(out, err, "\"%s\":", key);
    return status == NOMEN_OK ? nomen_buffer_append_number(out, number, err) : status;
}

static nomen_status append_interval(const char *before, const nomen_interval *interval, double confidence, nomen_buffer *out,
                                    nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, before, err));
    NOMEN_TRY(append_key_number("low", interval->low, out, err));
    NOMEN_TRY(nomen_buffer_append_byte(out, ',', err));
    NOMEN_TRY(append_key_number("high", interval->high, out, err));
    NOMEN_TRY(nomen_buffer_append_byte(out, ',', err));
    NOMEN_TRY(append_key_number("confidence", confidence, out, err));
    NOMEN_TRY(nomen_buffer_printf(out, err, ",\"replicates\":%zu}", interval->replicates));
done:
    return status;
}

static nomen_status append_resampled(const nomen_details *details, nomen_buffer *out, nomen_error *err) {
    const nomen_comparison *c = &details->comparison;
    double confidence = details->options.confidence;
    nomen_status status = NOMEN_OK;
    if (details->options.replicates == 0) { goto done; }
    NOMEN_TRY(append_interval(",\"f1_interval\":{", &details->f1_interval, confidence, out, err));
    if (!c->made) { goto done; }
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"against\":{\"other\":", err));
    NOMEN_TRY(nomen_prf_json(&c->other, true, out, err));
    NOMEN_TRY(nomen_buffer_append_byte(out, ',', err));
    NOMEN_TRY(append_key_number("f1_difference", c->difference, out, err));
    NOMEN_TRY(append_interval(",\"interval\":{", &c->interval, confidence, out, err));
    NOMEN_TRY(nomen_buffer_append_byte(out, ',', err));
    NOMEN_TRY(append_key_number("p_value", c->p_value, out, err));
    NOMEN_TRY(nomen_buffer_printf(out, err, ",\"rounds\":%zu,\"sentences_that_differ\":%zu}", details->options.replicates,
                                  c->n_differ));
done:
    return status;
}

static nomen_status append_seen(const nomen_details *details, nomen_buffer *out, nomen_error *err) {
    static const char *const keys[NOMEN_N_SEEN] = {"seen", "seen_as_another_type", "unseen"};
    nomen_status status = NOMEN_OK;
    if (!details->has_training) { goto done; }
    for (size_t i = 0; i < NOMEN_N_SEEN; i++) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%s\"%s\":", i > 0 ? "," : ",\"by_seen\":{", keys[i]));
        NOMEN_TRY(nomen_prf_json(&details->by_seen[i], true, out, err));
    }
    NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
done:
    return status;
}

static nomen_status append_calibration(const char *before, const nomen_calibration *c, nomen_buffer *out, nomen_error *err) {
    const char *const keys[] = {"ece", "confidence", "accuracy"};
    const double values[] = {c->ece, c->confidence, c->accuracy};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "%s{\"n\":%zu", before, c->n));
    for (size_t i = 0; i < 3; i++) {
        NOMEN_TRY(nomen_buffer_append_byte(out, ',', err));
        NOMEN_TRY(append_key_number(keys[i], values[i], out, err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"bins\":[", err));
    for (size_t i = 0; i < NOMEN_N_BINS; i++) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%s{\"n\":%zu,", i > 0 ? "," : "", c->bins[i].n));
        NOMEN_TRY(append_key_number("confidence", c->bins[i].confidence, out, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, ',', err));
        NOMEN_TRY(append_key_number("accuracy", c->bins[i].accuracy, out, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "]}", err));
done:
    return status;
}

nomen_status nomen_details_json(const nomen_details *details, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_report_json_open(&details->report, out, err));
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"conlleval\":", err));
    NOMEN_TRY(append_scores(&details->conlleval, true, out, err));
    NOMEN_TRY(append_strict(details, out, err));
    NOMEN_TRY(append_nervaluate(details, out, err));
    NOMEN_TRY(append_outcomes(details, out, err));
    NOMEN_TRY(append_seen(details, out, err));
    NOMEN_TRY(append_resampled(details, out, err));
    if (details->n_windows > 0) {
        NOMEN_TRY(nomen_buffer_printf(out, err, ",\"windows\":%zu,\"long_sentences\":%zu,\"truncated\":false", details->n_windows,
                                      details->n_long_sentences));
    }
    if (details->has_plain_text) {
        NOMEN_TRY(nomen_buffer_append_text(out, ",\"plain_text\":", err));
        NOMEN_TRY(nomen_prf_json(&details->plain_text, true, out, err));
        out->size--; /* its brace: one more key */
        NOMEN_TRY(nomen_buffer_printf(out, err, ",\"sentences_differ\":%zu}", details->plain_text_differ));
    }
    if (details->word_calibration.n > 0) {
        NOMEN_TRY(append_calibration(",\"calibration\":{\"words\":", &details->word_calibration, out, err));
        NOMEN_TRY(append_calibration(",\"entities\":", &details->entity_calibration, out, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
    }
    NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
done:
    return status;
}
