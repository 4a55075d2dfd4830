/* What the stages share: the model, the samples being taken, and the result that rows are added to. */
#ifndef NOMEN_SPEED_BENCH_H
#define NOMEN_SPEED_BENCH_H

#include "run/predict.h"
#include "speed/probe.h"
#include "speed/texts.h"

enum { NOMEN_SPEED_BATCH_TOKENS = 1024 }; /* of a run at one length, and at most of a step of training */

typedef struct nomen_speed_bench {
    double seconds;                                         /* of measuring, for each row */
    void (*report)(void *user, const nomen_speed_row *row); /* or NULL */
    void *user;
    nomen_speed_result *result;
    nomen_model *model;
    nomen_speed_samples samples, parts[3]; /* parts: of a training step */
    nomen_speed_kind kind;                 /* of the dense layers' products */
    double flops;                          /* their peak when it was measured last */
    nomen_predictor predictor;
    nomen_examples examples;
    nomen_real *logits;
    size_t logits_capacity;
} nomen_speed_bench;

/* Adds a row, whose work is filled in: the samples' times, and the peak, measured now. Reports it. */
nomen_status nomen_speed_add_row(nomen_speed_bench *b, nomen_speed_samples *samples, nomen_speed_row row, nomen_error *err);

/* Whether another run is due. `began` is when measuring began. */
bool nomen_speed_is_due(const nomen_speed_bench *b, const nomen_speed_samples *samples, double began);

/* Adds the work of a forward over a sequence of n pieces. */
void nomen_speed_add_forward(nomen_speed_row *row, const nomen_config *config, size_t n_pieces);

#endif
