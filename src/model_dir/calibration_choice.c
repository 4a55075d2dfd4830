/* What a call makes of a model's calibration; see nomen_calibrated_choose. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "data/label_split.h"
#include "model_dir/calibrated.h"

static nomen_status unknown_type(const char *what, const char *type, size_t n_bytes, nomen_error *err) {
    return nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_TYPE, "%s \"%.*s\", but the model has no such type",
                                  what, (int)(n_bytes < 100 ? n_bytes : 100), type);
}

/* One part of the thresholds: "per=0.9", or "0.9". */
static nomen_status set_threshold(nomen_calibrated *c, const nomen_labels *labels, const char *part, size_t n, nomen_error *err) {
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
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "the threshold is \"%.*s\"; expected a number from 0 to 1 for all types, or TYPE=NUMBER, separated by commas",
            (int)(n < 100 ? n : 100), part);
    }
    if (value == part) { c->fitted = false; }
    if (nomen_calibrated_set(c, labels, value > part ? part : NULL, n_type, (float)threshold)) { return NOMEN_OK; }
    return unknown_type("a threshold was given for", part, n_type, err);
}

static nomen_status set_thresholds(nomen_calibrated *c, const nomen_labels *labels, const char *text, nomen_error *err) {
    nomen_status status;
    size_t n_bare = 0;
    for (size_t n;; text += n + 1) {
        n = strcspn(text, ",");
        NOMEN_TRY(set_threshold(c, labels, text, n, err));
        n_bare += memchr(text, '=', n) == NULL;
        if (n_bare > 1) { /* more likely a decimal comma than what it says, which leaves out almost everything */
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                       "the thresholds have two numbers for all types, the second \"%.*s\"; decimals are written "
                                       "with a point, and one number is enough",
                                       (int)(n < 100 ? n : 100), text));
        }
        if (text[n] == '\0') { break; }
    }
done:
    return status;
}

static bool is_listed(const char *list, const char *type) {
    size_t n = strlen(type);
    for (;; list++) {
        size_t length = strcspn(list, ",");
        if (length == n && memcmp(list, type, n) == 0) { return true; }
        list += length;
        if (*list == '\0') { return false; }
    }
}

/* Entities of the listed types go (`listed`), or those of all others. */
static nomen_status leave_out(nomen_calibrated *c, const nomen_labels *labels, const char *list, bool listed, nomen_error *err) {
    for (const char *at = list;; at++) {
        size_t n = strcspn(at, ",");
        if (!nomen_labels_have_type(labels, at, n)) {
            return unknown_type(listed ? "entities are ignored of" : "entities are wanted of", at, n, err);
        }
        at += n;
        if (*at == '\0') { break; }
    }
    for (size_t k = 0; k < labels->n; k++) {
        const char *type = nomen_label_entity_type(labels->names[k]);
        if (type != NULL && is_listed(list, type) == listed) { c->thresholds[k] = INFINITY; }
    }
    return NOMEN_OK;
}

/* A copy that is the caller's, with room for thresholds where they are to be set. */
static nomen_status copy(const nomen_calibrated *stored, const nomen_labels *labels, bool room, nomen_calibrated *out,
                         nomen_error *err) {
    *out = *stored;
    out->thresholds = NULL;
    if (stored->thresholds == NULL && !room) { return NOMEN_OK; }
    nomen_status status = NOMEN_NEW(out->thresholds, labels->n, err);
    for (size_t k = 0; status == NOMEN_OK && k < labels->n; k++) {
        out->thresholds[k] = stored->thresholds != NULL ? stored->thresholds[k] : -INFINITY;
    }
    return status;
}

nomen_status nomen_calibrated_choose(const nomen_calibrated *stored, const nomen_labels *labels, const nomen_request *request,
                                     nomen_calibrated *out, nomen_error *err) {
    nomen_calibrated c = {0}, none;
    nomen_status status;
    nomen_calibrated_start(&none);
    NOMEN_TRY(copy(request->no_calibration ? &none : stored, labels,
                   request->thresholds != NULL || request->types != NULL || request->ignored_types != NULL, &c, err));
    if (request->thresholds != NULL) { NOMEN_TRY(set_thresholds(&c, labels, request->thresholds, err)); }
    if (request->types != NULL) { NOMEN_TRY(leave_out(&c, labels, request->types, false, err)); }
    if (request->ignored_types != NULL) { NOMEN_TRY(leave_out(&c, labels, request->ignored_types, true, err)); }
    *out = c;
    return NOMEN_OK;
done:
    nomen_calibrated_clear(&c);
    return status;
}
