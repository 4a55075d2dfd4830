/* A blob while it comes: a file of its own, which gets the blob's name when its bytes have the hash that is the name. */
#ifndef NOMEN_FETCH_PARTIAL_H
#define NOMEN_FETCH_PARTIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sha256.h"
#include "base/error.h"

typedef struct nomen_partial {
    int file;
    char *blob, *path; /* the final name, and the name until then */
    const char *hash;  /* borrowed: 64 digits of a SHA-256, or 40 of git's SHA-1 */
    uint64_t n_bytes;
    nomen_sha256 sum; /* of what has come, for a SHA-256; the other needs the size first, and is for small files */
} nomen_partial;

/* Whether a text can be the name of a blob: nothing else could be verified. */
bool nomen_partial_is_hash(const char *text);

/* Begins; `size` (-1: not known) must be free on the disk. */
nomen_status nomen_partial_begin(const char *blobs, const char *hash, int64_t size, nomen_partial *out, nomen_error *err);
nomen_status nomen_partial_add(nomen_partial *partial, const void *bytes, size_t n_bytes, nomen_error *err);
nomen_status nomen_partial_restart(nomen_partial *partial, nomen_error *err);

/* Verifies and gives it its name. NOMEN_ERROR_FORMAT where the bytes have another hash. `file` is for messages. */
nomen_status nomen_partial_commit(nomen_partial *partial, const char *file, nomen_error *err);

/* Removes what is not committed. Harmless after commit, and with {0} and file -1. */
void nomen_partial_abandon(nomen_partial *partial);

/* Removes what killed processes left in a directory of blobs. A process holds a lock on its own while it lives. */
void nomen_partial_sweep(const char *blobs);

#endif
