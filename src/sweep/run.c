/* A run of a sweep: it is trained, recorded, and its model kept or dropped. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/call.h"
#include "base/file.h"
#include "base/intern.h"
#include "base/mem.h"
#include "base/tree.h"
#include "sweep/place.h"
#include "sweep/state.h"

enum { NAME_SIZE = 40 };

static void report_progress(void *user, const nomen_train_progress *progress) {
    const nomen_sweep_state *s = user;
    const nomen_sweep_progress p = {.run = s->run + 1, .n_runs = s->ledger.n_runs, .training = *progress};
    if (s->callbacks.progress != NULL) { s->callbacks.progress(s->user, &p); }
}

void nomen_sweep_report_run(const nomen_sweep_state *s, size_t run, bool earlier) {
    const nomen_sweep_entry *entry = &s->ledger.runs[run];
    if (s->callbacks.run == NULL) { return; }
    const nomen_sweep_run report = {
        .run = run + 1,
        .n_runs = s->ledger.n_runs,
        .values = nomen_axes_values(&s->axes, entry->trial),
        .fold = s->options->folds > 0 ? entry->fold + 1 : 0,
        .seed = s->axes.seeds.name != NULL ? s->axes.seeds.values[entry->seed] : NULL,
        .f1 = entry->f1,
        .problem = entry->problem,
        .earlier = earlier,
    };
    s->callbacks.run(s->user, &report);
}

static double sum_seconds(const nomen_train_result *result) {
    double seconds = 0;
    for (size_t i = 0; i < result->n_epochs; i++) { seconds += result->epochs[i].seconds; }
    return seconds;
}

/* Whether a run failed for its own values, so that others may well succeed. */
static bool is_divergence(const nomen_error *err) {
    return err->remedy == NOMEN_REMEDY_LEARNING_RATE;
}

/* Whether model, data, processor, or a file that a value names don't go with the values. */
static bool is_refusal(nomen_status status) {
    return status == NOMEN_ERROR_ARGUMENT || status == NOMEN_ERROR_DATA || status == NOMEN_ERROR_FORMAT ||
           status == NOMEN_ERROR_UNSUPPORTED || status == NOMEN_ERROR_LIMIT;
}

/* What was seen of it. The error also says where the run's last good weights are, which do not stay. */
static const char *find_divergence(const nomen_train_result *result, const nomen_error *err) {
    for (size_t i = 0; i < result->n_findings; i++) {
        if (result->findings[i].kind == NOMEN_TRAIN_DIVERGED) { return result->findings[i].message; }
    }
    return err->message;
}

/*
 * All runs read the same files and say the same of them: that is passed on of the first alone. Of later ones only warnings that
 * are new are.
 */
static void pass_message(void *user, nomen_log_level level, const char *message) {
    nomen_sweep_state *s = user;
    uint64_t hash = nomen_hash(message, strlen(message));
    for (size_t i = 0; i < s->n_said; i++) {
        if (s->said[i] == hash) { return; }
    }
    if (level == NOMEN_LOG_INFO && s->began) { return; }
    if (level == NOMEN_LOG_WARNING && s->n_said < NOMEN_SWEEP_MOST_SAID) { s->said[s->n_said++] = hash; }
    nomen_log_target own = nomen_log_redirect(s->outer);
    if (level == NOMEN_LOG_WARNING) {
        nomen_log_warning("%s", message);
    } else {
        nomen_log_info("%s", message);
    }
    nomen_log_redirect(own);
}

/* The directory of a run while it is under way. */
static const char *run_name(size_t run, char out[NAME_SIZE]) {
    snprintf(out, NAME_SIZE, "run-%zu", run + 1);
    return out;
}

/* Trains from the last checkpoint, or anew where there is none, or none that can be gone on with. */
static nomen_status train(nomen_sweep_state *s, const char *output, nomen_train_result *result, nomen_error *err) {
    static const nomen_train_callbacks callbacks = {.progress = report_progress};
    nomen_train_options options;
    size_t step = 0; /* of a run that was broken off there; else what is there is of no use */
    nomen_status status;
    NOMEN_TRY(nomen_sweep_make_options(s, s->run, output, &options, err));
    NOMEN_TRY(nomen_run_directory_last_step(output, &step, err));
    options.resume = step > 0;
    options.overwrite = step == 0;
    s->outer = nomen_log_redirect((nomen_log_target){pass_message, s});
    status = nomen_train(&options, &callbacks, s, result, err);
    if (options.resume && is_refusal(status) && !is_divergence(err)) {
        nomen_train_result_clear(result);
        *err = (nomen_error){0};
        options.resume = false;
        options.overwrite = true;
        status = nomen_train(&options, &callbacks, s, result, err);
    }
    nomen_log_redirect(s->outer);
    s->began = true;
done:
    return status;
}

/* The scores by which the run is compared. */
static nomen_status take_scores(const nomen_sweep_state *s, const nomen_train_result *result, nomen_sweep_entry *entry,
                                nomen_error *err) {
    const bool folds = s->options->folds > 0;
    const nomen_report *report = folds ? &result->test : &result->dev;
    if (!(folds ? result->has_test : result->has_dev)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "run %zu has no %s part to be compared by: there are too few sentences; "
                               "give a file for it, or more sentences",
                               s->run + 1, folds ? "test" : "dev");
    }
    entry->f1 = report->micro.f1;
    entry->n_gold = report->micro.support;
    entry->n_predicted = report->micro.predicted;
    entry->n_correct = report->micro.correct;
    entry->loss = report->loss;
    entry->seconds = sum_seconds(result);
    return NOMEN_OK;
}

