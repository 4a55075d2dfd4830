/* Training from a cache: the same weights and scores as without, resuming, what options decide, every allocation failing. */
#include <sys/stat.h>

#include "train/cached.h"

#include "e2e/failing.h"

static void test_same_weights(void **state) {
    const fixture *x = *state;
    const nomen_train_options plain = flow_options(&x->f);
    compare(x, &plain);

    nomen_train_options o = plain;
    o.class_weight = "auto";
    o.max_length = 8; /* windows */
    o.alignment = NOMEN_ALIGN_INSIDE;
    o.rows = 7;
    compare(x, &o);

    o = plain;
    o.context = 5;
    o.crf = true;
    o.test = x->f.dev;
    compare(x, &o);

    o = plain;
    o.dev = NULL; /* split: the parts come from the cache, too */
    o.context = 5;
    memcpy(o.split, (unsigned[3]){50, 25, 25}, sizeof o.split);
    compare(x, &o);
    o.numpy_split = true;
    compare(x, &o);
    assert_int_equal(count_caches(x->cache), 5);
}

/* Files of all kinds: those of tests/data/shapes that are read without options, every twenty-fourth. */
static void test_shapes(void **state) {
    const fixture *x = *state;
    const char *shapes = NOMEN_SOURCE_DIR "/tests/data/shapes";
    nomen_names names = {0};
    size_t n_trained = 0;
    assert_int_equal(nomen_directory_list(shapes, &names, NULL), NOMEN_OK);
    for (size_t i = 0; i < names.n; i += 24) {
        char directory[256], path[512] = "";
        nomen_names inner = {0};
        snprintf(directory, sizeof directory, "%s/%s", shapes, names.items[i]);
        if (nomen_directory_list(directory, &inner, NULL) != NOMEN_OK) { continue; }
        bool wanted = true;
        for (size_t k = 0; k < inner.n; k++) {
            const char *name = inner.items[k];
            wanted = wanted && strcmp(name, "options") != 0 && strcmp(name, "error") != 0 && strcmp(name, "stdin") != 0;
            if (strncmp(name, "input.", 6) == 0) { snprintf(path, sizeof path, "%s/%s", directory, name); }
        }
        nomen_names_clear(&inner);
        if (!wanted || path[0] == '\0') { continue; }
        nomen_train_options o = flow_options(&x->f);
        nomen_train_result probe = {0};
        o.train = path;
        o.epochs = 1;
        memcpy(o.split, (unsigned[3]){100, 0, 0}, sizeof o.split);
        o.dev = NULL;
        o.output = x->other;
        nomen_status status = nomen_train(&o, NULL, NULL, &probe, NULL);
        nomen_train_result_clear(&probe);
        scratch_remove(x->other);
        if (status != NOMEN_OK || strstr(messages, "another file") != NULL) {
            messages[0] = '\0'; /* nothing to train on; names from beside are refused, see below */
            continue;
        }
        compare(x, &o);
        n_trained++;
    }
    nomen_names_clear(&names);
    assert_true(n_trained > 4);
}

/* Bad rows, other ends of lines, a byte order mark, nothing at the end. */
static void test_bad_rows(void **state) {
    const fixture *x = *state;
    nomen_train_options o = flow_options(&x->f);
    const nomen_data_options skipping = {.size = sizeof skipping, .skip_bad = true};
    flow_text(x->f.train, "\xEF\xBB\xBF"
                          "Bill\tB-per\r\nGates\tI-per\r\nis\tO\r\n\r\nbad\r\nrow\tO\r\n\r\nAnna\tB-per\r\nlives\tO\r\n\r\n"
                          "-DOCSTART-\tO\r\n\r\nin\tO\r\nLondon\tB-geo");
    o.data = &skipping;
    o.context = 6;
    compare(x, &o);
    expect_message("1 bad row or sentence was skipped when it was encoded");
}

/* Stopped at every so-manieth question and gone on with, with a cache and without: the bytes of an unbroken run. */
static void test_resume(void **state) {
    const fixture *x = *state;
    nomen_train_options o = flow_options(&x->f);
    o.batch_size = 3;
    o.save_on_stop = true;
    o.dev = NULL;
    memcpy(o.split, (unsigned[3]){75, 25, 0}, sizeof o.split);
    o.output = x->other;
    long n_questions = 1L << 40, left = n_questions;
    o.cache = x->cache;
    nomen_set_interrupt(stop_once, &left);
    nomen_train_result whole = flow_train(&o), result;
    n_questions -= left;
    o.output = x->f.output;
    size_t n_resumed = 0;
    for (long at = 0; at < n_questions; at += n_questions / 12 + 1) {
        nomen_error err = {0};
        left = at;
        o.resume = false;
        o.cache = at % 2 == 0 ? x->cache : NULL;
        nomen_status status = nomen_train(&o, NULL, NULL, &result, &err);
        nomen_train_result_clear(&result);
        left = -1;
        if (status == NOMEN_ERROR_INTERRUPTED && err.remedy == NOMEN_REMEDY_RESUME) {
            o.resume = true;
            o.cache = at % 4 == 0 ? x->cache : NULL;
            result = flow_train(&o);
            assert_same_epochs(&whole, &result);
            nomen_train_result_clear(&result);
            n_resumed++;
        } else if (status != NOMEN_OK) {
            continue;
        }
        assert_true(flow_same_weights(x->f.output, x->other));
        scratch_remove(x->f.output);
    }
    assert_true(n_resumed > 3);
    nomen_train_result_clear(&whole);
    nomen_set_interrupt(NULL, NULL);

    /* Data that has changed is refused by the SHA-256 that the cache has. */
    o.resume = false;
    o.cache = x->cache;
    o.save_steps = 1;
    result = flow_train(&o);
    nomen_train_result_clear(&result);
    flow_text(x->f.train, "Bill B-per\nwent O\n\nAnna B-per\nspoke O\n\nit O\nwas O\n\nin O\nRome B-geo\n");
    nomen_error err = {0};
    o.resume = true;
    o.overwrite = false;
    assert_int_equal(nomen_train(&o, NULL, NULL, &result, &err), NOMEN_ERROR_DATA);
    assert_non_null(strstr(err.message, "train: this file has changed"));
}

