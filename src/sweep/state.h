/* A sweep under way: what its parts share. */
#ifndef NOMEN_SWEEP_STATE_H
#define NOMEN_SWEEP_STATE_H

#include "base/log.h"
#include "sweep/ledger.h"
#include "train/save/run_directory.h"

/* Different warnings that are remembered. Later ones would only be repeated. */
enum { NOMEN_SWEEP_MOST_SAID = 64 };

typedef struct nomen_sweep_state {
    const nomen_sweep_options *options;
    nomen_sweep_callbacks callbacks;
    void *user;
    nomen_train_options base;
    nomen_axes axes;
    nomen_run_directory directory;
    nomen_ledger ledger;
    nomen_sweep_inputs inputs;            /* as they were last looked at */
    size_t run;                           /* from 0, the one under way */
    nomen_log_target outer;               /* where messages go */
    uint64_t said[NOMEN_SWEEP_MOST_SAID]; /* hashes of the warnings that were passed on */
    size_t n_said;
    nomen_status failure; /* of the first run that failed in this call */
    bool began;           /* a run has ended, and its messages have been seen */
    bool fresh;           /* nothing of an earlier sweep was in the directory when this call came */
    bool is_open;         /* the directory is there, with this sweep in it */
} nomen_sweep_state;

/* All that comes before the first run: what is asked for is checked, the directory opened, and what is done there read. */
nomen_status nomen_sweep_prepare(nomen_sweep_state *sweep, nomen_error *err);

/* The options of run number `run`, whose output is `output`. */
nomen_status nomen_sweep_make_options(const nomen_sweep_state *sweep, size_t run, const char *output, nomen_train_options *out,
                                      nomen_error *err);

/* Trains the run under way, records it, and keeps its model if it is the best so far. */
nomen_status nomen_sweep_run_one(nomen_sweep_state *sweep, nomen_error *err);

/* Tells the caller of a run that is done. */
void nomen_sweep_report_run(const nomen_sweep_state *sweep, size_t run, bool earlier);

/* Whether there is anything to go on from: a run that was trained, or a checkpoint of the one under way. */
bool nomen_sweep_has_begun(const nomen_sweep_state *sweep);

#endif
