/* The run: read the files, train epoch by epoch, keep the best, score, write the directory. */
#include "nomen/train.h"

#include <time.h>

#include "base/file.h"
#include "base/call.h"
#include "base/mem.h"
#include "eval/evaluate.h"
#include "train/optim/layer_rates.h"
#include "train/record/run_logs.h"
#include "train/record/run_report.h"
#include "train/save/checkpoint.h"
#include "train/options/options.h"
#include "train/find_rate.h"
#include "train/save/run_directory.h"
#include "train/trainer.h"

typedef struct training {
    const nomen_train_options *options;
    nomen_train_callbacks callbacks;
    void *user;
    nomen_corpus corpus;
    nomen_model *model;
    nomen_trainer trainer;
    nomen_staging staging;
    nomen_checkpoints checkpoints;
    nomen_run_logs logs;
    nomen_review scored, dev, test; /* for the report: of what was scored last, and of the weights that are kept */
    long long started;
    nomen_status stopped; /* why it ended early; NOMEN_OK where it did not */
    nomen_error reason;   /* the error of a run that diverged, which is one of those reasons */
    bool is_written;      /* the directory is there */
    nomen_train_result result;
} training;

/* Loads the model with the data's labels and fixes how it is to be used. */
static nomen_status load_model(training *r, nomen_error *err) {
    const nomen_train_options *o = r->options;
    nomen_model_options options = {
        .size = sizeof options,
        .tokenizer = o->tokenizer,
        .purpose = NOMEN_FOR_TRAINING,
        .labels = r->corpus.labels.names,
        .n_labels = r->corpus.labels.n,
        .seed = o->seed,
        .crf = o->crf,
        .max_length = o->max_length,
        .stride_given = o->stride != SIZE_MAX,
        .stride = o->stride,
        .context_given = true,
        .context = o->context,
        .on_overflow = o->on_overflow,
        .precision = o->precision,
        .keep_labels = o->keep_labels,
    };
    nomen_status status = nomen_model_load(o->model, &options, &r->model, err);
    if (status != NOMEN_OK) { return status; }
    r->model->settings.alignment = o->alignment;
    nomen_layer_rates_set(o, &r->model->table);
    /* Labelled files say what a word is; texts with spans were cut here. */
    nomen_word_unit unit = r->corpus.files[0].unit;
    r->model->settings.words = unit == NOMEN_WORDS_AUTO ? NOMEN_WORDS_WHITESPACE : unit;
    return NOMEN_OK;
}

/* Counts the words of the training part that have each label, and reports them. *counts is freed by the caller. */
static nomen_status count_labels(const training *r, size_t **counts, nomen_error *err) {
    const nomen_corpus_part *part = &r->corpus.train;
    const nomen_labels *labels = &r->model->labels;
    int32_t *map = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_labels_map(labels, part->dataset, &map, err));
    NOMEN_TRY(NOMEN_NEW(*counts, labels->n, err));
    nomen_labels_count(labels, part->dataset, map, part->sentences, part->n, *counts);
    if (r->callbacks.labels != NULL) { r->callbacks.labels(r->user, (const char *const *)labels->names, *counts, labels->n); }
done:
    nomen_mem_free(map);
    return status;
}

/* Reads the files and makes the trainer. */
static nomen_status load(training *r, nomen_error *err) {
    size_t *counts = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_corpus_read(r->options, &r->corpus, err));
    NOMEN_TRY(load_model(r, err));
    NOMEN_TRY(count_labels(r, &counts, err));
    status = nomen_trainer_create(r->options, &r->corpus, r->model, counts, &r->trainer, err);
done:
    nomen_mem_free(counts);
    return status;
}

/* The evaluations so far; *out is freed by the caller. */
static nomen_status list_evaluations(const training *r, nomen_eval_entry **out, size_t *n, nomen_error *err) {
    const nomen_train_result *x = &r->result;
    nomen_status status = NOMEN_NEW(*out, x->n_epochs, err);
    *n = 0;
    for (size_t i = 0; status == NOMEN_OK && r->corpus.dev.dataset != NULL && i < x->n_epochs; i++) {
        (*out)[(*n)++] = nomen_eval_entry_of(&x->epochs[i], x->epochs[i].epoch * r->trainer.steps_per_epoch);
    }
    return status;
}

static nomen_history get_history(const training *r, const nomen_eval_entry *evaluations, size_t n) {
    return (nomen_history){
        .log = r->trainer.state.log, .n_log = r->trainer.state.n_log, .evaluations = evaluations, .n_evaluations = n};
}

