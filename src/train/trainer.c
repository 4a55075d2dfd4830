/* Steps, the log of steps, scores of epochs, and the weights that are kept. */
#include "train/trainer.h"

#include <math.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "eval/evaluate.h"
#include "train/optim/class_weight.h"
#include "train/optim/schedule.h"

/* Encodes the training part. */
static nomen_status make_examples(nomen_trainer *t, nomen_error *err) {
    const nomen_corpus_part *part = &t->corpus->train;
    nomen_examples *e = &t->examples;
    int32_t *map = NULL;
    size_t n_long = 0;
    nomen_status status;
    NOMEN_TRY(nomen_labels_map(&t->model->labels, part->dataset, &map, err));
    NOMEN_TRY(nomen_examples_add_dataset(e, t->model, part->dataset, part->sentences, part->n, map, err));
    for (size_t i = 0; i < e->n; i++) { n_long += e->window_start[i + 1] - e->window_start[i] > 1; }
    if (n_long > 0) {
        nomen_log_info("%zu of %zu sentences are longer than %zu subword tokens: they are read in windows, nothing is cut off",
                       n_long, e->n, t->model->settings.max_length);
    }
done:
    nomen_mem_free(map);
    return status;
}

nomen_status nomen_trainer_create(const nomen_train_options *o, const nomen_corpus *corpus, nomen_model *model,
                                  const size_t *label_counts, nomen_spread *spread, nomen_trainer *t, nomen_error *err) {
    size_t per_step = o->batch_size * o->gradient_accumulation_steps;
    nomen_status status;
    *t = (nomen_trainer){.options = o, .corpus = corpus, .model = model, .spread = spread, .state = {.best_f1 = -1}};
    NOMEN_TRY(make_examples(t, err));
    NOMEN_TRY(nomen_class_weights(o->class_weight, &model->labels, label_counts, &t->class_weights, err));
    NOMEN_TRY(nomen_stepper_create(o, model, &t->examples, t->class_weights, spread, &t->stepper, err));
    NOMEN_TRY(nomen_predictor_create(model, 0, &t->predictor, err));
    NOMEN_TRY(nomen_optimizer_create(o, &model->table, &t->optimizer, err));
    NOMEN_TRY(NOMEN_NEW(t->order, t->examples.n, err));
    t->steps_per_epoch = (t->examples.n + per_step - 1) / per_step;
    t->n_steps = t->steps_per_epoch * o->epochs;
done:
    return status;
}

void nomen_trainer_clear(nomen_trainer *t) {
    nomen_optimizer_clear(&t->optimizer);
    nomen_predictor_clear(&t->predictor);
    nomen_stepper_clear(&t->stepper);
    nomen_mem_free(t->class_weights);
    nomen_mem_free(t->order);
    nomen_mem_free(t->state.log);
    nomen_examples_clear(&t->examples);
    *t = (nomen_trainer){0};
}

bool nomen_trainer_epoch_is_done(const nomen_trainer *t) {
    return t->state.position >= t->examples.n;
}

double nomen_trainer_loss(const nomen_trainer *t) {
    return t->state.epoch_weight > 0 ? t->state.epoch_loss / t->state.epoch_weight : 0;
}

/* The order of the sentences in this epoch, from the seed and the epoch alone. */
static void make_order(nomen_trainer *t) {
    for (size_t i = 0; i < t->examples.n; i++) { t->order[i] = i; }
    if (!t->options->shuffle) { return; }
    nomen_rng rng;
    nomen_rng_start(&rng, t->options->seed, NOMEN_RNG_SHUFFLE, (uint32_t)(t->state.epoch + 1));
    nomen_rng_permutation(&rng, t->examples.n, t->order);
}

void nomen_trainer_continue(nomen_trainer *t) {
    if (t->state.position > 0) { make_order(t); }
}

