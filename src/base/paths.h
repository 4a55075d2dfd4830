/* Where a path leads, be it there or not. */
#ifndef NOMEN_BASE_PATHS_H
#define NOMEN_BASE_PATHS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* The length of a path without slashes at its end; of "/" it is 1. */
size_t nomen_path_length(const char *path);

/* The nearest of the path and the directories above it that is there: its real path, and its bytes in `path` (0: it is "."). */
bool nomen_path_find_existing(const char *path, char real[PATH_MAX], size_t *n_used);

/* The absolute path, without links in what there is of it. False where it can't be told, as it is too long. */
bool nomen_path_resolve(const char *path, char out[PATH_MAX]);

/* Whether two paths are one, by another spelling or a link. */
bool nomen_path_is_same(const char *path, const char *other);

/* Whether `path` is `directory`, or lies in it; neither need be there. False where it can't be told, as one is too long. */
bool nomen_path_lies_in(const char *path, const char *directory);

#endif
