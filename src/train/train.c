/* The run: read, encode, train epoch by epoch, keep the best, score, write. */
#include "nomen/train.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "eval/evaluate.h"
#include "train/class_weight.h"
#include "train/corpus.h"
#include "train/optimizer.h"
#include "train/options.h"
#include "train/record.h"
#include "train/schedule.h"
#include "train/step.h"

typedef struct training {
    const nomen_train_options *options;
    nomen_train_callbacks callbacks;
    void *user;
    nomen_corpus corpus;
    nomen_model *model;
    nomen_examples examples;
    nomen_real *class_weights;
    nomen_stepper stepper;
    nomen_predictor predictor;
    nomen_optimizer_state optimizer;
    nomen_staging staging;
    size_t *order;            /* of sentences in an epoch */
    size_t steps_per_epoch, step; /* step: done in the whole run */
    size_t saved_epoch;       /* whose weights the staging directory holds; 0 for none */
    double best_f1;
    double seconds;           /* in steps, over the whole run */
    size_t n_tokens, n_sentences;
    bool interrupted;
    nomen_log_entry *log;
    size_t n_log, log_capacity;
    double log_loss, log_weight; /* since the last entry */
    nomen_train_result result;
} training;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Loads the model with the data's labels and fixes how it is to be used. */
static nomen_status load_model(training *r, nomen_error *err) {
    const nomen_train_options *o = r->options;
    nomen_model_options options = {
        .tokenizer = o->tokenizer,
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

static nomen_status tell_labels(training *r, size_t **counts, nomen_error *err) {
    const nomen_corpus_part *part = &r->corpus.train;
    int32_t *map = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_labels_map(&r->model->labels, part->dataset, &map, err));
    NOMEN_TRY(NOMEN_NEW(*counts, r->model->labels.n, err));
    nomen_labels_count(&r->model->labels, part->dataset, map, part->sentences, part->n, *counts);
    if (r->callbacks.labels != NULL) {
        r->callbacks.labels(r->user, (const char *const *)r->model->labels.names, *counts, r->model->labels.n);
    }
    NOMEN_TRY(nomen_examples_add_dataset(&r->examples, r->model, part->dataset, part->sentences, part->n, map, err));
    size_t n_long = 0;
    for (size_t i = 0; i < r->examples.n; i++) {
        n_long += r->examples.window_start[i + 1] - r->examples.window_start[i] > 1;
    }
    if (n_long > 0) {
        nomen_log_info("%zu of %zu sentences are longer than %zu pieces: they are read in windows, nothing is cut off",
                       n_long, r->examples.n, r->model->settings.max_length);
    }
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
    NOMEN_TRY(nomen_train_check(o, err));
    NOMEN_TRY(nomen_corpus_read(o, &r->corpus, err));
    NOMEN_TRY(load_model(r, err));
    NOMEN_TRY(report_unknown(r, &r->corpus.dev, "the dev part", err));
    NOMEN_TRY(report_unknown(r, &r->corpus.test, "the test part", err));
    NOMEN_TRY(tell_labels(r, &counts, err));
    NOMEN_TRY(nomen_class_weights(o->class_weight, &r->model->labels, counts, &r->class_weights, err));
    NOMEN_TRY(nomen_stepper_create(o, r->model, &r->examples, r->class_weights, &r->stepper, err));
    NOMEN_TRY(nomen_predictor_create(r->model, 0, &r->predictor, err));
    NOMEN_TRY(nomen_optimizer_create(o, &r->model->table, &r->optimizer, err));
    NOMEN_TRY(NOMEN_NEW(r->order, r->examples.n, err));
    NOMEN_TRY(NOMEN_NEW(r->result.epochs, o->epochs, err));
    NOMEN_TRY(nomen_staging_begin(o->output, o->overwrite, &r->staging, err));
    size_t per_step = o->batch_size * o->gradient_accumulation_steps;
    r->steps_per_epoch = (r->examples.n + per_step - 1) / per_step;
    r->result.steps_per_epoch = r->steps_per_epoch;
    r->result.n_sentences[0] = r->corpus.train.n;
    r->result.n_sentences[1] = r->corpus.dev.n;
    r->result.n_sentences[2] = r->corpus.test.n;
    r->best_f1 = -1;
done:
    nomen_mem_free(counts);
    return status;
}

static void tell_progress(const training *r, size_t epoch, size_t step, double loss) {
    if (r->callbacks.progress == NULL) { return; }
    size_t left = r->steps_per_epoch * r->options->epochs - r->step;
    nomen_train_progress progress = {
        .epoch = epoch,
        .n_epochs = r->options->epochs,
        .step = step,
        .n_steps = r->steps_per_epoch,
        .loss = loss,
        .tokens_per_second = r->seconds > 0 ? (double)r->n_tokens / r->seconds : 0,
        .seconds_left = r->step > 0 ? r->seconds / (double)r->step * (double)left : 0,
    };
    r->callbacks.progress(r->user, &progress);
}

/* Adds a step to the log; an entry is made every so many steps, and at the last. */
static nomen_status log_step(training *r, const nomen_step_result *step, double rate, double norm, nomen_error *err) {
    r->log_loss += step->loss_sum;
    r->log_weight += step->weight;
    size_t last = r->steps_per_epoch * r->options->epochs;
    if (r->step % r->options->logging_steps != 0 && r->step != last) { return NOMEN_OK; }
    nomen_status status = NOMEN_RESERVE(r->log, r->log_capacity, r->n_log + 1, err);
    if (status != NOMEN_OK) { return status; }
    r->log[r->n_log++] = (nomen_log_entry){
        .step = r->step,
        .epoch = (double)r->step / (double)r->steps_per_epoch,
        .loss = r->log_weight > 0 ? r->log_loss / r->log_weight : 0,
        .learning_rate = rate,
        .grad_norm = norm,
    };
    r->log_loss = r->log_weight = 0;
    return NOMEN_OK;
}

/* Numbers that have left the range of floats never come back: better to say so than to save them. */
static nomen_status check_step(const training *r, const nomen_step_result *step, double norm, nomen_error *err) {
    if (isfinite(step->loss_sum) && isfinite(norm)) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_DATA,
                           "step %zu: the %s is no longer a finite number, so training has diverged; lower "
                           "--learning-rate (%g), or limit --max-grad-norm (%g)",
                           r->step, isfinite(step->loss_sum) ? "gradient" : "loss", r->options->learning_rate,
                           r->options->max_grad_norm);
}

