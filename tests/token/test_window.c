/*
 * Windows: examples, and the promises of token/window.h on thousands of random texts: every piece is
 * owned once, windows keep the limit, borders fall between words, context stands on both sides.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "token/window.h"

enum { MOST = 400 };

static int is_border(const int32_t *words, size_t n, size_t i) {
    return i == 0 || i == n || words[i] != words[i - 1];
}

static size_t longest_word(const int32_t *words, size_t n) {
    size_t longest = 0, length = 0;
    for (size_t i = 0; i < n; i++) {
        length = is_border(words, n, i) ? 1 : length + 1;
        if (length > longest) { longest = length; }
    }
    return longest;
}

/* The promises, for one plan. */
static void check(const int32_t *words, size_t n, size_t limit, size_t stride, const nomen_windows *plan) {
    size_t owned = 0, longest = longest_word(words, n);
    assert_true(plan->n >= 1);
    for (size_t k = 0; k < plan->n; k++) {
        const nomen_window *w = &plan->items[k];
        assert_true(w->start <= w->own_start && w->own_start <= w->own_end && w->own_end <= w->end && w->end <= n);
        assert_true(w->end - w->start <= limit);
        assert_int_equal(w->own_start, owned); /* no gap, no piece twice */
        assert_true(w->own_end > w->own_start || n == 0);
        owned = w->own_end;
        if (longest <= limit) {
            assert_true(is_border(words, n, w->start) && is_border(words, n, w->end));
            assert_true(is_border(words, n, w->own_start) && is_border(words, n, w->own_end));
        }
        /* Where every word is one piece nothing has to give way, so the overlap is exactly the stride, and
           each side of a border of ownership gets half of it (the odd piece goes to the left window). */
        if (longest == 1 && k > 0 && 2 * stride <= limit) {
            const nomen_window *before = &plan->items[k - 1];
            assert_int_equal(before->end - w->start, stride);
            assert_int_equal(w->own_start - w->start, stride / 2);
            assert_int_equal(before->end - w->own_start, stride - stride / 2);
            assert_int_equal(before->end - before->start, limit);
        }
    }
    assert_int_equal(owned, n);
}

static void test_promises_on_random_texts(void **state) {
    (void)state;
    static int32_t words[MOST];
    nomen_error err = {0};
    nomen_windows plan = {0};
    nomen_rng rng;
    nomen_rng_start(&rng, 11, 0, 0);
    for (int i = 0; i < 20000; i++) {
        size_t n = (size_t)nomen_rng_below(&rng, MOST), most = 1 + (size_t)nomen_rng_below(&rng, i % 3 == 0 ? 1 : 30);
        int32_t word = 0;
        for (size_t k = 0; k < n; word++) {
            for (size_t length = 1 + (size_t)nomen_rng_below(&rng, most); length > 0 && k < n; length--) {
                words[k++] = word;
            }
        }
        size_t limit = 1 + (size_t)nomen_rng_below(&rng, 60), stride = (size_t)nomen_rng_below(&rng, limit);
        assert_int_equal(nomen_windows_plan(words, n, limit, stride, &plan, &err), NOMEN_OK);
        check(words, n, limit, stride, &plan);
        /* Each further window reads something new, or begins later: never more windows than pieces. */
        assert_true(plan.n <= (n ? n : 1));
    }
    nomen_windows_clear(&plan);
    assert_int_equal(nomen_mem_test_live(), 0);
}

static void expect_window(const nomen_window *w, size_t start, size_t end, size_t own_start, size_t own_end) {
    assert_int_equal(w->start, start);
    assert_int_equal(w->end, end);
    assert_int_equal(w->own_start, own_start);
    assert_int_equal(w->own_end, own_end);
}

static void test_examples(void **state) {
    (void)state;
    nomen_error err = {0};
    nomen_windows plan = {0};
    assert_int_equal(nomen_windows_plan(NULL, 0, 5, 2, &plan, &err), NOMEN_OK);
    assert_int_equal(plan.n, 1);
    expect_window(&plan.items[0], 0, 0, 0, 0);
    const int32_t single[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    assert_int_equal(nomen_windows_plan(single, 10, 10, 4, &plan, &err), NOMEN_OK);
    assert_int_equal(plan.n, 1);
    expect_window(&plan.items[0], 0, 10, 0, 10);
    assert_int_equal(nomen_windows_plan(single, 10, 6, 4, &plan, &err), NOMEN_OK);
    assert_int_equal(plan.n, 3);
    expect_window(&plan.items[0], 0, 6, 0, 4);
    expect_window(&plan.items[1], 2, 8, 4, 6);
    expect_window(&plan.items[2], 4, 10, 6, 10);
    /* The words are 3 long: a window of 7 holds two, and an overlap of 2 takes the whole word it touches. */
    const int32_t threes[] = {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3};
    assert_int_equal(nomen_windows_plan(threes, 12, 7, 2, &plan, &err), NOMEN_OK);
    assert_int_equal(plan.n, 3);
    expect_window(&plan.items[0], 0, 6, 0, 3);
    expect_window(&plan.items[1], 3, 9, 3, 6);
    expect_window(&plan.items[2], 6, 12, 6, 12);
    /* One word of ten pieces in windows of four is cut, with the overlap exact. */
    const int32_t one[10] = {0};
    assert_int_equal(nomen_windows_plan(one, 10, 4, 2, &plan, &err), NOMEN_OK);
    assert_int_equal(plan.n, 4);
    expect_window(&plan.items[0], 0, 4, 0, 3);
    expect_window(&plan.items[1], 2, 6, 3, 5);
    expect_window(&plan.items[3], 6, 10, 7, 10);
    nomen_windows_clear(&plan);
}

static void test_impossible_sizes_are_refused(void **state) {
    (void)state;
    const int32_t words[] = {0, 1};
    const size_t bad[][2] = {{0, 0}, {4, 4}, {4, 9}};
    for (size_t i = 0; i < 3; i++) {
        nomen_error err = {0};
        nomen_windows plan = {0};
        assert_int_equal(nomen_windows_plan(words, 2, bad[i][0], bad[i][1], &plan, &err), NOMEN_ERROR_ARGUMENT);
        assert_non_null(strstr(err.message, "the overlap must be smaller than the window"));
        assert_int_equal(plan.n, 0);
    }
    nomen_error err = {0};
    nomen_windows plan = {0};
    nomen_mem_test_fail(0, 1);
    assert_int_equal(nomen_windows_plan(words, 2, 1, 0, &plan, &err), NOMEN_ERROR_MEMORY);
    nomen_mem_test_fail(-1, 0);
    nomen_windows_clear(&plan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_promises_on_random_texts),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_impossible_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
