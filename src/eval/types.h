/* Names met by a scorer, such as entity types: interned to 0, 1, 2, ... in the order they came. */
#ifndef NOMEN_EVAL_TYPES_H
#define NOMEN_EVAL_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct nomen_type_table {
    char **names; /* (n) */
    size_t n;
    size_t capacity;
    int32_t *slots; /* (n_slots) open addressing: a type's index, or -1; n_slots is a power of two */
    size_t n_slots;
} nomen_type_table;

/* The index of a name, added when it is new. On failure the table is as it was. */
nomen_status nomen_type_table_intern(nomen_type_table *table, const char *name, size_t n_bytes, int32_t *out,
                                     nomen_error *err);

/* The index of a name, or -1. */
int32_t nomen_type_table_find(const nomen_type_table *table, const char *name, size_t n_bytes);

/* Frees what it holds and leaves {0}. */
void nomen_type_table_clear(nomen_type_table *table);

#endif
