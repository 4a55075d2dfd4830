/*
 * More operations, under the rules of ops.h: low-rank adapters of dense layers (Hu et al. 2021, "LoRA"). R is their rank.
 */
#ifndef NOMEN_MATH_OPS_LORA_H
#define NOMEN_MATH_OPS_LORA_H

#include "math/ops.h"

/* y += scale B A dropout(x), beside a dense layer; always in floats, whatever that layer's kind is. */
typedef struct nomen_lora {
    size_t in;           /* I */
    size_t out;          /* O */
    size_t rank;         /* R */
    size_t y_row;        /* from a row of y to the next: O, or more where y is some columns of a wider matrix */
    const nomen_real *a; /* (R,I) */
    const nomen_real *b; /* (O,R) */
    nomen_real scale;    /* alpha / R */
} nomen_lora;

/* Scratch, in reals, of forward and backward at up to N rows. */
size_t nomen_op_lora_scratch(size_t n_rows, size_t in, size_t out, size_t rank);

/* y (N,O) += scale dropout(x (N,I)) a^T b^T. */
void nomen_op_lora_forward(nomen_real *y, const nomen_real *x, const nomen_lora *lora, const nomen_rows *rows,
                           const nomen_dropout *dropout, nomen_real *scratch);

/*
 * Adds into da (R,I) and db (O,R) (both skipped when da is NULL; x is NULL then too), and into dx (N,I), even though it is an
 * input's (skipped when it is NULL). dy (N,O) has the rows of y. `how` is 0 or NOMEN_SET_DWEIGHT, for da and db. Two calls, one
 * for each half, give the same bits as one for both.
 */
void nomen_op_lora_backward(nomen_real *dx, nomen_real *da, nomen_real *db, const nomen_real *dy, const nomen_real *x,
                            const nomen_lora *lora, const nomen_rows *rows, const nomen_dropout *dropout, unsigned how,
                            nomen_real *scratch);

/*
 * weight (O,I) += scale b a: the layer that then computes the same by itself. Scratch: that of nomen_op_lora_scratch
 * with N = O.
 */
void nomen_op_lora_merge(nomen_real *weight, const nomen_lora *lora, nomen_real *scratch);

#endif
