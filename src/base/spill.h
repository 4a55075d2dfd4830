/*
 * Memory whose pages are a file's. What a thread asks of base/mem in the scope of a spill is, from a mebibyte on, a mapping of a
 * nameless file in a directory of the caller's choice: the system may write such pages out and take them back, so arrays can be
 * larger than the machine's memory, and everything that works on arrays works on them. A block may also show a file as it is
 * (nomen_mem_map). Either is freed by nomen_mem_free, in the scope or after it; a process that is killed leaves no file behind.
 */
#ifndef NOMEN_BASE_SPILL_H
#define NOMEN_BASE_SPILL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct nomen_spill {
    struct nomen_spill *outer;
    const char *directory; /* borrowed */
    int problem;           /* the errno of the first file that could not be made or grown; 0 for none */
    size_t n_bytes;        /* that were asked for there */
    bool entered;
} nomen_spill;

/* Begins a scope of this thread; `spill` starts as {0} and stays where it is until it is left. */
void nomen_spill_enter(nomen_spill *spill, const char *directory);

/*
 * Ends it (nothing is done where it was not begun) and gives `status` back; a NOMEN_ERROR_MEMORY that the directory is to blame
 * for becomes NOMEN_ERROR_IO in *err, which says what to free.
 */
nomen_status nomen_spill_leave(nomen_spill *spill, nomen_status status, nomen_error *err);

/* For tests alone: the bytes from which on a block is a file; 0 for what it is otherwise. */
void nomen_spill_test_least(size_t n_bytes);

/*
 * For base/mem.c. Whether a request of n_bytes is one for a file; a new zeroed block, and one with another size in the place of
 * `block`, which stays where that fails (NULL); whether `block` is such a block; freeing it.
 */
bool nomen_spill_wants(size_t n_bytes);
void *nomen_spill_new(size_t n_bytes);
void *nomen_spill_resize(void *block, size_t n_bytes);
bool nomen_spill_has(const void *block);
void nomen_spill_free(void *block);

/*
 * For nomen_mem_map: the bytes of a file as a block. A write to it stays this process's own. The file must not be changed while
 * the block is there; it may be removed, or another put in its place.
 */
nomen_status nomen_spill_map(const char *path, size_t n_bytes, void **out, nomen_error *err);

#endif
