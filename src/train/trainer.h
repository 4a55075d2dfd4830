/*
 * A training in progress: a model, the examples, work memory, the optimiser, and how far it has come. train.c makes one
 * from the files of its options and drives it, step by step and epoch by epoch.
 */
#ifndef NOMEN_TRAIN_TRAINER_H
#define NOMEN_TRAIN_TRAINER_H

#include "train/corpus.h"
#include "train/optim/optimizer.h"
#include "train/record/record.h"
#include "train/step.h"

/*
 * How far a training has come. With the weights, the optimiser's slots and the same options it is all that going on
 * needs: the order of an epoch's sentences depends on the seed and the epoch alone.
 */
typedef struct nomen_train_state {
    size_t step;                     /* optimiser steps done */
    size_t epoch;                    /* epochs done and scored */
    size_t position;                 /* sentences of the epoch after those that are done, in its order */
    size_t best_epoch;               /* from 1: whose weights are kept; 0 for none */
    double best_f1;                  /* of the dev part, at that epoch; -1 for none */
    double epoch_loss, epoch_weight; /* sums over the steps of this epoch; the loss is their quotient */
    double seconds;                  /* in steps */
    double epoch_start;              /* `seconds` before the first step of this epoch */
    size_t n_tokens, n_sentences;
    nomen_log_entry *log;
    size_t n_log, log_capacity;
    double log_loss, log_weight; /* since the last entry */
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
    nomen_spread *spread; /* who trains: process 0 scores epochs and keeps them */
    size_t *order;        /* of the examples in this epoch */
    size_t steps_per_epoch, n_steps;
    nomen_train_state state;
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

/* The next step. NOMEN_ERROR_DATA where loss or gradient are no longer finite; a step that is stopped changes nothing. */
nomen_status nomen_trainer_step(nomen_trainer *trainer, nomen_error *err);

/* Goes on from a state, slots, marks and weights that were read back. */
void nomen_trainer_continue(nomen_trainer *trainer);

/* The mean loss of this epoch's steps. */
double nomen_trainer_loss(const nomen_trainer *trainer);

/*
 * Scores an epoch whose steps are done, by the labels of the training passes and on the dev part, where there is one,
 * and goes on to the next. Fills in *epoch but for its seconds; `dev` starts as {0}. Of several processes the first one scores,
 * and what the others get in *epoch says nothing.
 */
nomen_status nomen_trainer_evaluate(nomen_trainer *trainer, nomen_train_epoch *epoch, nomen_report *dev, nomen_error *err);

/* Scores the weights as they are on a part of the corpus. */
nomen_status nomen_trainer_score(nomen_trainer *trainer, const nomen_corpus_part *part, nomen_report *out, nomen_error *err);

/* Writes the weights of the epoch that was scored last into `directory`, as those to keep; reads the kept ones back. */
nomen_status nomen_trainer_save(nomen_trainer *trainer, const char *directory, const nomen_train_epoch *epoch, nomen_error *err);
nomen_status nomen_trainer_restore(nomen_trainer *trainer, const char *directory, nomen_error *err);

#endif
