/* Which scheme a file has, and what IOB1 becomes. */
#include "data/formats.h"
#include "data/scheme_rules.h"
#include "support.h"

/* Space-parted tags of sentences, parted by "|", as a CoNLL file with words w. */
static nomen_buffer conll(const char *tags) {
    nomen_buffer out = {0};
    for (const char *at = tags; *at != '\0';) {
        size_t n = strcspn(at, " |");
        assert_int_equal(nomen_buffer_printf(&out, NULL, "w\t%.*s\n", (int)n, at), NOMEN_OK);
        at += n;
        if (*at == '|') { assert_int_equal(nomen_buffer_append_byte(&out, '\n', NULL), NOMEN_OK); }
        at += *at != '\0';
    }
    return out;
}

static void expect(const char *tags, nomen_scheme scheme, const char *inside, size_t n_tags, const char *said) {
    nomen_buffer file = conll(tags), wanted = conll(inside);
    nomen_dataset set = parse(file.data, NULL), same = parse(wanted.data, NULL);
    if (said[0] != '\0') {
        nomen_dataset again = parse(file.data, NULL);
        if (strstr(log_lines, said) == NULL) { fail_msg("no '%s' in: %s", said, log_lines); }
        nomen_dataset_clear(&again);
    }
    check_shape(&set);
    assert_int_equal(set.scheme, scheme);
    const char *first = show(&set);
    char *shown = nomen_mem_copy(first, strlen(first));
    assert_non_null(shown);
    assert_string_equal(shown, show(&same));
    assert_int_equal(set.n_tags, n_tags);
    nomen_mem_free(shown);
    nomen_dataset_clear(&set);
    nomen_dataset_clear(&same);
    nomen_buffer_clear(&file);
    nomen_buffer_clear(&wanted);
}

static void test_iob2(void **state) {
    (void)state;
    const char *const files[] = {"O", "B-a", "B-a I-a O B-b", "B-a B-a", "B-a B-b I-b|B-a I-a I-a", "B-a-b I-a-b"};
    const size_t n_tags[] = {1, 1, 4, 1, 4, 2};
    expect(files[0], NOMEN_SCHEME_PLAIN, files[0], n_tags[0], "plain tags");
    for (size_t i = 1; i < 6; i++) { expect(files[i], NOMEN_SCHEME_IOB2, files[i], n_tags[i], "IOB2 tags:"); }
}

static void test_iob1(void **state) {
    (void)state;
    const char *said = "IOB1 tags (converted to IOB2)";
    expect("I-a", NOMEN_SCHEME_IOB1, "B-a", 1, said);
    expect("I-a I-a O I-a", NOMEN_SCHEME_IOB1, "B-a I-a O B-a", 3, said);
    expect("I-a B-a I-a", NOMEN_SCHEME_IOB1, "B-a B-a I-a", 2, said);
    expect("I-a I-b I-b B-b O|I-a", NOMEN_SCHEME_IOB1, "B-a B-b I-b B-b O|B-a", 4, said);
    expect("I-a I-a|I-a I-a", NOMEN_SCHEME_IOB1, "B-a I-a|B-a I-a", 2, said);
    expect("I-a-b I-a", NOMEN_SCHEME_IOB1, "B-a-b B-a", 2, said);
}

static void test_neither_rule(void **state) {
    (void)state;
    /* B-a first is wrong in IOB1, I-b after O wrong in IOB2: the file stays as it is, and is told of. */
    expect("B-a O I-b I-b|I-b", NOMEN_SCHEME_IOB2, "B-a O I-b I-b|I-b", 3,
           "warning: file: 2 I- tags follow no tag of their type, the first in the sentence on line 1");
}

static void test_plain(void **state) {
    (void)state;
    expect("per O geo", NOMEN_SCHEME_PLAIN, "per O geo", 3, "plain tags");
    expect("creative-work NN-1 X-a", NOMEN_SCHEME_PLAIN, "creative-work NN-1 X-a", 3, "plain tags");
}

