/* A text a line with its spans: {"text": "Jane left", "spans": [{"start": 0, "end": 4, "label": "per"}]}; see json_shapes.c. */
#include "data/format.h"
#include "data/json_reader.h"
#include "data/json_write.h"

static nomen_status write_record(nomen_writer *writer, size_t s, nomen_error *err) {
    nomen_json_out json = nomen_json_start(&writer->out, err);
    nomen_status status = nomen_writer_begin_text(&json, writer, s);
    if (status != NOMEN_OK) { return status; }
    nomen_json_begin_list(&json, "spans");
    for (size_t i = 0; i < writer->n_spans; i++) {
        nomen_json_begin_object(&json, NULL);
        nomen_json_add_size(&json, "start", writer->places[i].start);
        nomen_json_add_size(&json, "end", writer->places[i].end);
        nomen_writer_add_label(&json, "label", writer, i);
        nomen_json_end_object(&json);
    }
    nomen_json_end_list(&json);
    nomen_json_end_object(&json);
    return json.status;
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
