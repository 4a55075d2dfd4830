/* The manifest of a checkpoint: every file in it with its size and SHA-256. See docs/TRAINING.md. */
#ifndef NOMEN_TRAIN_MANIFEST_H
#define NOMEN_TRAIN_MANIFEST_H

#include "base/json.h"

#define NOMEN_MANIFEST_FILE "manifest.json"

/* Size and SHA-256 of a file, {"bytes": N, "sha256": "..."}; *out is a new reference. It is read in parts. */
nomen_status nomen_file_sum(const char *path, json_t **out, nomen_error *err);

/* Writes DIRECTORY/manifest.json of all that the directory, and the directories in it, hold; makes their names durable. */
nomen_status nomen_manifest_write(const char *directory, nomen_error *err);

/* NOMEN_ERROR_FORMAT naming the first file that is missing, differs, or is not in the manifest; NOMEN_ERROR_IO. */
nomen_status nomen_manifest_check(const char *directory, nomen_error *err);

#endif
