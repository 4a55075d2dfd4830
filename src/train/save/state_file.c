/* The state of a training in the files of a checkpoint. */
#include "train/save/state_file.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/json_out.h"
#include "base/mem.h"
#include "eval/scorer_state.h"
#include "nomen/version.h"
#include "train/save/ema_file.h"
#include "train/save/optimizer_file.h"

enum { STATE_FORMAT = 2 };

/* Members that are counts or numbers, by their keys: what writes and what reads them walk the same tables. */
typedef struct state_key {
    const char *key;
    size_t offset;
} state_key;

#define OF_STATE(name) {#name, offsetof(nomen_train_state, name)}
#define OF_PLATEAU(name) {"plateau_" #name, offsetof(nomen_train_state, plateau.name)}
static const state_key state_counts[] = {OF_STATE(step),      OF_STATE(epoch),       OF_STATE(position),
                                         OF_STATE(best_step), OF_STATE(best_epoch),  OF_STATE(evaluated_step),
                                         OF_STATE(n_waiting), OF_STATE(n_tokens),    OF_STATE(n_sentences),
                                         OF_PLATEAU(n_bad),   OF_PLATEAU(n_cooling), {NULL, 0}};
static const state_key state_numbers[] = {
    OF_STATE(best_metric), OF_STATE(epoch_loss), OF_STATE(epoch_weight), OF_STATE(seconds), OF_STATE(epoch_start),
    OF_STATE(log_loss),    OF_STATE(log_weight), OF_PLATEAU(rate),       OF_PLATEAU(best),  {NULL, 0}};

#define OF_LOG(name) {#name, offsetof(nomen_log_entry, name)}
static const state_key log_counts[] = {OF_LOG(step), {NULL, 0}};
static const state_key log_numbers[] = {OF_LOG(epoch), OF_LOG(loss), OF_LOG(learning_rate), OF_LOG(grad_norm), {NULL, 0}};

#define OF_EPOCH(name) {#name, offsetof(nomen_train_epoch, name)}
static const state_key epoch_counts[] = {OF_EPOCH(epoch), {NULL, 0}};
static const state_key epoch_numbers[] = {OF_EPOCH(loss),
                                          OF_EPOCH(accuracy),
                                          OF_EPOCH(token_accuracy),
                                          OF_EPOCH(f1),
                                          OF_EPOCH(dev_loss),
                                          OF_EPOCH(dev_accuracy),
                                          OF_EPOCH(dev_token_accuracy),
                                          OF_EPOCH(dev_precision),
                                          OF_EPOCH(dev_recall),
                                          OF_EPOCH(dev_f1),
                                          OF_EPOCH(seconds),
                                          {NULL, 0}};

#define OF_EVALUATION(name) {#name, offsetof(nomen_train_evaluation, name)}
static const state_key evaluation_counts[] = {OF_EVALUATION(step), {NULL, 0}};
static const state_key evaluation_numbers[] = {OF_EVALUATION(epoch),
                                               OF_EVALUATION(dev_loss),
                                               OF_EVALUATION(dev_accuracy),
                                               OF_EVALUATION(dev_token_accuracy),
                                               OF_EVALUATION(dev_precision),
                                               OF_EVALUATION(dev_recall),
                                               OF_EVALUATION(dev_f1),
                                               OF_EVALUATION(metric),
                                               {NULL, 0}};

#define OF_TOP(name) {#name, offsetof(nomen_train_top, name)}
static const state_key top_counts[] = {OF_TOP(step), {NULL, 0}};
static const state_key top_numbers[] = {OF_TOP(metric), {NULL, 0}};

/* What a list in the state has: objects of a type, with a flag "best" where one is at `best`, which is never their first. */
typedef struct state_list {
    const char *key;
    const state_key *counts, *numbers;
    size_t size, best;
} state_list;

static const state_list epoch_list = {"epochs", epoch_counts, epoch_numbers, sizeof(nomen_train_epoch),
                                      offsetof(nomen_train_epoch, best)};
static const state_list evaluation_list = {"evaluations", evaluation_counts, evaluation_numbers, sizeof(nomen_train_evaluation),
                                           offsetof(nomen_train_evaluation, best)};
