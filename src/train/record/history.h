/* What a run has said of itself so far: the entries of its log and the scores of its dev part, in order of step. */
#ifndef NOMEN_TRAIN_HISTORY_H
#define NOMEN_TRAIN_HISTORY_H

#include "train/record/record.h"

/* Borrowed, each in order of step. */
typedef struct nomen_history {
    const nomen_log_entry *log;
    size_t n_log;
    const nomen_train_evaluation *evaluations;
    size_t n_evaluations;
} nomen_history;

/* The next of a history: one of the two is not NULL. Of one step the entry of the log comes first. */
typedef struct nomen_history_item {
    const nomen_log_entry *entry;
    const nomen_train_evaluation *evaluation;
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
