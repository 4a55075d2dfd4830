/*
 * Texts through the model, in rounds. A round drops what no window needs any more, appends segments until there is work for
 * the batches, plans the windows that nothing to come can change, and runs them; then their parts are asked for one by one.
 */
#include "run/stream.h"

#include <string.h>

#include "base/mem.h"
#include "token/encoding.h"

/* Most texts that a round begins: with its bytes enough for full batches of like windows. */
enum { ROUND_TEXTS = 1024 };

void nomen_stream_start(const nomen_model *model, nomen_stream *out) {
    *out = (nomen_stream){.model = model, .context = nomen_model_context_pieces(model), .round_bytes = NOMEN_ROUND_BYTES};
    out->feed.segment_bytes = NOMEN_SEGMENT_BYTES;
    out->feed.tokenizer = model->tokenizer;
    nomen_stream_set(out, model->settings.words, model->settings.stride);
}

void nomen_stream_set(nomen_stream *s, nomen_word_unit words, size_t overlap) {
    s->feed.by_space = words == NOMEN_WORDS_WHITESPACE;
    s->overlap = overlap;
}

void nomen_stream_clear(nomen_stream *s) {
    nomen_feed_clear(&s->feed);
    nomen_examples_clear(&s->held);
    nomen_mem_free(s->texts);
    nomen_mem_free(s->segment_text);
    nomen_windows_clear(&s->plan);
    nomen_mem_free(s->spans);
    nomen_mem_free(s->logits);
    *s = (nomen_stream){0};
}

static size_t n_pieces(const nomen_stream *s, size_t i) {
    return nomen_examples_n_pieces(&s->held, i);
}

/* Begins to hold the next text. */
static nomen_status begin_text(nomen_stream *s, nomen_error *err) {
    nomen_examples *held = &s->held;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(s->texts, s->text_capacity, held->n + 1, err));
    NOMEN_TRY(NOMEN_RESERVE(held->context, held->context_capacity, held->n + 1, err));
    NOMEN_TRY(nomen_examples_begin_text(held, err));
    const nomen_text *text = &s->input[s->n_begun];
    s->texts[held->n - 1] = (nomen_stream_text){
        .text = s->n_begun++,
        .planner = {.limit = nomen_model_window_limit(s->model), .stride = s->overlap, .done = text->context_only},
        .ended = text->context_only,
        .document_start = text->document_start,
    };
done:
    return status;
}

/* Appends a segment of the text held last. */
static nomen_status append_segment(nomen_stream *s, size_t *n_bytes, nomen_error *err) {
    size_t last = s->held.n - 1;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(s->segment_text, s->segment_capacity, s->feed.n + 1, err));
    s->segment_text[s->feed.n] = last;
    NOMEN_TRY(nomen_feed_append(&s->feed, &s->input[s->texts[last].text], &s->texts[last].place, n_bytes, err));
done:
    return status;
}

/* Appends the encoded segments to the pieces that are held. */
static nomen_status append_pieces(nomen_stream *s, nomen_error *err) {
    nomen_examples *held = &s->held;
    nomen_status status = NOMEN_OK;
    if (held->n == 0) { return NOMEN_OK; }
    size_t at = held->piece_start[held->n], all = at + s->feed.starts[s->feed.n];
    NOMEN_TRY(nomen_examples_reserve(held, all + 1, 0, err));
    for (size_t i = at; i < all; i++) { held->targets[i] = NOMEN_IGNORE; }
    for (size_t k = 0; k < s->feed.n; k++) {
        size_t text = s->segment_text[k];
        NOMEN_TRY(
            nomen_feed_copy(&s->feed, k, &s->texts[text].place, held->ids + at, held->word_ids + at, held->offsets + at, err));
        at += s->feed.starts[k + 1] - s->feed.starts[k];
        held->piece_start[text + 1] = at;
    }
done:
    return status;
}

/* Segments until there is enough for the batches. A text that is not complete ends the round: it has more. */
static nomen_status append_texts(nomen_stream *s, nomen_error *err) {
    size_t n_bytes = 0;
    nomen_status status = NOMEN_OK;
    nomen_feed_reset(&s->feed);
    if (s->held.n > 0 && !s->texts[s->held.n - 1].place.complete) { NOMEN_TRY(append_segment(s, &n_bytes, err)); }
    while (s->n_begun < s->n_input && s->feed.n < ROUND_TEXTS && n_bytes < s->round_bytes &&
           (s->held.n == 0 || s->texts[s->held.n - 1].place.complete)) {
        NOMEN_TRY(begin_text(s, err));
        NOMEN_TRY(append_segment(s, &n_bytes, err));
    }
    NOMEN_TRY(nomen_feed_encode(&s->feed, err));
    NOMEN_TRY(append_pieces(s, err));
done:
    return status;
}

