/* Names of tags, numbered in order of appearance, found by hashing. */
#ifndef NOMEN_DATA_TAG_TABLE_H
#define NOMEN_DATA_TAG_TABLE_H

#include <stdint.h>

#include "base/error.h"

/* More different tags than this means that the column does not hold tags. */
#define NOMEN_MOST_TAGS 65536

typedef struct nomen_tag_table {
    char **names;
    size_t *lines; /* where each was first seen */
    size_t n;
    size_t names_capacity, lines_capacity;
    int32_t *slots; /* open addressing, -1 for empty; a power of two of them */
    size_t n_slots;
    int32_t last; /* the answer before, and its size: tags come in runs */
    size_t last_size;
} nomen_tag_table;

/*
 * The number of a tag in *out; a new one is copied. NOMEN_ERROR_LIMIT, naming `file` and `line`,
 * where there are too many.
 */
nomen_status nomen_tag_table_add(nomen_tag_table *table, const char *tag, size_t n_bytes, const char *file, size_t line,
                                 int32_t *out, nomen_error *err);
/* Hands the names over, an array of *n, and leaves the table empty. */
void nomen_tag_table_take(nomen_tag_table *table, char ***names, size_t *n);
void nomen_tag_table_clear(nomen_tag_table *table);

/* FNV-1a of 64 bits (Fowler, Noll, Vo). */
uint64_t nomen_data_hash(const char *bytes, size_t n_bytes);

#endif
