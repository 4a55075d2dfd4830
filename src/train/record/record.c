/* The record of a run: nomen.json and trainer_state.json. */
#include "train/record/record.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "train/diagnosis/diagnosis.h"
#include "train/options/options.h"

/* A number, or null for a NaN. */
static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *nomen_epoch_json(const nomen_train_epoch *e) {
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "epoch", (json_int_t)e->epoch, "loss",
                     number(e->loss), "accuracy", number(e->accuracy), "token_accuracy", number(e->token_accuracy), "f1",
                     number(e->f1), "dev_loss", number(e->dev_loss), "dev_accuracy", number(e->dev_accuracy),
                     "dev_token_accuracy", number(e->dev_token_accuracy), "dev_precision", number(e->dev_precision), "dev_recall",
                     number(e->dev_recall), "dev_f1", number(e->dev_f1), "seconds", number(e->seconds), "best", (int)e->best);
}

static nomen_status set_report(json_t *scores, const char *name, const nomen_report *report, nomen_error *err) {
    char *text = NULL;
    size_t n_bytes = 0;
    json_t *value = NULL;
    nomen_status status = nomen_report_to_json(report, &text, &n_bytes, err);
    if (status == NOMEN_OK) { status = nomen_json_parse(text, n_bytes, "the scores", &value, err); }
    if (status == NOMEN_OK && json_object_set_new(scores, name, value) != 0) { status = nomen_error_memory(err, n_bytes, 1); }
    nomen_free(text);
    return status;
}

static nomen_status set_new(json_t *object, const char *key, json_t *value, nomen_error *err) {
    return value != NULL && json_object_set_new(object, key, value) == 0 ? NOMEN_OK : nomen_error_memory(err, 1, 64);
}

