/* The cells of a line of columns. */
#ifndef NOMEN_DATA_CELLS_H
#define NOMEN_DATA_CELLS_H

#include <stdbool.h>

#include "base/error.h"
#include "nomen/tokenizer.h"

/* Start from {0}. */
typedef struct nomen_cells {
    nomen_span *items;
    size_t n, capacity;
} nomen_cells;

/*
 * Cuts a line without its end: at single tabs, or at runs of blanks. Empty cells after the first `n_columns` at tabs do not
 * count, as some files end lines in a tab.
 */
nomen_status nomen_cells_cut(nomen_cells *cells, const char *line, size_t n_bytes, bool tabs, size_t n_columns, nomen_error *err);
void nomen_cells_clear(nomen_cells *cells);

/* Whether a cell counts tokens that are none of the sentence's own: "3-4" or "5.1" of CoNLL-U. */
bool nomen_is_extra_token(const char *cell, size_t n_bytes);

#endif
