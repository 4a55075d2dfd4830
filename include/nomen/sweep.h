/*
 * Searching for hyper-parameters: many runs of nomen_train with different values, and one table of what they scored. Each run is
 * scored on the dev part, or by cross-validation: by K models, each trained on all folds of the data but one and scored on that.
 *
 *     const char *axes[] = {"learning-rate=5e-5,1e-4,2e-4", "batch-size=8,16", "seed=1,2,3"};
 *     nomen_sweep_options options = {.size = sizeof options};
 *     options.train = &train;             // model, data and all other hyper-parameters; `output` is the sweep's directory
 *     options.axes = axes;
 *     options.n_axes = 3;
 *     nomen_sweep_report *report;
 *     if (nomen_sweep(&options, NULL, NULL, &report, &err) != NOMEN_OK) { return fail(&err); }
 *     printf("best F1 %.3f\n", report->trials[0].f1);
 *     nomen_sweep_report_free(report);
 *
 * The same options give the same trials and the same scores, on any machine.
 */
#ifndef NOMEN_SWEEP_H
#define NOMEN_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nomen/call.h"
#include "nomen/error.h"
#include "nomen/train.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* nomen_sweep_options o = {.size = sizeof o}, then change. What it points to is borrowed. */
typedef struct nomen_sweep_options {
    size_t size;            /* of this struct */
    const nomen_call *call; /* what can stop it; NULL: nothing but nomen_set_interrupt */
    /*
     * What all runs share. `output` is the directory of the sweep; with `resume` the runs that are done there are taken as they
     * are, and the one that was broken off goes on from its last checkpoint. save_on_stop, save_steps and save_minutes are those
     * of each run. Its `call` is not looked at: the one above is for the whole sweep.
     */
    const nomen_train_options *train;
    /*
     * What is tried: "NAME=VALUE,VALUE..." with the name of a hyper-parameter; in a random search also "NAME=LOW..HIGH", drawn
     * evenly, or "NAME=log:LOW..HIGH", drawn evenly on a logarithmic scale. Commas in quotes and brackets belong to the value;
     * square brackets around all of a value are no part of it: "lora-target=[query,value],key".
     * The values of "seed" make no trials of their own: each trial is run with every one of them.
     */
    const char *const *axes;
    size_t n_axes;     /* may be 0 with folds: then one setting is cross-validated */
    size_t n_random;   /* trials of a random search; 0: all combinations of the values */
    uint64_t seed;     /* of what is drawn */
    size_t folds;      /* of a cross-validation, whose models keep their last epoch; 0: the dev part scores */
    bool discard_best; /* no model is kept. Without folds the best run's is in OUT/best otherwise */
} nomen_sweep_options;

/* How far a sweep has come, after each step of training. */
typedef struct nomen_sweep_progress {
    size_t run, n_runs; /* from 1 */
    nomen_train_progress training;
} nomen_sweep_progress;

/* A run that has ended. */
typedef struct nomen_sweep_run {
    size_t run, n_runs;        /* from 1 */
    const char *const *values; /* (n_names) of the report's names */
    size_t fold;               /* from 1; 0 without folds */
    double f1;                 /* NaN where it failed */
    const char *problem;       /* why it failed; NULL otherwise */
    bool earlier;              /* it was done before this call */
    const char *seed;          /* of the values of seed; NULL where none are tried */
} nomen_sweep_run;

/* What a sweep reports while it goes on; any function may be NULL. Called from the caller's thread. */
typedef struct nomen_sweep_callbacks {
    void (*progress)(void *user, const nomen_sweep_progress *progress);
    void (*run)(void *user, const nomen_sweep_run *run);
} nomen_sweep_callbacks;

/* A combination of values, over all its runs: one for each seed and fold. */
typedef struct nomen_sweep_trial {
    const char *const *values; /* (n_names) as nomen_train_set takes them */
    size_t n_runs;
    double f1;           /* mean of the runs' micro F1; NaN where none succeeded */
    double f1_deviation; /* sample standard deviation; NaN for a single run */
    nomen_prf pooled;    /* of all entities of all runs together */
    double loss;         /* mean */
    double seconds;      /* of training, in all */
    size_t n_failed;     /* runs that diverged or were refused */
    const char *problem; /* what the last of them said; NULL for none */
} nomen_sweep_trial;

/* What a sweep gave. */
typedef struct nomen_sweep_report {
    const char *const *names; /* of the hyper-parameters that were tried, but "seed" */
    size_t n_names;
    const nomen_sweep_trial *trials; /* the best first, equal ones as they were tried */
    size_t n_trials;
    size_t n_seeds, n_folds; /* 1 and 0 where nothing is repeated */
} nomen_sweep_report;

/*
 * Runs what is to be run and reports. The directory holds run-N.json for each run that is done, and at the end sweep.html and
 * sweep.csv, the table; best.json, the best trial's hyper-parameters, which nomen_train_load_recipe reads; and the best run's
 * model in best/ where there is a dev part. On NOMEN_OK *out is freed with nomen_sweep_report_free. `callbacks` may be NULL.
 *
 * A run that diverges is a trial without a score, and so is one whose values the model, the data or the processor refuse; the
 * sweep goes on. Where no run has a score, it fails with what the first of them said. Everything else that ends nomen_train ends
 * it, with what is done so far kept, its tables too: a stop with NOMEN_REMEDY_RESUME. NOMEN_ERROR_ARGUMENT, before the first
 * run, for an axis or a value that nomen_train_set refuses, values that don't go together, and where neither a dev part nor folds
 * could score. With `overwrite`, what stands at `output` is there until the first run with a score is done.
 */
nomen_status nomen_sweep(const nomen_sweep_options *options, const nomen_sweep_callbacks *callbacks, void *user,
                         nomen_sweep_report **out, nomen_error *err);

/* NULL is allowed. */
void nomen_sweep_report_free(nomen_sweep_report *report);

/*
 * The report as a table for people, and as one JSON object on one line. On NOMEN_OK *out is NUL-terminated UTF-8 of *n_bytes
 * bytes (n_bytes may be NULL), which the caller frees with nomen_free. Fails with NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_sweep_report_to_text(const nomen_sweep_report *report, char **out, size_t *n_bytes, nomen_error *err);
nomen_status nomen_sweep_report_to_json(const nomen_sweep_report *report, char **out, size_t *n_bytes, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
