/* Names from an option or a file: every form, and what is refused. */
#include "support.h"

#include "base/file.h"
#include "data/label_names.h"
#include "support/scratch.h"

/* The names with a comma after each; or the message of the error. */
static void expect(const char *given, nomen_status status, const char *expected) {
    nomen_labels labels = {0};
    nomen_error err = {0};
    nomen_buffer shown = {0};
    assert_int_equal(nomen_buffer_append_text(&shown, "", NULL), NOMEN_OK);
    nomen_status found = nomen_label_names_read(given, &labels, &err);
    for (size_t i = 0; i < labels.n; i++) {
        assert_int_equal(nomen_buffer_printf(&shown, NULL, "%s,", labels.names[i]), NOMEN_OK);
    }
    assert_int_equal(nomen_buffer_append_byte(&shown, '\0', NULL), NOMEN_OK);
    if (found != status) { fail_msg("%s: %s %s", given, shown.data, err.message); }
    if (status == NOMEN_OK) {
        assert_string_equal(shown.data, expected);
    } else if (strstr(err.message, expected) == NULL) {
        fail_msg("\"%s\" lacks \"%s\"", err.message, expected);
    }
    assert_true(status == NOMEN_OK || labels.names == NULL);
    nomen_buffer_clear(&shown);
    nomen_labels_clear(&labels);
}

static void test_option(void **state) {
    (void)state;
    expect("O,B-per,I-per", NOMEN_OK, "O,B-per,I-per,");
    expect(" O, B-per ,I-per,", NOMEN_OK, "O,B-per,I-per,");
    expect("O", NOMEN_OK, "O,");
    expect("B-Z\xc3\xbcrich,B-date of birth", NOMEN_OK, "B-Z\xc3\xbcrich,B-date of birth,");
    expect("[O],{B}", NOMEN_OK, "[O],{B},"); /* no file, so no JSON */
    expect("", NOMEN_ERROR_FORMAT, "contains no names");
    expect(" , ,", NOMEN_ERROR_FORMAT, "contains no names");
    expect("O,,B-per", NOMEN_ERROR_FORMAT, "label 1");
    expect("O,B-per,B-per", NOMEN_ERROR_FORMAT, "'B-per' occurs twice");
    expect("O,B-\x01", NOMEN_ERROR_FORMAT, "control character");
    expect("O,B-\xff", NOMEN_ERROR_FORMAT, "not UTF-8");
    expect("O\tB-per", NOMEN_ERROR_FORMAT, "control character");
}

typedef struct file_case {
    const char *text;
    size_t size; /* 0: as long as it is */
    nomen_status status;
    const char *expected;
} file_case;

static void test_file(void **state) {
    (void)state;
    static const file_case cases[] = {
        {"O\nB-per\nI-per\n", 0, NOMEN_OK, "O,B-per,I-per,"},
        {"O\r\nB-per\r\nI-per\r\n\r\n", 0, NOMEN_OK, "O,B-per,I-per,"},
        {"\xEF\xBB\xBFO\nB-a,b", 0, NOMEN_OK, "O,B-a,b,"},
        {"[\"O\", \"B-per\"]", 0, NOMEN_OK, "O,B-per,"},
        {"\xEF\xBB\xBF\n [\"O\",\n\"B-per\"]\n", 0, NOMEN_OK, "O,B-per,"},
        {"{\"id2label\": {\"1\": \"B-per\", \"0\": \"O\"}, \"model_type\": \"bert\"}", 0, NOMEN_OK, "O,B-per,"},
        {"{\"features\": {\"pos_tags\": {\"feature\": {\"names\": [\"NN\"]}}, \"ner_tags\": {\"feature\": {\"names\": [\"O\", "
         "\"B-x\"]}}}}",
         0, NOMEN_OK, "O,B-x,"},
        {"{\"names\": [\"O\", \"B-per\"]}", 0, NOMEN_OK, "O,B-per,"},
        {"", 0, NOMEN_ERROR_FORMAT, "contains no names"},
        {"\n\n", 0, NOMEN_ERROR_FORMAT, "contains no names"},
        {"[]", 0, NOMEN_ERROR_FORMAT, "neither a list"},
        {"{}", 0, NOMEN_ERROR_FORMAT, "neither a list"},
        {"[\"O\", 1]", 0, NOMEN_ERROR_FORMAT, "no name for tag 1"},
        {"{\"id2label\": {\"1\": \"O\", \"2\": \"B-x\"}}", 0, NOMEN_ERROR_FORMAT, "no name for tag 0"},
        {"[\"O\", \"\"]", 0, NOMEN_ERROR_FORMAT, "is empty"},
        {"[\"O\", \"O\"]", 0, NOMEN_ERROR_FORMAT, "twice"},
        {"[\"O\"", 0, NOMEN_ERROR_FORMAT, ""},
        {"O\n\nB-per\n", 0, NOMEN_ERROR_FORMAT, "label 1"},
        {"O\nB\0per\n", 8, NOMEN_ERROR_FORMAT, "NUL"},
    };
    char root[64], path[192];
    assert_non_null(scratch_make(root));
    assert_non_null(scratch_path(root, "names", path));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const file_case *c = &cases[i];
        assert_int_equal(nomen_file_write(path, c->text, c->size > 0 ? c->size : strlen(c->text), NULL), NOMEN_OK);
        expect(path, c->status, c->expected);
    }
    expect(root, NOMEN_ERROR_IO, "directory");
    scratch_remove(root);
}

/* Every allocation failing. */
static void test_memory(void **state) {
    (void)state;
    nomen_status status = NOMEN_ERROR_MEMORY;
    long live = nomen_mem_test_live();
    for (long n = 0; status != NOMEN_OK; n++) {
        nomen_labels labels = {0};
        nomen_mem_test_fail(n, 1);
        status = nomen_label_names_read("O,B-per,I-per,B-org", &labels, NULL);
        nomen_mem_test_fail(-1, 0);
        assert_true(status == NOMEN_OK || status == NOMEN_ERROR_MEMORY);
        nomen_labels_clear(&labels);
        assert_int_equal(nomen_mem_test_live(), live);
        assert_true(n < 1000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_option), cmocka_unit_test(test_file), cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
