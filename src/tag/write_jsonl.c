/* A tagged text as a line of JSON, with the keys of Hugging Face's pipeline. */
#include <string.h>

#include "decode/tagged.h"
#include "tag/writer.h"
#include "text/offsets.h"

static nomen_status append_key(nomen_buffer *out, const char *key, const char *text, size_t n_bytes, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, key, err));
    NOMEN_TRY(nomen_buffer_append_json(out, text, n_bytes, err));
done:
    return status;
}

static nomen_status append_number(nomen_buffer *out, const char *key, size_t number, nomen_error *err) {
    nomen_status status = nomen_buffer_append_text(out, key, err);
    return status == NOMEN_OK ? nomen_buffer_append_int(out, (int64_t)number, err) : status;
}

/* `start` is the key of the place's start, with what stands before it. */
static nomen_status append_place(nomen_buffer *out, const char *start, nomen_span place, nomen_error *err) {
    nomen_status status = append_number(out, start, place.start, err);
    return status == NOMEN_OK ? append_number(out, ",\"end\":", place.end, err) : status;
}

static nomen_span convert(const nomen_offset_map *map, nomen_span bytes) {
    return (nomen_span){nomen_offset_map_from_byte(map, bytes.start), nomen_offset_map_from_byte(map, bytes.end)};
}

static nomen_status append_entity(const nomen_tagged *tagged, const nomen_entity *entity, const nomen_offset_map *map,
                                  nomen_buffer *out, nomen_error *err) {
    nomen_span slice = nomen_tagged_clip(tagged, entity->span);
    nomen_span place = convert(map, slice);
    bool piece = tagged->aggregation == NOMEN_AGGREGATE_NONE;
    nomen_status status;
    NOMEN_TRY(append_key(out, piece ? "{\"entity\":" : "{\"entity_group\":", entity->name, strlen(entity->name), err));
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"score\":", err));
    NOMEN_TRY(nomen_buffer_append_float(out, entity->score, err));
    if (piece) { NOMEN_TRY(append_number(out, ",\"index\":", entity->index, err)); }
    NOMEN_TRY(append_key(out, ",\"word\":", tagged->text + slice.start, slice.end - slice.start, err));
    NOMEN_TRY(append_place(out, ",\"start\":", place, err));
    NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
done:
    return status;
}

static nomen_status append_word(const nomen_tagged *tagged, size_t word, const nomen_offset_map *map, nomen_buffer *out,
                                nomen_error *err) {
    nomen_span place = convert(map, nomen_tagged_clip(tagged, tagged->words[word]));
    const char *label = tagged->labels[tagged->word_labels[word]];
    const float *row = tagged->probabilities + word * tagged->n_labels;
    nomen_status status;
    NOMEN_TRY(append_place(out, "{\"start\":", place, err));
    NOMEN_TRY(append_key(out, ",\"label\":", label, strlen(label), err));
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"scores\":{", err));
    for (size_t k = 0; k < tagged->n_labels; k++) {
        NOMEN_TRY(append_key(out, k > 0 ? "," : "", tagged->labels[k], strlen(tagged->labels[k]), err));
        NOMEN_TRY(nomen_buffer_append_byte(out, ':', err));
        NOMEN_TRY(nomen_buffer_append_float(out, row[k], err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "}}", err));
done:
    return status;
}

/* Nothing is ever cut off; a reader need not know that of nomen. */
static nomen_status append_windows(const nomen_tagged *tagged, const nomen_offset_map *map, nomen_buffer *out, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"windows\":[", err));
    for (size_t i = 0; i < tagged->n_windows; i++) {
        const nomen_window_span *w = &tagged->windows[i];
        NOMEN_TRY(append_place(out, i > 0 ? ",{\"start\":" : "{\"start\":", convert(map, (nomen_span){w->start, w->end}), err));
        nomen_span own = convert(map, (nomen_span){w->own_start, w->own_end});
        NOMEN_TRY(append_number(out, ",\"own_start\":", own.start, err));
        NOMEN_TRY(append_number(out, ",\"own_end\":", own.end, err));
        NOMEN_TRY(nomen_buffer_append_byte(out, '}', err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, "],\"truncated\":false", err));
done:
    return status;
}

/*
 * {"text":...,"entities":[...]} and a newline. An entity has HF's keys: "entity_group", "score", "word", "start", "end" or,
 * with NONE, "entity", "score", "index", "word", "start", "end"; "word" is the true slice of the text. With all_scores also
 * "words":[{"start","end","label","scores":{...}},...].
 */
static nomen_status write_jsonl(const nomen_tagged *tagged, const nomen_tag_write_options *options, nomen_buffer *out,
                                nomen_error *err) {
    nomen_offset_map map = {0};
    nomen_status status;
    NOMEN_TRY(nomen_offset_map_create(tagged->text, tagged->n_bytes, options->offsets, &map, err));
    NOMEN_TRY(append_key(out, "{\"text\":", tagged->text, tagged->n_bytes, err));
    NOMEN_TRY(nomen_buffer_append_text(out, ",\"entities\":[", err));
    for (size_t i = 0; i < tagged->entities.n; i++) {
        if (i > 0) { NOMEN_TRY(nomen_buffer_append_byte(out, ',', err)); }
        NOMEN_TRY(append_entity(tagged, &tagged->entities.items[i], &map, out, err));
    }
    NOMEN_TRY(nomen_buffer_append_byte(out, ']', err));
    if (options->all_scores) {
        NOMEN_TRY(nomen_buffer_append_text(out, ",\"words\":[", err));
        for (size_t i = 0; i < tagged->n_words; i++) {
            if (i > 0) { NOMEN_TRY(nomen_buffer_append_byte(out, ',', err)); }
            NOMEN_TRY(append_word(tagged, i, &map, out, err));
        }
        NOMEN_TRY(nomen_buffer_append_byte(out, ']', err));
    }
    if (tagged->n_windows > 0) { NOMEN_TRY(append_windows(tagged, &map, out, err)); }
    NOMEN_TRY(nomen_buffer_append_text(out, "}\n", err));
done:
    nomen_offset_map_clear(&map);
    return status;
}

const nomen_tag_form nomen_tag_form_jsonl = {"jsonl", .write = write_jsonl};
