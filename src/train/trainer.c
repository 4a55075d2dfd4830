/* Steps, the log of steps, scores, and the weights that are kept. */
#include "train/trainer.h"

#include <math.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/spill.h"
#include "eval/evaluate.h"
#include "train/optim/class_weight.h"
#include "train/oversample.h"

/* Encodes the training part; for a cache, into files of its directory. */
static nomen_status encode(nomen_trainer *t, nomen_error *err) {
    const nomen_corpus_part *part = &t->corpus->train;
    nomen_spill spill = {0};
    int32_t *map = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_labels_map(&t->model->labels, part->dataset, &map, err));
    if (t->options->cache != NULL) { nomen_spill_enter(&spill, t->options->cache); }
    status = nomen_examples_add_dataset(&t->examples, t->model, part->dataset, part->sentences, part->n, map, err);
done:
    status = nomen_spill_leave(&spill, status, err);
    nomen_mem_free(map);
    return status;
}

/* The training part, encoded now or before. */
static nomen_status make_examples(nomen_trainer *t, nomen_error *err) {
    const nomen_data_cache *cache = &t->corpus->cache;
    nomen_examples *e = &t->examples;
    size_t n_long = 0;
    nomen_status status;
    if (nomen_data_cache_is_there(cache)) {
        NOMEN_TRY(nomen_data_cache_take_examples(cache, &t->model->labels, e, err));
        n_long = cache->sizes.windowed;
    } else {
        NOMEN_TRY(encode(t, err));
        for (size_t i = 0; i < e->n; i++) { n_long += e->window_start[i + 1] - e->window_start[i] > 1; }
    }
    if (n_long > 0) {
        nomen_log_info("%zu of %zu sentences are longer than %zu subword tokens: they are read in windows, nothing is cut off",
                       n_long, e->n, t->model->settings.max_length);
    }
done:
    return status;
}

/* The entries of an epoch. What repeats sentences reads all of their tags before any step looks at them. */
static nomen_status make_entries(nomen_trainer *t, nomen_error *err) {
    const nomen_train_options *o = t->options;
    const nomen_corpus_part *part = &t->corpus->train;
    const nomen_data_cache *cache = &t->corpus->cache;
    nomen_status status = NOMEN_OK;
    t->n_entries = t->examples.n;
    if (o->oversample_threshold <= 0) { return NOMEN_OK; }
    if (nomen_data_cache_is_there(cache)) {
        NOMEN_TRY(nomen_data_cache_check_sentences(cache, part->dataset, part->sentences, part->n, err));
    }
    status = nomen_oversample(part, o->oversample_threshold, o->seed, &t->entries, &t->n_entries, err);
done:
    return status;
}

/* No sentence of the epoch is scored yet. */
static nomen_status start_scores(nomen_trainer *t, nomen_error *err) {
    nomen_judge_clear(&t->judge);
    return nomen_judge_start(t->corpus->train.dataset, &(nomen_judge_options){.train = NULL}, &t->judge, err);
}

nomen_status nomen_trainer_create(const nomen_train_options *o, const nomen_corpus *corpus, nomen_model *model,
                                  const size_t *label_counts, nomen_spread *spread, nomen_trainer *t, nomen_error *err) {
    size_t per_step = o->batch_size * o->gradient_accumulation_steps;
    nomen_status status;
    *t = (nomen_trainer){.options = o, .corpus = corpus, .model = model, .spread = spread, .state = {.best_metric = NAN}};
    NOMEN_TRY(make_examples(t, err));
    NOMEN_TRY(nomen_class_weights(o->class_weight, o->class_weight_beta, &model->labels, label_counts, &t->class_weights, err));
    NOMEN_TRY(make_entries(t, err));
    NOMEN_TRY(nomen_stepper_create(o, model, &t->examples, t->n_entries, t->class_weights, spread, &t->stepper, err));
    NOMEN_TRY(nomen_predictor_create(model, 0, &t->predictor, err));
    NOMEN_TRY(nomen_optimizer_create(o, &model->table, &t->optimizer, err));
    NOMEN_TRY(nomen_ema_create(o, &model->table, &t->ema, err));
    NOMEN_TRY(NOMEN_NEW(t->order, t->n_entries, err));
    NOMEN_TRY(start_scores(t, err));
    t->steps_per_epoch = (t->n_entries + per_step - 1) / per_step;
    t->n_steps = t->steps_per_epoch * o->epochs;
    NOMEN_TRY(nomen_lr_schedule_create(o, t->n_steps, &t->schedule, &t->state.plateau, err));
    if (o->schedule == NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU && corpus->dev.dataset == NULL) {
        NOMEN_FAIL(nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_HYPERPARAMETER,
                                          "lr-scheduler-type: reduce_lr_on_plateau looks at the scores of a dev part, and the "
                                          "data leaves no sentence for one; give a dev file or more data"));
    }
    nomen_diagnosis_start(o, model->labels.n, model->config.hidden_size, &t->diagnosis);
    NOMEN_TRY(nomen_diagnosis_data(&t->diagnosis, corpus, &model->labels, label_counts, &t->examples, err));
done:
    return status;
}