/* How many pieces stand before text i as its context; the first text that has some of them in *first. */
static size_t count_before(const nomen_stream *s, size_t i, bool document_start, size_t *first) {
    size_t n = 0, j = i;
    for (; j > 0 && !document_start && i - j < s->context && n < s->context; document_start = s->texts[j].document_start) {
        n += n_pieces(s, --j);
    }
    *first = j;
    return n < s->context ? n : s->context;
}

/* How many stand after it; false where that is not known yet. */
static bool count_after(const nomen_stream *s, size_t i, size_t *n) {
    size_t j = i + 1, found = 0;
    *n = 0;
    for (; j < s->held.n && !s->texts[j].document_start && j - i <= s->context && found < s->context; j++) {
        found += n_pieces(s, j);
    }
    *n = found < s->context ? found : s->context;
    if (found >= s->context || (j < s->held.n && s->texts[j].document_start)) { return true; }
    if (!s->texts[j - 1].place.complete) { return false; }
    return j - i > s->context || s->n_begun == s->n_input || s->input[s->n_begun].document_start;
}

/* Sets the context of text i in this round, now that its new windows are known. */
static void set_context(nomen_stream *s, size_t i, bool is_first, size_t n_after) {
    nomen_examples *held = &s->held;
    size_t first_window = held->window_start[i], last_window = held->window_start[i + 1] - 1, ignored;
    size_t limit = s->texts[i].planner.limit;
    const nomen_window *first = &held->windows[first_window], *last = &held->windows[last_window];
    nomen_context context = {.after = held->piece_start[i + 1]};
    if (!s->texts[i].planner.done) { n_after = 0; }
    if (is_first) { context.n_before = count_before(s, i, s->texts[i].document_start, &ignored); }
    nomen_context_fit(limit - (first->end - first->start), limit - (last->end - last->start), first == last, &context.n_before,
                      &n_after);
    context.n_after = n_after;
    context.before = held->piece_start[i] - context.n_before;
    held->context[i] = context;
}

/* Plans the windows of text i that are certain; they count from what is held of it. */
static nomen_status plan_text(nomen_stream *s, size_t i, nomen_error *err) {
    nomen_stream_text *text = &s->texts[i];
    nomen_examples *held = &s->held;
    size_t n_after = 0, known = text->dropped + n_pieces(s, i), n = held->window_start[i];
    bool is_first = !text->planner.begun;
    bool complete = text->place.complete && (s->context == 0 || count_after(s, i, &n_after));
    const nomen_text *given = &s->input[text->text];
    nomen_status status;
    s->plan.n = 0;
    NOMEN_TRY(nomen_model_check_overflow(s->model, given->file, given->line, text->text, known, text->place.complete, err));
    NOMEN_TRY(nomen_window_planner_step(&text->planner, held->word_ids + held->piece_start[i], text->dropped, known, complete,
                                        &s->plan, err));
    NOMEN_TRY(nomen_examples_reserve(held, 0, n + s->plan.n, err));
    for (size_t k = 0; k < s->plan.n; k++) {
        nomen_window w = s->plan.items[k];
        held->windows[n + k] = (nomen_window){w.start - text->dropped, w.end - text->dropped, w.own_start - text->dropped,
                                              w.own_end - text->dropped};
    }
    held->window_start[i + 1] = n + s->plan.n;
    if (s->context > 0 && s->plan.n > 0) { set_context(s, i, is_first, n_after); }
done:
    return status;
}

static nomen_status plan_windows(nomen_stream *s, nomen_error *err) {
    bool open = false; /* a text before has windows to come: those after it wait */
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < s->held.n; i++) {
        if (i == 0) { s->held.window_start[0] = 0; }
        s->held.context[i] = (nomen_context){0};
        s->held.window_start[i + 1] = s->held.window_start[i];
        if (!open && !s->texts[i].planner.done) { NOMEN_TRY(plan_text(s, i, err)); }
        open |= !s->texts[i].planner.done;
    }
done:
    return status;
}

/* The windows of this round of text i, in bytes: what they own takes up the text without a gap. */
static nomen_status find_spans(nomen_stream *s, size_t i, nomen_error *err) {
    const nomen_examples *held = &s->held;
    const nomen_stream_text *text = &s->texts[i];
    const nomen_span *offsets = held->offsets + held->piece_start[i];
    size_t first = held->window_start[i], n = held->window_start[i + 1] - first, n_bytes = s->input[text->text].n_bytes;
    nomen_status status = NOMEN_RESERVE(s->spans, s->span_capacity, n, err);
    for (size_t k = 0; status == NOMEN_OK && k < n; k++) {
        const nomen_window *w = &held->windows[first + k];
        bool ends = text->planner.done && k + 1 == n;
        bool begins_text = text->dropped + w->start == 0, owns_start = text->dropped + w->own_start == 0;
        s->spans[k] = (nomen_window_span){
            .start = begins_text ? 0 : offsets[w->start].start,
            .end = ends ? n_bytes : offsets[w->end - 1].end,
            .own_start = owns_start ? 0 : offsets[w->own_start].start,
            .own_end = ends ? n_bytes : offsets[w->own_end].start,
        };
        if (s->spans[k].end < s->spans[k].own_end) { s->spans[k].end = s->spans[k].own_end; } /* the space after it */
    }
    return status;
}

