/* Windows to packed batches: context and special tokens put round each window, sequences one after another. */
#ifndef NOMEN_RUN_BATCH_H
#define NOMEN_RUN_BATCH_H

#include "run/examples.h"

/* A window of a text. */
typedef struct nomen_window_ref {
    size_t text;
    size_t window; /* index in examples->windows */
} nomen_window_ref;

/* A batch being filled; its arrays are made once for `capacity` tokens. */
typedef struct nomen_batcher {
    size_t capacity; /* tokens */
    size_t n_tokens, n_seqs, longest;
    int32_t *ids, *type_ids, *positions, *targets; /* (capacity) */
    size_t *seq_start;                             /* (capacity + 1) */
    uint32_t *seq_index;                           /* (capacity) */
    nomen_window_ref *refs;                        /* (capacity) which window a sequence is */
    size_t *own_row;                               /* (capacity) the row of the first piece that it owns */
} nomen_batcher;

nomen_status nomen_batcher_create(size_t capacity, nomen_batcher *out, nomen_error *err);
void nomen_batcher_clear(nomen_batcher *batcher);
void nomen_batcher_reset(nomen_batcher *batcher);

/* Tokens that a window takes with its context and the special tokens. */
size_t nomen_batcher_length(const nomen_model *model, const nomen_examples *examples, nomen_window_ref ref);

/*
 * Appends a window; targets stand on owned pieces only. `seq_index` is the sequence's index in the
 * optimiser step. False, and nothing done, where it does not fit any more.
 */
bool nomen_batcher_add(nomen_batcher *batcher, const nomen_model *model, const nomen_examples *examples, nomen_window_ref ref,
                       uint32_t seq_index);

/* The batch as the model takes it. */
nomen_batch nomen_batcher_get(const nomen_batcher *batcher);

#endif
