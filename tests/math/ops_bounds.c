/* See ops_bounds.h. */
#include "ops_bounds.h"

#include <math.h>

/* Three terms: two additions of at most 3. Backward: a row gets at most N additions up to N + 1. */
double ops_bound_embedding(ops_size z, bool backward) {
    return backward ? z.n : 6;
}

/*
 * Residual and norm. sum = f x + r is at most F + 1 =: S, with an error of 2 u S; the mean adds H/64
 * additions in each lane and 8 for the tree: sum - mean errs by (H/64 + 12) u S. The factor rstd
 * carries half the relative error of the variance, which is the same count. x^ is a number times
 * rstd <= R, where R = 1/sqrt(eps) < 32 for a few columns and < 3 for 16 and more random ones; so y
 * errs by about 2 (H/64 + 16) u R S.
 *
 * dsum = rstd (g - avg g - x^ avg(g x^)): three terms of order 1, 1 and x^ (|x^| <= sqrt(H), but
 * random columns stay below 4 or so), each with the relative error of y, times R; dx is F times
 * that. dgamma and dbeta sum N of dy x^, in chains of at most N additions.
 */
double ops_bound_norm(ops_size z, bool backward) {
    const double r = z.h < 16 ? 32 : 3;
    const double forward = 2 * (z.h / 64 + 16) * r * (z.f + 1);
    return backward ? r * 4 * z.f * forward + z.n * (forward + 4 * z.n) : forward;
}

/* The factor's rounding (twice) and one multiplication. */
double ops_bound_dropout(ops_size z, bool backward) {
    (void)backward;
    return 4 * z.f;
}

/*
 * Attention. Scores are at most sqrt(D), from chains of D: error (D + 3) sqrt(D) u, which with the
 * largest one's is twice that as a relative error of exp; the denominator adds T/16 + 8, exp and
 * division a few. The context is a chain of T whose magnitudes sum to at most F.
 *
 * dp is a chain of D at most D; ds = p (f dp - delta) / sqrt(D), |f dp - delta| <= 2 F D. dq sums ds
 * over keys, where p sums to 1: chains of T. dk and dv sum over queries; scores of random numbers
 * vary by about 1, so that no key gets more than 4 times its share.
 */
double ops_bound_attention(ops_size z, bool backward) {
    const double weight = 2 * (z.d + 3) * sqrt(z.d) + z.t / 16 + 16;
    return backward ? 4 * 2 * z.f * sqrt(z.d) * (weight + z.d + 3 + z.t) : z.f * (weight + z.t);
}

/*
 * A row: K/16 + 8 for the sum, 6 for exp, log and the rest, relative to log K + 2. Backward: the
 * same for p <= 1, times weight <= 1.5 and scale <= 1.
 */
double ops_bound_cross_entropy(ops_size z, bool backward) {
    return (z.k / 16 + 14) * (backward ? 1.5 : z.n * 1.5 * (log(z.k) + 2));
}

/*
 * With gamma = 2 at most. Logits in [-1, 1) of two labels or more give 1 - p > 0.11, whose logarithm is below 2.2; it errs
 * relatively as a sum of exponentials does, by e = K/16 + 16, the power by gamma e + 2, log(1/p) by e. The loss is their
 * product, at most weight times log K + 2. Backward: the slope, at most gamma + 1, is the power times a sum of which p and a
 * quotient by 1 - p are part, 2 e; then a softmax.
 */
double ops_bound_focal(ops_size z, bool backward) {
    const double gamma = 2, e = z.k / 16 + 16;
    return 1.5 * (backward ? (gamma + 1) * ((gamma + 3) * e + 2) : z.n * (log(z.k) + 2) * ((gamma + 1) * e + 2));
}

double ops_bound_softmax(ops_size z, bool backward) {
    (void)backward;
    return z.k / 16 + 14;
}

/* Squares are exact; at most N H additions in double, whose roundoff is 2^-29 of float's. */
double ops_bound_square_sum(ops_size z, bool backward) {
    (void)backward;
    return z.n * z.h * 0x1p-29;
}

double ops_bound_sgd(ops_size z, bool backward) {
    (void)z, (void)backward;
    return 4;
}

/* Seven roundings of numbers of at most 5, each at most half as much times u: decay, momentum, both sums, the step. */
double ops_bound_sgd_momentum(ops_size z, bool backward) {
    (void)z, (void)backward;
    return 16;
}

/* A dozen roundings of the update, which is at most 1 + |value|. */
double ops_bound_adamw(ops_size z, bool backward) {
    (void)z, (void)backward;
    return 16;
}

double ops_bound_exact(ops_size z, bool backward) {
    (void)z, (void)backward;
    return 0;
}
