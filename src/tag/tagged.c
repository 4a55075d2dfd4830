/* One tagged text: filling it and freeing it. */
#include "tag/tagged.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "infer/decide.h"

void nomen_tagged_start(nomen_tagged *out, const char *text, size_t n_bytes, const nomen_labels *labels,
                        nomen_aggregation aggregation) {
    out->text = text;
    out->n_bytes = n_bytes;
    out->labels = labels->names;
    out->n_labels = labels->n;
    out->aggregation = aggregation;
    out->entities.n = 0;
    out->n_words = 0;
}

/* The label of a word that the model saw nothing of. */
static int32_t outside_label(const nomen_tagged *tagged) {
    for (size_t k = 0; k < tagged->n_labels; k++) {
        if (strcmp(tagged->labels[k], "O") == 0) { return (int32_t)k; }
    }
    return 0;
}

static nomen_status check_word_ids(const int32_t *word_ids, size_t n_pieces, size_t n_words, nomen_error *err) {
    int32_t last = 0;
    for (size_t i = 0; i < n_pieces; i++) {
        if (word_ids[i] < 0) { continue; }
        if (word_ids[i] < last || (size_t)word_ids[i] >= n_words) {
            return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "piece %zu belongs to word %d, but words run from %d to %zu here", i,
                                   (int)word_ids[i], (int)last, n_words);
        }
        last = word_ids[i];
    }
    return NOMEN_OK;
}

nomen_status nomen_tagged_set_words(nomen_tagged *out, const nomen_span *words, size_t n_words,
                                    const int32_t *word_ids, const float *probabilities, size_t n_pieces,
                                    nomen_error *err) {
    size_t n_labels = out->n_labels, n_values;
    nomen_status status;
    out->n_words = 0;
    if (n_labels == 0 && n_words > 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%zu words can't be labelled: the model has no labels; check id2label in config.json",
                               n_words);
    }
    NOMEN_TRY(check_word_ids(word_ids, n_pieces, n_words, err));
    NOMEN_TRY(nomen_mem_product(n_words, n_labels, "probabilities of words", &n_values, err));
    NOMEN_TRY(NOMEN_RESERVE(out->words, out->word_capacity, n_words, err));
    NOMEN_TRY(NOMEN_RESERVE(out->word_labels, out->label_capacity, n_words, err));
    NOMEN_TRY(NOMEN_RESERVE(out->probabilities, out->probability_capacity, n_values, err));
    if (n_words > 0) { memcpy(out->words, words, n_words * sizeof *words); }

    int32_t outside = outside_label(out);
    for (size_t i = 0; i < n_words; i++) { out->word_labels[i] = outside; }
    for (size_t i = 0; i < n_values; i++) { out->probabilities[i] = NAN; }
    for (size_t first = 0, next; first < n_pieces; first = next) {
        next = first + 1;
        while (next < n_pieces && word_ids[next] == word_ids[first]) { next++; }
        if (word_ids[first] < 0) { continue; }
        size_t word = (size_t)word_ids[first];
        const float *rows = probabilities + first * n_labels;
        out->word_labels[word] = nomen_decide(out->aggregation, rows, next - first, n_labels).label;
        nomen_decide_row(out->aggregation, rows, next - first, n_labels, out->probabilities + word * n_labels);
    }
    out->n_words = n_words;
done:
    return status;
}

/* The words of an entity that is left out, from word *w on: those that begin before its end and end behind its start. */
static void clear_words(nomen_tagged *tagged, const nomen_entity *entity, int32_t outside, size_t *w) {
    while (*w < tagged->n_words && tagged->words[*w].end <= entity->span.start) { ++*w; }
    for (; *w < tagged->n_words && tagged->words[*w].start < entity->span.end; ++*w) {
        tagged->word_labels[*w] = outside;
    }
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
    *tagged = (nomen_tagged){0};
}
