/* A tagged text as a line of JSON, with the keys of Hugging Face's pipeline. */
#include "base/json_out.h"
#include "decode/tagged.h"
#include "tag/writer.h"
#include "text/offsets.h"

/* The place as members of these names. */
static void add_place(nomen_json_out *json, const char *start, const char *end, nomen_span bytes, const nomen_offset_map *map) {
    nomen_json_add_size(json, start, nomen_offset_map_from_byte(map, bytes.start));
    nomen_json_add_size(json, end, nomen_offset_map_from_byte(map, bytes.end));
}

static void add_entity(nomen_json_out *json, const nomen_tagged *tagged, const nomen_entity *entity,
                       const nomen_offset_map *map) {
    nomen_span slice = nomen_tagged_clip(tagged, entity->span);
    bool piece = tagged->aggregation == NOMEN_AGGREGATE_NONE;
    nomen_json_begin_object(json, NULL);
    nomen_json_add_text(json, piece ? "entity" : "entity_group", entity->name);
    nomen_json_add_float(json, "score", entity->score);
    if (piece) { nomen_json_add_size(json, "index", entity->index); }
    nomen_json_add_bytes(json, "word", tagged->text + slice.start, slice.end - slice.start);
    add_place(json, "start", "end", slice, map);
    nomen_json_end_object(json);
}

static void add_word(nomen_json_out *json, const nomen_tagged *tagged, size_t word, const nomen_offset_map *map) {
    const float *row = tagged->probabilities + word * tagged->n_labels;
    nomen_json_begin_object(json, NULL);
    add_place(json, "start", "end", nomen_tagged_clip(tagged, tagged->words[word]), map);
    nomen_json_add_text(json, "label", tagged->labels[tagged->word_labels[word]]);
    nomen_json_begin_object(json, "scores");
    for (size_t k = 0; k < tagged->n_labels; k++) { nomen_json_add_float(json, tagged->labels[k], row[k]); }
    nomen_json_end_object(json);
    nomen_json_end_object(json);
}

/* Nothing is ever cut off; a reader need not know that of nomen. */
static void add_windows(nomen_json_out *json, const nomen_tagged *tagged, const nomen_offset_map *map) {
    nomen_json_begin_list(json, "windows");
    for (size_t i = 0; i < tagged->n_windows; i++) {
        const nomen_window_span *w = &tagged->windows[i];
        nomen_json_begin_object(json, NULL);
        add_place(json, "start", "end", (nomen_span){w->start, w->end}, map);
        add_place(json, "own_start", "own_end", (nomen_span){w->own_start, w->own_end}, map);
        nomen_json_end_object(json);
    }
    nomen_json_end_list(json);
    nomen_json_add_bool(json, "truncated", false);
}

/*
 * {"text":...,"entities":[...]} and a newline. An entity has HF's keys: "entity_group", "score", "word", "start", "end" or,
 * with NONE, "entity", "score", "index", "word", "start", "end"; "word" is the true slice of the text. With all_scores also
 * "words":[{"start","end","label","scores":{...}},...].
 */
static nomen_status write_jsonl(const nomen_tagged *tagged, const nomen_tag_write_options *options, nomen_buffer *out,
                                nomen_error *err) {
    nomen_json_out json = nomen_json_start(out, err);
    nomen_offset_map map = {0};
    nomen_status status = nomen_offset_map_fill(tagged->text, tagged->n_bytes, options->offsets, &map, err);
    if (status != NOMEN_OK) { return status; }
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_bytes(&json, "text", tagged->text, tagged->n_bytes);
    nomen_json_begin_list(&json, "entities");
    for (size_t i = 0; i < tagged->entities.n; i++) { add_entity(&json, tagged, &tagged->entities.items[i], &map); }
    nomen_json_end_list(&json);
    if (options->all_scores) {
        nomen_json_begin_list(&json, "words");
        for (size_t i = 0; i < tagged->n_words; i++) { add_word(&json, tagged, i, &map); }
        nomen_json_end_list(&json);
    }
    if (tagged->n_windows > 0) { add_windows(&json, tagged, &map); }
    nomen_json_end_object(&json);
    nomen_offset_map_clear(&map);
    return nomen_json_end_line(&json);
}

const nomen_tag_form nomen_tag_form_jsonl = {"jsonl", .write = write_jsonl};
