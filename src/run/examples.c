/* Texts ready for the model: encoded, cut into windows, targets aligned. */
#include "run/examples.h"

#include <string.h>

#include "base/call.h"
#include "base/mem.h"

nomen_status nomen_examples_reserve(nomen_examples *e, size_t n_pieces, size_t n_windows, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(e->ids, e->id_capacity, n_pieces, err));
    NOMEN_TRY(NOMEN_RESERVE(e->word_ids, e->word_capacity, n_pieces, err));
    NOMEN_TRY(NOMEN_RESERVE(e->offsets, e->offset_capacity, n_pieces, err));
    NOMEN_TRY(NOMEN_RESERVE(e->targets, e->target_capacity, n_pieces, err));
    NOMEN_TRY(NOMEN_RESERVE(e->windows, e->window_capacity, n_windows, err));
done:
    return status;
}

nomen_status nomen_examples_begin_text(nomen_examples *e, nomen_error *err) {
    size_t window_start_capacity = e->text_capacity;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(e->window_start, window_start_capacity, e->n + 2, err));
    NOMEN_TRY(NOMEN_RESERVE(e->piece_start, e->text_capacity, e->n + 2, err));
    if (e->n == 0) { e->piece_start[0] = e->window_start[0] = 0; }
    e->piece_start[e->n + 1] = e->piece_start[e->n];
    e->window_start[e->n + 1] = e->window_start[e->n];
    e->n++;
done:
    return status;
}

void nomen_examples_drop(nomen_examples *e, size_t n_texts, size_t n_pieces) {
    size_t n = e->piece_start[e->n] - n_pieces;
    if (n_pieces > 0 && n > 0) {
        memmove(e->ids, e->ids + n_pieces, n * sizeof *e->ids);
        memmove(e->word_ids, e->word_ids + n_pieces, n * sizeof *e->word_ids);
        memmove(e->offsets, e->offsets + n_pieces, n * sizeof *e->offsets);
    }
    e->n -= n_texts;
    for (size_t i = 0; i <= e->n; i++) {
        size_t start = e->piece_start[n_texts + i];
        e->piece_start[i] = start > n_pieces ? start - n_pieces : 0;
        e->window_start[i] = 0;
    }
}

void nomen_context_fit(size_t room_first, size_t room_last, bool same, size_t *n_before, size_t *n_after) {
    if (*n_before > room_first) { *n_before = room_first; }
    if (*n_after > room_last) { *n_after = room_last; }
    if (!same || *n_before + *n_after <= room_first) { return; }
    size_t half = room_first / 2;
    if (*n_after <= half) {
        *n_before = room_first - *n_after;
    } else if (*n_before <= room_first - half) {
        *n_after = room_first - *n_before;
    } else {
        *n_before = room_first - half; /* the odd piece */
        *n_after = half;
    }
}

/* Pieces [from, to) of the encoding become the next text. */
static nomen_status add_text(nomen_examples *e, const nomen_model *model, size_t from, size_t to, const int32_t *word_labels,
                             nomen_error *err) {
    const nomen_encoding *encoding = &e->encoding;
    const int32_t *word_ids = encoding->word_ids + from;
    size_t n = to - from;
    nomen_status status;
    NOMEN_TRY(nomen_windows_plan(word_ids, n, nomen_model_window_limit(model), model->settings.stride, &e->plan, err));
    NOMEN_TRY(nomen_examples_begin_text(e, err));
    size_t first = e->piece_start[e->n - 1], first_window = e->window_start[e->n - 1];
    NOMEN_TRY(nomen_examples_reserve(e, first + n, first_window + e->plan.n, err));
    if (n > 0) {
        memcpy(e->ids + first, encoding->ids + from, n * sizeof *e->ids);
        memcpy(e->word_ids + first, word_ids, n * sizeof *e->word_ids);
        memcpy(e->offsets + first, encoding->offsets + from, n * sizeof *e->offsets);
    }
    memcpy(e->windows + first_window, e->plan.items, e->plan.n * sizeof *e->windows);
    if (word_labels != NULL) {
        nomen_align(e->word_ids + first, n, word_labels, model->settings.alignment, model->inside, e->targets + first);
    } else {
        for (size_t i = 0; i < n; i++) { e->targets[first + i] = NOMEN_IGNORE; }
    }
    e->piece_start[e->n] = first + n;
    e->window_start[e->n] = first_window + e->plan.n;
done:
    return status;
}

nomen_status nomen_examples_add(nomen_examples *e, const nomen_model *model, const nomen_text *texts, size_t n_texts,
                                const int32_t *word_labels, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(e->starts, e->start_capacity, n_texts + 1, err));
    NOMEN_TRY(nomen_tokenizer_encode_batch(model->tokenizer, texts, n_texts, &e->encoding, e->starts, err));
    for (size_t i = 0; i < n_texts; i++) {
        NOMEN_TRY(add_text(e, model, e->starts[i], e->starts[i + 1], word_labels, err));
        if (word_labels != NULL) { word_labels += texts[i].n_words; }
    }
done:
    return status;
}

/* Whether sentence s begins a document: by the file's marks; without any, each text of a file of texts is one. */
static bool begins_document(const nomen_neighbours *all, size_t s) {
    return s == 0 || all->each_alone || all->dataset->sentences[s].document_start;
}

