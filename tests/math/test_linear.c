/*
 * Dense layers and activations of ops.h against double references: forward, the three gradients,
 * activations fused and alone, adding and assigning, packed and not.
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
#include "math/gemm.h"
#include "math/isa.h"
#include "math/ops.h"

typedef struct layer_case {
    size_t rows, in, out;
    float *x, *y, *u, *dx, *dy, *weight, *dweight, *bias, *dbias, *packed, *scratch;
    nomen_dense layer;
} layer_case;

static float *numbers(nomen_rng *rng, size_t n) {
    float *p = malloc((n + 1) * sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < n; i++) { p[i] = nomen_rng_normal(rng); }
    return p;
}

static layer_case case_new(size_t rows, size_t in, size_t out) {
    nomen_rng rng;
    nomen_rng_start(&rng, 7, 1001, (uint32_t)(rows * 31 + in * 7 + out));
    layer_case c = {.rows = rows, .in = in, .out = out};
    c.x = numbers(&rng, rows * in);
    c.y = numbers(&rng, rows * out);
    c.u = numbers(&rng, rows * out);
    c.dx = numbers(&rng, rows * in);
    c.dy = numbers(&rng, rows * out);
    c.weight = numbers(&rng, in * out);
    c.dweight = numbers(&rng, in * out);
    c.bias = numbers(&rng, out);
    c.dbias = numbers(&rng, out);
    c.packed = numbers(&rng, nomen_op_dense_packed_size(NOMEN_DENSE_FLOAT, in, out) / sizeof(float));
    c.scratch = numbers(&rng, nomen_op_dense_scratch(NOMEN_DENSE_FLOAT, rows, in, out));
    nomen_op_dense_pack(NOMEN_DENSE_FLOAT, c.packed, c.weight, in, out);
    c.layer = (nomen_dense){.weight = c.weight, .bias = c.bias, .in = in, .out = out};
    return c;
}

static void case_free(layer_case *c) {
    float *all[] = {c->x, c->y, c->u, c->dx, c->dy, c->weight, c->dweight, c->bias, c->dbias, c->packed, c->scratch};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) { free(all[i]); }
}

/* As in test_gemm.c: r roundings, at most r u / (1 - r u) of the magnitudes. */
static void assert_sum(float got, double want, double magnitudes, size_t n_terms) {
    const size_t chain = n_terms < NOMEN_GEMM_KC ? n_terms : NOMEN_GEMM_KC;
    const double r = (double)(chain + n_terms / NOMEN_GEMM_KC) + 4.0, u = 0x1p-24;
    assert_true(fabs((double)got - want) <= magnitudes * r * u / (1.0 - r * u));
}

static void check_forward(const layer_case *c, const float *y) {
    for (size_t n = 0; n < c->rows; n++) {
        for (size_t o = 0; o < c->out; o++) {
            double sum = (double)c->bias[o], size = fabs(sum);
            for (size_t i = 0; i < c->in; i++) {
                const double term = (double)c->x[n * c->in + i] * (double)c->weight[o * c->in + i];
                sum += term;
                size += fabs(term);
            }
            assert_sum(y[n * c->out + o], sum, size, c->in);
        }
    }
}

static void check_backward(const layer_case *c, const layer_case *before, bool add_dx) {
    for (size_t n = 0; n < c->rows; n++) {
        for (size_t i = 0; i < c->in; i++) {
            double sum = add_dx ? (double)before->dx[n * c->in + i] : 0.0, size = fabs(sum);
            for (size_t o = 0; o < c->out; o++) {
                const double term = (double)c->dy[n * c->out + o] * (double)c->weight[o * c->in + i];
                sum += term;
                size += fabs(term);
            }
            assert_sum(c->dx[n * c->in + i], sum, size, c->out);
        }
    }
    for (size_t o = 0; o < c->out; o++) {
        double bias = (double)before->dbias[o], bias_size = fabs(bias);
        for (size_t n = 0; n < c->rows; n++) {
            bias += (double)c->dy[n * c->out + o];
            bias_size += fabs((double)c->dy[n * c->out + o]);
        }
        assert_sum(c->dbias[o], bias, bias_size, c->rows);
        for (size_t i = 0; i < c->in; i++) {
            double sum = (double)before->dweight[o * c->in + i], size = fabs(sum);
            for (size_t n = 0; n < c->rows; n++) {
                const double term = (double)c->dy[n * c->out + o] * (double)c->x[n * c->in + i];
                sum += term;
                size += fabs(term);
            }
            assert_sum(c->dweight[o * c->in + i], sum, size, c->rows);
        }
    }
}

