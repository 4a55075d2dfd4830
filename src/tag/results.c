/* The results of a call: flat arrays over all its texts; see the header. */
#include "tag/results.h"

#include <string.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "decode/tagged.h"
#include "model_dir/model.h"
#include "text/offsets.h"

/* Where a text's part of each array begins. */
typedef struct result_place {
    size_t entity, word, window;
} result_place;

struct nomen_results {
    nomen_model *model; /* a reference: names of labels are the model's */
    nomen_offset_unit unit;
    nomen_aggregation aggregation; /* that made the entities */
    size_t n_texts, n_added;       /* texts before n_added have their place */
    result_place *places;          /* (n_texts+1) */
    nomen_result_entity *entities;
    nomen_result_word *words;
    float *probabilities; /* (words, K), or NULL */
    nomen_window_span *windows;
    size_t n_entities, n_words, n_windows;
    size_t entity_capacity, word_capacity, probability_capacity, window_capacity;
    nomen_buffer strings; /* the entities' texts, each with a NUL after it */
};

nomen_status nomen_results_create(const nomen_model *model, size_t n_texts, nomen_offset_unit unit, nomen_results **out,
                                  nomen_error *err) {
    nomen_results *r = NULL;
    size_t n_places = 0;
    nomen_status status;
    if (__builtin_add_overflow(n_texts, 1, &n_places)) { NOMEN_FAIL(nomen_error_memory(err, n_texts, sizeof(result_place))); }
    NOMEN_TRY(NOMEN_NEW(r, 1, err));
    r->model = nomen_model_retain(model);
    r->unit = unit;
    r->n_texts = n_texts;
    NOMEN_TRY(NOMEN_NEW(r->places, n_places, err));
    *out = r;
    return NOMEN_OK;
done:
    nomen_results_free(r);
    return status;
}

void nomen_results_free(nomen_results *r) {
    if (r == NULL) { return; }
    nomen_model_release(r->model);
    nomen_mem_free(r->places);
    nomen_mem_free(r->entities);
    nomen_mem_free(r->words);
    nomen_mem_free(r->probabilities);
    nomen_mem_free(r->windows);
    nomen_buffer_clear(&r->strings);
    nomen_mem_free(r);
}

/* Texts up to and with number `text` begin here, unless they have begun. */
static void begin_texts(nomen_results *r, size_t text) {
    for (; r->n_added <= text; r->n_added++) { r->places[r->n_added] = (result_place){r->n_entities, r->n_words, r->n_windows}; }
}

static nomen_status add_entities(nomen_results *r, const nomen_tagged *tagged, const nomen_offset_map *map, nomen_error *err) {
    const nomen_entities *found = &tagged->entities;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(r->entities, r->entity_capacity, r->n_entities + found->n, err));
    for (size_t i = 0; i < found->n; i++) {
        const nomen_entity *e = &found->items[i];
        nomen_span span = nomen_tagged_clip(tagged, e->span);
        NOMEN_TRY(nomen_buffer_append(&r->strings, tagged->text + span.start, span.end - span.start, err));
        NOMEN_TRY(nomen_buffer_append_byte(&r->strings, '\0', err));
        r->entities[r->n_entities++] = (nomen_result_entity){.type = e->name,
                                                             .start = nomen_offset_map_from_byte(map, span.start),
                                                             .end = nomen_offset_map_from_byte(map, span.end),
                                                             .byte_start = span.start,
                                                             .byte_end = span.end,
                                                             .first_word = e->first_word,
                                                             .n_words = e->n_words,
                                                             .score = e->score,
                                                             .label = e->label,
                                                             .index = e->index};
    }
done:
    return status;
}

static nomen_status add_words(nomen_results *r, const nomen_tagged *tagged, const nomen_offset_map *map, nomen_error *err) {
    size_t n = r->n_words + tagged->n_words, n_values = 0;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(r->words, r->word_capacity, n, err));
    if (tagged->probabilities != NULL) {
        NOMEN_TRY(nomen_mem_product(n, tagged->n_labels, "probabilities of words", &n_values, err));
        NOMEN_TRY(NOMEN_RESERVE(r->probabilities, r->probability_capacity, n_values, err));
        if (tagged->n_words > 0) {
            memcpy(r->probabilities + r->n_words * tagged->n_labels, tagged->probabilities,
                   tagged->n_words * tagged->n_labels * sizeof *r->probabilities);
        }
    }
    for (size_t w = 0; w < tagged->n_words; w++) {
        nomen_span span = nomen_tagged_clip(tagged, tagged->words[w]);
        r->words[r->n_words++] = (nomen_result_word){.label = tagged->labels[tagged->word_labels[w]],
                                                     .start = nomen_offset_map_from_byte(map, span.start),
                                                     .end = nomen_offset_map_from_byte(map, span.end),
                                                     .byte_start = span.start,
                                                     .byte_end = span.end};
    }
done:
    return status;
}

nomen_status nomen_results_add(nomen_results *r, size_t text, const nomen_tagged *tagged, nomen_error *err) {
    nomen_offset_map map = {0};
    nomen_status status;
    begin_texts(r, text);
    r->aggregation = tagged->aggregation;
    NOMEN_TRY(nomen_offset_map_fill(tagged->text, tagged->n_bytes, r->unit, &map, err));
    NOMEN_TRY(add_entities(r, tagged, &map, err));
    NOMEN_TRY(add_words(r, tagged, &map, err));
    NOMEN_TRY(NOMEN_RESERVE(r->windows, r->window_capacity, r->n_windows + tagged->n_windows, err));
    if (tagged->n_windows > 0) { memcpy(r->windows + r->n_windows, tagged->windows, tagged->n_windows * sizeof *r->windows); }
    r->n_windows += tagged->n_windows;
done:
    nomen_offset_map_clear(&map);
    return status;
}

