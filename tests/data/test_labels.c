/* The label set: order, counts, maps; and alignment of labels to pieces. */
#include "support.h"

#include "data/align.h"
#include "data/labels.h"
#include "math/ops.h"

static nomen_labels collect(const nomen_dataset *set, const size_t *sentences, size_t n) {
    nomen_labels labels = {0};
    assert_int_equal(nomen_labels_collect(set, sentences, n, &labels, NULL), NOMEN_OK);
    return labels;
}

static nomen_labels copy(const char *const *names, size_t n) {
    nomen_labels labels = {0};
    assert_int_equal(nomen_labels_copy((char *const *)(uintptr_t)names, n, &labels, NULL), NOMEN_OK);
    return labels;
}

static void expect_names(const nomen_labels *labels, const char *const *names, size_t n) {
    assert_int_equal(labels->n, n);
    for (size_t i = 0; i < n; i++) { assert_string_equal(labels->names[i], names[i]); }
}

static void test_collect(void **state) {
    (void)state;
    nomen_dataset set = parse("w\tI-b\nw\tB-b\nw\tB-Z\n\nw\tO\nw\tB-\xc3\xa9\nw\tB-a\nw\tB-a\n", NULL);
    const char *const all[] = {"O", "B-Z", "B-a", "B-b", "B-\xc3\xa9", "I-b"};
    nomen_labels labels = collect(&set, NULL, 0);
    expect_names(&labels, all, 6);
    nomen_labels_clear(&labels);

    /* Some sentences only: O is there although they lack it. */
    const size_t first[] = {0};
    const char *const some[] = {"O", "B-Z", "B-b", "I-b"};
    labels = collect(&set, first, 1);
    expect_names(&labels, some, 4);

    int32_t *map = NULL;
    assert_int_equal(nomen_labels_map(&labels, &set, &map, NULL), NOMEN_OK);
    const int32_t wanted[] = {3, 2, 1, 0, -1, -1}; /* tags in order of appearance: I-b B-b B-Z O B-é B-a */
    for (size_t i = 0; i < set.n_tags; i++) { assert_int_equal(map[i], wanted[i]); }
    size_t counts[4], twice[] = {0, 0};
    nomen_labels_count(&labels, &set, map, NULL, 0, counts);
    for (size_t i = 0; i < 4; i++) { assert_int_equal(counts[i], 1); }
    nomen_labels_count(&labels, &set, map, twice, 2, counts);
    assert_int_equal(counts[0], 0);
    assert_int_equal(counts[3], 2);
    nomen_mem_free(map);
    nomen_labels_clear(&labels);
    nomen_dataset_clear(&set);
}

/* Words of unknown label add no name, have no label, and are found by the bytes of a span. */
static void test_unknown(void **state) {
    (void)state;
    const nomen_data_options prodigy = {.format = NOMEN_DATA_PRODIGY};
    nomen_dataset set =
        parse("{\"text\": \"At Bo's in Oslo\", \"_task_hash\": 1, \"spans\": [{\"start\": 3, \"end\": 5, \"label\": \"PER\"}], "
              "\"_view_id\": \"ner\", \"answer\": \"accept\"}\n",
              &prodigy);
    assert_string_equal(show(&set), "1: At/? Bo/B-PER '/? s/? in/? Oslo/?\n");
    const char *const names[] = {"O", "B-PER"};
    nomen_labels labels = collect(&set, NULL, 0);
    expect_names(&labels, names, 2);
    int32_t *map = NULL;
    size_t counts[2];
    assert_int_equal(nomen_labels_map(&labels, &set, &map, NULL), NOMEN_OK);
    nomen_labels_count(&labels, &set, map, NULL, 0, counts);
    assert_int_equal(counts[0], 0);
    assert_int_equal(counts[1], 1);
    for (size_t w = 0; w < 6; w++) { assert_int_equal(map[set.tags[w]], w == 1 ? 1 : -1); }
    static const struct {
        nomen_span span;
        bool unknown;
    } spans[] = {{{3, 5}, false}, {{2, 5}, false},   {{1, 5}, true},   {{3, 6}, true},
                 {{2, 3}, false}, {{15, 15}, false}, {{14, 15}, true}, {{0, 15}, true}};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        if (nomen_span_is_unknown(&set, 0, spans[i].span) != spans[i].unknown) { fail_msg("%zu", i); }
    }
    nomen_mem_free(map);
    nomen_labels_clear(&labels);
    nomen_dataset_clear(&set);
}

