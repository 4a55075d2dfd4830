/*
 * Names to numbers: each different name gets the next of 0, 1, 2, ... in the order in which they come. A hash table and
 * not a list, as names come from files that anybody may have written: a new one on each line must not take quadratic time.
 */
#ifndef NOMEN_BASE_INTERN_H
#define NOMEN_BASE_INTERN_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* FNV-1a of 64 bits (Fowler, Noll, Vo): hash = (hash ^ byte) * prime. */
#define NOMEN_FNV_SEED UINT64_C(0xCBF29CE484222325)
#define NOMEN_FNV_PRIME UINT64_C(0x100000001B3)

/* The FNV-1a hash with its upper half folded into the lower, which is what tables index by. */
static inline uint64_t nomen_hash(const char *bytes, size_t n_bytes) {
    uint64_t hash = NOMEN_FNV_SEED;
    for (size_t i = 0; i < n_bytes; i++) { hash = (hash ^ (unsigned char)bytes[i]) * NOMEN_FNV_PRIME; }
    return hash ^ hash >> 32;
}

/* Start from {0}. */
typedef struct nomen_interner {
    char **names; /* (n) */
    size_t n, capacity;
    int32_t *slots; /* (n_slots) open addressing: a name's number, or -1; n_slots is a power of two */
    size_t n_slots;
    int32_t last; /* the number found last, and the bytes of its name: tags come in runs */
    size_t last_size;
} nomen_interner;

/* The number of a name, which is copied when it is new. On failure the table is as it was. */
nomen_status nomen_intern(nomen_interner *interner, const char *name, size_t n_bytes, int32_t *out, nomen_error *err);

/* The number of a name, or -1. */
int32_t nomen_interner_find(const nomen_interner *interner, const char *name, size_t n_bytes);

/* Transfers the names, an array of *n, to the caller and leaves {0}. */
void nomen_interner_move(nomen_interner *interner, char ***names, size_t *n);

/* Frees what it holds and leaves {0}. */
void nomen_interner_clear(nomen_interner *interner);

#endif