static nomen_status open_logs(training *r, nomen_error *err) {
    nomen_eval_entry *evaluations = NULL;
    size_t n = 0;
    nomen_status status;
    NOMEN_TRY(list_evaluations(r, &evaluations, &n, err));
    status = nomen_run_logs_open(r->options, get_history(r, evaluations, n), r->trainer.state.step, &r->logs, err);
done:
    nomen_mem_free(evaluations);
    return status;
}

static nomen_status prepare(training *r, nomen_error *err) {
    const nomen_train_options *o = r->options;
    nomen_status status;
    NOMEN_TRY(nomen_train_check(o, err));
    NOMEN_TRY(load(r, err));
    NOMEN_TRY(NOMEN_NEW(r->result.epochs, o->epochs, err));
    bool replace = o->overwrite || o->resume || nomen_run_directory_is_bare(o->output);
    NOMEN_TRY(nomen_staging_begin(o->output, replace, &r->staging, err));
    NOMEN_TRY(nomen_checkpoints_start(o, &r->trainer, &r->result, &r->staging, &r->checkpoints, err));
    if (o->report != NULL) { r->trainer.review = &r->scored; }
    if (o->resume) { NOMEN_TRY(nomen_checkpoints_resume(&r->checkpoints, &r->result, err)); }
    if (r->result.has_dev) { nomen_review_move(&r->scored, &r->dev); }
    r->result.steps_per_epoch = r->trainer.steps_per_epoch;
    r->result.n_sentences[0] = r->corpus.train.n;
    r->result.n_sentences[1] = r->corpus.dev.n;
    r->result.n_sentences[2] = r->corpus.test.n;
    NOMEN_TRY(open_logs(r, err));
done:
    return status;
}

static double per_second(size_t n, double seconds) {
    return seconds > 0 ? (double)n / seconds : 0;
}

static void report_progress(const training *r) {
    const nomen_trainer *t = &r->trainer;
    const nomen_train_state *s = &t->state;
    if (r->callbacks.progress == NULL) { return; }
    nomen_train_progress progress = {
        .epoch = s->epoch + 1,
        .n_epochs = r->options->epochs,
        .step = s->step - s->epoch * t->steps_per_epoch,
        .n_steps = t->steps_per_epoch,
        .loss = nomen_trainer_loss(t),
        .tokens_per_second = per_second(s->n_tokens, s->seconds),
        .seconds_left = s->step > 0 ? s->seconds / (double)s->step * (double)(t->n_steps - s->step) : 0,
    };
    r->callbacks.progress(r->user, &progress);
}

/* Scores an epoch, and keeps its weights where it is the best. */
static nomen_status finish_epoch(training *r, nomen_train_epoch *e, nomen_error *err) {
    nomen_report dev = {0};
    nomen_status status;
    NOMEN_TRY(nomen_trainer_evaluate(&r->trainer, e, &dev, err));
    if (!e->best) { goto done; }
    NOMEN_TRY(nomen_trainer_save(&r->trainer, r->staging.temporary, e, err));
    r->result.best_epoch = e->epoch;
    if (r->corpus.dev.dataset != NULL) {
        nomen_report_clear(&r->result.dev);
        r->result.dev = dev;
        r->result.has_dev = true;
        nomen_review_move(&r->scored, &r->dev);
        dev = (nomen_report){0};
    }
done:
    nomen_report_clear(&dev);
    return status;
}

/* The steps of an epoch, and its scores. */
static nomen_status train_epoch(training *r, nomen_error *err) {
    nomen_train_epoch e = {0};
    nomen_status status = NOMEN_OK;
    while (!nomen_trainer_epoch_is_done(&r->trainer)) {
        NOMEN_TRY(nomen_trainer_step(&r->trainer, err));
        NOMEN_TRY(nomen_run_logs_add_entries(&r->logs, r->trainer.state.log, r->trainer.state.n_log, err));
        report_progress(r);
        /* After an epoch's last step, what is saved has its scores. */
        if (nomen_checkpoints_are_due(&r->checkpoints) && !nomen_trainer_epoch_is_done(&r->trainer)) {
            NOMEN_TRY(nomen_checkpoints_save(&r->checkpoints, err));
        }
    }
    NOMEN_TRY(finish_epoch(r, &e, err));
    e.seconds = r->trainer.state.seconds - r->trainer.state.epoch_start;
    r->result.epochs[r->result.n_epochs++] = e;
    if (r->corpus.dev.dataset != NULL) {
        const nomen_eval_entry scores = nomen_eval_entry_of(&e, r->trainer.state.step);
        NOMEN_TRY(nomen_run_logs_add_evaluation(&r->logs, &scores, err));
    }
    if (r->callbacks.epoch != NULL) { r->callbacks.epoch(r->user, &e); }
    if (nomen_checkpoints_are_due(&r->checkpoints)) { NOMEN_TRY(nomen_checkpoints_save(&r->checkpoints, err)); }
done:
    return status;
}

