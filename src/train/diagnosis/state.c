/* What the diagnosis remembers, in the file of a checkpoint's state. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "train/diagnosis/diagnosis.h"

/* What writes and what reads walk the same tables. */
typedef struct memory_key {
    const char *key;
    size_t offset;
} memory_key;

#define OF_MEMORY(name) {#name, offsetof(nomen_diagnosis_memory, name)}
static const memory_key counts[] = {OF_MEMORY(n_start),  OF_MEMORY(n_high),        OF_MEMORY(n_norms),
                                    OF_MEMORY(n_blocks), OF_MEMORY(n_silent),      OF_MEMORY(n_wrong),
                                    OF_MEMORY(n_rises),  OF_MEMORY(n_evaluations), OF_MEMORY(low_epoch)};
static const memory_key numbers[] = {OF_MEMORY(start_loss),    OF_MEMORY(start_weight), OF_MEMORY(block_loss),
                                     OF_MEMORY(block_weight),  OF_MEMORY(first_norm),   OF_MEMORY(first_loss),
                                     OF_MEMORY(low_dev_loss),  OF_MEMORY(low_loss),     OF_MEMORY(rise_f1),
                                     OF_MEMORY(last_dev_loss), OF_MEMORY(last_loss),    OF_MEMORY(best_f1)};
enum { N_COUNTS = sizeof counts / sizeof *counts, N_NUMBERS = sizeof numbers / sizeof *numbers };

void nomen_diagnosis_save(const nomen_diagnosis *d, const char *key, nomen_json_out *json) {
    const char *memory = (const char *)&d->memory;
    nomen_json_begin_object(json, key);
    for (size_t i = 0; i < N_COUNTS; i++) {
        size_t count;
        memcpy(&count, memory + counts[i].offset, sizeof count);
        nomen_json_add_size(json, counts[i].key, count);
    }
    for (size_t i = 0; i < N_NUMBERS; i++) {
        double number;
        memcpy(&number, memory + numbers[i].offset, sizeof number);
        nomen_json_add_number(json, numbers[i].key, number);
    }
    nomen_json_begin_list(json, "norms");
    for (size_t i = 0; i < d->memory.n_norms; i++) { nomen_json_add_number(json, NULL, d->memory.norms[i]); }
    nomen_json_end_list(json);
    nomen_json_add_value(json, "findings", nomen_findings_json(d->findings, d->n_findings));
    nomen_json_end_object(json);
}

static nomen_status load_findings(nomen_diagnosis *d, const json_t *list, const char *path, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    nomen_findings_clear_list(d->findings, d->n_findings);
    d->findings = NULL;
    d->n_findings = d->capacity = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *kind = "", *message = "";
        nomen_train_finding_kind found = NOMEN_TRAIN_DIVERGED;
        NOMEN_TRY(nomen_json_get_text(json_array_get(list, i), "kind", path, &kind, err));
        NOMEN_TRY(nomen_json_get_text(json_array_get(list, i), "message", path, &message, err));
        if (nomen_train_finding_parse(kind, &found, NULL) != NOMEN_OK) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"%s\" is no kind of finding", path, kind));
        }
        NOMEN_TRY(nomen_diagnosis_add(d, found, message, err));
    }
done:
    return status;
}

nomen_status nomen_diagnosis_load(nomen_diagnosis *d, const json_t *json, const char *path, nomen_error *err) {
    nomen_diagnosis_memory memory = {0};
    const json_t *norms = json_object_get(json, "norms");
    nomen_status status = NOMEN_OK;
    if (json == NULL) { return NOMEN_OK; } /* of a version that had no diagnosis */
    for (size_t i = 0; i < N_COUNTS; i++) {
        size_t count = 0;
        NOMEN_TRY(nomen_json_get_size(json, counts[i].key, path, &count, err));
        memcpy((char *)&memory + counts[i].offset, &count, sizeof count);
    }
    for (size_t i = 0; i < N_NUMBERS; i++) {
        double number = 0;
        NOMEN_TRY(nomen_json_get_number(json, numbers[i].key, path, &number, err));
        memcpy((char *)&memory + numbers[i].offset, &number, sizeof number);
    }
    if (memory.n_norms >= NOMEN_DIAGNOSIS_BLOCK || memory.n_norms != json_array_size(norms)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"norms\" has %zu numbers, expected %zu, fewer than %d", path,
                                   json_array_size(norms), memory.n_norms, NOMEN_DIAGNOSIS_BLOCK));
    }
    for (size_t i = 0; i < memory.n_norms; i++) { memory.norms[i] = json_number_value(json_array_get(norms, i)); }
    d->memory = memory;
    status = load_findings(d, json_object_get(json, "findings"), path, err);
done:
    return status;
}
