/* JSON bodies: what is refused, with which status and message, and typed members. */
#include "serve/body.h"
#include "base/mem.h"
#include "serve/service.h"
#include "support/cmocka_all.h"

static nomen_settings settings = {.max_body = 1 << 20, .max_json_depth = 32};
static nomen_service service = {.settings = &settings};

static nomen_status parse(nomen_exchange *x, const char *bytes, size_t n, nomen_error *err) {
    *x = (nomen_exchange){.service = &service};
    assert_int_equal(nomen_buffer_append(&x->body, bytes, n, NULL), NOMEN_OK);
    return nomen_body_parse(x, err);
}

static void clear(nomen_exchange *x) {
    json_decref(x->json);
    nomen_buffer_clear(&x->body);
    nomen_answer_clear(&x->answer);
}

static void refused(const char *bytes, size_t n, unsigned http_status, const char *part) {
    nomen_exchange x;
    nomen_error err = {0};
    assert_int_not_equal(parse(&x, bytes, n, &err), NOMEN_OK);
    if (x.answer.status != http_status || strstr(err.message, part) == NULL || strstr(x.answer.body.data, "\"error\"") == NULL) {
        fail_msg("%.60s: %u %s", bytes, x.answer.status, err.message);
    }
    assert_null(x.json);
    clear(&x);
}

