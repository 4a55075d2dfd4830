/* Which files of a model nomen reads, and which of those a repository of the hub has. */
#ifndef NOMEN_FETCH_FILES_H
#define NOMEN_FETCH_FILES_H

#include "base/json.h"

/* What the hub says of a revision. */
typedef struct nomen_listing {
    char commit[41];
    json_t *names; /* an object whose keys are the repository's files */
} nomen_listing;

/* Reads the hub's answer about a revision; `where` is for messages. */
nomen_status nomen_listing_parse(const char *bytes, size_t n_bytes, const char *where, nomen_listing *out, nomen_error *err);
void nomen_listing_clear(nomen_listing *listing);
bool nomen_listing_has(const nomen_listing *listing, const char *name);

/* The i-th of the files besides the weights, config.json first; NULL: there is none. *noted: other programs look for it too. */
const char *nomen_needed_file(size_t i, bool *noted);

/* The i-th of the forms of weights, in the order in which nomen looks for them; NULL: there is none. */
const char *nomen_needed_weights(size_t i, bool *is_index);

/* Whether the config.json is of a model that nomen runs; `name` is the model's. */
nomen_status nomen_config_check(const char *path, const char *name, nomen_error *err);

/*
 * The files that an index names, as keys of a new object. Each name is a file's, in no folder, ends as the weights do, and is
 * among the repository's; else NOMEN_ERROR_FORMAT.
 */
nomen_status nomen_index_read(const char *path, const char *index, const nomen_listing *listing, json_t **shards,
                              nomen_error *err);

#endif
