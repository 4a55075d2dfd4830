/* What the first lines of a file of columns show of each column. */
#ifndef NOMEN_DATA_COLUMNS_SURVEY_H
#define NOMEN_DATA_COLUMNS_SURVEY_H

#include "data/cells.h"
#include "data/roles.h"

/* Columns that are looked at; more are cut off, as no format has them. */
enum { NOMEN_MOST_COLUMNS = 64 };

typedef struct nomen_column_facts {
    size_t n_tags;    /* O, B-type and so on */
    size_t n_strong;  /* the same without O */
    size_t n_chunks;  /* of these tags of phrases, such as B-NP */
    size_t n_numbers; /* digits alone */
    size_t n_letters; /* with a letter */
    size_t n_stars;   /* "*", "(X*", "*)", "(X)" */
    size_t n_opened;  /* of these such that begin with a bracket */
    size_t n_counted; /* numbers that follow the one before, in the file, or are 0 or 1 where a sentence begins */
    bool same;        /* one value in each sentence */
    size_t expected;  /* the next number, while looking */
    nomen_role role;  /* by the header, where there is one */
} nomen_column_facts;

typedef struct nomen_columns_survey {
    nomen_column_facts columns[NOMEN_MOST_COLUMNS];
    size_t n_columns, n_rows;
    size_t longest;                         /* rows of the longest sentence */
    size_t first_line;                      /* of the first row */
    nomen_span rows[2][NOMEN_MOST_COLUMNS]; /* cells of the first two rows, in the file's bytes */
    size_t row_lines[2];
    bool tabs;
    size_t header_line;  /* of titles: of a word and a tag; 0 for none */
    size_t maybe_header; /* of a row with the title of a word, and nothing that is surely one of a tag; 0 for none */
    size_t n_blank;      /* empty lines after the first row */
    bool maybe_tag[NOMEN_MOST_COLUMNS]; /* that row's cells which are tags */
    bool conll_u;                       /* comments of CoNLL-U stand between sentences */
    bool conll_2012;                    /* "#begin document" */
    size_t named_word, named_tag;       /* by "# global.columns"; SIZE_MAX for none */
} nomen_columns_survey;

nomen_status nomen_columns_look(const char *bytes, size_t n_bytes, nomen_columns_survey *out, nomen_error *err);

#endif
