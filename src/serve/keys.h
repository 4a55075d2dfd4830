/*
 * Keys of a service, from a file: one a line, "ROLE NAME KEY" with ROLE user or admin; lines that begin with "#" are comments.
 * The file must be readable by its owner alone.
 */
#ifndef NOMEN_SERVE_KEYS_H
#define NOMEN_SERVE_KEYS_H

#include <stdbool.h>

#include "base/error.h"
#include "serve/exchange.h"

typedef struct nomen_keys nomen_keys;

nomen_status nomen_keys_read(const char *path, nomen_keys **out, nomen_error *err);
void nomen_keys_free(nomen_keys *keys);

/* Whether there is a key for administration. */
bool nomen_keys_have_admin(const nomen_keys *keys);

/*
 * The role of the value of an Authorization field ("Bearer KEY"), which may be NULL, and the key's name (borrowed, "" for none).
 * Takes the same time for each key of a length.
 */
nomen_key_role nomen_keys_check(const nomen_keys *keys, const char *authorization, const char **name);

#endif