/* All evaluations, and those whose checkpoints are kept. New references, or NULL. */
static json_t *evaluations_json(const nomen_train_result *result) {
    json_t *list = json_array();
    for (size_t i = 0; i < result->n_evaluations; i++) {
        if (json_array_append_new(list, nomen_evaluation_json(&result->evaluations[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *top_json(const nomen_train_result *result) {
    json_t *list = json_array();
    for (size_t i = 0; i < result->n_top; i++) {
        const nomen_train_top *top = &result->top[i];
        json_t *entry = json_pack("{s:I, s:o}", "step", (json_int_t)top->step, "metric", number(top->metric));
        if (json_array_append_new(list, entry) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

nomen_status nomen_run_record(const nomen_train_options *options, const nomen_train_result *result, const json_t *identity,
                              bool finished, json_t **out, nomen_error *err) {
    char sum[65];
    json_t *record = json_object(), *recipe = NULL, *epochs = json_array(), *scores = json_object();
    nomen_status status;
    if (record == NULL || epochs == NULL || scores == NULL) { NOMEN_FAIL(nomen_error_memory(err, 1, 64)); }
    NOMEN_TRY(nomen_train_record(options, &recipe, err));
    NOMEN_TRY(set_new(record, "options", json_incref(recipe), err));
    NOMEN_TRY(set_new(record, "data",
                      json_pack("{s:o, s:o, s:o, s:I, s:I, s:I}", "train", nomen_json_text(options->train), "dev",
                                nomen_json_text(options->dev), "test", nomen_json_text(options->test), "train_sentences",
                                (json_int_t)result->n_sentences[0], "dev_sentences", (json_int_t)result->n_sentences[1],
                                "test_sentences", (json_int_t)result->n_sentences[2]),
                      err));
    for (size_t i = 0; i < result->n_epochs; i++) {
        json_t *epoch = nomen_epoch_json(&result->epochs[i]);
        if (epoch == NULL || json_array_append_new(epochs, epoch) != 0) { NOMEN_FAIL(nomen_error_memory(err, 1, 64)); }
    }
    NOMEN_TRY(set_new(record, "epochs", json_incref(epochs), err));
    NOMEN_TRY(set_new(record, "best_epoch", json_integer((json_int_t)result->best_epoch), err));
    NOMEN_TRY(set_new(record, "best_step", json_integer((json_int_t)result->best_step), err));
    NOMEN_TRY(set_new(record, "stopped_early", json_boolean(result->stopped_early), err));
    NOMEN_TRY(set_new(record, "finished", json_boolean(finished), err));
    if (identity != NULL) {
        NOMEN_TRY(nomen_json_sum(identity, sum, err));
        NOMEN_TRY(set_new(record, "run", json_string(sum), err));
    }
    NOMEN_TRY(set_new(record, "evaluations", evaluations_json(result), err));
    if (result->n_top > 0) { NOMEN_TRY(set_new(record, "top_checkpoints", top_json(result), err)); }
    if (result->has_dev) { NOMEN_TRY(set_report(scores, "dev", &result->dev, err)); }
    if (result->has_test) { NOMEN_TRY(set_report(scores, "test", &result->test, err)); }
    NOMEN_TRY(set_new(record, "scores", json_incref(scores), err));
    NOMEN_TRY(set_new(record, "findings", nomen_findings_json(result->findings, result->n_findings), err));
    *out = json_incref(record);
done:
    json_decref(record);
    json_decref(recipe);
    json_decref(epochs);
    json_decref(scores);
    return status;
}

json_t *nomen_run_record_read(const char *directory) {
    json_t *record = NULL;
    char *path = nomen_file_join(directory, "nomen.json");
    if (path == NULL || !nomen_file_exists(path) || nomen_json_read(path, &record, NULL) != NOMEN_OK) { record = NULL; }
    nomen_mem_free(path);
    return record;
}

bool nomen_run_record_is_finished(const char *directory, const json_t *identity) {
    json_t *record = nomen_run_record_read(directory);
    const char *run = json_string_value(json_object_get(record, "run"));
    char sum[65];
    const bool same = json_is_true(json_object_get(record, "finished")) && run != NULL && identity != NULL &&
                      nomen_json_sum(identity, sum, NULL) == NOMEN_OK && strcmp(run, sum) == 0;
    json_decref(record);
    return same;
}

json_t *nomen_evaluation_json(const nomen_train_evaluation *e) {
    return json_pack("{s:I, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "step", (json_int_t)e->step, "epoch", e->epoch,
                     "dev_loss", number(e->dev_loss), "dev_accuracy", number(e->dev_accuracy), "dev_token_accuracy",
                     number(e->dev_token_accuracy), "dev_precision", number(e->dev_precision), "dev_recall",
                     number(e->dev_recall), "dev_f1", number(e->dev_f1), "metric", number(e->metric), "best", (int)e->best);
}

/* With the metric that decides by its name, where it is none of the others. New reference, or NULL. */
static json_t *evaluation_entry(const nomen_train_evaluation *x, const char *metric) {
    json_t *entry = json_pack("{s:f, s:o, s:o, s:o, s:o, s:I}", "epoch", x->epoch, "eval_loss", number(x->dev_loss),
                              "eval_precision", number(x->dev_precision), "eval_recall", number(x->dev_recall), "eval_f1",
                              number(x->dev_f1), "step", (json_int_t)x->step);
    nomen_buffer key = {0};
    if (entry == NULL || nomen_buffer_printf(&key, NULL, "eval_%s", metric) != NOMEN_OK ||
        (json_object_get(entry, key.data) == NULL && json_object_set_new(entry, key.data, number(x->metric)) != 0)) {
        json_decref(entry);
        entry = NULL;
    }
    nomen_buffer_clear(&key);
    return entry;
}

static json_t *step_entry(const nomen_log_entry *x) {
    return json_pack("{s:f, s:o, s:f, s:o, s:I}", "epoch", x->epoch, "grad_norm", number(nomen_log_norm(x)), "learning_rate",
                     x->learning_rate, "loss", number(x->loss), "step", (json_int_t)x->step);
}

/* The entries of the log, steps and evaluations in order of step, as the Trainer writes them. New reference, or NULL. */
static json_t *log_history(const nomen_train_options *options, const nomen_train_result *result, const nomen_log_entry *log,
                           size_t n_log) {
    json_t *history = json_array();
    size_t e = 0;
    int failed = history == NULL;
    for (size_t i = 0; i <= n_log; i++) {
        size_t step = i < n_log ? log[i].step : SIZE_MAX;
        for (; e < result->n_evaluations && result->evaluations[e].step < step; e++) {
            failed |= json_array_append_new(history, evaluation_entry(&result->evaluations[e], options->best_metric)) != 0;
        }
        if (i < n_log) { failed |= json_array_append_new(history, step_entry(&log[i])) != 0; }
    }
    if (failed) {
        json_decref(history);
        return NULL;
    }
    return history;
}

static bool add_facts(json_t *state, const nomen_train_options *options, const nomen_checkpoint_facts *facts) {
    json_t *more = json_pack("{s:o, s:b, s:b, s:I, s:I}", "best_model_checkpoint", nomen_json_text(facts->best),
                             "is_local_process_zero", 1, "is_world_process_zero", 1, "max_steps", (json_int_t)facts->max_steps,
                             "save_steps", (json_int_t)options->save_steps);
    bool added = more != NULL && json_object_update(state, more) == 0;
    json_decref(more);
    return added;
}

/* Keys that older versions of transformers do not know: only where evaluation is by steps. */
static bool add_evaluation(json_t *state, const nomen_train_options *options, const nomen_train_result *result) {
    json_t *best = result->best_step > 0 ? json_integer((json_int_t)result->best_step) : json_null();
    json_t *more = json_pack("{s:I, s:o}", "eval_steps", (json_int_t)options->eval_steps, "best_global_step", best);
    bool added = options->eval_steps == 0 || (more != NULL && json_object_update(state, more) == 0);
    json_decref(more);
    return added;
}

/* Of the weights that are kept; null without a dev part. */
static json_t *best_metric(const nomen_train_result *result) {
    for (size_t i = 0; i < result->n_evaluations; i++) {
        if (result->evaluations[i].step == result->best_step) { return number(result->evaluations[i].metric); }
    }
    return json_null();
}

nomen_status nomen_trainer_state_write(const char *directory, const nomen_train_options *options,
                                       const nomen_train_result *result, const nomen_checkpoint_facts *facts,
                                       const nomen_log_entry *log, size_t n_log, nomen_error *err) {
    char *path = nomen_file_join(directory, "trainer_state.json");
    json_t *state = NULL;
    nomen_status status;
    if (path == NULL) { return nomen_error_memory(err, 1, 64); }
    double epoch = (double)result->steps / (double)result->steps_per_epoch;
    state = json_pack("{s:o, s:f, s:I, s:o, s:I, s:I, s:I}", "best_metric", best_metric(result), "epoch", epoch, "global_step",
                      (json_int_t)result->steps, "log_history", log_history(options, result, log, n_log), "logging_steps",
                      (json_int_t)options->logging_steps, "num_train_epochs", (json_int_t)options->epochs, "train_batch_size",
                      (json_int_t)options->batch_size);
    if (state != NULL && ((facts != NULL && !add_facts(state, options, facts)) || !add_evaluation(state, options, result))) {
        json_decref(state);
        state = NULL;
    }
    status = state != NULL ? nomen_json_write(path, state, err) : nomen_error_memory(err, 1, 64);
    json_decref(state);
    nomen_mem_free(path);
    return status;
}
