/* What of a cache is trusted: changes of the data, damage of its files. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "train/cached.h"

/* The options of a run that has made the cache. */
static nomen_train_options make_cache(const fixture *x) {
    nomen_train_options o = flow_options(&x->f);
    o.cache = x->cache;
    o.epochs = 1;
    o.overwrite = true;
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    return o;
}

/* What decides whether the data is still that of the cache. */
static void test_trust(void **state) {
    const fixture *x = *state;
    nomen_train_options o = make_cache(x);
    nomen_train_result result;
    struct stat info;

    /* The same bytes in another file: found by the SHA-256, once. */
    assert_int_equal(stat(x->f.train, &info), 0);
    assert_int_equal(unlink(x->f.train), 0);
    flow_text(x->f.train, FLOW_TRAIN);
    char record[192];
    cache_file(x->cache, NOMEN_CACHE_FILE, record);
    nomen_buffer before = {0}, after = {0}, again = {0};
    assert_int_equal(nomen_file_read(record, &before, NULL), NOMEN_OK);
    for (int i = 0; i < 2; i++) {
        nomen_buffer *out = i == 0 ? &after : &again;
        messages[0] = '\0';
        result = flow_train(&o);
        nomen_train_result_clear(&result);
        expect_message("encoded before");
        assert_int_equal(nomen_file_read(record, out, NULL), NOMEN_OK);
    }
    assert_true(after.size != before.size || memcmp(after.data, before.data, after.size) != 0);
    assert_true(after.size == again.size && memcmp(after.data, again.data, after.size) == 0);
    nomen_buffer_clear(&before);
    nomen_buffer_clear(&after);
    nomen_buffer_clear(&again);

    /* Another content of the same size, with another time. */
    char *changed = nomen_mem_copy(FLOW_TRAIN, strlen(FLOW_TRAIN));
    memcpy(strstr(changed, "Microsoft"), "Macrosoft", 9);
    flow_text(x->f.train, changed);
    messages[0] = '\0';
    result = flow_train(&o);
    expect_message("has changed since it was encoded");
    nomen_train_options plain = o;
    plain.cache = NULL;
    plain.output = x->other;
    nomen_train_result other = flow_train(&plain);
    assert_same_epochs(&result, &other);
    assert_true(flow_same_weights(x->f.output, x->other));
    nomen_train_result_clear(&result);
    nomen_train_result_clear(&other);
    nomen_mem_free(changed);
}

/* A change that leaves size, time and inode alone is seen where it is asked for. */
static void test_verify(void **state) {
    const fixture *x = *state;
    nomen_train_options o = make_cache(x);
    nomen_train_result result;
    struct stat info;
    assert_int_equal(stat(x->f.train, &info), 0);
    int file = open(x->f.train, O_WRONLY | O_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(pwrite(file, "W", 1, 0), 1); /* Will Gates */
    const struct timespec times[2] = {info.st_atim, info.st_mtim};
    assert_int_equal(futimens(file, times), 0);
    close(file);
    for (int verify = 0; verify < 2; verify++) {
        o.verify_cache = verify;
        messages[0] = '\0';
        result = flow_train(&o);
        nomen_train_result_clear(&result);
        expect_message(verify ? "has changed since it was encoded" : "encoded before");
    }
}

static void damage(const char *path, size_t at, char byte) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(pwrite(file, &byte, 1, (off_t)at), 1);
    close(file);
}

