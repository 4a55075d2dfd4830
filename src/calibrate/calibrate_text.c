/* What calibrating gave, for people and for programs; see nomen/calibrate.h. */
#include <math.h>

#include "base/options.h"
#include "calibrate/calibrate_json.h"
#include "eval/metrics.h"

static nomen_status append_words(nomen_buffer *out, const nomen_calibrate_options *o, const nomen_calibration_result *r,
                                 nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "temperature %.4f, %s %zu words of %s\n\n", r->temperature,
                                  r->fitted ? "the best on" : "as given, on", r->n_words, o->data));
    NOMEN_TRY(nomen_buffer_printf(out, err, "%-28s %8s %8s\n", "", "before", "after"));
    NOMEN_TRY(nomen_buffer_printf(out, err, "%-28s %8.4f %8.4f\n", "negative log likelihood", r->loss_before, r->loss_after));
    NOMEN_TRY(nomen_buffer_printf(out, err, "%-28s %8.4f %8.4f\n", "expected calibration error", r->words_before.ece,
                                  r->words_after.ece));
    NOMEN_TRY(nomen_buffer_printf(out, err, "%-28s %8.4f %8.4f\n", "mean confidence", r->words_before.confidence,
                                  r->words_after.confidence));
    NOMEN_TRY(
        nomen_buffer_printf(out, err, "%-28s %8.4f %8.4f\n", "accuracy", r->words_before.accuracy, r->words_after.accuracy));
done:
    return status;
}

static nomen_status append_scores(nomen_buffer *out, const nomen_prf *before, const nomen_prf *after, double at_least,
                                  nomen_error *err) {
    return nomen_buffer_printf(out, err, " %7.4f %7.4f %7.4f | %7.4f %7.4f %7.4f %8.4f %6zu %6zu\n", before->precision,
                               before->recall, before->f1, after->precision, after->recall, after->f1, at_least, after->predicted,
                               after->support);
}

static nomen_status append_types(nomen_buffer *out, const nomen_calibration_result *r, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(out, err, "\n%-26s | %-23s | %s\n", "", "all entities", "those that are kept"));
    NOMEN_TRY(nomen_buffer_printf(out, err, "%-10s %6s %8s | %7s %7s %7s | %7s %7s %7s %8s %6s %6s\n", "type", "wanted", "score",
                                  "prec.", "recall", "F1", "prec.", "recall", "F1", "at least", "kept", "gold"));
    for (size_t i = 0; i < r->n_types; i++) {
        const nomen_type_calibration *t = &r->types[i];
        NOMEN_TRY(nomen_name_text(t->name, 10, out, err));
        if (isnan(t->wanted)) {
            NOMEN_TRY(nomen_buffer_printf(out, err, " %6s", t->has_goal ? "F1" : "-"));
        } else {
            NOMEN_TRY(nomen_buffer_printf(out, err, " %6.4g", t->wanted));
        }
        if (t->threshold == INFINITY) {
            NOMEN_TRY(nomen_buffer_printf(out, err, " %8s |", "left out"));
        } else if (t->threshold == -INFINITY) {
            NOMEN_TRY(nomen_buffer_printf(out, err, " %8s |", t->reached ? "any" : t->has_goal ? "no such" : "-"));
        } else {
            NOMEN_TRY(nomen_buffer_printf(out, err, " %8.6f |", t->threshold));
        }
        NOMEN_TRY(append_scores(out, &t->before, &t->after, t->at_least, err));
    }
    NOMEN_TRY(nomen_buffer_printf(out, err, "%-26s |", "all"));
    NOMEN_TRY(nomen_buffer_printf(out, err, " %7.4f %7.4f %7.4f | %7.4f %7.4f %7.4f %8s %6zu %6zu\n", r->before.precision,
                                  r->before.recall, r->before.f1, r->after.precision, r->after.recall, r->after.f1, "",
                                  r->after.predicted, r->after.support));
done:
    return status;
}

static nomen_status append_json(nomen_buffer *out, const nomen_calibrate_options *o, const nomen_calibration_result *r,
                                nomen_error *err) {
    json_t *object = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_calibration_json(o, r, &object, err));
    if (json_object_set_new(object, "reached", json_boolean(r->reached)) != 0 ||
        json_object_set_new(object, "stored", json_boolean(r->stored)) != 0) {
        NOMEN_FAIL(nomen_error_out_of_memory(err));
    }
    NOMEN_TRY(nomen_json_append(object, false, out, err));
    NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err));
done:
    json_decref(object);
    return status;
}

nomen_status nomen_calibration_result_to_json(const nomen_calibrate_options *options, const nomen_calibration_result *result,
                                              char **out, size_t *n_bytes, nomen_error *err) {
    nomen_calibrate_options own;
    nomen_buffer text = {0};
    nomen_calibrate_init(&own, sizeof own);
    nomen_status status = NOMEN_TAKE(nomen_calibrate_options, &own, options, err);
    if (status == NOMEN_OK) { status = append_json(&text, &own, result, err); }
    return nomen_buffer_string(status, &text, out, n_bytes, err);
}

static nomen_status append_text(nomen_buffer *out, const nomen_calibrate_options *o, const nomen_calibration_result *r,
                                nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(append_words(out, o, r, err));
    NOMEN_TRY(append_types(out, r, err));
    if (r->stored) { NOMEN_TRY(nomen_buffer_printf(out, err, "\nstored in %s\n", o->model)); }
done:
    return status;
}

nomen_status nomen_calibration_result_to_text(const nomen_calibrate_options *options, const nomen_calibration_result *result,
                                              char **out, size_t *n_bytes, nomen_error *err) {
    nomen_calibrate_options own;
    nomen_buffer text = {0};
    nomen_calibrate_init(&own, sizeof own);
    nomen_status status = NOMEN_TAKE(nomen_calibrate_options, &own, options, err);
    if (status == NOMEN_OK) { status = append_text(&text, &own, result, err); }
    return nomen_buffer_string(status, &text, out, n_bytes, err);
}
