/* The run: read the files, train epoch by epoch, keep the best, score, write the directory. */
#include "nomen/train.h"

#include "base/file.h"
#include "base/call.h"
#include "base/mem.h"
#include "eval/evaluate.h"
#include "train/save/checkpoint.h"
#include "train/options/options.h"
#include "train/save/run_directory.h"
#include "train/spread/compare.h"
#include "train/trainer.h"

typedef struct training {
    const nomen_train_options *options;
    nomen_train_callbacks callbacks;
    void *user;
    nomen_spread spread;
    bool leads;                /* this process writes and speaks, of those that train together */
    nomen_call_scope together; /* ends where another process is lost */
    nomen_status joined;       /* a stop that came before the processes could agree on it */
    nomen_corpus corpus;
    nomen_model *model;
    nomen_trainer trainer;
    nomen_staging staging;
    nomen_checkpoints checkpoints;
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

static nomen_status prepare(training *r, nomen_error *err) {
    const nomen_train_options *o = r->options;
    size_t *counts = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_corpus_read(o, &r->corpus, err));
    NOMEN_TRY(load_model(r, err));
    NOMEN_TRY(report_unknown(r, &r->corpus.dev, "the dev part", err));
    NOMEN_TRY(report_unknown(r, &r->corpus.test, "the test part", err));
    NOMEN_TRY(count_labels(r, &counts, err));
    NOMEN_TRY(nomen_trainer_create(o, &r->corpus, r->model, counts, &r->spread, &r->trainer, err));
    NOMEN_TRY(NOMEN_NEW(r->result.epochs, o->epochs, err));
    bool replace = o->overwrite || o->resume || nomen_run_directory_is_bare(o->output);
    if (r->leads) { NOMEN_TRY(nomen_staging_begin(o->output, replace, &r->staging, err)); }
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
        report_progress(r);
        /* After an epoch's last step, what is saved has its scores. */
        if (nomen_checkpoints_are_due(&r->checkpoints) && !nomen_trainer_epoch_is_done(&r->trainer)) {
            NOMEN_TRY(nomen_checkpoints_save(&r->checkpoints, err));
        }
    }
    NOMEN_TRY(finish_epoch(r, &e, err));
    e.seconds = r->trainer.state.seconds - r->trainer.state.epoch_start;
    r->result.epochs[r->result.n_epochs++] = e;
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
        if (nomen_status_is_stop(status)) {
            r->stopped = status;
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

/* The error of a run that was stopped, and what there is of it: its best epoch, its last checkpoint, or neither. */
static nomen_status stopped_error(const training *r, nomen_error *err) {
    const nomen_train_state *s = &r->trainer.state;
    const char *output = r->options->output;
    size_t step = r->checkpoints.saved_step, n_steps = r->trainer.n_steps;
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
    if (r->stopped == NOMEN_OK || !r->options->save_on_stop || r->trainer.state.step == 0) { return NOMEN_OK; }
    return nomen_checkpoints_save(&r->checkpoints, err);
}

/* Restores the kept epoch's weights, scores the test part, and writes the rest of the directory. Only the scoring is stopped. */
static nomen_status finish(training *r, nomen_error *err) {
    json_t *record = NULL;
    nomen_call_scope shield = {0};
    nomen_status status = NOMEN_OK;
    nomen_call_shield(&shield);
    NOMEN_TRY(save_stopped(r, err));
    if (r->stopped != NOMEN_OK && r->trainer.state.best_epoch == 0) { NOMEN_FAIL(stopped_error(r, err)); }
    if (r->trainer.state.best_epoch != r->options->epochs) {
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
    if (r->stopped != NOMEN_OK) { NOMEN_FAIL(stopped_error(r, err)); }
done:
    nomen_call_leave(&shield);
    json_decref(record);
    return status;
}

static void say_nothing(void *user, nomen_log_level level, const char *message) {
    (void)user, (void)level, (void)message;
}

/* Joins the other processes, where there are any; `own` are the options that all of them train by. */
static nomen_status join(training *r, nomen_train_options *own, nomen_error *err) {
    nomen_call call = {.size = sizeof call};
    nomen_status status;
    if (!own->spread) { return NOMEN_OK; }
    NOMEN_TRY(nomen_spread_open(&r->spread, err));
    r->leads = nomen_spread_leads(&r->spread);
    if (r->spread.size == 1) { goto done; }
    own->reduce_by_batch = true;
    own->gradient_accumulation_steps *= r->spread.size;
    call.cancel = r->spread.lost;
    if (!r->leads) {
        own->overwrite = true; /* what stands at the output is the first process's to judge, and its own by now */
        r->callbacks = (nomen_train_callbacks){0};
        call.log = say_nothing;
    }
    r->joined = nomen_call_enter(&r->together, &call, NULL);
done:
    return status;
}

/* Leaves the others. An error that only this process knows of is given its name. */
static void part(training *r, nomen_status status, nomen_error *err) {
    nomen_error named = {0};
    char name[128];
    nomen_call_leave(&r->together);
    if (!r->leads && !r->spread.agreed && status != NOMEN_OK && !nomen_status_is_stop(status) && err != NULL) {
        nomen_spread_name(&r->spread, r->spread.rank, name, sizeof name);
        nomen_error_set_remedy(&named, err->status, err->remedy, "%s: %s", name, err->message);
        *err = named;
    }
    nomen_spread_close(&r->spread, status);
}

/* All that comes before the first step. Several processes get through it, or none. */
static nomen_status begin(training *r, nomen_error *err) {
    nomen_error inner = {0};
    nomen_status status = r->joined;
    status = status == NOMEN_OK ? nomen_train_check(r->options, &inner) : nomen_call_set_stop(&inner, status);
    NOMEN_TRY(nomen_spread_agree(&r->spread, status, &inner, err));
    NOMEN_TRY(nomen_spread_compare_inputs(&r->spread, r->options, err));
    status = prepare(r, &inner);
    NOMEN_TRY(nomen_spread_agree(&r->spread, status, &inner, err));
    status = nomen_spread_compare_state(&r->spread, &r->trainer, err);
done:
    return status;
}

static nomen_status run(training *r, nomen_error *err) {
    nomen_error inner = {0};
    nomen_status status = begin(r, &inner);
    if (nomen_status_is_stop(status)) { NOMEN_FAIL(nothing_written(r, status, err)); }
    if (status != NOMEN_OK) { NOMEN_FAIL(nomen_error_pass(err, &inner)); }
    status = train_all(r, err);
done:
    part(r, status, err); /* what is left to do is the first one's alone */
    if (status != NOMEN_OK) { return status; }
    if (r->leads) { return finish(r, err); }
    return r->stopped == NOMEN_OK ? r->stopped : nomen_call_set_stop(err, r->stopped);
}

nomen_status nomen_train(const nomen_train_options *options, const nomen_train_callbacks *callbacks, void *user,
                         nomen_train_result *result, nomen_error *err) {
    nomen_train_options own;
    training r = {.options = &own, .user = user, .spread = {.size = 1}, .leads = true};
    nomen_call_scope scope = {0};
    nomen_error problem = {0};
    if (callbacks != NULL) { r.callbacks = *callbacks; }
    nomen_status status;
    NOMEN_TRY(nomen_train_take(&own, options, err));
    NOMEN_TRY(nomen_call_enter(&scope, own.call, err));
    NOMEN_TRY(join(&r, &own, err));
    status = run(&r, &problem);
    if (status != NOMEN_OK) { nomen_error_pass(err, &problem); }
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
    nomen_report_clear(&result->dev);
    nomen_report_clear(&result->test);
    *result = (nomen_train_result){0};
}
