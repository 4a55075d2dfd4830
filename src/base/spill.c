/*
 * Blocks that are files; see the header. A block has a page of its own before it, its head, which is how a block is found among
 * others; the heads are a list under a lock. Blocks are few and large, so the list is short.
 */
#include "base/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD = 1 << 16 }; /* bytes before a block: a multiple of every size of page that Linux has */

static const size_t least_usual = (size_t)1 << 20;

typedef struct spill_head {
    struct spill_head *before, *next;
    size_t n_bytes; /* of the mapping, the head included */
    int file;       /* -1: a file as it is, which is not resized */
} spill_head;

static _Thread_local nomen_spill *current;
static atomic_size_t least; /* 0: as usual */
static atomic_size_t n_blocks;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static spill_head *heads;

void nomen_spill_enter(nomen_spill *spill, const char *directory) {
    *spill = (nomen_spill){.outer = current, .directory = directory, .entered = true};
    current = spill;
}

nomen_status nomen_spill_leave(nomen_spill *spill, nomen_status status, nomen_error *err) {
    if (!spill->entered) { return status; }
    current = spill->outer;
    spill->entered = false;
    if (status != NOMEN_ERROR_MEMORY || spill->problem == 0) { return status; }
    if (err != NULL) { *err = (nomen_error){0}; }
    return nomen_error_set_errno(err, NOMEN_ERROR_IO, spill->problem,
                                 "%s: a file of %zu bytes can't be made there for the time of the work; free space, or give "
                                 "another directory",
                                 spill->directory, spill->n_bytes);
}

void nomen_spill_test_least(size_t n_bytes) {
    atomic_store(&least, n_bytes);
}

bool nomen_spill_wants(size_t n_bytes) {
    if (current == NULL) { return false; }
    size_t from = atomic_load(&least);
    return n_bytes >= (from > 0 ? from : least_usual);
}

static void *block_of(spill_head *head) {
    return (char *)head + HEAD;
}

static spill_head *head_of(void *block) {
    return (spill_head *)(void *)((char *)block - HEAD);
}

/* Puts a head into the list, or takes it out; with the lock held. */
static void link_head(spill_head *head) {
    head->before = NULL;
    head->next = heads;
    if (heads != NULL) { heads->before = head; }
    heads = head;
}

static void unlink_head(const spill_head *head) {
    if (head->next != NULL) { head->next->before = head->before; }
    *(head->before != NULL ? &head->before->next : &heads) = head->next;
}

static void *add_head(spill_head *head, size_t n_bytes, int file) {
    head->n_bytes = n_bytes;
    head->file = file;
    pthread_mutex_lock(&lock);
    link_head(head);
    pthread_mutex_unlock(&lock);
    atomic_fetch_add(&n_blocks, 1);
    return block_of(head);
}

bool nomen_spill_has(const void *block) {
    if (atomic_load(&n_blocks) == 0 || (uintptr_t)block % 4096 != 0) { return false; }
    pthread_mutex_lock(&lock);
    const spill_head *head = heads;
    while (head != NULL && (const char *)head + HEAD != (const char *)block) { head = head->next; }
    pthread_mutex_unlock(&lock);
    return head != NULL;
}

/* A file without a name, which goes when it is closed; -1 with errno. */
static int open_nameless(const char *directory) {
    int file = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) { return file; }
    char path[4096]; /* a file system that has no such files: one with a name, for a moment */
    int n = snprintf(path, sizeof path, "%s/spill.XXXXXX", directory);
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0) { unlink(path); }
    return file;
}

/* Keeps room for so many bytes: a page that the disk has no room for would end the process when it is written to. */
static int make_room(int file, size_t n_bytes) {
    int problem;
    do { problem = posix_fallocate(file, 0, (off_t)n_bytes); } while (problem == EINTR);
    return problem;
}

static void *give_up(int problem, size_t n_bytes, int file) {
    if (file >= 0) { close(file); }
    if (current != NULL && current->problem == 0) {
        current->problem = problem;
        current->n_bytes = n_bytes;
    }
    return NULL;
}

void *nomen_spill_new(size_t n_bytes) {
    if (n_bytes > PTRDIFF_MAX - HEAD) { return NULL; }
    int file = open_nameless(current->directory);
    if (file < 0) { return give_up(errno, n_bytes, -1); }
    int problem = make_room(file, n_bytes + HEAD);
    if (problem != 0) { return give_up(problem, n_bytes, file); }
    void *head = mmap(NULL, n_bytes + HEAD, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (head == MAP_FAILED) { return give_up(errno, n_bytes, file); }
    return add_head(head, n_bytes + HEAD, file);
}

void *nomen_spill_resize(void *block, size_t n_bytes) {
    spill_head *head = head_of(block);
    if (n_bytes > PTRDIFF_MAX - HEAD) { return NULL; }
    if (head->file < 0) { return n_bytes + HEAD <= head->n_bytes ? block : NULL; }
    if (n_bytes + HEAD > head->n_bytes) {
        int problem = make_room(head->file, n_bytes + HEAD);
        if (problem != 0) { return give_up(problem, n_bytes, -1); }
    }
    pthread_mutex_lock(&lock);
    unlink_head(head);
    size_t before = head->n_bytes;
    spill_head *moved = mremap(head, before, n_bytes + HEAD, MREMAP_MAYMOVE);
    if (moved != MAP_FAILED) {
        head = moved;
        head->n_bytes = n_bytes + HEAD;
    }
    link_head(head);
    pthread_mutex_unlock(&lock);
    if (moved == MAP_FAILED) { return give_up(ENOMEM, n_bytes, -1); }
    if (n_bytes + HEAD < before) { (void)!ftruncate(head->file, (off_t)(n_bytes + HEAD)); } /* what stays of it is harmless */
    return block_of(head);
}

void nomen_spill_free(void *block) {
    spill_head *head = head_of(block);
    int file = head->file;
    size_t n_bytes = head->n_bytes;
    pthread_mutex_lock(&lock);
    unlink_head(head);
    pthread_mutex_unlock(&lock);
    atomic_fetch_sub(&n_blocks, 1);
    munmap(head, n_bytes);
    if (file >= 0) { close(file); }
}

nomen_status nomen_spill_map(const char *path, size_t n_bytes, void **out, nomen_error *err) {
    struct stat info;
    char *head = MAP_FAILED;
    nomen_status status = NOMEN_OK;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) { NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be opened", path)); }
    if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode) || (size_t)info.st_size != n_bytes) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: has not the %zu bytes that it should have", path, n_bytes));
    }
    head = mmap(NULL, n_bytes + HEAD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (head == MAP_FAILED) { NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be mapped", path)); }
    if (mmap(head + HEAD, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file, 0) == MAP_FAILED) {
        NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be mapped", path));
    }
    *out = add_head((spill_head *)(void *)head, n_bytes + HEAD, -1);
    head = MAP_FAILED;
done:
    if (head != MAP_FAILED) { munmap(head, n_bytes + HEAD); }
    if (file >= 0) { close(file); }
    return status;
}
