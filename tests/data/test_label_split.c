/* Labels taken apart, by each of the three readings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "data/label_split.h"

static void test_own(void **state) {
    (void)state;
    const struct {
        const char *label;
        char prefix;
        const char *type;
    } cases[] = {{"O", 'O', "O"},   {"B-per", 'B', "per"}, {"I-a-b", 'I', "a-b"}, {"E-x", 'E', "x"}, {"L-x", 'E', "x"},
                 {"S-x", 'S', "x"}, {"U-x", 'S', "x"},     {"X-x", 0, "X-x"},     {"B-", 0, "B-"},   {"B", 0, "B"},
                 {"PER", 0, "PER"}, {"", 0, ""},           {"o", 0, "o"},         {"O-x", 0, "O-x"}, {"-x", 0, "-x"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        nomen_label_parts parts = nomen_label_split(cases[i].label);
        assert_int_equal(parts.prefix, cases[i].prefix);
        assert_string_equal(parts.type, cases[i].type);
        assert_int_equal(nomen_is_tag(cases[i].label, strlen(cases[i].label)), cases[i].prefix != 0);
    }
    assert_int_equal(nomen_label_prefix("B-per", 2), 0);
}

static void test_hugging_face(void **state) {
    (void)state;
    const struct {
        const char *label;
        char prefix;
        const char *type, *group;
    } cases[] = {{"O", 0, "O", "O"},           {"B-per", 'B', "per", "per"}, {"I-a-b", 'I', "a-b", "a-b"},
                 {"S-per", 0, "S-per", "per"}, {"B-", 'B', "", ""},          {"PER", 0, "PER", "PER"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        nomen_label_parts parts = nomen_label_split_hf(cases[i].label);
        assert_int_equal(parts.prefix, cases[i].prefix);
        assert_string_equal(parts.type, cases[i].type);
        assert_string_equal(nomen_label_group_name(cases[i].label), cases[i].group);
    }
    assert_true(nomen_label_continues_hf("B-per", "I-per"));
    assert_true(nomen_label_continues_hf("O", "O"));
    assert_false(nomen_label_continues_hf("B-per", "B-per"));
    assert_false(nomen_label_continues_hf("B-per", "S-per"));
    assert_null(nomen_label_entity_type("O"));
    assert_null(nomen_label_entity_type(""));
    assert_string_equal(nomen_label_entity_type("I-per"), "per");
}

static void test_seqeval(void **state) {
    (void)state;
    const struct {
        const char *tag;
        char letter;
        const char *type;
    } cases[] = {{"O", 'O', "_"},         {"B-per", 'B', "per"}, {"B-creative-work", 'B', "creative-work"},
                 {"PER", 'P', "ER"},      {"B", 'B', "_"},       {"B-", 'B', "_"},
                 {"-", '-', "_"},         {"--", '-', "_"},      {"-per", '-', "per"},
                 {"geo-x", 'g', "x"},     {"O-x", 'O', "x"},     {"\xC3\xA9-x", 0, "x"},
                 {"\xC3\xA9", 0, "_"},    {"\xC3-x", 0, "x"},    {"\xF0\x9F\x98\x80xy", 0, "xy"},
                 {"\xE5\x9C", 0, "\x9C"}, {"B--x", 'B', "-x"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        nomen_label_parts parts = nomen_label_split_seqeval(cases[i].tag);
        assert_int_equal(parts.prefix, cases[i].letter);
        assert_string_equal(parts.type, cases[i].type);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own),
        cmocka_unit_test(test_hugging_face),
        cmocka_unit_test(test_seqeval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
