/* The cache's folders and links; see store.h. */
#include "fetch/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/call.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "fetch/partial.h"
#include "nomen/hub.h"

nomen_status nomen_store_open(const char *cache, const char *name, const char *commit, nomen_store *out, nomen_error *err) {
    nomen_store store = {.commit = commit};
    char *snapshots = NULL, *locks = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_COPY(store.cache, cache, strlen(cache), err));
    NOMEN_TRY(nomen_hub_folder(cache, name, &store.folder, err));
    NOMEN_TRY(NOMEN_JOIN(store.blobs, store.folder, "blobs", err));
    NOMEN_TRY(NOMEN_JOIN(snapshots, store.folder, "snapshots", err));
    NOMEN_TRY(NOMEN_JOIN(store.snapshot, snapshots, commit, err));
    NOMEN_TRY(NOMEN_JOIN(locks, cache, ".locks", err));
    NOMEN_TRY(nomen_hub_folder(locks, name, &store.locks, err));
    *out = store;
    store = (nomen_store){0};
done:
    nomen_mem_free(snapshots);
    nomen_mem_free(locks);
    nomen_store_close(&store);
    return status;
}

void nomen_store_close(nomen_store *store) {
    nomen_mem_free(store->cache);
    nomen_mem_free(store->folder);
    nomen_mem_free(store->blobs);
    nomen_mem_free(store->snapshot);
    nomen_mem_free(store->locks);
    *store = (nomen_store){0};
}

nomen_status nomen_store_make_directories(const char *path, nomen_error *err) {
    char *part = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_COPY(part, path, strlen(path), err));
    for (size_t i = 1, n = strlen(path); i <= n; i++) {
        if (part[i] != '/' && part[i] != '\0') { continue; }
        part[i] = '\0';
        int problem = mkdir(part, 0777) == 0 ? 0 : errno;
        if (problem != 0 &&
            !nomen_file_is_directory(part)) { /* on a disk that is read-only it is not EEXIST even where it exists */
            NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, problem, "%s: can't be created", part));
        }
        part[i] = path[i];
    }
done:
    nomen_mem_free(part);
    return status;
}

/* Tells programs that make backups what is a cache (https://bford.info/cachedir/). Nothing depends on it. */
static void mark_cache(const nomen_store *store) {
    static const char text[] = "Signature: 8a477f597d28d172789f06886806bc55\n# This file marks a directory of cached downloads, "
                               "which backups can leave out: https://bford.info/cachedir/\n";
    char *path = nomen_file_join(store->cache, "CACHEDIR.TAG");
    if (path != NULL && !nomen_file_exists(path)) { (void)nomen_file_write(path, text, sizeof text - 1, NULL); }
    nomen_mem_free(path);
}

nomen_status nomen_store_prepare(nomen_store *store, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (store->ready) { return NOMEN_OK; }
    NOMEN_TRY(nomen_store_make_directories(store->blobs, err));
    NOMEN_TRY(nomen_store_make_directories(store->snapshot, err));
    (void)nomen_store_make_directories(store->locks, NULL); /* without locks the work is only done twice */
    mark_cache(store);
    nomen_partial_sweep(store->blobs);
    store->ready = true;
done:
    return status;
}

static bool has(const char *directory, const char *name, int64_t size) {
    struct stat facts;
    char *path = nomen_file_join(directory, name);
    bool there = path != NULL && stat(path, &facts) == 0 && S_ISREG(facts.st_mode) && (size < 0 || facts.st_size == size);
    nomen_mem_free(path);
    return there;
}

bool nomen_store_has_file(const nomen_store *store, const char *file, int64_t size) {
    return has(store->snapshot, file, size);
}

bool nomen_store_has_blob(const nomen_store *store, const char *hash, int64_t size) {
    return has(store->blobs, hash, size);
}

