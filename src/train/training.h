/* A run of training, and its phases: what train.c puts together. */
#ifndef NOMEN_TRAIN_TRAINING_H
#define NOMEN_TRAIN_TRAINING_H

#include "train/evaluation.h"
#include "train/record/run_logs.h"
#include "train/save/checkpoint.h"
#include "train/trainer.h"

typedef struct nomen_training {
    nomen_train_options *options; /* complete; a learning rate of 0 is chosen when the model is known */
    nomen_train_callbacks callbacks;
    void *user;
    nomen_spread spread;
    bool leads;                /* this process writes and speaks, of those that train together */
    nomen_call_scope together; /* ends where another process is lost */
    nomen_status joined;       /* a stop that came before the processes could agree on it */
    nomen_corpus corpus;
    nomen_model *model;
    nomen_trainer trainer;
    nomen_staging staging;
    nomen_checkpoints checkpoints;
    nomen_run_logs logs;
    nomen_review scored, dev, test; /* for the report: of what was scored last, and of the weights that are kept */
    nomen_metric metric;            /* where there is a dev part */
    long long started;
    nomen_status stopped; /* why it ended early; NOMEN_OK where it did not */
    nomen_error reason;   /* the error of a run that diverged or whose disk failed, which are such reasons */
    bool has_begun;       /* to train */
    bool is_written;      /* the directory is there */
    nomen_train_result result;
} nomen_training;

/* Reads the files, loads the model with the data's labels, and makes the trainer. */
nomen_status nomen_training_load(nomen_training *run, nomen_error *err);

/*
 * All that comes before the first step: the options are checked, that is done, and the run goes back to its last checkpoint.
 * Several processes get through it, or none.
 */
nomen_status nomen_training_prepare(nomen_training *run, nomen_error *err);

/* The epochs. Where the run is stopped, diverges or stalls it says so in itself, and this succeeds. */
nomen_status nomen_training_run(nomen_training *run, nomen_error *err);

/* Restores the kept weights, scores the test part, and writes the rest of the directory. Only the scoring is stopped. */
nomen_status nomen_training_finish(nomen_training *run, nomen_error *err);

/*
 * Where the directory can't be completed, the best weights stay where they were kept, and a warning says where: that costs what
 * was still to be written, not what was trained.
 */
void nomen_training_leave_kept(nomen_training *run, nomen_error *err);

/* What the records need of the run so far. Borrows from it. */
nomen_history nomen_training_history(const nomen_training *run);

void nomen_training_clear(nomen_training *run); /* but its result */

#endif
