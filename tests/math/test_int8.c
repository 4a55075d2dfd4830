/*
 * Dense layers in 8 bits: the definition of ops.h as plain loops in 64-bit integers, compared bit for
 * bit with every set of kernels at odd shapes, extreme values, several threads, rows alone and
 * among others, with weights of 8 bits and narrow ones; what quantisation may lose.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/threads.h"
#include "math/isa.h"
#include "support/effort.h"

static const char *const ISAS[] = {"plain", "avx2", "avx2vnni", "avx512", "avx512vnni", "amx", "neon", "neondot"};
enum { N_ISAS = sizeof ISAS / sizeof ISAS[0] };

typedef struct layer_case {
    size_t rows, in, out;
    int most; /* of |q|, where it is made from `weight` */
    float *x, *y, *want, *weight, *bias, *scale, *scratch;
    int8_t *q;
    void *packed;
    nomen_dense layer;
} layer_case;

static void *room(size_t bytes) {
    void *p = NULL;
    assert_int_equal(posix_memalign(&p, 64, bytes + 64), 0);
    return p;
}

/* How the numbers of a case are spread. */
typedef enum spread { NORMAL, EXTREME, SPARSE, N_SPREADS } spread;

static float number(nomen_rng *rng, spread what) {
    const float x = nomen_rng_normal(rng);
    switch (what) {
    case EXTREME: return x < 0 ? -1.0f : 1.0f; /* all q are the largest */
    case SPARSE: return nomen_rng_next(rng) % 8 ? 0.0f : x * 1e-3f;
    default: return x;
    }
}

static layer_case case_new(nomen_rng *rng, size_t rows, size_t in, size_t out, spread what) {
    layer_case c = {.rows = rows, .in = in, .out = out, .most = NOMEN_INT8_MOST};
    c.x = room(rows * in * sizeof *c.x);
    c.y = room(rows * out * sizeof *c.y);
    c.want = room(rows * out * sizeof *c.want);
    c.weight = room(in * out * sizeof *c.weight);
    c.bias = room(out * sizeof *c.bias);
    c.scale = room(out * sizeof *c.scale);
    c.q = room(in * out);
    for (size_t i = 0; i < rows * in; i++) { c.x[i] = number(rng, what); }
    for (size_t i = 0; i < in * out; i++) { c.weight[i] = number(rng, what); }
    for (size_t i = 0; i < out; i++) { c.bias[i] = nomen_rng_normal(rng); }
    c.packed = room(nomen_op_dense_packed_size(NOMEN_DENSE_INT8, in, out));
    c.scratch = room(nomen_op_dense_scratch(NOMEN_DENSE_INT8, rows, in, out) * sizeof *c.scratch);
    c.layer = (nomen_dense){.kind = NOMEN_DENSE_INT8, .packed = c.packed, .scale = c.scale, .bias = c.bias, .in = in, .out = out};
    return c;
}

static void case_free(layer_case *c) {
    void *all[] = {c->x, c->y, c->want, c->weight, c->bias, c->scale, c->scratch, c->q, c->packed};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) { free(all[i]); }
}

/* The definition, with the C library's rounding. */
static float quantize_row(int8_t *q, const float *x, size_t n, int most) {
    float max = 0;
    bool finite = true;
    for (size_t i = 0; i < n; i++) {
        finite = finite && isfinite(x[i]);
        if (fabsf(x[i]) > max) { max = fabsf(x[i]); }
    }
    memset(q, 0, n);
    if (!finite) { return NAN; }
    if (max < 0x1p-120f) { return 0; }
    const float inverse = (float)most / max;
    for (size_t i = 0; i < n; i++) { q[i] = (int8_t)nearbyintf(x[i] * inverse); }
    return max / (float)most;
}

static void want_forward(layer_case *c) {
    int8_t *row = room(c->in);
    for (size_t n = 0; n < c->rows; n++) {
        const float row_scale = quantize_row(row, c->x + n * c->in, c->in, NOMEN_INT8_MOST);
        for (size_t o = 0; o < c->out; o++) {
            int64_t sum = 0;
            for (size_t i = 0; i < c->in; i++) { sum += (int64_t)row[i] * c->q[o * c->in + i]; }
            assert_true(sum <= INT32_MAX && sum >= INT32_MIN);
            c->want[n * c->out + o] = fmaf((float)sum, row_scale * c->scale[o], c->bias[o]);
        }
    }
    free(row);
}

static void assert_same(const float *y, const float *want, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (isnan(y[i]) && isnan(want[i])) { continue; }
        assert_memory_equal(y + i, want + i, sizeof *y);
    }
}

/* Whether c->q is narrow. */
static bool is_narrow(const layer_case *c) {
    for (size_t i = 0; i < c->in * c->out; i++) {
        if (abs(c->q[i]) > NOMEN_INT8_NARROW) { return false; }
    }
    return true;
}

