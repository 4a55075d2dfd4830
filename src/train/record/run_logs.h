/* The logs that grow while a run trains: a CSV file and TensorBoard events, or either, or none. */
#ifndef NOMEN_TRAIN_RUN_LOGS_H
#define NOMEN_TRAIN_RUN_LOGS_H

#include "train/record/csv_log.h"
#include "train/record/tensorboard.h"

/* Start from NOMEN_RUN_LOGS_NONE, to which additions are nothing. */
typedef struct nomen_run_logs {
    nomen_append_file csv;
    nomen_tensorboard tensorboard;
    size_t n_logged; /* entries of the log that are in them */
} nomen_run_logs;
#define NOMEN_RUN_LOGS_NONE ((nomen_run_logs){.csv = {.file = -1}, .tensorboard = {.file = {.file = -1}}})

/*
 * Opens the logs that the options ask for, before the first step that follows. `history` is what the run has behind it, at
 * optimiser step `step`; of a later step nothing stays in the logs. On failure what was made is removed; to be closed whatever
 * it returns.
 */
nomen_status nomen_run_logs_open(const nomen_train_options *options, nomen_history history, size_t step, nomen_run_logs *out,
                                 nomen_error *err);

/* Adds the entries of the log (n_log in all) that are not in the logs yet, and an evaluation. NOMEN_ERROR_MEMORY. */
nomen_status nomen_run_logs_add_entries(nomen_run_logs *logs, const nomen_log_entry *log, size_t n_log, nomen_error *err);
nomen_status nomen_run_logs_add_evaluation(nomen_run_logs *logs, const nomen_train_evaluation *evaluation, nomen_error *err);

void nomen_run_logs_close(nomen_run_logs *logs);

#endif
