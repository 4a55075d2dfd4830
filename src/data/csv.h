/*
 * Rows of delimited values out of memory: CSV by libcsv in its strict mode, with line numbers that stay right across
 * quoted newlines, and with a way to go on after a broken quote. Between tabs a quote is a character like any other,
 * as in files of columns, unless a pair of them encloses the whole field.
 */
#ifndef NOMEN_DATA_CSV_H
#define NOMEN_DATA_CSV_H

#include <csv.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "data/line_cursor.h"
#include "nomen/tokenizer.h"

/* A field longer than this means a quote that never closes; it bounds memory and the time lost on it. */
#define NOMEN_CSV_LONGEST_FIELD ((size_t)64 << 20)

typedef struct nomen_csv {
    struct csv_parser parser;
    nomen_line_cursor lines; /* over the bytes: valid UTF-8 without NUL, borrowed */
    char delimiter;          /* a comma, semicolon, bar or tab */
    size_t at;               /* bytes consumed */
    size_t line;             /* line of the next byte */

    nomen_buffer row; /* the row's fields as libcsv gave them, one after the other */
    const char *base; /* what `fields` count from: `row`, or the line itself where it holds no quote */
    nomen_span *fields;
    size_t n_fields;
    size_t fields_capacity;
    size_t row_line;  /* line on which the row starts */
    bool complete;    /* the row is */
    bool after_blank; /* an empty line stood before the row */
    bool no_shortcut; /* for tests: every line goes through libcsv */

    bool inside;       /* a row has begun */
    bool finished;     /* libcsv knows that the input ended */
    size_t field_line; /* where the current field starts: its line, and a byte on that line */
    size_t field_at;
    nomen_status status; /* of the callbacks, which can't return one */
    size_t fault_line;   /* a broken quote: its line, and the message */
    char fault[256];
    nomen_error *err; /* during nomen_csv_next */
} nomen_csv;

void nomen_csv_open(nomen_csv *csv, const char *bytes, size_t n_bytes, char delimiter);
void nomen_csv_close(nomen_csv *csv);

/*
 * The next row; *found is false at the end. Empty lines are passed over, see csv->after_blank. NOMEN_ERROR_DATA is a
 * broken quote: `fault` and `fault_line` describe it, *err is left to the caller, who knows the
 * file's name and whether to go on; the next call then starts with the line after the one on which
 * the broken field opened.
 */
nomen_status nomen_csv_next(nomen_csv *csv, bool *found, nomen_error *err);

/* A field of the row; borrowed until the next call. */
static inline const char *nomen_csv_field(const nomen_csv *csv, size_t field, size_t *n_bytes) {
    *n_bytes = csv->fields[field].end - csv->fields[field].start;
    return csv->base + csv->fields[field].start;
}

/* Whether no field of the row holds anything. */
bool nomen_csv_is_empty(const nomen_csv *csv);

/* The column of the row that is called `title` (white space round it and ASCII case aside), or -1. */
int nomen_csv_column(const nomen_csv *csv, const char *title);

/* Whether the row has a column with each of the titles (NULL ends them). */
bool nomen_csv_has(const nomen_csv *csv, const char *const *titles);

/* Appends a field, in quotes where it needs them. */
nomen_status nomen_csv_append_field(nomen_buffer *out, const char *bytes, size_t n_bytes, nomen_error *err);

/* Makes a field of what `out` holds from `start` on, in quotes where it needs them; by way of `scratch`. */
nomen_status nomen_csv_quote_from(nomen_buffer *out, size_t start, nomen_buffer *scratch, nomen_error *err);

#endif