void nomen_results_finish(nomen_results *r) {
    const char *text = r->strings.data;
    begin_texts(r, r->n_texts);
    for (size_t i = 0; i < r->n_entities; i++) { /* only now do the strings stay where they are */
        r->entities[i].text = text;
        text += r->entities[i].byte_end - r->entities[i].byte_start + 1;
    }
}

size_t nomen_results_n_texts(const nomen_results *r) {
    return r->n_texts;
}

size_t nomen_results_n_entities(const nomen_results *r, size_t text) {
    return text < r->n_texts ? r->places[text + 1].entity - r->places[text].entity : 0;
}

const nomen_result_entity *nomen_results_entity(const nomen_results *r, size_t text, size_t index) {
    return index < nomen_results_n_entities(r, text) ? &r->entities[r->places[text].entity + index] : NULL;
}

size_t nomen_results_n_words(const nomen_results *r, size_t text) {
    return text < r->n_texts ? r->places[text + 1].word - r->places[text].word : 0;
}

const nomen_result_word *nomen_results_word(const nomen_results *r, size_t text, size_t index) {
    return index < nomen_results_n_words(r, text) ? &r->words[r->places[text].word + index] : NULL;
}

const float *nomen_results_probabilities(const nomen_results *r, size_t text) {
    if (r->probabilities == NULL || text >= r->n_texts) { return NULL; }
    return r->probabilities + r->places[text].word * r->model->labels.n;
}

size_t nomen_results_n_windows(const nomen_results *r, size_t text) {
    return text < r->n_texts ? r->places[text + 1].window - r->places[text].window : 0;
}

const nomen_window_span *nomen_results_window(const nomen_results *r, size_t text, size_t index) {
    return index < nomen_results_n_windows(r, text) ? &r->windows[r->places[text].window + index] : NULL;
}

size_t nomen_results_n_labels(const nomen_results *r) {
    return r->model->labels.n;
}

const char *nomen_results_label(const nomen_results *r, size_t label) {
    return nomen_model_get_label(r->model, label);
}

/* The entities, words and probabilities of a text; whether each lies in it. */
static bool copy_found(const nomen_results *r, size_t index, nomen_tagged *out) {
    size_t n_bytes = out->n_bytes;
    for (size_t i = 0; i < out->entities.n; i++) {
        const nomen_result_entity *e = nomen_results_entity(r, index, i);
        if (e->byte_start > e->byte_end || e->byte_end > n_bytes) { return false; }
        out->entities.items[i] = (nomen_entity){.label = e->label,
                                                .name = e->type,
                                                .score = e->score,
                                                .span = {e->byte_start, e->byte_end},
                                                .index = e->index,
                                                .first_word = e->first_word,
                                                .n_words = e->n_words};
    }
    for (size_t w = 0; w < out->n_words; w++) {
        const nomen_result_word *word = nomen_results_word(r, index, w);
        if (word->byte_start > word->byte_end || word->byte_end > n_bytes) { return false; }
        out->words[w] = (nomen_span){word->byte_start, word->byte_end};
        for (size_t k = 0; k < out->n_labels; k++) { /* names are the model's own */
            if (word->label == out->labels[k]) { out->word_labels[w] = (int32_t)k; }
        }
    }
    return true;
}

nomen_status nomen_results_to_tagged(const nomen_results *r, size_t index, const nomen_text *text, nomen_tagged *out,
                                     nomen_error *err) {
    const float *probabilities = nomen_results_probabilities(r, index);
    size_t n_words = nomen_results_n_words(r, index), n_values = 0;
    nomen_status status;
    if (index >= r->n_texts) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "there is no text %zu among the results of %zu", index, r->n_texts);
    }
    nomen_tagged_start(out, text->text != NULL ? text->text : "", text->n_bytes, &r->model->labels, r->aggregation);
    NOMEN_TRY(NOMEN_RESERVE(out->entities.items, out->entities.capacity, nomen_results_n_entities(r, index), err));
    NOMEN_TRY(NOMEN_RESERVE(out->words, out->word_capacity, n_words, err));
    NOMEN_TRY(NOMEN_RESERVE(out->word_labels, out->label_capacity, n_words, err));
    out->entities.n = nomen_results_n_entities(r, index);
    out->n_words = n_words;
    if (!copy_found(r, index, out)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "the results go beyond the text's %zu bytes; give the text that was tagged", text->n_bytes));
    }
    if (probabilities == NULL) { /* none of an earlier text */
        nomen_mem_free(out->probabilities);
        out->probabilities = NULL;
        out->probability_capacity = 0;
    } else {
        NOMEN_TRY(nomen_mem_product(n_words, out->n_labels, "probabilities of words", &n_values, err));
        NOMEN_TRY(NOMEN_RESERVE(out->probabilities, out->probability_capacity, n_values > 0 ? n_values : 1, err));
        memcpy(out->probabilities, probabilities, n_values * sizeof *probabilities);
    }
    out->n_windows = nomen_results_n_windows(r, index);
    NOMEN_TRY(NOMEN_RESERVE(out->windows, out->window_capacity, out->n_windows, err));
    for (size_t i = 0; i < out->n_windows; i++) { out->windows[i] = *nomen_results_window(r, index, i); }
done:
    return status;
}