static const state_list top_list = {"top", top_counts, top_numbers, sizeof(nomen_train_top), 0};
static const state_list log_list = {"log", log_counts, log_numbers, sizeof(nomen_log_entry), 0};

static void add_members(nomen_json_out *json, const void *object, const state_key *counts, const state_key *numbers) {
    for (; counts->key != NULL; counts++) {
        size_t count;
        memcpy(&count, (const char *)object + counts->offset, sizeof count);
        nomen_json_add_size(json, counts->key, count);
    }
    for (; numbers->key != NULL; numbers++) {
        double number;
        memcpy(&number, (const char *)object + numbers->offset, sizeof number);
        nomen_json_add_number(json, numbers->key, number);
    }
}

static void add_list(nomen_json_out *json, const state_list *list, const void *items, size_t n) {
    nomen_json_begin_list(json, list->key);
    for (size_t i = 0; i < n; i++) {
        const char *item = (const char *)items + i * list->size;
        bool best;
        nomen_json_begin_object(json, NULL);
        add_members(json, item, list->counts, list->numbers);
        if (list->best > 0) {
            memcpy(&best, item + list->best, sizeof best);
            nomen_json_add_bool(json, "best", best);
        }
        nomen_json_end_object(json);
    }
    nomen_json_end_list(json);
}

/* Every count must be there; a number that is not is a NaN, as null is. */
static nomen_status get_members(const json_t *from, const char *path, void *object, const state_key *counts,
                                const state_key *numbers, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (; counts->key != NULL; counts++) {
        size_t count = SIZE_MAX;
        NOMEN_TRY(nomen_json_get_size(from, counts->key, path, &count, err));
        if (count == SIZE_MAX) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"%s\" is missing", path, counts->key));
        }
        memcpy((char *)object + counts->offset, &count, sizeof count);
    }
    for (; numbers->key != NULL; numbers++) {
        double number = NAN;
        NOMEN_TRY(nomen_json_get_number(from, numbers->key, path, &number, err));
        memcpy((char *)object + numbers->offset, &number, sizeof number);
    }
done:
    return status;
}

/* An object of a list; `item` is {0}. */
static nomen_status get_item(const json_t *from, const char *path, const state_list *list, void *item, nomen_error *err) {
    bool best = false;
    nomen_status status;
    NOMEN_TRY(get_members(from, path, item, list->counts, list->numbers, err));
    if (list->best == 0) { goto done; }
    NOMEN_TRY(nomen_json_get_bool(from, "best", path, &best, err));
    memcpy((char *)item + list->best, &best, sizeof best);
done:
    return status;
}

static nomen_status save_json(const nomen_trainer *t, const nomen_train_result *result, const json_t *identity,
                              const char *directory, nomen_error *err) {
    nomen_buffer text = {0};
    nomen_json_out json = nomen_json_start(&text, err);
    char *path = NULL;
    nomen_status status;
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_int(&json, "format", STATE_FORMAT);
    nomen_json_add_text(&json, "nomen_version", NOMEN_VERSION);
    nomen_json_add_size(&json, "n_words", t->stepper.words.rows.n_rows);
    nomen_json_add_size(&json, "n_pieces", t->examples.piece_start[t->examples.n]);
    add_members(&json, &t->state, state_counts, state_numbers);
    nomen_json_add_size(&json, "optimizer_step", t->optimizer.step);
    nomen_json_add_number(&json, "beta1_power", t->optimizer.beta1_power);
    nomen_json_add_number(&json, "beta2_power", t->optimizer.beta2_power);
    nomen_scorer_save(t->judge.scorer, &json, "scores");
    add_list(&json, &epoch_list, result->epochs, result->n_epochs);
    add_list(&json, &evaluation_list, result->evaluations, result->n_evaluations);
    add_list(&json, &top_list, result->top, result->n_top);
    add_list(&json, &log_list, t->state.log, t->state.n_log);
    nomen_diagnosis_save(&t->diagnosis, "diagnosis", &json);
    nomen_json_add_value(&json, "run", json_incref((json_t *)(uintptr_t)identity));
    nomen_json_end_object(&json);
    NOMEN_TRY(nomen_json_end_line(&json));
    NOMEN_TRY(NOMEN_JOIN(path, directory, NOMEN_STATE_FILE, err));
    status = nomen_file_write(path, text.data, text.size, err);
done:
    nomen_buffer_clear(&text);
    nomen_mem_free(path);
    return status;
}

