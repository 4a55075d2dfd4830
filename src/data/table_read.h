/* What the readers of tables begin with. */
#ifndef NOMEN_DATA_TABLE_READ_H
#define NOMEN_DATA_TABLE_READ_H

#include "data/builder.h"
#include "data/table.h"

/*
 * Finds out what the table holds (*table) and reads its header: *csv, which is open with the same bytes, then stands on the
 * first row. *document gets the column that names documents, SIZE_MAX for none. Columns that are not read are counted; what
 * was decided by content is logged, unless the file has its usual form.
 */
nomen_status nomen_table_open(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_table *table, nomen_csv *csv,
                              size_t *document, nomen_error *err);

#endif
