/* What the writers of JSON formats share. */
#ifndef NOMEN_DATA_JSON_WRITE_H
#define NOMEN_DATA_JSON_WRITE_H

#include "base/json_out.h"
#include "data/writer.h"

/* Finds a sentence's spans with writer->places, in code points. */
nomen_status nomen_writer_places(nomen_writer *writer, size_t sentence, nomen_error *err);

/* Begins a record: {, then "id" where the sentence has a name, then "meta" where there are remarks on it. */
void nomen_writer_begin_object(nomen_json_out *json, const nomen_writer *writer, size_t sentence);

/* That of a text with spans: nomen_writer_places, the above and "text". */
nomen_status nomen_writer_begin_text(nomen_json_out *json, nomen_writer *writer, size_t sentence);

/* A sentence's name, a number or a string; "meta"; its text; the label of a span; and [start, end, label] of all spans. */
void nomen_writer_add_name(nomen_json_out *json, const char *key, const nomen_writer *writer, size_t sentence);
void nomen_writer_add_meta(nomen_json_out *json, const nomen_writer *writer, size_t sentence);
void nomen_writer_add_text(nomen_json_out *json, const char *key, const nomen_writer *writer, size_t sentence);
void nomen_writer_add_label(nomen_json_out *json, const char *key, const nomen_writer *writer, size_t span);
void nomen_writer_add_triples(nomen_json_out *json, const char *key, const nomen_writer *writer);

#endif
