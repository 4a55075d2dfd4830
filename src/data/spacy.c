/*
 * spaCy's forms of JSON: [["text", {"entities": [[start, end, label]]}], ...], which is written; the same pairs elsewhere,
 * documents and version 2's paragraphs, which are read (json_shapes.c).
 */
#include "data/format.h"
#include "data/json_reader.h"
#include "data/json_write.h"

nomen_status nomen_spacy_write_text(nomen_writer *writer, size_t s, nomen_error *err) {
    nomen_json_out json = nomen_json_start(&writer->out, err);
    nomen_status status = nomen_writer_places(writer, s, err);
    if (status != NOMEN_OK) { return status; }
    nomen_json_begin_list(&json, NULL);
    nomen_writer_add_text(&json, NULL, writer, s);
    nomen_json_begin_object(&json, NULL);
    nomen_writer_add_triples(&json, "entities", writer);
    nomen_json_end_object(&json);
    nomen_json_end_list(&json);
    return json.status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    return nomen_writer_write_all(writer, true, nomen_spacy_write_text, err);
}

const nomen_format nomen_format_spacy = {.format = NOMEN_DATA_SPACY,
                                         .key = "spacy",
                                         .name = "spaCy",
                                         .suffix = "",
                                         .holds = NOMEN_HOLDS_SPANS | NOMEN_HOLDS_SPACING,
                                         .advice = "add texts with their annotations",
                                         .read = nomen_json_read_records,
                                         .write = write_all};
