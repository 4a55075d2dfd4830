/* The entities of the training data, to distinguish seen ones from new ones. */
#ifndef NOMEN_EVAL_SEEN_H
#define NOMEN_EVAL_SEEN_H

#include "base/intern.h"
#include "eval/overlap.h"

typedef struct nomen_seen_table {
    nomen_interner keys; /* an entity's words, each after a space, and the same with its type before them */
    char *key;           /* scratch */
    size_t key_capacity;
} nomen_seen_table;

/* Room for the key of any entity of a sentence of which the longest type has n_type bytes: to be made before. */
nomen_status nomen_seen_reserve(nomen_seen_table *table, size_t n_type, const nomen_span *words, size_t n_words,
                                nomen_error *err);

nomen_status nomen_seen_add(nomen_seen_table *table, const char *type, const char *text, const nomen_span *words,
                            const nomen_run *run, nomen_error *err);

nomen_seen_before nomen_seen_find(nomen_seen_table *table, const char *type, const char *text, const nomen_span *words,
                                  const nomen_run *run);

void nomen_seen_clear(nomen_seen_table *table);

#endif