static nomen_status train_all(training *r, nomen_error *err) {
    const nomen_train_state *s = &r->trainer.state;
    nomen_status status = NOMEN_OK;
    while (s->epoch < r->options->epochs && r->stopped == NOMEN_OK) {
        nomen_error inner = {0};
        status = train_epoch(r, &inner);
        if (nomen_status_is_stop(status) || r->trainer.diagnosis.diverged) {
            r->stopped = status;
            r->reason = inner;
        } else if (status != NOMEN_OK) {
            NOMEN_FAIL(nomen_error_pass(err, &inner));
        }
    }
    status = NOMEN_OK;
    r->result.steps = s->step;
    r->result.tokens_per_second = per_second(s->n_tokens, s->seconds);
    r->result.sentences_per_second = per_second(s->n_sentences, s->seconds);
done:
    return status;
}

static const char *stop_name(nomen_status stopped) {
    return stopped == NOMEN_ERROR_TIMEOUT ? "out of time" : "interrupted";
}

/* The error of a run that was stopped too early. */
static nomen_status nothing_written(const training *r, nomen_status stopped, nomen_error *err) {
    if (r->options->resume) {
        return nomen_error_set_remedy(err, stopped, NOMEN_REMEDY_RESUME, "%s before the run went on; %s is as it was",
                                      stop_name(stopped), r->options->output);
    }
    return nomen_error_set(err, stopped, "%s before the first epoch was finished; nothing was written", stop_name(stopped));
}

/* The same of one that diverged, with what is left of it. Going on from a checkpoint would lead to the same end. */
static nomen_status diverged_error(const training *r, nomen_error *err) {
    const nomen_train_state *s = &r->trainer.state;
    const char *output = r->options->output, *what = r->reason.message;
    if (s->best_epoch > 0) {
        return nomen_error_set(err, r->stopped, "%s. The best epoch before that, %zu of %zu, is in %s", what, s->best_epoch,
                               r->options->epochs, output);
    }
    if (r->checkpoints.has_saved) {
        return nomen_error_set(err, r->stopped, "%s. No epoch was finished; step %zu is in %s/checkpoint-%zu", what,
                               r->checkpoints.saved_step, output, r->checkpoints.saved_step);
    }
    return nomen_error_set(err, r->stopped, "%s. No epoch was finished, and nothing was written", what);
}

/* The error of a run that was stopped, and what there is of it: its best epoch, its last checkpoint, or neither. */
static nomen_status stopped_error(const training *r, nomen_error *err) {
    const nomen_train_state *s = &r->trainer.state;
    const char *output = r->options->output;
    size_t step = r->checkpoints.saved_step, n_steps = r->trainer.n_steps;
    if (r->trainer.diagnosis.diverged) { return diverged_error(r, err); }
    if (!r->checkpoints.has_saved && s->best_epoch == 0) { return nothing_written(r, r->stopped, err); }
    if (s->best_epoch == 0) {
        return nomen_error_set_remedy(err, r->stopped, NOMEN_REMEDY_RESUME,
                                      "%s before the first epoch was finished; step %zu of %zu is in %s/checkpoint-%zu",
                                      stop_name(r->stopped), step, n_steps, output, step);
    }
    if (!r->checkpoints.has_saved) {
        return nomen_error_set(err, r->stopped, "%s: the best finished epoch, %zu of %zu, is in %s", stop_name(r->stopped),
                               s->best_epoch, r->options->epochs, output);
    }
    return nomen_error_set_remedy(err, r->stopped, NOMEN_REMEDY_RESUME,
                                  "%s: the best finished epoch, %zu of %zu, is in %s; step %zu of %zu is in %s/checkpoint-%zu",
                                  stop_name(r->stopped), s->best_epoch, r->options->epochs, output, step, n_steps, output, step);
}

/* Where a run is stopped, saves all of it, if that is wanted. Where that fails, an earlier checkpoint stays. */
static nomen_status save_stopped(training *r, nomen_error *err) {
    bool nothing = r->stopped == NOMEN_OK || r->trainer.state.step == 0;
    if (nothing || !r->options->save_on_stop || r->trainer.diagnosis.diverged) { return NOMEN_OK; }
    return nomen_checkpoints_save(&r->checkpoints, err);
}

