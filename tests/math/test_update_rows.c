/*
 * Updates that leave rows out give the bits of updates that do not, over steps in which rows get
 * their first gradient, get none again, or never get one. What may not be read holds NaN.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "math/ops.h"

enum { ROWS = 301, WIDTH = 80, TABLE = ROWS * WIDTH, OFFSET = 4096, TAIL = 3001, ALL = OFFSET + TABLE + TAIL, STEPS = 5 };

typedef struct blocks {
    float value[ALL], m[ALL], v[ALL], gradient[ALL];
} blocks;

static float number(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) * 0x1p-23f - 1.0f;
}

/* Whether row r has a gradient in a step: some never do, some only once. */
static bool used(size_t r, size_t step) {
    return r % 3 != 0 && (r * 7 + step * 5) % 11 < 3;
}

static void start(blocks *whole, blocks *part, uint32_t *state) {
    for (size_t e = 0; e < ALL; e++) {
        const bool in_table = e >= OFFSET && e < OFFSET + TABLE;
        whole->value[e] = part->value[e] = e % 13 == 0 ? -0.0f : number(state);
        whole->m[e] = whole->v[e] = 0.0f;
        part->m[e] = part->v[e] = part->gradient[e] = in_table ? NAN : 0.0f;
    }
}

/* Gradients of a step: whole has zeros where part has what the marks allow it. */
static void fill(blocks *whole, blocks *part, uint8_t *marks, size_t step, uint32_t *state) {
    for (size_t e = 0; e < ALL; e++) { whole->gradient[e] = number(state); }
    for (size_t r = 0; r < ROWS; r++) {
        float *row = whole->gradient + OFFSET + r * WIDTH;
        marks[r] = marks[r] != 0 ? NOMEN_ROW_EARLIER : 0;
        if (used(r, step)) {
            marks[r] |= NOMEN_ROW_NOW;
        } else {
            memset(row, 0, WIDTH * sizeof *row);
        }
        if (marks[r] == 0) { continue; }
        memcpy(part->gradient + OFFSET + r * WIDTH, row, WIDTH * sizeof *row);
    }
    memcpy(part->gradient, whole->gradient, OFFSET * sizeof(float));
    memcpy(part->gradient + OFFSET + TABLE, whole->gradient + OFFSET + TABLE, TAIL * sizeof(float));
}

static void check_steps(bool sgd, double decay) {
    blocks *whole = malloc(sizeof *whole), *part = malloc(sizeof *part);
    uint8_t marks[ROWS] = {0};
    const nomen_row_marks rows = {marks, ROWS, WIDTH, OFFSET};
    uint32_t state = 5;
    assert_true(whole != NULL && part != NULL);
    start(whole, part, &state);
    for (size_t step = 0; step < STEPS; step++) {
        fill(whole, part, marks, step, &state);
        const double a = nomen_op_square_sum(whole->gradient, ALL), b = nomen_op_square_sum_rows(part->gradient, ALL, &rows);
        assert_memory_equal(&a, &b, sizeof a);
        const nomen_adamw settings = {0.01, 0.9, 0.99, 1e-8, decay, 0.7, 0.271, 0.17233};
        float *p = part->value + OFFSET, *g = part->gradient + OFFSET;
        if (sgd) {
            nomen_op_sgd_update(whole->value + OFFSET, whole->gradient + OFFSET, TABLE, 0.125f, 0.7f);
            nomen_op_sgd_update_rows(p, g, &rows, 0.125f, 0.7f);
        } else {
            nomen_op_adamw_update(whole->value + OFFSET, whole->m + OFFSET, whole->v + OFFSET, whole->gradient + OFFSET, TABLE,
                                  &settings);
            nomen_op_adamw_update_rows(p, part->m + OFFSET, part->v + OFFSET, g, &rows, &settings);
        }
        assert_memory_equal(whole->value, part->value, sizeof whole->value);
    }
    free(whole);
    free(part);
}

static void test_sgd(void **state) {
    (void)state, check_steps(true, 0);
}
static void test_adamw(void **state) {
    (void)state, check_steps(false, 0);
}
static void test_adamw_decay(void **state) {
    (void)state, check_steps(false, 0.3);
}

/* Rows that sixteen does not divide are all marked: the sum is that of the whole block. */
static void test_odd_width(void **state) {
    (void)state;
    enum { N = 40 * 10 };
    float x[N];
    uint8_t marks[40];
    uint32_t random = 9;
    for (size_t e = 0; e < N; e++) { x[e] = number(&random); }
    memset(marks, NOMEN_ROW_NOW, sizeof marks);
    const nomen_row_marks rows = {marks, 40, 10, 0};
    const double a = nomen_op_square_sum(x, N), b = nomen_op_square_sum_rows(x, N, &rows);
    assert_memory_equal(&a, &b, sizeof a);
}

/* A gradient of -0, as NOMEN_SET_DWEIGHT leaves it, moves no value's sign. */
static void test_negative_zeros(void **state) {
    (void)state;
    enum { N = 19 };
    float p[N], q[N], m[N] = {0}, v[N] = {0}, n[N] = {0}, w[N] = {0}, minus[N], plus[N] = {0};
    const nomen_adamw settings = {0.01, 0.9, 0.99, 1e-8, 0.1, 0.7, 0.271, 0.17233};
    for (int sgd = 0; sgd < 2; sgd++) {
        for (size_t e = 0; e < N; e++) {
            minus[e] = -0.0f;
            p[e] = q[e] = e % 3 == 0 ? 0.0f : e % 3 == 1 ? -0.0f : 1.5f;
        }
        if (sgd) {
            nomen_op_sgd_update(p, minus, N, 0.1f, 1.0f);
            nomen_op_sgd_update(q, plus, N, 0.1f, 1.0f);
        } else {
            nomen_op_adamw_update(p, m, v, minus, N, &settings);
            nomen_op_adamw_update(q, n, w, plus, N, &settings);
        }
        assert_memory_equal(p, q, sizeof p);
        assert_memory_equal(m, n, sizeof m);
        assert_memory_equal(v, w, sizeof v);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sgd),       cmocka_unit_test(test_adamw),          cmocka_unit_test(test_adamw_decay),
        cmocka_unit_test(test_odd_width), cmocka_unit_test(test_negative_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
