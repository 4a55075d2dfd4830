/* One tagged text: filling it and freeing it. */
#include "decode/tagged.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

void nomen_tagged_start(nomen_tagged *out, const char *text, size_t n_bytes, const nomen_labels *labels,
                        nomen_aggregation aggregation) {
    out->text = text;
    out->n_bytes = n_bytes;
    out->labels = labels->names;
    out->n_labels = labels->n;
    out->aggregation = aggregation;
    out->entities.n = 0;
    out->n_words = 0;
    out->n_windows = 0;
}

nomen_span nomen_tagged_clip(const nomen_tagged *tagged, nomen_span span) {
    size_t end = span.end < tagged->n_bytes ? span.end : tagged->n_bytes;
    return (nomen_span){.start = span.start < end ? span.start : end, .end = end};
}

/* The label of a word that the model saw nothing of. */
static int32_t outside_label(const nomen_tagged *tagged) {
    for (size_t k = 0; k < tagged->n_labels; k++) {
        if (strcmp(tagged->labels[k], "O") == 0) { return (int32_t)k; }
    }
    return 0;
}

/* Makes room for words up to number n_words; the new ones are labelled O, with rows of NaNs. */
static nomen_status reserve_words(nomen_tagged *out, size_t n_words, bool with_rows, int32_t outside, nomen_error *err) {
    size_t n_values = 0;
    nomen_status status;
    if (with_rows) { NOMEN_TRY(nomen_mem_product(n_words, out->n_labels, "probabilities of words", &n_values, err)); }
    NOMEN_TRY(NOMEN_RESERVE(out->words, out->word_capacity, n_words, err));
    NOMEN_TRY(NOMEN_RESERVE(out->word_labels, out->label_capacity, n_words, err));
    if (with_rows) { NOMEN_TRY(NOMEN_RESERVE(out->probabilities, out->probability_capacity, n_values, err)); }
    for (size_t i = out->n_words * out->n_labels; i < n_values; i++) { out->probabilities[i] = NAN; }
    for (; out->n_words < n_words; out->n_words++) {
        out->words[out->n_words] = (nomen_span){0};
        out->word_labels[out->n_words] = outside;
    }
done:
    return status;
}

nomen_status nomen_tagged_words_start(nomen_tagged_words *w, nomen_tagged *tagged, const nomen_span *spans, size_t n_words,
                                      bool from_pieces, bool with_rows, nomen_error *err) {
    nomen_status status;
    tagged->n_words = 0;
    if (tagged->n_labels == 0 && n_words > 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%zu words can't be labelled: the model has no labels; check id2label in config.json", n_words);
    }
    w->tagged = tagged;
    w->from_pieces = from_pieces;
    w->with_rows = with_rows;
    w->word = -1;
    w->outside = outside_label(tagged);
    NOMEN_TRY(nomen_unit_start(&w->unit, tagged->aggregation, tagged->n_labels, err));
    NOMEN_TRY(reserve_words(tagged, n_words, with_rows, w->outside, err));
    if (n_words > 0) { memcpy(tagged->words, spans, n_words * sizeof *spans); }
done:
    return status;
}

void nomen_tagged_words_end(nomen_tagged_words *w) {
    nomen_tagged *out = w->tagged;
    if (w->unit.n == 0) { return; }
    size_t word = (size_t)w->word;
    out->word_labels[word] = nomen_unit_decide(&w->unit).label;
    if (w->with_rows) { memcpy(out->probabilities + word * out->n_labels, w->unit.row, out->n_labels * sizeof *w->unit.row); }
    w->unit.n = 0;
}

/* The pieces go on with another word. */
static nomen_status turn_to(nomen_tagged_words *w, int32_t word, size_t piece, nomen_error *err) {
    nomen_tagged *out = w->tagged;
    if (word < w->word || (!w->from_pieces && (size_t)word >= out->n_words)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "subword token %zu belongs to word %d, but words run from %d to %zu here", piece, (int)word,
                               w->word < 0 ? 0 : (int)w->word, out->n_words);
    }
    nomen_tagged_words_end(w);
    w->word = word;
    return w->from_pieces ? reserve_words(out, (size_t)word + 1, w->with_rows, w->outside, err) : NOMEN_OK;
}

nomen_status nomen_tagged_words_add(nomen_tagged_words *w, const int32_t *word_ids, const nomen_span *offsets,
                                    const float *probabilities, size_t n_pieces, nomen_error *err) {
    nomen_tagged *out = w->tagged;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n_pieces; i++) {
        int32_t word = word_ids[i];
        if (word < 0) { continue; }
        if (word != w->word) { NOMEN_TRY(turn_to(w, word, i, err)); }
        if (w->from_pieces) {
            if (w->unit.n == 0) { out->words[word].start = offsets[i].start; }
            out->words[word].end = offsets[i].end;
        }
        NOMEN_TRY(nomen_unit_add(&w->unit, probabilities + i * out->n_labels, err));
    }
done:
    return status;
}

void nomen_tagged_words_clear(nomen_tagged_words *w) {
    nomen_unit_clear(&w->unit);
    *w = (nomen_tagged_words){0};
}

/* The words of an entity that is left out, from word *w on: those that begin before its end and end after its start. */
static void clear_words(nomen_tagged *tagged, const nomen_entity *entity, int32_t outside, size_t *w) {
    while (*w < tagged->n_words && tagged->words[*w].end <= entity->span.start) { ++*w; }
    for (; *w < tagged->n_words && tagged->words[*w].start < entity->span.end; ++*w) { tagged->word_labels[*w] = outside; }
}

void nomen_tagged_filter(nomen_tagged *tagged, const nomen_calibrated *calibrated) {
    nomen_entities *entities = &tagged->entities;
    int32_t outside = outside_label(tagged);
    size_t n = 0, w = 0;
    if (calibrated->thresholds == NULL) { return; }
    for (size_t i = 0; i < entities->n; i++) {
        const nomen_entity *entity = &entities->items[i];
        if (nomen_calibrated_keeps(calibrated, entity->label, entity->score)) {
            /* Where entities are made of pieces, the next may begin inside this one's last word, which is this one's. */
            while (w < tagged->n_words && tagged->words[w].start < entity->span.end) { w++; }
            entities->items[n++] = *entity;
        } else {
            clear_words(tagged, entity, outside, &w);
        }
    }
    entities->n = n;
}

void nomen_tagged_clear(nomen_tagged *tagged) {
    nomen_entities_clear(&tagged->entities);
    nomen_mem_free(tagged->words);
    nomen_mem_free(tagged->word_labels);
    nomen_mem_free(tagged->probabilities);
    nomen_mem_free(tagged->windows);
    *tagged = (nomen_tagged){0};
}
