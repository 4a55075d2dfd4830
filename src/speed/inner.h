/* What the stages share. */
#ifndef NOMEN_SPEED_INNER_H
#define NOMEN_SPEED_INNER_H

#include "run/predict.h"
#include "speed/probe.h"
#include "speed/texts.h"

enum { NOMEN_SPEED_BATCH_TOKENS = 1024 }; /* of a run at one length, and at most of a step of training */

typedef struct nomen_speed_bench {
    const nomen_speed_options *options;
    void (*tell)(void *user, const nomen_speed_row *row);
    void *user;
    nomen_speed_result *result;
    nomen_model *model;
    nomen_speed_samples samples, parts[3]; /* parts: of a training step */
    double flops;                          /* the peak when it was measured last */
    nomen_predictor predictor;
    nomen_examples examples;
    nomen_real *logits;
    size_t logits_capacity;
} nomen_speed_bench;

/* Takes the samples into a row whose work is filled in, measures the peak behind it, and tells. */
nomen_status nomen_speed_finish(nomen_speed_bench *b, nomen_speed_samples *samples, nomen_speed_row row,
                                nomen_error *err);

/* Whether another run is due. `began` is when measuring began. */
bool nomen_speed_goes_on(const nomen_speed_bench *b, const nomen_speed_samples *samples, double began);

/* Adds the work of a forward over a sequence of n pieces. */
void nomen_speed_add_forward(nomen_speed_row *row, const nomen_config *config, size_t n_pieces);

/* The stages: each adds its row, or rows. `length` is that of the texts, or 0. */
nomen_status nomen_speed_tokenize(nomen_speed_bench *b, const nomen_speed_texts *texts, nomen_error *err);
nomen_status nomen_speed_forward_batch(nomen_speed_bench *b, const nomen_speed_texts *texts, size_t length,
                                       nomen_error *err);
nomen_status nomen_speed_forward_alone(nomen_speed_bench *b, const nomen_speed_texts *texts, size_t length,
                                       nomen_error *err);
/* Training, for each of the texts[n] of these lengths. */
nomen_status nomen_speed_train(nomen_speed_bench *b, const nomen_speed_texts *texts, const size_t *lengths, size_t n,
                               nomen_error *err);

#endif
