/* Splits: identical texts stay together, the parts have their sizes, and a seed means one split for ever. */
#include "support.h"

#include "base/rng.h"
#include "data/numpy_random.h"
#include "data/split.h"

static const unsigned usual[3] = {80, 10, 10};

/* A dataset of `n` sentences; the text of each is one of `n_texts`, drawn. */
static nomen_dataset make(size_t n, size_t n_texts, uint64_t seed) {
    nomen_buffer file = {0};
    nomen_rng rng;
    nomen_rng_start(&rng, seed, 97, 0);
    for (size_t i = 0; i < n; i++) {
        size_t text = n_texts == 0 ? i : (size_t)nomen_rng_below(&rng, n_texts);
        assert_int_equal(nomen_buffer_printf(&file, NULL, "text%zu\tO\n\n", text), NOMEN_OK);
    }
    nomen_dataset set = parse(file.data, NULL);
    nomen_buffer_clear(&file);
    return set;
}

static size_t largest_group(const nomen_dataset *set) {
    size_t largest = 0;
    for (size_t a = 0; a < set->n_sentences; a++) {
        size_t n = 0;
        for (size_t b = 0; b < set->n_sentences; b++) {
            n += set->sentences[a].text_size == set->sentences[b].text_size &&
                 memcmp(nomen_sentence_text(set, a), nomen_sentence_text(set, b), set->sentences[a].text_size) == 0;
        }
        largest = n > largest ? n : largest;
    }
    return largest;
}

/* Every sentence once; no text in two parts; each part nearer than one group to its share. */
static void check(const nomen_dataset *set, const nomen_split *split, const unsigned percent[3]) {
    size_t n = set->n_sentences, sizes[3] = {split->n_train, split->n_dev, split->n_test}, at = 0;
    assert_int_equal(sizes[0] + sizes[1] + sizes[2], n);
    unsigned char *part = nomen_mem_new(n, 1);
    size_t largest = largest_group(set);
    for (unsigned char p = 0; p < 3; p++) {
        for (size_t i = 0; i < sizes[p]; i++) {
            assert_int_equal(part[split->order[at]], 0);
            part[split->order[at++]] = (unsigned char)(p + 1);
        }
        /* Half a sentence of rounding at either cut, and less than one group. */
        double share = (double)n * percent[p] / 100.0, size = (double)sizes[p], slack = 1.01 + (double)(largest - 1);
        assert_true(size < share + slack && size > share - slack);
    }
    for (size_t a = 0; a < n; a++) {
        for (size_t b = a + 1; b < n; b++) {
            if (set->sentences[a].text_size != set->sentences[b].text_size) { continue; }
            if (memcmp(nomen_sentence_text(set, a), nomen_sentence_text(set, b), set->sentences[a].text_size) != 0) { continue; }
            assert_int_equal(part[a], part[b]);
        }
    }
    nomen_mem_free(part);
}

static void test_by_text(void **state) {
    (void)state;
    static const unsigned percents[][3] = {{80, 10, 10}, {100, 0, 0}, {0, 0, 100}, {34, 33, 33}, {50, 50, 0}, {90, 5, 5}};
    for (size_t p = 0; p < 6; p++) {
        for (size_t n = 1; n < 300; n = n * 3 / 2 + 1) {
            const size_t n_texts[] = {0, n, n / 2 + 1, n / 10 + 1, 1};
            for (size_t t = 0; t < 5; t++) {
                nomen_dataset set = make(n, n_texts[t], n + t);
                nomen_split split = {0};
                assert_int_equal(nomen_split_by_text(&set, percents[p], n, &split, NULL), NOMEN_OK);
                check(&set, &split, percents[p]);
                nomen_split_clear(&split);
                nomen_dataset_clear(&set);
            }
        }
    }
}

/* Where single texts can fill up, the parts are exact. */
static void test_by_text_is_exact(void **state) {
    (void)state;
    nomen_dataset set = make(1000, 800, 5);
    for (uint64_t seed = 0; seed < 20; seed++) {
        nomen_split split = {0};
        assert_int_equal(nomen_split_by_text(&set, usual, seed, &split, NULL), NOMEN_OK);
        assert_int_equal(split.n_train, 800);
        assert_int_equal(split.n_dev, 100);
        assert_int_equal(split.n_test, 100);
        nomen_split_clear(&split);
    }
    nomen_dataset_clear(&set);
}

