/*
 * A file that grows while a run trains. A disk that fails is a warning, once, which ends the file at its last whole addition;
 * the run goes on, as its work is worth more than a log of it.
 */
#ifndef NOMEN_TRAIN_APPEND_FILE_H
#define NOMEN_TRAIN_APPEND_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Start from NOMEN_APPEND_FILE_NONE, to which additions are nothing. */
typedef struct nomen_append_file {
    char *path;
    int file;       /* -1: it is not open */
    bool made;      /* by this call, and so removed where what follows fails */
    long long size; /* bytes of whole additions */
} nomen_append_file;
#define NOMEN_APPEND_FILE_NONE ((nomen_append_file){.file = -1})

/*
 * Opens the file at `path`, which must be there (`is_new` false) or must not be there (`is_new`); NOMEN_ERROR_IO, or
 * NOMEN_ERROR_EXISTS. *out may be closed whatever happens.
 */
nomen_status nomen_append_file_open(const char *path, bool is_new, nomen_append_file *out, nomen_error *err);

/* Adds bytes, which are in the hands of the system when it returns. `what` names the file's use in a warning. */
void nomen_append_file_add(nomen_append_file *file, const void *bytes, size_t n_bytes, const char *what);

/* Closes it, and leaves NOMEN_APPEND_FILE_NONE. Harmless where it is closed. */
void nomen_append_file_close(nomen_append_file *file);

#endif
