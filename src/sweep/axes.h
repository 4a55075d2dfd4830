/* What a sweep tries: hyper-parameters with their values, and which of them a trial has. */
#ifndef NOMEN_SWEEP_AXES_H
#define NOMEN_SWEEP_AXES_H

#include <stdbool.h>

#include "base/error.h"
#include "nomen/sweep.h"

/* A hyper-parameter and what it is to be: one of a list, or a number of a range. */
typedef struct nomen_axis {
    const char *name; /* static: of nomen_train_parameters() */
    char **values;    /* (n_values) of a list */
    size_t n_values;  /* 0: a range */
    double low, high;
    bool logarithmic, whole;
} nomen_axis;

/* Start it as {0}. */
typedef struct nomen_axes {
    nomen_axis *items; /* but that of the seed */
    size_t n;
    nomen_axis seeds;    /* whose values each trial is run with; none: name is NULL */
    size_t n_trials;     /* combinations, or random draws */
    char **values;       /* (n_trials, n) */
    const char **shared; /* the names of the items, for reports */
} nomen_axes;

/* Reads the axes; there are no trials yet. NOMEN_ERROR_ARGUMENT for what is no axis, and for a value that is given twice. */
nomen_status nomen_axes_read(const nomen_sweep_options *options, const nomen_train_options *base, nomen_axes *out,
                             nomen_error *err);
void nomen_axes_clear(nomen_axes *axes);

/* Sets a trial's values, and the seed number `seed` where there are seeds. The texts are borrowed from `axes`. */
nomen_status nomen_axes_set(const nomen_axes *axes, size_t trial, size_t seed, nomen_train_options *options, nomen_error *err);

/* The values of a trial, (n) texts. */
static inline const char *const *nomen_axes_values(const nomen_axes *axes, size_t trial) {
    return (const char *const *)(axes->values + trial * axes->n);
}

#endif
