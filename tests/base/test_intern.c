/* Names get numbers in the order in which they come, many as few, and a failure leaves the table as it was. */
#include <stdio.h>
#include <string.h>

#include "base/intern.h"
#include "base/mem.h"
#include "support/cmocka_all.h"

enum { N = 5000 };

static void number_is(nomen_interner *interner, const char *name, size_t n_bytes, int32_t expected) {
    int32_t number = -1;
    assert_int_equal(nomen_intern(interner, name, n_bytes, &number, NULL), NOMEN_OK);
    assert_int_equal(number, expected);
    assert_int_equal(nomen_interner_find(interner, name, n_bytes), expected);
}

static void names_are_numbered_in_order(void **state) {
    (void)state;
    nomen_interner interner = {0};
    char name[16], **names = NULL;
    size_t n = 0;
    assert_int_equal(nomen_interner_find(&interner, "a", 1), -1);
    for (int pass = 0; pass < 2; pass++) {
        for (int32_t i = 0; i < N; i++) { number_is(&interner, name, (size_t)snprintf(name, sizeof name, "%d", i), i); }
    }
    number_is(&interner, "12x", 2, 12); /* the first two bytes alone */
    number_is(&interner, "", 0, N);
    assert_int_equal(nomen_interner_find(&interner, "1x", 2), -1);
    nomen_interner_move(&interner, &names, &n);
    assert_int_equal(n, N + 1);
    assert_string_equal(names[4999], "4999");
    assert_int_equal(nomen_interner_find(&interner, "1", 1), -1);
    for (size_t i = 0; i < n; i++) { nomen_mem_free(names[i]); }
    nomen_mem_free(names);
}

static void a_failed_allocation_changes_nothing(void **state) {
    (void)state;
    long live = nomen_mem_test_live();
    nomen_interner interner = {0};
    char name[16];
    for (int32_t i = 0; i < 200; i++) {
        size_t n_bytes = (size_t)snprintf(name, sizeof name, "t%d", i);
        nomen_status status = NOMEN_ERROR_MEMORY;
        for (long fail = 0; status != NOMEN_OK; fail++) {
            int32_t number = -1;
            nomen_mem_test_fail(fail, 0);
            status = nomen_intern(&interner, name, n_bytes, &number, NULL);
            nomen_mem_test_fail(-1, 0);
            assert_int_equal(interner.n, (size_t)(i + (status == NOMEN_OK)));
            assert_int_equal(number, status == NOMEN_OK ? i : -1);
        }
    }
    nomen_interner_clear(&interner);
    assert_int_equal(nomen_mem_test_live(), live);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_are_numbered_in_order),
                                       cmocka_unit_test(a_failed_allocation_changes_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
