/* Columns that can't be meant are refused from 50 words on, with two places and the option that reads them; oddities are read. */
#include "support.h"

#include "data/finish.h"
#include "data/implausible.h"

/* `n` lines made by `format` of the line's number, twice. */
static nomen_buffer lines_of(int n, const char *const formats[2]) {
    nomen_buffer out = {0};
    for (int i = 1; i <= n; i++) {
        char line[128];
        snprintf(line, sizeof line, formats[i % 2], i, i);
        assert_int_equal(nomen_buffer_append_text(&out, line, NULL), NOMEN_OK);
    }
    return out;
}

static void expect_refused(int n, const char *odd, const char *even, const nomen_data_options *options, const char *message) {
    nomen_buffer text = lines_of(n, (const char *const[]){even, odd});
    refuse(text.data, options, NOMEN_ERROR_DATA, message);
    nomen_buffer_clear(&text);
}

static void expect_read(int n, const char *odd, const char *even, const nomen_data_options *options, size_t n_tags) {
    nomen_buffer text = lines_of(n, (const char *const[]){even, odd});
    nomen_dataset set = parse(text.data, options);
    check_shape(&set);
    assert_int_equal(set.n_tags, n_tags);
    nomen_dataset_clear(&set);
    nomen_buffer_clear(&text);
}

#define CURE "; name the column of the tags; if it is this one, name it, or state the scheme plain"

static const nomen_data_options plain = {.scheme = NOMEN_SCHEME_PLAIN}, stated = {.tag_column = "-1"};

static void test_many_tags(void **state) {
    (void)state;
    expect_refused(50, "w%d t%d\n", "w%d t%d\n", NULL,
                   "file:1: 50 words have 50 different tags in column 2, so these are not tags: 'w1' has 't1' on line 1, 'w2' "
                   "has 't2' on line 2" CURE);
    expect_refused(50, "w%d t%d\n\n", "w%d t%d\n", NULL,
                   "file:1: 50 words have 50 different tags in column 2, so these are not tags: 'w1' has 't1' on line 1, 'w2' "
                   "has 't2' on line 3" CURE);
    expect_refused(60, "w%d B-t%d\n", "w%d B-t%d\n", NULL,
                   "file:1: 60 words have 60 different tags in column 2, so these are not tags: 'w1' has 'B-t1' on line 1, "
                   "'w2' has 'B-t2' on line 2" CURE);
    expect_refused(
        99, "{\"tokens\": [\"a\", \"b%1$d\", \"c\"], \"ner_tags\": [\"O\", \"T%1$d\", \"V%1$d\"]}\n",
        "{\"tokens\": [\"a\", \"b%1$d\"], \"ner_tags\": [\"x%1$d\", \"T%1$d\"]}\n", NULL,
        "file:1: 248 words have 198 different tags in the lists of tags, so these are not tags: 'b1' has 'T1' on line 1, 'a' "
        "has 'x2' on line 2" CURE);
    expect_refused(
        50, "w%1$d/O w/B-x%1$d v/I-y%1$d u/I-z%1$d\n", "w%1$d/B-b%1$d\n", NULL,
        "file:1: 125 words have 100 different tags in the last part of each token, so these are not tags: 'w' has 'B-x1' on "
        "line 1, 'w2' has 'B-b2' on line 2; correct them, or state the scheme plain to read them unchanged");
    expect_read(50, "w%d t%d\n", "w%d t%d\n", &plain, 50);
    expect_read(50, "w%d t%d\n", "w%d t%d\n", &stated, 50);
    expect_read(49, "w%d t%d\n", "w%d t%d\n", NULL, 49);
    /* Two thirds may be. */
    expect_read(50, "w%1$d O\nw%1$d O\n", "w%1$d t%1$d\nv%1$d s%1$d\nu%1$d r%1$d\n", NULL, 76);
}