/* Whether the lock's file is still the one at its path: some programs remove it when they are done. */
static bool is_at(int file, const char *path) {
    struct stat mine, there;
    return fstat(file, &mine) == 0 && stat(path, &there) == 0 && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

static nomen_status wait_for(int file, const char *what, bool *locked, nomen_error *err) {
    for (bool told = false;; told = true) {
        *locked = flock(file, LOCK_EX | LOCK_NB) == 0;
        if (*locked || (errno != EWOULDBLOCK && errno != EINTR)) { return NOMEN_OK; }
        if (!told) { nomen_log_info("%s: another process is downloading it; waiting", what); }
        if (nomen_call_is_stopped()) { return nomen_call_stopped_while(err, "waiting for", what); }
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
}

nomen_status nomen_store_lock(const nomen_store *store, const char *hash, const char *file, int *lock, nomen_error *err) {
    nomen_buffer path = {0};
    nomen_status status;
    *lock = -1;
    NOMEN_TRY(nomen_buffer_printf(&path, err, "%s/%s.lock", store->locks, hash));
    for (;;) {
        bool locked = false;
        int opened = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0664);
        if (opened < 0) { break; }
        status = wait_for(opened, file, &locked, err);
        if (status == NOMEN_OK && locked && is_at(opened, path.data)) {
            *lock = opened;
            break;
        }
        close(opened);
        if (status != NOMEN_OK || !locked) { break; }
    }
done:
    nomen_buffer_clear(&path);
    return status;
}

void nomen_store_unlock(int lock) {
    if (lock >= 0) { close(lock); }
}

/* The file system has no links (FAT and the like): the file itself takes the link's place, as in other programs. */
static nomen_status move_blob(const nomen_store *store, const char *hash, const char *path, nomen_error *err) {
    char *blob = nomen_file_join(store->blobs, hash);
    if (blob == NULL) { return nomen_error_out_of_memory(err); }
    nomen_status status = rename(blob, path) == 0
                              ? NOMEN_OK
                              : nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be moved to %s", blob, path);
    nomen_mem_free(blob);
    return status;
}

nomen_status nomen_store_link(const nomen_store *store, const char *file, const char *hash, int64_t size, nomen_error *err) {
    nomen_buffer target = {0};
    char *path = NULL;
    int problem = 0;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(&target, err, "../../blobs/%s", hash));
    NOMEN_TRY(NOMEN_JOIN(path, store->snapshot, file, err));
    for (int i = 0; i < 10; i++) {
        problem = symlink(target.data, path) == 0 ? 0 : errno;
        if (problem != EEXIST || nomen_store_has_file(store, file, size)) { break; }
        unlink(path); /* it leads nowhere, or to what was cut short */
    }
    if (problem == EPERM || problem == EOPNOTSUPP || problem == ENOSYS) {
        NOMEN_TRY(move_blob(store, hash, path, err));
    } else if (problem != 0 && problem != EEXIST) {
        NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, problem, "%s: can't be created", path));
    }
    if (!nomen_store_has_file(store, file, size)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_IO, "%s: another process changed it at the same time; try again", path));
    }
done:
    nomen_buffer_clear(&target);
    nomen_mem_free(path);
    return status;
}

/* Puts the commit at the path in one step. The temporary file is not among the revisions, where programs would read it. */
static nomen_status replace_ref(const nomen_store *store, const char *path, nomen_error *err) {
    char *beside = NULL, *temporary = NULL, *slash = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_COPY(beside, path, strlen(path), err));
    slash = strrchr(beside, '/');
    *slash = '\0';
    NOMEN_TRY(nomen_store_make_directories(beside, err));
    nomen_mem_free(beside);
    NOMEN_TRY(NOMEN_JOIN(beside, store->folder, ".ref", err));
    NOMEN_TRY(nomen_file_name_beside(beside, &temporary, err));
    NOMEN_TRY(nomen_file_write(temporary, store->commit, strlen(store->commit), err));
    if (rename(temporary, path) != 0) {
        int problem = errno;
        unlink(temporary);
        NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, problem, "%s: can't be written", path));
    }
done:
    nomen_mem_free(beside);
    nomen_mem_free(temporary);
    return status;
}

nomen_status nomen_store_set_revision(const nomen_store *store, const char *revision, nomen_error *err) {
    char *refs = NULL, *path = NULL;
    nomen_buffer now = {0};
    nomen_error problem = {0};
    nomen_status status;
    if (strcmp(revision, store->commit) == 0) { return NOMEN_OK; }
    NOMEN_TRY(NOMEN_JOIN(refs, store->folder, "refs", err));
    NOMEN_TRY(NOMEN_JOIN(path, refs, revision, err));
    if (nomen_file_read(path, &now, NULL) == NOMEN_OK && now.size == 40 && memcmp(now.data, store->commit, 40) == 0) {
        goto done;
    }
    if (replace_ref(store, path, &problem) != NOMEN_OK) {
        nomen_log_warning("%s; the revision \"%s\" is not noted in the cache", problem.message, revision);
    }
done:
    nomen_buffer_clear(&now);
    nomen_mem_free(refs);
    nomen_mem_free(path);
    return status;
}

void nomen_store_note_absent(const nomen_store *store, const char *file) {
    nomen_buffer directory = {0};
    char *path = NULL;
    if (nomen_buffer_printf(&directory, NULL, "%s/.no_exist/%s", store->folder, store->commit) == NOMEN_OK &&
        (path = nomen_file_join(directory.data, file)) != NULL && !nomen_file_exists(path) &&
        nomen_store_make_directories(directory.data, NULL) == NOMEN_OK) {
        int made = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        if (made >= 0) { close(made); }
    }
    nomen_buffer_clear(&directory);
    nomen_mem_free(path);
}
