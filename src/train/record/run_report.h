/*
 * The page about a run: one HTML file, nothing fetched, no scripts. It has the curves, the scores by type, which types were
 * taken for which, the sentences with most errors, what the data are, and how the run was started.
 */
#ifndef NOMEN_TRAIN_RUN_REPORT_H
#define NOMEN_TRAIN_RUN_REPORT_H

#include "train/record/report_page.h"

/*
 * Whether the file at `path` may become the report: it is absent, empty, or such a page, which only `replace` allows to be
 * replaced. NOMEN_ERROR_ARGUMENT for a foreign file, NOMEN_ERROR_EXISTS with NOMEN_REMEDY_OVERWRITE.
 */
nomen_status nomen_run_report_check(const char *path, bool replace, nomen_error *err);

/* Writes the page to options->report, as a whole. Where the disk fails there is a warning; fails with NOMEN_ERROR_MEMORY. */
nomen_status nomen_run_report_write(const nomen_run_report *report, nomen_error *err);

#endif
