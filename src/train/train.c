/* The run: read the files, train epoch by epoch, keep the best, score, write the directory. */
#include "nomen/train.h"

#include "base/file.h"
#include "base/call.h"
#include "base/log.h"
#include "base/mem.h"
#include "eval/evaluate.h"
#include "train/evaluation.h"
#include "train/save/checkpoint.h"
#include "train/options/options.h"
#include "train/save/run_directory.h"
#include "train/save/stopped.h"
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
    nomen_metric metric;  /* where there is a dev part */
    nomen_status stopped; /* why it ended early; NOMEN_OK where it did not */
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
    };
    nomen_status status = nomen_model_load(o->model, &options, &r->model, err);
    if (status != NOMEN_OK) { return status; }
    r->model->settings.alignment = o->alignment;
    nomen_param_table_scale_rate(&r->model->table, NOMEN_OWNER_CRF, o->crf_learning_rate / o->learning_rate);
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

static nomen_status report_unknown(const training *r, const nomen_corpus_part *part, const char *name, nomen_error *err) {
    if (part->dataset == NULL) { return NOMEN_OK; }
    return nomen_report_unknown_labels(&r->model->labels, part->dataset, part->sentences, part->n, name, err);
}

/* Whether the dev part can be evaluated as the options want it, as far as only the files tell. */
static nomen_status prepare_evaluation(training *r, nomen_error *err) {
    const bool has_dev = r->corpus.dev.dataset != NULL;
    nomen_status status = nomen_train_check_evaluation(r->options, has_dev, err);
    if (status != NOMEN_OK || !has_dev) { return status; }
    return nomen_metric_find(r->options->best_metric, &r->corpus.dev, &r->metric, err);
}

/* Room for what the run is to report. */
static nomen_status make_room(training *r, nomen_error *err) {
    size_t most = nomen_trainer_most_evaluations(&r->trainer), most_top = r->options->save_top_k;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(r->result.epochs, r->options->epochs, err));
    NOMEN_TRY(NOMEN_NEW(r->result.evaluations, most, err));
    status = NOMEN_NEW(r->result.top, most_top < most ? most_top : most, err);
done:
    return status;
}

static nomen_status prepare(training *r, nomen_error *err) {
    const nomen_train_options *o = r->options;
    size_t *counts = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_train_check(o, err));
    NOMEN_TRY(nomen_corpus_read(o, &r->corpus, err));
    NOMEN_TRY(prepare_evaluation(r, err));
    NOMEN_TRY(load_model(r, err));
    NOMEN_TRY(report_unknown(r, &r->corpus.dev, "the dev part", err));
    NOMEN_TRY(report_unknown(r, &r->corpus.test, "the test part", err));
    NOMEN_TRY(count_labels(r, &counts, err));
    NOMEN_TRY(nomen_trainer_create(o, &r->corpus, r->model, counts, &r->trainer, err));
    NOMEN_TRY(make_room(r, err));
    bool replace = o->overwrite || o->resume || nomen_run_directory_is_bare(o->output);
    NOMEN_TRY(nomen_staging_begin(o->output, replace, &r->staging, err));
    NOMEN_TRY(nomen_checkpoints_start(o, &r->trainer, &r->result, &r->staging, &r->checkpoints, err));
    if (o->resume) { NOMEN_TRY(nomen_checkpoints_resume(&r->checkpoints, &r->result, err)); }
    r->result.steps_per_epoch = r->trainer.steps_per_epoch;
    r->result.n_sentences[0] = r->corpus.train.n;
    r->result.n_sentences[1] = r->corpus.dev.n;
    r->result.n_sentences[2] = r->corpus.test.n;
done:
    nomen_mem_free(counts);
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
        .run_step = s->step,
        .n_run_steps = t->n_steps,
        .learning_rate = t->rate,
    };
    r->callbacks.progress(r->user, &progress);
}

/* Keeps the weights as they are. `dev`, their report, is taken over where there is one. */
static nomen_status keep_weights(training *r, nomen_report *dev, nomen_error *err) {
    nomen_status status = nomen_trainer_save(&r->trainer, r->staging.temporary, err);
    if (status != NOMEN_OK) { return status; }
    r->result.best_step = r->trainer.state.best_step;
    r->result.best_epoch = r->trainer.state.best_epoch;
    if (dev == NULL) { return NOMEN_OK; }
    nomen_report_clear(&r->result.dev);
    r->result.dev = *dev;
    r->result.has_dev = true;
    *dev = (nomen_report){0};
    return NOMEN_OK;
}

