/* The 8-bit half of the dense layers of ops.h, which choose it by the layer's kind. */
#ifndef NOMEN_MATH_INT8_H
#define NOMEN_MATH_INT8_H

#include "math/ops.h"

size_t nomen_int8_packed_size(size_t in, size_t out);            /* bytes */
size_t nomen_int8_scratch(size_t n_rows, size_t in, size_t out); /* reals */

/* y (N,O) = activation(x weight^T + bias); `activation` is NULL for none. */
void nomen_int8_forward(nomen_real *y, const nomen_real *x, const nomen_dense *layer, const nomen_activation *activation,
                        size_t n_rows, nomen_real *scratch);

#endif