static nomen_status write_report(const training *r, nomen_error *err) {
    const nomen_examples *x = &r->trainer.examples;
    nomen_eval_entry *evaluations = NULL;
    size_t n = 0, n_long = 0;
    nomen_status status;
    NOMEN_TRY(list_evaluations(r, &evaluations, &n, err));
    for (size_t i = 0; i < x->n; i++) { n_long += x->window_start[i + 1] - x->window_start[i] > 1; }
    const nomen_run_report report = {
        .options = r->options,
        .result = &r->result,
        .corpus = &r->corpus,
        .labels = &r->model->labels,
        .history = get_history(r, evaluations, n),
        .dev = &r->dev,
        .test = &r->test,
        .n_steps = r->trainer.n_steps,
        .n_windows = x->window_start[x->n],
        .n_long = n_long,
        .stopped = r->stopped != NOMEN_OK ? stop_name(r->stopped) : NULL,
        .started = r->started,
        .seconds = r->trainer.state.seconds,
    };
    status = nomen_run_report_write(&report, err);
done:
    nomen_mem_free(evaluations);
    return status;
}

/* Restores the kept epoch's weights, scores the test part, and writes the rest of the directory. Only the scoring is stopped. */
static nomen_status finish(training *r, nomen_error *err) {
    json_t *record = NULL;
    nomen_call_scope shield = {0};
    nomen_status status = NOMEN_OK;
    nomen_call_shield(&shield);
    NOMEN_TRY(save_stopped(r, err));
    nomen_diagnosis_take(&r->trainer.diagnosis, &r->result.findings, &r->result.n_findings);
    if (r->stopped != NOMEN_OK && r->trainer.state.best_epoch == 0) { NOMEN_FAIL(stopped_error(r, err)); }
    /* Those of the last epoch are in the model, unless their average is what was kept. */
    if (r->trainer.state.best_epoch != r->options->epochs || r->options->ema_decay > 0) {
        NOMEN_TRY(nomen_trainer_restore(&r->trainer, r->staging.temporary, err));
    }
    if (r->corpus.test.dataset != NULL && r->stopped == NOMEN_OK) {
        nomen_error inner = {0};
        nomen_call_leave(&shield);
        status = nomen_trainer_score(&r->trainer, &r->corpus.test, &r->result.test, &inner);
        nomen_call_shield(&shield);
        r->result.has_test = status == NOMEN_OK;
        if (status == NOMEN_OK) { nomen_review_move(&r->scored, &r->test); }
        if (nomen_status_is_stop(status)) { /* the weights are there: only the scores are missed */
            r->stopped = status;
        } else if (status != NOMEN_OK) {
            NOMEN_FAIL(nomen_error_pass(err, &inner));
        }
    }
    NOMEN_TRY(nomen_run_record(r->options, &r->result, &record, err));
    NOMEN_TRY(nomen_model_save(r->model, r->staging.temporary, record, err));
    NOMEN_TRY(nomen_trainer_state_write(r->staging.temporary, r->options, &r->result, NULL, r->trainer.state.log,
                                        r->trainer.state.n_log, err));
    NOMEN_TRY(nomen_card_write(r->staging.temporary, r->model, r->options, &r->result, err));
    NOMEN_TRY(nomen_checkpoints_carry(&r->checkpoints, r->stopped == NOMEN_OK, err));
    if (r->options->report != NULL) { NOMEN_TRY(write_report(r, err)); }
    NOMEN_TRY(nomen_staging_commit(&r->staging, err));
    r->is_written = true;
    if (r->stopped != NOMEN_OK) { NOMEN_FAIL(stopped_error(r, err)); }
done:
    nomen_call_leave(&shield);
    json_decref(record);
    return status;
}

