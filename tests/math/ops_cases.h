/*
 * Every operation as a function of arrays of doubles, so that one test can run the fast operations
 * (over float) and the plain ones (over double) on the same numbers. ops_cases.c is compiled twice
 * and gives the two tables below.
 */
#ifndef TESTS_MATH_OPS_CASES_H
#define TESTS_MATH_OPS_CASES_H

#include <stdbool.h>
#include <stddef.h>

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

typedef struct ops_case {
    const char *name;
    /* Elements of each input and output; 0 for none. */
    void (*sizes)(const ops_shape *s, size_t in[OPS_ARRAYS], size_t out[OPS_ARRAYS]);
    /*
     * Forward from `in` to `out`, then, where dout is not NULL, backward from `dout` to `din`, which
     * holds what its arrays start with.
     */
    void (*run)(const ops_shape *s, double *const *in, double *const *out, double *const *dout, double *const *din);
    unsigned adds; /* bit i: backward adds into din[i] (otherwise assigns) */
    bool has_backward;
} ops_case;

enum {
    CASE_LINEAR,
    CASE_LINEAR_ACT,
    CASE_EMBEDDING,
    CASE_RESIDUAL_NORM,
    CASE_DROPOUT,
    CASE_ATTENTION,
    CASE_CROSS_ENTROPY,
    CASE_SOFTMAX,
    CASE_SQUARE_SUM,
    CASE_SGD,
    CASE_ADAMW,
    CASE_FILL,
    N_CASES
};

extern const ops_case ops_cases_float[N_CASES];  /* the library's */
extern const ops_case ops_cases_double[N_CASES]; /* nomen_plain_double */

/* The target of row n in the cases of the head: some rows are ignored. */
int ops_cases_target(size_t n, size_t n_labels);

#endif
