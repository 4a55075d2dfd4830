/* What a run leaves in its model directory beside the model: nomen.json's record and the card. */
#ifndef NOMEN_TRAIN_RECORD_H
#define NOMEN_TRAIN_RECORD_H

#include <math.h>

#include "model_dir/model.h"
#include "nomen/train.h"
#include "train/corpus.h"

/*
 * nomen.json's keys beside the settings: "options" (a recipe file), "data", "epochs", "evaluations", "best_epoch",
 * "best_step", "stopped_early", "finished", "run", "top_checkpoints" where some are kept, "scores" of dev and test, "findings" of
 * the diagnosis. *out is a new reference. `finished`: nothing stopped the run before its end. "run" is the SHA-256 of its
 * `identity` (run_identity.h), and is left out where that is NULL.
 */
nomen_status nomen_run_record(const nomen_train_options *options, const nomen_train_result *result, const json_t *identity,
                              bool finished, json_t **out, nomen_error *err);

/* All of DIRECTORY/nomen.json as a new reference; NULL where it can't be read, or none is there. */
json_t *nomen_run_record_read(const char *directory);

/* Whether the model in a directory is that of the finished run of this identity, which has but one end. */
bool nomen_run_record_is_finished(const char *directory, const json_t *identity);

/* What happened in the steps since the last entry. */
typedef struct nomen_log_entry {
    size_t step;          /* optimiser steps done, from 1 */
    double epoch;         /* passes done, with their fraction */
    double loss;          /* mean over the labelled pieces of those steps */
    double learning_rate; /* of the last of them */
    double grad_norm;     /* of the last of them, before clipping; 0 where nothing clips */
} nomen_log_entry;

/* The norm as a record has it: NaN, which records leave out, where none was computed. */
static inline double nomen_log_norm(const nomen_log_entry *entry) {
    return entry->grad_norm > 0 ? entry->grad_norm : NAN;
}

/* What a checkpoint's trainer_state.json says besides. */
typedef struct nomen_checkpoint_facts {
    size_t max_steps;
    const char *best; /* the checkpoint of the best epoch; NULL where there is none */
} nomen_checkpoint_facts;

/*
 * Writes DIRECTORY/trainer_state.json with the keys of transformers' TrainerState; `facts` is NULL for the directory of a
 * finished run.
 */
nomen_status nomen_trainer_state_write(const char *directory, const nomen_train_options *options,
                                       const nomen_train_result *result, const nomen_checkpoint_facts *facts,
                                       const nomen_log_entry *log, size_t n_log, nomen_error *err);

/* Writes DIRECTORY/README.md, the model card. */
nomen_status nomen_card_write(const char *directory, const nomen_model *model, const nomen_train_options *options,
                              const nomen_train_result *result, nomen_error *err);

/* The JSON of one epoch, or evaluation, as `train --json` and nomen.json have it. New reference, or NULL. */
json_t *nomen_epoch_json(const nomen_train_epoch *epoch);
json_t *nomen_evaluation_json(const nomen_train_evaluation *evaluation);

#endif
