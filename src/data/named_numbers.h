/* Tags and labels of a data file that are numbers: by the names that the options give, or that lie beside the file. */
#ifndef NOMEN_DATA_NAMED_NUMBERS_H
#define NOMEN_DATA_NAMED_NUMBERS_H

#include "data/builder.h"
#include "data/number_names.h"

/* What the numbers are. */
typedef enum nomen_number_use {
    NOMEN_NUMBERS_OF_LABELS, /* of spans */
    NOMEN_NUMBERS_OF_TAGS,   /* each word's; their names may lie beside the file */
    NOMEN_NUMBERS_OF_KEYS    /* of spans, and keys of a tool's database, which count from nowhere */
} nomen_number_use;

/* Start from {0}. */
typedef struct nomen_named_numbers {
    nomen_number_names names; /* once they were needed */
    bool read;
} nomen_named_numbers;

/* Reads the names that the options give, where they do. */
nomen_status nomen_named_numbers_read(nomen_named_numbers *numbers, const nomen_builder *builder, nomen_number_use use, nomen_error *err);

/*
 * The name of a number that stands on `line`; NULL after a fault of the kind `fault`. `key` is that of tags, whose names may be
 * found beside the file: there each number must have one, and NOMEN_ERROR_DATA says so under skip_bad too.
 */
nomen_status nomen_named_numbers_get(nomen_named_numbers *numbers, nomen_builder *builder, nomen_number_use use, const char *key,
                                     size_t line, long long number, nomen_diagnostic_kind fault, const char **out, nomen_error *err);

void nomen_named_numbers_clear(nomen_named_numbers *numbers);

#endif
