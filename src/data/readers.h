/*
 * The formats: how one is known by its beginning, and one reader each, in a file of its own. A reader
 * gets valid UTF-8 without NUL and a builder that is empty but for its settings.
 */
#ifndef NOMEN_DATA_READERS_H
#define NOMEN_DATA_READERS_H

#include "data/builder.h"

/*
 * The format, by the first line that holds something: a CSV header with the columns of one of the
 * two CSV forms, else a line of columns. NOMEN_ERROR_FORMAT says what the line lacks.
 */
nomen_status nomen_data_detect(const char *bytes, size_t n_bytes, const char *name, nomen_data_format *out,
                               nomen_error *err);

nomen_status nomen_seed_csv_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);
nomen_status nomen_long_csv_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);
nomen_status nomen_conll_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err);

/* Titles of the long form's columns. */
#define NOMEN_LONG_CSV_SENTENCE "Sentence #"
#define NOMEN_LONG_CSV_WORD "Word"
#define NOMEN_LONG_CSV_TAG "Tag"

/* Titles of the seed form's columns. */
#define NOMEN_SEED_CSV_TEXT "text"
#define NOMEN_SEED_CSV_LABELS "labels"

#endif