/* The steps of an epoch; leaves the mean loss in *loss. Stops early where the caller asks to. */
static nomen_status train_epoch(training *r, size_t epoch, double *loss, nomen_error *err) {
    const nomen_train_options *o = r->options;
    size_t n = r->examples.n, per_step = o->batch_size * o->gradient_accumulation_steps;
    double loss_sum = 0, weight = 0;
    for (size_t i = 0; i < n; i++) { r->order[i] = i; }
    if (o->shuffle) {
        nomen_rng rng;
        nomen_rng_start(&rng, o->seed, NOMEN_RNG_SHUFFLE, (uint32_t)epoch);
        nomen_rng_permutation(&rng, n, r->order);
    }
    for (size_t first = 0; first < n; first += per_step) {
        if (nomen_interrupted()) {
            r->interrupted = true;
            break;
        }
        double started = now();
        size_t count = n - first < per_step ? n - first : per_step;
        nomen_step_result step = nomen_stepper_run(&r->stepper, r->order + first, count, (uint32_t)r->step);
        double rate = nomen_schedule_rate(o, r->step, r->steps_per_epoch * o->epochs);
        double norm = nomen_optimizer_step(&r->optimizer, r->model->values, r->stepper.gradients, &r->stepper.words.rows, rate);
        r->seconds += now() - started;
        r->step++;
        r->n_tokens += step.n_tokens;
        r->n_sentences += count;
        loss_sum += step.loss_sum;
        weight += step.weight;
        nomen_status status = check_step(r, &step, norm, err);
        if (status == NOMEN_OK) { status = log_step(r, &step, rate, norm, err); }
        if (status != NOMEN_OK) { return status; }
        tell_progress(r, epoch, first / per_step + 1, weight > 0 ? loss_sum / weight : 0);
    }
    *loss = weight > 0 ? loss_sum / weight : 0;
    return NOMEN_OK;
}

