/*
 * libcsv is fed one line at a time, so that a row's completion and every fault have a line. A row
 * can only end where a line does, so one feeding completes one row at most.
 */
#include "data/csv.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* Long lines go to libcsv in parts, so that the limit on fields bites before memory does. */
static const size_t longest_feed = (size_t)1 << 20;

/* libcsv grows its field by a fixed step. This one, and the field's own size above it (see feed), keep
 * long fields from costing the square of their length. */
static const size_t field_step = (size_t)1 << 12;

static int no_space(unsigned char byte) {
    (void)byte; /* spaces belong to the fields: words are cut at them, so none may be trimmed */
    return 0;
}

static void *grow(void *block, size_t n_bytes) {
    return nomen_mem_resize(block, n_bytes, 1);
}

static void start_parser(nomen_csv *csv) {
    (void)csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI); /* fails on NULL alone */
    csv_set_delim(&csv->parser, (unsigned char)csv->delimiter);
    csv_set_space_func(&csv->parser, no_space);
    csv_set_realloc_func(&csv->parser, grow);
    csv_set_free_func(&csv->parser, nomen_mem_free);
    csv_set_blk_size(&csv->parser, field_step);
}

void nomen_csv_open(nomen_csv *csv, const char *bytes, size_t n_bytes, char delimiter) {
    *csv = (nomen_csv){.lines = {.bytes = bytes, .n_bytes = n_bytes}, .delimiter = delimiter, .line = 1};
    start_parser(csv);
}

void nomen_csv_close(nomen_csv *csv) {
    csv_free(&csv->parser);
    nomen_buffer_clear(&csv->row);
    nomen_mem_free(csv->fields);
    csv->fields = NULL;
}

static nomen_status add_field(nomen_csv *csv, size_t start, size_t end) {
    nomen_status status = NOMEN_RESERVE(csv->fields, csv->fields_capacity, csv->n_fields + 1, csv->err);
    if (status == NOMEN_OK) { csv->fields[csv->n_fields++] = (nomen_span){start, end}; }
    return status;
}

static void end_field(void *bytes, size_t n_bytes, void *data) {
    nomen_csv *csv = data;
    size_t start = csv->row.size;
    if (csv->status == NOMEN_OK) { csv->status = nomen_buffer_append(&csv->row, n_bytes > 0 ? bytes : "", n_bytes, csv->err); }
    if (csv->status == NOMEN_OK) { csv->status = add_field(csv, start, csv->row.size); }
    csv->field_line = csv->line;
    csv->field_at = csv->at;
}

static void end_row(int terminator, void *data) {
    (void)terminator;
    ((nomen_csv *)data)->complete = true;
}

/* Drops the broken row and continues after the line on which its broken field opened. */
static void recover(nomen_csv *csv) {
    nomen_line_cursor_back(&csv->lines, csv->field_at);
    csv->at = nomen_line_cursor_end(&csv->lines, csv->field_at);
    csv->line = csv->field_line + 1;
    csv->inside = false;
    csv->finished = false;
    csv_free(&csv->parser);
    start_parser(csv);
}

static nomen_status fault(nomen_csv *csv, size_t line, const char *what) {
    csv->fault_line = line;
    snprintf(csv->fault, sizeof csv->fault, "%s", what);
    recover(csv);
    return NOMEN_ERROR_DATA;
}

/* What libcsv stopped at; `byte` is where, n_bytes for the end of the file. */
static nomen_status broken(nomen_csv *csv, size_t byte) {
    int code = csv_error(&csv->parser);
    if (code == CSV_ENOMEM || code == CSV_ETOOBIG) { return nomen_error_out_of_memory(csv->err); }
    if (byte >= csv->lines.n_bytes) {
        return fault(csv, csv->field_line,
                     "the quote that opens here is never closed; close it, and double the quotes inside the field");
    }
    if (csv->lines.bytes[byte] == '"') {
        return fault(csv, csv->line,
                     "a quote inside a field that does not start with one; put the whole field in quotes and double "
                     "those inside it");
    }
    char what[sizeof csv->fault];
    snprintf(what, sizeof what,
             "the quote that opens here is closed on line %zu, but is followed neither by %s nor by the end of the line; double "
             "the quotes inside the field",
             csv->line, csv->delimiter == ',' ? "a comma" : "a separator");
    return fault(csv, csv->field_line, what);
}

