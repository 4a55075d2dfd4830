/* The manifest of a checkpoint: every file in it with its size and SHA-256. See docs/CHECKPOINTS.md. */
#ifndef NOMEN_TRAIN_MANIFEST_H
#define NOMEN_TRAIN_MANIFEST_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/json.h"

#define NOMEN_MANIFEST_FILE "manifest.json"

/* Size and SHA-256 of a file, {"bytes": N, "sha256": "..."}; *out is a new reference. It is read in parts. */
nomen_status nomen_file_sum(const char *path, json_t **out, nomen_error *err);

/* A file that has been summed, by what the file system says of it: it stands for the same bytes as long as that is so. */
typedef struct nomen_known_sum {
    ino_t inode; /* 0: none */
    dev_t device;
    uint64_t n_bytes;
    struct timespec changed;
    char digits[65];
} nomen_known_sum;

/* The last files that were summed: as many as a checkpoint has of the best weights. All zero at first. */
enum { NOMEN_KNOWN_SUMS = 2 };
typedef struct nomen_known_sums {
    nomen_known_sum sums[NOMEN_KNOWN_SUMS];
    size_t next;
} nomen_known_sums;

/*
 * Writes DIRECTORY/manifest.json of all that the directory, and the directories in it, hold; makes their names durable. A
 * file in an inner directory whose sum is in `known` is not read again.
 */
nomen_status nomen_manifest_write(const char *directory, nomen_known_sums *known, nomen_error *err);

/* NOMEN_ERROR_FORMAT naming the first file that is missing, differs, or is not in the manifest; NOMEN_ERROR_IO. */
nomen_status nomen_manifest_check(const char *directory, nomen_error *err);

#endif
