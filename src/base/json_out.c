/* Writing JSON as a stream; see the header. After a failure the calls may go on: what was written is thrown away. */
#include "base/json_out.h"

#include <string.h>

static void keep(nomen_json_out *json, nomen_status status) {
    if (json->status == NOMEN_OK) { json->status = status; }
}

/* What stands before a value. */
static nomen_buffer *begin_value(nomen_json_out *json, const char *key) {
    if (json->comma) { keep(json, nomen_buffer_append_byte(json->out, ',', json->err)); }
    if (key != NULL) {
        keep(json, nomen_buffer_append_json(json->out, key, strlen(key), json->err));
        keep(json, nomen_buffer_append_byte(json->out, ':', json->err));
    }
    json->comma = true;
    return json->out;
}

static void open(nomen_json_out *json, const char *key, char bracket) {
    keep(json, nomen_buffer_append_byte(begin_value(json, key), bracket, json->err));
    json->comma = false;
}

static void close(nomen_json_out *json, char bracket) {
    keep(json, nomen_buffer_append_byte(json->out, bracket, json->err));
    json->comma = true;
}

void nomen_json_begin_object(nomen_json_out *json, const char *key) {
    open(json, key, '{');
}

void nomen_json_end_object(nomen_json_out *json) {
    close(json, '}');
}

void nomen_json_begin_list(nomen_json_out *json, const char *key) {
    open(json, key, '[');
}

void nomen_json_end_list(nomen_json_out *json) {
    close(json, ']');
}

void nomen_json_add_bytes(nomen_json_out *json, const char *key, const char *text, size_t n_bytes) {
    keep(json, nomen_buffer_append_json(begin_value(json, key), text, n_bytes, json->err));
}

void nomen_json_add_raw(nomen_json_out *json, const char *key, const char *text, size_t n_bytes) {
    keep(json, nomen_buffer_append(begin_value(json, key), text, n_bytes, json->err));
}

void nomen_json_add_null(nomen_json_out *json, const char *key) {
    nomen_json_add_raw(json, key, "null", 4);
}

void nomen_json_add_bool(nomen_json_out *json, const char *key, bool value) {
    nomen_json_add_raw(json, key, value ? "true" : "false", value ? 4 : 5);
}

void nomen_json_add_text(nomen_json_out *json, const char *key, const char *text) {
    if (text == NULL) {
        nomen_json_add_null(json, key);
    } else {
        nomen_json_add_bytes(json, key, text, strlen(text));
    }
}

void nomen_json_add_int(nomen_json_out *json, const char *key, int64_t number) {
    keep(json, nomen_buffer_append_int(begin_value(json, key), number, json->err));
}

void nomen_json_add_pair(nomen_json_out *json, const char *key, size_t first, size_t second) {
    nomen_json_begin_list(json, key);
    nomen_json_add_size(json, NULL, first);
    nomen_json_add_size(json, NULL, second);
    nomen_json_end_list(json);
}

void nomen_json_add_number(nomen_json_out *json, const char *key, double number) {
    keep(json, nomen_buffer_append_number(begin_value(json, key), number, json->err));
}

void nomen_json_add_float(nomen_json_out *json, const char *key, float number) {
    keep(json, nomen_buffer_append_float(begin_value(json, key), number, json->err));
}

void nomen_json_add_rounded(nomen_json_out *json, const char *key, double number, int n_decimals) {
    keep(json, nomen_buffer_printf(begin_value(json, key), json->err, "%.*f", n_decimals, number));
}

void nomen_json_add_value(nomen_json_out *json, const char *key, json_t *value) {
    keep(json, value != NULL ? nomen_json_append(value, false, begin_value(json, key), json->err)
                             : nomen_error_out_of_memory(json->err));
    json_decref(value);
}

nomen_status nomen_json_end_line(nomen_json_out *json) {
    keep(json, nomen_buffer_append_byte(json->out, '\n', json->err));
    json->comma = false;
    return json->status;
}
