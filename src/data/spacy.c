/*
 * spaCy's forms of JSON: [["text", {"entities": [[start, end, label]]}], ...], which is written; the same pairs elsewhere,
 * documents and version 2's paragraphs, which are read (json_shapes.c).
 */
#include "data/format.h"
#include "data/json_reader.h"
#include "data/json_write.h"

nomen_status nomen_spacy_write_text(nomen_writer *writer, size_t s, nomen_error *err) {
    nomen_buffer *out = &writer->out;
    nomen_status status;
    NOMEN_TRY(nomen_writer_places(writer, s, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "[", err));
    NOMEN_TRY(nomen_writer_append_text(writer, s, err));
    NOMEN_TRY(nomen_buffer_append_text(out, ",{\"entities\":[", err));
    for (size_t i = 0; i < writer->n_spans; i++) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%s[%zu,%zu,", i > 0 ? "," : "", writer->places[i].start, writer->places[i].end));
        NOMEN_TRY(nomen_writer_append_label(writer, i, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, ']', err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "]}]", err));
done:
    return status;
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
