/*
 * One optimiser step's gradients: sentences to packed micro-batches, forward, loss, backward. The
 * loss is the mean over the labelled pieces of the whole step, over all its micro-batches. With `reduce_by_batch` each of them
 * is computed alone, by this process or by another, and then added (spread/reduction.h).
 */
#ifndef NOMEN_TRAIN_STEP_H
#define NOMEN_TRAIN_STEP_H

#include "nomen/train.h"
#include "run/predict.h"
#include "train/spread/reduction.h"
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

    /* With reduce_by_batch: */
    const nomen_spread *spread;
    nomen_reduction reduction;
    unsigned char *share; /* (processes, share_size) what each says of its micro-batch; NULL where this one is alone */
    size_t share_size;
} nomen_stepper;

/*
 * All work memory of training but the optimiser's. `class_weights` and `spread` are borrowed, and *out stays where it is.
 * gradient_accumulation_steps are those of all processes together, and `n_entries` the sentences of an epoch, repeated ones too.
 */
nomen_status nomen_stepper_create(const nomen_train_options *options, const nomen_model *model, const nomen_examples *examples,
                                  size_t n_entries, const nomen_real *class_weights, const nomen_spread *spread,
                                  nomen_stepper *out, nomen_error *err);
void nomen_stepper_clear(nomen_stepper *stepper);

/* What a step saw. */
typedef struct nomen_step_result {
    double loss_sum; /* over the step's labelled pieces: the loss, weighted, or the CRF's negative log-likelihood */
    double weight;   /* what it is divided by: their number, or the sum of their class weights */
    size_t n_tokens; /* pieces computed, special tokens included */
} nomen_step_result;

/*
 * Sets stepper->gradients for the given texts of the examples, as optimiser step number `step` (from 0), and stepper->predicted
 * to the labels with the largest logits, dropout on. `n_texts` is at most the sentences of a step. Fails where the call is
 * stopped, in one of the processes; the same step can then be run again, with the same result. Otherwise only as an exchange
 * between processes does.
 */
nomen_status nomen_stepper_run(nomen_stepper *stepper, const size_t *texts, size_t n_texts, uint32_t step, nomen_step_result *out,
                               nomen_error *err);

#endif