/* The part of text i that the last round ran. */
static nomen_status make_part(nomen_stream *s, size_t i, nomen_stream_part *part, nomen_error *err) {
    const nomen_examples *held = &s->held;
    nomen_stream_text *text = &s->texts[i];
    size_t first = held->window_start[i], n_windows = held->window_start[i + 1] - first;
    nomen_status status = find_spans(s, i, err);
    if (status != NOMEN_OK) { return status; }
    size_t until = held->windows[first + n_windows - 1].own_end, at = held->piece_start[i] + text->delivered - text->dropped;
    *part = (nomen_stream_part){.text = text->text,
                                .last = text->planner.done,
                                .first = text->delivered,
                                .n = until + text->dropped - text->delivered,
                                .windows = s->spans,
                                .n_windows = n_windows};
    if (part->n > 0) {
        part->ids = held->ids + at;
        part->word_ids = held->word_ids + at;
        part->offsets = held->offsets + at;
        part->logits = s->logits + at * s->model->labels.n;
    }
    text->delivered += part->n;
    text->ended = part->last;
    return NOMEN_OK;
}

/* What windows to come, or their context, do not need any more. */
static void drop(nomen_stream *s) {
    size_t i = 0, first;
    if (s->held.n == 0) { return; }
    while (i < s->held.n && s->texts[i].ended) { i++; }
    size_t from = s->held.piece_start[i];
    if (i < s->held.n && s->texts[i].planner.begun) {
        from += nomen_window_planner_keep(&s->texts[i].planner) - s->texts[i].dropped;
        first = i;
    } else {
        bool more = i == s->held.n && !s->texts[i - 1].place.complete; /* of a text that is context only */
        bool start = i < s->held.n             ? s->texts[i].document_start
                     : s->n_begun < s->n_input ? s->input[s->n_begun].document_start
                                               : true;
        from -= count_before(s, i, start && !more, &first);
        if (more && first == i) { first = i - 1; }
    }
    if (first < s->held.n) { s->texts[first].dropped += from - s->held.piece_start[first]; }
    nomen_examples_drop(&s->held, first, from);
    memmove(s->texts, s->texts + first, s->held.n * sizeof *s->texts);
}

nomen_status nomen_stream_submit(nomen_stream *s, const nomen_text *texts, size_t n_texts, nomen_error *err) {
    const nomen_model *model = s->model;
    nomen_status status = nomen_texts_check(texts, n_texts, err);
    if (status != NOMEN_OK) { return status; }
    s->input = texts;
    s->n_input = s->n_wanted = n_texts;
    s->n_begun = s->held.n = s->next = 0;
    while (s->n_wanted > 0 && texts[s->n_wanted - 1].context_only) { s->n_wanted--; }
    return nomen_window_check(nomen_model_window_limit(model), s->overlap, err);
}

bool nomen_stream_is_done(const nomen_stream *s) {
    for (size_t i = 0; i < s->held.n; i++) {
        if (!s->texts[i].ended) { return false; }
    }
    return s->n_begun >= s->n_wanted;
}

nomen_status nomen_stream_prepare(nomen_stream *s, nomen_error *err) {
    const nomen_model *model = s->model;
    size_t n_logits = 0;
    nomen_status status;
    drop(s);
    NOMEN_TRY(append_texts(s, err));
    NOMEN_TRY(plan_windows(s, err));
    NOMEN_TRY(nomen_mem_product(s->held.piece_start[s->held.n], model->labels.n, "the logits of the texts", &n_logits, err));
    NOMEN_TRY(NOMEN_RESERVE(s->logits, s->logits_capacity, n_logits, err));
    s->next = 0;
done:
    return status;
}

nomen_status nomen_stream_next(nomen_stream *s, nomen_stream_part *part, bool *found, nomen_error *err) {
    const size_t *start = s->held.window_start;
    while (s->next < s->held.n && start[s->next] == start[s->next + 1]) { s->next++; }
    *found = s->next < s->held.n;
    return *found ? make_part(s, s->next++, part, err) : NOMEN_OK;
}

nomen_status nomen_stream_run(nomen_stream *s, nomen_predictor *predictor, const nomen_text *texts, size_t n_texts,
                              nomen_stream_function function, void *user, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_stream_submit(s, texts, n_texts, err));
    while (!nomen_stream_is_done(s)) {
        nomen_stream_part part;
        bool found = true;
        NOMEN_TRY(nomen_stream_prepare(s, err));
        NOMEN_TRY(nomen_predictor_run(predictor, &s->held, s->logits, err));
        for (;;) {
            NOMEN_TRY(nomen_stream_next(s, &part, &found, err));
            if (!found) { break; }
            NOMEN_TRY(function(user, &part, err));
        }
    }
done:
    return status;
}
