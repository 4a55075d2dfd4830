/*
 * The low-rank adapters of ops_lora.h against sums in double, on odd shapes, with rows of y that are wider than the adapter's
 * part, with dropout and without, assigned and added to.
 *
 * Tolerance. Each result is a sum over terms that are themselves sums: no chain has more roundings than terms of both
 * levels, the scale, and what is added to. So it is off by at most r u / (1 - r u) of the sum of magnitudes, with r that number.
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
#include "math/ops_lora.h"

typedef struct lora_case {
    nomen_lora lora;
    nomen_dropout dropout;
    size_t n, starts[3];
    nomen_rows rows;
    float *x, *dropped, *y, *dy, *a, *b, *da, *db, *dx, *scratch;
} lora_case;

static float *numbers(nomen_rng *rng, size_t n) {
    float *p = malloc((n + 1) * sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < n; i++) { p[i] = nomen_rng_normal(rng); }
    return p;
}

static void make(lora_case *c, size_t n, size_t in, size_t out, size_t rank, float rate) {
    nomen_rng rng;
    nomen_rng_start(&rng, 9, 1002, (uint32_t)(n * 31 + in * 7 + out + rank));
    size_t y_row = out + 5;
    *c = (lora_case){.n = n, .starts = {0, n / 3, n}, .dropout = {.rate = rate, .seed = 4, .step = 2, .site = 40000}};
    c->rows = (nomen_rows){n, 2, c->starts, NULL};
    c->x = numbers(&rng, n * in);
    c->dropped = numbers(&rng, n * in);
    c->y = numbers(&rng, n * y_row);
    c->dy = numbers(&rng, n * y_row);
    c->a = numbers(&rng, rank * in);
    c->b = numbers(&rng, out * rank);
    c->da = numbers(&rng, rank * in);
    c->db = numbers(&rng, out * rank);
    c->dx = numbers(&rng, n * in);
    size_t most = n > out ? n : out; /* merging takes the scratch of `out` rows */
    c->scratch = numbers(&rng, nomen_op_lora_scratch(most, in, out, rank));
    c->lora = (nomen_lora){in, out, rank, y_row, c->a, c->b, 0.75f};
    nomen_op_dropout(c->dropped, c->x, in, &c->rows, &c->dropout);
}

static void drop(lora_case *c) {
    float *all[] = {c->x, c->dropped, c->y, c->dy, c->a, c->b, c->da, c->db, c->dx, c->scratch};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) { free(all[i]); }
}

/* A sum with the sum of its terms' magnitudes. */
typedef struct measured {
    double sum, size;
} measured;

static void add(measured *to, measured term, double factor) {
    to->sum += term.sum * factor;
    to->size += term.size * fabs(factor);
}

static void assert_near(float got, measured want, size_t n_terms) {
    const double r = (double)n_terms + 8, u = 0x1p-24;
    if (!(fabs((double)got - want.sum) <= want.size * r * u / (1 - r * u))) { fail_msg("%g, not %g", (double)got, want.sum); }
}

static measured start(double value) {
    return (measured){value, fabs(value)};
}

/* scale x' a^T, an element. */
static measured low_x(const lora_case *c, size_t n, size_t r) {
    measured m = {0, 0};
    size_t in = c->lora.in;
    for (size_t i = 0; i < in; i++) { add(&m, start(0.75 * (double)c->dropped[n * in + i]), (double)c->a[r * in + i]); }
    return m;
}

/* scale dy b, an element. */
static measured low_dy(const lora_case *c, size_t n, size_t r) {
    measured m = {0, 0};
    for (size_t o = 0; o < c->lora.out; o++) {
        add(&m, start(0.75 * (double)c->dy[n * c->lora.y_row + o]), (double)c->b[o * c->lora.rank + r]);
    }
    return m;
}

static void check_forward(const lora_case *c, const lora_case *before) {
    for (size_t n = 0; n < c->n; n++) {
        for (size_t o = 0; o < c->lora.y_row; o++) {
            measured m = start((double)before->y[n * c->lora.y_row + o]);
            if (o >= c->lora.out) { /* another's */
                assert_true(c->y[n * c->lora.y_row + o] == before->y[n * c->lora.y_row + o]);
                continue;
            }
            for (size_t r = 0; r < c->lora.rank; r++) { add(&m, low_x(c, n, r), (double)c->b[o * c->lora.rank + r]); }
            assert_near(c->y[n * c->lora.y_row + o], m, c->lora.in + c->lora.rank);
        }
    }
}

