/* JSON bodies; see the header. */
#include "serve/body.h"

#include <stdarg.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "serve/service.h"

/*
 * A value takes jansson about 100 bytes, however few it has in the body ("[],[],[]"). Texts have many more bytes than this for
 * each value; a body that has fewer would take many times its own size.
 */
enum { BYTES_PER_VALUE = 8, FEW_VALUES = 1024 };

nomen_status nomen_refuse(nomen_exchange *exchange, nomen_error *err, unsigned http_status, const char *format, ...) {
    char message[NOMEN_ERROR_SIZE];
    va_list arguments;
    va_start(arguments, format);
    if (nomen_number_vsnprintf(message, sizeof message, format, arguments) < 0) { message[0] = '\0'; }
    va_end(arguments);
    nomen_answer_error(&exchange->answer, http_status, "%s", message);
    return nomen_error_set(err, NOMEN_ERROR_DATA, "%s", message);
}

nomen_status nomen_body_text(nomen_exchange *exchange, const char **out, size_t *n_bytes, nomen_error *err) {
    const char *text = exchange->body.data != NULL ? exchange->body.data : "";
    size_t n = exchange->body.size, n_wide = 0, valid = nomen_utf8_valid_prefix(text, n, &n_wide);
    if (valid < n) {
        return nomen_refuse(exchange, err, 400, "byte %zu of the body is 0x%02X, which is no UTF-8 there; send UTF-8", valid,
                            (unsigned)(unsigned char)text[valid]);
    }
    size_t mark = n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    *out = text + mark;
    *n_bytes = n - mark;
    return NOMEN_OK;
}

/* What would cost memory or stack in jansson is refused before it. Brackets that don't match are left to it. */
static nomen_status scan(nomen_exchange *exchange, const char *text, size_t n_bytes, nomen_error *err) {
    const nomen_settings *settings = exchange->service->settings;
    size_t depth = 0, n_values = 1, most = settings->max_body / BYTES_PER_VALUE + FEW_VALUES;
    bool in_string = false;
    for (size_t i = 0; i < n_bytes; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\') { i++; }
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > settings->max_json_depth) {
                return nomen_refuse(exchange, err, 400, "the JSON is nested deeper than %zu levels at byte %zu of the body",
                                    settings->max_json_depth, i);
            }
        } else if (c == '}' || c == ']') {
            depth -= depth > 0;
        } else if (c == ',') {
            n_values++;
        }
    }
    if (n_values <= most) { return NOMEN_OK; }
    return nomen_refuse(exchange, err, 413, "the JSON has %zu values, and at most %zu are taken in one request; send several",
                        n_values, most);
}

/* The byte after white space. */
static size_t skip_space(const char *text, size_t at, size_t n_bytes) {
    while (at < n_bytes && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n')) { at++; }
    return at;
}

nomen_status nomen_body_parse(nomen_exchange *exchange, nomen_error *err) {
    const char *text = "";
    size_t n_bytes = 0, n_used = 0;
    nomen_json_problem problem = {0};
    json_t *value = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_body_text(exchange, &text, &n_bytes, err));
    if (skip_space(text, 0, n_bytes) == n_bytes) {
        NOMEN_FAIL(nomen_refuse(exchange, err, 400, "the body is empty; expected a JSON object"));
    }
    NOMEN_TRY(scan(exchange, text, n_bytes, err));
    char first = text[skip_space(text, 0, n_bytes)];
    if (first == '"' || (first >= '0' && first <= '9') || first == '-') {
        NOMEN_FAIL(
            nomen_refuse(exchange, err, 422, "the body is %s; expected a JSON object", first == '"' ? "a string" : "a number"));
    }
    status = nomen_json_parse_first(text, n_bytes, &value, &n_used, &problem, err);
    if (status == NOMEN_ERROR_FORMAT) {
        NOMEN_FAIL(nomen_refuse(exchange, err, 400, "the body is not valid JSON: line %zu, column %zu: %s", problem.line,
                                problem.column, problem.text));
    }
    if (status != NOMEN_OK) { goto done; }
    n_used = skip_space(text, n_used, n_bytes);
    if (n_used < n_bytes) {
        NOMEN_FAIL(
            nomen_refuse(exchange, err, 400, "the body is not valid JSON: something follows the value at byte %zu", n_used));
    }
    if (!json_is_object(value)) {
        NOMEN_FAIL(nomen_refuse(exchange, err, 422, "the body is %s; expected a JSON object", nomen_body_type(value)));
    }
    json_decref(exchange->json);
    exchange->json = value;
    value = NULL;
done:
    json_decref(value);
    return status;
}

const char *nomen_body_type(const json_t *value) {
    if (value == NULL) { return "missing"; }
    switch (json_typeof(value)) {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "a list";
    case JSON_STRING: return "a string";
    case JSON_INTEGER: return json_integer_value(value) < 0 ? "a negative number" : "a whole number";
    case JSON_REAL: return "a number with decimals, or a very large one";
    case JSON_TRUE:
    case JSON_FALSE: return "a boolean";
    case JSON_NULL: return "null";
    }
    return "something else";
}

