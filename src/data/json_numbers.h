/* Labels of JSON records that are numbers: the names that the reader was given, or found beside the file. */
#ifndef NOMEN_DATA_JSON_NUMBERS_H
#define NOMEN_DATA_JSON_NUMBERS_H

#include "data/json_shape.h"

/* Reads the names that the options give, where they do. */
nomen_status nomen_json_names_read(nomen_json_reader *reader, const nomen_json_shape *shape, nomen_error *err);

/*
 * The name of a number; NULL after a fault of the kind `fault`. `tags` is the key of tags, whose names may be found beside
 * the file: there each number must have one, and NOMEN_ERROR_DATA says so under skip_bad too. NULL: nothing is looked for.
 */
nomen_status nomen_json_number_name(nomen_json_reader *reader, const nomen_json_shape *shape, const char *tags, long long number,
                                    nomen_diagnostic_kind fault, const char **out, nomen_error *err);

#endif
