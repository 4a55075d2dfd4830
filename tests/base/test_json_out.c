/* JSON as a stream: commas, keys, every kind of value, and the first failure. */
#include <math.h>

#include "base/json_out.h"
#include "base/mem.h"
#include "support/cmocka_all.h"

static void add_all(nomen_json_out *json) {
    nomen_json_begin_object(json, NULL);
    nomen_json_begin_list(json, "empty");
    nomen_json_end_list(json);
    nomen_json_begin_list(json, "a \"key\"");
    nomen_json_begin_object(json, NULL);
    nomen_json_end_object(json);
    nomen_json_add_text(json, NULL, NULL);
    nomen_json_add_text(json, NULL, "a\nb\xff");
    nomen_json_add_bytes(json, NULL, "\0", 1);
    nomen_json_end_list(json);
    nomen_json_add_size(json, "size", 3);
    nomen_json_add_int(json, "int", -3);
    nomen_json_add_number(json, "number", 0.1);
    nomen_json_add_float(json, "float", 0.1f);
    nomen_json_add_number(json, "nan", (double)NAN);
    nomen_json_add_rounded(json, "rounded", 2, 1);
    nomen_json_add_pair(json, "pair", 0, 1);
    nomen_json_add_bool(json, "yes", true);
    nomen_json_add_raw(json, "raw", "[1]", 3);
    nomen_json_add_value(json, "value", json_real(1));
    nomen_json_end_object(json);
}

static void values(void **state) {
    (void)state;
    nomen_buffer out = {0};
    nomen_json_out json = nomen_json_start(&out, NULL);
    add_all(&json);
    assert_int_equal(nomen_json_end_line(&json), NOMEN_OK);
    nomen_json_begin_list(&json, NULL); /* a second line */
    nomen_json_end_list(&json);
    assert_int_equal(json.status, NOMEN_OK);
    assert_string_equal(out.data,
                        "{\"empty\":[],\"a \\\"key\\\"\":[{},null,\"a\\nb\xEF\xBF\xBD\",\"\\u0000\"],\"size\":3,\"int\":-3,"
                        "\"number\":0.1,\"float\":0.1,\"nan\":null,\"rounded\":2.0,\"pair\":[0,1],\"yes\":true,\"raw\":[1],"
                        "\"value\":1.0}\n[]");
    nomen_buffer_clear(&out);
}

static void failures(void **state) {
    (void)state;
    nomen_buffer out = {0};
    nomen_error err = {0};
    nomen_json_out json = nomen_json_start(&out, &err);
    nomen_json_add_value(&json, NULL, NULL);
    assert_int_equal(err.status, NOMEN_ERROR_MEMORY);
    nomen_json_add_null(&json, NULL);
    assert_int_equal(nomen_json_end_line(&json), NOMEN_ERROR_MEMORY);
    nomen_buffer_clear(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(values), cmocka_unit_test(failures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
