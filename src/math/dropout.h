/*
 * Which elements dropout keeps: the definition, one element at a time. The fast operations compute
 * the same bits sixteen counters at a time (dropout.inc.h), the plain ones call this.
 *
 * Element e of a token's row takes one 32-bit word of a Philox4x32-10 block. Blocks are numbered so
 * that sixteen of them side by side give 64 elements without a shuffle: with e = 64 g + 16 w + l,
 * the word is number w of block 16 g + l. The counter is
 *   (block, index of the sequence in the step, token | site << 16, step)
 * under the seed as the key. An element is dropped when its word is below rate * 2^32.
 *
 * In attention the "token" is the head, and element q T + k is the probability of query q for key k.
 */
#ifndef NOMEN_MATH_DROPOUT_H
#define NOMEN_MATH_DROPOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "math/ops.h"

/* Whether anything is dropped at all; NULL stands for no dropout. */
static inline bool nomen_dropout_on(const nomen_dropout *dropout) {
    return dropout != NULL && dropout->rate > 0.0f;
}

/* Words below it are dropped: the rate as a fraction of 2^32 (rates are below 1). */
static inline uint32_t nomen_dropout_threshold(const nomen_dropout *dropout) {
    double threshold = (double)dropout->rate * 4294967296.0 + 0.5;
    return threshold >= 4294967295.0 ? UINT32_MAX : (uint32_t)threshold;
}

/* What a kept element is multiplied by. */
static inline nomen_real nomen_dropout_scale(const nomen_dropout *dropout) {
    return (nomen_real)1 / ((nomen_real)1 - (nomen_real)dropout->rate);
}

/* The key; its second word keeps dropout apart from the sequences of nomen_rng_start. */
static inline void nomen_dropout_key(const nomen_dropout *dropout, uint32_t key[2]) {
    key[0] = (uint32_t)dropout->seed;
    key[1] = (uint32_t)(dropout->seed >> 32) ^ (uint32_t)NOMEN_RNG_DROPOUT * 0x9E3779B9u;
}

/* All that the elements of one row share, ready for the kernels. */
typedef struct nomen_dropout_row {
    uint32_t key[2];
    uint32_t seq_index;
    uint32_t place;
    uint32_t step;
    uint32_t threshold;
    nomen_real scale;
} nomen_dropout_row;

/* The third word of the counter. */
static inline uint32_t nomen_dropout_place(const nomen_dropout *dropout, size_t token) {
    return (uint32_t)token | dropout->site << 16;
}

/* A sequence's index in the step; its number in the batch where nobody gave one. */
static inline uint32_t nomen_dropout_sequence(const nomen_rows *rows, size_t seq) {
    return rows->seq_index != NULL ? rows->seq_index[seq] : (uint32_t)seq;
}

/* For the rows of a sequence; `place` changes from token to token. */
static inline nomen_dropout_row nomen_dropout_row_of(const nomen_dropout *dropout, const nomen_rows *rows, size_t seq,
                                                     size_t token) {
    nomen_dropout_row row = {.seq_index = nomen_dropout_sequence(rows, seq),
                             .place = nomen_dropout_place(dropout, token),
                             .step = dropout->step,
                             .threshold = nomen_dropout_threshold(dropout),
                             .scale = nomen_dropout_scale(dropout)};
    nomen_dropout_key(dropout, row.key);
    return row;
}

/* Whether one element is kept. */
static inline bool nomen_dropout_keeps(const nomen_dropout *dropout, uint32_t seq_index, size_t token, uint32_t element) {
    uint32_t counter[4] = {element / 64 * 16 + element % 16, seq_index, nomen_dropout_place(dropout, token), dropout->step};
    uint32_t key[2];
    uint32_t words[4];
    nomen_dropout_key(dropout, key);
    nomen_rng_philox(counter, key, words);
    return words[element % 64 / 16] >= nomen_dropout_threshold(dropout);
}

#endif
