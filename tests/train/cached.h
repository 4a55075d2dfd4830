/* What the tests of training from a cache share: a run without, one that makes it and one that finds it, compared. */
#ifndef TESTS_TRAIN_CACHED_H
#define TESTS_TRAIN_CACHED_H

#include "train/run.h"

#include "base/spill.h"
#include "base/tree.h"
#include "train/cache/trust.h"

/* Blocks from so many bytes on are files, as those of a mebibyte are otherwise: most arrays of so small a run. */
enum { LEAST = 64 };

typedef struct fixture {
    flow f;
    char cache[192], other[192];
} fixture;

static inline int begin(void **state) {
    static fixture x;
    void *f = NULL;
    int failed = set_up(&f);
    x.f = *(flow *)f;
    scratch_path(x.f.root, "cache", x.cache);
    scratch_path(x.f.root, "other", x.other);
    nomen_spill_test_least(LEAST);
    *state = &x;
    return failed;
}

static inline int end(void **state) {
    fixture *x = *state;
    void *f = &x->f;
    nomen_spill_test_least(0);
    return tear_down(&f);
}

#define CACHED(test) cmocka_unit_test_setup_teardown(test, begin, end)

static inline void expect_message(const char *wanted) {
    if (strstr(messages, wanted) == NULL) { fail_msg("no message says '%s', but:\n%s", wanted, messages); }
}

/* A file of the one cache in the directory of caches. */
static inline void cache_file(const char *cache, const char *name, char out[192]) {
    nomen_names names = {0};
    nomen_error err = {0};
    const char *own = NULL;
    assert_int_equal(nomen_directory_list(cache, &names, &err), NOMEN_OK);
    for (size_t i = 0; i < names.n; i++) {
        if (strchr(names.items[i], '.') == NULL) {
            assert_null(own);
            own = names.items[i];
        }
    }
    assert_non_null(own);
    char directory[192];
    assert_non_null(scratch_path(cache, own, directory));
    assert_non_null(scratch_path(directory, name, out));
    nomen_names_clear(&names);
}

static inline size_t count_caches(const char *cache) {
    nomen_names names = {0};
    size_t n = 0;
    assert_int_equal(nomen_directory_list(cache, &names, NULL), NOMEN_OK);
    for (size_t i = 0; i < names.n; i++) { n += strchr(names.items[i], '.') == NULL; }
    nomen_names_clear(&names);
    return n;
}

/* What a run says of an epoch, but for its seconds. */
static inline void assert_same_epochs(const nomen_train_result *a, const nomen_train_result *b) {
    assert_int_equal(a->n_epochs, b->n_epochs);
    for (size_t i = 0; i < a->n_epochs; i++) {
        nomen_train_epoch x = a->epochs[i], y = b->epochs[i];
        x.seconds = y.seconds = 0;
        assert_true(x.best == y.best);
        assert_memory_equal(&x.loss, &y.loss, offsetof(nomen_train_epoch, seconds) - offsetof(nomen_train_epoch, loss));
    }
}

/* Trains without a cache, then with one that is made, then with one that is there: the same weights, scores and counts. */
static inline void compare(const fixture *x, const nomen_train_options *options) {
    nomen_train_options o = *options;
    o.output = x->other;
    o.cache = NULL;
    nomen_train_result plain = flow_train(&o);
    o.output = x->f.output;
    o.cache = x->cache;
    for (int there = 0; there < 2; there++) {
        o.verify_cache = there == 1;
        messages[0] = '\0';
        nomen_train_result result = flow_train(&o);
        expect_message(there ? "encoded before" : "is read and encoded into");
        assert_same_epochs(&plain, &result);
        assert_memory_equal(plain.n_sentences, result.n_sentences, sizeof plain.n_sentences);
        assert_memory_equal(&plain.test.micro, &result.test.micro, sizeof plain.test.micro);
        assert_true(flow_same_weights(x->f.output, x->other));
        nomen_train_result_clear(&result);
        scratch_remove(x->f.output);
    }
    nomen_train_result_clear(&plain);
    scratch_remove(x->other);
}

#endif
