/*
 * Confident learning: Northcutt, Jiang, Chuang, "Confident learning: estimating uncertainty in dataset labels", JAIR
 * 70, 2021. Which given labels contradict what a model, that has not seen them, is confident of.
 */
#ifndef NOMEN_CHECK_CONFIDENT_H
#define NOMEN_CHECK_CONFIDENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Words with the label given and out-of-sample probabilities (n,K) of all labels. */
typedef struct nomen_judged {
    const float *probabilities;
    const int32_t *given; /* (n) -1: the word does not count */
    size_t n, n_labels;
} nomen_judged;

/* What is found; start it as {0}. */
typedef struct nomen_confident {
    size_t n_labels;
    size_t *counts;     /* (K) words given a label */
    double *thresholds; /* (K) t_j, the mean probability of j over the words given j; INFINITY where there are none */
    size_t *joint;      /* (K,K) C[i,j]: words given i of which the model is confident that they are j */
    int32_t *label;     /* (n) the label that the model is confident of, -1 for none */
} nomen_confident;

/*
 * A word is confidently j where p(j) >= t_j, and of several such the one with the largest p(j) (the first of equals).
 * As in cleanlab 2, p(j) may stay below t_j by 1e-6, so that equal probabilities reach their own mean.
 */
nomen_status nomen_confident_find(const nomen_judged *words, nomen_confident *out, nomen_error *err);
void nomen_confident_clear(nomen_confident *confident);

/*
 * How many words given i are j: estimated (K,K), C with each row scaled to the
 * number of words given i. A row without any confident word stands on its diagonal whole.
 */
void nomen_confident_estimate(const nomen_confident *confident, double *estimated);

/*
 * Whether a word is a candidate: it is confidently another than the given label, which is not its most probable
 * either.
 */
bool nomen_confident_is_error(const nomen_confident *confident, const nomen_judged *words, size_t word);

/* The label of the largest probability, the first of equals. */
int32_t nomen_judged_best(const nomen_judged *words, size_t word);

/* The normalised margin, (p(given) - the largest other p + 1) / 2: 0 is an error for certain, 1 is right for certain. */
double nomen_judged_margin(const nomen_judged *words, size_t word);

#endif
