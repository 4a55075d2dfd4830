/* The epochs of a run: steps, evaluations, and what follows from them. */
#include "base/call.h"
#include "base/log.h"
#include "train/options/options.h"
#include "train/training.h"

static double per_second(size_t n, double seconds) {
    return seconds > 0 ? (double)n / seconds : 0;
}

static void report_progress(const nomen_training *r) {
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
        .learning_rate = t->last_rate,
    };
    r->callbacks.progress(r->user, &progress);
}

/* Keeps the weights as they are. `dev`, their report, is taken over where there is one. */
static nomen_status keep_weights(nomen_training *r, nomen_report *dev, nomen_error *err) {
    nomen_status status = nomen_trainer_save(&r->trainer, r->staging.temporary, err);
    if (status != NOMEN_OK) { return status; }
    r->result.best_step = r->trainer.state.best_step;
    r->result.best_epoch = r->trainer.state.best_epoch;
    if (dev == NULL) { return NOMEN_OK; }
    nomen_report_clear(&r->result.dev);
    r->result.dev = *dev;
    r->result.has_dev = true;
    nomen_review_move(&r->scored, &r->dev);
    *dev = (nomen_report){0};
    return NOMEN_OK;
}

/* What follows from an evaluation, whatever made it due: its weights are kept or not, and training goes on or not. */
static nomen_status finish_evaluation(nomen_training *r, nomen_train_evaluation *e, nomen_report *dev, nomen_error *err) {
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
    nomen_lr_schedule_on_evaluation(&r->trainer.schedule, &s->plateau, e->metric, !r->metric.smaller);
    result->evaluations[result->n_evaluations++] = *e;
    NOMEN_TRY(nomen_run_logs_add_evaluation(&r->logs, e, err));
    if (r->callbacks.evaluation != NULL) { r->callbacks.evaluation(r->user, e); }
done:
    return status;
}

/* An evaluation within an epoch. */
static nomen_status evaluate(nomen_training *r, nomen_error *err) {
    nomen_train_evaluation e = {0};
    nomen_report dev = {0};
    nomen_status status;
    NOMEN_TRY(nomen_trainer_evaluate(&r->trainer, &e, &dev, err));
    status = finish_evaluation(r, &e, &dev, err);
done:
    nomen_report_clear(&dev);
    return status;
}

/* What the diagnosis makes of a whole epoch. */
static nomen_status diagnose(nomen_training *r, const nomen_train_epoch *e, const nomen_report *train, const nomen_report *dev,
                             nomen_error *err) {
    const nomen_diagnosis_scores seen = {
        .epoch = e->epoch, .last = e->epoch == r->options->epochs, .loss = e->loss, .train = train, .dev = dev};
    return nomen_diagnosis_add_scores(&r->trainer.diagnosis, &seen, err);
}

static void take_scores(nomen_train_epoch *e, const nomen_train_evaluation *v) {
    e->dev_loss = v->dev_loss;
    e->dev_accuracy = v->dev_accuracy;
    e->dev_token_accuracy = v->dev_token_accuracy;
    e->dev_precision = v->dev_precision;
    e->dev_recall = v->dev_recall;
    e->dev_f1 = v->dev_f1;
    e->best = v->best;
}

/* Scores an epoch whose steps are done. What can be stopped comes first: from the evaluation's end on nothing is. */
static nomen_status finish_epoch(nomen_training *r, nomen_error *err) {
    const bool has_dev = r->corpus.dev.dataset != NULL;
    nomen_train_epoch e = {0};
    nomen_train_evaluation v = {0};
    nomen_report train = {0}, dev = {0};
    nomen_status status;
    NOMEN_TRY(nomen_trainer_score_epoch(&r->trainer, &e, &train, err));
    if (has_dev) { NOMEN_TRY(nomen_trainer_evaluate(&r->trainer, &v, &dev, err)); }
    if (has_dev) {
        NOMEN_TRY(finish_evaluation(r, &v, &dev, err));
        take_scores(&e, &v);
    } else {
        NOMEN_TRY(keep_weights(r, NULL, err));
        e.best = true;
    }
    /* Where the weights can't be kept, the run ends and the epoch is scored again: it is not to be counted twice. */
    NOMEN_TRY(diagnose(r, &e, &train, !has_dev ? NULL : v.best ? &r->result.dev : &dev, err));
    NOMEN_TRY(nomen_trainer_end_epoch(&r->trainer, err));
    e.seconds = r->trainer.state.seconds - r->trainer.state.epoch_start;
    r->result.epochs[r->result.n_epochs++] = e;
    if (r->callbacks.epoch != NULL) { r->callbacks.epoch(r->user, &e); }
done:
    nomen_report_clear(&train);
    nomen_report_clear(&dev);
    return status;
}

/* What is due after a step within an epoch. */
static nomen_status follow_step(nomen_training *r, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (nomen_trainer_evaluation_is_due(&r->trainer)) { NOMEN_TRY(evaluate(r, err)); }
    status = nomen_checkpoints_save_due(&r->checkpoints, err);
done:
    return status;
}

/* The steps of an epoch with the evaluations within it, and its scores; less where training stalls. */
static nomen_status train_epoch(nomen_training *r, nomen_error *err) {
    nomen_trainer *t = &r->trainer;
    nomen_status status = NOMEN_OK;
    /* A run that was stopped while it evaluated goes on with that. */
    if (nomen_trainer_evaluation_is_due(t)) { NOMEN_TRY(follow_step(r, err)); }
    while (!nomen_trainer_epoch_is_done(t)) {
        if (nomen_trainer_has_stalled(t)) { goto done; }
        NOMEN_TRY(nomen_trainer_step(t, err));
        NOMEN_TRY(nomen_run_logs_add_entries(&r->logs, t->state.log, t->state.n_log, err));
        report_progress(r);
        /* After an epoch's last step, what is saved has its scores. */
        if (!nomen_trainer_epoch_is_done(t)) { NOMEN_TRY(follow_step(r, err)); }
    }
    NOMEN_TRY(finish_epoch(r, err));
    status = nomen_checkpoints_save_due(&r->checkpoints, err);
done:
    return status;
}

/* Says why training ended before its last step. */
static void report_stall(const nomen_training *r) {
    const nomen_train_state *s = &r->trainer.state;
    nomen_log_info("stopped early at step %zu of %zu: %s was %.6g at best, after step %zu, and %.6g at last; "
                   "early-stopping-patience is %zu and early-stopping-threshold %g",
                   s->step, r->trainer.n_steps, r->metric.name, s->best_metric, s->best_step,
                   r->result.evaluations[r->result.n_evaluations - 1].metric, r->options->early_stopping_patience,
                   r->options->early_stopping_threshold);
}

/* Whether a failing disk stops the run, whose weights so far are kept as far as that goes. Among several processes, all end. */
static bool is_stopped_by_disk(const nomen_training *r, nomen_status status) {
    return status == NOMEN_ERROR_IO && r->spread.size == 1;
}

nomen_status nomen_training_run(nomen_training *r, nomen_error *err) {
    const nomen_train_state *s = &r->trainer.state;
    nomen_status status = NOMEN_OK;
    while (s->epoch < r->options->epochs && r->stopped == NOMEN_OK && !nomen_trainer_has_stalled(&r->trainer)) {
        nomen_error inner = {0};
        status = train_epoch(r, &inner);
        if (nomen_status_is_stop(status) || r->trainer.diagnosis.diverged || is_stopped_by_disk(r, status)) {
            r->stopped = status;
            r->reason = inner;
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
