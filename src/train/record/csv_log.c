/* The log of a run as a CSV file. */
#include "train/record/csv_log.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/number.h"

const char nomen_csv_log_header[] =
    "step,epoch,loss,learning_rate,grad_norm,dev_loss,dev_accuracy,dev_precision,dev_recall,dev_f1";

enum { N_COLUMNS = 10, ROW_SIZE = (NOMEN_NUMBER_SIZE + 1) * N_COLUMNS + 2 };
#define LINE_END "\r\n" /* as RFC 4180 has it */

/* A whole number as people write it (the shortest form of 100 is 1e+02), another in its shortest form, a NaN as nothing. */
static void add_cell(double number, char text[NOMEN_NUMBER_SIZE]) {
    text[0] = '\0';
    if (!isfinite(number)) { return; }
    if (number == floor(number) && fabs(number) < 1e15) {
        nomen_number_snprintf(text, NOMEN_NUMBER_SIZE, "%.0f", number);
    } else {
        nomen_number_shortest(number, text);
    }
}

/* A row with its end. Returns its bytes. */
static size_t make_row(nomen_history_item item, char row[ROW_SIZE]) {
    const nomen_log_entry *x = item.entry;
    const nomen_train_evaluation *e = item.evaluation;
    double cells[N_COLUMNS] = {0, 0, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (x != NULL) {
        memcpy(cells, (double[]){(double)x->step, x->epoch, x->loss, x->learning_rate, nomen_log_norm(x)}, 5 * sizeof *cells);
    } else {
        cells[0] = (double)e->step;
        cells[1] = e->epoch;
        memcpy(cells + 5, (double[]){e->dev_loss, e->dev_token_accuracy, e->dev_precision, e->dev_recall, e->dev_f1},
               5 * sizeof *cells);
    }
    size_t n = 0;
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (i > 0) { row[n++] = ','; }
        add_cell(cells[i], row + n);
        n += strlen(row + n);
    }
    memcpy(row + n, LINE_END, sizeof LINE_END);
    return n + sizeof LINE_END - 1;
}

/* The whole file of a history. */
static nomen_status make_rows(nomen_history history, nomen_buffer *out, nomen_error *err) {
    nomen_history_item item;
    char row[ROW_SIZE];
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, nomen_csv_log_header, err));
    NOMEN_TRY(nomen_buffer_append_text(out, LINE_END, err));
    while (nomen_history_next(&history, &item)) { NOMEN_TRY(nomen_buffer_append(out, row, make_row(item, row), err)); }
done:
    return status;
}

/* Reads the first bytes of a file; a file that is not there has none. */
static nomen_status read_start(const char *path, char *bytes, size_t size, size_t *n_bytes, nomen_error *err) {
    *n_bytes = 0;
    if (!nomen_file_exists(path)) { return NOMEN_OK; }
    nomen_mapping file;
    nomen_status status = nomen_mapping_open(path, &file, err);
    if (status != NOMEN_OK) { return status; }
    *n_bytes = file.size < size ? file.size : size;
    if (*n_bytes > 0) { memcpy(bytes, file.data, *n_bytes); }
    nomen_mapping_close(&file);
    return NOMEN_OK;
}

nomen_status nomen_csv_log_check(const char *path, bool replace, nomen_error *err) {
    char start[sizeof nomen_csv_log_header];
    size_t n = 0, n_header = sizeof nomen_csv_log_header - 1;
    nomen_status status = read_start(path, start, sizeof start, &n, err);
    if (status != NOMEN_OK || n == 0) { return status; }
    if (n < n_header || memcmp(start, nomen_csv_log_header, n_header) != 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%s: is no log of a run, as its first line is not \"%s\"; it is left alone: give another file",
                               path, nomen_csv_log_header);
    }
    if (replace) { return NOMEN_OK; }
    return nomen_error_set_remedy(err, NOMEN_ERROR_EXISTS, NOMEN_REMEDY_OVERWRITE, "%s: holds the log of another run", path);
}

nomen_status nomen_csv_log_open(const char *path, nomen_history history, bool replace, nomen_append_file *out, nomen_error *err) {
    nomen_buffer rows = {0}, there = {0};
    bool exists = nomen_file_exists(path), written = false;
    nomen_status status;
    NOMEN_TRY(make_rows(history, &rows, err));
    if (exists) { NOMEN_TRY(nomen_file_read(path, &there, err)); }
    size_t n = there.size < rows.size ? there.size : rows.size;
    if (!replace && n > 0 && memcmp(there.data, rows.data, n) != 0) {
        NOMEN_FAIL(nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_OVERWRITE,
                                          "%s: is the log of another run, as its rows are not those of the run that goes on",
                                          path));
    }
    if (there.size != rows.size || (n > 0 && memcmp(there.data, rows.data, n) != 0)) {
        NOMEN_TRY(nomen_file_write(path, rows.data, rows.size, err));
        written = true;
    }
    status = nomen_append_file_open(path, false, out, err);
    out->made = status == NOMEN_OK && !exists;
done:
    if (status != NOMEN_OK && written && !exists) { unlink(path); }
    nomen_buffer_clear(&rows);
    nomen_buffer_clear(&there);
    return status;
}

void nomen_csv_log_add(nomen_append_file *file, nomen_history_item item) {
    char row[ROW_SIZE];
    nomen_append_file_add(file, row, make_row(item, row), "the log of the run (CSV)");
}