/* Scores the labels that the training passes gave: the largest logits, dropout on, whatever the decoding. */
static nomen_status score_training(training *r, nomen_report *out, nomen_error *err) {
    const nomen_corpus_part *part = &r->corpus.train;
    const nomen_labels *labels = &r->model->labels;
    nomen_scorer *scorer = NULL;
    nomen_tag_names names = {0};
    int32_t *predicted = NULL;
    size_t capacity = 0;
    int32_t other = nomen_labels_find(labels, "O", 1);
    nomen_status status;
    NOMEN_TRY(nomen_scorer_create(NULL, &scorer, err));
    for (size_t i = 0; i < part->n; i++) {
        size_t sentence = nomen_corpus_sentence(part, i), n_words = part->dataset->sentences[sentence].n_words;
        NOMEN_TRY(NOMEN_RESERVE(predicted, capacity, n_words, err));
        nomen_word_labels(&r->examples, i, r->stepper.predicted, other < 0 ? 0 : other, n_words, predicted);
        NOMEN_TRY(nomen_score_sentence(scorer, part->dataset, sentence, labels, predicted, &names, err));
    }
    NOMEN_TRY(nomen_scorer_report(scorer, out, err));
done:
    nomen_scorer_free(scorer);
    nomen_tag_names_clear(&names);
    nomen_mem_free(predicted);
    return status;
}

/* The same of the weights, after an epoch's last step, whose gradient nothing else looks at. */
static nomen_status check_weights(const training *r, nomen_error *err) {
    if (isfinite(nomen_op_square_sum(r->model->values, r->model->table.n_elements))) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_DATA,
                           "step %zu: the weights are no longer finite numbers, so training has diverged; lower "
                           "--learning-rate (%g), or limit --max-grad-norm (%g)",
                           r->step, r->options->learning_rate, r->options->max_grad_norm);
}

static nomen_status evaluate_part(training *r, const nomen_corpus_part *part, nomen_report *out, nomen_error *err) {
    return nomen_evaluate(&r->predictor, part->dataset, part->sentences, part->n, out, err);
}

/* Scores a finished epoch, and keeps its weights where it is the best. */
static nomen_status finish_epoch(training *r, nomen_train_epoch *e, nomen_error *err) {
    nomen_report train = {0}, dev = {0};
    nomen_status status;
    NOMEN_TRY(check_weights(r, err));
    NOMEN_TRY(score_training(r, &train, err));
    e->accuracy = train.sentence_accuracy;
    e->token_accuracy = train.accuracy;
    e->f1 = train.micro.f1;
    e->dev_loss = e->dev_accuracy = e->dev_token_accuracy = e->dev_precision = e->dev_recall = e->dev_f1 = NAN;
    bool has_dev = r->corpus.dev.dataset != NULL;
    if (has_dev) {
        NOMEN_TRY(evaluate_part(r, &r->corpus.dev, &dev, err));
        e->dev_loss = dev.loss;
        e->dev_accuracy = dev.sentence_accuracy;
        e->dev_token_accuracy = dev.accuracy;
        e->dev_precision = dev.micro.precision;
        e->dev_recall = dev.micro.recall;
        e->dev_f1 = dev.micro.f1;
    }
    e->best = !has_dev || !r->options->keep_best || dev.micro.f1 > r->best_f1;
    if (e->best) {
        NOMEN_TRY(nomen_model_save_weights(r->model, r->staging.temporary, err));
        r->saved_epoch = r->result.best_epoch = e->epoch;
        if (has_dev) {
            r->best_f1 = dev.micro.f1;
            nomen_report_clear(&r->result.dev);
            r->result.dev = dev;
            r->result.has_dev = true;
            dev = (nomen_report){0};
        }
    }
done:
    nomen_report_clear(&train);
    nomen_report_clear(&dev);
    return status;
}

