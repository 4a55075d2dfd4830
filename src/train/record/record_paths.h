/* Where the records of a run may be written. */
#ifndef NOMEN_TRAIN_RECORD_PATHS_H
#define NOMEN_TRAIN_RECORD_PATHS_H

#include "nomen/train.h"

/*
 * Checks, before there is any work to lose, that the files and the directory of log_csv, tensorboard and report can be written,
 * that they lie outside `output`, which is exchanged as a whole at the end, and that none is a file of somebody else's.
 * NOMEN_ERROR_ARGUMENT, _EXISTS or _IO; the message says which option and what to give instead.
 */
nomen_status nomen_record_paths_check(const nomen_train_options *options, nomen_error *err);

#endif