/* Packs and runs with the kernels in use; y must be as in `c->want`. */
static void check_packed(layer_case *c, const nomen_activation *activation) {
    nomen_op_int8_pack(c->packed, c->q, c->in, c->out);
    assert_true(nomen_op_int8_is_narrow(c->packed, c->in, c->out) == is_narrow(c));
    c->y[c->rows * c->out] = 12345.0f;
    if (activation) {
        nomen_op_dense_act_forward(c->y, NULL, c->x, &c->layer, *activation, c->rows, c->scratch);
    } else {
        nomen_op_dense_forward(c->y, c->x, &c->layer, c->rows, c->scratch);
    }
    assert_same(c->y, c->want, c->rows * c->out);
    assert_true(c->y[c->rows * c->out] == 12345.0f);
}

/* Quantises before that; q and the scales must be as in the case. */
static void check_case(layer_case *c, const nomen_activation *activation) {
    int8_t *q = room(c->in * c->out);
    float *scale = room(c->out * sizeof *scale);
    memset(q, 0x55, c->in * c->out + 64);
    nomen_op_int8_quantize(q, scale, c->weight, c->in, c->out, c->most);
    assert_memory_equal(q, c->q, c->in * c->out);
    assert_same(scale, c->scale, c->out);
    assert_int_equal(q[c->in * c->out], 0x55);
    check_packed(c, activation);
    free(q);
    free(scale);
}

static double activation_of(nomen_activation kind, double u) {
    switch (kind) {
    case NOMEN_GELU_ERF: return u * 0.5 * erfc(-u / sqrt(2.0));
    case NOMEN_GELU_TANH: return 0.5 * u * (1.0 + tanh(sqrt(2.0 / acos(-1.0)) * (u + 0.044715 * u * u * u)));
    default: return u > 0 ? u : 0;
    }
}

/*
 * c->want through the plain kernels' activation, which is near the true one: 2^-15 of the polynomial
 * (measured 2.7e-5), and for a large u the roundings of u Phi(u).
 */
static void want_activation(layer_case *c, nomen_activation activation) {
    const size_t n = c->rows * c->out;
    assert_true(nomen_kernels_test_use("plain"));
    nomen_op_int8_pack(c->packed, c->q, c->in, c->out);
    nomen_op_dense_act_forward(c->y, NULL, c->x, &c->layer, activation, c->rows, c->scratch);
    for (size_t i = 0; i < n; i++) {
        const double u = (double)c->want[i], error = fabs((double)c->y[i] - activation_of(activation, u));
        assert_true(error <= (activation == NOMEN_RELU ? 0 : 0x1p-15 + fabs(u) * 0x1p-23));
    }
    memcpy(c->want, c->y, n * sizeof *c->y);
}

/* With q and the scales of the case, or those that its weight gives. */
static void check_q_everywhere(layer_case *c, const nomen_activation *activation,
                               void (*check)(layer_case *c, const nomen_activation *activation)) {
    want_forward(c);
    if (activation) { want_activation(c, *activation); }
    for (size_t i = 0; i < N_ISAS; i++) {
        if (!nomen_kernels_test_use(ISAS[i])) { continue; }
        for (int threads = 1; threads <= 3; threads++) {
            nomen_set_threads(threads);
            check(c, activation);
        }
        nomen_set_threads(0);
    }
    nomen_kernels_test_use(NULL);
}

static void check_everywhere(layer_case *c, const nomen_activation *activation) {
    for (size_t o = 0; o < c->out; o++) { c->scale[o] = quantize_row(c->q + o * c->in, c->weight + o * c->in, c->in, c->most); }
    check_q_everywhere(c, activation, check_case);
}

static void every_set_equals_the_definition(void **state) {
    (void)state;
    nomen_rng rng;
    nomen_rng_start(&rng, 21, 1003, 0);
    for (size_t i = 0; i < effort(400); i++) {
        const size_t rows = 1 + nomen_rng_next(&rng) % 70, out = 1 + nomen_rng_next(&rng) % 70;
        const size_t in = 1 + nomen_rng_next(&rng) % (i % 8 == 0 ? 5000 : 300);
        layer_case c = case_new(&rng, rows, in, out, (spread)(i % N_SPREADS));
        const nomen_activation activation = (nomen_activation)(i / 4 % 3);
        c.most = i % 2 == 0 ? NOMEN_INT8_MOST : NOMEN_INT8_NARROW;
        check_everywhere(&c, i % 4 == 3 ? &activation : NULL);
        case_free(&c);
    }
}

