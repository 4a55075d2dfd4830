/* Typed access names the file and key; what is written reads back. */
#include "base/json.h"
#include "base/mem.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"

static void wrong_types_are_named(void **state) {
    (void)state;
    static const char text[] = "{\"flag\": 3, \"size\": -1, \"number\": \"x\", \"text\": [], \"none\": null}";
    json_t *object = NULL;
    assert_int_equal(nomen_json_parse(text, strlen(text), "f.json", &object, NULL), NOMEN_OK);
    bool flag = true;
    size_t size = 5;
    double number = 2;
    const char *word = "kept";
    nomen_error err = {0};
    assert_int_equal(nomen_json_get_bool(object, "flag", "f.json", &flag, &err), NOMEN_ERROR_FORMAT);
    assert_string_equal(err.message, "f.json: \"flag\" is a number, expected true or false");
    assert_int_equal(nomen_json_get_size(object, "size", "f.json", &size, NULL), NOMEN_ERROR_FORMAT);
    assert_int_equal(nomen_json_get_number(object, "number", "f.json", &number, NULL), NOMEN_ERROR_FORMAT);
    assert_int_equal(nomen_json_get_text(object, "text", "f.json", &word, NULL), NOMEN_ERROR_FORMAT);
    assert_int_equal(nomen_json_get_size(object, "none", "f.json", &size, NULL), NOMEN_OK);
    assert_int_equal(nomen_json_get_size(object, "absent", "f.json", &size, NULL), NOMEN_OK);
    assert_int_equal(size, 5);
    assert_true(flag);
    assert_string_equal(word, "kept");
    json_decref(object);
}

static void faults_have_a_place(void **state) {
    (void)state;
    static const char text[] = "{\n\"a\": 1,\n\"a\": 2}";
    json_t *object = NULL;
    nomen_error err = {0};
    assert_int_equal(nomen_json_parse(text, strlen(text), "f.json", &object, &err), NOMEN_ERROR_FORMAT);
    assert_memory_equal(err.message, "f.json:3:", 9);
    assert_null(object);
    err = (nomen_error){0};
    assert_int_equal(nomen_json_parse_line("[1", 2, "f.jsonl:7", &object, &err), NOMEN_ERROR_FORMAT);
    assert_memory_equal(err.message, "f.jsonl:7:2: not valid JSON", 27);
    assert_null(object);
}

static void numbers_too_large_for_64_bits_are_reals(void **state) {
    (void)state;
    static const char text[] = "{\"limit\": 1000000000000000019884624838656, \"size\": 512, \"low\": -9223372036854775809,"
                               " \"least\": -9223372036854775808, \"12345678901234567890\": \"\\\" 12345678901234567890\","
                               " \"real\": 12345678901234567890.5e1}";
    json_t *object = NULL;
    nomen_error err = {0};
    assert_int_equal(nomen_json_parse(text, strlen(text), "f.json", &object, &err), NOMEN_OK);
    double limit = 0, real = 0;
    size_t size = 0;
    const char *word = "";
    assert_int_equal(nomen_json_get_number(object, "limit", "f.json", &limit, NULL), NOMEN_OK);
    assert_int_equal(nomen_json_get_size(object, "size", "f.json", &size, NULL), NOMEN_OK);
    assert_int_equal(nomen_json_get_text(object, "12345678901234567890", "f.json", &word, NULL), NOMEN_OK);
    assert_int_equal(nomen_json_get_number(object, "real", "f.json", &real, NULL), NOMEN_OK);
    assert_true(limit == 1e30);
    assert_true(real == 123456789012345678905.0);
    assert_int_equal(size, 512);
    assert_string_equal(word, "\" 12345678901234567890");
    assert_true(json_is_real(json_object_get(object, "low")));
    assert_true(json_is_integer(json_object_get(object, "least")));
    assert_int_equal(nomen_json_get_size(object, "limit", "f.json", &size, NULL), NOMEN_ERROR_FORMAT);
    json_decref(object);
    /* What no double holds either stays an error. */
    object = NULL;
    assert_int_equal(nomen_json_parse("[1e999]", 7, "f.json", &object, NULL), NOMEN_ERROR_FORMAT);
    assert_null(object);
}

