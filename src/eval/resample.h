/*
 * Resampling of sentences in one pass and constant memory. A random number is a function of (seed,
 * replicate, sentence's number), and all sums are whole numbers: the same bits at any number of threads.
 *
 * The bootstrap is that of Poisson: in each replicate a sentence counts Poisson(1) times, which is what
 * drawing as many sentences as there are, with replacement, comes to where they are many (Hanley and
 * MacGibbon, "Creating non-parametric bootstrap samples using Poisson frequencies", 2006; Chamandy et
 * al., "Estimating uncertainty for massive data streams", Google, 2012). No sentence has to be kept.
 *
 * The test is approximate randomisation (Noreen, "Computer-intensive methods for testing hypotheses", 1989; Yeh,
 * "More accurate tests for the statistical significance of result differences", COLING 2000): in each round
 * the two systems' answers to a sentence change places with probability 1/2; p is (1 + rounds whose
 * difference of F1 is at least the observed one) / (1 + rounds).
 */
#ifndef NOMEN_EVAL_RESAMPLE_H
#define NOMEN_EVAL_RESAMPLE_H

#include "eval/scores.h"

/* A sentence's counts: gold entities, and predicted and correct ones of one or two systems. */
enum { NOMEN_RESAMPLE_COLUMNS = 5, NOMEN_RESAMPLE_BLOCK = 256 };

typedef struct nomen_resample {
    uint64_t seed;
    size_t n;                                 /* replicates */
    uint64_t (*sums)[NOMEN_RESAMPLE_COLUMNS]; /* (n) bootstrap */
    int64_t (*swaps)[2]; /* (n) what the second system has gained of predicted and correct ones by changing places */
    uint64_t totals[NOMEN_RESAMPLE_COLUMNS];
    size_t n_differ;
    struct {
        uint64_t sentence;
        uint32_t counts[NOMEN_RESAMPLE_COLUMNS];
    } waiting[NOMEN_RESAMPLE_BLOCK]; /* sentences that are added together, by all threads */
    size_t n_waiting;
} nomen_resample;

nomen_status nomen_resample_start(nomen_resample *resample, size_t replicates, uint64_t seed, nomen_error *err);
void nomen_resample_clear(nomen_resample *resample);

/* Adds a sentence; its number keeps its random numbers apart from those of others. */
void nomen_resample_add(nomen_resample *resample, uint64_t sentence, nomen_counts first, nomen_counts second);

/* The intervals of F1 and of the first system's F1 less the second's, and the test. */
nomen_status nomen_resample_finish(nomen_resample *resample, double confidence, nomen_interval *f1, nomen_comparison *comparison,
                                   nomen_error *err);

#endif