static void check_backward(const lora_case *c, const lora_case *before, bool set) {
    size_t in = c->lora.in, rank = c->lora.rank;
    for (size_t r = 0; r < rank; r++) {
        for (size_t o = 0; o < c->lora.out; o++) {
            measured m = start(set ? 0 : (double)before->db[o * rank + r]);
            for (size_t n = 0; n < c->n; n++) { add(&m, low_x(c, n, r), (double)c->dy[n * c->lora.y_row + o]); }
            assert_near(c->db[o * rank + r], m, in + c->n);
        }
        for (size_t i = 0; i < in; i++) {
            measured m = start(set ? 0 : (double)before->da[r * in + i]);
            for (size_t n = 0; n < c->n; n++) { add(&m, low_dy(c, n, r), (double)c->dropped[n * in + i]); }
            assert_near(c->da[r * in + i], m, c->lora.out + c->n);
        }
    }
    for (size_t n = 0; n < c->n; n++) {
        for (size_t i = 0; i < in; i++) {
            /* The factor of dropout is that of x, but where x is 0, which none of its numbers are. */
            measured m = start((double)before->dx[n * in + i]);
            double kept = (double)c->dropped[n * in + i] / (double)c->x[n * in + i];
            for (size_t r = 0; r < rank; r++) { add(&m, low_dy(c, n, r), kept * (double)c->a[r * in + i]); }
            assert_near(c->dx[n * in + i], m, c->lora.out + rank);
        }
    }
}

static const size_t SHAPES[][4] = {{1, 1, 1, 1}, {3, 17, 5, 2}, {27, 64, 48, 8}, {15, 385, 33, 3}, {40, 31, 65, 16}};
enum { N_SHAPES = sizeof SHAPES / sizeof *SHAPES };

static void test_forward_and_backward(void **state) {
    (void)state;
    for (size_t s = 0; s < N_SHAPES * 4; s++) {
        const size_t *shape = SHAPES[s / 4];
        float rate = s % 2 == 0 ? 0.0f : 0.4f;
        unsigned how = s % 4 < 2 ? 0 : NOMEN_SET_DWEIGHT;
        lora_case c, before, halves;
        make(&c, shape[0], shape[1], shape[2], shape[3], rate);
        make(&before, shape[0], shape[1], shape[2], shape[3], rate);
        make(&halves, shape[0], shape[1], shape[2], shape[3], rate);
        nomen_op_lora_forward(c.y, c.x, &c.lora, &c.rows, &c.dropout, c.scratch);
        check_forward(&c, &before);
        nomen_op_lora_backward(c.dx, c.da, c.db, c.dy, c.x, &c.lora, &c.rows, &c.dropout, how, c.scratch);
        check_backward(&c, &before, how != 0);
        nomen_op_lora_backward(halves.dx, NULL, NULL, c.dy, NULL, &c.lora, &c.rows, &c.dropout, how, c.scratch);
        nomen_op_lora_backward(NULL, halves.da, halves.db, c.dy, c.x, &c.lora, &c.rows, &c.dropout, how, c.scratch);
        assert_memory_equal(halves.dx, c.dx, shape[0] * shape[1] * sizeof(float));
        assert_memory_equal(halves.da, c.da, shape[3] * shape[1] * sizeof(float));
        assert_memory_equal(halves.db, c.db, shape[3] * shape[2] * sizeof(float));
        drop(&c);
        drop(&before);
        drop(&halves);
    }
}

static void test_merge(void **state) {
    (void)state;
    for (size_t s = 0; s < N_SHAPES; s++) {
        lora_case c;
        nomen_rng rng;
        make(&c, SHAPES[s][0], SHAPES[s][1], SHAPES[s][2], SHAPES[s][3], 0);
        size_t in = c.lora.in, rank = c.lora.rank, n = c.lora.out * in;
        nomen_rng_start(&rng, 9, 1003, (uint32_t)s);
        float *weight = numbers(&rng, n), *merged = malloc(n * sizeof *merged);
        assert_non_null(merged);
        memcpy(merged, weight, n * sizeof *merged);
        nomen_op_lora_merge(merged, &c.lora, c.scratch);
        for (size_t e = 0; e < n; e++) {
            measured m = start((double)weight[e]);
            for (size_t r = 0; r < rank; r++) {
                add(&m, start(0.75 * (double)c.b[e / in * rank + r]), (double)c.a[r * in + e % in]);
            }
            assert_near(merged[e], m, rank);
        }
        free(weight);
        free(merged);
        drop(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forward_and_backward), cmocka_unit_test(test_merge)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