/* What follows from an evaluation, whatever made it due: its weights are kept or not, and training goes on or not. */
static nomen_status finish_evaluation(training *r, nomen_train_evaluation *e, nomen_report *dev, nomen_error *err) {
    const nomen_train_options *o = r->options;
    nomen_train_state *s = &r->trainer.state;
    nomen_train_result *result = &r->result;
    nomen_status status = NOMEN_OK;
    e->metric = nomen_metric_value(&r->metric, dev);
    bool first = s->best_step == 0;
    bool improves = first || nomen_metric_improves(&r->metric, e->metric, s->best_metric, o->early_stopping_threshold);
    e->best = o->keep_best ? first || nomen_metric_is_better(&r->metric, e->metric, s->best_metric)
                           : nomen_trainer_epoch_is_done(&r->trainer);
    if (e->best) {
        NOMEN_TRY(keep_weights(r, dev, err));
        s->best_metric = e->metric;
    }
    s->n_waiting = improves ? 0 : s->n_waiting + 1;
    s->evaluated_step = s->step;
    nomen_top_add(&r->metric, result->top, &result->n_top, o->save_top_k, (nomen_train_top){e->step, e->metric});
    result->evaluations[result->n_evaluations++] = *e;
    if (r->callbacks.evaluation != NULL) { r->callbacks.evaluation(r->user, e); }
done:
    return status;
}

static nomen_status evaluate(training *r, nomen_train_evaluation *e, nomen_error *err) {
    nomen_report dev = {0};
    nomen_status status;
    NOMEN_TRY(nomen_trainer_evaluate(&r->trainer, e, &dev, err));
    status = finish_evaluation(r, e, &dev, err);
done:
    nomen_report_clear(&dev);
    return status;
}

/* Scores an epoch whose steps are done. What can be stopped comes first: from the evaluation's end on nothing is. */
static nomen_status finish_epoch(training *r, nomen_error *err) {
    nomen_train_epoch e = {0};
    nomen_train_evaluation v = {0};
    nomen_status status;
    NOMEN_TRY(nomen_trainer_score_epoch(&r->trainer, &e, err));
    if (r->corpus.dev.dataset != NULL) {
        NOMEN_TRY(evaluate(r, &v, err));
        e.dev_loss = v.dev_loss;
        e.dev_accuracy = v.dev_accuracy;
        e.dev_token_accuracy = v.dev_token_accuracy;
        e.dev_precision = v.dev_precision;
        e.dev_recall = v.dev_recall;
        e.dev_f1 = v.dev_f1;
        e.best = v.best;
    } else {
        NOMEN_TRY(keep_weights(r, NULL, err));
        e.best = true;
    }
    nomen_trainer_end_epoch(&r->trainer);
    e.seconds = r->trainer.state.seconds - r->trainer.state.epoch_start;
    r->result.epochs[r->result.n_epochs++] = e;
    if (r->callbacks.epoch != NULL) { r->callbacks.epoch(r->user, &e); }
done:
    return status;
}

static nomen_status save_if_due(training *r, nomen_error *err) {
    return nomen_checkpoints_are_due(&r->checkpoints) ? nomen_checkpoints_save(&r->checkpoints, err) : NOMEN_OK;
}

/* What is due after a step within an epoch. */
static nomen_status follow_step(training *r, nomen_error *err) {
    nomen_train_evaluation v;
    nomen_status status = NOMEN_OK;
    if (nomen_trainer_evaluation_is_due(&r->trainer)) { NOMEN_TRY(evaluate(r, &v, err)); }
    status = save_if_due(r, err);
done:
    return status;
}

/* The steps of an epoch with the evaluations within it, and its scores; less where training stalls. */
static nomen_status train_epoch(training *r, nomen_error *err) {
    nomen_trainer *t = &r->trainer;
    nomen_status status = NOMEN_OK;
    /* A run that was stopped while it evaluated goes on with that. */
    if (nomen_trainer_evaluation_is_due(t)) { NOMEN_TRY(follow_step(r, err)); }
    while (!nomen_trainer_epoch_is_done(t)) {
        if (nomen_trainer_has_stalled(t)) { goto done; }
        NOMEN_TRY(nomen_trainer_step(t, err));
        report_progress(r);
        /* After an epoch's last step, what is saved has its scores. */
        if (!nomen_trainer_epoch_is_done(t)) { NOMEN_TRY(follow_step(r, err)); }
    }
    NOMEN_TRY(finish_epoch(r, err));
    status = save_if_due(r, err);
done:
    return status;
}

/* Says why training ended before its last step. */
static void report_stall(const training *r) {
    const nomen_train_state *s = &r->trainer.state;
    nomen_log_info("stopped early at step %zu of %zu: %s was %.6g at best, after step %zu, and %.6g at last; "
                   "early-stopping-patience is %zu and early-stopping-threshold %g",
                   s->step, r->trainer.n_steps, r->metric.name, s->best_metric, s->best_step,
                   r->result.evaluations[r->result.n_evaluations - 1].metric, r->options->early_stopping_patience,
                   r->options->early_stopping_threshold);
}

