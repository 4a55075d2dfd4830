/*
 * Labels of pieces to entities. The text is read as units: pieces with NONE and SIMPLE, words
 * otherwise. Neighbouring units of one type make an entity, except that a unit labelled B-
 * always starts a new one.
 */
#include "decode/aggregate.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/names.h"
#include "base/utf8.h"
#include "data/label_split.h"

static const char OUTSIDE[] = "O";

static nomen_status append(nomen_entities *out, nomen_entity entity, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(out->items, out->capacity, out->n + 1, err));
    out->items[out->n++] = entity;
done:
    return status;
}

nomen_status nomen_aggregator_start(nomen_aggregator *a, nomen_aggregation strategy, const nomen_labels *labels,
                                    nomen_entities *out, nomen_error *err) {
    a->strategy = strategy;
    a->labels = labels;
    a->out = out;
    a->n_pieces = a->n_units = 0;
    a->group_type = NULL;
    out->n = 0;
    return nomen_unit_start(&a->unit, strategy, labels->n, err);
}

void nomen_aggregator_clear(nomen_aggregator *a) {
    nomen_unit_clear(&a->unit);
    *a = (nomen_aggregator){0};
}

/* The entity goes on to these words. */
static void add_words(nomen_entity *entity, int32_t first, int32_t last) {
    if (first < 0) { return; }
    if (entity->n_words == 0) { entity->first_word = (size_t)first; }
    entity->n_words = (size_t)last + 1 - entity->first_word;
}

/* The pieces one by one. */
static nomen_status add_pieces(nomen_aggregator *a, const float *probabilities, const nomen_span *offsets,
                               const int32_t *word_ids, size_t n_pieces, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n_pieces; i++) {
        nomen_decision found = nomen_decide_largest(probabilities + i * a->labels->n, a->labels->n);
        const char *name = a->labels->names[found.label];
        if (strcmp(name, OUTSIDE) == 0) { continue; }
        nomen_entity entity = {found.label, name, found.score, offsets[i], a->n_pieces + i + 1, 0, 0};
        int32_t word = word_ids != NULL ? word_ids[i] : -1;
        add_words(&entity, word, word);
        NOMEN_TRY(append(a->out, entity, err));
    }
done:
    return status;
}

/* Ends the group, whose units have out->scores[0..n_units). Groups named O are dropped. */
static nomen_status end_group(nomen_aggregator *a, nomen_error *err) {
    if (a->n_units == 0 || strcmp(a->group.name, OUTSIDE) == 0) { return NOMEN_OK; }
    a->group.score = nomen_decide_mean(a->out->scores, a->n_units);
    return append(a->out, a->group, err);
}

/* Ends the unit: it goes on with the group, or begins the next one. */
static nomen_status end_unit(nomen_aggregator *a, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (a->unit.n == 0) { return NOMEN_OK; }
    nomen_decision found = nomen_unit_decide(&a->unit);
    const char *label = a->labels->names[found.label];
    nomen_label_parts parts = nomen_label_split_hf(label);
    if (a->n_units == 0 || parts.prefix == 'B' || strcmp(parts.type, a->group_type) != 0) {
        NOMEN_TRY(end_group(a, err));
        a->n_units = 0;
        a->group_type = parts.type;
        a->group = (nomen_entity){.label = found.label, .name = nomen_label_group_name(label), .span = a->span};
    }
    NOMEN_TRY(NOMEN_RESERVE(a->out->scores, a->out->scores_capacity, a->n_units + 1, err));
    a->out->scores[a->n_units++] = found.score;
    a->group.span.end = a->span.end;
    add_words(&a->group, a->first_word, a->last_word);
    NOMEN_TRY(nomen_unit_start(&a->unit, a->strategy, a->labels->n, err));
done:
    return status;
}

static nomen_status add_units(nomen_aggregator *a, const float *probabilities, const nomen_span *offsets, const int32_t *word_ids,
                              const uint8_t *word_starts, size_t n_pieces, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n_pieces; i++) {
        if (a->strategy == NOMEN_AGGREGATE_SIMPLE || word_starts[i]) { NOMEN_TRY(end_unit(a, err)); }
        a->last_word = word_ids != NULL ? word_ids[i] : -1;
        a->span.end = offsets[i].end;
        if (a->unit.n == 0) {
            a->span.start = offsets[i].start;
            a->first_word = a->last_word;
        }
        NOMEN_TRY(nomen_unit_add(&a->unit, probabilities + i * a->labels->n, err));
    }
done:
    return status;
}

nomen_status nomen_aggregator_add(nomen_aggregator *a, const float *probabilities, const nomen_span *offsets,
                                  const int32_t *word_ids, const uint8_t *word_starts, size_t n_pieces, nomen_error *err) {
    if (n_pieces > 0 && a->labels->n == 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%zu subword tokens can't be labelled: the model has no labels; check id2label in config.json",
                               n_pieces);
    }
    nomen_status status = a->strategy == NOMEN_AGGREGATE_NONE
                              ? add_pieces(a, probabilities, offsets, word_ids, n_pieces, err)
                              : add_units(a, probabilities, offsets, word_ids, word_starts, n_pieces, err);
    a->n_pieces += n_pieces;
    return status;
}

nomen_status nomen_aggregator_end(nomen_aggregator *a, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(end_unit(a, err));
    NOMEN_TRY(end_group(a, err));
done:
    return status;
}

void nomen_entities_clear(nomen_entities *entities) {
    nomen_mem_free(entities->items);
    nomen_mem_free(entities->scores);
    *entities = (nomen_entities){0};
}

void nomen_word_starts(const int32_t *word_ids, size_t n_pieces, int32_t last, uint8_t *word_starts) {
    for (size_t i = 0; i < n_pieces; i++) { word_starts[i] = word_ids[i] != (i > 0 ? word_ids[i - 1] : last); }
}

void nomen_hf_word_starts(const char *const *tokens, const char *unknown, const nomen_span *offsets, size_t n_pieces,
                          const char *text, size_t n_bytes, uint8_t *word_starts) {
    for (size_t i = 0; i < n_pieces; i++) {
        size_t start = offsets[i].start < n_bytes ? offsets[i].start : n_bytes;
        size_t end = offsets[i].end < n_bytes ? offsets[i].end : n_bytes;
        size_t in_text = end > start ? nomen_utf8_count(text + start, end - start) : 0;
        size_t in_token = nomen_utf8_count(tokens[i], strlen(tokens[i]));
        word_starts[i] = in_text == in_token || strcmp(tokens[i], unknown) == 0;
    }
}
