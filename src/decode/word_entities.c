/* Pieces to decoded words and entities; see the header. */
#include "decode/word_entities.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "data/label_split.h"
#include "decode/aggregate.h"

nomen_status nomen_word_entities_create(const nomen_model *model, double temperature, nomen_aggregation strategy,
                                        const nomen_decode_options *options, nomen_word_entities *out, nomen_error *err) {
    nomen_word_entities d = {.model = model, .temperature = temperature, .strategy = strategy};
    size_t n = model->labels.n, n_rows = 0;
    nomen_crf view;
    nomen_status status;
    NOMEN_TRY(nomen_decoder_create(&model->labels, nomen_model_get_crf(model, &view), options, 0, &d.decoder, err));
    if (nomen_decoder_is_plain(&d.decoder)) { goto done_well; }
    if (strategy == NOMEN_AGGREGATE_NONE || strategy == NOMEN_AGGREGATE_SIMPLE) {
        NOMEN_FAIL(nomen_error_set_remedy(err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_NO_DECODING,
                                          "the aggregation %s works on subword tokens, but labels are decoded and repaired by "
                                          "word; choose first, average or max, or neither decode nor repair",
                                          nomen_aggregation_name(strategy)));
    }
    NOMEN_TRY(nomen_mem_product(d.decoder.bound, n, "the words of a text without a known label", &n_rows, err));
    NOMEN_TRY(NOMEN_NEW(d.scores, n, err));
    NOMEN_TRY(NOMEN_NEW(d.spans, d.decoder.bound, err));
    NOMEN_TRY(NOMEN_NEW(d.rows, n_rows, err));
    NOMEN_TRY(NOMEN_NEW(d.certain, d.decoder.bound, err));
    NOMEN_TRY(nomen_unit_start(&d.unit, strategy, n, err));
    nomen_decoder_report(&d.decoder);
done_well:
    *out = d;
    return NOMEN_OK;
done:
    nomen_word_entities_clear(&d);
    return status;
}

void nomen_word_entities_clear(nomen_word_entities *d) {
    nomen_decoder_clear(&d->decoder);
    nomen_unit_clear(&d->unit);
    nomen_mem_free(d->scores);
    nomen_mem_free(d->spans);
    nomen_mem_free(d->rows);
    nomen_mem_free(d->certain);
    *d = (nomen_word_entities){0};
}

void nomen_word_entities_start(nomen_word_entities *d, nomen_tagged *tagged, bool with_words) {
    nomen_decoder_reset(&d->decoder);
    d->tagged = tagged;
    d->with_words = with_words;
    d->unit.n = d->n_pushed = d->n_decoded = d->n_units = 0;
    d->last = -1;
    tagged->entities.n = 0;
}

/* ---- labels to entities ---- */

static nomen_status end_group(nomen_word_entities *d, nomen_error *err) {
    nomen_entities *out = &d->tagged->entities;
    nomen_status status = NOMEN_OK;
    if (d->n_units == 0) { return NOMEN_OK; }
    d->group.score = nomen_decide_mean(out->scores, d->n_units);
    d->n_units = 0;
    NOMEN_TRY(NOMEN_RESERVE(out->items, out->capacity, out->n + 1, err));
    out->items[out->n++] = d->group;
done:
    return status;
}

/* The next word in the order of the text has this label. */
static nomen_status add_label(nomen_word_entities *d, int32_t label, nomen_error *err) {
    size_t word = d->n_decoded++, slot = word % d->decoder.bound, n_labels = d->model->labels.n;
    const float *row = d->rows + slot * n_labels;
    const char *name = d->model->labels.names[label];
    nomen_entities *out = &d->tagged->entities;
    bool there = !isnan(row[0]) || d->spans[slot].end > d->spans[slot].start;
    bool begins = nomen_label_rules_begins(&d->decoder.rules, d->last, label);
    nomen_status status = NOMEN_OK;
    d->last = label;
    if (d->with_words && word < d->tagged->n_words) { d->tagged->word_labels[word] = label; }
    if (begins || d->n_units == 0 || !there || label == d->decoder.rules.outside) { NOMEN_TRY(end_group(d, err)); }
    if (label == d->decoder.rules.outside || !there) { return NOMEN_OK; }
    if (d->n_units == 0) {
        d->group =
            (nomen_entity){.label = label, .name = nomen_label_group_name(name), .span = d->spans[slot], .first_word = word};
    }
    NOMEN_TRY(NOMEN_RESERVE(out->scores, out->scores_capacity, d->n_units + 1, err));
    /* An orphan I- that became a B- keeps its probability. */
    bool repaired = d->decoder.options.repair == NOMEN_REPAIR_BEGIN && d->decoder.options.decoding == NOMEN_DECODE_ARGMAX;
    out->scores[d->n_units++] = repaired ? nomen_decide_largest(row, n_labels).score : row[label];
    d->group.span.end = d->spans[slot].end;
    d->group.n_words = word + 1 - d->group.first_word;
done:
    return status;
}

