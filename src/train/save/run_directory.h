/*
 * The directory of a run while it trains: OUT/checkpoint-N, and OUT/run.lock, which one process holds. At the end the finished
 * model takes its place as a whole, and the checkpoints that are kept go along.
 */
#ifndef NOMEN_TRAIN_RUN_DIRECTORY_H
#define NOMEN_TRAIN_RUN_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* The file by which one process holds it. */
#define NOMEN_RUN_LOCK "run.lock"

typedef struct nomen_run_directory {
    char *path;      /* NULL: it is not open */
    char *lock_path; /* here, so that to look for it needs no memory where that has run out */
    int lock;
    bool made;      /* by this run */
    char *replaced; /* where what the model took the place of is removed; NULL: it did not come to that */
} nomen_run_directory;

/* Whether a directory holds nothing but what a run that was killed before its first checkpoint leaves. */
bool nomen_run_directory_is_bare(const char *path);

/* Whether a file or directory of that name in it is neither a model's nor a run's, but somebody's own. */
bool nomen_run_directory_is_foreign(const char *name);

/*
 * Opens it for this process alone: NOMEN_ERROR_EXISTS, naming the process, where another has it. It is made where it is not
 * there; else `resume` or `replace` must allow it. What killed runs left in it, and beside it as `staging` (a directory whose
 * name the lock keeps, best before it is made), is removed.
 */
nomen_status nomen_run_directory_open(const char *path, const char *staging, bool resume, bool replace, nomen_run_directory *out,
                                      nomen_error *err);

/*
 * Whether a run may replace what is at `path` without having opened it: NOMEN_ERROR_EXISTS, naming the process, where another
 * has it open.
 */
nomen_status nomen_run_directory_check_free(const char *path, nomen_error *err);

/* Whether what was opened is still at its path: somebody may have moved, replaced or removed it, or its lock. */
bool nomen_run_directory_is_here(const nomen_run_directory *directory);

/* Gives it up; one that this run made and left empty is removed. Harmless where it is not open. */
void nomen_run_directory_close(nomen_run_directory *directory);

/* Removes its checkpoints, which are another run's. */
nomen_status nomen_run_directory_remove_checkpoints(const nomen_run_directory *directory, nomen_error *err);

/*
 * Gives the lock a second name in `to`, the directory that is to take this one's place: then the lock is held across the
 * exchange, and what a run that is killed in the middle of it leaves is found. Where there are no such names, that is all.
 */
nomen_status nomen_run_directory_carry_lock(nomen_run_directory *directory, const char *to, nomen_error *err);

/* The numbers N of its checkpoint-N, rising; an array to be freed with nomen_mem_free, NULL for none. */
nomen_status nomen_run_directory_steps(const nomen_run_directory *directory, size_t **out, size_t *n, nomen_error *err);

/* The largest of those numbers in the directory at `path`, which need not be open, or be there; 0: it has no checkpoint. */
nomen_status nomen_run_directory_last_step(const char *path, size_t *out, nomen_error *err);

/* Its checkpoint-N, in a new block. */
nomen_status nomen_run_directory_checkpoint(const nomen_run_directory *directory, size_t step, char **out, nomen_error *err);

#endif
