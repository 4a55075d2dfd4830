/* What a cache is of, and whether one that is there is still of it. */
#ifndef NOMEN_TRAIN_CACHE_TRUST_H
#define NOMEN_TRAIN_CACHE_TRUST_H

#include "base/json.h"
#include "nomen/train.h"

#define NOMEN_CACHE_FILE "cache.json" /* what a cache's directory says of itself */

enum { NOMEN_CACHE_NAME_SIZE = 33 }; /* of a cache's directory, with the NUL */

/*
 * *key, a new reference: the data file, and all that decides what it becomes; `name` is made of its hash. NOMEN_ERROR_ARGUMENT
 * where the data is no regular file.
 */
nomen_status nomen_cache_key(const nomen_train_options *options, json_t **key, char name[NOMEN_CACHE_NAME_SIZE],
                             nomen_error *err);

/* Size, time of change (nanoseconds) and inode of a file; a new reference. */
nomen_status nomen_cache_stamp(const char *path, json_t **out, nomen_error *err);

/*
 * *record, a new reference, is the cache.json of `directory` where it is good; else it stays NULL, and the log has the reason.
 * Where the file's stamp is another but its SHA-256 the same, the new stamp is written down.
 */
nomen_status nomen_cache_find(const char *directory, const nomen_train_options *options, const json_t *key, json_t *stamp,
                              json_t **record, nomen_error *err);

#endif