static nomen_status train_all(training *r, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < r->options->epochs && !r->interrupted; i++) {
        nomen_train_epoch e = {.epoch = i + 1};
        double before = r->seconds;
        NOMEN_TRY(train_epoch(r, i + 1, &e.loss, err));
        if (r->interrupted) { break; }
        e.seconds = r->seconds - before;
        status = finish_epoch(r, &e, err);
        if (status == NOMEN_ERROR_INTERRUPTED) {
            r->interrupted = true;
            if (err != NULL) { *err = (nomen_error){0}; }
            break;
        }
        NOMEN_TRY(status);
        r->result.epochs[r->result.n_epochs++] = e;
        if (r->callbacks.epoch != NULL) { r->callbacks.epoch(r->user, &e); }
    }
    r->result.steps = r->step;
    r->result.tokens_per_second = r->seconds > 0 ? (double)r->n_tokens / r->seconds : 0;
    r->result.sentences_per_second = r->seconds > 0 ? (double)r->n_sentences / r->seconds : 0;
    status = NOMEN_OK;
done:
    return status;
}

/* Puts the kept epoch's weights back, scores the test part, and writes the rest of the directory. */
static nomen_status finish(training *r, nomen_error *err) {
    json_t *record = NULL;
    nomen_status status = NOMEN_OK;
    if (r->interrupted && r->saved_epoch == 0) {
        NOMEN_TRY(nomen_error_set(err, NOMEN_ERROR_INTERRUPTED,
                                  "interrupted before the first epoch was finished: nothing is written"));
    }
    if (r->saved_epoch != r->options->epochs) {
        NOMEN_TRY(nomen_model_restore_weights(r->model, r->staging.temporary, err));
    }
    if (r->corpus.test.dataset != NULL && !r->interrupted) {
        nomen_error inner = {0};
        status = evaluate_part(r, &r->corpus.test, &r->result.test, &inner);
        r->interrupted = status == NOMEN_ERROR_INTERRUPTED; /* the weights are there: only the scores are missed */
        r->result.has_test = status == NOMEN_OK;
        if (status != NOMEN_OK && !r->interrupted) { NOMEN_TRY(nomen_error_set(err, status, "%s", inner.message)); }
    }
    NOMEN_TRY(nomen_run_record(r->options, &r->result, &record, err));
    NOMEN_TRY(nomen_model_save(r->model, r->staging.temporary, record, err));
    NOMEN_TRY(nomen_trainer_state_write(r->staging.temporary, r->options, &r->result, r->log, r->n_log, err));
    NOMEN_TRY(nomen_card_write(r->staging.temporary, r->model, r->options, &r->result, err));
    NOMEN_TRY(nomen_staging_commit(&r->staging, err));
    if (r->interrupted) {
        NOMEN_TRY(nomen_error_set(err, NOMEN_ERROR_INTERRUPTED,
                                  "interrupted: the best finished epoch, %zu of %zu, is in %s", r->saved_epoch,
                                  r->options->epochs, r->options->output));
    }
done:
    json_decref(record);
    return status;
}

nomen_status nomen_train(const nomen_train_options *options, const nomen_train_callbacks *callbacks, void *user,
                         nomen_train_result *result, nomen_error *err) {
    training r = {.options = options, .user = user};
    if (callbacks != NULL) { r.callbacks = *callbacks; }
    nomen_status status;
    NOMEN_TRY(prepare(&r, err));
    NOMEN_TRY(train_all(&r, err));
    NOMEN_TRY(finish(&r, err));
done:
    nomen_staging_abandon(&r.staging);
    nomen_optimizer_clear(&r.optimizer);
    nomen_predictor_clear(&r.predictor);
    nomen_stepper_clear(&r.stepper);
    nomen_mem_free(r.class_weights);
    nomen_mem_free(r.order);
    nomen_mem_free(r.log);
    nomen_examples_clear(&r.examples);
    nomen_model_free(r.model);
    nomen_corpus_clear(&r.corpus);
    if (status == NOMEN_OK || status == NOMEN_ERROR_INTERRUPTED) {
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
