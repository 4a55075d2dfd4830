/* The errors of a run that was stopped before its end; see nomen/train.h. */
#ifndef NOMEN_TRAIN_STOPPED_H
#define NOMEN_TRAIN_STOPPED_H

#include "train/save/checkpoint.h"

/* Of one that was stopped too early to leave anything, for which `stopped` is the reason; it is what is returned. */
nomen_status nomen_nothing_written(const nomen_train_options *options, nomen_status stopped, nomen_error *err);

/* Why, for people: "interrupted", "out of time", "a disk failed". */
const char *nomen_stop_name(nomen_status stopped);

/* Of one that diverged, with what is left of it. Going on from a checkpoint would lead to the same end. */
nomen_status nomen_diverged_error(const nomen_checkpoints *checkpoints, const nomen_error *reason, nomen_error *err);

/* Of any: says why it ended, and names its best weights, its last checkpoint, both or neither. */
nomen_status nomen_stopped_error(const nomen_checkpoints *checkpoints, nomen_status stopped, const char *why, nomen_error *err);

#endif
