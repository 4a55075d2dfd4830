/*
 * A hash map from byte strings to ids, open addressing with linear probes, filled once and then only
 * read. Its hash can be taken back byte by byte, so WordPiece finds the longest key that starts a
 * word with one walk forward and one back.
 */
#ifndef NOMEN_TOKEN_STRMAP_H
#define NOMEN_TOKEN_STRMAP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/intern.h"

typedef struct nomen_strmap_slot {
    const char *key; /* borrowed; NULL: empty */
    uint32_t n_bytes;
    int32_t id;
} nomen_strmap_slot;

/* Start from {0}, an empty map that finds nothing. */
typedef struct nomen_strmap {
    nomen_strmap_slot *slots;
    uint32_t *tags; /* the upper half of each key's hash, so that most misses touch no key */
    size_t mask;    /* number of slots - 1 */
    size_t n;       /* keys */
    size_t longest; /* bytes of the longest key */
} nomen_strmap;

/* The inverse modulo 2^64 of FNV's prime, which is odd. */
#define NOMEN_STRMAP_INVERSE 0xCE965057AFF6957Bu

static inline uint64_t nomen_strmap_push(uint64_t hash, char byte) {
    return (hash ^ (unsigned char)byte) * NOMEN_FNV_PRIME;
}

static inline uint64_t nomen_strmap_pop(uint64_t hash, char byte) {
    return (hash * NOMEN_STRMAP_INVERSE) ^ (unsigned char)byte;
}

static inline uint64_t nomen_strmap_hash(const char *key, size_t n_bytes) {
    uint64_t hash = NOMEN_FNV_SEED;
    for (size_t i = 0; i < n_bytes; i++) { hash = nomen_strmap_push(hash, key[i]); }
    return hash;
}

/* The id of a key whose hash is known, or -1. */
static inline int32_t nomen_strmap_find(const nomen_strmap *map, const char *key, size_t n_bytes, uint64_t hash) {
    if (map->slots == NULL) { return -1; }
    hash ^= hash >> 29; /* the low bits of FNV see little of a short key's first bytes */
    for (size_t i = (size_t)hash & map->mask;; i = (i + 1) & map->mask) {
        const nomen_strmap_slot *slot = &map->slots[i];
        if (map->tags[i] == (uint32_t)(hash >> 32) && slot->key != NULL && slot->n_bytes == n_bytes &&
            memcmp(slot->key, key, n_bytes) == 0) {
            return slot->id;
        }
        if (slot->key == NULL) { return -1; }
    }
}

static inline int32_t nomen_strmap_get(const nomen_strmap *map, const char *key, size_t n_bytes) {
    return nomen_strmap_find(map, key, n_bytes, nomen_strmap_hash(key, n_bytes));
}

/* Makes room for `n_keys` keys in an empty map. */
nomen_status nomen_strmap_create(size_t n_keys, nomen_strmap *out, nomen_error *err);

/*
 * Adds a key, which must outlive the map; there must be room for it. Returns the id of an equal key
 * that is there already (nothing is changed then), or -1.
 */
int32_t nomen_strmap_add(nomen_strmap *map, const char *key, size_t n_bytes, int32_t id);

/* Frees and leaves {0}. */
void nomen_strmap_clear(nomen_strmap *map);

#endif
