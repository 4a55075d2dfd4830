/* Which rows of the word embeddings a step of training uses, and which earlier ones did. */
#ifndef NOMEN_TRAIN_WORD_MARKS_H
#define NOMEN_TRAIN_WORD_MARKS_H

#include "model/params.h"

typedef struct nomen_word_marks {
    nomen_row_marks rows; /* as the operations take them */
    uint32_t *now;        /* (V) the rows marked NOMEN_ROW_NOW */
    size_t n_now;
} nomen_word_marks;

/* No marks yet. Freed by nomen_word_marks_clear. */
nomen_status nomen_word_marks_create(const nomen_config *config, const nomen_param_table *table, nomen_word_marks *out,
                                     nomen_error *err);
void nomen_word_marks_clear(nomen_word_marks *words);

/* Begins a step: clears the rows of `gradients` (a block of the table) that the last one filled. */
void nomen_word_marks_start(nomen_word_marks *words, nomen_real *gradients);

/* Clears the rows of `gradients` that this step has marked, for the next of its micro-batches that is computed alone. */
void nomen_word_marks_blank(const nomen_word_marks *words, nomen_real *gradients);

/* Ends a step that was broken off: what it marked is as it was before. */
void nomen_word_marks_undo(nomen_word_marks *words, nomen_real *gradients);

/* Marks the rows that earlier steps have used, those whose byte in `used` (V) is not 0; no other has a mark. */
void nomen_word_marks_restore(nomen_word_marks *words, const uint8_t *used, nomen_real *gradients);

/* Marks a batch's ids (N), before its backward; the rows that are marked first get a gradient of zero. */
void nomen_word_marks_add(nomen_word_marks *words, const int32_t *ids, size_t n_tokens, nomen_real *gradients);

#endif
