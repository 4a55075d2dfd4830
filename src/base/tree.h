/* Directories as a whole: listed, removed, linked into another place, made durable. */
#ifndef NOMEN_BASE_TREE_H
#define NOMEN_BASE_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* The names in a directory but "." and "..", sorted by their bytes; an array to be cleared. */
typedef struct nomen_names {
    char **items;
    size_t n, capacity;
} nomen_names;

nomen_status nomen_directory_list(const char *path, nomen_names *out, nomen_error *err);
void nomen_names_clear(nomen_names *names);

/* Removes a directory and what it holds, as far as possible: an error could not be reported. A link is not followed. */
void nomen_tree_remove(const char *path);

/* The same, but first under a name beside it: a process that ends in the middle leaves no part of it at `path`. */
void nomen_tree_discard(const char *path);

/*
 * Moves those entries of `from` for which `moves` says so into `to`, on the same file system, unless that has one of the name.
 * False where one is left that should have moved.
 */
bool nomen_tree_move_some(const char *from, const char *to, bool (*moves)(const char *name));

/*
 * Makes `to` a second name of the regular file `from`, or a synced copy where the file system has no such links. Nothing may be
 * at `to`. Neither may be changed in place afterwards; replacing one by a rename leaves the other as it is.
 */
nomen_status nomen_file_link(const char *from, const char *to, nomen_error *err);

/* Makes the directory `to`, which must not exist, with the files and directories of `from`, by nomen_file_link; durable. */
nomen_status nomen_tree_link(const char *from, const char *to, nomen_error *err);

/* Makes the names in a directory durable; a file system that can't do it is no reason to fail, an error of the device is. */
nomen_status nomen_directory_sync(const char *path, nomen_error *err);

/* The same of the directory that `path` is in, where a name was made, renamed or removed; as far as possible. */
void nomen_directory_sync_parent(const char *path);

#endif
