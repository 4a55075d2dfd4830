/*
 * The seed's CSV: a header with the columns `text` and `labels` in any order among others, then a row
 * a sentence. Words and labels are cut at U+0020 and nowhere else: GMB has words that are, or hold,
 * other kinds of white space.
 */
#include "base/error.h"
#include "data/csv.h"
#include "data/readers.h"

static nomen_status read_row(nomen_builder *builder, const nomen_csv *csv, size_t text, size_t labels,
                             size_t n_columns, nomen_error *err) {
    if (csv->n_fields != n_columns) {
        return nomen_builder_fault(builder, csv->row_line, err,
                                   "%zu field%s where the header has %zu; %s", csv->n_fields,
                                   csv->n_fields == 1 ? "" : "s", n_columns,
                                   csv->n_fields < n_columns ? "give every column"
                                                            : "a text with a comma in it must stand in quotes");
    }
    size_t n_text, n_labels;
    const char *text_bytes = nomen_csv_field(csv, text, &n_text);
    const char *labels_bytes = nomen_csv_field(csv, labels, &n_labels);
    return nomen_builder_add_row(builder, text_bytes, n_text, labels_bytes, n_labels, csv->row_line, err);
}

/* Reads the header and finds the two columns. */
static nomen_status read_header(nomen_csv *csv, const char *name, size_t *text, size_t *labels, nomen_error *err) {
    bool found = false;
    nomen_status status = nomen_csv_next(csv, &found, err);
    if (status == NOMEN_ERROR_DATA) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%zu: %s", name, csv->fault_line, csv->fault);
    }
    if (status != NOMEN_OK) { return status; }
    int text_column = found ? nomen_csv_column(csv, NOMEN_SEED_CSV_TEXT) : -1;
    int labels_column = found ? nomen_csv_column(csv, NOMEN_SEED_CSV_LABELS) : -1;
    if (text_column < 0 || labels_column < 0) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s:%zu: the CSV header has no column '%s'; the columns 'text' and 'labels' are needed",
                               name, found ? csv->row_line : 1,
                               text_column < 0 ? NOMEN_SEED_CSV_TEXT : NOMEN_SEED_CSV_LABELS);
    }
    *text = (size_t)text_column;
    *labels = (size_t)labels_column;
    return NOMEN_OK;
}

nomen_status nomen_seed_csv_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    nomen_csv csv;
    nomen_csv_open(&csv, bytes, n_bytes);
    size_t text = 0, labels = 0;
    nomen_status status;
    NOMEN_TRY(read_header(&csv, builder->name, &text, &labels, err));
    size_t n_columns = csv.n_fields;
    bool found = true;
    while (found && !nomen_builder_full(builder)) {
        status = nomen_csv_next(&csv, &found, err);
        if (status == NOMEN_ERROR_DATA) {
            NOMEN_TRY(nomen_builder_fault(builder, csv.fault_line, err, "%s", csv.fault));
        } else if (status == NOMEN_OK && found) {
            NOMEN_TRY(read_row(builder, &csv, text, labels, n_columns, err));
        } else if (status != NOMEN_OK) {
            goto done;
        }
    }
done:
    nomen_csv_close(&csv);
    return status;
}
