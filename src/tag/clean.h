/* Text of any bytes made fit for the place where it is to stand: a terminal, a column, a field in quotes. */
#ifndef NOMEN_TAG_CLEAN_H
#define NOMEN_TAG_CLEAN_H

#include "base/buffer.h"

/* What nomen_append_clean lets through. */
typedef enum nomen_clean {
    NOMEN_CLEAN_LINES,  /* for a terminal: all but control characters; newlines and tabs stay */
    NOMEN_CLEAN_LINE,   /* the same, and newlines and tabs become spaces */
    NOMEN_CLEAN_FIELD,  /* for a column: tabs, newlines, carriage returns and NULs become U+FFFD; the rest stays */
    NOMEN_CLEAN_QUOTED, /* for a field in quotes: NULs become U+FFFD; the rest stays */
    NOMEN_CLEAN_BYTES   /* all that is UTF-8 stays */
} nomen_clean;

/* Appends text so that it can't break its surroundings; what may not pass becomes U+FFFD, as do ill-formed bytes. */
nomen_status nomen_append_clean(nomen_buffer *out, const char *text, size_t n_bytes, nomen_clean clean, nomen_error *err);

#endif