static void test_marked_ends(void **state) {
    (void)state;
    expect("I-a E-a O E-b", NOMEN_SCHEME_IOE2, "B-a I-a O B-b", 4, "IOE2 tags (converted to IOB2)");
    expect("E-a E-a I-b E-b", NOMEN_SCHEME_IOE2, "B-a B-a B-b I-b", 3, "IOE2");
    expect("I-a E-a I-a O I-b", NOMEN_SCHEME_IOE1, "B-a I-a B-a O B-b", 4, "IOE1 tags (converted to IOB2)");
    expect("S-a B-a I-a E-a|O S-b", NOMEN_SCHEME_IOBES, "B-a B-a I-a I-a|O B-b", 4, "IOBES tags (converted to IOB2)");
    expect("U-a B-a I-a L-a|O U-b", NOMEN_SCHEME_BILOU, "B-a B-a I-a I-a|O B-b", 4, "BILOU tags (converted to IOB2)");
    expect("B-a E-a", NOMEN_SCHEME_IOBES, "B-a I-a", 2, "IOBES");
    /* A tag behind a marked end begins anew; a lone one stays lone. */
    expect("S-a E-a O I-b E-b", NOMEN_SCHEME_IOBES, "B-a B-a O I-b I-b", 3,
           "warning: file: 2 tags break the rules of IOBES, the first in the sentence on line 1");
}

static void test_stated(void **state) {
    (void)state;
    nomen_data_options plain = {.scheme = NOMEN_SCHEME_PLAIN}, iob2 = {.scheme = NOMEN_SCHEME_IOB2};
    nomen_data_options ioe1 = {.scheme = NOMEN_SCHEME_IOE1};
    nomen_dataset set = parse("w\tB-x\nw\tE-mail\nw\tO\n", &plain);
    assert_string_equal(show(&set), "1: w/B-x w/E-mail w/O\n");
    nomen_dataset_clear(&set);
    set = parse("w\tI-x\nw\tI-x\n", &iob2);
    assert_string_equal(show(&set), "1: w/I-x w/I-x\n");
    nomen_dataset_clear(&set);
    set = parse("w\tE-x\nw\tE-x\n", &ioe1);
    assert_string_equal(show(&set), "1: w/B-x w/B-x\n");
    nomen_dataset_clear(&set);
    refuse("w\tB-x\nw\tE-x\n", &iob2, NOMEN_ERROR_DATA,
           "file:2: tag 'E-x' is not O, B-type or I-type as other tags are ('B-x' on line 1); correct it");
    refuse("w\tB-x\n", &ioe1, NOMEN_ERROR_DATA,
           "file:1: tag 'B-x' does not belong to the scheme IOE1, which has O and the prefixes IE; correct it, or state another "
           "scheme");
}

static void test_order_of_tags(void **state) {
    (void)state;
    nomen_dataset set = parse("w\tI-b\nw\tI-b\nw\tO\nw\tI-a\n", NULL);
    const char *const names[] = {"B-b", "I-b", "O", "B-a"};
    assert_int_equal(set.n_tags, 4);
    for (size_t i = 0; i < 4; i++) { assert_string_equal(set.tag_names[i], names[i]); }
    nomen_dataset_clear(&set);
}

static void test_names(void **state) {
    (void)state;
    assert_string_equal(nomen_scheme_title(NOMEN_SCHEME_PLAIN), "plain");
    assert_string_equal(nomen_format_title(NOMEN_DATA_LONG_CSV), "long CSV");
    assert_string_equal(nomen_format_title(NOMEN_DATA_AUTO), "auto");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iob2),        cmocka_unit_test(test_iob1),          cmocka_unit_test(test_neither_rule),
        cmocka_unit_test(test_plain),       cmocka_unit_test(test_order_of_tags), cmocka_unit_test(test_names),
        cmocka_unit_test(test_marked_ends), cmocka_unit_test(test_stated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
