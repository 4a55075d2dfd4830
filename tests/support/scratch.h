/* A directory of a test's own, removed with what it holds. */
#ifndef TESTS_SUPPORT_SCRATCH_H
#define TESTS_SUPPORT_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* Makes it; the path is valid until scratch_remove. */
static inline const char *scratch_make(char path[64]) {
    snprintf(path, 64, "/tmp/nomen-test.XXXXXX");
    return mkdtemp(path);
}

static inline void scratch_remove(const char *path) {
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    if (system(command) != 0) { fprintf(stderr, "%s can't be removed\n", path); }
}

/* path + "/" + name in `out`; NULL where it does not fit. */
static inline const char *scratch_path(const char *path, const char *name, char out[192]) {
    if (strlen(path) + 1 + strlen(name) >= 192) { return NULL; }
    return strcat(strcat(strcpy(out, path), "/"), name);
}

#endif
