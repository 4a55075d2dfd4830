/* Repeated sentences: the factors of each, chance that depends on the seed alone, and epochs that have them. */
#include <math.h>

#include "data/read.h"
#include "train/oversample.h"
#include "train/run.h"

/*
 * A hundred sentences: "per" in 64, "geo" in 16 (of which 8 have a per, too), "org" in one, which has a per as well. With a
 * threshold of 0.36: sqrt(0.36 / 0.64) < 1, sqrt(0.36 / 0.16) = 1.5, sqrt(0.36 / 0.01) = 6.
 */
static void make_data(const char *path) {
    static char text[8192];
    size_t n = 0;
    for (size_t i = 0; i < 100; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "the O\n");
        if (i < 64) { n += (size_t)snprintf(text + n, sizeof text - n, "Bill B-per\nGates I-per\n"); }
        if (i >= 56 && i < 72) { n += (size_t)snprintf(text + n, sizeof text - n, "London B-geo\nLondon I-geo\n"); }
        if (i == 5) { n += (size_t)snprintf(text + n, sizeof text - n, "Acme I-org\n"); }
        n += (size_t)snprintf(text + n, sizeof text - n, "\n");
    }
    flow_text(path, text);
}

/* How often each sentence comes, in order and next to each other. */
static size_t count_entries(const nomen_corpus_part *part, double threshold, uint64_t seed, size_t times[100]) {
    size_t *entries = NULL, n = 0;
    nomen_error err = {0};
    memset(times, 0, 100 * sizeof *times);
    assert_int_equal(nomen_oversample(part, threshold, seed, &entries, &n, &err), NOMEN_OK);
    for (size_t i = 0; i < n; i++) {
        assert_true(entries[i] < 100 && (i == 0 || entries[i] - entries[i - 1] <= 1));
        times[entries[i]]++;
    }
    nomen_mem_free(entries);
    return n;
}

static void test_factors(void **state) {
    flow *f = *state;
    nomen_dataset set = {0};
    nomen_error err = {0};
    make_data(f->train);
    assert_int_equal(nomen_dataset_read(f->train, NULL, &set, &err), NOMEN_OK);
    const nomen_corpus_part part = {.dataset = &set, .n = set.n_sentences};
    size_t times[100], again[100], n_geo = 0, n_other = 0;
    assert_int_equal(part.n, 100);
    for (uint64_t seed = 0; seed < 100; seed++) {
        const size_t n = count_entries(&part, 0.36, seed, times);
        size_t sum = 0;
        for (size_t i = 0; i < 100; i++) {
            const bool geo = i >= 56 && i < 72;
            assert_true(i == 5 ? times[i] == 6 : geo ? times[i] == 1 || times[i] == 2 : times[i] == 1);
            sum += times[i];
            n_geo += geo && times[i] == 2;
        }
        assert_int_equal(sum, n);
        assert_int_equal(count_entries(&part, 0.36, seed, again), n);
        assert_memory_equal(times, again, sizeof times);
        n_other += count_entries(&part, 0.36, seed + 1000, again) != n;
    }
    /* 1,600 throws at one half: 800, with a deviation of 20. */
    assert_true(n_geo > 700 && n_geo < 900);
    assert_true(n_other > 50);
    /* A part of a dataset is counted by itself: of these eight, "org" has all that has it. */
    static const size_t some[] = {5, 70, 71, 80, 81, 82, 83, 84};
    const nomen_corpus_part eight = {.dataset = &set, .sentences = some, .n = 8};
    assert_true(count_entries(&eight, 0.5, 3, times) >= 8);
    assert_int_equal(times[0], 2); /* sqrt(0.5 / (1/8)) */
    /* Where nothing is rare enough, that is said. */
    messages[0] = '\0';
    assert_int_equal(count_entries(&part, 0.01, 1, times), 100);
    assert_non_null(strstr(messages, "repeats no sentence"));
    nomen_dataset_clear(&set);
}

/* An epoch has the entries: its steps are more, and it can be shuffled or not. */
static void test_epochs(void **state) {
    flow *f = *state;
    make_data(f->train);
    nomen_train_options o = flow_options(f);
    o.epochs = 2;
    o.batch_size = 10;
    char ordered[192];
    for (int shuffle = 0; shuffle < 2; shuffle++) {
        o.oversample_threshold = 0.36;
        o.shuffle = shuffle != 0;
        if (!o.shuffle) { o.output = scratch_path(f->root, "ordered", ordered); }
        messages[0] = '\0';
        nomen_train_result result = flow_train(&o);
        assert_non_null(strstr(messages, "17 of 100 sentences have rare types: with those repeated an epoch has 1"));
        assert_true(result.steps_per_epoch == 11 || result.steps_per_epoch == 12 || result.steps_per_epoch == 13);
        assert_int_equal(result.steps, 2 * result.steps_per_epoch);
        assert_int_equal(result.n_sentences[0], 100);
        assert_true(result.epochs[1].accuracy >= 0 && result.epochs[1].accuracy <= 1);
        nomen_train_result_clear(&result);
        o.output = f->output;
    }
    assert_false(flow_same_weights(f->output, ordered));
    /* All in one step, which then has more subword tokens than the examples: there is room for their labels. */
    o.batch_size = 200;
    o.output = scratch_path(f->root, "one-step", ordered);
    nomen_train_result result = flow_train(&o);
    assert_int_equal(result.steps_per_epoch, 1);
    nomen_train_result_clear(&result);
}

/* A step that is a whole epoch has sentences more than once, so more subword tokens than the training part. */
static void test_one_step(void **state) {
    flow *f = *state;
    make_data(f->train);
    nomen_train_options o = flow_options(f);
    o.epochs = 1;
    o.batch_size = 1000;
    o.oversample_threshold = 1;
    messages[0] = '\0';
    nomen_train_result result = flow_train(&o);
    assert_non_null(strstr(messages, "72 of 100 sentences have rare types"));
    assert_int_equal(result.steps, 1);
    nomen_train_result_clear(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_factors), RUN(test_epochs), RUN(test_one_step)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