void nomen_trainer_clear(nomen_trainer *t) {
    nomen_optimizer_clear(&t->optimizer);
    nomen_predictor_clear(&t->predictor);
    nomen_stepper_clear(&t->stepper);
    nomen_mem_free(t->class_weights);
    nomen_ema_clear(&t->ema);
    nomen_mem_free(t->entries);
    nomen_mem_free(t->order);
    nomen_judge_clear(&t->judge);
    nomen_mem_free(t->word_labels);
    nomen_mem_free(t->word_tags);
    nomen_mem_free(t->state.log);
    nomen_examples_clear(&t->examples);
    nomen_diagnosis_clear(&t->diagnosis);
    *t = (nomen_trainer){0};
}

bool nomen_trainer_epoch_is_done(const nomen_trainer *t) {
    return t->state.position >= t->n_entries;
}

size_t nomen_trainer_most_evaluations(const nomen_trainer *t) {
    if (t->corpus->dev.dataset == NULL) { return 0; }
    return t->options->epochs + (t->options->eval_steps > 0 ? t->n_steps / t->options->eval_steps : 0);
}

bool nomen_trainer_evaluation_is_due(const nomen_trainer *t) {
    const nomen_train_state *s = &t->state;
    size_t every = t->options->eval_steps;
    return every > 0 && s->step > 0 && s->step % every == 0 && s->evaluated_step != s->step && !nomen_trainer_epoch_is_done(t);
}

bool nomen_trainer_has_stalled(const nomen_trainer *t) {
    return t->options->early_stopping_patience > 0 && t->state.n_waiting >= t->options->early_stopping_patience;
}

double nomen_trainer_loss(const nomen_trainer *t) {
    return t->state.epoch_weight > 0 ? t->state.epoch_loss / t->state.epoch_weight : 0;
}

/* The order of the sentences in this epoch, from the seed and the epoch alone. */
static void make_order(nomen_trainer *t) {
    for (size_t i = 0; i < t->n_entries; i++) { t->order[i] = i; }
    if (t->options->shuffle) {
        nomen_rng rng;
        nomen_rng_start(&rng, t->options->seed, NOMEN_RNG_SHUFFLE, (uint32_t)(t->state.epoch + 1));
        nomen_rng_permutation(&rng, t->n_entries, t->order);
    }
    for (size_t i = 0; t->entries != NULL && i < t->n_entries; i++) { t->order[i] = t->entries[t->order[i]]; }
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

/* Scores the labels that the step's passes gave: the largest logits, dropout on, whatever the decoding. */
static nomen_status score_step(nomen_trainer *t, const size_t *texts, size_t n_texts, nomen_error *err) {
    const nomen_corpus_part *part = &t->corpus->train;
    const nomen_labels *labels = &t->model->labels;
    const int32_t *predicted = t->stepper.predicted;
    int32_t other = nomen_labels_find(labels, "O", 1);
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n_texts; i++) {
        size_t sentence = nomen_corpus_sentence(part, texts[i]), n_words = part->dataset->sentences[sentence].n_words;
        NOMEN_TRY(NOMEN_RESERVE(t->word_labels, t->word_labels_capacity, n_words, err));
        NOMEN_TRY(NOMEN_RESERVE(t->word_tags, t->word_tags_capacity, n_words, err));
        nomen_word_labels(&t->examples, texts[i], predicted, other < 0 ? 0 : other, n_words, t->word_labels);
        for (size_t w = 0; w < n_words; w++) { t->word_tags[w] = labels->names[t->word_labels[w]]; }
        NOMEN_TRY(nomen_judge_add(&t->judge, sentence, t->word_tags, NULL, err));
        predicted += nomen_examples_n_pieces(&t->examples, texts[i]);
    }
done:
    return status;
}

/* That nothing of a cache points outside of what there is, in what a step reads. */
static nomen_status check_cached(const nomen_trainer *t, const size_t *texts, size_t n_texts, nomen_error *err) {
    const nomen_corpus *c = t->corpus;
    const nomen_cache_limits limits = {.n_labels = t->model->labels.n,
                                       .n_ids = t->model->config.vocab_size,
                                       .window = nomen_model_window_limit(t->model),
                                       .dataset = c->train.dataset,
                                       .sentences = c->train.sentences};
    if (!nomen_data_cache_is_there(&c->cache)) { return NOMEN_OK; }
    return nomen_data_cache_check(&c->cache, &t->examples, &limits, texts, n_texts, err);
}

