/*
 * Files of tests/data, read and split into blocks that are files (base/spill.h): the dataset, or the error, that it is in
 * memory.
 */
#include "data/support.h"

#include "base/spill.h"
#include "base/tree.h"
#include "data/labels.h"
#include "data/split.h"
#include "support/scratch.h"

static char root[64];

typedef struct reading {
    nomen_dataset set;
    nomen_split split;
    nomen_labels labels;
    nomen_status status;
    nomen_error err;
} reading;

static reading read_it(const char *path, const nomen_data_options *options, bool spilled) {
    static const unsigned percent[3] = {60, 20, 20};
    reading r = {0};
    nomen_spill spill = {0};
    if (spilled) { nomen_spill_enter(&spill, root); }
    r.status = nomen_dataset_read(path, options, &r.set, &r.err);
    if (r.status == NOMEN_OK) { r.status = nomen_split_by_text(&r.set, percent, 7, &r.split, &r.err); }
    if (r.status == NOMEN_OK) { r.status = nomen_labels_collect(&r.set, NULL, 0, &r.labels, &r.err); }
    assert_int_equal(nomen_spill_leave(&spill, r.status, &r.err), r.status);
    return r;
}

static void clear(reading *r) {
    nomen_dataset_clear(&r->set);
    nomen_split_clear(&r->split);
    nomen_labels_clear(&r->labels);
}

static void assert_names(char *const *a, size_t n_a, char *const *b, size_t n_b) {
    assert_int_equal(n_a, n_b);
    for (size_t i = 0; i < n_a; i++) { assert_string_equal(a[i], b[i]); }
}

static void assert_same(const reading *a, const reading *b) {
    const nomen_dataset *x = &a->set, *y = &b->set;
    assert_int_equal(a->status, b->status);
    assert_string_equal(a->err.message, b->err.message);
    if (a->status != NOMEN_OK) { return; }
    assert_int_equal(x->text_size, y->text_size);
    assert_memory_equal(x->text, y->text, x->text_size);
    assert_int_equal(x->n_words, y->n_words);
    assert_memory_equal(x->words, y->words, x->n_words * sizeof *x->words);
    assert_memory_equal(x->tags, y->tags, x->n_words * sizeof *x->tags);
    assert_names(x->tag_names, x->n_tags, y->tag_names, y->n_tags);
    assert_names(a->labels.names, a->labels.n, b->labels.names, b->labels.n);
    assert_int_equal(x->n_sentences, y->n_sentences);
    for (size_t s = 0; s < x->n_sentences; s++) {
        assert_int_equal(x->sentences[s].first_word, y->sentences[s].first_word);
        assert_int_equal(x->sentences[s].n_words, y->sentences[s].n_words);
        assert_int_equal(x->sentences[s].line, y->sentences[s].line);
        assert_int_equal(x->sentences[s].text_start, y->sentences[s].text_start);
        assert_int_equal(x->sentences[s].document_start, y->sentences[s].document_start);
    }
    assert_memory_equal(a->split.order, b->split.order, x->n_sentences * sizeof *a->split.order);
    assert_int_equal(a->split.n_train, b->split.n_train);
    assert_int_equal(x->n_skipped, y->n_skipped);
    assert_memory_equal(x->notes.counts, y->notes.counts, sizeof x->notes.counts);
    assert_int_equal(x->scheme, y->scheme);
}

/* Each file in every so-manieth directory of `folder`, once with skip_bad; how many were read, and how many refused. */
static void compare_all(const char *folder, size_t stride, size_t counts[2]) {
    nomen_names names = {0};
    long live = nomen_mem_test_live();
    assert_int_equal(nomen_directory_list(folder, &names, NULL), NOMEN_OK);
    for (size_t i = 0; i < names.n; i += stride) {
        char directory[512];
        nomen_names inner = {0};
        snprintf(directory, sizeof directory, "%s/%s", folder, names.items[i]);
        if (nomen_directory_list(directory, &inner, NULL) != NOMEN_OK) { continue; }
        for (size_t k = 0; k < inner.n; k++) {
            char path[1024];
            snprintf(path, sizeof path, "%s/%s", directory, inner.items[k]);
            if (strncmp(inner.items[k], "input", 5) != 0 || nomen_file_is_directory(path)) { continue; }
            for (int skip = 0; skip < 2; skip++) {
                const nomen_data_options options = {.size = sizeof options, .skip_bad = skip, .max_rows = skip ? 3 : 0};
                reading plain = read_it(path, &options, false), spilled = read_it(path, &options, true);
                assert_same(&plain, &spilled);
                counts[plain.status != NOMEN_OK]++;
                clear(&plain);
                clear(&spilled);
            }
        }
        nomen_names_clear(&inner);
    }
    nomen_names_clear(&names);
    assert_int_equal(nomen_mem_test_live(), live);
}

static void ignore(void *user, nomen_log_level level, const char *message) {
    (void)user, (void)level, (void)message;
}

static void test_files(void **state) {
    (void)state;
    size_t counts[2] = {0}, stride = getenv("NOMEN_LONG") != NULL ? 1 : 8; /* making files takes most of the time */
    nomen_set_log(ignore, NULL);
    assert_non_null(scratch_make(root));
    nomen_spill_test_least(64); /* nearly all */
    compare_all(NOMEN_SOURCE_DIR "/tests/data/shapes", stride, counts);
    compare_all(NOMEN_SOURCE_DIR "/tests/data/invalid", stride, counts);
    nomen_spill_test_least(0);
    scratch_remove(root);
    printf("%zu read, %zu refused\n", counts[0], counts[1]);
    assert_true(counts[0] * stride > 500 && counts[1] * stride > 150);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
