/* Where a path leads, be it there or not. */
#include "base/paths.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t nomen_path_length(const char *path) {
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') { n--; }
    return n;
}

bool nomen_path_find_existing(const char *path, char real[PATH_MAX], size_t *n_used) {
    char part[PATH_MAX];
    size_t n = nomen_path_length(path);
    if (n >= sizeof part) { return false; }
    memcpy(part, path, n);
    part[n] = '\0';
    while (n > 0 && realpath(part, real) == NULL) {
        while (n > 0 && part[n - 1] != '/') { n--; }
        while (n > 1 && part[n - 1] == '/') { n--; }
        part[n] = '\0';
    }
    *n_used = n;
    return n > 0 || realpath(".", real) != NULL;
}

bool nomen_path_resolve(const char *path, char out[PATH_MAX]) {
    char real[PATH_MAX];
    size_t n_used;
    if (!nomen_path_find_existing(path, real, &n_used)) { return false; }
    const char *rest = path + n_used;
    while (*rest == '/') { rest++; }
    return snprintf(out, PATH_MAX, "%s%s%s", real, *rest != '\0' && strcmp(real, "/") != 0 ? "/" : "", rest) < PATH_MAX;
}

bool nomen_path_lies_in(const char *path, const char *directory) {
    char inner[PATH_MAX], outer[PATH_MAX];
    if (!nomen_path_resolve(path, inner) || !nomen_path_resolve(directory, outer)) { return false; }
    size_t n = nomen_path_length(outer);
    return strncmp(inner, outer, n) == 0 && (inner[n] == '\0' || inner[n] == '/' || outer[n - 1] == '/');
}

bool nomen_path_is_same(const char *path, const char *other) {
    char a[PATH_MAX], b[PATH_MAX];
    return strcmp(path, other) == 0 || (nomen_path_resolve(path, a) && nomen_path_resolve(other, b) && strcmp(a, b) == 0);
}
