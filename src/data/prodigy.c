/* Prodigy's tasks, one a line, as they are written; how they are read is in prodigy_read.c and json_shapes.c. */
#include "data/format.h"
#include "data/json_reader.h"
#include "data/json_write.h"
#include "text/offsets.h"

static nomen_status add_tokens(nomen_json_out *json, const nomen_writer *writer, size_t sentence) {
    const nomen_sentence *s = &writer->set->sentences[sentence];
    const nomen_span *words = writer->set->words + s->first_word;
    const char *text = nomen_sentence_text(writer->set, sentence);
    nomen_offset_map map = {0};
    nomen_status status = NOMEN_OK;
    if (s->n_words > 0) { status = nomen_offset_map_fill(text, s->text_size, NOMEN_OFFSET_CODEPOINT, &map, json->err); }
    if (status != NOMEN_OK) { return status; }
    nomen_json_begin_list(json, "tokens");
    for (size_t w = 0; w < s->n_words; w++) {
        nomen_json_begin_object(json, NULL);
        nomen_json_add_bytes(json, "text", text + words[w].start, words[w].end - words[w].start);
        nomen_json_add_size(json, "start", nomen_offset_map_from_byte(&map, words[w].start));
        nomen_json_add_size(json, "end", nomen_offset_map_from_byte(&map, words[w].end));
        nomen_json_add_size(json, "id", w);
        nomen_json_add_bool(json, "ws", words[w].end < s->text_size && text[words[w].end] == ' ');
        nomen_json_end_object(json);
    }
    nomen_json_end_list(json);
    nomen_offset_map_clear(&map);
    return json->status;
}

/* The first and the last token of a span, where its boundaries are theirs. */
static void add_token_range(nomen_json_out *json, const nomen_writer *writer, size_t sentence, const nomen_gold_span *span) {
    const nomen_sentence *s = &writer->set->sentences[sentence];
    const nomen_span *words = writer->set->words + s->first_word;
    size_t low = 0, high = s->n_words; /* the first word that starts at span->start or after it */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (words[middle].start < span->start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t last = low;
    while (last < s->n_words && words[last].end < span->end) { last++; }
    if (last >= s->n_words || words[low].start != span->start || words[last].end != span->end) { return; }
    nomen_json_add_size(json, "token_start", low);
    nomen_json_add_size(json, "token_end", last);
}

nomen_status nomen_prodigy_write_text(nomen_writer *writer, size_t s, nomen_error *err) {
    nomen_json_out json = nomen_json_start(&writer->out, err);
    nomen_status status;
    NOMEN_TRY(nomen_writer_begin_text(&json, writer, s));
    NOMEN_TRY(add_tokens(&json, writer, s));
    nomen_json_begin_list(&json, "spans");
    for (size_t i = 0; i < writer->n_spans; i++) {
        nomen_json_begin_object(&json, NULL);
        nomen_json_add_size(&json, "start", writer->places[i].start);
        nomen_json_add_size(&json, "end", writer->places[i].end);
        add_token_range(&json, writer, s, &writer->spans[i]);
        nomen_writer_add_label(&json, "label", writer, i);
        nomen_json_end_object(&json);
    }
    nomen_json_end_list(&json);
    if (writer->prediction == NULL) { nomen_json_add_text(&json, "answer", "accept"); }
    nomen_json_end_object(&json);
    status = json.status;
done:
    return status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    return nomen_writer_write_all(writer, false, nomen_prodigy_write_text, err);
}

const nomen_format nomen_format_prodigy = {.format = NOMEN_DATA_PRODIGY,
                                           .key = "prodigy",
                                           .name = "Prodigy",
                                           .suffix = "",
                                           .holds = NOMEN_HOLDS_SPANS | NOMEN_HOLDS_SPACING | NOMEN_HOLDS_NAMES,
                                           .has = NOMEN_HAS_VALUES,
                                           .advice = "add texts with their annotations",
                                           .read = nomen_json_read_records,
                                           .write = write_all};
