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
#include "support/effort.h"
#include "token/window.h"

enum { MOST = 400 };

static int is_border(const int32_t *words, size_t n, size_t i) {
    return i == 0 || i == n || words[i] != words[i - 1];
}

/* A block of just these words, so that a look past its ends is seen by a sanitizer. */
static int32_t *copy_of(const int32_t *words, size_t n) {
    int32_t *copy = nomen_mem_new(n, sizeof *copy);
    assert_non_null(copy);
    if (n > 0) { memcpy(copy, words, n * sizeof *copy); }
    return copy;
}

/* Length of the word that piece i belongs to. */
static size_t word_length(const int32_t *words, size_t n, size_t i) {
    size_t first = i, end = i + 1;
    while (!is_border(words, n, first)) { first--; }
    while (!is_border(words, n, end)) { end++; }
    return end - first;
}

/* A border stands between two words, or in a word that is longer than a window. */
static void check_border(const int32_t *words, size_t n, size_t limit, size_t at) {
    assert_true(is_border(words, n, at) || word_length(words, n, at) > limit);
}

/* Up to the words at its ends, no window of a text that needs several could be longer. */
static void check_full(const int32_t *words, size_t n, size_t limit, const nomen_window *w) {
    size_t size = w->end - w->start, least = limit;
    size_t behind = w->end < n ? word_length(words, n, w->end) : 0,
           before = w->start > 0 ? word_length(words, n, w->start - 1) : 0;
    size_t give = w->end < n ? behind : before; /* the last window gives way on its left */
    if (give <= limit) { least -= give - (give > 0); }
    assert_true(size >= least);
}

/* The promises, for one plan. */
static void check(const int32_t *words, size_t n, size_t limit, size_t stride, bool single, const nomen_windows *plan) {
    size_t owned = 0;
    assert_true(plan->n >= 1);
    assert_int_equal(plan->items[0].start, 0);
    assert_int_equal(plan->items[plan->n - 1].end, n);
    for (size_t k = 0; k < plan->n; k++) {
        const nomen_window *w = &plan->items[k];
        assert_true(w->start <= w->own_start && w->own_start <= w->own_end && w->own_end <= w->end && w->end <= n);
        assert_true(w->end - w->start <= limit);
        assert_int_equal(w->own_start, owned); /* no gap, no piece twice */
        assert_true(w->own_end > w->own_start || n == 0);
        owned = w->own_end;
        check_border(words, n, limit, w->start);
        check_border(words, n, limit, w->end);
        check_border(words, n, limit, w->own_start);
        if (plan->n > 1) { check_full(words, n, limit, w); }
        /* Where every word is one piece nothing has to give way: each window is full, and each side of a border
           of ownership gets half of the overlap (the odd piece goes to the left window), which is the stride
           but before the last window: that one begins further to the left, so as to be full too. */
        if (single && k > 0 && 2 * stride <= limit) {
            const nomen_window *before = &plan->items[k - 1];
            size_t overlap = before->end - w->start;
            assert_true(k + 1 < plan->n ? overlap == stride : overlap >= stride);
            assert_int_equal(w->own_start - w->start, overlap / 2);
            assert_int_equal(before->end - w->own_start, overlap - overlap / 2);
            assert_int_equal(w->end - w->start, limit);
            assert_int_equal(before->end - before->start, limit);
        }
    }
    assert_int_equal(owned, n);
}

/* The same windows where the pieces come in bits, and what is not needed any more is gone. */
static void check_bits(const int32_t *words, size_t n, size_t limit, size_t stride, const nomen_windows *plan, nomen_rng *rng,
                       nomen_windows *bits) {
    nomen_window_planner planner = {.limit = limit, .stride = stride};
    nomen_error err = {0};
    size_t known = 0;
    bits->n = 0;
    for (bool complete = false; !planner.done; complete = known == n && nomen_rng_below(rng, 2) == 0) {
        size_t base = nomen_window_planner_keep(&planner), kept = known - base;
        int32_t *copy = copy_of(words + base, kept);
        assert_int_equal(nomen_window_planner_step(&planner, copy, base, known, complete, bits, &err), NOMEN_OK);
        nomen_mem_free(copy);
        size_t more = (size_t)nomen_rng_below(rng, nomen_rng_below(rng, 2) == 0 ? 4 : 6 * limit);
        known = n - known < more ? n : known + more;
    }
    assert_int_equal(bits->n, plan->n);
    assert_memory_equal(bits->items, plan->items, plan->n * sizeof *plan->items);
}

/* Words of random lengths: all of one piece, short ones, or now and then one longer than any window. */
static size_t make_words(nomen_rng *rng, int form, int32_t *words) {
    size_t n = (size_t)nomen_rng_below(rng, MOST), most = 1 + (size_t)nomen_rng_below(rng, form == 0 ? 1 : form == 1 ? 12 : 30);
    int32_t word = 0;
    for (size_t k = 0; k < n; word++) {
        size_t length = 1 + (size_t)nomen_rng_below(rng, most);
        if (form == 3 && nomen_rng_below(rng, 8) == 0) { length += (size_t)nomen_rng_below(rng, 200); }
        for (; length > 0 && k < n; length--) { words[k++] = word; }
        word += (int32_t)nomen_rng_below(rng, 2); /* words that give no piece */
    }
    return n;
}

static void test_promises_on_random_texts(void **state) {
    (void)state;
    static int32_t words[MOST];
    nomen_error err = {0};
    nomen_windows plan = {0}, bits = {0};
    nomen_rng rng;
    nomen_rng_start(&rng, 11, 0, 0);
    for (size_t i = 0; i < effort(100000); i++) {
        size_t n = make_words(&rng, (int)(i % 4), words);
        size_t limit = 1 + (size_t)nomen_rng_below(&rng, 60), stride = (size_t)nomen_rng_below(&rng, limit);
        assert_int_equal(nomen_windows_plan(words, n, limit, stride, &plan, &err), NOMEN_OK);
        check(words, n, limit, stride, i % 4 == 0, &plan);
        check_bits(words, n, limit, stride, &plan, &rng, &bits);
        /* Each further window reads something new, or begins later: never more windows than pieces. */
        assert_true(plan.n <= (n ? n : 1));
    }
    nomen_windows_clear(&plan);
    nomen_windows_clear(&bits);
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
    /* The last window is as full as the others, and the border of ownership is in the middle again. */
    int32_t many[21];
    for (int32_t i = 0; i < 21; i++) { many[i] = i; }
    assert_int_equal(nomen_windows_plan(many, 21, 10, 2, &plan, &err), NOMEN_OK);
    assert_int_equal(plan.n, 3);
    expect_window(&plan.items[0], 0, 10, 0, 9);
    expect_window(&plan.items[1], 8, 18, 9, 14);
    expect_window(&plan.items[2], 11, 21, 14, 21);
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