/* One byte a row of the word embeddings, 1 where it has been used. */
static nomen_status save_marks(const nomen_trainer *t, const char *directory, nomen_error *err) {
    const nomen_row_marks *rows = &t->stepper.words.rows;
    uint8_t *marks = NULL;
    char *path = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(path, directory, NOMEN_MARKS_FILE, err));
    NOMEN_TRY(NOMEN_NEW(marks, rows->n_rows, err));
    for (size_t i = 0; i < rows->n_rows; i++) { marks[i] = rows->marks[i] != 0; }
    status = nomen_file_write(path, marks, rows->n_rows, err);
done:
    nomen_mem_free(marks);
    nomen_mem_free(path);
    return status;
}

nomen_status nomen_state_save(const nomen_trainer *t, const nomen_train_result *result, const json_t *identity,
                              const char *directory, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(save_json(t, result, identity, directory, err));
    NOMEN_TRY(save_marks(t, directory, err));
    NOMEN_TRY(nomen_optimizer_save(&t->optimizer, &t->stepper.words.rows, directory, err));
    status = nomen_ema_save(&t->ema, &t->model->table, directory, err);
done:
    return status;
}

static nomen_status read_json(const char *directory, char **path, json_t **out, nomen_error *err) {
    json_t *state = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(*path, directory, NOMEN_STATE_FILE, err));
    NOMEN_TRY(nomen_json_read(*path, &state, err));
    if (json_integer_value(json_object_get(state, "format")) != STATE_FORMAT) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: is not of format %d, which this version reads", *path,
                                   STATE_FORMAT));
    }
    *out = json_incref(state);
done:
    json_decref(state);
    return status;
}

nomen_status nomen_state_identity(const char *directory, json_t **out, nomen_error *err) {
    json_t *state = NULL;
    char *path = NULL;
    nomen_status status = read_json(directory, &path, &state, err);
    if (status == NOMEN_OK) { *out = json_incref(json_object_get(state, "run")); }
    if (status == NOMEN_OK && *out == NULL) { status = nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"run\" is missing", path); }
    json_decref(state);
    nomen_mem_free(path);
    return status;
}

static nomen_status load_lists(const json_t *json, const char *path, nomen_train_state *s, nomen_train_result *result,
                               nomen_error *err) {
    const json_t *epochs = json_object_get(json, "epochs"), *log = json_object_get(json, "log");
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(NOMEN_RESERVE(s->log, s->log_capacity, json_array_size(log), err));
    for (; s->n_log < json_array_size(log); s->n_log++) {
        s->log[s->n_log] = (nomen_log_entry){0};
        NOMEN_TRY(get_item(json_array_get(log, s->n_log), path, &log_list, &s->log[s->n_log], err));
    }
    for (size_t i = 0; i < s->epoch; i++) {
        nomen_train_epoch e = {0};
        NOMEN_TRY(get_item(json_array_get(epochs, i), path, &epoch_list, &e, err));
        result->epochs[result->n_epochs++] = e;
    }
done:
    return status;
}

/* The evaluations; of the best ones, whose number may have changed, as many as are still asked for. */
static nomen_status load_evaluations(const nomen_trainer *t, const json_t *json, const char *path, nomen_train_result *result,
                                     nomen_error *err) {
    const json_t *evaluations = json_object_get(json, "evaluations"), *top = json_object_get(json, "top");
    size_t n = json_array_size(evaluations), most = nomen_trainer_most_evaluations(t);
    nomen_status status = NOMEN_OK;
    if (n > most || json_array_size(top) > n) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: has %zu evaluations, %zu of them the best, expected at most %zu",
                                   path, n, json_array_size(top), most));
    }
    for (size_t i = 0; i < n; i++) {
        nomen_train_evaluation e = {0};
        NOMEN_TRY(get_item(json_array_get(evaluations, i), path, &evaluation_list, &e, err));
        result->evaluations[result->n_evaluations++] = e;
    }
    for (size_t i = 0; i < json_array_size(top) && i < t->options->save_top_k; i++) {
        nomen_train_top best = {0};
        NOMEN_TRY(get_item(json_array_get(top, i), path, &top_list, &best, err));
        result->top[result->n_top++] = best;
    }
