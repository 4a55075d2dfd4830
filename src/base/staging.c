/* Making a directory as a whole: written beside its place, then renamed or exchanged. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/tree.h"

static void release(nomen_staging *staging) {
    nomen_mem_free(staging->path);
    nomen_mem_free(staging->temporary);
    *staging = (nomen_staging){0};
}

/* Whether a file system, or a part of one, is mounted at a directory: it can't be renamed. */
static bool is_mount_point(const char *path) {
    struct statx facts;
    if (statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &facts) != 0) { return false; }
    return (facts.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0 && (facts.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

nomen_status nomen_staging_check(const char *path, bool overwrite, nomen_error *err) {
    if (!nomen_file_exists(path)) { return NOMEN_OK; }
    if (!nomen_file_is_directory(path)) {
        return nomen_error_set(err, NOMEN_ERROR_EXISTS, "%s: is not a directory, so it can't be replaced by one", path);
    }
    if (is_mount_point(path)) {
        return nomen_error_set(err, NOMEN_ERROR_EXISTS,
                               "%s: something is mounted there, which no finished directory can take the place of; give a "
                               "directory in it, such as %s/model",
                               path, path);
    }
    return nomen_output_check(path, overwrite, err);
}

nomen_status nomen_staging_place(const char *path, bool overwrite, nomen_staging *out, nomen_error *err) {
    nomen_staging staging = {.overwrite = overwrite};
    nomen_status status = NOMEN_OK;
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') { n--; }
    if (n == 0) { return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "the output directory has an empty name"); }
    NOMEN_TRY(NOMEN_COPY(staging.path, path, n, err));
    if (nomen_file_exists(staging.path)) {
        NOMEN_TRY(nomen_staging_check(staging.path, overwrite, err));
        /* A link stays, and what it leads to is replaced: that may be on another file system. */
        char real[PATH_MAX];
        if (realpath(staging.path, real) == NULL) {
            NOMEN_FAIL(
                nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: the symbolic link can't be resolved", staging.path));
        }
        nomen_mem_free(staging.path);
        NOMEN_TRY(NOMEN_COPY(staging.path, real, strlen(real), err));
    }
    NOMEN_TRY(nomen_file_name_beside(staging.path, &staging.temporary, err));
    *out = staging;
    return NOMEN_OK;
done:
    release(&staging);
    return status;
}

nomen_status nomen_staging_make(nomen_staging *staging, nomen_error *err) {
    while (mkdir(staging->temporary, 0777) != 0) {
        const int problem = errno;
        nomen_status status = NOMEN_OK;
        if (problem != EEXIST) {
            status = nomen_error_set_errno(err, NOMEN_ERROR_IO, problem, "%s: no directory can be made beside it", staging->path);
        } else {
            status = nomen_file_name_beside(staging->path, &staging->temporary, err);
        }
        if (status != NOMEN_OK) {
            release(staging);
            return status;
        }
    }
    return NOMEN_OK;
}

nomen_status nomen_staging_begin(const char *path, bool overwrite, nomen_staging *out, nomen_error *err) {
    nomen_status status = nomen_staging_place(path, overwrite, out, err);
    return status == NOMEN_OK ? nomen_staging_make(out, err) : status;
}

/* Removes what was replaced, but for what is to be kept of it. */
static void remove_replaced(const nomen_staging *staging, const char *old) {
    if (staging->keeps == NULL || nomen_tree_move_some(old, staging->path, staging->keeps)) {
        nomen_tree_remove(old);
    } else {
        nomen_log_warning("%s: what was replaced holds files that could not be moved there, and stays at %s", staging->path, old);
    }
}

/* For file systems that can't exchange two names: for a moment nothing stands at the path. 0 or an errno. */
static int replace_in_two_steps(const nomen_staging *staging) {
    char *aside = NULL;
    if (nomen_file_name_beside(staging->path, &aside, NULL) != NOMEN_OK) { return ENOMEM; }
    int problem = rename(staging->path, aside) == 0 ? 0 : errno;
    if (problem == 0 && rename(staging->temporary, staging->path) != 0) {
        problem = errno;
        (void)rename(aside, staging->path);
    }
    if (problem == 0) {
        nomen_directory_sync_parent(staging->path);
        remove_replaced(staging, aside);
    }
    nomen_mem_free(aside);
    return problem;
}

nomen_status nomen_staging_commit(nomen_staging *staging, nomen_error *err) {
    int problem = 0;
    (void)nomen_directory_sync(staging->temporary, NULL);
    if (renameat2(AT_FDCWD, staging->temporary, AT_FDCWD, staging->path, RENAME_NOREPLACE) == 0) {
        problem = 0;
    } else if (errno == EEXIST && staging->overwrite) {
        /* Exchanged in one step, so that at each moment a whole directory stands at the path. */
        problem = renameat2(AT_FDCWD, staging->temporary, AT_FDCWD, staging->path, RENAME_EXCHANGE) == 0 ? 0 : errno;
        if (problem == 0) {
            nomen_directory_sync_parent(staging->path); /* before what was there is gone */
            remove_replaced(staging, staging->temporary);
        }
        if (problem == EINVAL || problem == ENOSYS) { problem = replace_in_two_steps(staging); }
    } else if ((errno == EINVAL || errno == ENOSYS) && staging->overwrite && nomen_file_exists(staging->path)) {
        problem = replace_in_two_steps(staging);
    } else if ((errno == EINVAL || errno == ENOSYS) && !nomen_file_exists(staging->path)) {
        problem = rename(staging->temporary, staging->path) == 0 ? 0 : errno; /* no such flag here */
    } else {
        problem = errno;
    }
    nomen_status status = NOMEN_OK;
    if (problem != 0) {
        status = nomen_error_set_errno(err, problem == EEXIST ? NOMEN_ERROR_EXISTS : NOMEN_ERROR_IO, problem,
                                       "%s: the finished directory could not be moved there; it was left at %s", staging->path,
                                       staging->temporary);
    } else {
        nomen_directory_sync_parent(staging->path);
    }
    release(staging);
    return status;
}

void nomen_staging_leave(nomen_staging *staging) {
    release(staging);
}

void nomen_staging_abandon(nomen_staging *staging) {
    if (staging->temporary != NULL) { nomen_tree_remove(staging->temporary); }
    release(staging);
}
