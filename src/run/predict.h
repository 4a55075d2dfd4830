/*
 * Forward over many texts: their windows sorted by length, packed under a token budget, and each
 * text's logits joined again from the pieces that each window owns.
 */
#ifndef NOMEN_RUN_PREDICT_H
#define NOMEN_RUN_PREDICT_H

#include "run/batch.h"

/* A window to run, and where the logits of its text's pieces go. */
typedef struct nomen_window_job {
    const nomen_examples *examples;
    nomen_window_ref ref;
    nomen_real *logits; /* (all pieces of the examples, K) */
} nomen_window_job;

/* Work memory kept from one call to the next. */
typedef struct nomen_predictor {
    const nomen_model *model; /* borrowed */
    nomen_bert_workspace *workspace;
    nomen_batcher batcher;
    nomen_real *batch_logits;     /* (capacity,K) */
    nomen_window_job *batch_jobs; /* (capacity) of the batch's sequences */
    nomen_window_job *jobs;       /* of a call of nomen_predictor_run */
    size_t job_capacity;
} nomen_predictor;

/* Tokens in a batch: enough rows for the matrix products, few enough to stay near the caches. */
enum { NOMEN_TOKEN_BUDGET = 1024 };

/* `token_budget` 0 takes that. */
nomen_status nomen_predictor_create(const nomen_model *model, size_t token_budget, nomen_predictor *out, nomen_error *err);
void nomen_predictor_clear(nomen_predictor *predictor);

/*
 * Runs windows, in an order of its own, in batches of as many as the token budget allows: the rows that a window owns have the
 * same bits whatever other windows are with it. Sorts `jobs`. Fails only where the call is stopped.
 */
nomen_status nomen_predictor_run_windows(nomen_predictor *predictor, nomen_window_job *jobs, size_t n, nomen_error *err);

/*
 * All windows of the examples: logits (all pieces of the examples, K), in text order. Rows of a text have the same bits whatever
 * other texts are with it.
 */
nomen_status nomen_predictor_run(nomen_predictor *predictor, const nomen_examples *examples, nomen_real *logits,
                                 nomen_error *err);

/* The index of the largest of n > 0 logits, the first of equals. */
size_t nomen_largest(const nomen_real *logits, size_t n);

/*
 * The label of each of a text's words: that of the word's first piece in `piece_labels` (the text's
 * pieces), and `other` (the index of O, or 0) for a word that has no piece.
 */
void nomen_word_labels(const nomen_examples *examples, size_t text, const int32_t *piece_labels, int32_t other, size_t n_words,
                       int32_t *labels);

#endif
