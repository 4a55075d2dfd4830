/* What attention's driver (ops_attention.c) and kernels (attention.inc.h) share: one head of one
 * sequence, and the layout of a thread's scratch. */
#ifndef NOMEN_MATH_ATTENTION_H
#define NOMEN_MATH_ATTENTION_H

#include <stddef.h>

#include "math/dropout.h"

/*
 * Query rows worked on at a time. A multiple of the tile's six rows, and enough for a usual sentence
 * in one go. Results do not depend on it.
 */
enum { NOMEN_ATTENTION_ROWS = 36 };

typedef struct nomen_attention_head {
    const float *qkv;                  /* the head's query in the sequence's first row; key and value H and 2H further */
    size_t stride;                     /* 3H, from row to row */
    size_t hidden;                     /* H */
    size_t length;                     /* T */
    size_t size;                       /* D */
    size_t length_padded, size_padded; /* to multiples of 16 */
    float scale;                       /* 1 / sqrt(D) */
    const nomen_dropout_row *dropout;  /* NULL for none */
} nomen_attention_head;

/* One thread's scratch. The first four serve forward, too. */
typedef struct nomen_attention_work {
    float *keys_t;  /* (D,Tp) */
    float *s;       /* (ROWS,Tp) scores, then probabilities */
    float *factors; /* (ROWS T + 128) of dropout */
    float *out;     /* (ROWS,Dp) context or dq of a block */
    union {
        float *values;   /* (T,Dp) in forward */
        float *values_t; /* (D,Tp) in backward */
    };
    float *dp;                        /* (ROWS,Tp) */
    float *queries, *keys, *dcontext; /* (T,Dp) */
    float *dkeys, *dvalues;           /* (T,Dp) */
} nomen_attention_work;

static inline size_t nomen_attention_padded(size_t n) {
    return (n + 15) / 16 * 16;
}

/* Lays the parts out in `scratch` (whole vectors each; NULL to ask only) and returns how many floats they take. */
static inline size_t nomen_attention_layout(nomen_attention_work *w, float *scratch, size_t t, size_t d) {
    const size_t rows = t < NOMEN_ATTENTION_ROWS ? t : NOMEN_ATTENTION_ROWS;
    const size_t tp = nomen_attention_padded(t);
    const size_t dp = nomen_attention_padded(d);
    const size_t sizes[] = {
        dp * tp, rows * tp, nomen_attention_padded(rows * t) + 128, rows * dp, dp * tp, rows * tp, t * dp, t * dp, t * dp,
        t * dp,  t * dp};
    float **parts[] = {&w->keys_t,  &w->s,    &w->factors,  &w->out,   &w->values, &w->dp,
                       &w->queries, &w->keys, &w->dcontext, &w->dkeys, &w->dvalues};
    size_t used = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (scratch != NULL) { *parts[i] = scratch + used; }
        used += sizes[i];
    }
    return used;
}

#endif
