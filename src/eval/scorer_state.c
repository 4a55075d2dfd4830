/* The counts of a scorer in a file; see the header. */
#include "eval/scorer_state.h"

#include <string.h>

#include "eval/scorer.h"

/* Counts by their keys, which what writes and what reads them share. */
#define OF(name, member) {name, offsetof(nomen_scorer, member)}
static const struct {
    const char *key;
    size_t offset;
} counts[] = {OF("place", place),
              OF("words", n_words),
              OF("correct_words", n_correct_words),
              OF("sentences", n_sentences),
              OF("filled_sentences", n_filled_sentences),
              OF("gold_begin", gold.state.begin),
              OF("predicted_begin", predicted.state.begin)};
enum { N_COUNTS = sizeof counts / sizeof *counts };

void nomen_scorer_save(const nomen_scorer *scorer, nomen_json_out *json, const char *key) {
    nomen_json_begin_object(json, key);
    for (size_t i = 0; i < N_COUNTS; i++) {
        size_t count;
        memcpy(&count, (const char *)scorer + counts[i].offset, sizeof count);
        nomen_json_add_size(json, counts[i].key, count);
    }
    nomen_json_add_number(json, "accuracy_sum", scorer->accuracy_sum);
    nomen_json_add_number(json, "accuracy_rest", scorer->accuracy_rest);
    nomen_json_begin_list(json, "types");
    for (size_t i = 0; i < scorer->n_counts; i++) {
        const nomen_counts *c = &scorer->counts[i];
        if (c->gold + c->predicted == 0) { continue; }
        nomen_json_begin_object(json, NULL);
        nomen_json_add_text(json, "type", scorer->tags.types.names[i]);
        nomen_json_add_size(json, "gold", c->gold);
        nomen_json_add_size(json, "predicted", c->predicted);
        nomen_json_add_size(json, "correct", c->correct);
        nomen_json_end_object(json);
    }
    nomen_json_end_list(json);
    nomen_json_end_object(json);
}

static nomen_status get_count(const json_t *from, const char *key, const char *path, size_t *out, nomen_error *err) {
    size_t count = SIZE_MAX;
    nomen_status status = nomen_json_get_size(from, key, path, &count, err);
    if (status != NOMEN_OK) { return status; }
    if (count == SIZE_MAX) { return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"%s\" of the scores is missing", path, key); }
    *out = count;
    return NOMEN_OK;
}

static nomen_status load_type(nomen_scorer *scorer, const json_t *saved, const char *path, nomen_error *err) {
    const json_t *name = json_object_get(saved, "type");
    int32_t type = 0;
    nomen_counts c = {0};
    nomen_status status;
    if (!json_is_string(name)) { return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: a type of the scores has no name", path); }
    NOMEN_TRY(nomen_intern(&scorer->tags.types, json_string_value(name), json_string_length(name), &type, err));
    NOMEN_TRY(nomen_scorer_reserve_counts(scorer, err));
    NOMEN_TRY(get_count(saved, "gold", path, &c.gold, err));
    NOMEN_TRY(get_count(saved, "predicted", path, &c.predicted, err));
    NOMEN_TRY(get_count(saved, "correct", path, &c.correct, err));
    scorer->counts[type] = c;
    scorer->total.gold += c.gold;
    scorer->total.predicted += c.predicted;
    scorer->total.correct += c.correct;
done:
    return status;
}

nomen_status nomen_scorer_load(nomen_scorer *scorer, const json_t *saved, const char *path, nomen_error *err) {
    const json_t *types = json_object_get(saved, "types");
    const nomen_tag_parts *outside = &scorer->tags.parts[scorer->outside];
    nomen_chunk_state state = {.tag = outside->letter, .type = outside->type};
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < N_COUNTS; i++) {
        size_t count = 0;
        NOMEN_TRY(get_count(saved, counts[i].key, path, &count, err));
        memcpy((char *)scorer + counts[i].offset, &count, sizeof count);
    }
    NOMEN_TRY(nomen_json_get_number(saved, "accuracy_sum", path, &scorer->accuracy_sum, err));
    NOMEN_TRY(nomen_json_get_number(saved, "accuracy_rest", path, &scorer->accuracy_rest, err));
    for (size_t i = 0; i < json_array_size(types); i++) { NOMEN_TRY(load_type(scorer, json_array_get(types, i), path, err)); }
    if (scorer->n_sentences > 0) { /* each stream stands behind the O after its last sentence */
        scorer->gold.state.tag = scorer->predicted.state.tag = state.tag;
        scorer->gold.state.type = scorer->predicted.state.type = state.type;
    }
done:
    return status;
}
