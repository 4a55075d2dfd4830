/*
 * Planning windows. Each window ends at the last word boundary it can reach; the next one begins at
 * least `stride` pieces before that, at a word boundary; in what both see, ownership changes at the
 * word boundary nearest to the middle. No decision looks further than three windows ahead, nor further
 * back than one, so a plan can be made while the text is still coming in.
 */
#include "token/window.h"

#include "base/mem.h"

void nomen_windows_clear(nomen_windows *windows) {
    nomen_mem_free(windows->items);
    *windows = (nomen_windows){0};
}

/* What is known of the text: pieces [base, n). Nothing is asked at or past n unless that is the text's end. */
typedef struct view {
    const int32_t *word_ids;
    size_t base, n;
    size_t limit, stride;
} view;

static int32_t word_id(const view *v, size_t i) {
    return v->word_ids[i - v->base];
}

/* Whether a word begins at piece i (or the text ends there). A special token (-1) is a word of its own. */
static bool is_border(const view *v, size_t i) {
    return i == 0 || i >= v->n || word_id(v, i) != word_id(v, i - 1) || word_id(v, i) < 0;
}

/* Whether piece i belongs to a word longer than a window, which has to be cut somewhere. */
static bool is_in_long_word(const view *v, size_t i) {
    size_t first = i, end = i + 1;
    while (i - first < v->limit && !is_border(v, first)) { first--; }
    while (end - first <= v->limit && !is_border(v, end)) { end++; }
    return i < v->n && end - first > v->limit;
}

/* Where a window from `start` ends: past `reached`, at the last word boundary; inside a word that must be cut anyway. */
static size_t window_end(const view *v, size_t start, size_t reached) {
    if (v->n - start <= v->limit) { return v->n; }
    size_t most = start + v->limit;
    for (size_t end = most; end > start && end > reached; end--) {
        if (is_border(v, end)) { return is_in_long_word(v, end) ? most : end; }
    }
    return most;
}

/* Whether a window from `start` can end at a word boundary past `end`. */
static bool can_reach(const view *v, size_t start, size_t end) {
    size_t most = v->n - start <= v->limit ? v->n : start + v->limit;
    for (; most > end; most--) {
        if (is_border(v, most)) { return true; }
    }
    return false;
}

/*
 * Where a window that is to begin about `ideal` can: at the last word boundary up to there, at the next one
 * where a word that began with the window before is in the way, or inside a word that must be cut anyway.
 */
static size_t border_near(const view *v, size_t start, size_t ideal, size_t end) {
    for (size_t first = ideal; first > start; first--) {
        if (is_border(v, first)) { return first; }
    }
    if (is_in_long_word(v, ideal)) { return ideal; }
    size_t next = ideal;
    while (next < end && !is_border(v, next)) { next++; }
    return next;
}

/*
 * Where the window after [start, end) begins: so that the overlap is `stride` or, for the sake of a word,
 * longer; or else at the first word boundary from which a window reaches past `end`.
 */
static size_t next_start(const view *v, size_t start, size_t end) {
    size_t first = border_near(v, start, end - start > v->stride ? end - v->stride : start + 1, end);
    if (is_in_long_word(v, end) || can_reach(v, first, end)) { return first; }
    for (size_t next = first + 1; next < end; next++) {
        if (is_border(v, next) && can_reach(v, next, end)) { return next; }
    }
    return end;
}

/* The last window of a text, moved to the left until it is full, up to a word boundary. */
static size_t last_start(const view *v, size_t start) {
    size_t first = v->n > v->limit ? v->n - v->limit : 0;
    while (first < start && !is_border(v, first) && !is_in_long_word(v, first)) { first++; }
    return first < start ? first : start;
}

/* The boundary of ownership between windows that both see [low, high). */
static size_t middle_border(const view *v, size_t low, size_t high) {
    size_t middle = low + (high - low) / 2;
    if (high > low && is_in_long_word(v, middle)) { return middle; }
    for (size_t distance = 0; distance <= high - low; distance++) {
        if (middle >= low + distance && is_border(v, middle - distance)) { return middle - distance; }
        if (middle + distance <= high && is_border(v, middle + distance)) { return middle + distance; }
    }
    return middle;
}

nomen_status nomen_window_check(size_t limit, size_t stride, nomen_error *err) {
    if (limit > 0 && stride < limit) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                           "the window is %zu subword tokens and the overlap %zu: the overlap must be smaller than the window, "
                           "and the window at least 1",
                           limit, stride);
}

size_t nomen_window_planner_keep(const nomen_window_planner *planner) {
    /* The last window may begin before this one, by less than a window; a look at words goes as far again. */
    size_t back = 2 * planner->limit + 2;
    return planner->last.start > back ? planner->last.start - back : 0;
}

static nomen_status append(nomen_windows *out, nomen_window window, nomen_error *err) {
    nomen_status status = NOMEN_RESERVE(out->items, out->capacity, out->n + 1, err);
    if (status == NOMEN_OK) { out->items[out->n++] = window; }
    return status;
}

nomen_status nomen_window_planner_step(nomen_window_planner *planner, const int32_t *word_ids, size_t base, size_t known,
                                       bool complete, nomen_windows *out, nomen_error *err) {
    view v = {word_ids, base, known, planner->limit, planner->stride};
    nomen_window *last = &planner->last;
    nomen_status status = NOMEN_OK;
    while (!planner->done && (complete || known - last->start > 4 * planner->limit)) {
        if (!planner->begun) { *last = (nomen_window){.end = window_end(&v, 0, 0)}; }
        planner->begun = true;
        if (last->end == v.n) {
            last->own_end = v.n;
            planner->done = true;
            return append(out, *last, err);
        }
        nomen_window next = {.start = next_start(&v, last->start, last->end)};
        next.end = window_end(&v, next.start, last->end);
        if (next.end == v.n) { next.start = last_start(&v, next.start); }
        size_t border = next.start > last->start ? middle_border(&v, next.start, last->end) : last->own_start;
        if (border < last->own_start) { border = last->own_start; }
        last->own_end = next.own_start = border;
        /* Where windows overlap by more than half, one may own nothing; nobody needs to read it. */
        if (last->own_end > last->own_start) { status = append(out, *last, err); }
        if (status != NOMEN_OK) { return status; }
        *last = next;
    }
    return status;
}

nomen_status nomen_windows_plan(const int32_t *word_ids, size_t n_pieces, size_t limit, size_t stride, nomen_windows *out,
                                nomen_error *err) {
    nomen_window_planner planner = {.limit = limit, .stride = stride};
    nomen_status status = nomen_window_check(limit, stride, err);
    out->n = 0;
    return status == NOMEN_OK ? nomen_window_planner_step(&planner, word_ids, 0, n_pieces, true, out, err) : status;
}
