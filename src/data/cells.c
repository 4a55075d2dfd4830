/* The cells of a line of columns; see the header. */
#include "data/cells.h"

#include "base/mem.h"
#include "data/line_cursor.h"

void nomen_cells_clear(nomen_cells *cells) {
    nomen_mem_free(cells->items);
    *cells = (nomen_cells){0};
}

static nomen_status add_cell(nomen_cells *cells, size_t start, size_t end, nomen_error *err) {
    nomen_status status = NOMEN_RESERVE(cells->items, cells->capacity, cells->n + 1, err);
    if (status == NOMEN_OK) { cells->items[cells->n++] = (nomen_span){start, end}; }
    return status;
}

static nomen_status cut_at_tabs(nomen_cells *cells, const char *line, size_t n_bytes, size_t n_columns, nomen_error *err) {
    for (size_t at = 0; at <= n_bytes;) {
        size_t end = nomen_find_near(line, at, n_bytes, '\t');
        nomen_status status = add_cell(cells, at, end, err);
        if (status != NOMEN_OK) { return status; }
        at = end + 1;
    }
    while (cells->n > n_columns && cells->items[cells->n - 1].start == cells->items[cells->n - 1].end) { cells->n--; }
    return NOMEN_OK;
}

static nomen_status cut_at_blanks(nomen_cells *cells, const char *line, size_t n_bytes, nomen_error *err) {
    for (size_t i = 0; i < n_bytes;) {
        while (i < n_bytes && nomen_is_blank(line[i])) { i++; }
        size_t start = i;
        while (i < n_bytes && !nomen_is_blank(line[i])) { i++; }
        nomen_status status = i == start ? NOMEN_OK : add_cell(cells, start, i, err);
        if (status != NOMEN_OK) { return status; }
    }
    return NOMEN_OK;
}

nomen_status nomen_cells_cut(nomen_cells *cells, const char *line, size_t n_bytes, bool tabs, size_t n_columns,
                             nomen_error *err) {
    cells->n = 0;
    return tabs ? cut_at_tabs(cells, line, n_bytes, n_columns, err) : cut_at_blanks(cells, line, n_bytes, err);
}

bool nomen_is_extra_token(const char *cell, size_t n_bytes) {
    size_t i = 0, first;
    while (i < n_bytes && cell[i] >= '0' && cell[i] <= '9') { i++; }
    if (i == 0 || i == n_bytes || (cell[i] != '-' && cell[i] != '.')) { return false; }
    for (first = ++i; i < n_bytes && cell[i] >= '0' && cell[i] <= '9'; i++) {}
    return i == n_bytes && i > first;
}
