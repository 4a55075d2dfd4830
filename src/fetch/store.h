/*
 * A model's folder in the hub's cache, written to as huggingface_hub does: blobs/HASH are the files, snapshots/COMMIT/FILE
 * are relative links to them, refs/REVISION is a commit, .no_exist/COMMIT/FILE says that the hub has no such file, and
 * locks are in CACHE/.locks. Several programs may do so at once, and each may be killed at any moment: what has its
 * final name is whole.
 */
#ifndef NOMEN_FETCH_STORE_H
#define NOMEN_FETCH_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

typedef struct nomen_store {
    char *cache, *folder, *blobs, *snapshot, *locks; /* directories, which need not exist yet */
    const char *commit;                              /* borrowed */
    bool ready;                                      /* the directories are made */
} nomen_store;

/* Finds the places; makes nothing. `commit` is one (nomen_hub_is_commit). */
nomen_status nomen_store_open(const char *cache, const char *name, const char *commit, nomen_store *out, nomen_error *err);
void nomen_store_close(nomen_store *store);

/* Makes the directories that are missing, and removes what killed programs left behind. */
nomen_status nomen_store_prepare(nomen_store *store, nomen_error *err);

/* Whether the snapshot has a file, or the blobs have one, of that size (-1: of any). Another size is a file cut short. */
bool nomen_store_has_file(const nomen_store *store, const char *file, int64_t size);
bool nomen_store_has_blob(const nomen_store *store, const char *hash, int64_t size);

/*
 * Waits until no other process has this blob's lock. *lock is -1 where locks can't be had (no permission, a file system
 * without): they only spare a second download.
 */
nomen_status nomen_store_lock(const nomen_store *store, const char *hash, const char *file, int *lock, nomen_error *err);
void nomen_store_unlock(int lock);

/* Makes the snapshot's file a link to the blob; where there are no links, the blob itself is moved there. */
nomen_status nomen_store_link(const nomen_store *store, const char *file, const char *hash, int64_t size, nomen_error *err);

/* Has the revision name the commit. A cache that can't be written to is only warned about. */
nomen_status nomen_store_set_revision(const nomen_store *store, const char *revision, nomen_error *err);

/* Notes that the commit has no such file, for other programs. Nothing depends on it, so it does not fail. */
void nomen_store_note_absent(const nomen_store *store, const char *file);

/* Makes a directory and those above it. */
nomen_status nomen_store_make_directories(const char *path, nomen_error *err);

#endif