/* Gives text i, sentence s of the dataset, its context. */
static void set_context(nomen_examples *e, const nomen_model *model, size_t i, size_t s) {
    const nomen_neighbours *all = &e->neighbours;
    size_t most = nomen_model_context_pieces(model), limit = nomen_model_window_limit(model);
    const size_t *start = all->start;
    size_t first = s, end = s + 1;
    while (!begins_document(all, first) && s - first < most && start[s] - start[first] < most) { first--; }
    while (end < all->dataset->n_sentences && !begins_document(all, end) && end - s <= most && start[end] - start[s + 1] < most) {
        end++;
    }
    size_t n_before = start[s] - start[first] < most ? start[s] - start[first] : most;
    size_t n_after = start[end] - start[s + 1] < most ? start[end] - start[s + 1] : most;
    const nomen_window *from = &e->windows[e->window_start[i]], *last = &e->windows[e->window_start[i + 1] - 1];
    nomen_context_fit(limit - (from->end - from->start), limit - (last->end - last->start), from == last, &n_before, &n_after);
    e->context[i] = (nomen_context){start[s] - n_before, n_before, start[s + 1], n_after};
}

/* Sentences that are encoded together: fewer leave threads of the team without work, more only take memory. The pieces are
 * the same with any number. */
enum { SENTENCES = 2048 };

static nomen_text text_of(const nomen_dataset *dataset, size_t sentence) {
    const nomen_sentence *s = &dataset->sentences[sentence];
    return (nomen_text){.text = dataset->text + s->text_start,
                        .n_bytes = s->text_size,
                        .words = dataset->words + s->first_word,
                        .n_words = s->n_words};
}

/* The pieces of the whole dataset, unless they are there. */
static nomen_status find_neighbours(nomen_examples *e, const nomen_model *model, const nomen_dataset *dataset, nomen_error *err) {
    nomen_neighbours *all = &e->neighbours;
    size_t n = dataset->n_sentences;
    nomen_status status = NOMEN_OK;
    if (model->settings.context == 0 || all->dataset == dataset) { return NOMEN_OK; }
    NOMEN_TRY(NOMEN_RESERVE(all->start, all->start_capacity, n + 1, err));
    all->start[0] = 0;
    for (size_t first = 0; first < n; first += SENTENCES) {
        size_t part = n - first < SENTENCES ? n - first : SENTENCES, at = all->start[first];
        NOMEN_TRY(nomen_call_check(err));
        NOMEN_TRY(NOMEN_RESERVE(e->texts, e->texts_capacity, part, err));
        NOMEN_TRY(NOMEN_RESERVE(e->starts, e->start_capacity, part + 1, err));
        for (size_t i = 0; i < part; i++) { e->texts[i] = text_of(dataset, first + i); }
        NOMEN_TRY(nomen_tokenizer_encode_batch(model->tokenizer, e->texts, part, &e->encoding, e->starts, err));
        NOMEN_TRY(NOMEN_RESERVE(all->ids, all->id_capacity, at + e->encoding.n_pieces + 1, err));
        if (e->encoding.n_pieces > 0) { memcpy(all->ids + at, e->encoding.ids, e->encoding.n_pieces * sizeof *all->ids); }
        for (size_t i = 1; i <= part; i++) { all->start[first + i] = at + e->starts[i]; }
    }
    all->each_alone = nomen_dataset_each_alone(dataset);
    all->dataset = dataset;
done:
    return status;
}

/* Appends sentences first .. first + n - 1 of those wanted. */
static nomen_status add_sentences(nomen_examples *e, const nomen_model *model, const nomen_dataset *dataset,
                                  const size_t *sentences, size_t first, size_t n, const int32_t *map, nomen_error *err) {
    size_t n_words = 0;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(e->texts, e->texts_capacity, n, err));
    for (size_t i = 0; i < n; i++) {
        const nomen_sentence *s = &dataset->sentences[sentences != NULL ? sentences[first + i] : first + i];
        NOMEN_TRY(NOMEN_RESERVE(e->word_labels, e->label_capacity, n_words + s->n_words, err));
        for (size_t w = 0; w < s->n_words; w++) { e->word_labels[n_words++] = map[dataset->tags[s->first_word + w]]; }
        e->texts[i] = text_of(dataset, sentences != NULL ? sentences[first + i] : first + i);
    }
    size_t before = e->n;
    NOMEN_TRY(nomen_examples_add(e, model, e->texts, n, e->word_labels, err));
    bool context = e->neighbours.dataset != NULL;
    if (context) { NOMEN_TRY(NOMEN_RESERVE(e->context, e->context_capacity, e->n, err)); }
    e->context_ids = e->neighbours.ids;
    for (size_t i = 0; i < n; i++) {
        size_t s = sentences != NULL ? sentences[first + i] : first + i;
        NOMEN_TRY(nomen_model_check_overflow(model, dataset->path, dataset->sentences[s].line, s,
                                             nomen_examples_n_pieces(e, before + i), true, err));
        if (context) { set_context(e, model, before + i, s); }
    }
done:
    return status;
}

nomen_status nomen_examples_add_dataset(nomen_examples *e, const nomen_model *model, const nomen_dataset *dataset,
                                        const size_t *sentences, size_t n_sentences, const int32_t *map, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    size_t n = sentences != NULL ? n_sentences : dataset->n_sentences;
    NOMEN_TRY(find_neighbours(e, model, dataset, err));
    for (size_t first = 0; first < n; first += SENTENCES) {
        size_t part = n - first < SENTENCES ? n - first : SENTENCES;
        NOMEN_TRY(nomen_call_check(err));
        NOMEN_TRY(add_sentences(e, model, dataset, sentences, first, part, map, err));
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
    nomen_mem_free(e->context);
    nomen_mem_free(e->neighbours.ids);
    nomen_mem_free(e->neighbours.start);
    nomen_mem_free(e->word_labels);
    nomen_mem_free(e->starts);
    nomen_mem_free(e->texts);
    nomen_encoding_clear(&e->encoding);
    nomen_windows_clear(&e->plan);
    *e = (nomen_examples){0};
}
