/* doccano's sequence labelling: {"text": "Jane left", "label": [[0, 4, "per"]]} a line; what is read besides: json_shapes.c. */
#include "data/format.h"
#include "data/json_reader.h"
#include "data/json_write.h"

nomen_status nomen_doccano_write_text(nomen_writer *writer, size_t s, nomen_error *err) {
    nomen_json_out json = nomen_json_start(&writer->out, err);
    nomen_status status = nomen_writer_begin_text(&json, writer, s);
    if (status != NOMEN_OK) { return status; }
    nomen_writer_add_triples(&json, "label", writer);
    nomen_json_end_object(&json);
    return json.status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    return nomen_writer_write_all(writer, false, nomen_doccano_write_text, err);
}

const nomen_format nomen_format_doccano = {.format = NOMEN_DATA_DOCCANO,
                                           .key = "doccano",
                                           .name = "doccano",
                                           .suffix = "",
                                           .holds = NOMEN_HOLDS_SPANS | NOMEN_HOLDS_SPACING | NOMEN_HOLDS_NAMES,
                                           .has = NOMEN_HAS_VALUES,
                                           .advice = "add texts with their annotations",
                                           .read = nomen_json_read_records,
                                           .write = write_all};