/*
 * Whether there is work in a run's directory. Values with which it was done are not at fault: another machine, or an option of
 * reading, may be, and the checkpoint must wait for the right one.
 */
static bool has_checkpoint(const char *output) {
    size_t step = 0;
    return nomen_run_directory_last_step(output, &step, NULL) != NOMEN_OK || step > 0;
}

/* Trains, and fills in the entry: scores, or why there are none. */
static nomen_status fill_entry(nomen_sweep_state *s, const char *output, nomen_sweep_entry *entry, nomen_error *err) {
    nomen_train_result result = {0};
    nomen_error inner = {0};
    nomen_status status = train(s, output, &result, &inner);
    if (nomen_status_is_stop(status)) {
        NOMEN_FAIL(nomen_error_set_remedy(err, status, NOMEN_REMEDY_RESUME, "%s in run %zu of %zu; what is done is in %s",
                                          status == NOMEN_ERROR_TIMEOUT ? "out of time" : "interrupted", s->run + 1,
                                          s->ledger.n_runs, s->base.output));
    }
    if (status == NOMEN_OK) {
        status = take_scores(s, &result, entry, err);
        if (status != NOMEN_OK) { nomen_tree_discard(output); } /* nothing can be compared by it */
        goto done;
    }
    if (!is_divergence(&inner) && (!is_refusal(status) || has_checkpoint(output))) { NOMEN_FAIL(nomen_error_pass(err, &inner)); }
    if (s->failure == NOMEN_OK) { s->failure = status; }
    entry->refused = !is_divergence(&inner);
    status = nomen_mem_replace_text(&entry->problem, entry->refused ? inner.message : find_divergence(&result, &inner), err);
done:
    nomen_train_result_clear(&result);
    return status;
}

/* Whether no run that is done is better; an earlier one of the same score stays the best. */
static bool is_best(const nomen_sweep_state *s) {
    const nomen_sweep_entry *own = &s->ledger.runs[s->run];
    if (isnan(own->f1)) { return false; }
    for (size_t i = 0; i < s->ledger.n_runs; i++) {
        const nomen_sweep_entry *other = &s->ledger.runs[i];
        if (i != s->run && other->done && !isnan(other->f1) && other->f1 >= own->f1) { return false; }
    }
    return true;
}

/* Of the models only the best so far stays. */
static nomen_status keep_or_drop(const nomen_sweep_state *s, const char *output, nomen_error *err) {
    char *best = NULL;
    nomen_status status = NOMEN_OK;
    if (s->options->folds > 0 || s->options->discard_best || !is_best(s)) {
        nomen_tree_discard(output);
        return NOMEN_OK;
    }
    NOMEN_TRY(NOMEN_JOIN(best, s->base.output, NOMEN_SWEEP_BEST, err));
    nomen_tree_discard(best);
    if (rename(output, best) != 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_IO, "%s: can't be renamed to %s", output, best));
    }
    status = nomen_directory_sync(s->base.output, err);
done:
    nomen_mem_free(best);
    return status;
}

/* Whether all that is read is as it was before the run before this one. What looks like it is not read for that. */
static nomen_status check_inputs(nomen_sweep_state *s, nomen_error *err) {
    nomen_sweep_inputs now = {0}, before;
    json_t *record = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_sweep_inputs_read(&s->base, &s->axes, &s->inputs, &now, err));
    NOMEN_TRY(nomen_sweep_inputs_record(&s->inputs, &record, err));
    NOMEN_TRY(nomen_sweep_inputs_check(record, &now, err));
    before = s->inputs;
    s->inputs = now;
    now = before;
done:
    nomen_sweep_inputs_clear(&now);
    json_decref(record);
    return status;
}

/* The model moves before the run counts as done: broken off in between, it is done again, to the same end. */
nomen_status nomen_sweep_run_one(nomen_sweep_state *s, nomen_error *err) {
    char name[NAME_SIZE], *output = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(output, s->base.output, run_name(s->run, name), err));
    NOMEN_TRY(check_inputs(s, err));
    NOMEN_TRY(fill_entry(s, output, &s->ledger.runs[s->run], err));
    NOMEN_TRY(keep_or_drop(s, output, err));
    NOMEN_TRY(nomen_ledger_write(&s->ledger, &s->axes, s->run, err));
    nomen_sweep_report_run(s, s->run, false);
done:
    nomen_mem_free(output);
    return status;
}

/* To be refused is no work. Where the end of a run failed, its model may be there without a record. */
bool nomen_sweep_has_begun(const nomen_sweep_state *s) {
    for (size_t i = 0; i < s->ledger.n_runs; i++) {
        const nomen_sweep_entry *entry = &s->ledger.runs[i];
        if ((entry->done && !entry->refused) || !isnan(entry->f1)) { return true; }
    }
    return nomen_sweep_has_models(s->base.output);
}
