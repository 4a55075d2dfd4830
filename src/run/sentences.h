/* Sentences of a dataset through the model, some at a time: what eval, calibrate and check have in common. */
#ifndef NOMEN_RUN_SENTENCES_H
#define NOMEN_RUN_SENTENCES_H

#include "run/predict.h"

/* Sentences that were run together. */
typedef struct nomen_sentence_chunk {
    const size_t *sentences; /* (examples->n) indices in the dataset */
    const nomen_examples *examples;
    nomen_real *logits; /* (n_pieces,K) the receiver's, to do with as it likes */
    size_t n_pieces, n_logits;
} nomen_sentence_chunk;

typedef nomen_status (*nomen_chunk_function)(void *user, const nomen_sentence_chunk *chunk, nomen_error *err);

/* Runs the given sentences (all where `sentences` is NULL), in their order. Memory does not grow with their number. */
nomen_status nomen_run_sentences(nomen_predictor *predictor, const nomen_dataset *dataset, const size_t *sentences,
                                 size_t n_sentences, nomen_chunk_function function, void *user, nomen_error *err);

/*
 * The logits of words, which are those of their first pieces: fills the rows of the given sentences' words in
 * logits (dataset->n_words, K); the row of a word that gives no piece is of NaNs.
 */
nomen_status nomen_word_logits(nomen_predictor *predictor, const nomen_dataset *dataset, const size_t *sentences,
                               size_t n_sentences, nomen_real *logits, nomen_error *err);

#endif