/* Adds a step to the log; an entry is made every so many steps, and at the last. */
static nomen_status log_step(nomen_trainer *t, const nomen_step_result *step, double rate, double norm, nomen_error *err) {
    nomen_train_state *s = &t->state;
    s->log_loss += step->loss_sum;
    s->log_weight += step->weight;
    if (s->step % t->options->logging_steps != 0 && s->step != t->n_steps) { return NOMEN_OK; }
    nomen_status status = NOMEN_RESERVE(s->log, s->log_capacity, s->n_log + 1, err);
    if (status != NOMEN_OK) { return status; }
    s->log[s->n_log++] = (nomen_log_entry){
        .step = s->step,
        .epoch = (double)s->step / (double)t->steps_per_epoch,
        .loss = s->log_weight > 0 ? s->log_loss / s->log_weight : 0,
        .learning_rate = rate,
        .grad_norm = norm,
    };
    s->log_loss = s->log_weight = 0;
    return NOMEN_OK;
}

/* Numbers that have left the range of floats never come back: better to say so than to save them. All processes see it. */
static nomen_status check_finite(const nomen_trainer *t, bool finite, const char *what, nomen_error *err) {
    nomen_error problem = {0};
    if (finite) { return NOMEN_OK; }
    nomen_status status =
        nomen_error_set(&problem, NOMEN_ERROR_DATA,
                        "step %zu: the %s, so training has diverged; lower learning-rate (%g), or limit max-grad-norm (%g)",
                        t->state.step, what, t->options->learning_rate, t->options->max_grad_norm);
    return nomen_spread_agree(t->spread, status, &problem, err);
}

nomen_status nomen_trainer_step(nomen_trainer *t, nomen_error *err) {
    const nomen_train_options *o = t->options;
    nomen_train_state *s = &t->state;
    size_t per_step = o->batch_size * o->gradient_accumulation_steps, left = t->examples.n - s->position;
    if (s->position == 0) {
        make_order(t);
        s->epoch_start = s->seconds;
    }
    double started = nomen_clock_now();
    size_t count = left < per_step ? left : per_step;
    nomen_step_result step = {0};
    nomen_status status;
    status = nomen_stepper_run(&t->stepper, t->order + s->position, count, (uint32_t)s->step, &step, err);
    if (status != NOMEN_OK) {
        nomen_word_marks_undo(&t->stepper.words, t->stepper.gradients);
        return status;
    }
    /* From here to its end the step is not stopped: half an update would be in no state that can be kept. */
    double rate = nomen_schedule_rate(o, s->step, t->n_steps);
    double norm = nomen_optimizer_step(&t->optimizer, t->model->values, t->stepper.gradients, &t->stepper.words.rows, rate);
    s->seconds += nomen_clock_now() - started;
    s->step++;
    s->position += count;
    s->n_tokens += step.n_tokens;
    s->n_sentences += count;
    s->epoch_loss += step.loss_sum;
    s->epoch_weight += step.weight;
    NOMEN_TRY(check_finite(t, isfinite(step.loss_sum), "loss is no longer a finite number", err));
    NOMEN_TRY(check_finite(t, isfinite(norm), "gradient is no longer a finite number", err));
    NOMEN_TRY(log_step(t, &step, rate, norm, err));
done:
    return status;
}

