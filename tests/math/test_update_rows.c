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

#include "math/ops_momentum.h"

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

typedef enum update_kind { SGD, ADAMW, MOMENTUM, NESTEROV, COUPLED, LION } update_kind;

/* A step over the table as one flat array. COUPLED is SGD with decay and no momentum. */
static void update_whole(blocks *b, update_kind kind, double decay) {
    float *p = b->value + OFFSET, *m = b->m + OFFSET, *v = b->v + OFFSET, *g = b->gradient + OFFSET;
    const nomen_adamw adamw = {0.01, 0.9, 0.99, 1e-8, decay, 0.7, 0.271, 0.17233};
    const nomen_sgd sgd = {0.125, kind == COUPLED ? 0 : 0.9, decay, 0.7, kind == NESTEROV};
    const nomen_lion lion = {0.01, 0.9, 0.99, decay, 0.7};
    switch (kind) {
    case SGD: nomen_op_sgd_update(p, g, TABLE, 0.125f, 0.7f); break;
    case ADAMW: nomen_op_adamw_update(p, m, v, g, TABLE, &adamw); break;
    case LION: nomen_op_lion_update(p, m, g, TABLE, &lion); break;
    default: nomen_op_sgd_momentum_update(p, kind == COUPLED ? NULL : m, g, TABLE, &sgd); break;
    }
}

/* The same by its rows. */
static void update_part(blocks *b, const nomen_row_marks *rows, update_kind kind, double decay) {
    float *p = b->value + OFFSET, *m = b->m + OFFSET, *v = b->v + OFFSET, *g = b->gradient + OFFSET;
    const nomen_adamw adamw = {0.01, 0.9, 0.99, 1e-8, decay, 0.7, 0.271, 0.17233};
    const nomen_sgd sgd = {0.125, kind == COUPLED ? 0 : 0.9, decay, 0.7, kind == NESTEROV};
    const nomen_lion lion = {0.01, 0.9, 0.99, decay, 0.7};
    switch (kind) {
    case SGD: nomen_op_sgd_update_rows(p, g, rows, 0.125f, 0.7f); break;
    case ADAMW: nomen_op_adamw_update_rows(p, m, v, g, rows, &adamw); break;
    case LION: nomen_op_lion_update_rows(p, m, g, rows, &lion); break;
    default: nomen_op_sgd_momentum_update_rows(p, kind == COUPLED ? NULL : m, g, rows, &sgd); break;
    }
}

static void check_steps(update_kind kind, double decay) {
    blocks *whole = malloc(sizeof *whole), *part = malloc(sizeof *part);
    uint8_t marks[ROWS] = {0};
    const nomen_row_marks rows = {marks, ROWS, WIDTH, OFFSET};
    uint32_t state = 5;
    assert_true(whole != NULL && part != NULL);
    start(whole, part, &state);
    /* SGD with decay has a buffer of every row from the start */
    if (kind != SGD && kind != ADAMW && kind != LION && decay > 0) { memset(part->m, 0, sizeof part->m); }
    for (size_t step = 0; step < STEPS; step++) {
        fill(whole, part, marks, step, &state);
        const double a = nomen_op_square_sum(whole->gradient, ALL), b = nomen_op_square_sum_rows(part->gradient, ALL, &rows);
        assert_memory_equal(&a, &b, sizeof a);
        update_whole(whole, kind, decay);
        update_part(part, &rows, kind, decay);
        assert_memory_equal(whole->value, part->value, sizeof whole->value);
    }
    free(whole);
    free(part);
}

static void test_plain(void **state) {
    (void)state;
    for (update_kind kind = SGD; kind <= LION; kind++) { check_steps(kind, 0); }
}
static void test_decay(void **state) {
    (void)state;
    for (update_kind kind = ADAMW; kind <= LION; kind++) { check_steps(kind, 0.3); } /* plain SGD has none */
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
    const nomen_sgd sgd = {0.1, 0.9, 0.05, 1, true};
    const nomen_lion lion = {0.1, 0.9, 0.99, 0.1, 1};
    for (update_kind kind = SGD; kind <= LION; kind++) {
        if (kind == NESTEROV || kind == COUPLED) { continue; } /* as momentum: its settings have both */
        for (size_t e = 0; e < N; e++) {
            minus[e] = -0.0f;
            p[e] = q[e] = e % 3 == 0 ? 0.0f : e % 3 == 1 ? -0.0f : 1.5f;
            m[e] = n[e] = v[e] = w[e] = 0;
        }
        for (int side = 0; side < 2; side++) {
            float *x = side ? q : p, *first = side ? n : m, *second = side ? w : v, *g = side ? plus : minus;
            switch (kind) {
            case SGD: nomen_op_sgd_update(x, g, N, 0.1f, 1.0f); break;
            case ADAMW: nomen_op_adamw_update(x, first, second, g, N, &settings); break;
            case LION: nomen_op_lion_update(x, first, g, N, &lion); break;
            default: nomen_op_sgd_momentum_update(x, first, g, N, &sgd); break;
            }
        }
        assert_memory_equal(p, q, sizeof p);
        assert_memory_equal(m, n, sizeof m);
        assert_memory_equal(v, w, sizeof v);
    }
}

/* Steps are of one size, or 0; what is no number, or not finite, is not hidden by its sign. */
static void test_lion(void **state) {
    (void)state;
    enum { N = 7 };
    const float given[N] = {3, -3, 1e-30f, 0, NAN, INFINITY, -INFINITY};
    float p[N] = {0}, m[N] = {0};
    const nomen_lion lion = {0.25, 0.9, 0.99, 0, 1};
    nomen_op_lion_update(p, m, given, N, &lion);
    assert_true(p[0] == -0.25f && p[1] == 0.25f && p[2] == -0.25f && p[3] == 0);
    assert_true(isnan(p[4]) && isnan(p[5]) && isnan(p[6]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),          cmocka_unit_test(test_decay), cmocka_unit_test(test_odd_width),
        cmocka_unit_test(test_negative_zeros), cmocka_unit_test(test_lion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