nomen_status nomen_trainer_step(nomen_trainer *t, nomen_error *err) {
    const nomen_train_options *o = t->options;
    nomen_train_state *s = &t->state;
    size_t per_step = o->batch_size * o->gradient_accumulation_steps, left = t->n_entries - s->position;
    if (s->position == 0) {
        make_order(t);
        s->epoch_start = s->seconds;
    }
    double started = nomen_clock_now();
    size_t count = left < per_step ? left : per_step;
    nomen_step_result step = {0};
    nomen_status status;
    NOMEN_TRY(check_cached(t, t->order + s->position, count, err));
    status = nomen_stepper_run(&t->stepper, t->order + s->position, count, (uint32_t)s->step, &step, err);
    if (status != NOMEN_OK) {
        nomen_word_marks_undo(&t->stepper.words, t->stepper.gradients);
        return status;
    }
    /* From here to its end the step is not stopped: half an update would be in no state that can be kept. */
    double rate = t->fixed_rate > 0 ? t->fixed_rate : nomen_lr_schedule_rate(&t->schedule, &s->plateau, s->step);
    t->last_rate = rate;
    double norm = nomen_optimizer_step(&t->optimizer, t->model->values, t->stepper.gradients, &t->stepper.words.rows, rate);
    nomen_ema_update(&t->ema, t->model->values, s->step + 1);
    s->seconds += nomen_clock_now() - started;
    s->step++;
    s->position += count;
    s->n_tokens += step.n_tokens;
    s->n_sentences += count;
    s->epoch_loss += step.loss_sum;
    s->epoch_weight += step.weight;
    const nomen_diagnosis_step seen = {s->step, step.loss_sum, step.weight, norm};
    NOMEN_TRY(nomen_diagnosis_add_step(&t->diagnosis, &seen, err));
    NOMEN_TRY(score_step(t, t->order + s->position - count, count, err));
    NOMEN_TRY(log_step(t, &step, rate, norm, err));
done:
    return status;
}

/* The weights are looked at when they are scored, as nothing else looks at the last step's gradient. */
static nomen_status check_weights(nomen_trainer *t, nomen_error *err) {
    double sum = nomen_op_square_sum(t->model->values, t->model->table.n_elements);
    return nomen_diagnosis_finite(&t->diagnosis, isfinite(sum), t->state.step, "weights are no longer finite numbers", err);
}

nomen_status nomen_trainer_score(nomen_trainer *t, const nomen_corpus_part *part, nomen_report *out, nomen_error *err) {
    if (t->review != NULL) { return nomen_review_part(&t->predictor, part, t->review, out, err); }
    return nomen_evaluate(&t->predictor, part->dataset, part->sentences, part->n, out, err);
}

/* Scores the dev part with the weights that would be kept. */
static nomen_status score_dev(nomen_trainer *t, nomen_report *out, nomen_error *err) {
    nomen_ema_exchange(&t->ema, t->model);
    nomen_status status = nomen_trainer_score(t, &t->corpus->dev, out, err);
    nomen_ema_exchange(&t->ema, t->model);
    return status;
}

nomen_status nomen_trainer_evaluate(nomen_trainer *t, nomen_train_evaluation *e, nomen_report *dev, nomen_error *err) {
    const nomen_train_state *s = &t->state;
    nomen_error problem = {0};
    nomen_status status;
    NOMEN_TRY(check_weights(t, err)); /* these are the same everywhere, and so is what is found */
    const nomen_status own = score_dev(t, dev, &problem);
    NOMEN_TRY(nomen_spread_agree(t->spread, own, &problem, err));
    *e = (nomen_train_evaluation){
        .step = s->step,
        .epoch = (double)s->step / (double)t->steps_per_epoch,
        .dev_loss = dev->loss,
        .dev_accuracy = dev->sentence_accuracy,
        .dev_token_accuracy = dev->accuracy,
        .dev_precision = dev->micro.precision,
        .dev_recall = dev->micro.recall,
        .dev_f1 = dev->micro.f1,
    };
done:
    return status;
}

nomen_status nomen_trainer_score_epoch(nomen_trainer *t, nomen_train_epoch *e, nomen_report *train, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (t->corpus->dev.dataset == NULL) { NOMEN_TRY(check_weights(t, err)); } /* else the evaluation that follows looks */
    NOMEN_TRY(nomen_scorer_report(t->judge.scorer, train, err));
    *e = (nomen_train_epoch){
        .epoch = t->state.epoch + 1,
        .loss = nomen_trainer_loss(t),
        .accuracy = train->sentence_accuracy,
        .token_accuracy = train->accuracy,
        .f1 = train->micro.f1,
        .dev_loss = NAN,
        .dev_accuracy = NAN,
        .dev_token_accuracy = NAN,
        .dev_precision = NAN,
        .dev_recall = NAN,
        .dev_f1 = NAN,
    };
done:
    return status;
}

nomen_status nomen_trainer_end_epoch(nomen_trainer *t, nomen_error *err) {
    nomen_train_state *s = &t->state;
    s->epoch++;
    s->position = 0;
    s->epoch_loss = s->epoch_weight = 0;
    return start_scores(t, err);
}

nomen_status nomen_trainer_save(nomen_trainer *t, const char *directory, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (nomen_spread_leads(t->spread)) {
        nomen_ema_exchange(&t->ema, t->model);
        status = nomen_model_save_weights(t->model, directory, err);
        nomen_ema_exchange(&t->ema, t->model);
    }
    if (status != NOMEN_OK) { return status; }
    t->state.best_step = t->state.step;
    t->state.best_epoch = t->state.epoch + 1;
    return NOMEN_OK;
}

nomen_status nomen_trainer_restore(nomen_trainer *t, const char *directory, nomen_error *err) {
    return nomen_model_restore_weights(t->model, directory, err);
}
