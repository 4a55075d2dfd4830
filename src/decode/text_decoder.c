/* From logits to one tagged text; see the header. */
#include "decode/text_decoder.h"

#include <string.h>

#include "base/mem.h"
#include "base/names.h"
#include "text/words.h"

nomen_status nomen_request_check(const nomen_request *r, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_value_check(nomen_aggregation_name(r->aggregation), (int)r->aggregation, "aggregation", err));
    NOMEN_TRY(nomen_value_check(nomen_word_unit_name(r->word_unit), (int)r->word_unit, "unit of words", err));
    NOMEN_TRY(nomen_value_check(nomen_decoding_name(r->decoding), (int)r->decoding, "way to decode", err));
    NOMEN_TRY(nomen_value_check(nomen_repair_name(r->repair), (int)r->repair, "repair", err));
    NOMEN_TRY(nomen_value_check(nomen_offset_unit_name(r->offsets), (int)r->offsets, "unit of offsets", err));
done:
    return status;
}

nomen_status nomen_text_decoder_create(const nomen_model *model, const nomen_request *request, nomen_text_decoder *out,
                                       nomen_error *err) {
    nomen_text_decoder d = {.model = model, .request = *request};
    const nomen_decode_options how = {request->decoding, request->repair};
    nomen_request *r = &d.request;
    nomen_status status;
    nomen_calibrated_start(&d.calibrated);
    NOMEN_TRY(nomen_calibrated_choose(&model->calibrated, &model->labels, request, &d.calibrated, err));
    if (r->aggregation == NOMEN_AGGREGATE_AUTO) {
        r->aggregation = d.calibrated.fitted ? d.calibrated.aggregation : NOMEN_AGGREGATE_FIRST;
    }
    NOMEN_TRY(nomen_calibrated_check(&d.calibrated, r->aggregation, "tag with that aggregation, fit the thresholds again", err));
    if (r->word_unit == NOMEN_WORDS_AUTO) { r->word_unit = model->settings.words; }
    if (!r->overlap_given) { r->overlap = model->settings.stride; }
    NOMEN_TRY(nomen_word_entities_create(model, d.calibrated.temperature, r->aggregation, &how, &d.decoded, err));
    d.decodes = !nomen_decoder_is_plain(&d.decoded.decoder);
    *out = d;
    return NOMEN_OK;
done:
    nomen_calibrated_clear(&d.calibrated);
    return status;
}

void nomen_text_decoder_clear(nomen_text_decoder *d) {
    nomen_calibrated_clear(&d->calibrated);
    nomen_aggregator_clear(&d->aggregator);
    nomen_word_entities_clear(&d->decoded);
    nomen_mem_free(d->logits);
    nomen_tagged_words_clear(&d->tagged_words);
    nomen_mem_free(d->words);
    nomen_mem_free(d->word_starts);
    nomen_mem_free(d->tokens);
    nomen_tagged_clear(&d->tagged);
    *d = (nomen_text_decoder){0};
}

static bool has_words(const nomen_text_decoder *d) {
    return d->request.words || d->request.probabilities;
}

/* The first part of a text: its words, where they are known before its pieces are. */
static nomen_status begin_text(nomen_text_decoder *d, const nomen_text *text, nomen_error *err) {
    const nomen_span *words = text->words;
    size_t n_words = text->n_words;
    bool from_pieces = words == NULL && d->request.word_unit != NOMEN_WORDS_WHITESPACE;
    nomen_status status;
    d->last_word = NOMEN_NO_WORD;
    nomen_tagged_start(&d->tagged, text->text, text->n_bytes, &d->model->labels, d->request.aggregation);
    if (d->decodes) { nomen_word_entities_start(&d->decoded, &d->tagged, has_words(d)); }
    NOMEN_TRY(nomen_aggregator_start(&d->aggregator, d->request.aggregation, &d->model->labels, &d->tagged.entities, err));
    if (!has_words(d)) { return NOMEN_OK; }
    if (words == NULL) {
        n_words = 0;
        if (!from_pieces) { NOMEN_TRY(nomen_text_words(text->text, text->n_bytes, &d->words, &d->word_capacity, &n_words, err)); }
        words = d->words;
    }
    NOMEN_TRY(nomen_tagged_words_start(&d->tagged_words, &d->tagged, words, n_words, from_pieces, d->request.probabilities, err));
done:
    return status;
}

