/* The runs of a sweep, one after another, and what is kept of them. */
#include "nomen/sweep.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/call.h"
#include "base/file.h"
#include "base/intern.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/tree.h"
#include "sweep/report.h"
#include "train/options/options.h"
#include "train/save/run_directory.h"
#include "train/save/run_identity.h"

#define BEST "best"

/* Different warnings that are remembered. Later ones would only be repeated. */
enum { MOST_SAID = 64 };

enum { NAME_SIZE = 40 };

typedef struct sweep {
    const nomen_sweep_options *options;
    nomen_sweep_callbacks callbacks;
    void *user;
    nomen_train_options base;
    nomen_axes axes;
    nomen_run_directory directory;
    nomen_ledger ledger;
    size_t run;               /* from 0, the one under way */
    nomen_log_target outer;   /* where messages go */
    uint64_t said[MOST_SAID]; /* hashes of the warnings that were passed on */
    size_t n_said;
    bool began; /* a run has ended, and its messages have been seen */
    bool fresh; /* the directory was made by this call */
} sweep;

/* ---- before the first run ---- */

static nomen_status check_scoring(const sweep *s, nomen_error *err) {
    const nomen_train_options *base = &s->base;
    if (s->options->folds == 1 || s->options->folds > 1000) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%zu folds: expected 2 to 1000", s->options->folds);
    }
    if (base->folds > 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "folds: a sweep goes through all folds by itself, by its own number of them");
    }
    if (base->log_csv != NULL || base->tensorboard != NULL || base->report != NULL) {
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "%s: each run would replace the record of the one before; leave it out, and train the best setting "
            "with it",
            base->log_csv != NULL       ? "log_csv"
            : base->tensorboard != NULL ? "tensorboard"
                                        : "report");
    }
    bool has_dev = base->dev != NULL || (base->test == NULL && base->split[1] > 0);
    if (s->options->folds == 0 && !has_dev) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "there is no dev part to compare the trials on; give one, or cross-validate");
    }
    if (s->options->folds == 0 && s->options->n_axes == 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "there is nothing to try; give hyper-parameters with their values");
    }
    return NOMEN_OK;
}

/* The options of run number `run`, whose output is `output`. */
static nomen_status make_options(const sweep *s, size_t run, const char *output, nomen_train_options *out, nomen_error *err) {
    const nomen_sweep_entry *entry = &s->ledger.runs[run];
    *out = s->base;
    out->call = NULL;
    out->output = output;
    out->overwrite = out->resume = false;
    if (s->options->folds > 0) {
        out->folds = s->options->folds;
        out->fold = entry->fold + 1;
    }
    return nomen_axes_set(&s->axes, entry->trial, entry->seed, out, err);
}

/* Every trial's values must go together, or hours would pass before one is refused. */
static nomen_status check_trials(const sweep *s, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < s->ledger.n_runs && status == NOMEN_OK; i++) {
        nomen_train_options options;
        NOMEN_TRY(make_options(s, i, s->base.output, &options, err));
        options.overwrite = s->base.overwrite; /* the place is the sweep's own, where the runs' will be */
        options.resume = s->base.resume;
        status = nomen_train_check(&options, err);
    }
done:
    return status;
}

static nomen_status open_directory(sweep *s, nomen_error *err) {
    const nomen_train_options *base = &s->base;
    json_t *identity = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_run_identity(base, NULL, NULL, &identity, err));
    const bool replace = base->overwrite && !base->resume;
    NOMEN_TRY(nomen_run_directory_open(base->output, base->output, base->resume, replace, &s->directory, err));
    if (replace) { NOMEN_TRY(nomen_run_directory_empty(&s->directory, err)); }
    s->fresh = s->directory.made || replace;
    s->directory.made = false; /* what a sweep has begun stays */
    NOMEN_TRY(nomen_ledger_begin(&s->ledger, s->options, identity, err));
    status = nomen_ledger_read(&s->ledger, err);
done:
    json_decref(identity);
    return status;
}

/* What the runs share, with the first trial's values: without those, what goes with them may have no effect. */
static nomen_status check_shared(const sweep *s, nomen_error *err) {
    nomen_train_options first = s->base;
    nomen_status status = nomen_axes_set(&s->axes, 0, 0, &first, err);
    return status == NOMEN_OK ? nomen_train_check(&first, err) : status;
}