static void test_refused(void **state) {
    (void)state;
    static const struct {
        const char *body;
        unsigned status;
        const char *part;
    } cases[] = {
        {"", 400, "the body is empty"},
        {" \n", 400, "the body is empty"},
        {"{", 400, "not valid JSON: line 1"},
        {"{\"a\": 1", 400, "not valid JSON"},
        {"{\"a\": 1}\n{}", 400, "something follows the value at byte 9"},
        {"{\"a\": 1} x", 400, "something follows"},
        {"{\"a\": 1,\n \"a\": 2}", 400, "line 2"},
        {"{\"a\": NaN}", 400, "not valid JSON"},
        {"{\"a\": 1e999}", 400, "not valid JSON"},
        {"{\"a\": \"\\ud800\"}", 400, "not valid JSON"},
        {"{\"a\\u0000b\": 1}", 400, "not valid JSON"},
        {"[1]", 422, "the body is a list"},
        {"\"text\"", 422, "the body is a string"},
        {"17", 422, "the body is a number"},
        {"hello", 400, "not valid JSON"},
        {"\xEF\xBB\xBF", 400, "the body is empty"},
        {"{\"a\": \"\xC3\x28\"}", 400, "byte 7 of the body is 0xC3"},
        {"{\"a\": \"\xED\xA0\x80\"}", 400, "byte 7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        refused(cases[i].body, strlen(cases[i].body), cases[i].status, cases[i].part);
    }
    refused("{\"a\": \0}", 8, 400, "not valid JSON");
}

/* Brackets in strings are no depth; a deep body is refused before jansson sees it. */
static void test_depth(void **state) {
    (void)state;
    nomen_exchange x;
    nomen_error err = {0};
    char deep[2 * 33 + 16] = "{\"a\":";
    size_t n = 5;
    static const char quoted[] = "{\"a\": \"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[\"}";
    assert_int_equal(parse(&x, quoted, sizeof quoted - 1, &err), NOMEN_OK);
    clear(&x);
    for (int i = 0; i < 32; i++) { deep[n++] = '['; }
    refused(deep, n, 400, "nested deeper than 32 levels at byte 36");
    for (int i = 0; i < 31; i++) { deep[5 + 31 + i] = ']'; }
    deep[5 + 31 + 31] = '}';
    assert_int_equal(parse(&x, deep, 5 + 31 + 31 + 1, &err), NOMEN_OK);
    clear(&x);
}

static void test_values(void **state) {
    (void)state;
    size_t most = settings.max_body / 8 + 1024, n = 0;
    char *body = nomen_mem_new(2 * most + 16, 1);
    memcpy(body, "{\"a\":[", 6);
    n = 6;
    for (size_t i = 0; i < most + 1; i++) {
        body[n++] = '1';
        body[n++] = ',';
    }
    memcpy(body + n - 1, "]}", 2);
    refused(body, n + 1, 413, "values, and at most 132096");
    memcpy(body + n - 3, "]}", 2);
    nomen_exchange x;
    nomen_error err = {0};
    assert_int_equal(parse(&x, body, n - 1, &err), NOMEN_OK);
    assert_int_equal(json_array_size(json_object_get(x.json, "a")), most);
    clear(&x);
    nomen_mem_free(body);
}

static void test_members(void **state) {
    (void)state;
    static const char body[] =
        "\xEF\xBB\xBF{\"text\": \"a\\u0000b\", \"name\": \"x\", \"yes\": true, \"n\": 7, \"big\": 1.5, \"minus\": "
        "-1, \"none\": null, \"list\": [\"a\", \"b\"], \"bad\": [\"a,b\"], \"ints\": [1]}\n";
    nomen_exchange x;
    nomen_error err = {0};
    const char *text = "old";
    bool yes = false;
    size_t n = 3;
    double number = 0;
    nomen_buffer names = {0};
    assert_int_equal(parse(&x, body, sizeof body - 1, &err), NOMEN_OK);
    assert_int_equal(json_string_length(json_object_get(x.json, "text")), 3);
    assert_int_equal(nomen_body_get_text(x.json, "absent", &text, &err), NOMEN_OK);
    assert_int_equal(nomen_body_get_text(x.json, "none", &text, &err), NOMEN_OK);
    assert_string_equal(text, "old");
    assert_int_equal(nomen_body_get_text(x.json, "name", &text, &err), NOMEN_OK);
    assert_string_equal(text, "x");
    assert_int_equal(nomen_body_get_bool(x.json, "yes", &yes, &err), NOMEN_OK);
    assert_true(yes);
    assert_int_equal(nomen_body_get_size(x.json, "n", &n, &err), NOMEN_OK);
    assert_int_equal(n, 7);
    assert_int_equal(nomen_body_get_number(x.json, "big", &number, &err), NOMEN_OK);
    assert_true(number > 1.4 && number < 1.6);
    assert_int_equal(nomen_body_get_names(x.json, "list", &names, &err), NOMEN_OK);
    assert_string_equal(names.data, "a,b");
    assert_int_equal(nomen_body_get_text(x.json, "text", &text, &err), NOMEN_ERROR_DATA);
    assert_non_null(strstr(err.message, "\"text\" has a NUL"));
    err = (nomen_error){0};
    assert_int_equal(nomen_body_get_text(x.json, "n", &text, &err), NOMEN_ERROR_DATA);
    assert_string_equal(err.message, "\"n\" is a whole number; expected a string");
    err = (nomen_error){0};
    assert_int_equal(nomen_body_get_size(x.json, "minus", &n, &err), NOMEN_ERROR_DATA);
    assert_string_equal(err.message, "\"minus\" is a negative number; expected a whole number of 0 or more");
    assert_int_equal(nomen_body_get_size(x.json, "big", &n, NULL), NOMEN_ERROR_DATA);
    assert_int_equal(nomen_body_get_bool(x.json, "n", &yes, NULL), NOMEN_ERROR_DATA);
    assert_int_equal(nomen_body_get_number(x.json, "name", &number, NULL), NOMEN_ERROR_DATA);
    assert_int_equal(nomen_body_get_names(x.json, "name", &names, NULL), NOMEN_ERROR_DATA);
    assert_int_equal(nomen_body_get_names(x.json, "ints", &names, NULL), NOMEN_ERROR_DATA);
    err = (nomen_error){0};
    assert_int_equal(nomen_body_get_names(x.json, "bad", &names, &err), NOMEN_ERROR_DATA);
    assert_non_null(strstr(err.message, "\"bad\"[0] is \"a,b\""));
    nomen_buffer_clear(&names);
    clear(&x);
}

static void test_keys(void **state) {
    (void)state;
    static const char *const known[] = {"text", "texts", NULL};
    static const char body[] = "{\"text\": 1, \"txet\": 2, \"more\": 3}";
    nomen_exchange x;
    nomen_error err = {0};
    assert_int_equal(parse(&x, body, sizeof body - 1, &err), NOMEN_OK);
    assert_int_equal(nomen_body_check_keys(x.json, known, "", &err), NOMEN_ERROR_DATA);
    assert_string_equal(err.message, "unknown keys \"txet\", \"more\"; known are text, texts");
    json_object_del(x.json, "more");
    err = (nomen_error){0};
    assert_int_equal(nomen_body_check_keys(x.json, known, " in \"parameters\"", &err), NOMEN_ERROR_DATA);
    assert_string_equal(err.message, "unknown key \"txet\" in \"parameters\"; known are text, texts");
    json_object_del(x.json, "txet");
    assert_int_equal(nomen_body_check_keys(x.json, known, "", NULL), NOMEN_OK);
    clear(&x);
}

static void test_memory(void **state) {
    (void)state;
    static const char body[] = "{\"texts\": [\"one\", \"two\", {\"tokens\": [\"a\"]}], \"model\": \"x\"}";
    long before = nomen_mem_test_live();
    for (long n = 0;; n++) {
        nomen_exchange x = {.service = &service};
        nomen_error err = {0};
        assert_int_equal(nomen_buffer_append_text(&x.body, body, NULL), NOMEN_OK);
        nomen_mem_test_fail(n, n % 2 != 0);
        nomen_status status = nomen_body_parse(&x, &err);
        nomen_mem_test_fail(-1, 0);
        if (status != NOMEN_OK) { assert_int_equal(status, NOMEN_ERROR_MEMORY); }
        clear(&x);
        assert_int_equal(nomen_mem_test_live(), before);
        if (status == NOMEN_OK) { break; }
        assert_true(n < 1000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_refused), cmocka_unit_test(test_depth),
                                       cmocka_unit_test(test_values),  cmocka_unit_test(test_members),
                                       cmocka_unit_test(test_keys),    cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
