/*
 * A training in progress: a model, the examples, work memory, the optimiser, and how far it has come. train.c makes one
 * from the files of its options and drives it, step by step and epoch by epoch.
 */
#ifndef NOMEN_TRAIN_TRAINER_H
#define NOMEN_TRAIN_TRAINER_H

#include "eval/judge.h"
#include "train/corpus.h"
#include "train/diagnosis/diagnosis.h"
#include "train/optim/ema.h"
#include "train/optim/optimizer.h"
#include "train/optim/schedule.h"
#include "train/record/record.h"
#include "train/record/review.h"
#include "train/step.h"

/*
 * How far a training has come. With the weights, the optimiser's slots and the same options it is all that going on
 * needs: the order of an epoch's sentences depends on the seed and the epoch alone.
 */
typedef struct nomen_train_state {
    size_t step;                     /* optimiser steps done */
    size_t epoch;                    /* epochs done and scored */
    size_t position;                 /* entries of the epoch after those that are done, in its order */
    size_t evaluated_step;           /* after which the dev part was scored last; 0 for none */
    size_t best_step, best_epoch;    /* from 1: whose weights are kept, and the epoch that they are of; 0 for none */
    double best_metric;              /* of the dev part, at that step; NaN for none */
    size_t n_waiting;                /* evaluations in a row without improvement */
    double epoch_loss, epoch_weight; /* sums over the steps of this epoch; the loss is their quotient */
    double seconds;                  /* in steps */
    double epoch_start;              /* `seconds` before the first step of this epoch */
    size_t n_tokens, n_sentences;
    nomen_log_entry *log;
    size_t n_log, log_capacity;
    double log_loss, log_weight; /* since the last entry */
    nomen_plateau plateau;       /* of the schedule */
} nomen_train_state;

typedef struct nomen_trainer {
    const nomen_train_options *options;
    const nomen_corpus *corpus;
    nomen_model *model;
    nomen_examples examples; /* of the training part */
    nomen_real *class_weights;
    nomen_stepper stepper;
    nomen_predictor predictor;
    nomen_optimizer_state optimizer;
    nomen_lr_schedule schedule;
    nomen_ema ema;
    nomen_spread *spread; /* who trains: all score the same, process 0 keeps the weights */
    size_t *entries;      /* (n_entries) the examples of an epoch, some of them repeated; NULL: each once */
    size_t *order;        /* (n_entries) the same in this epoch's order */
    size_t n_entries, steps_per_epoch, n_steps;
    nomen_review *review;   /* borrowed: gets what there is to see of the part that is scored last; NULL: nothing is wanted */
    double last_rate;       /* of the step that was done last */
    double fixed_rate;      /* of the steps to come, in place of the schedule's; 0: the schedule's */
    nomen_judge judge;      /* scores the training passes of this epoch, step by step */
    int32_t *word_labels;   /* scratch: of a sentence, */
    const char **word_tags; /* and their names */
    size_t word_labels_capacity, word_tags_capacity;
    nomen_train_state state;
    nomen_diagnosis diagnosis;
} nomen_trainer;

/*
 * Encodes the training part and makes all work memory. The model is changed by training; it, the options and the corpus
 * are borrowed, as is `spread`. `label_counts` (K): the words of the training part that have each label. *out starts as {0},
 * and is to be cleared even on failure.
 */
nomen_status nomen_trainer_create(const nomen_train_options *options, const nomen_corpus *corpus, nomen_model *model,
                                  const size_t *label_counts, nomen_spread *spread, nomen_trainer *out, nomen_error *err);
void nomen_trainer_clear(nomen_trainer *trainer);

/* Whether this epoch's steps are all done. */
bool nomen_trainer_epoch_is_done(const nomen_trainer *trainer);

/* The next step. NOMEN_ERROR_DATA, and diagnosis.diverged, where there is no going on; a step that is stopped changes nothing. */
nomen_status nomen_trainer_step(nomen_trainer *trainer, nomen_error *err);

/* Goes on from a state, slots, marks and weights that were read back. */
void nomen_trainer_continue(nomen_trainer *trainer);

/* The mean loss of this epoch's steps. */
double nomen_trainer_loss(const nomen_trainer *trainer);

/* The most evaluations that the run can have. */
size_t nomen_trainer_most_evaluations(const nomen_trainer *trainer);

/* Whether the dev part is to be scored after the step that was done last, within an epoch, and has not been yet. */
bool nomen_trainer_evaluation_is_due(const nomen_trainer *trainer);

/* Whether the evaluations say that training is to end. */
bool nomen_trainer_has_stalled(const nomen_trainer *trainer);

/*
 * Scores the weights as they are, or their average where there is one, on the dev part, which there is. Fills in *evaluation
 * but for its metric and whether it is the best; `dev` starts as {0}. Of several processes each scores it, and all are stopped
 * where one is.
 */
nomen_status nomen_trainer_evaluate(nomen_trainer *trainer, nomen_train_evaluation *evaluation, nomen_report *dev,
                                    nomen_error *err);

/*
 * Scores an epoch whose steps are done by the labels of the training passes, whose report starts as {0} and is cleared by the
 * caller. Fills in *epoch but for dev and its seconds.
 */
nomen_status nomen_trainer_score_epoch(nomen_trainer *trainer, nomen_train_epoch *epoch, nomen_report *train, nomen_error *err);

/* Goes on to the next epoch. NOMEN_ERROR_MEMORY. */
nomen_status nomen_trainer_end_epoch(nomen_trainer *trainer, nomen_error *err);

/* Scores the weights as they are on a part of the corpus. */
nomen_status nomen_trainer_score(nomen_trainer *trainer, const nomen_corpus_part *part, nomen_report *out, nomen_error *err);

/*
 * Writes the weights as they are, or their average where there is one, into `directory`, as those to keep; reads the kept ones
 * back. Of several processes the first one writes; the others take down that it does.
 */
nomen_status nomen_trainer_save(nomen_trainer *trainer, const char *directory, nomen_error *err);
nomen_status nomen_trainer_restore(nomen_trainer *trainer, const char *directory, nomen_error *err);

#endif
