/* Whether all processes of a run train the same: program, options, files, and at last the weights. */
#ifndef NOMEN_TRAIN_COMPARE_H
#define NOMEN_TRAIN_COMPARE_H

#include "train/spread/spread.h"
#include "train/trainer.h"

/*
 * Compares, by SHA-256, the program, each option and each file (those of run_identity.h) with process 0's, before any work.
 * All processes call it. NOMEN_ERROR_DATA, agreed on, that names the process and what differs; NOMEN_ERROR_IO.
 */
nomen_status nomen_spread_compare_inputs(nomen_spread *spread, const nomen_train_options *options, nomen_error *err);

/* The same for what a run starts from: the weights, how far it has come, and the word embeddings that it has used. */
nomen_status nomen_spread_compare_state(nomen_spread *spread, const nomen_trainer *trainer, nomen_error *err);

#endif