static void written_json_reads_back(void **state) {
    (void)state;
    char directory[64], path[192];
    assert_non_null(scratch_make(directory));
    scratch_path(directory, "x.json", path);
    json_t *value = json_pack("{s:f, s:[i,i], s:s}", "rate", 0.1, "list", 1, 2, "text", "\xC3\xA9");
    assert_int_equal(nomen_json_write(path, value, NULL), NOMEN_OK);
    json_t *read = NULL;
    assert_int_equal(nomen_json_read(path, &read, NULL), NOMEN_OK);
    assert_true(json_equal(value, read));
    json_decref(value);
    json_decref(read);
    scratch_remove(directory);
}

static void any_bytes_become_a_text(void **state) {
    (void)state;
    json_t *value = nomen_json_text("a\xFF\"b");
    assert_string_equal(json_string_value(value), "a\xEF\xBF\xBD\"b");
    json_decref(value);
    value = nomen_json_text("caf\xC3\xA9");
    assert_string_equal(json_string_value(value), "caf\xC3\xA9");
    json_decref(value);
    assert_true(json_is_null(nomen_json_text(NULL)));
}

/*
 * A string whose text loses its end for want of memory must not be copied past it. Its buffer grows at powers of two,
 * so at some lengths it is the closing quote that finds no room.
 */
static void no_memory_inside_a_string(void **state) {
    (void)state;
    for (size_t length = 3; length <= 300; length++) {
        char text[300];
        memset(text, 'x', length);
        text[0] = text[length - 1] = '"';
        long live = nomen_mem_test_live();
        for (long n = 0;; n++) {
            json_t *value = NULL;
            nomen_error err = {0};
            nomen_mem_test_fail(n, 0);
            nomen_status status = nomen_json_parse(text, length, "a text", &value, &err);
            nomen_mem_test_fail(-1, 0);
            if (status == NOMEN_OK) {
                assert_true(n > 2);
                assert_int_equal(json_string_length(value), length - 2);
                json_decref(value);
                break;
            }
            assert_int_equal(status, NOMEN_ERROR_MEMORY);
            assert_int_equal(nomen_mem_test_live(), live);
        }
    }
}

/* Numbers and words of every length: where the library's text of one is full just at its end, an assertion of it would fail. */
static void no_memory_inside_a_number(void **state) {
    (void)state;
    for (size_t length = 1; length <= 64; length++) {
        char text[80] = "[";
        memset(text + 1, '3', length);
        if (length > 2) { text[2] = '.'; }
        memcpy(text + 1 + length, ", 1]", 5);
        for (int lasting = 0; lasting < 2; lasting++) {
            nomen_status status = NOMEN_ERROR_MEMORY;
            for (long n = 0; status == NOMEN_ERROR_MEMORY; n++) {
                const long live = nomen_mem_test_live();
                json_t *value = NULL;
                nomen_mem_test_fail(n, lasting);
                status = nomen_json_parse(text, strlen(text), "f", &value, NULL);
                nomen_mem_test_fail(-1, 0);
                json_decref(value);
                assert_int_equal(nomen_mem_test_live(), live);
            }
            /* A whole number of more than 64 bits is read as a real. */
            assert_int_equal(status, NOMEN_OK);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(wrong_types_are_named),
                                       cmocka_unit_test(faults_have_a_place),
                                       cmocka_unit_test(numbers_too_large_for_64_bits_are_reals),
                                       cmocka_unit_test(written_json_reads_back),
                                       cmocka_unit_test(any_bytes_become_a_text),
                                       cmocka_unit_test(no_memory_inside_a_string),
                                       cmocka_unit_test(no_memory_inside_a_number)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
