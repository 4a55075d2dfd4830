/* Texts ready for the model: encoded, cut into windows, targets aligned. */
#include "infer/examples.h"

#include <string.h>

#include "base/mem.h"

/* Room for one more text with n_pieces pieces and n_windows windows. */
static nomen_status reserve(nomen_examples *e, size_t n_pieces, size_t n_windows, nomen_error *err) {
    nomen_status status;
    size_t pieces = (e->n > 0 ? e->piece_start[e->n] : 0) + n_pieces;
    size_t windows = (e->n > 0 ? e->window_start[e->n] : 0) + n_windows;
    size_t window_start_capacity = e->text_capacity;
    NOMEN_TRY(NOMEN_RESERVE(e->window_start, window_start_capacity, e->n + 2, err));
    NOMEN_TRY(NOMEN_RESERVE(e->piece_start, e->text_capacity, e->n + 2, err));
    NOMEN_TRY(NOMEN_RESERVE(e->ids, e->id_capacity, pieces, err));
    NOMEN_TRY(NOMEN_RESERVE(e->word_ids, e->word_capacity, pieces, err));
    NOMEN_TRY(NOMEN_RESERVE(e->offsets, e->offset_capacity, pieces, err));
    NOMEN_TRY(NOMEN_RESERVE(e->targets, e->target_capacity, pieces, err));
    NOMEN_TRY(NOMEN_RESERVE(e->windows, e->window_capacity, windows, err));
done:
    return status;
}

nomen_status nomen_examples_add(nomen_examples *e, const nomen_model *model, const char *text, size_t n_bytes,
                                const nomen_span *words, size_t n_words, const int32_t *word_labels,
                                nomen_error *err) {
    nomen_status status;
    if (words != NULL) {
        NOMEN_TRY(nomen_tokenizer_encode_words(model->tokenizer, text, n_bytes, words, n_words, &e->encoding, err));
    } else {
        NOMEN_TRY(nomen_tokenizer_encode(model->tokenizer, text, n_bytes, &e->encoding, err));
    }
    const nomen_encoding *encoding = &e->encoding;
    NOMEN_TRY(nomen_windows_plan(encoding->word_ids, encoding->n_pieces, nomen_model_window_limit(model),
                                 model->settings.stride, &e->plan, err));
    NOMEN_TRY(reserve(e, encoding->n_pieces, e->plan.n, err));
    if (e->n == 0) { e->piece_start[0] = e->window_start[0] = 0; }
    size_t first = e->piece_start[e->n], n = encoding->n_pieces;
    if (n > 0) {
        memcpy(e->ids + first, encoding->ids, n * sizeof *e->ids);
        memcpy(e->word_ids + first, encoding->word_ids, n * sizeof *e->word_ids);
        memcpy(e->offsets + first, encoding->offsets, n * sizeof *e->offsets);
    }
    memcpy(e->windows + e->window_start[e->n], e->plan.items, e->plan.n * sizeof *e->windows);
    if (word_labels != NULL) {
        nomen_align(e->word_ids + first, n, word_labels, model->settings.alignment, model->inside, e->targets + first);
    } else {
        for (size_t i = 0; i < n; i++) { e->targets[first + i] = NOMEN_IGNORE; }
    }
    e->piece_start[e->n + 1] = first + n;
    e->window_start[e->n + 1] = e->window_start[e->n] + e->plan.n;
    e->n++;
done:
    return status;
}

nomen_status nomen_examples_add_dataset(nomen_examples *e, const nomen_model *model, const nomen_dataset *dataset,
                                        const size_t *sentences, size_t n_sentences, const int32_t *map,
                                        nomen_error *err) {
    nomen_status status = NOMEN_OK;
    size_t n = sentences != NULL ? n_sentences : dataset->n_sentences;
    for (size_t i = 0; i < n; i++) {
        const nomen_sentence *s = &dataset->sentences[sentences != NULL ? sentences[i] : i];
        NOMEN_TRY(NOMEN_RESERVE(e->word_labels, e->label_capacity, s->n_words, err));
        for (size_t w = 0; w < s->n_words; w++) { e->word_labels[w] = map[dataset->tags[s->first_word + w]]; }
        NOMEN_TRY(nomen_examples_add(e, model, dataset->text + s->text_start, s->text_size,
                                     dataset->words + s->first_word, s->n_words, e->word_labels, err));
    }
done:
    return status;
}

void nomen_examples_reset(nomen_examples *e) {
    e->n = 0;
}

void nomen_examples_clear(nomen_examples *e) {
    nomen_mem_free(e->piece_start);
    nomen_mem_free(e->window_start);
    nomen_mem_free(e->ids);
    nomen_mem_free(e->word_ids);
    nomen_mem_free(e->offsets);
    nomen_mem_free(e->targets);
    nomen_mem_free(e->windows);
    nomen_mem_free(e->word_labels);
    nomen_encoding_clear(&e->encoding);
    nomen_windows_clear(&e->plan);
    *e = (nomen_examples){0};
}
