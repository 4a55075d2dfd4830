/* What a sweep has done, in the files of its directory: sweep.json says what it is, run-N.json what a run gave. */
#ifndef NOMEN_SWEEP_LEDGER_H
#define NOMEN_SWEEP_LEDGER_H

#include "base/json.h"
#include "sweep/axes.h"
#include "sweep/inputs.h"

#define NOMEN_SWEEP_FILE "sweep.json"

/* A run, and what it gave. */
typedef struct nomen_sweep_entry {
    size_t trial, seed, fold; /* from 0 */
    bool done;
    double f1; /* micro; NaN where it failed */
    size_t n_gold, n_predicted, n_correct;
    double loss, seconds;
    char *problem; /* what it said where it failed; NULL otherwise */
    bool refused;  /* it failed before there was a model: model, data or processor don't go with its values */
} nomen_sweep_entry;

/* Start it as {0}. */
typedef struct nomen_ledger {
    char *directory; /* as given */
    nomen_sweep_entry *runs;
    size_t n_runs;
} nomen_ledger;

/* The runs of all trials, each with every seed, and each of these with every fold. */
nomen_status nomen_ledger_make(const char *directory, const nomen_axes *axes, size_t folds, nomen_ledger *out, nomen_error *err);
void nomen_ledger_clear(nomen_ledger *ledger);

/*
 * Writes DIRECTORY/sweep.json, or compares what stands there with this sweep: NOMEN_ERROR_ARGUMENT or _DATA naming what differs.
 * Its axes, its identity (train/save/run_identity.h) and its files must be the same; more random trials are allowed.
 */
nomen_status nomen_ledger_begin(const nomen_ledger *ledger, const nomen_sweep_options *options, const json_t *identity,
                                const nomen_sweep_inputs *inputs, nomen_error *err);

/* Whether a sweep has begun in a directory, which need not be there. */
bool nomen_ledger_is_there(const char *directory);

/*
 * Reads the runs that are done, which must all be the sweep's: NOMEN_ERROR_ARGUMENT where more are there. And writes one that has
 * ended.
 */
nomen_status nomen_ledger_read(nomen_ledger *ledger, const nomen_axes *axes, nomen_error *err);
nomen_status nomen_ledger_write(nomen_ledger *ledger, const nomen_axes *axes, size_t run, nomen_error *err);

#endif