static void test_plain_labels(void **state) {
    (void)state;
    nomen_dataset set = parse("w\tper\nw\tgeo\n", NULL);
    const char *const names[] = {"O", "geo", "per"};
    nomen_labels labels = collect(&set, NULL, 0);
    expect_names(&labels, names, 3);
    nomen_labels_clear(&labels);
    nomen_dataset_clear(&set);
}

static void test_copy_and_compare(void **state) {
    (void)state;
    const char *const names[] = {"B-x", "O", "I-x"}, *const sorted[] = {"O", "B-x", "I-x"}, *const other[] = {"O", "B-x", "I-y"};
    const char *const doubled[] = {"O", "O", "B-x"};
    nomen_labels a = {0}, b = {0}, c = {0}, d = {0};
    a = copy(names, 3);
    b = copy(sorted, 3);
    c = copy(other, 3);
    d = copy(doubled, 3);
    assert_string_equal(a.names[0], "B-x"); /* the order given */
    assert_true(nomen_labels_same_set(&a, &b));
    assert_false(nomen_labels_same_set(&a, &c));
    assert_false(nomen_labels_same_set(&a, &d));
    assert_false(nomen_labels_same_set(&d, &a));
    assert_int_equal(nomen_labels_find(&a, "I-xyz", 3), 2);
    assert_int_equal(nomen_labels_find(&a, "I-xyz", 4), -1);
    nomen_labels_clear(&a);
    nomen_labels_clear(&b);
    nomen_labels_clear(&c);
    nomen_labels_clear(&d);
    nomen_labels_clear(&d);
    assert_int_equal(nomen_mem_test_live(), 0);
}

enum { IGNORED = NOMEN_IGNORE };

static void test_align(void **state) {
    (void)state;
    const char *const names[] = {"O", "B-a", "B-b", "I-a"};
    nomen_labels labels = {0};
    labels = copy(names, 4);
    int32_t inside[4];
    nomen_align_inside(&labels, inside);
    const int32_t wanted_inside[] = {0, 3, 2, 3};
    assert_memory_equal(inside, wanted_inside, sizeof inside);

    /* [CLS] a a b - c c c d d [SEP]: word 2 gives no piece, word 4's label is not the model's. */
    const int32_t word_ids[] = {-1, 0, 0, 1, 3, 3, 3, 4, 4, -1}, word_labels[] = {1, 0, 3, 2, -1};
    const int32_t wanted[3][10] = {{IGNORED, 1, IGNORED, 0, 2, IGNORED, IGNORED, IGNORED, IGNORED, IGNORED},
                                   {IGNORED, 1, 1, 0, 2, 2, 2, IGNORED, IGNORED, IGNORED},
                                   {IGNORED, 1, 3, 0, 2, 2, 2, IGNORED, IGNORED, IGNORED}};
    for (int mode = 0; mode < 3; mode++) {
        int32_t targets[10];
        nomen_align(word_ids, 10, word_labels, (nomen_align_mode)mode, mode == NOMEN_ALIGN_INSIDE ? inside : NULL, targets);
        assert_memory_equal(targets, wanted[mode], sizeof targets);
    }
    nomen_labels_clear(&labels);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collect), cmocka_unit_test(test_plain_labels), cmocka_unit_test(test_copy_and_compare),
        cmocka_unit_test(test_align),   cmocka_unit_test(test_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