/* A whole line without a quote is cut at its delimiters where it stands: most lines of most files. */
static nomen_status cut_line(nomen_csv *csv, size_t start, size_t end) {
    const char *line = csv->lines.bytes + start;
    size_t n = end - start, at = 0;
    while (n > 0 && nomen_is_line_end(line[n - 1])) { n--; }
    if (n > 0) { csv->base = line; }
    while (n > 0) {
        const char *mark = memchr(line + at, csv->delimiter, n - at);
        size_t stop = mark == NULL ? n : (size_t)(mark - line);
        nomen_status status = add_field(csv, at, stop);
        if (status != NOMEN_OK) { return status; }
        if (mark == NULL) { break; }
        at = stop + 1;
    }
    csv->row_line = csv->line++;
    csv->complete = n > 0;
    csv->after_blank = csv->after_blank || n == 0;
    csv->at = end;
    return NOMEN_OK;
}

/* Whether a field between tabs is enclosed in quotes: those inside it are all doubled. */
static bool is_enclosed(const char *field, size_t n) {
    if (n < 2 || field[0] != '"' || field[n - 1] != '"') { return false; }
    for (size_t i = 1; i + 1 < n; i++) {
        if (field[i] != '"') { continue; }
        if (i + 2 >= n || field[++i] != '"') { return false; }
    }
    return true;
}

/* A line of fields between tabs that holds a quote. */
static nomen_status cut_tabs(nomen_csv *csv, size_t start, size_t end) {
    const char *line = csv->lines.bytes + start;
    size_t n = end - start;
    while (n > 0 && nomen_is_line_end(line[n - 1])) { n--; }
    for (size_t at = 0; at <= n;) {
        size_t from = csv->row.size, stop = nomen_find_near(line, at, n, '\t');
        bool enclosed = is_enclosed(line + at, stop - at);
        for (size_t i = at + enclosed; i < stop - enclosed; i++) {
            nomen_status status = nomen_buffer_append_byte(&csv->row, line[i], csv->err);
            if (status != NOMEN_OK) { return status; }
            i += enclosed && line[i] == '"'; /* of a doubled one */
        }
        nomen_status status = add_field(csv, from, csv->row.size);
        if (status != NOMEN_OK) { return status; }
        at = stop + 1;
    }
    csv->row_line = csv->line++;
    csv->complete = true;
    csv->at = end;
    return nomen_buffer_append(&csv->row, "", 0, csv->err); /* so that a row of empty fields has bytes too */
}

/*
 * The same for a line whose quotes are all round whole fields, as around those with commas. Another is left to
 * libcsv: false, and nothing has happened.
 */
static bool cut_quoted(nomen_csv *csv, size_t start, size_t end, nomen_status *status) {
    const char *line = csv->lines.bytes + start;
    size_t n = end - start;
    while (n > 0 && nomen_is_line_end(line[n - 1])) { n--; }
    for (size_t at = 0; *status == NOMEN_OK; at++) {
        bool quoted = at < n && line[at] == '"';
        size_t from = at + quoted, stop = from;
        while (stop < n && line[stop] != '"' && (quoted || line[stop] != csv->delimiter)) { stop++; }
        at = stop + quoted;
        bool whole = quoted ? stop < n && (at == n || line[at] == csv->delimiter) : stop == n || line[stop] == csv->delimiter;
        if (!whole) {
            csv->n_fields = 0;
            return false;
        }
        *status = add_field(csv, from, stop);
        if (at == n) { break; }
    }
    csv->base = line;
    csv->row_line = csv->line++;
    csv->complete = true;
    csv->at = end;
    return true;
}