nomen_status nomen_train(const nomen_train_options *options, const nomen_train_callbacks *callbacks, void *user,
                         nomen_train_result *result, nomen_error *err) {
    nomen_train_options own;
    training r = {.options = &own, .user = user, .logs = NOMEN_RUN_LOGS_NONE, .started = (long long)time(NULL)};
    nomen_call_scope scope = {0};
    nomen_error inner = {0};
    if (callbacks != NULL) { r.callbacks = *callbacks; }
    nomen_status status;
    NOMEN_TRY(nomen_train_take(&own, options, err));
    NOMEN_TRY(nomen_call_enter(&scope, own.call, err));
    status = prepare(&r, &inner);
    if (nomen_status_is_stop(status)) { NOMEN_FAIL(nothing_written(&r, status, err)); }
    if (status != NOMEN_OK) { NOMEN_FAIL(nomen_error_pass(err, &inner)); }
    NOMEN_TRY(train_all(&r, err));
    NOMEN_TRY(finish(&r, err));
done:
    nomen_call_leave(&scope);
    nomen_run_logs_close(&r.logs);
    nomen_review_clear(&r.scored);
    nomen_review_clear(&r.dev);
    nomen_review_clear(&r.test);
    nomen_checkpoints_clear(&r.checkpoints);
    nomen_staging_abandon(&r.staging);
    nomen_trainer_clear(&r.trainer);
    nomen_model_release(r.model);
    nomen_corpus_clear(&r.corpus);
    if (status == NOMEN_OK || nomen_status_is_stop(status) || r.is_written) {
        *result = r.result;
    } else {
        nomen_train_result_clear(&r.result);
    }
    return status;
}

static void report_search(const training *r, const nomen_rate_search *s) {
    const nomen_train_state *state = &r->trainer.state;
    size_t n = s->how.n_steps;
    const nomen_train_progress progress = {
        .epoch = 1,
        .n_epochs = 1,
        .step = state->step,
        .n_steps = n,
        .loss = s->result->points[s->result->n_points - 1].smoothed,
        .tokens_per_second = per_second(state->n_tokens, state->seconds),
        .seconds_left = state->seconds / (double)state->step * (double)(n - state->step),
    };
    r->callbacks.progress(r->user, &progress);
}

/* Steps at rising rates, over as many epochs as they take. */
static nomen_status search(training *r, nomen_rate_search *s, nomen_error *err) {
    nomen_trainer *t = &r->trainer;
    nomen_train_state *state = &t->state;
    nomen_status status = NOMEN_OK;
    bool goes_on = true;
    t->diagnosis.finite_only = true;
    while (goes_on && state->step < s->how.n_steps) {
        nomen_error inner = {0};
        t->rate = s->rate;
        status = nomen_trainer_step(t, &inner);
        if (t->diagnosis.diverged) { break; } /* what was to be found: no rate from here on */
        if (status != NOMEN_OK) { NOMEN_FAIL(nomen_error_pass(err, &inner)); }
        double loss = state->log[state->n_log - 1].loss;
        if (loss > 0) { goes_on = nomen_rate_search_add(s, loss); } /* 0: a step without a label, which shows nothing */
        if (loss > 0 && r->callbacks.progress != NULL) { report_search(r, s); }
        if (!nomen_trainer_epoch_is_done(t)) { continue; }
        state->epoch++;
        state->position = 0;
    }
    s->result->rose |= t->diagnosis.diverged;
    status = NOMEN_OK;
    nomen_rate_search_finish(s);
done:
    return status;
}

nomen_status nomen_train_find_rate(const nomen_train_options *options, const nomen_find_rate_options *how,
                                   const nomen_train_callbacks *callbacks, void *user, nomen_rate_result *result,
                                   nomen_error *err) {
    nomen_train_options own;
    training r = {.options = &own, .user = user};
    nomen_rate_result found = {0};
    nomen_rate_search s = {0};
    nomen_call_scope scope = {0};
    nomen_status status;
    if (callbacks != NULL) { r.callbacks = *callbacks; }
    NOMEN_TRY(nomen_train_take(&own, options, err));
    own.logging_steps = 1; /* an entry of the log is a point of the curve */
    NOMEN_TRY(nomen_call_enter(&scope, own.call, err));
    NOMEN_TRY(nomen_train_check_search(&own, err));
    NOMEN_TRY(nomen_rate_search_start(how, &found, &s, err));
    NOMEN_TRY(load(&r, err));
    NOMEN_TRY(search(&r, &s, err));
    *result = found;
    found = (nomen_rate_result){0};
done:
    nomen_call_leave(&scope);
    nomen_rate_result_clear(&found);
    nomen_trainer_clear(&r.trainer);
    nomen_model_release(r.model);
    nomen_corpus_clear(&r.corpus);
    return status;
}

void nomen_train_result_clear(nomen_train_result *result) {
    nomen_mem_free(result->epochs);
    nomen_findings_clear_list(result->findings, result->n_findings);
    nomen_report_clear(&result->dev);
    nomen_report_clear(&result->test);
    *result = (nomen_train_result){0};
}
