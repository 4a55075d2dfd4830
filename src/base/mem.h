/*
 * All memory of the library comes from here. Every request takes a count and a size and is checked for overflow;
 * tests can make the n-th request fail and can ask how many blocks are live.
 */
#ifndef NOMEN_BASE_MEM_H
#define NOMEN_BASE_MEM_H

#include <stddef.h>

#include "base/error.h"

/* `count` zeroed elements of `size` bytes, or NULL. A count of 0 gives a pointer that can be freed. */
void *nomen_mem_new(size_t count, size_t size);

/* The same, uninitialised and aligned to 64 bytes, for numbers. */
void *nomen_mem_new_aligned(size_t count, size_t size);

/*
 * The same for numbers that are read repeatedly, as packed weights are: on huge pages, where
 * the system has them, which spares a walk through the page tables every 4 KiB.
 */
void *nomen_mem_new_huge(size_t count, size_t size);

/* Returns the whole pages inside a part of a block to the system: their contents are lost, the block stays. */
void nomen_mem_drop(void *pointer, size_t n_bytes);

/* Grows or shrinks a block of nomen_mem_new; the old block stays valid when it returns NULL. */
void *nomen_mem_resize(void *pointer, size_t count, size_t size);

/* Frees any of them; NULL is allowed. */
void nomen_mem_free(void *pointer);

/*
 * *out = the n_bytes > 0 bytes of the file at `path`, a block like others, but that it does not grow. NOMEN_ERROR_FORMAT where
 * the file has more bytes or fewer. See base/spill.h, which also has a scope in which large blocks are files of their own.
 */
nomen_status nomen_mem_map(const char *path, size_t n_bytes, void **out, nomen_error *err);

/* A copy of `n_bytes` bytes with a NUL after them, or NULL. */
char *nomen_mem_copy(const void *bytes, size_t n_bytes);

/* *text = a copy of `value`; what *text was is freed, unless memory is out. */
nomen_status nomen_mem_replace_text(char **text, const char *value, nomen_error *err);

/* p = count zeroed elements, as a status. */
#define NOMEN_NEW(p, count, err) \
    (((p) = nomen_mem_new((count), sizeof *(p))) ? NOMEN_OK : nomen_error_memory((err), (count), sizeof *(p)))

/* p = count uninitialised elements on a 64-byte boundary, as a status. */
#define NOMEN_NEW_ALIGNED(p, count, err) \
    (((p) = nomen_mem_new_aligned((count), sizeof *(p))) ? NOMEN_OK : nomen_error_memory((err), (count), sizeof *(p)))

/* p = count uninitialised elements on huge pages, as a status. */
#define NOMEN_NEW_HUGE(p, count, err) \
    (((p) = nomen_mem_new_huge((count), sizeof *(p))) ? NOMEN_OK : nomen_error_memory((err), (count), sizeof *(p)))

/* p = a copy of n bytes with a NUL after them, as a status; what p was is not freed. */
#define NOMEN_COPY(p, bytes, n, err) (((p) = nomen_mem_copy((bytes), (n))) ? NOMEN_OK : nomen_error_memory((err), (n), 1))

/*
 * Makes room for `needed` elements in array `p` of capacity `cap`, at least doubling it. As a
 * status; on failure p and cap are as they were.
 */
#define NOMEN_RESERVE(p, cap, needed, err) \
    ((needed) <= (cap) ? NOMEN_OK : nomen_mem_reserve(&(p), &(cap), (needed), sizeof *(p), (err)))

/* For NOMEN_RESERVE: `pointer` is the address of the array pointer. */
nomen_status nomen_mem_reserve(void *pointer, size_t *capacity, size_t needed, size_t size, nomen_error *err);

/* a * b in *out, or NOMEN_ERROR_LIMIT naming `what`. */
nomen_status nomen_mem_product(size_t a, size_t b, const char *what, size_t *out, nomen_error *err);

/*
 * For tests alone. The request number `n` from now (0 is the next) fails; with `lasting` all later
 * ones too. A negative n switches failing off.
 */
void nomen_mem_test_fail(long n, int lasting);

/* For tests alone: how many requests were made since nomen_mem_test_fail, and how many blocks are live. */
long nomen_mem_test_requests(void);
long nomen_mem_test_live(void);

#endif
