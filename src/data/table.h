/*
 * Tables: delimited values below a header. Which separator, which column holds what, and whether a row is a sentence or a
 * token, is found by the titles and the first rows, or stated by the options.
 */
#ifndef NOMEN_DATA_TABLE_H
#define NOMEN_DATA_TABLE_H

#include "data/table_shape.h"

/*
 * Looks at the header and up to 100 rows. Where the options state the format or columns, a header that lacks them is
 * NOMEN_ERROR_FORMAT, as are two columns that could both hold the tags; the message names `name`, the line and the columns.
 * A first line that is no known header is shape NONE.
 */
nomen_status nomen_table_find(const char *bytes, size_t n_bytes, const char *name, const nomen_data_options *options,
                              nomen_table *out, nomen_error *err);

/*
 * NOMEN_ERROR_FORMAT for a header, which *csv stands on, that lacks the column `missing`; `tokens`: of a table of a row a
 * token. It names the columns that are there, and the options that choose among them.
 */
nomen_status nomen_table_refuse(const nomen_csv *csv, const char *name, size_t line, const char *missing, bool tokens,
                                nomen_error *err);

#endif
