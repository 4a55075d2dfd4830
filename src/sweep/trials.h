/* The trials of a sweep: which values each of them has. */
#ifndef NOMEN_SWEEP_TRIALS_H
#define NOMEN_SWEEP_TRIALS_H

#include "sweep/axes.h"

/*
 * Reads the axes (nomen_axes_read) and lays out the trials. A combination of lists has the last axis change fastest; what is
 * drawn depends on options->seed and on the trials before it alone, so that more trials begin with the same ones.
 * NOMEN_ERROR_ARGUMENT for more random trials than there are combinations; the values are checked by setting them in `base`.
 */
nomen_status nomen_axes_make(const nomen_sweep_options *options, const nomen_train_options *base, nomen_axes *out,
                             nomen_error *err);

#endif
