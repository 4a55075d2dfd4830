/*
 * Blobs that are not whole yet. Each process writes to a file of its own, HASH.incomplete.RANDOM, which it holds locked, and
 * renames it when it is verified. So whatever other processes do, and whenever one is killed, a blob's name has a whole
 * blob; and a file that nobody holds is left over.
 */
#include "fetch/partial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sha1.h"

/* Files of other programs have no lock. One that nobody has written to for so many seconds is left over. */
enum { LEFT_ALONE = 3600 };

static const char suffix[] = ".incomplete";

bool nomen_partial_is_hash(const char *text) {
    size_t n = strlen(text);
    return (n == 40 || n == 64) && strspn(text, "0123456789abcdef") == n;
}

static nomen_status check_space(const char *blobs, int64_t size, nomen_error *err) {
    struct statvfs disk;
    if (size < 0 || statvfs(blobs, &disk) != 0) { return NOMEN_OK; } /* then writing will tell */
    unsigned long long free_bytes = (unsigned long long)disk.f_bavail * disk.f_frsize;
    if ((unsigned long long)size <= free_bytes) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_IO, "%s: %lld bytes are needed, and %llu are free on its disk", blobs,
                           (long long)size, free_bytes);
}

/* A fresh file, locked. Before it is, another process may take it for one left over and remove it; then comes another. */
static nomen_status open_fresh(nomen_partial *partial, const char *stem, nomen_error *err) {
    struct stat facts;
    for (;;) {
        nomen_status status = nomen_file_name_beside(stem, &partial->path, err);
        if (status != NOMEN_OK) { return status; }
        partial->file = open(partial->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (partial->file < 0 && errno == EEXIST) { continue; }
        if (partial->file < 0) {
            return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be written", partial->path);
        }
        while (flock(partial->file, LOCK_EX) != 0 && errno == EINTR) {
        } /* where there are no locks, nothing is taken for left over */
        if (fstat(partial->file, &facts) != 0 || facts.st_nlink > 0) { return NOMEN_OK; }
        close(partial->file);
        partial->file = -1;
    }
}

nomen_status nomen_partial_begin(const char *blobs, const char *hash, int64_t size, nomen_partial *out, nomen_error *err) {
    nomen_partial partial = {.file = -1, .hash = hash};
    nomen_buffer stem = {0};
    nomen_status status;
    NOMEN_TRY(check_space(blobs, size, err));
    NOMEN_TRY(NOMEN_JOIN(partial.blob, blobs, hash, err));
    NOMEN_TRY(nomen_buffer_printf(&stem, err, "%s%s", partial.blob, suffix));
    NOMEN_TRY(open_fresh(&partial, stem.data, err));
    nomen_sha256_start(&partial.sum);
    *out = partial;
    partial = (nomen_partial){.file = -1};
done:
    nomen_buffer_clear(&stem);
    nomen_partial_abandon(&partial);
    return status;
}

nomen_status nomen_partial_add(nomen_partial *partial, const void *bytes, size_t n_bytes, nomen_error *err) {
    const char *from = bytes;
    if (strlen(partial->hash) == 64) { nomen_sha256_add(&partial->sum, bytes, n_bytes); }
    partial->n_bytes += n_bytes;
    while (n_bytes > 0) {
        ssize_t n = write(partial->file, from, n_bytes);
        if (n < 0 && errno == EINTR) { continue; }
        if (n < 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be written", partial->blob); }
        from += n;
        n_bytes -= (size_t)n;
    }
    return NOMEN_OK;
}

nomen_status nomen_partial_restart(nomen_partial *partial, nomen_error *err) {
    if (ftruncate(partial->file, 0) != 0 || lseek(partial->file, 0, SEEK_SET) != 0) {
        return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be written", partial->blob);
    }
    partial->n_bytes = 0;
    nomen_sha256_start(&partial->sum);
    return NOMEN_OK;
}

/* git's SHA-1 of the file. */
static nomen_status sum_blob(nomen_partial *partial, char out[65], nomen_error *err) {
    nomen_sha1 sum;
    char part[65536];
    nomen_sha1_start_blob(&sum, partial->n_bytes);
    for (uint64_t at = 0; at < partial->n_bytes;) {
        ssize_t n = pread(partial->file, part, sizeof part, (off_t)at);
        if (n < 0 && errno == EINTR) { continue; }
        if (n <= 0) {
            return nomen_error_set_errno(err, NOMEN_ERROR_IO, n < 0 ? errno : EIO, "%s: can't be read", partial->path);
        }
        nomen_sha1_add(&sum, part, (size_t)n);
        at += (uint64_t)n;
    }
    nomen_sha1_finish(&sum, out);
    return NOMEN_OK;
}

nomen_status nomen_partial_commit(nomen_partial *partial, const char *file, nomen_error *err) {
    char found[65];
    nomen_status status = NOMEN_OK;
    if (strlen(partial->hash) == 64) {
        nomen_sha256_finish(&partial->sum, found);
    } else {
        NOMEN_TRY(sum_blob(partial, found, err));
    }
    if (strcmp(found, partial->hash) != 0) {
        NOMEN_FAIL(
            nomen_error_set(err, NOMEN_ERROR_FORMAT,
                            "%s: what came is not the hub's file: its %s is %s, expected %s; something between may change it",
                            file, strlen(found) == 64 ? "SHA-256" : "git SHA-1", found, partial->hash));
    }
    if (fsync(partial->file) != 0 || rename(partial->path, partial->blob) != 0) {
        NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be written", partial->blob));
    }
    close(partial->file);
    partial->file = -1;
    nomen_partial_abandon(partial);
done:
    return status;
}

void nomen_partial_abandon(nomen_partial *partial) {
    if (partial->file >= 0) {
        unlink(partial->path);
        close(partial->file);
    }
    nomen_mem_free(partial->blob);
    nomen_mem_free(partial->path);
    *partial = (nomen_partial){.file = -1};
}

/* 1: a partial file of this program, 2: of another; 0: neither. */
static int kind_of(const char *name) {
    const char *end = strstr(name, suffix);
    size_t n = end != NULL ? (size_t)(end - name) : 0;
    if (n < 40) { return 0; }
    end += sizeof suffix - 1;
    return *end == '\0' ? 2 : *end == '.' && strlen(end) == 9 ? 1 : 0;
}

static void remove_if_left(int directory, const char *name, bool own) {
    struct stat facts;
    int file = openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) { return; }
    bool locked = flock(file, LOCK_EX | LOCK_NB) == 0;
    bool held = !locked && errno == EWOULDBLOCK;
    bool old = fstat(file, &facts) == 0 && facts.st_mtime < time(NULL) - LEFT_ALONE;
    if (!held && ((own && locked) || old)) { unlinkat(directory, name, 0); }
    close(file);
}

void nomen_partial_sweep(const char *blobs) {
    DIR *directory = opendir(blobs);
    if (directory == NULL) { return; }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        int kind = kind_of(entry->d_name);
        if (kind != 0) { remove_if_left(dirfd(directory), entry->d_name, kind == 1); }
    }
    closedir(directory);
}
