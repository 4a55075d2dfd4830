/* Activation functions and vector math over arrays; included by kernels.inc.h. */

#define MAP(name, function) \
    static void name(float *y, const float *x, size_t n) { \
        size_t i = 0; \
        for (; i + V16 <= n; i += V16) { v16_store(y + i, function(v16_load(x + i))); } \
        if (i < n) { v16_store_n(y + i, function(v16_load_n(x + i, n - i)), n - i); } \
    }

MAP(map_exp, v16_exp)
MAP(map_log, v16_log)
MAP(map_erf, v16_erf)
MAP(map_tanh, v16_tanh)
MAP(map_gelu_erf, v16_gelu_erf)
MAP(map_gelu_tanh, v16_gelu_tanh)

MAP(map_relu, v16_relu)

SIMD nomen_v16 v16_relu_slope(nomen_v16 x, nomen_v16 *y) {
    *y = v16_relu(x);
    return v16_select(v16_le(x, v16_zero()), v16_zero(), v16_set1(1.0f));
}

static void act_forward(float *y, const float *u, nomen_activation activation, size_t n) {
    switch (activation) {
    case NOMEN_GELU_ERF: map_gelu_erf(y, u, n); break;
    case NOMEN_GELU_TANH: map_gelu_tanh(y, u, n); break;
    case NOMEN_RELU: map_relu(y, u, n); break;
    }
}

#define MAP_SLOPE(name, function) \
    static void name(float *du, float *y, const float *dy, const float *u, size_t n) { \
        for (size_t i = 0; i < n; i += V16) { \
            const size_t lanes = n - i < V16 ? n - i : V16; \
            nomen_v16 value; \
            NOMEN_PREFETCH(u + i + AHEAD_FLOATS); \
            if (lanes == V16) { \
                const nomen_v16 slope = function(v16_load(u + i), &value); \
                v16_store(du + i, v16_mul(v16_load(dy + i), slope)); \
                v16_store(y + i, value); \
            } else { \
                const nomen_v16 slope = function(v16_load_n(u + i, lanes), &value); \
                v16_store_n(du + i, v16_mul(v16_load_n(dy + i, lanes), slope), lanes); \
                v16_store_n(y + i, value, lanes); \
            } \
        } \
    }

MAP_SLOPE(map_gelu_erf_slope, v16_gelu_erf_slope)
MAP_SLOPE(map_gelu_tanh_slope, v16_gelu_tanh_slope)
MAP_SLOPE(map_relu_slope, v16_relu_slope)

static void act_backward(float *du, float *y, const float *dy, const float *u, nomen_activation activation, size_t n) {
    switch (activation) {
    case NOMEN_GELU_ERF: map_gelu_erf_slope(du, y, dy, u, n); break;
    case NOMEN_GELU_TANH: map_gelu_tanh_slope(du, y, dy, u, n); break;
    case NOMEN_RELU: map_relu_slope(du, y, dy, u, n); break;
    }
}
