/* Measuring with allocations failing, once and lastingly: it says that memory ran out, and no block stays. */
#include <stdlib.h>

#include "base/mem.h"
#include "nomen/runtime.h"
#include "speed/support.h"

static bool run_once(const speed_case *c, long n, int lasting) {
    nomen_speed_result r = {0};
    nomen_error err = {0};
    const long before = nomen_mem_test_live();
    nomen_mem_test_fail(n, lasting);
    const nomen_status status = nomen_speed_measure(&c->options, NULL, NULL, &r, &err);
    const long requests = nomen_mem_test_requests();
    nomen_mem_test_fail(-1, 0);
    if (status != NOMEN_OK && status != NOMEN_ERROR_MEMORY) { fail_msg("request %ld: %s", n, err.message); }
    nomen_speed_result_clear(&r);
    if (nomen_mem_test_live() != before) { fail_msg("request %ld: %ld blocks left", n, nomen_mem_test_live() - before); }
    return n < requests;
}

static void test_failures(void **state) {
    (void)state;
    speed_case c;
    speed_make(&c);
    nomen_set_threads(1); /* hundreds of short runs beside other tests: waiting threads would only spin */
    run_once(&c, -1, 0);  /* warms up what libraries keep */
    const long stride = getenv("NOMEN_LONG") != NULL ? 1 : 37;
    for (int lasting = 0; lasting < 2; lasting++) {
        long n = lasting;
        while (run_once(&c, n, lasting)) { n += stride; }
        assert_true(n > 20);
    }
    scratch_remove(c.root);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_failures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
