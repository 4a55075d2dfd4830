/*
 * Windows: how a text longer than the model's limit is read whole. A sequence of pieces is cut into
 * overlapping windows at word boundaries; each piece is owned by exactly one window, the others see it
 * as context only.
 */
#ifndef NOMEN_TOKEN_WINDOW_H
#define NOMEN_TOKEN_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Piece indices: the window reads [start, end) and owns [own_start, own_end), which lies inside. */
typedef struct nomen_window {
    size_t start, end;
    size_t own_start, own_end;
} nomen_window;

typedef struct nomen_windows {
    nomen_window *items;
    size_t n;
    size_t capacity;
} nomen_windows;

/*
 * Plans windows of at most `limit` pieces (special tokens not counted) with an overlap of `stride`
 * pieces (< limit; as HF's stride) over pieces with these word ids. A boundary falls between two words
 * unless one word alone is longer than a window; to that end an overlap may be longer than `stride`, or
 * shorter where the words round it leave no room. Up to word boundaries every window of a text longer than
 * `limit` is full: the last one begins further to the left instead of being short. In the overlap of two
 * windows the boundary of ownership lies in the middle, at a word boundary where there is one, so that owned
 * pieces have context on both sides. Zero pieces give one empty window. Replaces what `out` held.
 */
nomen_status nomen_windows_plan(const int32_t *word_ids, size_t n_pieces, size_t limit, size_t stride, nomen_windows *out,
                                nomen_error *err);

void nomen_windows_clear(nomen_windows *windows);

/*
 * The same plan for pieces that come bit by bit, in memory that does not grow with the text: a window is
 * given as soon as nothing that may follow can change it. Start from {.limit, .stride}.
 */
typedef struct nomen_window_planner {
    size_t limit, stride;
    nomen_window last; /* planned, but for the end of what it owns */
    bool begun, done;
} nomen_window_planner;

/* NOMEN_ERROR_ARGUMENT where no windows of `limit` pieces can overlap by `stride`. */
nomen_status nomen_window_check(size_t limit, size_t stride, nomen_error *err);

/*
 * Appends the windows that are certain. word_ids[i] is that of piece `base` + i, for all pieces from `base`
 * (at most nomen_window_planner_keep) to before `known`; with `complete` there are no further ones, and the
 * plan is done.
 */
nomen_status nomen_window_planner_step(nomen_window_planner *planner, const int32_t *word_ids, size_t base, size_t known,
                                       bool complete, nomen_windows *out, nomen_error *err);

/* The first piece that further steps, or windows yet to come, look at. */
size_t nomen_window_planner_keep(const nomen_window_planner *planner);

#endif