/* Feeds one line, or a part of a long one. */
static nomen_status feed(nomen_csv *csv) {
    size_t start = csv->at, end = nomen_line_cursor_end(&csv->lines, start);
    const char *bytes = csv->lines.bytes;
    if (!csv->inside && !csv->no_shortcut && memchr(bytes + start, '"', end - start) == NULL) {
        return cut_line(csv, start, end);
    }
    if (csv->delimiter == '\t') { return cut_tabs(csv, start, end); }
    nomen_status cut = NOMEN_OK;
    if (!csv->inside && !csv->no_shortcut && end - start <= longest_feed && cut_quoted(csv, start, end, &cut)) { return cut; }
    bool whole = end - start <= longest_feed;
    if (!whole) { end = start + longest_feed; }
    if (!csv->inside) {
        csv->field_line = csv->line;
        csv->field_at = start;
    }
    if (start - csv->field_at > NOMEN_CSV_LONGEST_FIELD) {
        return fault(csv, csv->field_line, "the field that starts here has more than 64 MiB; close its quote");
    }
    size_t so_far = start - csv->field_at;
    csv_set_blk_size(&csv->parser, so_far > field_step ? so_far : field_step);
    size_t done = csv_parse(&csv->parser, bytes + start, end - start, end_field, end_row, csv);
    if (csv->status != NOMEN_OK) { return csv->status; }
    if (done != end - start) { return broken(csv, start + done); }
    bool blank = nomen_is_line_end(bytes[start]);
    if (!csv->inside && !blank) { csv->row_line = csv->line; }
    csv->after_blank = csv->after_blank || (blank && !csv->inside);
    csv->inside = !csv->complete && (csv->inside || !blank);
    csv->at = end;
    csv->line += whole && nomen_is_line_end(bytes[end - 1]);
    return NOMEN_OK;
}

nomen_status nomen_csv_next(nomen_csv *csv, bool *found, nomen_error *err) {
    csv->err = err;
    csv->status = NOMEN_OK;
    csv->complete = false;
    csv->after_blank = false;
    csv->base = NULL;
    csv->n_fields = 0;
    csv->row.size = 0;
    while (!csv->complete) {
        nomen_status status = NOMEN_OK;
        if (csv->at < csv->lines.n_bytes) {
            status = feed(csv);
        } else if (!csv->finished) {
            csv->finished = true;
            if (csv_fini(&csv->parser, end_field, end_row, csv) != 0) { status = broken(csv, csv->lines.n_bytes); }
            if (status == NOMEN_OK) { status = csv->status; }
        } else {
            break;
        }
        if (status != NOMEN_OK) { return status; }
    }
    if (csv->base == NULL) { csv->base = csv->row.data; }
    *found = csv->complete;
    return NOMEN_OK;
}

bool nomen_csv_is_empty(const nomen_csv *csv) {
    size_t i = 0;
    while (i < csv->n_fields && csv->fields[i].end == csv->fields[i].start) { i++; }
    return i == csv->n_fields;
}

int nomen_csv_column(const nomen_csv *csv, const char *title) {
    size_t n_title = strlen(title);
    for (size_t i = 0; i < csv->n_fields && i < INT32_MAX; i++) {
        size_t n;
        const char *field = nomen_csv_field(csv, i, &n);
        while (n > 0 && (field[0] == ' ' || field[0] == '\t')) {
            field++;
            n--;
        }
        while (n > 0 && (field[n - 1] == ' ' || field[n - 1] == '\t')) { n--; }
        if (n == n_title && strncasecmp(field, title, n) == 0) { return (int)i; }
    }
    return -1;
}

bool nomen_csv_has(const nomen_csv *csv, const char *const *titles) {
    while (*titles != NULL && nomen_csv_column(csv, *titles) >= 0) { titles++; }
    return *titles == NULL;
}

nomen_status nomen_csv_quote_from(nomen_buffer *out, size_t start, nomen_buffer *scratch, nomen_error *err) {
    nomen_status status;
    nomen_buffer_reset(scratch);
    NOMEN_TRY(nomen_buffer_append(scratch, out->data + start, out->size - start, err));
    out->size = start;
    status = nomen_csv_append_field(out, scratch->data, scratch->size, err);
done:
    return status;
}

nomen_status nomen_csv_append_field(nomen_buffer *out, const char *bytes, size_t n_bytes, nomen_error *err) {
    static const bool special[256] = {[','] = true, ['"'] = true, ['\n'] = true, ['\r'] = true};
    bool bare = true;
    for (size_t i = 0; i < n_bytes && bare; i++) { bare = !special[(unsigned char)bytes[i]]; }
    if (bare) { return nomen_buffer_append(out, bytes, n_bytes, err); }
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_byte(out, '"', err));
    for (const char *end = bytes + n_bytes; bytes < end;) {
        const char *quote = memchr(bytes, '"', (size_t)(end - bytes));
        size_t n = quote == NULL ? (size_t)(end - bytes) : (size_t)(quote - bytes) + 1;
        NOMEN_TRY(nomen_buffer_append(out, bytes, n, err));
        if (quote != NULL) { NOMEN_TRY(nomen_buffer_append_byte(out, '"', err)); }
        bytes += n;
    }
    NOMEN_TRY(nomen_buffer_append_byte(out, '"', err));
done:
    return status;
}