/* Other options of encoding have a cache of their own, others do not; what has no cache is refused by name. */
static void test_options(void **state) {
    const fixture *x = *state;
    nomen_train_options o = flow_options(&x->f);
    o.cache = x->cache;
    o.epochs = 1;
    o.overwrite = true;
    for (int i = 0; i < 7; i++) {
        nomen_train_options own = o;
        const nomen_data_options plain = {.size = sizeof plain, .scheme = NOMEN_SCHEME_PLAIN};
        const nomen_tokenizer_options cased = {.size = sizeof cased, .lower_case = NOMEN_CHOICE_NO};
        own.seed = i == 1 ? 5 : own.seed; /* decides nothing of the encoding, nor do these: */
        own.batch_size = i == 1 ? 3 : own.batch_size;
        own.crf = i == 1;
        own.alignment = i == 2 ? NOMEN_ALIGN_REPEAT : own.alignment;
        own.max_length = i == 3 ? 10 : own.max_length;
        own.rows = i == 4 ? 5 : own.rows;
        if (i == 5) { own.data = &plain; }
        if (i == 6) { own.tokenizer = &cased; }
        messages[0] = '\0';
        nomen_train_result result = flow_train(&own);
        nomen_train_result_clear(&result);
        expect_message(i == 1 ? "encoded before" : "is read and encoded into");
        assert_int_equal(count_caches(x->cache), i == 0 ? 1 : i);
    }
    scratch_remove(o.output);
    o.overwrite = false;

    nomen_train_options wrong = o;
    wrong.cache = NULL;
    wrong.verify_cache = true;
    expect_failure(&x->f, &wrong, NOMEN_ERROR_ARGUMENT, "verify-cache: there is no cache");
    wrong = o;
    wrong.cache = x->f.train;
    expect_failure(&x->f, &wrong, NOMEN_ERROR_ARGUMENT, "is not a directory");
    wrong = o;
    wrong.train = x->f.model;
    expect_failure(&x->f, &wrong, NOMEN_ERROR_ARGUMENT, "is not a regular file");
    char in_model[192];
    wrong = o;
    wrong.overwrite = true;
    wrong.cache = scratch_path(x->other, "cache", in_model);
    wrong.output = x->other;
    assert_int_equal(mkdir(x->other, 0777), 0);
    expect_failure(&x->f, &wrong, NOMEN_ERROR_ARGUMENT, "all of which is replaced by the finished model");
}

/* Names from a file beside the data would not be missed, so they are to be stated. */
static void test_names_beside(void **state) {
    const fixture *x = *state;
    nomen_train_options o = flow_options(&x->f);
    char train[192], names[192];
    flow_text(scratch_path(x->f.root, "train.jsonl", train),
              "{\"tokens\": [\"Bill\", \"went\"], \"ner_tags\": [1, 0]}\n{\"tokens\": [\"Anna\"], \"ner_tags\": [1]}\n");
    flow_text(
        scratch_path(x->f.root, "dataset_info.json", names),
        "{\"features\": {\"ner_tags\": {\"feature\": {\"names\": [\"O\", \"B-per\", \"I-per\"], \"_type\": \"ClassLabel\"}, "
        "\"_type\": \"Sequence\"}}}");
    o.train = train;
    o.cache = x->cache;
    assert_int_equal(mkdir(x->cache, 0777), 0);
    expect_failure(&x->f, &o, NOMEN_ERROR_ARGUMENT, "are from another file beside it");
    const nomen_data_options stated = {.size = sizeof stated, .tag_names = "O,B-per,I-per"};
    o.data = &stated;
    compare(x, &o);
}

static fixture *failing;

static nomen_status run_making(flow *f, nomen_error *err) {
    nomen_train_options o = flow_options(f);
    scratch_remove(failing->cache);
    o.overwrite = true;
    o.epochs = 1;
    o.context = 3;
    o.cache = failing->cache;
    return flow_run(&o, err);
}

static nomen_status run_finding(flow *f, nomen_error *err) {
    nomen_train_options o = flow_options(f);
    o.overwrite = true;
    o.epochs = 1;
    o.context = 3;
    o.cache = failing->cache;
    o.verify_cache = true;
    return flow_run(&o, err);
}

static void test_memory(void **state) {
    failing = *state;
    const operation making = {"making a cache", run_making, NULL}, finding = {"finding a cache", run_finding, NULL};
    fail_each(&making, &failing->f, 211);
    fail_each(&finding, &failing->f, 211);
}

int main(void) {
    const struct CMUnitTest tests[] = {CACHED(test_same_weights), CACHED(test_shapes),  CACHED(test_bad_rows),
                                       CACHED(test_resume),       CACHED(test_options), CACHED(test_names_beside),
                                       CACHED(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