static void test_lists(void **state) {
    (void)state;
    expect_refused(50, "w%d 'B-x',\n", "w%d O\n\nv%d 'O',\n", NULL,
                   "file:1: 50 of 75 tags in column 2 are parts of a list: 'w1' has ''B-x',' on line 1, 'v2' has ''O',' on "
                   "line 4" CURE);
    expect_refused(52, "w%d [\"B-x\",\n", "w%d \"O\"]\n", NULL,
                   "file:1: 52 of 52 tags in column 2 are parts of a list: 'w1' has '[\"B-x\",' on line 1, 'w2' has '\"O\"]' on "
                   "line 2" CURE);
    nomen_buffer text = {0},
                 rows = lines_of(40, (const char *const[]){"a%d b%d,\"['O', 'B-x']\"\n", "a%d b%d,\"['O', 'B-x']\"\n"});
    assert_int_equal(nomen_buffer_printf(&text, NULL, "text,labels\n%s", rows.data), NOMEN_OK);
    nomen_dataset lists = parse(text.data, NULL); /* where every cell is a whole list, it is read as one */
    assert_int_equal(lists.n_words, 80);
    assert_int_equal(lists.n_tags, 2);
    nomen_dataset_clear(&lists);
    nomen_buffer_clear(&text);
    nomen_buffer_clear(&rows);
    expect_read(52, "w%d [\"B-x\",\n", "w%d \"O\"]\n", &plain, 2);
    expect_read(52, "w%d [\"B-x\",\n", "w%d \"O\"]\n", &stated, 2);
    expect_read(49, "w%d [\"B-x\",\n", "w%d \"O\"]\n", NULL, 2);
    /* Half of the words may have such tags, and marks are tags of parts of speech. */
    expect_read(52, "w%d 'x'\n", "w%d O\n", NULL, 2);
    expect_read(60, ", ,\n[ [\n' '\n", "\" \"\n] ]\n", NULL, 5);
}

/* Under a sink: the same words, and the file is read. */
static void report(void *user, nomen_diagnostic_kind kind, const char *name, size_t line, const char *message) {
    assert_int_equal(kind, NOMEN_FAULT_IMPLAUSIBLE);
    assert_int_equal(nomen_buffer_printf(user, NULL, "%s:%zu: %s\n", name, line, message), NOMEN_OK);
}

static void test_sink(void **state) {
    (void)state;
    nomen_buffer told = {0}, text = lines_of(50, (const char *const[]){"w%d t%d\n", "w%d t%d\n"});
    nomen_data_sink sink = {report, &told};
    nomen_dataset set = {0};
    assert_int_equal(nomen_dataset_parse_to_sink(text.data, text.size, "file", NULL, NULL, &sink, &set, NULL), NOMEN_OK);
    assert_int_equal(set.n_words, 50);
    assert_string_equal(told.data, "file:1: 50 words have 50 different tags in column 2, so these are not tags: 'w1' has 't1' "
                                   "on line 1, 'w2' has 't2' on line 2" CURE "\n");
    nomen_dataset_clear(&set);
    nomen_buffer_clear(&told);
    /* Dropping bad sentences is no way to read it. */
    refuse(text.data, &(nomen_data_options){.skip_bad = true}, NOMEN_ERROR_DATA,
           "file:1: 50 words have 50 different tags in column 2, so these are not tags: 'w1' has 't1' on line 1, 'w2' has 't2' "
           "on line 2" CURE);
    nomen_buffer_clear(&text);
}

/* A builder as a reader of columns leaves it. */
static nomen_status finish_words(int n, const char *last, bool other_letters, const char *place, const char *column,
                                 nomen_error *err) {
    nomen_data_options options = {.format = NOMEN_DATA_CONLL, .word_column = column};
    nomen_builder builder = {.name = "file",
                             .options = &options,
                             .set.format = NOMEN_DATA_CONLL,
                             .set.word_lines = NOMEN_LINES_WORD,
                             .max_rows = SIZE_MAX,
                             .other_letters = other_letters};
    snprintf(builder.word_place, sizeof builder.word_place, "%s", place == NULL ? "" : place);
    nomen_builder_begin(&builder, 1);
    for (int i = 1; i <= n; i++) {
        char word[32];
        snprintf(word, sizeof word, i % 2 == 0 ? "%d" : "-1.%d%%", i);
        const char *it = i < n ? word : last;
        assert_int_equal(nomen_builder_add(&builder, it, strlen(it), "O", 1, (size_t)i, err), NOMEN_OK);
    }
    assert_int_equal(nomen_builder_end(&builder, err), NOMEN_OK);
    nomen_status status = nomen_builder_finish(&builder, err);
    nomen_builder_clear(&builder);
    return status;
}

