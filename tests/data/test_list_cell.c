/* Lists in cells: what JSON, Python and numpy print, what is none, and that each is taken whole or not at all. */
#include "support.h"

#include "data/list_cell.h"

static const char *parse_list(const char *cell, bool bare) {
    static const char *const kinds[] = {"none", "texts", "numbers", "shortened"};
    static nomen_buffer out;
    nomen_list list = {0};
    nomen_list_kind kind;
    nomen_buffer_reset(&out);
    assert_int_equal(nomen_list_parse(cell, strlen(cell), bare, &list, &kind, NULL), NOMEN_OK);
    nomen_buffer_printf(&out, NULL, "%s", kinds[kind]);
    for (size_t i = 0; kind != NOMEN_LIST_NONE && i < list.n_items; i++) {
        size_t n;
        const char *item = nomen_list_item(&list, i, &n);
        nomen_buffer_printf(&out, NULL, "|%.*s", (int)n, item);
    }
    nomen_list_clear(&list);
    return out.data;
}

static const struct {
    const char *cell;
    bool bare;
    const char *expected;
} cases[] = {
    {"[\"Ada\", \"left\"]", false, "texts|Ada|left"},
    {" [ 'Ada' , \"O'Neil\" ] ", false, "texts|Ada|O'Neil"},
    {"['Ada' 'left'\n 'Oslo']", false, "texts|Ada|left|Oslo"},
    {"array(['Ada', 'left'], dtype=object)", false, "texts|Ada|left"},
    {"('Ada', 'left')", false, "texts|Ada|left"},
    {"('Ada',)", false, "texts|Ada"},
    {"['it\\'s', \"a \\\"b\\\"\", '\\\\']", false, "texts|it's|a \"b\"|\\"},
    {"[\"caf\\u00e9\", '\\xe9', '\\U0001F600', \"\\ud83d\\ude00\"]", false,
     "texts|caf\xc3\xa9|\xc3\xa9|\xf0\x9f\x98\x80|\xf0\x9f\x98\x80"},
    {"['a b', '', ',']", false, "texts|a b||,"},
    {"[]", false, "texts"},
    {"[3 0 7]", false, "numbers|3|0|7"},
    {"[3, -100, 7,]", false, "numbers|3|-100|7"},
    {"['3', '0']", false, "texts|3|0"},
    {"[B-PER, O, I-PER]", true, "texts|B-PER|O|I-PER"},
    {"[O O]", true, "texts|O|O"},
    {"['a' 'b' ... 'y' 'z']", false, "shortened|a|b|y|z"},
    /* No lists. */
    {"[B-PER, O]", false, "none"},
    {"Ada left", true, "none"},
    {"", true, "none"},
    {"()", false, "none"},
    {"[", true, "none"},
    {"['Ada', 'left'", false, "none"},
    {"['Ada', 'left", false, "none"},
    {"['Ada']x", false, "none"},
    {"['Ada'] ['left']", false, "none"},
    {"['a''b']", false, "none"},
    {"[['Ada']]", false, "none"},
    {"[ see note 3 ] for details", false, "none"},
    {"[ see note 3 ]", false, "none"},
    {"['\\q']", false, "none"},
    {"['\\ud83d']", false, "none"},
    {"array(['Ada'", false, "none"},
};

static void test_cases(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *found = parse_list(cases[i].cell, cases[i].bare);
        if (strcmp(found, cases[i].expected) != 0) {
            fail_msg("%s: found %s, expected %s", cases[i].cell, found, cases[i].expected);
        }
    }
}

/* A list cut off anywhere is none. */
static void test_truncations(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char cell[128];
        size_t n = strlen(cases[i].cell);
        if (strcmp(cases[i].expected, "none") == 0) { continue; }
        snprintf(cell, sizeof cell, "%s", cases[i].cell);
        while (n > 0 && (cell[n - 1] == ' ' || cell[n - 1] == ',')) { n--; }
        while (--n > 0) {
            cell[n] = '\0';
            if (strcmp(parse_list(cell, cases[i].bare), "none") != 0) { fail_msg("%s: is taken for a list", cell); }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases), cmocka_unit_test(test_truncations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
