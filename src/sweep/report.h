/* What a sweep gave: trials from runs, and the forms that people read. */
#ifndef NOMEN_SWEEP_REPORT_H
#define NOMEN_SWEEP_REPORT_H

#include "sweep/ledger.h"

/* All trials of which a run is done; the best first. */
nomen_status nomen_sweep_report_make(const nomen_axes *axes, const nomen_ledger *ledger, size_t folds, nomen_sweep_report **out,
                                     nomen_error *err);

/* DIRECTORY/sweep.csv: a row a trial, RFC 4180. */
nomen_status nomen_sweep_write_csv(const nomen_sweep_report *report, const char *directory, nomen_error *err);

/* DIRECTORY/sweep.html: the table, and for each hyper-parameter the scores over its values. `base` is what the trials share. */
nomen_status nomen_sweep_write_html(const nomen_sweep_report *report, const nomen_train_options *base, const char *directory,
                                    nomen_error *err);

#endif
