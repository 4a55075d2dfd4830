/* Prodigy's tasks, one a line, as they are written; how they are read is in prodigy_read.c and json_shapes.c. */
#include "data/format.h"
#include "data/json_reader.h"
#include "data/json_write.h"
#include "text/offsets.h"

static nomen_status write_tokens(nomen_writer *writer, size_t sentence, nomen_error *err) {
    const nomen_sentence *s = &writer->set->sentences[sentence];
    const nomen_span *words = writer->set->words + s->first_word;
    nomen_offset_map map = {0};
    nomen_status status = NOMEN_OK;
    if (s->n_words == 0) { return NOMEN_OK; }
    const char *text = nomen_sentence_text(writer->set, sentence);
    NOMEN_TRY(nomen_offset_map_create(text, s->text_size, NOMEN_OFFSET_CODEPOINT, &map, err));
    for (size_t w = 0; w < s->n_words; w++) {
        bool space = words[w].end < s->text_size && text[words[w].end] == ' ';
        NOMEN_TRY(nomen_buffer_append_text(&writer->out, w > 0 ? ",{\"text\":" : "{\"text\":", err));
        NOMEN_TRY(nomen_buffer_append_json(&writer->out, text + words[w].start, words[w].end - words[w].start, err));
        NOMEN_TRY(nomen_buffer_printf(&writer->out, err, ",\"start\":%zu,\"end\":%zu,\"id\":%zu,\"ws\":%s}",
                                      nomen_offset_map_from_byte(&map, words[w].start),
                                      nomen_offset_map_from_byte(&map, words[w].end), w, space ? "true" : "false"));
    }
done:
    nomen_offset_map_clear(&map);
    return status;
}

/* The first and the last token of a span, where its boundaries are theirs. */
static nomen_status append_token_range(nomen_writer *writer, size_t sentence, const nomen_gold_span *span, nomen_error *err) {
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
    if (last >= s->n_words || words[low].start != span->start || words[last].end != span->end) { return NOMEN_OK; }
    return nomen_buffer_printf(&writer->out, err, ",\"token_start\":%zu,\"token_end\":%zu", low, last);
}

nomen_status nomen_prodigy_write_text(nomen_writer *writer, size_t s, nomen_error *err) {
    nomen_buffer *out = &writer->out;
    nomen_status status;
    NOMEN_TRY(nomen_writer_begin_text(writer, s, err));
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"tokens\":[", err));
    NOMEN_TRY(write_tokens(writer, s, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "],\"spans\":[", err));
    for (size_t i = 0; i < writer->n_spans; i++) {
        NOMEN_TRY(nomen_buffer_printf(out, err, "%s{\"start\":%zu,\"end\":%zu", i > 0 ? "," : "", writer->places[i].start,
                                      writer->places[i].end));
        NOMEN_TRY(append_token_range(writer, s, &writer->spans[i], err));
        NOMEN_TRY(nomen_buffer_append_text(out, ",\"label\":", err));
        NOMEN_TRY(nomen_writer_append_label(writer, i, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, writer->prediction != NULL ? "]}" : "],\"answer\":\"accept\"}", err));
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
