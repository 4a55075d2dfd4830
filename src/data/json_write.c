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
    NOMEN_TRY(nomen_offset_map_create(nomen_sentence_text(writer->set, sentence), writer->set->sentences[sentence].text_size,
                                      NOMEN_OFFSET_CODEPOINT, &map, err));
    for (size_t i = 0; i < writer->n_spans; i++) {
        writer->places[i] = (nomen_span){nomen_offset_map_from_byte(&map, writer->spans[i].start),
                                         nomen_offset_map_from_byte(&map, writer->spans[i].end)};
    }
done:
    nomen_offset_map_clear(&map);
    return status;
}

nomen_status nomen_writer_append_text(nomen_writer *writer, size_t sentence, nomen_error *err) {
    size_t n = writer->set->sentences[sentence].text_size;
    return nomen_buffer_append_json(&writer->out, n > 0 ? nomen_sentence_text(writer->set, sentence) : "", n, err);
}

nomen_status nomen_writer_append_label(nomen_writer *writer, size_t span, nomen_error *err) {
    const char *label = nomen_writer_label(writer, writer->spans[span].label);
    return nomen_buffer_append_json(&writer->out, label, strlen(label), err);
}

nomen_status nomen_writer_begin_text(nomen_writer *writer, size_t sentence, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_writer_places(writer, sentence, err));
    NOMEN_TRY(nomen_writer_begin_object(writer, sentence, err));
    NOMEN_TRY(nomen_buffer_append_text(&writer->out, "\"text\":", err));
    status = nomen_writer_append_text(writer, sentence, err);
done:
    return status;
}