static void test_words(void **state) {
    (void)state;
    static const char cure[] =
        "'-1.1%' has 'O' on line 1, '2' has 'O' on line 2; name the column of the words, even if it is this one";
    nomen_error err = {0};
    char message[NOMEN_ERROR_SIZE];
    assert_int_equal(finish_words(50, "7", true, NULL, NULL, &err), NOMEN_ERROR_DATA);
    snprintf(message, sizeof message, "file:1: all 50 words in their column are numbers, while another column has letters: %s",
             cure);
    assert_string_equal(err.message, message);
    err = (nomen_error){0};
    assert_int_equal(finish_words(50, "7", true, "column 1", NULL, &err), NOMEN_ERROR_DATA);
    snprintf(message, sizeof message, "file:1: all 50 words in column 1 are numbers, while another column has letters: %s", cure);
    assert_string_equal(err.message, message);
    assert_int_equal(finish_words(50, "7", true, NULL, "1", NULL), NOMEN_OK);
    assert_int_equal(finish_words(50, "7", false, NULL, NULL, NULL), NOMEN_OK);
    assert_int_equal(finish_words(49, "7", true, NULL, NULL, NULL), NOMEN_OK);
    assert_int_equal(finish_words(50, "a", true, NULL, NULL, NULL), NOMEN_OK);
    assert_int_equal(finish_words(50, ".", true, NULL, NULL, NULL), NOMEN_OK);
    assert_int_equal(nomen_mem_test_live(), 0);
}

/* What is rare and right. */
static void test_oddities(void **state) {
    (void)state;
    expect_read(60, "%d O\n", "%d O\n", NULL, 1); /* numbers alone */
    expect_read(400, "1 O\n", "2 B-x\n", NULL, 2);
    expect_read(60, "[ O\n# O\n", "a/b O\nde: B-x\n", NULL, 2);
    expect_read(60, "w%d [PER]\nv%d O\n", "w%d O\n", NULL, 2);
    nomen_buffer text = {0};
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(nomen_buffer_printf(&text, NULL, "w%d P%d\n%s", i, i % 45, i % 20 == 19 ? "\n" : ""), NOMEN_OK);
    }
    nomen_dataset set = parse(text.data, NULL); /* 45 parts of speech over 1,000 words */
    assert_int_equal(set.n_tags, 45);
    assert_int_equal(set.scheme, NOMEN_SCHEME_PLAIN);
    nomen_dataset_clear(&set);
    nomen_buffer_clear(&text);
}

static void test_allocation_failures(void **state) {
    (void)state;
    nomen_buffer text = lines_of(60, (const char *const[]){"w%d [%d]\n", "w%d O\n"});
    for (long n = 0;; n++) {
        nomen_error err = {0};
        nomen_dataset set = {0};
        nomen_mem_test_fail(n, 0);
        nomen_status status = nomen_dataset_parse(text.data, text.size, "file", NULL, &set, &err);
        long asked = nomen_mem_test_requests();
        nomen_mem_test_fail(-1, 0);
        nomen_dataset_clear(&set);
        if (asked <= n) {
            assert_int_equal(status, NOMEN_OK);
            break;
        }
        assert_true(status == NOMEN_OK || status == NOMEN_ERROR_MEMORY);
    }
    nomen_buffer_clear(&text);
    assert_int_equal(nomen_mem_test_live(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_many_tags), cmocka_unit_test(test_lists),
                                       cmocka_unit_test(test_sink),      cmocka_unit_test(test_words),
                                       cmocka_unit_test(test_oddities),  cmocka_unit_test(test_allocation_failures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
