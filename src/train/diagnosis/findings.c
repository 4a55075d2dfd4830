/* Findings: made, named, handed over. */
#include <stdarg.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/number.h"
#include "train/diagnosis/diagnosis.h"

static const char *const kinds[] = {"diverged",
                                    "rate-too-high",
                                    "only-outside",
                                    "nothing-right",
                                    "over-fitting",
                                    "labels-not-in-train",
                                    "no-entities",
                                    "shared-sentences",
                                    "few-labelled",
                                    "types-forgotten",
                                    NULL};

const char *nomen_train_finding_name(nomen_train_finding_kind kind) {
    return nomen_name_of(kinds, (int)kind);
}

nomen_status nomen_train_finding_parse(const char *name, nomen_train_finding_kind *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, kinds, "finding", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_train_finding_kind)found; }
    return status;
}

void nomen_diagnosis_start(const nomen_train_options *options, size_t n_labels, size_t hidden_size, nomen_diagnosis *out) {
    *out = (nomen_diagnosis){.options = options, .n_labels = n_labels, .hidden_size = hidden_size};
}

void nomen_findings_clear_list(nomen_train_finding *findings, size_t n) {
    for (size_t i = 0; i < n; i++) { nomen_mem_free(findings[i].message); }
    nomen_mem_free(findings);
}

void nomen_diagnosis_clear(nomen_diagnosis *d) {
    nomen_findings_clear_list(d->findings, d->n_findings);
    *d = (nomen_diagnosis){0};
}

void nomen_diagnosis_take(nomen_diagnosis *d, nomen_train_finding **findings, size_t *n) {
    *findings = d->findings;
    *n = d->n_findings;
    d->findings = NULL;
    d->n_findings = d->capacity = 0;
}

bool nomen_diagnosis_has(const nomen_diagnosis *d, nomen_train_finding_kind kind) {
    for (size_t i = 0; i < d->n_findings; i++) {
        if (d->findings[i].kind == kind) { return true; }
    }
    return false;
}

nomen_status nomen_diagnosis_add(nomen_diagnosis *d, nomen_train_finding_kind kind, const char *message, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(d->findings, d->capacity, d->n_findings + 1, err));
    nomen_train_finding *f = &d->findings[d->n_findings];
    *f = (nomen_train_finding){.kind = kind};
    NOMEN_TRY(NOMEN_COPY(f->message, message, strlen(message), err));
    d->n_findings++;
done:
    return status;
}

nomen_status nomen_diagnosis_find(nomen_diagnosis *d, nomen_train_finding_kind kind, nomen_error *err, const char *format, ...) {
    char message[NOMEN_ERROR_SIZE];
    va_list arguments;
    if (nomen_diagnosis_has(d, kind)) { return NOMEN_OK; }
    va_start(arguments, format);
    nomen_number_vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    nomen_status status = nomen_diagnosis_add(d, kind, message, err);
    /* That a run has diverged is its error, which says it loud enough. */
    if (status == NOMEN_OK && kind != NOMEN_TRAIN_DIVERGED) { nomen_log_warning("%s", message); }
    return status;
}

char *nomen_diagnosis_calm(const nomen_train_options *o, char out[NOMEN_DIAGNOSIS_ADVICE_SIZE]) {
    size_t size = NOMEN_DIAGNOSIS_ADVICE_SIZE;
    bool no_clip = o->max_grad_norm <= 0 || o->max_grad_norm > 1, no_warmup = o->warmup_ratio <= 0 && o->warmup_steps == 0;
    int n = nomen_number_snprintf(out, size, "lower learning-rate (%g) to %g", o->learning_rate, o->learning_rate / 10);
    if (no_clip) { n += nomen_number_snprintf(out + n, size - (size_t)n, ", set max-grad-norm (%g) to 1", o->max_grad_norm); }
    if (no_warmup) { nomen_number_snprintf(out + n, size - (size_t)n, ", set warmup-ratio (0) to 0.1"); }
    return out;
}

char *nomen_diagnosis_sentence(char *advice) {
    if (advice[0] >= 'a' && advice[0] <= 'z') { advice[0] = (char)(advice[0] - 'a' + 'A'); }
    return advice;
}

json_t *nomen_findings_json(const nomen_train_finding *findings, size_t n) {
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < n; i++) {
        json_t *entry = json_pack("{s:s, s:o}", "kind", nomen_train_finding_name(findings[i].kind), "message",
                                  nomen_json_text(findings[i].message));
        if (entry == NULL || json_array_append_new(list, entry) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}
