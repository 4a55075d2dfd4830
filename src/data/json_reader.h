/* The reader of all JSON formats: record by record, by the rows of json_shapes.c. */
#ifndef NOMEN_DATA_JSON_READER_H
#define NOMEN_DATA_JSON_READER_H

#include "data/builder.h"

/* Adds the sentences of `bytes`, which are of the builder's format. */
nomen_status nomen_json_read_records(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);

#endif
