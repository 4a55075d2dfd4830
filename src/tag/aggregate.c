/*
 * Labels of pieces to entities. The text is read as units: pieces with NONE and SIMPLE, words
 * otherwise. Neighbouring units of one type make an entity, except that a unit labelled B-
 * always starts a new one.
 */
#include "tag/aggregate.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/names.h"
#include "infer/decide.h"
#include "text/utf8.h"

static const char OUTSIDE[] = "O";

/* By nomen_aggregation. */
static const char *const NAMES[] = {[NOMEN_AGGREGATE_NONE] = "none",
                                    [NOMEN_AGGREGATE_SIMPLE] = "simple",
                                    [NOMEN_AGGREGATE_FIRST] = "first",
                                    [NOMEN_AGGREGATE_AVERAGE] = "average",
                                    [NOMEN_AGGREGATE_MAX] = "max",
                                    [NOMEN_AGGREGATE_MAX + 1] = NULL};

const char *nomen_aggregation_name(nomen_aggregation aggregation) {
    return (unsigned)aggregation <= NOMEN_AGGREGATE_MAX ? NAMES[aggregation] : "unknown";
}

nomen_status nomen_aggregation_parse(const char *name, nomen_aggregation *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, NAMES, "aggregation", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_aggregation)found; }
    return status;
}

/* The name of a group, as HF's group_sub_entities has it: what follows the first "-", whatever is before it. */
static const char *group_name(const char *label) {
    const char *hyphen = strchr(label, '-');
    return hyphen != NULL ? hyphen + 1 : label;
}

static nomen_status append(nomen_entities *out, nomen_entity entity, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(out->items, out->capacity, out->n + 1, err));
    out->items[out->n++] = entity;
done:
    return status;
}

/* The pieces one by one. */
static nomen_status collect_pieces(const nomen_labels *labels, const float *probabilities,
                                   const nomen_span *offsets, size_t n_pieces, nomen_entities *out,
                                   nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n_pieces; i++) {
        nomen_decision found = nomen_decide(NOMEN_AGGREGATE_NONE, probabilities + i * labels->n, 1, labels->n);
        const char *name = labels->names[found.label];
        if (strcmp(name, OUTSIDE) == 0) { continue; }
        NOMEN_TRY(append(out, (nomen_entity){found.label, name, found.score, offsets[i], i + 1}, err));
    }
done:
    return status;
}

/* Ends a group whose units have out->scores[0..n_units). Groups named O are dropped. */
static nomen_status end_group(nomen_entities *out, nomen_entity group, size_t n_units, nomen_error *err) {
    if (n_units == 0 || strcmp(group.name, OUTSIDE) == 0) { return NOMEN_OK; }
    group.score = nomen_decide_mean(out->scores, n_units);
    return append(out, group, err);
}

static nomen_status collect_groups(nomen_aggregation strategy, const nomen_labels *labels,
                                   const float *probabilities, const nomen_span *offsets,
                                   const uint8_t *word_starts, size_t n_pieces, nomen_entities *out,
                                   nomen_error *err) {
    nomen_status status = NOMEN_OK;
    nomen_entity group = {0};
    const char *group_type = NULL;
    size_t n_units = 0, next;
    NOMEN_TRY(NOMEN_RESERVE(out->scores, out->scores_capacity, n_pieces, err));
    for (size_t i = 0; i < n_pieces; i = next) {
        next = i + 1;
        while (strategy != NOMEN_AGGREGATE_SIMPLE && next < n_pieces && !word_starts[next]) { next++; }
        nomen_decision found = nomen_decide(strategy, probabilities + i * labels->n, next - i, labels->n);
        bool begins;
        const char *type = nomen_label_type(labels->names[found.label], &begins);
        if (n_units == 0 || begins || strcmp(type, group_type) != 0) {
            NOMEN_TRY(end_group(out, group, n_units, err));
            n_units = 0;
            group_type = type;
            group = (nomen_entity){.label = found.label,
                                   .name = group_name(labels->names[found.label]),
                                   .span.start = offsets[i].start};
        }
        out->scores[n_units++] = found.score;
        group.span.end = offsets[next - 1].end;
    }
    NOMEN_TRY(end_group(out, group, n_units, err));
done:
    return status;
}

nomen_status nomen_aggregate(nomen_aggregation strategy, const nomen_labels *labels, const float *probabilities,
                             const nomen_span *offsets, const uint8_t *word_starts, size_t n_pieces,
                             nomen_entities *out, nomen_error *err) {
    out->n = 0;
    if (n_pieces == 0) { return NOMEN_OK; }
    if (labels->n == 0) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%zu pieces can't be labelled: the model has no labels; check id2label in config.json",
                               n_pieces);
    }
    nomen_status status =
        strategy == NOMEN_AGGREGATE_NONE
            ? collect_pieces(labels, probabilities, offsets, n_pieces, out, err)
            : collect_groups(strategy, labels, probabilities, offsets, word_starts, n_pieces, out, err);
    if (status != NOMEN_OK) { out->n = 0; }
    return status;
}

void nomen_entities_clear(nomen_entities *entities) {
    nomen_mem_free(entities->items);
    nomen_mem_free(entities->scores);
    *entities = (nomen_entities){0};
}

void nomen_word_starts(const int32_t *word_ids, size_t n_pieces, uint8_t *word_starts) {
    for (size_t i = 0; i < n_pieces; i++) { word_starts[i] = i == 0 || word_ids[i] != word_ids[i - 1]; }
}

void nomen_hf_word_starts(const char *const *tokens, const char *unknown, const nomen_span *offsets,
                          size_t n_pieces, const char *text, size_t n_bytes, uint8_t *word_starts) {
    for (size_t i = 0; i < n_pieces; i++) {
        size_t start = offsets[i].start < n_bytes ? offsets[i].start : n_bytes;
        size_t end = offsets[i].end < n_bytes ? offsets[i].end : n_bytes;
        size_t in_text = end > start ? nomen_utf8_count(text + start, end - start) : 0;
        size_t in_token = nomen_utf8_count(tokens[i], strlen(tokens[i]));
        word_starts[i] = in_text == in_token || strcmp(tokens[i], unknown) == 0;
    }
}
