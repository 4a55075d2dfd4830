/*
 * doccano's sequence labelling: {"text": "Jane left", "label": [[0, 4, "per"]]} a line; its newer export with
 * "entities" of "start_offset" and "end_offset", and with "relations", which are no entities.
 */
#include "data/documents.h"
#include "data/json_spans.h"
#include "data/format.h"

static nomen_status read_record(nomen_builder *builder, const json_t *record, size_t line, nomen_error *err) {
    static const char *const texts[] = {"text", "data", NULL}, *const lists[] = {"label", "labels", "entities", NULL};
    const json_t *text = nomen_json_string(record, texts), *spans = nomen_json_list(record, lists);
    if (text == NULL || spans == NULL) {
        return nomen_builder_fault(builder, line, err, "%s: an object with \"text\" and a list \"label\" or \"entities\" is "
                                   "needed", text != NULL ? "no list of spans" : "no text");
    }
    const json_t *relations = json_object_get(record, "relations");
    builder->set.notes.counts[NOMEN_NOTE_OTHER] += json_array_size(relations);
    nomen_record_names names;
    nomen_status status = nomen_record_names_take(builder, record, line, &names, err);
    if (status != NOMEN_OK) { return status; }
    nomen_records_note_fields(builder, record, (const json_t *const[]){text, spans, relations, names.id, names.document}, 5);
    return nomen_span_text_put(builder, text, spans, line, err);
}

static nomen_status read_all(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    return nomen_records_read(builder, bytes, n_bytes, read_record, err);
}

nomen_status nomen_doccano_put(nomen_writer *writer, size_t s, nomen_error *err) {
    nomen_buffer *out = &writer->out;
    nomen_status status;
    NOMEN_TRY(nomen_writer_places(writer, s, err));
    NOMEN_TRY(nomen_writer_begin_object(writer, s, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "\"text\":", err));
    NOMEN_TRY(nomen_writer_put_text(writer, s, err));
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"label\":[", err));
    for (size_t i = 0; i < writer->n_spans; i++) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%s[%zu,%zu,", i > 0 ? "," : "", writer->places[i].start,
                                      writer->places[i].end));
        NOMEN_TRY(nomen_writer_put_label(writer, i, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, ']', err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "]}", err));
done:
    return status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    return nomen_writer_put_all(writer, false, nomen_doccano_put, err);
}

static bool looks_like(const nomen_probe *probe) {
    const json_t *record = probe->json;
    return nomen_json_string(record, nomen_json_text_keys) != NULL &&
           (json_is_array(json_object_get(record, "label")) || nomen_json_has(record, "Comments") || nomen_json_has(record, "relations"));
}

const nomen_format nomen_format_doccano = {
    .format = NOMEN_DATA_DOCCANO, .key = "doccano", .name = "doccano", .suffix = "",
    .holds = NOMEN_HOLDS_SPANS | NOMEN_HOLDS_SPACING | NOMEN_HOLDS_NAMES | NOMEN_HAS_VALUES,
    .advice = "add texts with their annotations", .looks_like = looks_like, .read = read_all, .write = write_all};
