/* Before the first step: the files, the model, the trainer, and where a run that goes on had come to. */
#include "base/call.h"
#include "base/log.h"
#include "base/mem.h"
#include "train/optim/layer_rates.h"
#include "train/optim/schedule_kwargs.h"
#include "model_dir/model_adapter.h"
#include "train/options/options.h"
#include "train/options/parameters.h"
#include "train/options/trained.h"
#include "train/training.h"
#include "train/save/run_directory.h"
#include "train/spread/compare.h"

/* Loads the model with the data's labels and fixes how it is to be used. */
static nomen_status load_model(nomen_training *r, nomen_error *err) {
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
    nomen_trained trained;
    nomen_status status = nomen_train_get_trained(o, &trained, err);
    if (status == NOMEN_OK) { status = nomen_model_load_to_train(o->model, &options, &trained, &r->model, err); }
    if (status == NOMEN_OK && nomen_train_lora_init(o) != NULL) {
        status = nomen_model_init_lora(r->model, nomen_train_lora_init(o), err);
    }
    if (status != NOMEN_OK) { return status; }
    if (o->learning_rate == 0) {
        r->options->learning_rate = nomen_usual_rate(o, r->model->config.hidden_size);
        nomen_log_info("learning-rate: %g, by the model's hidden size of %zu", o->learning_rate, r->model->config.hidden_size);
    }
    /* Only the model tells how many layers there are, and a sweep is not to end at this. */
    if (o->layer_lr_decay != 1 && o->freeze_layers > 0 && o->freeze_layers >= r->model->config.num_hidden_layers) {
        nomen_log_warning("layer-lr-decay %g: has no effect with freeze-layers %zu, which is all layers", o->layer_lr_decay,
                          o->freeze_layers);
    }
    r->model->settings.alignment = o->alignment;
    nomen_layer_rates_set(o, &r->model->table);
    /* Labelled files say what a word is; texts with spans were cut here. */
    nomen_word_unit unit = r->corpus.files[0].unit;
    r->model->settings.words = unit == NOMEN_WORDS_AUTO ? NOMEN_WORDS_WHITESPACE : unit;
    return NOMEN_OK;
}

/* Counts the words of the training part that have each label, and reports them. *counts is freed by the caller. */
static nomen_status count_labels(const nomen_training *r, size_t **counts, nomen_error *err) {
    const nomen_corpus_part *part = &r->corpus.train;
    const nomen_labels *labels = &r->model->labels;
    int32_t *map = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(*counts, labels->n, err));
    if (nomen_data_cache_is_there(&r->corpus.cache)) {
        NOMEN_TRY(nomen_data_cache_take_counts(&r->corpus.cache, labels->n, *counts, err));
    } else {
        NOMEN_TRY(nomen_labels_map(labels, part->dataset, &map, err));
        nomen_labels_count(labels, part->dataset, map, part->sentences, part->n, *counts);
    }
    if (r->callbacks.labels != NULL) { r->callbacks.labels(r->user, (const char *const *)labels->names, *counts, labels->n); }
done:
    nomen_mem_free(map);
    return status;
}

/* Whether the dev part can be evaluated as the options want it, as far as only the files tell. */
static nomen_status prepare_evaluation(nomen_training *r, nomen_error *err) {
    const bool has_dev = r->corpus.dev.dataset != NULL;
    nomen_status status = nomen_train_check_evaluation(r->options, has_dev, err);
    if (status != NOMEN_OK || !has_dev) { return status; }
    return nomen_metric_find(r->options->best_metric, &r->corpus.dev, &r->metric, err);
}

/* Fifty entries draw the course of a run. In a long one who watches it waits for the next, so there they come more often. */
static size_t usual_interval(size_t n_steps) {
    const size_t interval = n_steps / 50;
    return interval < 1 ? 1 : interval > 100 ? 100 : interval;
}

nomen_status nomen_training_load(nomen_training *r, nomen_error *err) {
    size_t *counts = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_corpus_read(r->options, &r->corpus, err));
    NOMEN_TRY(prepare_evaluation(r, err));
    NOMEN_TRY(load_model(r, err));
    NOMEN_TRY(count_labels(r, &counts, err));
    NOMEN_TRY(nomen_trainer_create(r->options, &r->corpus, r->model, counts, &r->spread, &r->trainer, err));
    if (r->options->logging_steps == SIZE_MAX) { r->options->logging_steps = usual_interval(r->trainer.n_steps); }
    status = nomen_corpus_store(&r->corpus, r->options, &r->trainer.examples, &r->model->labels, counts, err);
done:
    /* Others on this machine may wait for its lock, and this process next for them. */
    if (status != NOMEN_OK) { nomen_data_cache_release(&r->corpus.cache); }
    nomen_mem_free(counts);
    return status;
}

/* Room for what the run is to report. */
static nomen_status make_room(nomen_training *r, nomen_error *err) {
    size_t most = nomen_trainer_most_evaluations(&r->trainer), most_top = r->options->save_top_k;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(r->result.epochs, r->options->epochs, err));
    NOMEN_TRY(NOMEN_NEW(r->result.evaluations, most, err));
    status = NOMEN_NEW(r->result.top, most_top < most ? most_top : most, err);