/* Scores the labels that the training passes gave: the largest logits, dropout on, whatever the decoding. */
static nomen_status score_training(nomen_trainer *t, nomen_report *out, nomen_error *err) {
    const nomen_corpus_part *part = &t->corpus->train;
    const nomen_labels *labels = &t->model->labels;
    nomen_judge judge = {0};
    int32_t *predicted = NULL;
    const char **tags = NULL;
    size_t predicted_capacity = 0, tags_capacity = 0;
    int32_t other = nomen_labels_find(labels, "O", 1);
    nomen_status status;
    NOMEN_TRY(nomen_judge_start(part->dataset, &(nomen_judge_options){.train = NULL}, &judge, err));
    for (size_t i = 0; i < part->n; i++) {
        size_t sentence = nomen_corpus_sentence(part, i), n_words = part->dataset->sentences[sentence].n_words;
        NOMEN_TRY(NOMEN_RESERVE(predicted, predicted_capacity, n_words, err));
        NOMEN_TRY(NOMEN_RESERVE(tags, tags_capacity, n_words, err));
        nomen_word_labels(&t->examples, i, t->stepper.predicted, other < 0 ? 0 : other, n_words, predicted);
        for (size_t w = 0; w < n_words; w++) { tags[w] = labels->names[predicted[w]]; }
        NOMEN_TRY(nomen_judge_add(&judge, sentence, tags, NULL, err));
    }
    NOMEN_TRY(nomen_scorer_report(judge.scorer, out, err));
done:
    nomen_judge_clear(&judge);
    nomen_mem_free(tags);
    nomen_mem_free(predicted);
    return status;
}

nomen_status nomen_trainer_score(nomen_trainer *t, const nomen_corpus_part *part, nomen_report *out, nomen_error *err) {
    return nomen_evaluate(&t->predictor, part->dataset, part->sentences, part->n, out, err);
}

static nomen_status score_epoch(nomen_trainer *t, nomen_report *train, nomen_report *dev, nomen_error *err) {
    nomen_status status = score_training(t, train, err);
    if (status != NOMEN_OK || t->corpus->dev.dataset == NULL) { return status; }
    return nomen_trainer_score(t, &t->corpus->dev, dev, err);
}

nomen_status nomen_trainer_evaluate(nomen_trainer *t, nomen_train_epoch *e, nomen_report *dev, nomen_error *err) {
    nomen_train_state *s = &t->state;
    bool has_dev = t->corpus->dev.dataset != NULL;
    nomen_report train = {0};
    nomen_status status;
    /* The weights are looked at here, as nothing else looks at the last step's gradient. */
    double sum = nomen_op_square_sum(t->model->values, t->model->table.n_elements);
    NOMEN_TRY(check_finite(t, isfinite(sum), "weights are no longer finite numbers", err));
    nomen_error problem = {0};
    nomen_status scored = nomen_spread_leads(t->spread) ? score_epoch(t, &train, dev, &problem) : NOMEN_OK;
    NOMEN_TRY(nomen_spread_agree(t->spread, scored, &problem, err));
    *e = (nomen_train_epoch){
        .epoch = s->epoch + 1,
        .loss = nomen_trainer_loss(t),
        .accuracy = train.sentence_accuracy,
        .token_accuracy = train.accuracy,
        .f1 = train.micro.f1,
        .dev_loss = has_dev ? dev->loss : NAN,
        .dev_accuracy = has_dev ? dev->sentence_accuracy : NAN,
        .dev_token_accuracy = has_dev ? dev->accuracy : NAN,
        .dev_precision = has_dev ? dev->micro.precision : NAN,
        .dev_recall = has_dev ? dev->micro.recall : NAN,
        .dev_f1 = has_dev ? dev->micro.f1 : NAN,
        .best = nomen_spread_leads(t->spread) && (!has_dev || !t->options->keep_best || dev->micro.f1 > s->best_f1),
    };
    s->epoch++;
    s->position = 0;
    s->epoch_loss = s->epoch_weight = 0;
done:
    nomen_report_clear(&train);
    return status;
}

nomen_status nomen_trainer_save(nomen_trainer *t, const char *directory, const nomen_train_epoch *epoch, nomen_error *err) {
    nomen_status status = nomen_model_save_weights(t->model, directory, err);
    if (status != NOMEN_OK) { return status; }
    t->state.best_epoch = epoch->epoch;
    if (!isnan(epoch->dev_f1)) { t->state.best_f1 = epoch->dev_f1; }
    return NOMEN_OK;
}

nomen_status nomen_trainer_restore(nomen_trainer *t, const char *directory, nomen_error *err) {
    return nomen_model_restore_weights(t->model, directory, err);
}