/* More rows and columns than fit into the blocks of the caches, and shared out by rows. */
static void large_products_equal_the_definition(void **state) {
    (void)state;
    static const size_t SHAPES[][3] = {{27, 384, 1536}, {27, 1536, 384}, {421, 384, 1152}, {300, 3072, 100}};
    nomen_rng rng;
    nomen_rng_start(&rng, 22, 1003, 0);
    const size_t n_shapes = effort(4) < 4 ? 1 : 4;
    for (size_t s = 0; s < n_shapes; s++) {
        layer_case c = case_new(&rng, SHAPES[s][0], SHAPES[s][1], SHAPES[s][2], NORMAL);
        check_everywhere(&c, NULL);
        c.most = NOMEN_INT8_NARROW;
        check_everywhere(&c, NULL);
        case_free(&c);
    }
}

/* The longest sum of the largest products, of one sign and of both. */
static void the_longest_sums_are_exact(void **state) {
    (void)state;
    assert_true((int64_t)NOMEN_INT8_MAX_IN * 127 * 127 <= INT32_MAX);
    nomen_rng rng;
    nomen_rng_start(&rng, 23, 1003, 0);
    layer_case c = case_new(&rng, 3, NOMEN_INT8_MAX_IN, 18, EXTREME);
    for (size_t i = 0; i < c.in; i++) {
        c.x[i] = 1.0f;
        c.x[c.in + i] = -2.0f;
        c.weight[i] = 3.0f;
        c.weight[c.in + i] = -4.0f;
    }
    check_everywhere(&c, NULL);
    assert_true(c.want[0] > 3e5f && c.want[1] < -3e5f);
    c.most = NOMEN_INT8_NARROW;
    check_everywhere(&c, NULL);
    assert_true(c.want[0] > 3e5f && c.want[1] < -3e5f);
    case_free(&c);
}

/* 1 or -1: row i has all of one sign, or neighbours, twos or fours that alternate. */
static int sign_of(size_t i, size_t k) {
    static const size_t RUNS[] = {SIZE_MAX, 1, 2, 4};
    return k / RUNS[i % 4] % 2 == i / 4 % 2 ? 1 : -1;
}

/*
 * Rows of +-127 by weights of +-64, at depths that no vector divides. Then with one weight of +-65, at any place: two
 * products with 127 + 128 are beyond 16 bits there, and the layer is no longer narrow.
 */
static void the_largest_narrow_weights_are_exact(void **state) {
    (void)state;
    static const size_t DEPTHS[] = {1, 2, 3, 5, 63, 64, 66, 131, 577};
    enum { ROWS = 8, OUT = 37 };
    nomen_rng rng;
    nomen_rng_start(&rng, 28, 1003, 0);
    for (size_t d = 0; d < sizeof DEPTHS / sizeof DEPTHS[0]; d++) {
        const size_t in = DEPTHS[d];
        layer_case c = case_new(&rng, ROWS, in, OUT, NORMAL);
        for (size_t i = 0; i < ROWS * in; i++) { c.x[i] = (float)sign_of(i / in, i % in); }
        for (size_t o = 0; o < OUT; o++) { c.scale[o] = 0x1p-7f; }
        for (size_t i = 0; i < OUT * in; i++) { c.q[i] = (int8_t)(64 * sign_of(i / in, i % in)); }
        check_q_everywhere(&c, NULL, check_packed);
        assert_true(is_narrow(&c));
        for (size_t i = 0; i < 8; i++) {
            int8_t *one = c.q + nomen_rng_next(&rng) % (OUT * in), kept = *one;
            *one = i % 2 == 0 ? 65 : -65;
            check_q_everywhere(&c, NULL, check_packed);
            assert_false(is_narrow(&c));
            *one = kept;
        }
        case_free(&c);
    }
}

static void rows_that_are_not_finite_or_next_to_zero(void **state) {
    (void)state;
    nomen_rng rng;
    nomen_rng_start(&rng, 24, 1003, 0);
    enum { ROWS = 8, IN = 77, OUT = 33 };
    layer_case c = case_new(&rng, ROWS, IN, OUT, NORMAL);
    c.x[1 * IN + 76] = INFINITY;
    c.x[2 * IN + 3] = -INFINITY;
    c.x[3 * IN + 70] = NAN;
    c.weight[5 * IN + 9] = NAN;
    for (size_t i = 0; i < IN; i++) {
        c.x[4 * IN + i] = 0.0f;
        c.x[5 * IN + i] *= 0x1p-125f;
        c.x[6 * IN + i] *= 0x1p-115f;
        c.x[7 * IN + i] *= 0x1p120f;
        c.weight[6 * IN + i] = -0.0f;
    }
    check_everywhere(&c, NULL);
    for (size_t o = 0; o < OUT; o++) {
        for (size_t n = 1; n <= 3; n++) { assert_true(isnan(c.want[n * OUT + o])); }
        if (o != 5) { assert_true(c.want[4 * OUT + o] == c.bias[o] && c.want[5 * OUT + o] == c.bias[o]); }
    }
    case_free(&c);
}

