/*
 * Cosine and power with the same bits on every machine: those of libm differ from one to another. For the few numbers that a
 * run computes once a step; they are slow.
 */
#ifndef NOMEN_BASE_ELEMENTARY_H
#define NOMEN_BASE_ELEMENTARY_H

/*
 * The cosine of x in radians, for |x| <= 2^30. The value is within 0.5001 of a unit in its last place: it is computed to 100 bits
 * and rounded once. NaN gives NaN.
 */
double nomen_cos(double x);

/*
 * x to the power y, for finite x >= 0 and y >= 0; 0 to the power 0 is 1. Accurate as nomen_cos, but for results below the least
 * normal number, which are rounded twice. Too large a result is infinite.
 */
double nomen_pow(double x, double y);

#endif
