/* Comparing what processes start from. */
#include "train/spread/compare.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "train/save/ema_file.h"
#include "train/save/manifest.h"
#include "train/save/run_identity.h"

enum { DIGITS = 65, MOST_ITEMS = 256 };

#define MISSING "missing" /* in place of the digits */

/* What is compared: names, and the digits of a SHA-256 for each. */
typedef struct items {
    size_t n;
    char names[MOST_ITEMS][48];
    char sums[MOST_ITEMS][DIGITS];
} items;

static nomen_status add_name(items *list, const char *kind, const char *name, nomen_error *err) {
    if (list->n == MOST_ITEMS) {
        return nomen_error_set(err, NOMEN_ERROR_LIMIT, "more than %d options and files to compare", MOST_ITEMS);
    }
    snprintf(list->names[list->n], sizeof list->names[list->n], "%s%s", kind, name);
    return NOMEN_OK;
}

static nomen_status add_sum(items *list, const char *kind, const char *name, nomen_sha256 *hash, nomen_error *err) {
    nomen_status status = add_name(list, kind, name, err);
    if (status == NOMEN_OK) { nomen_sha256_finish(hash, list->sums[list->n++]); }
    return status;
}

static nomen_status add_json(items *list, const char *kind, const json_t *object, nomen_error *err) {
    const char *key;
    json_t *value;
    nomen_status status = NOMEN_OK;
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        NOMEN_TRY(add_name(list, kind, key, err));
        if (json_is_null(value)) { /* a file that is not there */
            snprintf(list->sums[list->n], DIGITS, MISSING);
        } else {
            NOMEN_TRY(nomen_json_sum(value, list->sums[list->n], err));
        }
        list->n++;
    }
done:
    return status;
}

/* All that a run is made of; the program comes first, as another one may have other options. */
static nomen_status list_inputs(const nomen_train_options *options, items *list, nomen_error *err) {
    json_t *program = json_object(), *sum = NULL, *identity = NULL, *cache = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_file_sum("/proc/self/exe", &sum, err));
    if (program == NULL || json_object_set(program, "the program", sum) != 0) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    NOMEN_TRY(nomen_run_identity(options, NULL, NULL, &identity, err));
    NOMEN_TRY(add_json(list, "", program, err));
    NOMEN_TRY(add_json(list, "the option ", json_object_get(identity, "options"), err));
    /* Who has one waits for the first process to make it, and would wait for what the others have no part in. */
    cache = json_pack("{s:b}", "cache", (int)(options->cache != NULL));
    if (cache == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    NOMEN_TRY(add_json(list, "the option ", cache, err));
    NOMEN_TRY(add_json(list, "the option ", json_object_get(identity, "reading"), err));
    NOMEN_TRY(add_json(list, "the file of ", json_object_get(identity, "files"), err));
done:
    json_decref(program);
    json_decref(cache);
    json_decref(sum);
    json_decref(identity);
    return status;
}

/* Everyone's lists to everyone. `all` (size): the first is this process's own. */
static nomen_status exchange_lists(const nomen_spread *s, items *own, items *others, nomen_error *err) {
    nomen_message send[NOMEN_MAX_RANKS], receive[NOMEN_MAX_RANKS];
    for (size_t i = 0; i < s->size; i++) {
        send[i] = (nomen_message){own, sizeof *own};
        receive[i] = (nomen_message){&others[i], sizeof others[i]};
    }
    return nomen_spread_exchange(s, send, receive, err);
}

/* The error of the first process whose list differs from process 0's. */
static nomen_status find_difference(const nomen_spread *s, const items *lists, nomen_error *err) {
    for (size_t rank = 1; rank < s->size; rank++) {
        for (size_t i = 0; i < lists[0].n || i < lists[rank].n; i++) {
            char name[128], first[128];
            if (i < lists[0].n && i < lists[rank].n && strcmp(lists[rank].sums[i], lists[0].sums[i]) == 0) { continue; }
            const items *longer = i < lists[0].n ? &lists[0] : &lists[rank];
            nomen_spread_name(s, rank, name, sizeof name);
            nomen_spread_name(s, 0, first, sizeof first);
            bool missing = i < lists[rank].n && strcmp(lists[rank].sums[i], MISSING) == 0;
            return nomen_error_set(
                err, NOMEN_ERROR_DATA, "%s: %s %s that of %s%s; all processes train the same thing, so give them the same", name,
                longer->names[i], missing ? "is not there, unlike" : "differs from", first, missing ? "" : " (SHA-256)");
        }
    }
    return NOMEN_OK;
}

