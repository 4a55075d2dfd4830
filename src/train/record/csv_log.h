/*
 * The log of a run as a CSV file (RFC 4180): a row for each entry of the log and for each evaluation, written as it happens.
 * Nothing in it depends on time, so that the file of a resumed run has the bytes of one that was never stopped.
 */
#ifndef NOMEN_TRAIN_CSV_LOG_H
#define NOMEN_TRAIN_CSV_LOG_H

#include "train/record/append_file.h"
#include "train/record/history.h"

/* The first line, without its end, by which a file is known as such a log. */
extern const char nomen_csv_log_header[];

/*
 * Whether the file at `path` may become the log of a run: it is absent, empty, or such a log, and only `replace` allows a log
 * that has anything in it. NOMEN_ERROR_ARGUMENT for a foreign file, NOMEN_ERROR_EXISTS with NOMEN_REMEDY_OVERWRITE.
 */
nomen_status nomen_csv_log_check(const char *path, bool replace, nomen_error *err);

/*
 * Opens the log of a run that has this history. What the file has after it (a run that was killed later than its last checkpoint
 * has written it) is cut off, by replacing the file as a whole. Unless `replace`, a log whose rows are not those of the history
 * is another run's, and NOMEN_ERROR_ARGUMENT. *out starts as NOMEN_APPEND_FILE_NONE.
 */
nomen_status nomen_csv_log_open(const char *path, nomen_history history, bool replace, nomen_append_file *out, nomen_error *err);

/* Adds a row. */
void nomen_csv_log_add(nomen_append_file *file, nomen_history_item item);

#endif
