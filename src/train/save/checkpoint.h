/*
 * Checkpoints of a run: saved in its directory, pruned, found again. A checkpoint is a model directory with the state of the
 * training beside it, written whole or not at all. See docs/CHECKPOINTS.md.
 */
#ifndef NOMEN_TRAIN_CHECKPOINT_H
#define NOMEN_TRAIN_CHECKPOINT_H

#include "base/file.h"
#include "train/save/manifest.h"
#include "train/save/run_directory.h"
#include "train/trainer.h"

#define NOMEN_CHECKPOINT_BEST "best" /* the directory in a checkpoint with the weights of the best epoch */

typedef struct nomen_checkpoints {
    const nomen_train_options *options;
    nomen_trainer *trainer;           /* borrowed, */
    const nomen_train_result *result; /* as this, */
    nomen_staging *staging;           /* and this, which holds the weights of the best epoch */
    nomen_run_directory directory;    /* open from the start on, where the run may leave checkpoints */
    bool owns;                        /* the checkpoints in it are this run's, not of one that it is to replace */
    nomen_known_sums known;           /* of the best weights, which most checkpoints share */
    json_t *identity;                 /* NULL: the run keeps no checkpoints */
    bool ends;                        /* the run is stopped, and what is saved is its last */
    bool follows;                     /* of several processes, this one reads checkpoints and writes none */
    double looked;                    /* when one was saved, read, or tried by the clock last, or the run began */
    bool has_saved;
    size_t saved_step, saved_epoch, saved_evaluation; /* of the checkpoint that was saved or read last, where has_saved */
} nomen_checkpoints;

/*
 * Takes down what the run is made of, and opens its directory, so that no second run begins there. Nothing is done where the
 * options want no checkpoint. *out starts as {0}, and is to be cleared even on failure.
 */
nomen_status nomen_checkpoints_start(const nomen_train_options *options, nomen_trainer *trainer, const nomen_train_result *result,
                                     nomen_staging *staging, nomen_checkpoints *out, nomen_error *err);
void nomen_checkpoints_clear(nomen_checkpoints *checkpoints);

/*
 * Goes back to the last checkpoint whose manifest is met, and says which; those that are damaged are named and passed over. The
 * weights of the best epoch are put into the staging directory. `result` gets the epochs done, and the scores of the best.
 */
nomen_status nomen_checkpoints_resume(nomen_checkpoints *checkpoints, nomen_train_result *result, nomen_error *err);

/* Gives the weights of the best epoch, which lie in `from`, a second name in `to`. */
nomen_status nomen_checkpoints_link_best(const nomen_checkpoints *checkpoints, const char *from, const char *to,
                                         nomen_error *err);

/* Whether the run can go on from the checkpoint that it saved last: its directory may have been moved away. */
bool nomen_checkpoints_can_resume(const nomen_checkpoints *checkpoints);

/* Says that the training stands where its last checkpoint does. */
void nomen_checkpoints_note(nomen_checkpoints *checkpoints);

/* Removes the oldest that are too many; the last, that of the best weights and those that save_top_k asks for stay. */
nomen_status nomen_checkpoints_prune(const nomen_checkpoints *checkpoints, nomen_error *err);

/*
 * Saves one and removes those that are too many. Where the disk fails there is a warning that says what to do, the one before
 * stays, and the call succeeds.
 */
nomen_status nomen_checkpoints_save(nomen_checkpoints *checkpoints, nomen_error *err);

/* Warns where the file system has less room than the model itself takes: once it is full, a run loses its end. */
void nomen_checkpoints_warn_of_room(const nomen_checkpoints *checkpoints);

/* The same, if one is due after the step that was done last. */
nomen_status nomen_checkpoints_save_due(nomen_checkpoints *checkpoints, nomen_error *err);

/*
 * Before the staging directory takes the place of the run's: puts the checkpoints that stay into it. After the last step of a
 * run that saves none by itself there is no use for them, and they go.
 */
nomen_status nomen_checkpoints_carry(nomen_checkpoints *checkpoints, bool finished, nomen_error *err);

#endif