done:
    return status;
}

static nomen_status load_json(nomen_trainer *t, nomen_train_result *result, const json_t *json, const char *path,
                              nomen_error *err) {
    nomen_train_state s = {0};
    nomen_optimizer_state *o = &t->optimizer;
    size_t n_words = 0, n_pieces = 0;
    nomen_status status;
    NOMEN_TRY(nomen_json_get_size(json, "n_words", path, &n_words, err));
    NOMEN_TRY(nomen_json_get_size(json, "n_pieces", path, &n_pieces, err));
    NOMEN_TRY(get_members(json, path, &s, state_counts, state_numbers, err));
    NOMEN_TRY(nomen_json_get_size(json, "optimizer_step", path, &o->step, err));
    NOMEN_TRY(nomen_json_get_number(json, "beta1_power", path, &o->beta1_power, err));
    NOMEN_TRY(nomen_json_get_number(json, "beta2_power", path, &o->beta2_power, err));
    if (n_words != t->stepper.words.rows.n_rows || n_pieces != t->examples.piece_start[t->examples.n] || s.step > t->n_steps ||
        s.epoch > t->options->epochs || s.position > t->n_entries || s.best_epoch > s.epoch + 1 || s.best_step > s.step ||
        json_array_size(json_object_get(json, "epochs")) != s.epoch) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                   "%s: is of another run: it has %zu subword tokens and a vocabulary of %zu, expected %zu and "
                                   "%zu, and is at step %zu of %zu",
                                   path, n_pieces, n_words, t->examples.piece_start[t->examples.n], t->stepper.words.rows.n_rows,
                                   s.step, t->n_steps));
    }
    NOMEN_TRY(nomen_diagnosis_load(&t->diagnosis, json_object_get(json, "diagnosis"), path, err));
    NOMEN_TRY(load_evaluations(t, json, path, result, err));
    NOMEN_TRY(nomen_scorer_load(t->judge.scorer, json_object_get(json, "scores"), path, err));
    status = load_lists(json, path, &s, result, err);
    nomen_mem_free(t->state.log);
    t->state = s;
    s = (nomen_train_state){0};
done:
    nomen_mem_free(s.log);
    return status;
}

static nomen_status load_marks(nomen_trainer *t, const char *directory, nomen_error *err) {
    size_t n_rows = t->stepper.words.rows.n_rows;
    nomen_buffer bytes = {0};
    char *path = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(path, directory, NOMEN_MARKS_FILE, err));
    NOMEN_TRY(nomen_file_read(path, &bytes, err));
    if (bytes.size != n_rows) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: has %zu bytes, expected %zu", path, bytes.size, n_rows));
    }
    nomen_word_marks_restore(&t->stepper.words, (const uint8_t *)bytes.data, t->stepper.gradients);
done:
    nomen_buffer_clear(&bytes);
    nomen_mem_free(path);
    return status;
}

nomen_status nomen_state_load(nomen_trainer *t, nomen_train_result *result, const char *directory, nomen_error *err) {
    json_t *json = NULL;
    char *path = NULL;
    nomen_status status;
    NOMEN_TRY(read_json(directory, &path, &json, err));
    NOMEN_TRY(load_json(t, result, json, path, err));
    NOMEN_TRY(load_marks(t, directory, err));
    NOMEN_TRY(nomen_optimizer_load(&t->optimizer, directory, err));
    NOMEN_TRY(nomen_ema_load(&t->ema, &t->model->table, directory, err));
    nomen_trainer_continue(t);
done:
    json_decref(json);
    nomen_mem_free(path);
    return status;
}
