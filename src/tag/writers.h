/* Writing tagged texts in any format: what stands beside nomen/tag.h for the rest of the project. */
#ifndef NOMEN_TAG_WRITERS_H
#define NOMEN_TAG_WRITERS_H

#include "base/buffer.h"
#include "nomen/tag.h"

/* The public header doesn't say how many there are, as later versions may have more. */
#define NOMEN_TAG_N_FORMATS (NOMEN_TAG_REDACTED + 1)

/* Appends one text as a whole document; `options` may be NULL for the defaults. */
nomen_status nomen_tagged_write(const nomen_tagged *tagged, nomen_tag_format format, const nomen_tag_write_options *options,
                                nomen_buffer *out, nomen_error *err);

#endif