/* Whether the directory may be used. What may be days of work is not offered for overwriting without a word of it. */
static nomen_status check_place(const sweep *s, nomen_error *err) {
    const nomen_train_options *base = &s->base;
    if (base->output == NULL || base->overwrite || base->resume) { return NOMEN_OK; }
    if (nomen_ledger_is_there(base->output)) {
        return nomen_error_set_remedy(
            err, NOMEN_ERROR_EXISTS, NOMEN_REMEDY_RESUME,
            "%s: already exists, with a sweep that has begun: resume goes on with it, overwrite removes "
            "all that is there",
            base->output);
    }
    return nomen_run_directory_is_bare(base->output) ? NOMEN_OK : nomen_output_check(base->output, false, err);
}

static nomen_status prepare(sweep *s, nomen_error *err) {
    nomen_status status;
    if (s->options->train == NULL) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "train: what the runs share is required"));
    }
    NOMEN_TRY(nomen_train_take(&s->base, s->options->train, err));
    NOMEN_TRY(nomen_train_check_alone(&s->base, "a sweep", err));
    NOMEN_TRY(check_place(s, err));
    NOMEN_TRY(check_scoring(s, err));
    NOMEN_TRY(nomen_axes_make(s->options, &s->base, &s->axes, err));
    NOMEN_TRY(check_shared(s, err));
    NOMEN_TRY(nomen_ledger_make(s->base.output, &s->axes, s->options->folds, &s->ledger, err));
    NOMEN_TRY(check_trials(s, err));
    status = open_directory(s, err);
done:
    return status;
}

/* ---- a run ---- */

static void report_progress(void *user, const nomen_train_progress *progress) {
    const sweep *s = user;
    const nomen_sweep_progress p = {.run = s->run + 1, .n_runs = s->ledger.n_runs, .training = *progress};
    if (s->callbacks.progress != NULL) { s->callbacks.progress(s->user, &p); }
}

static void report_run(const sweep *s, size_t run, bool earlier) {
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
    sweep *s = user;
    uint64_t hash = nomen_hash(message, strlen(message));
    for (size_t i = 0; i < s->n_said; i++) {
        if (s->said[i] == hash) { return; }
    }
    if (level == NOMEN_LOG_INFO && s->began) { return; }
    if (level == NOMEN_LOG_WARNING && s->n_said < MOST_SAID) { s->said[s->n_said++] = hash; }
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

/* Trains, and fills in the entry. */
static nomen_status train(sweep *s, const char *output, nomen_sweep_entry *entry, nomen_error *err) {
    static const nomen_train_callbacks callbacks = {.progress = report_progress};
    nomen_train_options options;
    nomen_train_result result = {0};
    nomen_error inner = {0};
    size_t step = 0; /* of a run that was broken off there; else what is there is of no use */
    nomen_status status;
    NOMEN_TRY(make_options(s, s->run, output, &options, err));
    NOMEN_TRY(nomen_run_directory_last_step(output, &step, err));
    options.resume = step > 0;
    options.overwrite = step == 0;
    s->outer = nomen_log_redirect((nomen_log_target){pass_message, s});
    status = nomen_train(&options, &callbacks, s, &result, &inner);
    nomen_log_redirect(s->outer);
    s->began = true;
    if (is_divergence(&inner)) { NOMEN_FAIL(nomen_mem_replace_text(&entry->problem, find_divergence(&result, &inner), err)); }
    if (nomen_status_is_stop(status)) {
        NOMEN_FAIL(nomen_error_set_remedy(err, status, NOMEN_REMEDY_RESUME, "%s in run %zu of %zu; what is done is in %s",
                                          status == NOMEN_ERROR_TIMEOUT ? "out of time" : "interrupted", s->run + 1,
                                          s->ledger.n_runs, s->base.output));
    }
    if (status != NOMEN_OK) { NOMEN_FAIL(nomen_error_pass(err, &inner)); }
    const bool folds = s->options->folds > 0;
    const nomen_report *report = folds ? &result.test : &result.dev;
    if (!(folds ? result.has_test : result.has_dev)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "run %zu has no %s part to be compared by: there are too few sentences; "
                                   "give a file for it, or more sentences",
                                   s->run + 1, folds ? "test" : "dev"));
    }
    entry->f1 = report->micro.f1;
    entry->n_gold = report->micro.support;
    entry->n_predicted = report->micro.predicted;
    entry->n_correct = report->micro.correct;
    entry->loss = report->loss;
    entry->seconds = sum_seconds(&result);
done:
    nomen_train_result_clear(&result);
    return status;
}

/* Whether no run that is done is better; an earlier one of the same score stays the best. */
static bool is_best(const sweep *s) {
    const nomen_sweep_entry *own = &s->ledger.runs[s->run];
    if (isnan(own->f1)) { return false; }
    for (size_t i = 0; i < s->ledger.n_runs; i++) {
        const nomen_sweep_entry *other = &s->ledger.runs[i];
        if (i != s->run && other->done && !isnan(other->f1) && other->f1 >= own->f1) { return false; }
    }
    return true;
}

