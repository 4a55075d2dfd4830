/* Running the cases of ops_cases.h: arrays, random numbers and shapes the tests of math share. */
#ifndef TESTS_MATH_OPS_SUPPORT_H
#define TESTS_MATH_OPS_SUPPORT_H

#include <stdint.h>

#include "ops_cases.h"

/* All arrays of one run. */
typedef struct ops_run {
    size_t in_size[OPS_ARRAYS];
    size_t out_size[OPS_ARRAYS];
    double *in[OPS_ARRAYS];
    double *out[OPS_ARRAYS];
    double *dout[OPS_ARRAYS];
    double *din[OPS_ARRAYS];
} ops_run;

/* Sequences of these lengths, in this order, with indices 5, 6, ... in the step. */
ops_shape ops_shape_of(const size_t *lengths, size_t n_seqs, size_t hidden);

/* Sizes to try operations of a kind on. */
typedef struct ops_sizes {
    ops_kind kind;
    size_t hidden, heads, out;
} ops_sizes;

typedef void ops_check(const ops_case *c, const ops_shape *s);

/*
 * Calls `check` for a batch with each of the sizes of the case's kind, in each form: bare, in place, with dropout of
 * `rate`, with each activation. Fails where no sizes are of that kind, so that no case goes unchecked.
 */
void ops_each_shape(const ops_case *c, const size_t *lengths, size_t n_seqs, const ops_sizes *sizes, size_t n_sizes, float rate,
                    ops_check *check);

/* The size of a batch, for bounds. */
ops_size ops_size_of(const ops_shape *s);

/*
 * Allocates; fills in and dout with floats of [-1, 1) from `seed`, and din with 1 where backward
 * adds and NaN where it assigns.
 */
void ops_run_create(ops_run *run, const ops_case *c, const ops_shape *s, uint32_t seed);
void ops_run_free(ops_run *run);

/* Forward, and backward where the case has one; afterwards din holds gradients alone. */
void ops_run_all(ops_run *run, const ops_case *c, const ops_shape *s);

/* The next number in [-1, 1) that a float holds. */
double ops_random(uint32_t *state);

/* FNV-1a over bytes, from `hash` on; start with 0. */
uint64_t ops_hash(uint64_t hash, const void *bytes, size_t n_bytes);
uint64_t ops_run_hash(uint64_t hash, const ops_run *run, const ops_case *c);

#endif
