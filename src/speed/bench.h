/* What the stages share: the model, the samples being taken, and the result that rows are added to. */
#ifndef NOMEN_SPEED_BENCH_H
#define NOMEN_SPEED_BENCH_H

#include "run/predict.h"
#include "speed/probe.h"
#include "speed/texts.h"

enum { NOMEN_SPEED_BATCH_TOKENS = 1024 }; /* of a run at one length, and at most of a step of training */

typedef struct nomen_speed_bench {
    double seconds;                                         /* of measuring, for each row */
    size_t passes;                                          /* that must count for its share */
    void (*report)(void *user, const nomen_speed_row *row); /* or NULL */
    void *user;
    nomen_speed_result *result;
    nomen_model *model;
    nomen_speed_samples samples, parts[3]; /* parts: of a training step */
    nomen_speed_kind kind;                 /* of the dense layers' products */
    double flops;                          /* the peak when it was measured last */
    double began;                          /* when measuring of the stage did */
    nomen_predictor predictor;
    nomen_examples examples;
    nomen_real *logits;
    size_t logits_capacity;
} nomen_speed_bench;

/* Adds a row, whose work is filled in: the samples' times, and its share of the peak. Reports it. */
nomen_status nomen_speed_add_row(nomen_speed_bench *b, nomen_speed_samples *samples, nomen_speed_row row, nomen_error *err);

/* Starts the runs of a stage: no samples yet, the peak before the first one. */
void nomen_speed_begin(nomen_speed_bench *b);

/* Whether another run is due. Where the runs since the peak was measured were long enough, or were the last, measures it. */
bool nomen_speed_is_due(nomen_speed_bench *b);

/* Adds the work of a forward over a sequence of n pieces. */
void nomen_speed_add_forward(nomen_speed_row *row, const nomen_config *config, size_t n_pieces);

#endif