static const size_t SHAPES[][3] = {{1, 1, 1},    {1, 17, 3},   {3, 5, 33},    {27, 64, 48},  {15, 385, 17},
                                   {40, 31, 65}, {400, 20, 9}, {2, 800, 100}, {129, 96, 130}};
enum { N_SHAPES = sizeof SHAPES / sizeof SHAPES[0] };

static void forward_and_backward_match_the_definition(void **state) {
    (void)state;
    for (size_t s = 0; s < N_SHAPES; s++) {
        layer_case c = case_new(SHAPES[s][0], SHAPES[s][1], SHAPES[s][2]);
        layer_case before = case_new(SHAPES[s][0], SHAPES[s][1], SHAPES[s][2]);
        const size_t bytes = c.rows * c.out * sizeof(float);
        nomen_op_dense_forward(c.y, c.x, &c.layer, c.rows, c.scratch);
        check_forward(&c, c.y);
        nomen_dense packed = c.layer;
        packed.packed = c.packed;
        nomen_op_dense_forward(before.y, c.x, &packed, c.rows, c.scratch);
        assert_memory_equal(c.y, before.y, bytes);
        for (int add = 0; add < 2; add++) {
            nomen_op_dense_backward(c.dx, c.dweight, c.dbias, c.dy, c.x, &c.layer, c.rows, add ? NOMEN_ADD_DX : 0, c.scratch);
            check_backward(&c, &before, add == 1);
            memcpy(before.dx, c.dx, c.rows * c.in * sizeof(float));
            memcpy(before.dweight, c.dweight, c.in * c.out * sizeof(float));
            memcpy(before.dbias, c.dbias, c.out * sizeof(float));
        }
        memset(c.dweight, 0, c.in * c.out * sizeof(float));
        nomen_op_dense_backward(NULL, c.dweight, c.dbias, c.dy, c.x, &c.layer, c.rows, 0, c.scratch);
        assert_memory_equal(before.dx, c.dx, c.rows * c.in * sizeof(float));
        nomen_op_dense_backward(NULL, before.dweight, before.dbias, c.dy, c.x, &c.layer, c.rows, NOMEN_SET_DWEIGHT, c.scratch);
        assert_memory_equal(before.dweight, c.dweight, c.in * c.out * sizeof(float)); /* assigned: as added to zeros */
        assert_memory_equal(before.dbias, c.dbias, c.out * sizeof(float));            /* added all the same */
        case_free(&c);
        case_free(&before);
    }
}

static void no_rows_leave_gradients_alone(void **state) {
    (void)state;
    layer_case c = case_new(1, 20, 30), before = case_new(1, 20, 30);
    nomen_op_dense_forward(c.y, c.x, &c.layer, 0, c.scratch);
    nomen_op_dense_backward(c.dx, c.dweight, c.dbias, c.dy, c.x, &c.layer, 0, 0, c.scratch);
    assert_memory_equal(c.y, before.y, 30 * sizeof(float));
    assert_memory_equal(c.dweight, before.dweight, 600 * sizeof(float));
    assert_memory_equal(c.dbias, before.dbias, 30 * sizeof(float));
    case_free(&c);
    case_free(&before);
}

static double activation_of(nomen_activation kind, double u) {
    const double k = sqrt(2.0 / acos(-1.0));
    switch (kind) {
    case NOMEN_GELU_ERF: return u * 0.5 * erfc(-u / sqrt(2.0));
    case NOMEN_GELU_TANH: return 0.5 * u * (1.0 + tanh(k * (u + 0.044715 * u * u * u)));
    default: return u > 0 ? u : 0;
    }
}

static double slope_of(nomen_activation kind, double u) {
    const double pi = acos(-1.0), k = sqrt(2.0 / pi);
    if (kind == NOMEN_GELU_ERF) { return 0.5 * erfc(-u / sqrt(2.0)) + u * exp(-0.5 * u * u) / sqrt(2.0 * pi); }
    if (kind == NOMEN_GELU_TANH) {
        const double t = tanh(k * (u + 0.044715 * u * u * u));
        return 0.5 * (1.0 + t) + 0.5 * u * (1.0 - t * t) * k * (1.0 + 3.0 * 0.044715 * u * u);
    }
    return u > 0 ? 1.0 : 0.0;
}

