/* What the writers of JSON share; see the header. */
#include "data/json_write.h"

#include <string.h>

#include "base/mem.h"
#include "text/offsets.h"

nomen_status nomen_writer_places(nomen_writer *writer, size_t sentence, nomen_error *err) {
    nomen_offset_map map = {0};
    nomen_status status;
    NOMEN_TRY(nomen_writer_spans(writer, sentence, err));
    NOMEN_TRY(NOMEN_RESERVE(writer->places, writer->places_capacity, writer->n_spans + 1, err));
    if (writer->n_spans == 0) { return NOMEN_OK; }
    NOMEN_TRY(nomen_offset_map_fill(nomen_sentence_text(writer->set, sentence), writer->set->sentences[sentence].text_size,
                                    NOMEN_OFFSET_CODEPOINT, &map, err));
    for (size_t i = 0; i < writer->n_spans; i++) {
        writer->places[i] = (nomen_span){nomen_offset_map_from_byte(&map, writer->spans[i].start),
                                         nomen_offset_map_from_byte(&map, writer->spans[i].end)};
    }
done:
    nomen_offset_map_clear(&map);
    return status;
}

void nomen_writer_add_text(nomen_json_out *json, const char *key, const nomen_writer *writer, size_t sentence) {
    size_t n = writer->set->sentences[sentence].text_size;
    nomen_json_add_bytes(json, key, n > 0 ? nomen_sentence_text(writer->set, sentence) : "", n);
}

void nomen_writer_add_label(nomen_json_out *json, const char *key, const nomen_writer *writer, size_t span) {
    nomen_json_add_text(json, key, nomen_writer_label(writer, writer->spans[span].label));
}

void nomen_writer_add_triples(nomen_json_out *json, const char *key, const nomen_writer *writer) {
    nomen_json_begin_list(json, key);
    for (size_t i = 0; i < writer->n_spans; i++) {
        nomen_json_begin_list(json, NULL);
        nomen_json_add_size(json, NULL, writer->places[i].start);
        nomen_json_add_size(json, NULL, writer->places[i].end);
        nomen_writer_add_label(json, NULL, writer, i);
        nomen_json_end_list(json);
    }
    nomen_json_end_list(json);
}

void nomen_writer_add_name(nomen_json_out *json, const char *key, const nomen_writer *writer, size_t sentence) {
    const nomen_sentence *s = &writer->set->sentences[sentence];
    const char *name = nomen_sentence_name(writer->set, sentence);
    if (s->name_is_number) {
        nomen_json_add_raw(json, key, name, s->name_size);
    } else {
        nomen_json_add_bytes(json, key, name, s->name_size);
    }
}

void nomen_writer_add_meta(nomen_json_out *json, const nomen_writer *writer, size_t sentence) {
    const char *meta = writer->meta != NULL ? writer->meta[sentence] : NULL;
    if (meta != NULL) { nomen_json_add_raw(json, "meta", meta, strlen(meta)); }
}

void nomen_writer_begin_object(nomen_json_out *json, const nomen_writer *writer, size_t sentence) {
    nomen_json_begin_object(json, NULL);
    if (writer->set->sentences[sentence].name_size > 0) { nomen_writer_add_name(json, "id", writer, sentence); }
    nomen_writer_add_meta(json, writer, sentence);
}

nomen_status nomen_writer_begin_text(nomen_json_out *json, nomen_writer *writer, size_t sentence) {
    nomen_status status = nomen_writer_places(writer, sentence, json->err);
    if (status != NOMEN_OK) { return status; }
    nomen_writer_begin_object(json, writer, sentence);
    nomen_writer_add_text(json, "text", writer, sentence);
    return json->status;
}