/* A file that is gone or short is made anew; a changed byte with verify_cache; and none makes a step read elsewhere. */
static void test_damage(void **state) {
    const fixture *x = *state;
    static const char *const files[] = {NOMEN_CACHE_FILE, "sentences.bin",    "tags.bin",    "words.bin",      "text.bin",
                                        "split.bin",      "piece_start.bin",  "ids.bin",     "word_ids.bin",   "targets.bin",
                                        "windows.bin",    "window_start.bin", "context.bin", "context_ids.bin"};
    nomen_train_options o = flow_options(&x->f);
    o.dev = NULL;
    memcpy(o.split, (unsigned[3]){50, 25, 25}, sizeof o.split);
    o.context = 4;
    o.epochs = 1;
    o.overwrite = true;
    o.output = x->other;
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    o.output = x->f.output;
    o.cache = x->cache;
    result = flow_train(&o);
    nomen_train_result_clear(&result);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        for (int how = 0; how < 3; how++) {
            char path[192];
            nomen_buffer bytes = {0};
            cache_file(x->cache, files[i], path);
            assert_int_equal(nomen_file_read(path, &bytes, NULL), NOMEN_OK);
            o.verify_cache = how == 2;
            if (how == 0) { assert_int_equal(unlink(path), 0); }
            if (how == 1) { assert_int_equal(truncate(path, (off_t)bytes.size / 2), 0); }
            if (how == 2) { damage(path, bytes.size / 2, (char)~bytes.data[bytes.size / 2]); }
            nomen_buffer_clear(&bytes);
            messages[0] = '\0';
            result = flow_train(&o);
            nomen_train_result_clear(&result);
            expect_message(i == 0 && how == 0 ? "is read and encoded into" : "the cache is damaged, and made anew");
            assert_true(flow_same_weights(x->f.output, x->other));
        }
    }
}

/*
 * Where nothing is verified a changed number is not seen, but a wild one makes nothing read elsewhere: it is found or harmless.
 */
static void test_wild_numbers(void **state) {
    const fixture *x = *state;
    static const struct {
        const char *name;
        size_t size; /* of a number */
    } files[] = {{"sentences.bin", 8}, {"words.bin", 8},    {"split.bin", 8},   {"piece_start.bin", 8},
                 {"windows.bin", 8},   {"context.bin", 8},  {"tags.bin", 4},    {"window_start.bin", 8},
                 {"ids.bin", 4},       {"word_ids.bin", 4}, {"targets.bin", 4}, {"context_ids.bin", 4}};
    nomen_train_options o = flow_options(&x->f);
    o.dev = NULL;
    memcpy(o.split, (unsigned[3]){50, 25, 25}, sizeof o.split);
    o.context = 4;
    o.epochs = 1;
    o.overwrite = true;
    o.cache = x->cache;
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[192];
        nomen_buffer bytes = {0};
        size_t n_found = 0;
        cache_file(x->cache, files[i].name, path);
        assert_int_equal(nomen_file_read(path, &bytes, NULL), NOMEN_OK);
        for (size_t at = files[i].size - 1; at < bytes.size; at += 3 * files[i].size) {
            nomen_error err = {0};
            damage(path, at, 0x40);
            nomen_status status = nomen_train(&o, NULL, NULL, &result, &err);
            nomen_train_result_clear(&result);
            damage(path, at, bytes.data[at]);
            if (status == NOMEN_OK) { continue; }
            if (strstr(err.message, "remove this directory") == NULL) { fail_msg("%s: %s", files[i].name, err.message); }
            n_found++;
        }
        if (n_found == 0) { fail_msg("%s: no wild number is found", files[i].name); }
        nomen_buffer_clear(&bytes);
    }
}

/* What repeats sentences reads their tags before a step does. */
static void test_wild_tags(void **state) {
    const fixture *x = *state;
    char path[192];
    nomen_buffer bytes = {0};
    nomen_train_options o = flow_options(&x->f);
    o.epochs = 1;
    o.overwrite = true;
    o.cache = x->cache;
    o.oversample_threshold = 0.9;
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    cache_file(x->cache, "tags.bin", path);
    assert_int_equal(nomen_file_read(path, &bytes, NULL), NOMEN_OK);
    for (size_t at = 3; at < bytes.size; at += 40) {
        nomen_error err = {0};
        damage(path, at, 0x40);
        assert_int_equal(nomen_train(&o, NULL, NULL, &result, &err), NOMEN_ERROR_FORMAT);
        assert_non_null(strstr(err.message, "remove this directory"));
        damage(path, at, bytes.data[at]);
    }
    nomen_buffer_clear(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {CACHED(test_trust), CACHED(test_verify), CACHED(test_damage), CACHED(test_wild_numbers),
                                       CACHED(test_wild_tags)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