done:
    return status;
}

/* Loads what is to be trained. With a cache the first process comes first: it makes the cache, and sees what is in the data. */
static nomen_status load(nomen_training *r, nomen_error *err) {
    nomen_error inner = {0};
    nomen_status status = NOMEN_OK;
    if (r->options->cache != NULL && r->spread.size > 1) {
        if (r->leads) { status = nomen_training_load(r, &inner); }
        NOMEN_TRY(nomen_spread_agree(&r->spread, status, &inner, err));
        if (r->leads) { goto done; }
    }
    status = nomen_training_load(r, err);
done:
    return status;
}

/* Where the run writes, and where it had come to. */
static nomen_status open_output(nomen_training *r, nomen_error *err) {
    const nomen_train_options *o = r->options;
    bool replace = o->overwrite || o->resume || nomen_run_directory_is_bare(o->output);
    nomen_status status = NOMEN_OK;
    if (r->leads) { NOMEN_TRY(nomen_staging_place(o->output, replace, &r->staging, err)); }
    if (o->resume || !o->overwrite) { r->staging.keeps = nomen_run_directory_is_foreign; }
    NOMEN_TRY(nomen_checkpoints_start(o, &r->trainer, &r->result, &r->staging, &r->checkpoints, err));
    if (r->leads) {
        NOMEN_TRY(nomen_staging_make(&r->staging, err));
        nomen_checkpoints_warn_of_room(&r->checkpoints);
        /* With the first weights that are kept it is a model that loads, whatever a disk does to the end of the run. */
        NOMEN_TRY(nomen_model_save_around(r->model, r->staging.temporary, NULL, err));
    }
    if (o->report != NULL) { r->trainer.review = &r->scored; }
    if (o->resume) { NOMEN_TRY(nomen_checkpoints_resume(&r->checkpoints, &r->result, err)); }
    if (r->result.has_dev) { nomen_review_move(&r->scored, &r->dev); }
    status = nomen_run_logs_open(o, nomen_training_history(r), r->trainer.state.step, &r->logs, err);
done:
    return status;
}

/* Patience that outlasts the run. A plateau is one of more evaluations than its patience without an improvement. */
static void warn_of_patience(const nomen_train_options *o, size_t n_evaluations) {
    nomen_schedule_kwargs kwargs;
    if (o->early_stopping_patience > 0 && o->early_stopping_patience + 1 >= n_evaluations) {
        nomen_log_warning("early-stopping-patience %zu: the run has %zu evaluations, so it never ends early",
                          o->early_stopping_patience, n_evaluations);
    }
    if (o->schedule == NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU && nomen_schedule_kwargs_read(o, &kwargs, NULL) == NOMEN_OK &&
        kwargs.patience + 2 >= n_evaluations) {
        nomen_log_warning("lr-scheduler-type reduce_lr_on_plateau: the rate falls after more than %zu evaluations without an "
                          "improvement (patience of lr-scheduler-kwargs), and the run has %zu, so it never does",
                          kwargs.patience, n_evaluations);
    }
}

/* What the length of the run makes of the options: intervals that end after it does, and the like. */
static void warn_of_length(const nomen_training *r) {
    const nomen_train_options *o = r->options;
    const size_t n_steps = r->trainer.n_steps;
    nomen_lr_schedule_warn(o, &r->trainer.schedule);
    if (o->eval_steps > n_steps) {
        nomen_log_warning("eval-steps %zu: the run ends with step %zu, so the dev part is evaluated at the epochs' ends alone",
                          o->eval_steps, n_steps);
    }
    if (o->save_steps > n_steps) {
        nomen_log_warning("save-steps %zu: the run ends with step %zu, so no checkpoint is saved by it", o->save_steps, n_steps);
    }
    if (r->corpus.dev.dataset != NULL) { warn_of_patience(o, nomen_trainer_most_evaluations(&r->trainer)); }
    /* The average goes back so many steps, and so to weights that have learnt nothing. */
    if (o->ema_decay > 0 && (1 - o->ema_decay) * (double)n_steps < 1) {
        nomen_log_warning("ema-decay %g: averages over about %.0f steps, and the run has %zu: what is kept stays near the start; "
                          "give at most %.4g",
                          o->ema_decay, 1 / (1 - o->ema_decay), n_steps, n_steps >= 20 ? 1 - 10 / (double)n_steps : 0.5);
    }
}

static nomen_status prepare(nomen_training *r, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(load(r, err));
    warn_of_length(r);
    NOMEN_TRY(make_room(r, err));
    NOMEN_TRY(open_output(r, err));
    r->result.steps_per_epoch = r->trainer.steps_per_epoch;
    r->result.n_sentences[0] = r->corpus.train.n;
    r->result.n_sentences[1] = r->corpus.dev.n;
    r->result.n_sentences[2] = r->corpus.test.n;
done:
    return status;
}

nomen_status nomen_training_prepare(nomen_training *r, nomen_error *err) {
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
