/*
 * Files of other programs, known by their bytes: what they are, and the one command that makes text of them which nomen
 * reads. A new kind is a row of the table in known.c.
 */
#ifndef NOMEN_DATA_KNOWN_H
#define NOMEN_DATA_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct nomen_known nomen_known;

/* The kind of file that these bytes are all of; NULL for what may be text. */
const nomen_known *nomen_known_find(const char *bytes, size_t n_bytes);

/* "zip" or "gzip" for what data/unpack.h unpacks; NULL for the rest. */
const char *nomen_known_packing(const nomen_known *known);

/* The kind of zip archive, such as a spreadsheet, that has a member of this name; NULL for none. */
const nomen_known *nomen_known_by_member(const char *member);

/* Whether a text that begins with these bytes would be taken for one of them, so that it needs a byte-order mark. */
bool nomen_known_begins(const char *bytes, size_t n_bytes);

/* The kind of file whose first line is `line`; NULL for text, which a line without control characters in UTF-8 always is. */
const nomen_known *nomen_known_by_line(const char *line, size_t n_bytes);

/*
 * NOMEN_ERROR_UNSUPPORTED with what the file `name` is and the command, in which `name` stands where a shell takes it as
 * it is. `packed`: the archive's kind where the file is packed in one, else NULL.
 */
nomen_status nomen_known_refuse(const nomen_known *known, const char *name, const char *packed, nomen_error *err);

#endif
