/* Requests are zeroed, aligned, checked for overflow, counted, and fail when told to. */
#include "base/mem.h"
#include "support/cmocka_all.h"

static void new_blocks_are_zeroed(void **state) {
    (void)state;
    unsigned char *block = nomen_mem_new(1000, 3);
    assert_non_null(block);
    for (size_t i = 0; i < 3000; i++) { assert_int_equal(block[i], 0); }
    nomen_mem_free(block);
    void *empty = nomen_mem_new(0, 8);
    assert_non_null(empty);
    nomen_mem_free(empty);
    nomen_mem_free(NULL);
}

static void aligned_blocks_are_aligned(void **state) {
    (void)state;
    for (size_t n = 0; n < 200; n += 7) {
        float *block = nomen_mem_new_aligned(n, sizeof *block);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % 64, 0);
        nomen_mem_free(block);
    }
}

static void huge_blocks_are_blocks(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 1000, 3 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *block = nomen_mem_new_huge(sizes[i], 1);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % 64, 0);
        memset(block, 7, sizes[i]);
        nomen_mem_free(block);
    }
}

static void dropping_a_part_leaves_the_rest(void **state) {
    (void)state;
    enum { SIZE = 1 << 20, FROM = 5000, TO = 900001 };
    unsigned char *block = nomen_mem_new_aligned(SIZE, 1);
    assert_non_null(block);
    memset(block, 7, SIZE);
    nomen_mem_drop(block + FROM, TO - FROM);
    for (size_t i = 0; i < FROM; i++) { assert_int_equal(block[i], 7); }
    for (size_t i = TO; i < SIZE; i++) { assert_int_equal(block[i], 7); }
    memset(block, 8, SIZE);
    nomen_mem_drop(block + 3, 10); /* no whole page */
    assert_int_equal(block[5], 8);
    nomen_mem_free(block);
}

static void overflow_is_refused(void **state) {
    (void)state;
    /* Read through a volatile, so that the compiler does not warn of the size it sees. */
    volatile size_t huge = SIZE_MAX / 2;
    assert_null(nomen_mem_new(huge, 4));
    assert_null(nomen_mem_new_aligned(huge, 4));
    assert_null(nomen_mem_new_huge(huge, 4));
    assert_null(nomen_mem_resize(NULL, huge, 4));
    nomen_error err = {0};
    size_t product = 7;
    assert_int_equal(nomen_mem_product(huge, 3, "the logits", &product, &err), NOMEN_ERROR_LIMIT);
    assert_int_equal(product, 7);
    assert_non_null(strstr(err.message, "the logits"));
}

static void reserve_keeps_what_was_there(void **state) {
    (void)state;
    int *items = NULL;
    size_t capacity = 0;
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(NOMEN_RESERVE(items, capacity, (size_t)i + 1, NULL), NOMEN_OK);
        assert_true(capacity > (size_t)i);
        items[i] = i;
    }
    for (int i = 0; i < 5000; i++) { assert_int_equal(items[i], i); }
    nomen_mem_test_fail(0, 1);
    nomen_error err = {0};
    size_t before = capacity;
    assert_int_equal(NOMEN_RESERVE(items, capacity, capacity + 1, &err), NOMEN_ERROR_MEMORY);
    nomen_mem_test_fail(-1, 0);
    assert_int_equal(capacity, before);
    assert_int_equal(items[4999], 4999);
    nomen_mem_free(items);
}

static void the_nth_request_fails(void **state) {
    (void)state;
    long live = nomen_mem_test_live();
    nomen_mem_test_fail(1, 0);
    void *a = nomen_mem_new(1, 1), *b = nomen_mem_new(1, 1), *c = nomen_mem_new(1, 1);
    assert_non_null(a);
    assert_null(b);
    assert_non_null(c);
    assert_int_equal(nomen_mem_test_requests(), 3);
    assert_int_equal(nomen_mem_test_live(), live + 2);
    nomen_mem_test_fail(0, 1);
    assert_null(nomen_mem_new(1, 1));
    assert_null(nomen_mem_copy("x", 1));
    nomen_mem_test_fail(-1, 0);
    nomen_mem_free(a);
    nomen_mem_free(c);
    assert_int_equal(nomen_mem_test_live(), live);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_blocks_are_zeroed),  cmocka_unit_test(aligned_blocks_are_aligned),
        cmocka_unit_test(huge_blocks_are_blocks), cmocka_unit_test(dropping_a_part_leaves_the_rest),
        cmocka_unit_test(overflow_is_refused),    cmocka_unit_test(reserve_keeps_what_was_there),
        cmocka_unit_test(the_nth_request_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