nomen_status nomen_body_wrong(const json_t *value, const char *key, const char *expected, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_DATA, "\"%s\" is %s; expected %s", key, nomen_body_type(value), expected);
}

static bool is_known(const char *const *known, const char *key) {
    size_t i = 0;
    while (known[i] != NULL && strcmp(known[i], key) != 0) { i++; }
    return known[i] != NULL;
}

nomen_status nomen_body_check_keys(const json_t *object, const char *const *known, const char *inside, nomen_error *err) {
    enum { MOST_NAMED = 5 };
    nomen_buffer text = {0};
    size_t n_unknown = 0;
    nomen_status status = NOMEN_OK;
    void *at = json_object_iter((json_t *)(uintptr_t)object);
    for (; at != NULL; at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
        const char *key = json_object_iter_key(at);
        if (is_known(known, key) || ++n_unknown > MOST_NAMED) { continue; }
        NOMEN_TRY(nomen_buffer_printf(&text, err, "%s\"%.60s\"", n_unknown > 1 ? ", " : "", key));
    }
    if (n_unknown == 0) { goto done; }
    NOMEN_TRY(nomen_buffer_printf(&text, err, "%s%s; known are", n_unknown > MOST_NAMED ? "..." : "", inside));
    for (size_t i = 0; known[i] != NULL; i++) { NOMEN_TRY(nomen_buffer_printf(&text, err, "%s %s", i > 0 ? "," : "", known[i])); }
    status = nomen_error_set(err, NOMEN_ERROR_DATA, "unknown %s %s", n_unknown > 1 ? "keys" : "key", text.data);
done:
    nomen_buffer_clear(&text);
    return status;
}

/* The value at a key, or NULL where it is absent or null. */
static const json_t *present(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_null(value) ? NULL : value;
}

nomen_status nomen_body_get_text(const json_t *object, const char *key, const char **out, nomen_error *err) {
    const json_t *value = present(object, key);
    if (value == NULL) { return NOMEN_OK; }
    if (!json_is_string(value)) { return nomen_body_wrong(value, key, "a string", err); }
    if (strlen(json_string_value(value)) != json_string_length(value)) {
        return nomen_error_set(err, NOMEN_ERROR_DATA, "\"%s\" has a NUL character (\\u0000), which no such value has", key);
    }
    *out = json_string_value(value);
    return NOMEN_OK;
}

nomen_status nomen_body_get_bool(const json_t *object, const char *key, bool *out, nomen_error *err) {
    const json_t *value = present(object, key);
    if (value == NULL) { return NOMEN_OK; }
    if (!json_is_boolean(value)) { return nomen_body_wrong(value, key, "true or false", err); }
    *out = json_is_true(value);
    return NOMEN_OK;
}

bool nomen_body_whole(const json_t *value, int64_t *out) {
    static const double most = 9007199254740992; /* 2^53: from there on decimals are lost, and so what was meant */
    double number = json_number_value(value);
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return true;
    }
    if (!json_is_real(value) || !(number > -most && number < most) || number != (double)(int64_t)number) { return false; }
    *out = (int64_t)number;
    return true;
}

nomen_status nomen_body_get_size(const json_t *object, const char *key, size_t *out, nomen_error *err) {
    const json_t *value = present(object, key);
    if (value == NULL) { return NOMEN_OK; }
    int64_t number = 0;
    if (!nomen_body_whole(value, &number) || number < 0) {
        return nomen_body_wrong(value, key, "a whole number of 0 or more", err);
    }
    *out = (size_t)number;
    return NOMEN_OK;
}

nomen_status nomen_body_get_number(const json_t *object, const char *key, double *out, nomen_error *err) {
    const json_t *value = present(object, key);
    if (value == NULL) { return NOMEN_OK; }
    if (!json_is_number(value)) { return nomen_body_wrong(value, key, "a number", err); }
    *out = json_number_value(value);
    return NOMEN_OK;
}

nomen_status nomen_body_get_names(const json_t *object, const char *key, nomen_buffer *out, nomen_error *err) {
    const json_t *list = present(object, key), *name;
    nomen_status status = NOMEN_OK;
    size_t i;
    if (list == NULL) { return NOMEN_OK; }
    if (!json_is_array(list)) { return nomen_body_wrong(list, key, "a list of strings", err); }
    json_array_foreach(list, i, name) {
        const char *text = json_string_value(name);
        if (text == NULL) {
            NOMEN_FAIL(
                nomen_error_set(err, NOMEN_ERROR_DATA, "\"%s\"[%zu] is %s; expected a string", key, i, nomen_body_type(name)));
        }
        if (*text == '\0' || strchr(text, ',') != NULL || strlen(text) != json_string_length(name)) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_DATA,
                                       "\"%s\"[%zu] is \"%.60s\"; expected a name that is not empty and has "
                                       "no comma",
                                       key, i, text));
        }
        if (i > 0) { NOMEN_TRY(nomen_buffer_append_byte(out, ',', err)); }
        NOMEN_TRY(nomen_buffer_append_text(out, text, err));
    }
done:
    return status;
}
