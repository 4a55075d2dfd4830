/* What a run has said of itself so far: the entries of its log and the scores of its dev part, in order of step. */
#ifndef NOMEN_TRAIN_HISTORY_H
#define NOMEN_TRAIN_HISTORY_H

#include "train/record/record.h"

/* Scores of the dev part while a run trains. NaN where there is no value. */
typedef struct nomen_eval_entry {
    size_t step;     /* optimiser steps done, from 1 */
    double epoch;    /* passes done, with their fraction */
    double loss;     /* mean over the labelled subword tokens */
    double accuracy; /* of words */
    double precision, recall, f1;
} nomen_eval_entry;

/* The scores of an epoch, after optimiser step `step`. */
static inline nomen_eval_entry nomen_eval_entry_of(const nomen_train_epoch *e, size_t step) {
    return (nomen_eval_entry){.step = step,
                              .epoch = (double)e->epoch,
                              .loss = e->dev_loss,
                              .accuracy = e->dev_token_accuracy,
                              .precision = e->dev_precision,
                              .recall = e->dev_recall,
                              .f1 = e->dev_f1};
}

/* Borrowed, each in order of step. */
typedef struct nomen_history {
    const nomen_log_entry *log;
    size_t n_log;
    const nomen_eval_entry *evaluations;
    size_t n_evaluations;
} nomen_history;

/* The next of a history: one of the two is not NULL. Of one step the entry of the log comes first. */
typedef struct nomen_history_item {
    const nomen_log_entry *entry;
    const nomen_eval_entry *evaluation;
} nomen_history_item;

/* Takes the first item off the history; false where there is none. */
static inline bool nomen_history_next(nomen_history *h, nomen_history_item *out) {
    if (h->n_log == 0 && h->n_evaluations == 0) { return false; }
    if (h->n_evaluations == 0 || (h->n_log > 0 && h->log->step <= h->evaluations->step)) {
        *out = (nomen_history_item){.entry = h->log++};
        h->n_log--;
    } else {
        *out = (nomen_history_item){.evaluation = h->evaluations++};
        h->n_evaluations--;
    }
    return true;
}

#endif
