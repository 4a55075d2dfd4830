/*
 * A hash table from texts to numbers. The caller keeps the texts and says whether one is the same; hashes are keyed
 * by chance, so that no file can make its texts collide. Nothing that comes out depends on the key.
 */
#ifndef NOMEN_BASE_HASHES_H
#define NOMEN_BASE_HASHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"

/* Small, as what a look-up costs is the memory that it reaches: half a hash, which sends few to a second look. */
typedef struct nomen_hashes_slot {
    uint32_t hash;
    uint32_t item; /* from 1; 0 is free */
} nomen_hashes_slot;

typedef struct nomen_hashes {
    nomen_hashes_slot *slots;
    size_t n_slots, n; /* n_slots is a power of two */
} nomen_hashes;

/* A key, by chance, for the hashes of a table. */
uint64_t nomen_hashes_key(void);

/* Room for one more of UINT32_MAX at most; on failure the table is as it was. */
nomen_status nomen_hashes_reserve(nomen_hashes *table, nomen_error *err);

/*
 * The slot of the first item with this hash for which `same` is true, or the free one where it belongs; there must
 * be room. Set its hash and item to fill it, and count table->n up.
 */
nomen_hashes_slot *nomen_hashes_find(nomen_hashes *table, uint32_t hash, bool (*same)(const void *user, size_t item),
                                     const void *user);

void nomen_hashes_clear(nomen_hashes *table);

static inline uint64_t nomen_hashes_mix(uint64_t a, uint64_t b) {
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The half that a table takes. */
static inline uint32_t nomen_hashes_half(uint64_t hash) {
    return (uint32_t)(hash ^ hash >> 32);
}

/* Mixes more bytes into a hash, and how many they are. */
static inline uint64_t nomen_hashes_hash(uint64_t hash, const char *bytes, size_t n_bytes) {
    static const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15), other = UINT64_C(0xD6E8FEB86659FD93);
    uint64_t eight = 0;
    size_t left = n_bytes;
    for (; left >= sizeof eight; left -= sizeof eight, bytes += sizeof eight) {
        memcpy(&eight, bytes, sizeof eight);
        hash = nomen_hashes_mix(hash ^ odd, eight ^ other);
    }
    if (left >= 4) { /* the rest in two steps that may overlap: a copy of a length not known is a call */
        uint32_t low, high;
        memcpy(&low, bytes, 4);
        memcpy(&high, bytes + left - 4, 4);
        eight = (uint64_t)high << 32 | low;
    } else if (left > 0) {
        eight = (uint64_t)(unsigned char)bytes[0] << 16 | (uint64_t)(unsigned char)bytes[left / 2] << 8 |
                (unsigned char)bytes[left - 1];
    } else {
        eight = 0;
    }
    return nomen_hashes_mix(hash ^ eight ^ odd, other ^ n_bytes);
}

#endif
