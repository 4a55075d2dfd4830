/*
 * Entities as conlleval counts them (version 2004-01-26, Tjong Kim Sang's script of the CoNLL shared
 * tasks): two streams of tags with an O after each sentence. It knows the letters B, I, E, O, "." and
 * brackets; an S is a letter like any other, which continues while the type stays the same.
 */
#ifndef NOMEN_EVAL_CONLLEVAL_H
#define NOMEN_EVAL_CONLLEVAL_H

#include <stdbool.h>

#include "eval/tag_parts.h"

/* What a step of the streams found, as types; -1 for none. */
typedef struct nomen_conll_step {
    int32_t gold, predicted; /* an entity started here */
    int32_t correct;         /* one that started in both ended here in both */
} nomen_conll_step;

typedef struct nomen_conll_state {
    nomen_tag_parts gold, predicted; /* of the tags before */
    bool open;                       /* an entity started in both with one type, and has gone on in both */
} nomen_conll_state;

/* `outside` are the parts of O. */
static inline nomen_conll_state nomen_conll_start(nomen_tag_parts outside) {
    return (nomen_conll_state){.gold = outside, .predicted = outside};
}

nomen_conll_step nomen_conll_step_on(nomen_conll_state *state, const nomen_tag_parts *gold, const nomen_tag_parts *predicted);

#endif