static nomen_status train_all(training *r, nomen_error *err) {
    const nomen_train_state *s = &r->trainer.state;
    nomen_status status = NOMEN_OK;
    while (s->epoch < r->options->epochs && r->stopped == NOMEN_OK && !nomen_trainer_has_stalled(&r->trainer)) {
        nomen_error inner = {0};
        status = train_epoch(r, &inner);
        if (nomen_status_is_stop(status)) {
            r->stopped = status;
        } else if (status != NOMEN_OK) {
            NOMEN_FAIL(nomen_error_pass(err, &inner));
        }
    }
    status = NOMEN_OK;
    r->result.stopped_early = nomen_trainer_has_stalled(&r->trainer) && s->step < r->trainer.n_steps;
    if (r->result.stopped_early) { report_stall(r); }
    r->result.steps = s->step;
    r->result.tokens_per_second = per_second(s->n_tokens, s->seconds);
    r->result.sentences_per_second = per_second(s->n_sentences, s->seconds);
done:
    return status;
}

/* Where a run is stopped, saves all of it, if that is wanted. Where that fails, an earlier checkpoint stays. */
static nomen_status save_stopped(training *r, nomen_error *err) {
    if (r->stopped == NOMEN_OK || !r->options->save_on_stop || r->trainer.state.step == 0) { return NOMEN_OK; }
    return nomen_checkpoints_save(&r->checkpoints, err);
}

/* Restores the kept weights, scores the test part, and writes the rest of the directory. Only the scoring is stopped. */
static nomen_status finish(training *r, nomen_error *err) {
    json_t *record = NULL;
    nomen_call_scope shield = {0};
    nomen_status status = NOMEN_OK;
    nomen_call_shield(&shield);
    NOMEN_TRY(save_stopped(r, err));
    if (r->stopped != NOMEN_OK && r->trainer.state.best_step == 0) {
        NOMEN_FAIL(nomen_stopped_error(&r->checkpoints, r->stopped, err));
    }
    if (r->trainer.state.best_step != r->trainer.state.step) {
        NOMEN_TRY(nomen_trainer_restore(&r->trainer, r->staging.temporary, err));
    }
    if (r->corpus.test.dataset != NULL && r->stopped == NOMEN_OK) {
        nomen_error inner = {0};
        nomen_call_leave(&shield);
        status = nomen_trainer_score(&r->trainer, &r->corpus.test, &r->result.test, &inner);
        nomen_call_shield(&shield);
        r->result.has_test = status == NOMEN_OK;
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
    NOMEN_TRY(nomen_staging_commit(&r->staging, err));
    if (r->stopped != NOMEN_OK) { NOMEN_FAIL(nomen_stopped_error(&r->checkpoints, r->stopped, err)); }
done:
    nomen_call_leave(&shield);
    json_decref(record);
    return status;
}

nomen_status nomen_train(const nomen_train_options *options, const nomen_train_callbacks *callbacks, void *user,
                         nomen_train_result *result, nomen_error *err) {
    nomen_train_options own;
    training r = {.options = &own, .user = user};
    nomen_call_scope scope = {0};
    nomen_error inner = {0};
    if (callbacks != NULL) { r.callbacks = *callbacks; }
    nomen_status status;
    NOMEN_TRY(nomen_train_take(&own, options, err));
    NOMEN_TRY(nomen_call_enter(&scope, own.call, err));
    status = prepare(&r, &inner);
    if (nomen_status_is_stop(status)) { NOMEN_FAIL(nomen_nothing_written(r.options, status, err)); }
    if (status != NOMEN_OK) { NOMEN_FAIL(nomen_error_pass(err, &inner)); }
    NOMEN_TRY(train_all(&r, err));
    NOMEN_TRY(finish(&r, err));
done:
    nomen_call_leave(&scope);
    nomen_checkpoints_clear(&r.checkpoints);
    nomen_staging_abandon(&r.staging);
    nomen_trainer_clear(&r.trainer);
    nomen_model_release(r.model);
    nomen_corpus_clear(&r.corpus);
    if (status == NOMEN_OK || nomen_status_is_stop(status)) {
        *result = r.result;
    } else {
        nomen_train_result_clear(&r.result);
    }
    return status;
}

void nomen_train_result_clear(nomen_train_result *result) {
    nomen_mem_free(result->epochs);
    nomen_mem_free(result->evaluations);
    nomen_mem_free(result->top);
    nomen_report_clear(&result->dev);
    nomen_report_clear(&result->test);
    *result = (nomen_train_result){0};
}
