/*
 * The library's operations over float against the plain ones over double, on the same numbers,
 * with bounds that follow from the arithmetic (ops_bounds.h). Every array stands between guards (guarded.h).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "math/ops.h"
#include "ops_support.h"

static void compare(const char *name, const char *what, const double *fast, const double *plain, size_t n, double tolerance) {
    for (size_t i = 0; i < n; i++) {
        double error = fabs(fast[i] - plain[i]) / (1 + fabs(plain[i]));
        if (!(error <= tolerance)) {
            fail_msg("%s: %s %zu is %.9g, in double %.9g: off by %.3g, allowed %.3g", name, what, i, fast[i], plain[i], error,
                     tolerance);
        }
    }
}

static void check(const ops_case *c, const ops_shape *s) {
    const size_t row = (size_t)(c - ops_cases_float);
    const ops_case *plain_case = &ops_cases_double[row];
    const double roundoff = 0x1p-24;
    ops_run fast;
    ops_run plain;
    ops_run_create(&fast, c, s, 11u + (uint32_t)row);
    ops_run_create(&plain, plain_case, s, 11u + (uint32_t)row);
    ops_run_all(&fast, c, s);
    ops_run_all(&plain, plain_case, s);
    for (size_t a = 0; a < OPS_ARRAYS; a++) {
        compare(c->name, "output", fast.out[a], plain.out[a], fast.out_size[a], c->bound(ops_size_of(s), false) * roundoff);
        if (!c->has_backward) { continue; }
        compare(c->name, "gradient", fast.din[a], plain.din[a], fast.in_size[a], c->bound(ops_size_of(s), true) * roundoff);
    }
    /* forward on its own may save nothing, and must give the same bits */
    double first = fast.out_size[0] > 0 ? fast.out[0][0] : 0;
    double last = fast.out_size[0] > 0 ? fast.out[0][fast.out_size[0] - 1] : 0;
    c->run(s, fast.in, fast.out, NULL, NULL);
    if (fast.out_size[0] > 0) {
        assert_true(fast.out[0][0] == first);
        assert_true(fast.out[0][fast.out_size[0] - 1] == last);
    }
    ops_run_free(&fast);
    ops_run_free(&plain);
}

static const size_t nothing[] = {0};
static const size_t one[] = {1};
static const size_t small[] = {3, 1, 5};
static const size_t mixed[] = {17, 0, 16, 15, 33, 1, 64};
static const size_t sentence[] = {27, 31, 22};
static const size_t blocks[] = {36, 37, 73};

static const struct lengths {
    const size_t *lengths;
    size_t n;
} batches[] = {{nothing, 0}, {nothing, 1}, {one, 1}, {small, 3}, {mixed, 7}, {sentence, 3}, {blocks, 3}};

/* Widths around those of a vector and of a block, and BERT's. */
static const ops_sizes sizes[] = {
    {OPS_ROWS, 1, 1, 5},       {OPS_ROWS, 2, 1, 5},       {OPS_ROWS, 15, 1, 5},       {OPS_ROWS, 16, 1, 5},
    {OPS_ROWS, 17, 1, 5},      {OPS_ROWS, 63, 1, 5},      {OPS_ROWS, 64, 1, 5},       {OPS_ROWS, 65, 1, 5},
    {OPS_ROWS, 130, 1, 5},     {OPS_ROWS, 384, 1, 5},     {OPS_LABELS, 1, 1, 1},      {OPS_LABELS, 1, 1, 2},
    {OPS_LABELS, 1, 1, 9},     {OPS_LABELS, 1, 1, 16},    {OPS_LABELS, 1, 1, 17},     {OPS_LABELS, 1, 1, 40},
    {OPS_ATTENTION, 1, 1, 5},  {OPS_ATTENTION, 5, 1, 5},  {OPS_ATTENTION, 6, 2, 5},   {OPS_ATTENTION, 40, 2, 5},
    {OPS_ATTENTION, 48, 3, 5}, {OPS_ATTENTION, 64, 2, 5}, {OPS_ATTENTION, 128, 2, 5}, {OPS_ATTENTION, 70, 1, 5},
};

static void test_all_cases(void **state) {
    (void)state;
    for (const ops_case *c = ops_cases_float; c->name != NULL; c++) {
        if (c->plain_only) { continue; }
        if (c->bound == NULL) {
            fail_msg("%s has no bound, so it can't be compared; name one of ops_bounds.h in its row", c->name);
        }
        for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
            ops_each_shape(c, batches[b].lengths, batches[b].n, sizes, sizeof sizes / sizeof *sizes, 0.25f, check);
        }
    }
}

/* Sequences longer than a block of attention's keys. */
static void test_long_sequences(void **state) {
    (void)state;
    static const size_t lengths[] = {512, 2, 301};
    ops_shape s = ops_shape_of(lengths, 3, 32);
    s.rate = 0.1f;
    for (const ops_case *c = ops_cases_float; c->name != NULL; c++) {
        if (c->kind == OPS_ATTENTION) { check(c, &s); }
    }
}

/* Numbers in steps of a half, so that some are equal; enough rows for a team. */
static void test_argmax_and_copy_rows(void **state) {
    (void)state;
    enum { ROWS = 3000, COLUMNS = 9 };
    float *x = malloc(ROWS * COLUMNS * sizeof *x), *copy = malloc(ROWS * COLUMNS * sizeof *copy);
    int32_t best[ROWS];
    for (size_t i = 0; i < ROWS * COLUMNS; i++) { x[i] = (float)(i * 7919 % 13) / 2 - 3; }
    nomen_op_copy_rows(copy, x, ROWS, COLUMNS);
    assert_memory_equal(copy, x, ROWS * COLUMNS * sizeof *x);
    for (size_t n_columns = 1; n_columns <= COLUMNS; n_columns++) {
        nomen_op_argmax_rows(best, x, ROWS, n_columns);
        for (size_t n = 0; n < ROWS; n++) {
            const float *row = x + n * n_columns, *at = row + best[n];
            for (size_t k = 0; k < n_columns; k++) { assert_true(row[k] < *at || (row[k] == *at && row + k >= at)); }
        }
    }
    free(x), free(copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_cases),
        cmocka_unit_test(test_long_sequences),
        cmocka_unit_test(test_argmax_and_copy_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
