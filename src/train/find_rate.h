/* The curve of a search for the learning rate: what is kept of each step, when it ends, what it suggests. */
#ifndef NOMEN_TRAIN_FIND_RATE_H
#define NOMEN_TRAIN_FIND_RATE_H

#include "nomen/train.h"

typedef struct nomen_rate_search {
    nomen_find_rate_options how; /* complete */
    double factor;               /* from one rate to the next */
    double rate;                 /* of the next step */
    double mean, weight;         /* of the losses, not yet divided; what they are divided by */
    double lowest;               /* smoothed loss */
    nomen_rate_result *result;
} nomen_rate_search;

/* Checks and completes `how`, and makes room for the points of `result`, which is borrowed and to be cleared in any case. */
nomen_status nomen_rate_search_start(const nomen_find_rate_options *how, nomen_rate_result *result, nomen_rate_search *out,
                                     nomen_error *err);

/* Adds the loss of a step at search->rate and goes on to the next; false where the search is over. */
bool nomen_rate_search_add(nomen_rate_search *search, double loss);

/* Fills in what the curve suggests. */
void nomen_rate_search_finish(nomen_rate_search *search);

#endif
