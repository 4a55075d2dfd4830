/* Reading whole files, mapping large ones, and writing so that a failure never costs a good file. */
#ifndef NOMEN_BASE_FILE_H
#define NOMEN_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* Reads all of `path` ("-" is standard input) after what `out` holds. */
nomen_status nomen_file_read(const char *path, nomen_buffer *out, nomen_error *err);

/* Whether something stands at `path`, and whether it is a directory. */
bool nomen_file_exists(const char *path);
bool nomen_file_is_directory(const char *path);

/* Whether two paths (links followed) lead to one regular file. */
bool nomen_file_is_same(const char *path, const char *other);

/* directory + "/" + name in a new block, or NULL when memory is out; and the same as a status, into p. */
char *nomen_file_join(const char *directory, const char *name);
#define NOMEN_JOIN(p, directory, name, err) \
    (((p) = nomen_file_join((directory), (name))) ? NOMEN_OK : nomen_error_out_of_memory(err))

/*
 * A name beside `path` to write to before a rename: path + "." + random letters, in a new block
 * that takes the place of *out (a block or NULL). It is
 * very likely free; make it with O_EXCL or mkdir, and ask for another while that says EEXIST.
 */
nomen_status nomen_file_name_beside(const char *path, char **out, nomen_error *err);

/* Whether `name` is one that nomen_file_name_beside makes of `of`. */
bool nomen_file_is_name_beside(const char *name, const char *of);

/* A file mapped for reading (private, so that a process may write to its own copy of a page). */
typedef struct nomen_mapping {
    const uint8_t *data;
    size_t size;
    int file; /* open while size > 0 */
} nomen_mapping;

nomen_status nomen_mapping_open(const char *path, nomen_mapping *out, nomen_error *err);

/*
 * Copies n_bytes from `offset` on, which lie inside, on the team. It reads the file: copying through the
 * mapping takes a fault for every few pages, and ends the process where the file has become shorter, which
 * is an error here. `path` is for messages.
 */
nomen_status nomen_mapping_read(const nomen_mapping *mapping, size_t offset, void *out, size_t n_bytes, const char *path,
                                nomen_error *err);
void nomen_mapping_close(nomen_mapping *mapping);

/* Writes bytes to `path` atomically: beside it, synced, then renamed. */
nomen_status nomen_file_write(const char *path, const void *bytes, size_t n_bytes, nomen_error *err);

/* Unless `overwrite`, NOMEN_ERROR_EXISTS where something is at the path: for callers that have work to do before they write. */
nomen_status nomen_output_check(const char *path, bool overwrite, nomen_error *err);

/* How a file is written. */
enum {
    NOMEN_OUTPUT_NEW = 0,       /* a commit is NOMEN_ERROR_EXISTS where something is at the path by then, be it a link */
    NOMEN_OUTPUT_OVERWRITE = 1, /* what is there is replaced, a link too; a device or a pipe is written to as it is */
    NOMEN_OUTPUT_PRIVATE = 2    /* nobody else may read it: its mode is 0600 before its first byte */
};

/* A file being written in parts. Nothing is at the path until nomen_output_commit, but for devices and pipes. */
typedef struct nomen_output nomen_output;
nomen_status nomen_output_open(const char *path, unsigned flags, nomen_output **out, nomen_error *err);
nomen_status nomen_output_write(nomen_output *output, const void *bytes, size_t n_bytes, nomen_error *err);
nomen_status nomen_output_commit(nomen_output *output, nomen_error *err); /* frees it in any case */
void nomen_output_abandon(nomen_output *output);                          /* NULL is allowed */

/*
 * A directory being made. `temporary` is a fresh directory beside `path` to write into; commit puts
 * it at `path` (with `overwrite` it is exchanged with what stands there, which is then removed;
 * otherwise an existing path is NOMEN_ERROR_EXISTS, checked at begin already); abandon removes it. A link
 * at `path` to a directory is followed, and stays. A
 * commit that fails leaves the finished directory where it is, and the message says where.
 * Check, which begin and place do, tells what commit would fail at: what stands there is no directory, a link that leads nowhere,
 * or a mount point (a container's volume), which no directory can take the place of.
 * Begin is place, which finds the names, and make, which makes the directory (by another name where somebody has that one): who
 * has to note `temporary` before it is there calls these. Where they fail, nothing is left, and there is nothing to release.
 */
typedef struct nomen_staging {
    char *path;
    char *temporary;
    bool overwrite;
    bool (*keeps)(const char *name); /* what of a directory that is replaced is moved into the new one; NULL: nothing */
} nomen_staging;

nomen_status nomen_staging_check(const char *path, bool overwrite, nomen_error *err);
nomen_status nomen_staging_begin(const char *path, bool overwrite, nomen_staging *out, nomen_error *err);
nomen_status nomen_staging_place(const char *path, bool overwrite, nomen_staging *out, nomen_error *err);
nomen_status nomen_staging_make(nomen_staging *staging, nomen_error *err);
nomen_status nomen_staging_commit(nomen_staging *staging, nomen_error *err); /* releases it in any case */
void nomen_staging_abandon(nomen_staging *staging);                          /* harmless after commit */
void nomen_staging_leave(nomen_staging *staging);                            /* the same, but the directory stays */

#endif
