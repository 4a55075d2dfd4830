/*
 * Lines of columns, one token each: how they are cut, and which column holds the word and which the tag, by what the first
 * lines show. A file of columns says none of this itself, and the column next to the right one often looks much like it.
 */
#ifndef NOMEN_DATA_COLUMNS_H
#define NOMEN_DATA_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/cells.h"

/* Columns are counted from 0 here. */
typedef struct nomen_columns {
    size_t n_columns; /* of every row; 0 where there is no row */
    size_t line;      /* of the first row */
    bool tabs;        /* one tab separates two columns; otherwise runs of blanks do */
    size_t header;    /* the line of the titles, which is no token; 0 for none */
    size_t word, tag;
    size_t number;                       /* the column that counts the tokens of a sentence; SIZE_MAX for none */
    bool prefixed;                       /* what was seen of the tags is O, B-type and so on */
    bool stars;                          /* tags are written (PER*, * and *), as in CoNLL-2012 */
    bool unended;                        /* titles stand over the columns, and no empty line has ended a sentence so far */
    bool other_letters;                  /* a column that is neither the word's nor the tag's holds letters */
    uint64_t watched;                    /* columns that held nothing but O so far; a tag there later makes the choice doubtful */
    char decision[NOMEN_ERROR_SIZE / 2]; /* what was decided that is not plain to see, for the log; "" for nothing */
} nomen_columns;

/*
 * Looks at up to 100 rows and 1 MiB. `word` and `tag` are columns that were asked for: from 1, or from the last by -1; 0 for
 * by content. NOMEN_ERROR_FORMAT, naming `name` and the columns, where several could hold the tags, or none does in a file
 * of CoNLL-U.
 */
nomen_status nomen_columns_find(const char *bytes, size_t n_bytes, const char *name, int word, int tag, nomen_columns *out,
                                nomen_error *err);

/* The place of a column that was asked for; n or more where there is no such. 0 gives `otherwise`. */
size_t nomen_column_place(int column, size_t n, size_t otherwise);

/* Whether a line that begins with # and stands between sentences is a comment, by its cells: no row, or one without a tag. */
bool nomen_columns_is_comment(const nomen_columns *columns, const char *line, const nomen_cells *cells);

#endif