static void test_by_text_depends_on_seed_alone(void **state) {
    (void)state;
    nomen_dataset set = make(200, 150, 7);
    nomen_split a = {0}, b = {0}, c = {0};
    assert_int_equal(nomen_split_by_text(&set, usual, 42, &a, NULL), NOMEN_OK);
    assert_int_equal(nomen_split_by_text(&set, usual, 42, &b, NULL), NOMEN_OK);
    assert_int_equal(nomen_split_by_text(&set, usual, 43, &c, NULL), NOMEN_OK);
    assert_memory_equal(a.order, b.order, 200 * sizeof *a.order);
    assert_memory_not_equal(a.order, c.order, 200 * sizeof *a.order);
    nomen_split_clear(&a);
    nomen_split_clear(&b);
    nomen_split_clear(&c);
    nomen_dataset_clear(&set);

    /* A split that users have trained on must never change: the parts of ten sentences, seed 42. */
    set = make(10, 0, 0);
    assert_int_equal(nomen_split_by_text(&set, usual, 42, &a, NULL), NOMEN_OK);
    char seen[64] = "";
    for (size_t i = 0; i < 10; i++) { snprintf(seen + strlen(seen), 8, "%zu ", a.order[i]); }
    assert_string_equal(seen, "8 0 5 6 3 2 4 9 7 1 ");
    nomen_split_clear(&a);
    nomen_dataset_clear(&set);
}

/* The reference values of MT19937: the 10,000th draw of seed 5489 (C++11 [rand.predef]). */
static void test_mt19937(void **state) {
    (void)state;
    nomen_mt19937 mt;
    nomen_mt19937_seed(&mt, 5489);
    uint32_t draw = 0;
    for (int i = 0; i < 10000; i++) { draw = nomen_mt19937_next(&mt); }
    assert_int_equal(draw, UINT32_C(4123659995));
    for (uint32_t largest = 0; largest < 70; largest++) {
        for (int i = 0; i < 100; i++) { assert_true(nomen_mt19937_up_to(&mt, largest) <= largest); }
    }
}

/* numpy.random.RandomState(42).permutation(10), and the article's cuts. */
static void test_as_numpy(void **state) {
    (void)state;
    const size_t wanted[] = {8, 1, 5, 0, 7, 2, 9, 4, 3, 6};
    nomen_split split = {0};
    assert_int_equal(nomen_split_as_numpy(10, usual, 42, &split, NULL), NOMEN_OK);
    assert_memory_equal(split.order, wanted, sizeof wanted);
    assert_int_equal(split.n_train, 8);
    assert_int_equal(nomen_split_dev(&split)[0], 3);
    assert_int_equal(nomen_split_test(&split)[0], 6);
    nomen_split_clear(&split);
    assert_int_equal(nomen_split_as_numpy(0, usual, 42, &split, NULL), NOMEN_OK);
    nomen_split_clear(&split);
}

static void test_refused(void **state) {
    (void)state;
    nomen_dataset set = make(3, 0, 0);
    nomen_split split = {0};
    nomen_error err = {0};
    assert_int_equal(nomen_split_by_text(&set, (const unsigned[3]){80, 10, 5}, 1, &split, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "split: 80 + 10 + 5 is 95; the parts must sum to 100");
    err = (nomen_error){0};
    assert_int_equal(nomen_split_as_numpy(3, (const unsigned[3]){4294967196u, 100, 100}, 1, &split, &err), NOMEN_ERROR_ARGUMENT);
    err = (nomen_error){0};
    assert_int_equal(nomen_split_as_numpy(((size_t)1 << 32) + 1, usual, 1, &split, &err), NOMEN_ERROR_LIMIT);
    assert_null(split.order);
    nomen_dataset_clear(&set);
    assert_int_equal(nomen_mem_test_live(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_text),
        cmocka_unit_test(test_by_text_is_exact),
        cmocka_unit_test(test_by_text_depends_on_seed_alone),
        cmocka_unit_test(test_mt19937),
        cmocka_unit_test(test_as_numpy),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
