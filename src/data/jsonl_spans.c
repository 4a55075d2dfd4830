/* A text a line with its spans: {"text": "Jane left", "spans": [{"start": 0, "end": 4, "label": "per"}]}; see json_shapes.c. */
#include "data/format.h"
#include "data/json_reader.h"
#include "data/json_write.h"

static nomen_status write_record(nomen_writer *writer, size_t s, nomen_error *err) {
    nomen_buffer *out = &writer->out;
    nomen_status status;
    NOMEN_TRY(nomen_writer_begin_text(writer, s, err));
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"spans\":[", err));
    for (size_t i = 0; i < writer->n_spans; i++) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%s{\"start\":%zu,\"end\":%zu,\"label\":", i > 0 ? "," : "",
                                      writer->places[i].start, writer->places[i].end));
        NOMEN_TRY(nomen_writer_append_label(writer, i, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "]}", err));
done:
    return status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    return nomen_writer_write_all(writer, false, write_record, err);
}

const nomen_format nomen_format_jsonl = {.format = NOMEN_DATA_JSONL,
                                         .key = "jsonl",
                                         .name = "JSONL of spans",
                                         .suffix = ".jsonl",
                                         .holds = NOMEN_HOLDS_SPANS | NOMEN_HOLDS_SPACING | NOMEN_HOLDS_NAMES,
                                         .has = NOMEN_HAS_VALUES,
                                         .advice = "add texts with their annotations",
                                         .read = nomen_json_read_records,
                                         .write = write_all};
