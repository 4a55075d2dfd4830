/*
 * The table of cases: every operation as a function of arrays of doubles, so that one test can run the fast operations
 * (over float) and the plain ones (over double) on the same numbers. ops_cases.c is compiled twice and gives the two
 * tables below, row for row the same.
 *
 * A row is all that an operation needs to be tested: test_ops_gradients, test_ops_fast and test_ops_bits walk the table.
 * Dense layers (test_linear.c), their adapters (test_lora.c), layers in 8 bits (test_int8.c), the CRF (test_crf.c) and
 * updates of marked rows (test_update_rows.c) have programs of their own, as their arrays and settings are others.
 */
#ifndef TESTS_MATH_OPS_CASES_H
#define TESTS_MATH_OPS_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ops_bounds.h"

enum { OPS_ARRAYS = 4, OPS_SEQS = 40 };

/* Sizes and settings of one call; each operation takes what it needs. */
typedef struct ops_shape {
    size_t n_seqs;
    size_t seq_start[OPS_SEQS + 1];
    unsigned seq_index[OPS_SEQS];
    size_t hidden;
    size_t heads;
    size_t out;     /* outputs of a dense layer, labels of a head, rows of a table */
    int activation; /* nomen_activation */
    float rate;     /* of dropout */
    unsigned step;  /* of dropout */
    bool bare;      /* the form with fewer arguments: no residual, no class weights */
    bool in_place;  /* outputs over inputs where the operation allows it */
} ops_shape;

/* What an operation works on, and so which sizes it is tried on. */
typedef enum ops_kind {
    OPS_LAYER,     /* hidden inputs, `out` outputs, each activation */
    OPS_ROWS,      /* rows of `hidden` elements, or these elements as one flat array */
    OPS_ATTENTION, /* rows of `hidden` elements in `heads` */
    OPS_LABELS     /* rows of `out` labels */
} ops_kind;

typedef struct ops_case {
    const char *name; /* NULL after the last row */
    ops_kind kind;
    /* Elements of each input and output; 0 for none. */
    void (*sizes)(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]);
    /*
     * Forward from `in` to `out`, then, where dout is not NULL, backward from `dout` to `din`, which
     * holds what its arrays start with.
     */
    void (*run)(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din);
    ops_bound *bound;  /* how far the fast operation may be from the plain one; NULL with plain_only */
    bool has_backward; /* checked by gradient */
    bool plain_only;   /* the fast operation is compared elsewhere: checked by gradient alone */
    unsigned adds;     /* bit i: backward adds into din[i] (otherwise assigns) */
    unsigned counts;   /* bit i: out[i] is a number of rows, which has no gradient */
    /*
     * Bit i: in[i] has a row for each token. Then out[0] has one too, and a sequence alone must give the bits that it
     * gives in a batch. 0 where a row's result depends on its place in the batch.
     */
    unsigned by_row;
    uint64_t bits; /* hash of its results in test_ops_bits, the same on every machine: what training gives */
} ops_case;

/* Rows in one order, ended by a row without a name. */
extern const ops_case ops_cases_float[];  /* the library's */
extern const ops_case ops_cases_double[]; /* nomen_plain_double */

/* The target of row n in the cases of the head: some rows are ignored. */
int ops_cases_target(size_t n, size_t n_labels);

#endif
