/*
 * A text a line with its spans: {"text": "Jane left", "spans": [{"start": 0, "end": 4, "label": "per"}]}. What
 * nomen tag writes as JSON lines ("entities" with "entity_group") is read too.
 */
#include "data/documents.h"
#include "data/json_spans.h"
#include "data/format.h"

static nomen_status read_record(nomen_builder *builder, const json_t *record, size_t line, nomen_error *err) {
    const json_t *text = nomen_json_string(record, nomen_json_text_keys);
    const json_t *spans = nomen_json_list(record, nomen_json_span_keys);
    if (text == NULL || spans == NULL) {
        return nomen_builder_fault(builder, line, err, "%s: an object with \"text\" and a list \"spans\" or \"entities\" is "
                                   "needed", text != NULL ? "no list of spans" : "no text");
    }
    nomen_record_names names;
    nomen_status status = nomen_record_names_take(builder, record, line, &names, err);
    if (status != NOMEN_OK) { return status; }
    nomen_records_note_fields(builder, record, (const json_t *const[]){text, spans, names.id, names.document}, 4);
    return nomen_span_text_put(builder, text, spans, line, err);
}

static nomen_status read_all(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    return nomen_records_read(builder, bytes, n_bytes, read_record, err);
}

static nomen_status put_record(nomen_writer *writer, size_t s, nomen_error *err) {
    nomen_buffer *out = &writer->out;
    nomen_status status;
    NOMEN_TRY(nomen_writer_places(writer, s, err));
    NOMEN_TRY(nomen_writer_begin_object(writer, s, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "\"text\":", err));
    NOMEN_TRY(nomen_writer_put_text(writer, s, err));
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"spans\":[", err));
    for (size_t i = 0; i < writer->n_spans; i++) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%s{\"start\":%zu,\"end\":%zu,\"label\":", i > 0 ? "," : "",
                                      writer->places[i].start, writer->places[i].end));
        NOMEN_TRY(nomen_writer_put_label(writer, i, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "]}", err));
done:
    return status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    return nomen_writer_put_all(writer, false, put_record, err);
}

static bool looks_like(const nomen_probe *probe) {
    return nomen_json_string(probe->json, nomen_json_text_keys) != NULL && nomen_json_list(probe->json, nomen_json_span_keys) != NULL;
}

const nomen_format nomen_format_jsonl = {
    .format = NOMEN_DATA_JSONL, .key = "jsonl", .name = "JSONL of spans", .suffix = ".jsonl",
    .holds = NOMEN_HOLDS_SPANS | NOMEN_HOLDS_SPACING | NOMEN_HOLDS_NAMES | NOMEN_HAS_VALUES,
    .advice = "add texts with their annotations", .looks_like = looks_like, .read = read_all, .write = write_all};
