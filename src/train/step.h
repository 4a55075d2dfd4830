/*
 * One optimiser step's gradients: sentences to packed micro-batches, forward, loss, backward. The
 * loss is the mean over the labelled pieces of the whole step, over all its micro-batches.
 */
#ifndef NOMEN_TRAIN_STEP_H
#define NOMEN_TRAIN_STEP_H

#include "nomen/train.h"
#include "run/predict.h"
#include "train/word_marks.h"

typedef struct nomen_stepper {
    const nomen_train_options *options;
    const nomen_model *model;
    const nomen_examples *examples;
    const nomen_real *class_weights; /* (K) or NULL */
    nomen_bert_workspace *workspace;
    nomen_batcher batcher;
    nomen_real *logits;     /* (capacity,K) */
    nomen_real *dlogits;    /* (capacity,K) */
    nomen_real *alpha;      /* (capacity,K) of the CRF; NULL without */
    nomen_real *crf_work;   /* its scratch */
    nomen_real *gradients;  /* the tail of a block that is trained; words without a mark have none */
    nomen_word_marks words; /* the word embeddings that a step, or an earlier one, has used */
    size_t *places;         /* (capacity) of a sequence of the batch: where its text's pieces begin in `predicted` */
    int32_t *predicted;     /* the label of each piece of the last step's texts, one text after the other */
} nomen_stepper;

/*
 * All work memory of training but the optimiser's. `entries` (n_entries) are the texts of an epoch, some of them repeated; NULL:
 * each once. They are looked at here alone; `class_weights` is borrowed.
 */
nomen_status nomen_stepper_create(const nomen_train_options *options, const nomen_model *model, const nomen_examples *examples,
                                  const size_t *entries, size_t n_entries, const nomen_real *class_weights, nomen_stepper *out,
                                  nomen_error *err);
void nomen_stepper_clear(nomen_stepper *stepper);

/* What a step saw. */
typedef struct nomen_step_result {
    double loss_sum; /* over the step's labelled pieces: the loss, weighted, or the CRF's negative log-likelihood */
    double weight;   /* what it is divided by: their number, or the sum of their class weights */
    size_t n_tokens; /* pieces computed, special tokens included */
} nomen_step_result;

/*
 * Sets stepper->gradients for the given texts of the examples, as optimiser step number `step` (from 0), and stepper->predicted
 * to the labels with the largest logits, dropout on. `n_texts` is at most the sentences of a step. Fails only where the
 * call is stopped; the same step can then be run again, with the same result.
 */
nomen_status nomen_stepper_run(nomen_stepper *stepper, const size_t *texts, size_t n_texts, uint32_t step, nomen_step_result *out,
                               nomen_error *err);

#endif
