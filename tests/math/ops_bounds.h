/*
 * Bounds on |float - double| / (1 + |double|) of each operation, as multiples of the unit roundoff u = 2^-24, for
 * inputs and incoming gradients in [-1, 1]. First-order worst cases: a chain of n operations errs by at most n u times
 * the sum of magnitudes.
 */
#ifndef TESTS_MATH_OPS_BOUNDS_H
#define TESTS_MATH_OPS_BOUNDS_H

#include <stdbool.h>

/* N rows, T longest, H, D, K as everywhere; F = 1 / (1 - rate) is what a kept element is multiplied by. */
typedef struct ops_size {
    double n, t, h, d, k, f;
} ops_size;

/* Of the outputs, or, `backward`, of the gradients. */
typedef double ops_bound(ops_size z, bool backward);

ops_bound ops_bound_embedding, ops_bound_norm, ops_bound_dropout, ops_bound_attention, ops_bound_cross_entropy, ops_bound_focal,
    ops_bound_softmax, ops_bound_square_sum, ops_bound_sgd, ops_bound_sgd_momentum, ops_bound_adamw, ops_bound_exact;

#endif