/* Of the models only the best so far stays. */
static nomen_status keep_or_drop(const sweep *s, const char *output, nomen_error *err) {
    char *best = NULL;
    nomen_status status = NOMEN_OK;
    if (s->options->folds > 0 || s->options->discard_best || !is_best(s)) {
        nomen_tree_discard(output);
        return NOMEN_OK;
    }
    NOMEN_TRY(NOMEN_JOIN(best, s->base.output, BEST, err));
    nomen_tree_discard(best);
    if (rename(output, best) != 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_IO, "%s: can't be renamed to %s", output, best));
    }
    status = nomen_directory_sync(s->base.output, err);
done:
    nomen_mem_free(best);
    return status;
}

/* The model moves before the run counts as done: broken off in between, it is done again, to the same end. */
static nomen_status run_one(sweep *s, nomen_error *err) {
    char name[NAME_SIZE], *output = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(output, s->base.output, run_name(s->run, name), err));
    NOMEN_TRY(train(s, output, &s->ledger.runs[s->run], err));
    NOMEN_TRY(keep_or_drop(s, output, err));
    NOMEN_TRY(nomen_ledger_write(&s->ledger, &s->axes, s->run, err));
    report_run(s, s->run, false);
done:
    nomen_mem_free(output);
    return status;
}

/* Whether there is anything to go on from: a run that is done, or a checkpoint of the one under way. */
static bool has_begun(const sweep *s) {
    char name[NAME_SIZE], *output = NULL;
    for (size_t i = 0; i < s->ledger.n_runs; i++) {
        if (s->ledger.runs[i].done) { return true; }
    }
    size_t step = 0;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(output, s->base.output, run_name(s->run, name), NULL));
    status = nomen_run_directory_last_step(output, &step, NULL);
done:
    nomen_mem_free(output);
    return status != NOMEN_OK || step > 0; /* where it can't be told, there may be something */
}

/* ---- what it gave ---- */

/* OUT/best.json: the hyper-parameters of the best trial, for nomen_train_load_recipe. */
static nomen_status write_best(const sweep *s, const nomen_sweep_report *report, nomen_error *err) {
    nomen_train_options options = s->base;
    json_t *record = NULL;
    char *path = NULL;
    nomen_status status = NOMEN_OK;
    if (report->n_trials == 0 || isnan(report->trials[0].f1)) { return NOMEN_OK; }
    for (size_t i = 0; i < report->n_names; i++) {
        NOMEN_TRY(nomen_train_set(&options, report->names[i], report->trials[0].values[i], err));
    }
    NOMEN_TRY(nomen_train_record(&options, &record, err));
    NOMEN_TRY(NOMEN_JOIN(path, s->base.output, "best.json", err));
    status = nomen_json_write(path, record, err);
done:
    json_decref(record);
    nomen_mem_free(path);
    return status;
}

nomen_status nomen_sweep(const nomen_sweep_options *given, const nomen_sweep_callbacks *callbacks, void *user,
                         nomen_sweep_report **out, nomen_error *err) {
    nomen_sweep_options own = {0};
    sweep s = {.options = &own, .user = user};
    nomen_call_scope scope = {0};
    nomen_sweep_report *report = NULL;
    nomen_status status;
    if (callbacks != NULL) { s.callbacks = *callbacks; }
    NOMEN_TRY(NOMEN_TAKE(nomen_sweep_options, &own, given, err));
    NOMEN_TRY(nomen_call_enter(&scope, own.call, err));
    NOMEN_TRY(prepare(&s, err));
    for (s.run = 0; s.run < s.ledger.n_runs; s.run++) {
        if (s.ledger.runs[s.run].done) {
            report_run(&s, s.run, true);
        } else {
            NOMEN_TRY(run_one(&s, err));
        }
    }
    NOMEN_TRY(nomen_sweep_report_make(&s.axes, &s.ledger, own.folds, &report, err));
    NOMEN_TRY(write_best(&s, report, err));
    NOMEN_TRY(nomen_sweep_write_csv(report, s.base.output, err));
    NOMEN_TRY(nomen_sweep_write_html(report, &s.base, s.base.output, err));
    *out = report;
    report = NULL;
done:
    nomen_sweep_report_free(report);
    nomen_call_leave(&scope);
    nomen_run_directory_close(&s.directory);
    /* What failed before it did anything leaves nothing; a run that was stopped, or failed later, may have a checkpoint there. */
    if (status != NOMEN_OK && !nomen_status_is_stop(status) && s.fresh && !has_begun(&s)) { nomen_tree_discard(s.base.output); }
    nomen_ledger_clear(&s.ledger);
    nomen_axes_clear(&s.axes);
    return status;
}
