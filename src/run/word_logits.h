/* The logits of a labelled file's words: those of each word's first piece. */
#ifndef NOMEN_RUN_WORD_LOGITS_H
#define NOMEN_RUN_WORD_LOGITS_H

#include "run/predict.h"

/*
 * Runs the given sentences (all where `sentences` is NULL) and fills the rows of their words in
 * logits (dataset->n_words, K); the row of a word that gives no piece is of NaNs. Asks whether to stop.
 */
nomen_status nomen_word_logits(nomen_predictor *predictor, const nomen_dataset *dataset, const size_t *sentences,
                               size_t n_sentences, nomen_real *logits, nomen_error *err);

#endif
