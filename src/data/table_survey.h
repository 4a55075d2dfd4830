/* What the first rows of a table show of its cells. */
#ifndef NOMEN_DATA_TABLE_SURVEY_H
#define NOMEN_DATA_TABLE_SURVEY_H

#include "data/table_shape.h"

/* What the first rows show of one column. */
typedef struct nomen_table_column_facts {
    size_t n_filled; /* cells that hold something */
    size_t n_tags;   /* cells that are a tag, tags between spaces, or a list */
    size_t n_lists;  /* cells that are a list */
} nomen_table_column_facts;

/* What they show of the text's and the tags' columns together. */
typedef struct nomen_table_row_facts {
    size_t n_rows, n_empty;            /* rows that hold something; empty ones among them */
    size_t n_several;                  /* rows with more than one word or tag */
    size_t n_inside;                   /* rows of one word whose tag goes on with an entity */
    size_t n_text_tags, n_text_strong; /* rows whose text is nothing but tags; and not O alone */
    size_t n_tag_tags;                 /* rows whose tags are tags */
    size_t n_tag_lists, n_text_lists;
    size_t n_commas;       /* rows whose tags stand between commas */
    size_t shortened_line; /* of a list that numpy shortened; 0 for none */
} nomen_table_row_facts;

typedef struct nomen_table_finder {
    const char *bytes, *name;
    size_t n_bytes, n_all; /* those that are looked at, and all of the file */
    const nomen_data_options *options;
    nomen_table *table;
    nomen_csv csv; /* its row is the header, while that is looked at */
    nomen_list list;
} nomen_table_finder;

/* Goes back to the header: f->csv then stands on it. */
nomen_status nomen_table_reopen(nomen_table_finder *f, bool *found, nomen_error *err);

/* Looks at the cells of one column; f->csv is then anywhere. */
nomen_status nomen_table_look_at_column(nomen_table_finder *f, size_t column, nomen_table_column_facts *out, nomen_error *err);

/* Looks at the cells of f->table's text and tags together, and goes back to the header. */
nomen_status nomen_table_look_at_rows(nomen_table_finder *f, nomen_table_row_facts *out, nomen_error *err);

#endif
