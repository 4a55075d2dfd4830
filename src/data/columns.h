/* Lines of columns: what can be told of a file by its first ones. */
#ifndef NOMEN_DATA_COLUMNS_H
#define NOMEN_DATA_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether each of the first lines has as many columns, the last a tag; a single line of many might be a text. */
bool nomen_columns_have_tags(const char *bytes, size_t n_bytes);

#endif
