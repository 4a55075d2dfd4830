/* Which format a file has, by its beginning. */
#ifndef NOMEN_DATA_DETECT_H
#define NOMEN_DATA_DETECT_H

#include "data/format.h"

/*
 * The format of a file (valid UTF-8 without NUL): asks each format in turn; the options may name columns and keys.
 * NOMEN_ERROR_FORMAT, naming the file as `name`, says what its first line lacks.
 */
nomen_status nomen_data_detect(const char *bytes, size_t n_bytes, const char *name, const nomen_data_options *options,
                               nomen_data_format *out, nomen_error *err);

#endif
