/* Philox against the known answers of its authors' Random123 (kat_vectors), and what is drawn from it. */
#include <math.h>

#include "base/rng.h"
#include "support/cmocka_all.h"

static void known_answers(void **state) {
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], expected[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t out[4];
        nomen_rng_philox(cases[i].counter, cases[i].key, out);
        assert_memory_equal(out, cases[i].expected, sizeof out);
    }
}

static void permutations_hold_everything(void **state) {
    (void)state;
    enum { N = 1000 };
    size_t order[N], again[N], other[N];
    nomen_rng rng;
    nomen_rng_start(&rng, 42, NOMEN_RNG_SHUFFLE, 1);
    nomen_rng_permutation(&rng, N, order);
    nomen_rng_start(&rng, 42, NOMEN_RNG_SHUFFLE, 1);
    nomen_rng_permutation(&rng, N, again);
    nomen_rng_start(&rng, 42, NOMEN_RNG_SHUFFLE, 2);
    nomen_rng_permutation(&rng, N, other);
    assert_memory_equal(order, again, sizeof order);
    assert_memory_not_equal(order, other, sizeof order);
    int seen[N] = {0};
    for (size_t i = 0; i < N; i++) { seen[order[i]]++; }
    for (size_t i = 0; i < N; i++) { assert_int_equal(seen[i], 1); }
}

static void below_is_even(void **state) {
    (void)state;
    enum { N = 70000, BOUND = 7 };
    int counts[BOUND] = {0};
    nomen_rng rng;
    nomen_rng_start(&rng, 1, NOMEN_RNG_SPLIT, 0);
    for (int i = 0; i < N; i++) { counts[nomen_rng_below(&rng, BOUND)]++; }
    /* Each count is binomial(70000, 1/7): mean 10000, deviation 92.6; five deviations. */
    for (int i = 0; i < BOUND; i++) { assert_in_range(counts[i], 10000 - 463, 10000 + 463); }
    assert_int_equal(nomen_rng_below(&rng, 1), 0);
}

static void normals(void **state) {
    (void)state;
    enum { N = 200000 };
    double sum = 0, squares = 0;
    nomen_rng rng;
    nomen_rng_start(&rng, 5, NOMEN_RNG_WEIGHTS, 0);
    for (int i = 0; i < N; i++) {
        double x = (double)nomen_rng_normal(&rng);
        assert_true(fabs(x) <= 6);
        sum += x;
        squares += x * x;
    }
    /* The mean's deviation is 1/sqrt(N) = 0.0022, that of the mean square at most sqrt(2/N) = 0.0032; five of each. */
    assert_true(fabs(sum / (double)N) < 0.0112);
    assert_true(fabs(squares / (double)N - 1) < 0.016);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_answers), cmocka_unit_test(permutations_hold_everything),
                                       cmocka_unit_test(below_is_even), cmocka_unit_test(normals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
