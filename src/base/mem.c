/* The only calls of the C allocator, or of the one that a program set, with a failure counter for tests. */
#include "base/mem.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/spill.h"
#include "nomen/runtime.h"

static atomic_long n_requests;
static atomic_long n_live;
static atomic_long fail_at = -1;
static atomic_int fail_lasting;

/*
 * What nomen_set_allocator set, or NULLs. Its blocks have a head, which holds what it gave for them: it knows no
 * alignment, so the library's block may begin later.
 */
static struct {
    nomen_allocate_function allocate;
    nomen_resize_function resize;
    nomen_release_function release;
    void *user;
} custom;
typedef union block_head {
    void *block;
    max_align_t alignment;
} block_head;

/* Counts a request and returns whether it must fail. */
static int request_fails(void) {
    long number = atomic_fetch_add_explicit(&n_requests, 1, memory_order_relaxed);
    long at = atomic_load_explicit(&fail_at, memory_order_relaxed);
    if (at < 0) { return 0; }
    return number == at || (number > at && atomic_load_explicit(&fail_lasting, memory_order_relaxed));
}

static void *counted(void *pointer) {
    if (pointer != NULL) { atomic_fetch_add_explicit(&n_live, 1, memory_order_relaxed); }
    return pointer;
}

/* A block of the program's allocator, on a border that is a power of two. */
static void *custom_new(size_t border, size_t n_bytes) {
    size_t most = border - 1 + sizeof(block_head);
    if (n_bytes > PTRDIFF_MAX - most) { return NULL; }
    char *block = custom.allocate(custom.user, n_bytes + most);
    if (block == NULL) { return NULL; }
    char *pointer = block + sizeof(block_head) + (border - ((uintptr_t)block + sizeof(block_head)) % border) % border;
    memcpy(pointer - sizeof(block_head), &block, sizeof block);
    return pointer;
}

static void *custom_block(void *pointer) {
    void *block;
    memcpy(&block, (char *)pointer - sizeof(block_head), sizeof block);
    return block;
}

/* Only blocks without a border are resized, so the library's block begins right after the head. */
static void *custom_resize(void *pointer, size_t n_bytes) {
    if (pointer == NULL) { return custom_new(1, n_bytes); }
    if (n_bytes > PTRDIFF_MAX - sizeof(block_head)) { return NULL; }
    char *block = custom.resize(custom.user, custom_block(pointer), n_bytes + sizeof(block_head));
    if (block == NULL) { return NULL; }
    memcpy(block, &(block_head){.block = block}, sizeof(block_head));
    return block + sizeof(block_head);
}

nomen_status nomen_set_allocator(nomen_allocate_function allocate, nomen_resize_function resize, nomen_release_function release,
                                 void *user, nomen_error *err) {
    if (allocate == NULL || resize == NULL || release == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "an allocator is three functions, and one of them is NULL");
    }
    if (custom.allocate != NULL || atomic_load(&n_requests) > 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "the allocator can only be set once, before any other call");
    }
    custom.allocate = allocate;
    custom.resize = resize;
    custom.release = release;
    custom.user = user;
    return NOMEN_OK;
}

void *nomen_mem_new(size_t count, size_t size) {
    size_t n_bytes;
    if (request_fails() || __builtin_mul_overflow(count, size, &n_bytes) || n_bytes > PTRDIFF_MAX) { return NULL; }
    if (nomen_spill_wants(n_bytes)) { return counted(nomen_spill_new(n_bytes)); }
    if (custom.allocate == NULL) { return counted(calloc(count ? count : 1, size ? size : 1)); }
    void *pointer = custom_new(1, n_bytes);
    if (pointer != NULL) { memset(pointer, 0, n_bytes); }
    return counted(pointer);
}

static void *new_on_border(size_t border, size_t count, size_t size, size_t *n_bytes) {
    if (request_fails() || __builtin_mul_overflow(count, size, n_bytes) || *n_bytes > PTRDIFF_MAX) { return NULL; }
    void *pointer = NULL;
    if (custom.allocate != NULL) { return counted(custom_new(border, *n_bytes)); }
    if (posix_memalign(&pointer, border, *n_bytes ? *n_bytes : 1) != 0) { return NULL; }
    return counted(pointer);
}

void *nomen_mem_new_aligned(size_t count, size_t size) {
    size_t n_bytes;
    return new_on_border(64, count, size, &n_bytes);
}

void *nomen_mem_new_huge(size_t count, size_t size) {
    static const size_t page = (size_t)2 << 20; /* of x86-64, and of aarch64 with small pages of 4 KiB */
    size_t n_bytes;
    void *pointer = new_on_border(page, count, size, &n_bytes);
    if (pointer != NULL && n_bytes >= page) { (void)madvise(pointer, n_bytes, MADV_HUGEPAGE); } /* advice: it may fail */
    return pointer;
}

