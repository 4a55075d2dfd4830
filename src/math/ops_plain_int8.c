/* Dense layers in 8 bits as plain loops over nomen_real. See ops_plain.c. */
#include "math/int8.h"

#include <string.h>
#include <tgmath.h>

static nomen_real quantize_row(int8_t *q, const nomen_real *x, size_t n, int most) {
    nomen_real max = 0;
    for (size_t i = 0; i < n; i++) { max = fabs(x[i]) > max ? fabs(x[i]) : max; }
    for (size_t i = 0; i < n; i++) { q[i] = (int8_t)(max > 0 ? nearbyint(x[i] * ((nomen_real)most / max)) : 0); }
    return max / (nomen_real)most;
}

void nomen_op_int8_quantize(int8_t *q, nomen_real *scale, const nomen_real *weight, size_t in, size_t out, int most) {
    for (size_t o = 0; o < out; o++) { scale[o] = quantize_row(q + o * in, weight + o * in, in, most); }
}

size_t nomen_int8_packed_size(size_t in, size_t out) {
    return in * out;
}

void nomen_op_int8_pack(void *packed, const int8_t *q, size_t in, size_t out) {
    memcpy(packed, q, in * out);
}

size_t nomen_int8_scratch(size_t n_rows, size_t in, size_t out) {
    (void)n_rows, (void)out;
    return in / sizeof(nomen_real) + 1; /* one row */
}

void nomen_int8_forward(nomen_real *y, const nomen_real *x, const nomen_dense *layer, const nomen_activation *activation,
                        size_t n_rows, nomen_real *scratch) {
    const int8_t *weight = layer->packed;
    int8_t *row = (int8_t *)(void *)scratch;
    for (size_t n = 0; n < n_rows; n++) {
        const nomen_real scale = quantize_row(row, x + n * layer->in, layer->in, NOMEN_INT8_MOST);
        for (size_t o = 0; o < layer->out; o++) {
            int32_t sum = 0;
            for (size_t i = 0; i < layer->in; i++) { sum += row[i] * weight[o * layer->in + i]; }
            y[n * layer->out + o] = (nomen_real)sum * (scale * layer->scale[o]) + layer->bias[o];
        }
    }
    for (size_t e = 0; activation != NULL && e < n_rows * layer->out; e++) {
        const nomen_real one = 1;
        nomen_real slope;
        nomen_op_act_backward(&slope, y + e, &one, y + e, *activation, 1);
    }
}

const char *nomen_math_int8_isa(void) {
    return "plain";
}