/* Through a layer of one input and one weight: x in steps of 1/127 of each row's scale. */
static void activations_are_near_the_true_ones(void **state) {
    (void)state;
    enum { ROWS = 2000, OUT = 33 };
    nomen_rng rng;
    nomen_rng_start(&rng, 27, 1003, 0);
    for (nomen_activation kind = NOMEN_GELU_ERF; kind <= NOMEN_RELU; kind++) {
        layer_case c = case_new(&rng, ROWS, 1, OUT, NORMAL);
        for (size_t n = 0; n < ROWS; n++) { c.x[n] = ((float)n - 1000.0f) * 0.007f; }
        c.x[0] = -1e6f;
        c.x[1] = 1e6f;
        check_everywhere(&c, &kind);
        case_free(&c);
    }
}

static void a_row_alone_has_the_same_bits(void **state) {
    (void)state;
    nomen_rng rng;
    nomen_rng_start(&rng, 25, 1003, 0);
    layer_case c = case_new(&rng, 61, 200, 130, NORMAL);
    nomen_op_int8_quantize(c.q, c.scale, c.weight, c.in, c.out, NOMEN_INT8_MOST);
    nomen_op_int8_pack(c.packed, c.q, c.in, c.out);
    nomen_op_dense_act_forward(c.y, NULL, c.x, &c.layer, NOMEN_GELU_ERF, c.rows, c.scratch);
    for (size_t n = 0; n < c.rows; n++) {
        nomen_op_dense_act_forward(c.want, NULL, c.x + n * c.in, &c.layer, NOMEN_GELU_ERF, 1, c.scratch);
        assert_memory_equal(c.want, c.y + n * c.out, c.out * sizeof *c.y);
    }
    nomen_op_dense_forward(c.y, c.x, &c.layer, 0, c.scratch);
    case_free(&c);
}

/*
 * |x - scale q| <= scale / 2 but for roundings: x * inverse errs by 2 roundings of at most `most`, that is
 * most * 2^-23 in steps of q, and scale by one.
 */
static void quantisation_loses_half_a_step_at_most(void **state) {
    (void)state;
    nomen_rng rng;
    nomen_rng_start(&rng, 26, 1003, 0);
    enum { IN = 1000, OUT = 50 };
    layer_case c = case_new(&rng, 1, IN, OUT, NORMAL);
    static const int MOST[] = {NOMEN_INT8_MOST, NOMEN_INT8_NARROW};
    for (size_t m = 0; m < 2; m++) {
        nomen_op_int8_quantize(c.q, c.scale, c.weight, IN, OUT, MOST[m]);
        for (size_t o = 0; o < OUT; o++) {
            int largest = 0;
            for (size_t i = o * IN; i < (o + 1) * IN; i++) {
                const double scale = (double)c.scale[o], lost = fabs((double)c.weight[i] - scale * c.q[i]);
                assert_true(lost <= scale * (0.5 + MOST[m] * 0x1p-23 + MOST[m] * 0x1p-24));
                if (abs(c.q[i]) > largest) { largest = abs(c.q[i]); }
            }
            assert_int_equal(largest, MOST[m]);
        }
    }
    case_free(&c);
}

/* A plan made at one number of threads, and what was packed, serve any. */
static void sizes_depend_on_shapes_alone(void **state) {
    (void)state;
    const size_t scratch = nomen_op_dense_scratch(NOMEN_DENSE_INT8, 100, 768, 3072),
                 packed = nomen_op_dense_packed_size(NOMEN_DENSE_INT8, 768, 3072);
    for (size_t i = 0; i < N_ISAS; i++) {
        if (!nomen_kernels_test_use(ISAS[i])) { continue; }
        nomen_set_threads(64);
        assert_int_equal(scratch, nomen_op_dense_scratch(NOMEN_DENSE_INT8, 100, 768, 3072));
        assert_int_equal(packed, nomen_op_dense_packed_size(NOMEN_DENSE_INT8, 768, 3072));
        nomen_set_threads(0);
    }
    nomen_kernels_test_use(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_equals_the_definition),
        cmocka_unit_test(large_products_equal_the_definition),
        cmocka_unit_test(the_longest_sums_are_exact),
        cmocka_unit_test(the_largest_narrow_weights_are_exact),
        cmocka_unit_test(rows_that_are_not_finite_or_next_to_zero),
        cmocka_unit_test(activations_are_near_the_true_ones),
        cmocka_unit_test(a_row_alone_has_the_same_bits),
        cmocka_unit_test(quantisation_loses_half_a_step_at_most),
        cmocka_unit_test(sizes_depend_on_shapes_alone),
    };
    return cmocka_run_group_tests_name("int8", tests, NULL, NULL);
}