void nomen_mem_drop(void *pointer, size_t n_bytes) {
    long size = sysconf(_SC_PAGESIZE);
    if (size <= 0) { return; }
    uintptr_t page = (uintptr_t)size, start = ((uintptr_t)pointer + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)pointer + n_bytes) / page * page;
    if (start < end) { (void)madvise((char *)pointer + (start - (uintptr_t)pointer), end - start, MADV_DONTNEED); }
}

void *nomen_mem_resize(void *pointer, size_t count, size_t size) {
    size_t n_bytes;
    if (request_fails() || __builtin_mul_overflow(count, size, &n_bytes) || n_bytes > PTRDIFF_MAX) { return NULL; }
    if (nomen_spill_has(pointer)) { return nomen_spill_resize(pointer, n_bytes); }
    if (pointer == NULL && nomen_spill_wants(n_bytes)) { return counted(nomen_spill_new(n_bytes)); }
    void *moved = custom.allocate != NULL ? custom_resize(pointer, n_bytes) : realloc(pointer, n_bytes ? n_bytes : 1);
    return pointer == NULL ? counted(moved) : moved;
}

void nomen_mem_free(void *pointer) {
    if (pointer == NULL) { return; }
    atomic_fetch_sub_explicit(&n_live, 1, memory_order_relaxed);
    if (nomen_spill_has(pointer)) {
        nomen_spill_free(pointer);
    } else if (custom.allocate != NULL) {
        custom.release(custom.user, custom_block(pointer));
    } else {
        free(pointer);
    }
}

nomen_status nomen_mem_map(const char *path, size_t n_bytes, void **out, nomen_error *err) {
    if (request_fails()) { return nomen_error_memory(err, n_bytes, 1); }
    nomen_status status = nomen_spill_map(path, n_bytes, out, err);
    if (status == NOMEN_OK) { (void)counted(*out); }
    return status;
}

void nomen_free(void *pointer) {
    nomen_mem_free(pointer);
}

char *nomen_mem_copy(const void *bytes, size_t n_bytes) {
    if (n_bytes == SIZE_MAX) { return NULL; }
    char *copy = nomen_mem_new(n_bytes + 1, 1);
    if (copy != NULL && n_bytes > 0) { memcpy(copy, bytes, n_bytes); }
    return copy;
}

nomen_status nomen_mem_replace_text(char **text, const char *value, nomen_error *err) {
    char *copy = nomen_mem_copy(value, strlen(value));
    if (copy == NULL) { return nomen_error_memory(err, strlen(value) + 1, 1); }
    nomen_mem_free(*text);
    *text = copy;
    return NOMEN_OK;
}

/* A block of `before` bytes becomes one of `n_bytes`, a file; its place alone says how long it was. */
static void *move_to_file(void *block, size_t before, size_t n_bytes) {
    if (request_fails()) { return NULL; }
    void *moved = counted(nomen_spill_new(n_bytes));
    if (moved == NULL) { return NULL; }
    memcpy(moved, block, before);
    nomen_mem_free(block);
    return moved;
}

nomen_status nomen_mem_reserve(void *pointer, size_t *capacity, size_t needed, size_t size, nomen_error *err) {
    /* `pointer` is the address of some object pointer; going through memcpy keeps aliasing rules. */
    void *block;
    memcpy(&block, pointer, sizeof block);
    size_t wanted = *capacity < 8 ? 16 : *capacity;
    while (wanted < needed) { wanted = wanted > SIZE_MAX / 2 ? needed : wanted * 2; }
    size_t n_bytes;
    bool fits = !__builtin_mul_overflow(wanted, size, &n_bytes);
    bool moves = fits && block != NULL && nomen_spill_wants(n_bytes) && !nomen_spill_has(block);
    block = moves ? move_to_file(block, *capacity * size, n_bytes) : nomen_mem_resize(block, wanted, size);
    if (block == NULL) { return nomen_error_memory(err, wanted, size); }
    memcpy(pointer, &block, sizeof block);
    *capacity = wanted;
    return NOMEN_OK;
}

nomen_status nomen_mem_product(size_t a, size_t b, const char *what, size_t *out, nomen_error *err) {
    size_t product;
    if (__builtin_mul_overflow(a, b, &product)) {
        return nomen_error_set(err, NOMEN_ERROR_LIMIT, "%s: %zu x %zu is more than this machine can address", what, a, b);
    }
    *out = product;
    return NOMEN_OK;
}

void nomen_mem_test_fail(long n, int lasting) {
    atomic_store(&fail_lasting, lasting);
    atomic_store(&n_requests, 0);
    atomic_store(&fail_at, n);
}

long nomen_mem_test_requests(void) {
    return atomic_load(&n_requests);
}

long nomen_mem_test_live(void) {
    return atomic_load(&n_live);
}
