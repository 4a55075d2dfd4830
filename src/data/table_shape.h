/* What was found out of a table. */
#ifndef NOMEN_DATA_TABLE_SHAPE_H
#define NOMEN_DATA_TABLE_SHAPE_H

#include "data/csv.h"
#include "data/list_cell.h"
#include "nomen/data.h"

typedef enum nomen_table_shape {
    NOMEN_TABLE_NONE = 0,  /* the first line is no header that is known */
    NOMEN_TABLE_SENTENCES, /* a row a sentence: a text, or a list of words, and its tags */
    NOMEN_TABLE_TOKENS     /* a row a token: a word and its tag */
} nomen_table_shape;

typedef struct nomen_table {
    nomen_table_shape shape;
    char delimiter;
    size_t n_columns;
    size_t text, tag;               /* columns; `text` is that of the words too */
    size_t sentence;                /* TOKENS: the column that names the sentence; SIZE_MAX: empty rows end sentences */
    bool one_sentence;              /* TOKENS: all rows are one, as was stated */
    bool text_is_list, tag_is_list; /* SENTENCES: cells hold lists, see list_cell.h */
    bool tag_commas;                /* SENTENCES: commas stand between the tags of a cell */
    bool usual;                     /* the titles and the separator are those of the article's or of Kaggle's file */
    size_t other;   /* a second column that might have held the text or the tags, for the log; SIZE_MAX for none */
    size_t n_roles; /* columns whose titles are known */
} nomen_table;

#endif