static nomen_status add_labels(nomen_word_entities *d, size_t n, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; status == NOMEN_OK && i < n; i++) { status = add_label(d, d->certain[i], err); }
    return status;
}

/* ---- pieces to words ---- */

/* Words up to number n_words that have no piece. */
static nomen_status push_absent(nomen_word_entities *d, size_t n_words, nomen_error *err) {
    size_t n_labels = d->model->labels.n;
    nomen_status status = NOMEN_OK;
    while (status == NOMEN_OK && d->n_pushed < n_words) {
        size_t slot = d->n_pushed++ % d->decoder.bound;
        d->spans[slot] = (nomen_span){0};
        for (size_t k = 0; k < n_labels; k++) { d->rows[slot * n_labels + k] = NAN; }
        status = add_labels(d, nomen_decoder_push(&d->decoder, NULL, d->certain), err);
    }
    return status;
}

/* The word whose pieces came in is whole. */
static nomen_status push_word(nomen_word_entities *d, nomen_error *err) {
    size_t n_labels = d->model->labels.n;
    if (d->unit.n == 0) { return NOMEN_OK; }
    size_t slot = d->n_pushed++ % d->decoder.bound;
    (void)nomen_unit_decide(&d->unit);
    memcpy(d->rows + slot * n_labels, d->unit.row, n_labels * sizeof *d->rows);
    d->spans[slot] = d->span;
    if (d->strategy == NOMEN_AGGREGATE_AVERAGE) {
        /* Logits by way of their probabilities, at the temperature of those. */
        nomen_op_log(d->scores, d->unit.row, n_labels);
        for (size_t k = 0; k < n_labels; k++) { d->scores[k] *= (nomen_real)d->temperature; }
    }
    d->unit.n = 0;
    return add_labels(d, nomen_decoder_push(&d->decoder, d->scores, d->certain), err);
}

/* The next piece of the open word; the decoder gets the logits of the piece that the word's row is of. */
static nomen_status add_piece(nomen_word_entities *d, nomen_span offset, const nomen_real *logits, const float *row,
                              nomen_error *err) {
    float before = d->unit.score;
    bool first = d->unit.n == 0;
    if (first) { d->span.start = offset.start; }
    d->span.end = offset.end;
    nomen_status status = nomen_unit_add(&d->unit, row, err);
    if (first || (d->strategy == NOMEN_AGGREGATE_MAX && d->unit.score > before)) {
        memcpy(d->scores, logits, d->model->labels.n * sizeof *logits);
    }
    return status;
}

nomen_status nomen_word_entities_add(nomen_word_entities *d, const int32_t *word_ids, const nomen_span *offsets,
                                     const nomen_real *logits, const float *probabilities, size_t n_pieces, nomen_error *err) {
    size_t n_labels = d->model->labels.n;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n_pieces; i++) {
        if (word_ids[i] < 0) { continue; }
        if (d->unit.n > 0 && (size_t)word_ids[i] != d->n_pushed) { NOMEN_TRY(push_word(d, err)); }
        if (d->unit.n == 0) { NOMEN_TRY(push_absent(d, (size_t)word_ids[i], err)); }
        NOMEN_TRY(add_piece(d, offsets[i], logits + i * n_labels, probabilities + i * n_labels, err));
    }
done:
    return status;
}

nomen_status nomen_word_entities_end(nomen_word_entities *d, size_t n_words, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(push_word(d, err));
    NOMEN_TRY(push_absent(d, n_words, err));
    NOMEN_TRY(add_labels(d, nomen_decoder_finish(&d->decoder, d->certain), err));
    NOMEN_TRY(end_group(d, err));
done:
    return status;
}