/* Which pieces begin a word: by HF's rule where HF's words are asked for, else by the words. */
static nomen_status find_word_starts(nomen_text_decoder *d, const nomen_text *text, const nomen_stream_part *part,
                                     nomen_error *err) {
    nomen_status status = NOMEN_RESERVE(d->word_starts, d->start_capacity, part->n, err);
    if (status != NOMEN_OK || part->n == 0) { return status; }
    int32_t last = d->last_word;
    d->last_word = part->word_ids[part->n - 1];
    if (text->words != NULL || d->request.word_unit == NOMEN_WORDS_WHITESPACE) {
        nomen_word_starts(part->word_ids, part->n, last, d->word_starts);
        return NOMEN_OK;
    }
    status = NOMEN_RESERVE(d->tokens, d->token_capacity, part->n, err);
    if (status != NOMEN_OK) { return status; }
    const nomen_tokenizer *tokenizer = d->model->tokenizer;
    for (size_t i = 0; i < part->n; i++) { d->tokens[i] = nomen_tokenizer_get_token(tokenizer, part->ids[i]); }
    const char *unknown = nomen_tokenizer_get_token(tokenizer, nomen_tokenizer_get_unknown(tokenizer));
    nomen_hf_word_starts(d->tokens, unknown, part->offsets, part->n, text->text, text->n_bytes, d->word_starts);
    return NOMEN_OK;
}

static nomen_status keep_windows(nomen_tagged *tagged, const nomen_stream_part *part, nomen_error *err) {
    size_t n = tagged->n_windows + part->n_windows;
    nomen_status status = NOMEN_RESERVE(tagged->windows, tagged->window_capacity, n, err);
    if (status != NOMEN_OK) { return status; }
    memcpy(tagged->windows + tagged->n_windows, part->windows, part->n_windows * sizeof *part->windows);
    tagged->n_windows = n;
    return NOMEN_OK;
}

/* The rows of a part, in the order of the text: every piece of every text passes here once. */
static nomen_status add_rows(nomen_text_decoder *d, const nomen_text *text, const nomen_stream_part *part, nomen_error *err) {
    nomen_status status;
    if (d->decodes) {
        size_t n = part->n * d->model->labels.n;
        NOMEN_TRY(NOMEN_RESERVE(d->logits, d->logits_capacity, n, err));
        memcpy(d->logits, part->logits, n * sizeof *d->logits);
    }
    nomen_calibrated_scale(&d->calibrated, part->logits, part->n * d->model->labels.n);
    nomen_op_softmax(part->logits, part->logits, part->n, d->model->labels.n);
    if (has_words(d)) {
        NOMEN_TRY(nomen_tagged_words_add(&d->tagged_words, part->word_ids, part->offsets, part->logits, part->n, err));
    }
    if (d->decodes) {
        return nomen_word_entities_add(&d->decoded, part->word_ids, part->offsets, d->logits, part->logits, part->n, err);
    }
    NOMEN_TRY(find_word_starts(d, text, part, err));
    NOMEN_TRY(nomen_aggregator_add(&d->aggregator, part->logits, part->offsets, part->word_ids, d->word_starts, part->n, err));
done:
    return status;
}

nomen_status nomen_text_decoder_add(nomen_text_decoder *d, const nomen_text *text, const nomen_stream_part *part,
                                    const nomen_tagged **done, nomen_error *err) {
    nomen_status status;
    *done = NULL;
    if (part->first == 0) { NOMEN_TRY(begin_text(d, text, err)); }
    if (part->n > 0) { NOMEN_TRY(add_rows(d, text, part, err)); }
    if (d->request.windows) { NOMEN_TRY(keep_windows(&d->tagged, part, err)); }
    if (!part->last) { return NOMEN_OK; }
    if (has_words(d)) { nomen_tagged_words_end(&d->tagged_words); }
    NOMEN_TRY(d->decodes ? nomen_word_entities_end(&d->decoded, text->words != NULL ? text->n_words : 0, err)
                         : nomen_aggregator_end(&d->aggregator, err));
    nomen_tagged_filter(&d->tagged, &d->calibrated);
    *done = &d->tagged;
done:
    return status;
}
