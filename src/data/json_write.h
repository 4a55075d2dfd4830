/* What the writers of JSON formats of texts with spans share. */
#ifndef NOMEN_DATA_JSON_WRITE_H
#define NOMEN_DATA_JSON_WRITE_H

#include "data/writer.h"

/* Finds a sentence's spans with writer->places, in code points. */
nomen_status nomen_writer_places(nomen_writer *writer, size_t sentence, nomen_error *err);

/* The same, and appends the record's beginning: {"id":...,"text":"...". */
nomen_status nomen_writer_begin_text(nomen_writer *writer, size_t sentence, nomen_error *err);

/* Appends a sentence's text, and the label of a span, as JSON strings. */
nomen_status nomen_writer_append_text(nomen_writer *writer, size_t sentence, nomen_error *err);
nomen_status nomen_writer_append_label(nomen_writer *writer, size_t span, nomen_error *err);

#endif