/*
 * Absolute errors for |u| <= 20. y = u/2 (1 + f) with f of magnitude at most 1 within 2 ulp
 * (2 * 2^-24; test_vmath.c), from an argument with 4 roundings, which f passes on with a factor of
 * at most max |z f'(z)| < 0.5: |u|/2 (4 + 4 * 0.5) 2^-24 plus the last rounding, together less than
 * 4 |u| 2^-24. The tanh form's argument cubes u, with max |u z'(u) / 2| sech^2 < 1.5 in place of 0.5.
 * The slope adds x exp(-x^2/2) / sqrt(2 pi), below 0.25, whose exponent x^2/2 < 90 may be off by one
 * rounding where it still matters: below 8 * 2^-24 for the slope of the erf form. In the tanh form
 * an error e of t changes 1 - t^2 by 2 e, which u z'(u) / 2 multiplies, up to 8 where t is not yet 1
 * (u < 4.9 for 1 - t^2 > 2^-23): 16 e with e about 2^-24, and 4 for the rest.
 */
static void activations_match_the_definition(void **state) {
    (void)state;
    enum { N = 40001 };
    float *u = malloc(N * sizeof *u), *y = malloc(N * sizeof *y), *du = malloc(N * sizeof *du);
    float *dy = malloc(N * sizeof *dy);
    assert_true(u && y && du && dy);
    for (size_t i = 0; i < N; i++) {
        u[i] = ((float)i - 20000.0f) * 1e-3f;
        dy[i] = i % 2 == 0 ? 1.0f : -0.5f;
    }
    for (nomen_activation kind = NOMEN_GELU_ERF; kind <= NOMEN_RELU; kind++) {
        double worst = 0, worst_slope = 0;
        nomen_op_act_backward(du, y, dy, u, kind, N);
        for (size_t i = 0; i < N; i++) {
            const double x = (double)u[i], error = fabs((double)y[i] - activation_of(kind, x));
            const double slope = fabs((double)du[i] / (double)dy[i] - slope_of(kind, x));
            const double size = fabs(x) < 1 ? 1 : fabs(x);
            if (error / size > worst) { worst = error / size; }
            if (slope > worst_slope) { worst_slope = slope; }
        }
        print_message("activation %d: error %.2f, of slope %.2f, in units of 2^-24\n", (int)kind, worst * 0x1p24,
                      worst_slope * 0x1p24);
        assert_true(worst <= 4 * 0x1p-24);
        assert_true(worst_slope <= (kind == NOMEN_GELU_TANH ? 20 : 8) * 0x1p-24);
        float *same = malloc(N * sizeof *same); /* in place, and in the forward kernel: the same y */
        assert_non_null(same);
        nomen_kernels_get()->act_forward(same, u, kind, N);
        assert_memory_equal(same, y, N * sizeof *same);
        memcpy(same, dy, N * sizeof *same);
        nomen_op_act_backward(same, y, same, u, kind, N);
        assert_memory_equal(same, du, N * sizeof *same);
        free(same);
    }
    free(u);
    free(y);
    free(du);
    free(dy);
}

static void a_fused_activation_is_the_two_steps(void **state) {
    (void)state;
    for (size_t s = 0; s < N_SHAPES; s++) {
        for (nomen_activation kind = NOMEN_GELU_ERF; kind <= NOMEN_RELU; kind++) {
            layer_case c = case_new(SHAPES[s][0], SHAPES[s][1], SHAPES[s][2]);
            const size_t n = c.rows * c.out;
            float *u = malloc(n * sizeof *u), *y = malloc(n * sizeof *y);
            assert_true(u && y);
            nomen_op_dense_forward(u, c.x, &c.layer, c.rows, c.scratch);
            nomen_kernels_get()->act_forward(y, u, kind, n);
            nomen_op_dense_act_forward(c.y, c.u, c.x, &c.layer, kind, c.rows, c.scratch);
            assert_memory_equal(c.u, u, n * sizeof *u);
            assert_memory_equal(c.y, y, n * sizeof *y);
            memset(c.y, 0, n * sizeof *y);
            nomen_op_dense_act_forward(c.y, NULL, c.x, &c.layer, kind, c.rows, c.scratch);
            assert_memory_equal(c.y, y, n * sizeof *y);
            free(u);
            free(y);
            case_free(&c);
        }
    }
}

/* A plan made at one number of threads serves another: scratch is the same. */
static void scratch_does_not_depend_on_threads(void **state) {
    (void)state;
    nomen_set_threads(1);
    const size_t one = nomen_op_dense_scratch(NOMEN_DENSE_FLOAT, 100, 768, 3072);
    nomen_set_threads(64);
    assert_int_equal(one, nomen_op_dense_scratch(NOMEN_DENSE_FLOAT, 100, 768, 3072));
    nomen_set_threads(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_and_backward_match_the_definition), cmocka_unit_test(no_rows_leave_gradients_alone),
        cmocka_unit_test(activations_match_the_definition),          cmocka_unit_test(a_fused_activation_is_the_two_steps),
        cmocka_unit_test(scratch_does_not_depend_on_threads),
    };
    return cmocka_run_group_tests_name("linear", tests, NULL, NULL);
}