/* Compares a list that was made, or could not be, which `status` and `problem` say. */
static nomen_status compare(nomen_spread *s, items *own, nomen_status made, const nomen_error *problem, nomen_error *err) {
    items *lists = NULL;
    nomen_error difference = {0};
    nomen_status status;
    NOMEN_TRY(nomen_spread_agree(s, made, problem, err));
    NOMEN_TRY(NOMEN_NEW(lists, s->size, err));
    NOMEN_TRY(exchange_lists(s, own, lists, err));
    lists[s->rank] = *own;
    nomen_status found = nomen_spread_leads(s) ? find_difference(s, lists, &difference) : NOMEN_OK;
    status = nomen_spread_agree(s, found, &difference, err);
done:
    nomen_mem_free(lists);
    return status;
}

nomen_status nomen_spread_compare_inputs(nomen_spread *s, const nomen_train_options *options, nomen_error *err) {
    items *own = NULL;
    nomen_error problem = {0};
    nomen_status status;
    if (s->transport == NULL) { return NOMEN_OK; }
    NOMEN_TRY(NOMEN_NEW(own, 1, err));
    nomen_status made = list_inputs(options, own, &problem);
    status = compare(s, own, made, &problem, err);
done:
    nomen_mem_free(own);
    return status;
}

/* What an optimiser keeps for what is trained: rows of word embeddings that no step has used hold nothing. */
static void add_slot(const nomen_trainer *t, nomen_real *slot, nomen_sha256 *hash) {
    const nomen_param_table *table = &t->model->table;
    const nomen_row_marks *words = &t->stepper.words.rows;
    for (size_t i = 0; i < table->n_rows; i++) {
        const nomen_param *p = &table->rows[i];
        if (!p->trainable || p->offset == words->offset) { continue; }
        nomen_sha256_add(hash, nomen_param_gradient(table, slot, p->offset), p->size * sizeof *slot);
    }
    for (size_t i = 0; i < words->n_rows; i++) {
        if (words->marks[i] == 0) { continue; }
        const size_t at = words->offset + i * words->width;
        nomen_sha256_add(hash, nomen_param_gradient(table, slot, at), words->width * sizeof *slot);
    }
}

static nomen_status list_state(const nomen_trainer *t, items *list, nomen_error *err) {
    json_t *content = json_object();
    const nomen_train_state *state = &t->state;
    const size_t counts[] = {state->step,       state->epoch,          state->position,
                             t->optimizer.step, state->evaluated_step, state->best_step,
                             state->n_waiting,  state->plateau.n_bad,  state->plateau.n_cooling};
    const double numbers[] = {state->best_metric, state->plateau.rate, state->plateau.best};
    nomen_sha256 hash;
    nomen_status status;
    if (content == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    NOMEN_TRY(nomen_run_content(t->options, t->corpus->files, content, err));
    NOMEN_TRY(add_json(list, "what was read of ", content, err)); /* of directories and pairs; files were compared before */
    nomen_sha256_start(&hash);
    nomen_sha256_add(&hash, t->model->values, t->model->table.n_elements * sizeof *t->model->values);
    NOMEN_TRY(add_sum(list, "the model's weights", "", &hash, err));
    nomen_sha256_start(&hash);
    nomen_sha256_add(&hash, counts, sizeof counts);
    nomen_sha256_add(&hash, numbers, sizeof numbers);
    for (size_t k = 0; state->step > 0 && k < t->optimizer.kind->n_slots; k++) { add_slot(t, t->optimizer.slots[k], &hash); }
    NOMEN_TRY(add_sum(list, "the checkpoint", "", &hash, err));
    if (state->step == 0 || t->ema.values == NULL) { goto done; }
    nomen_sha256_start(&hash);
    nomen_sha256_add(&hash, t->ema.values, t->ema.n_elements * sizeof *t->ema.values);
    status = add_sum(list, "the checkpoint's ", NOMEN_EMA_FILE, &hash, err);
done:
    json_decref(content);
    return status;
}

nomen_status nomen_spread_compare_state(nomen_spread *s, const nomen_trainer *t, nomen_error *err) {
    items *own = NULL;
    nomen_error problem = {0};
    nomen_status status;
    if (s->transport == NULL) { return NOMEN_OK; }
    NOMEN_TRY(NOMEN_NEW(own, 1, err));
    nomen_status made = list_state(t, own, &problem);
    status = compare(s, own, made, &problem, err);
done:
    nomen_mem_free(own);
    return status;
}
