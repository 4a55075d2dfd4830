/*
 * Planning windows. Each window ends at the last word border it can reach; the next one begins at
 * least `stride` pieces before that, at a word border; in what both see, ownership changes at the
 * word border nearest to the middle.
 */
#include "token/window.h"

#include "base/mem.h"

void nomen_windows_clear(nomen_windows *windows) {
    nomen_mem_free(windows->items);
    *windows = (nomen_windows){0};
}

typedef struct plan {
    const int32_t *word_ids;
    size_t n;
    size_t limit;
    size_t stride;
} plan;

/* Whether a word begins at piece i (or the text ends there). A special token (-1) is a word of its own. */
static int is_border(const plan *p, size_t i) {
    return i == 0 || i >= p->n || p->word_ids[i] != p->word_ids[i - 1] || p->word_ids[i] < 0;
}

/* Where a window from `start` ends: past `reached`, at the last word border, or cut where a word is too long. */
static size_t window_end(const plan *p, size_t start, size_t reached) {
    if (p->n - start <= p->limit) { return p->n; }
    size_t most = start + p->limit;
    for (size_t end = most; end > start && end > reached; end--) {
        if (is_border(p, end)) { return end; }
    }
    return most;
}

/*
 * Where the window behind [start, end) begins: at the last word border that leaves an overlap of
 * `stride`; if the window from there would not reach past `end`, at the first one from which it
 * does. Inside a word longer than a window there is no border, and the overlap is exact.
 */
static size_t next_start(const plan *p, size_t start, size_t end) {
    size_t ideal = end - start > p->stride ? end - p->stride : start + 1;
    size_t first = ideal;
    while (first > start && !is_border(p, first)) { first--; }
    if (first == start) { first = ideal; }
    for (size_t next = first; next < end; next++) {
        if (!is_border(p, next)) { continue; }
        size_t most = p->n - next <= p->limit ? p->n : next + p->limit;
        for (size_t reach = most; reach > end; reach--) {
            if (is_border(p, reach)) { return next; }
        }
    }
    if (is_border(p, end)) { return end; }
    return ideal;
}

/* The border of ownership between windows that both see [low, high). */
static size_t middle_border(const plan *p, size_t low, size_t high) {
    size_t middle = low + (high - low) / 2;
    for (size_t distance = 0; distance <= high - low; distance++) {
        if (middle >= low + distance && is_border(p, middle - distance)) { return middle - distance; }
        if (middle + distance <= high && is_border(p, middle + distance)) { return middle + distance; }
    }
    return middle;
}

nomen_status nomen_windows_plan(const int32_t *word_ids, size_t n_pieces, size_t limit, size_t stride,
                                nomen_windows *out, nomen_error *err) {
    if (limit == 0 || stride >= limit) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "windows of %zu pieces with an overlap of %zu: the overlap must be smaller than the "
                               "window, and the window at least 1",
                               limit, stride);
    }
    plan p = {word_ids, n_pieces, limit, stride};
    out->n = 0;
    nomen_window window = {0, window_end(&p, 0, 0), 0, 0};
    for (;;) {
        nomen_status status = NOMEN_RESERVE(out->items, out->capacity, out->n + 1, err);
        if (status != NOMEN_OK) { return status; }
        if (window.end == n_pieces) {
            window.own_end = n_pieces;
            out->items[out->n++] = window;
            return NOMEN_OK;
        }
        nomen_window next = {.start = next_start(&p, window.start, window.end)};
        next.end = window_end(&p, next.start, window.end);
        size_t border = middle_border(&p, next.start, window.end);
        if (border < window.own_start) { border = window.own_start; }
        window.own_end = next.own_start = border;
        /* Where windows overlap by more than half, one may own nothing; nobody needs to read it. */
        if (window.own_end > window.own_start) { out->items[out->n++] = window; }
        window = next;
    }
}
