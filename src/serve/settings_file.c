/* The file of settings: reading and writing. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/number.h"
#include "serve/settings_table.h"

/* What a value is, for messages. */
static const char *kind_of(const json_t *value) {
    switch (json_typeof(value)) {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "a list";
    case JSON_STRING: return "a string";
    case JSON_INTEGER: return "a whole number";
    case JSON_REAL: return "a number";
    case JSON_TRUE:
    case JSON_FALSE: return "a boolean";
    case JSON_NULL: return "null";
    }
    return "something else";
}

static const char *expected_of(nomen_setting_kind kind) {
    switch (kind) {
    case NOMEN_SETTING_TEXT: return "a string that is not empty";
    case NOMEN_SETTING_LIST:
    case NOMEN_SETTING_COMMAS: return "a list of strings";
    case NOMEN_SETTING_FLAG: return "true or false";
    case NOMEN_SETTING_COUNT: return "a whole number";
    case NOMEN_SETTING_BYTES: return "a whole number, or a string such as \"16MiB\"";
    case NOMEN_SETTING_SECONDS: return "a number of seconds";
    case NOMEN_SETTING_LOG_FORM: return "\"text\" or \"json\"";
    }
    return "another value";
}

static nomen_status wrong_value(const nomen_setting *setting, const json_t *value, const char *where, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s is %s, expected %s", where, kind_of(value), expected_of(setting->kind));
}

static nomen_status set_list(nomen_strings *member, const nomen_setting *setting, const json_t *value, const char *where,
                             nomen_error *err) {
    nomen_strings list = {0};
    nomen_status status = NOMEN_OK;
    size_t i;
    const json_t *item;
    json_array_foreach(value, i, item) {
        if (!json_is_string(item) || json_string_length(item) == 0) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: item %zu is %s, expected a string that is not empty", where,
                                       i + 1, json_is_string(item) ? "empty" : kind_of(item)));
        }
        NOMEN_TRY(nomen_strings_add(&list, json_string_value(item), json_string_length(item), err));
    }
    if (list.n == 0 && setting->standard != NULL) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s is an empty list; leave the key out for [\"%s\"]", where,
                                   setting->standard));
    }
    nomen_strings_clear(member);
    *member = list;
    return NOMEN_OK;
done:
    nomen_strings_clear(&list);
    return status;
}

/* A string is read as the text of an option is, and a number's range is checked as there. */
static nomen_status set_text(nomen_settings *settings, const nomen_setting *setting, const json_t *value, const char *where,
                             nomen_error *err) {
    nomen_error problem = {0};
    const char *text = json_string_value(value);
    if (*text == '\0') { return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s is empty; leave the key out", where); }
    if (nomen_setting_set(settings, setting, &text, 1, false, where, &problem) == NOMEN_OK) { return NOMEN_OK; }
    if (problem.status != NOMEN_ERROR_ARGUMENT) { return nomen_error_pass(err, &problem); }
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s", problem.message);
}

static nomen_status set_number(nomen_settings *settings, const nomen_setting *setting, const json_t *value, const char *where,
                               nomen_error *err) {
    void *member = nomen_setting_member(settings, setting);
    double number = json_number_value(value);
    char shown[NOMEN_NUMBER_SIZE];
    nomen_error problem = {0};
    nomen_number_snprintf(shown, sizeof shown, "%.15g", number);
    if (nomen_setting_check_range(setting, number, where, shown, &problem) != NOMEN_OK) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s", problem.message);
    }
    if (setting->kind == NOMEN_SETTING_SECONDS) {
        *(double *)member = number;
    } else {
        *(size_t *)member = (size_t)json_integer_value(value);
    }
    return NOMEN_OK;
}

static nomen_status set_value(nomen_settings *settings, const nomen_setting *setting, const json_t *value, const char *where,
                              nomen_error *err) {
    nomen_setting_kind kind = setting->kind;
    bool list = kind == NOMEN_SETTING_LIST || kind == NOMEN_SETTING_COMMAS;
    bool number = kind == NOMEN_SETTING_COUNT || kind == NOMEN_SETTING_BYTES || kind == NOMEN_SETTING_SECONDS;
    bool text = kind == NOMEN_SETTING_TEXT || kind == NOMEN_SETTING_LOG_FORM || kind == NOMEN_SETTING_BYTES;
    if (json_is_null(value)) { return NOMEN_OK; }
    if (list && json_is_array(value)) { return set_list(nomen_setting_member(settings, setting), setting, value, where, err); }
    if (text && json_is_string(value)) { return set_text(settings, setting, value, where, err); }
    if (number && (json_is_integer(value) || (kind == NOMEN_SETTING_SECONDS && json_is_real(value)))) {
        return set_number(settings, setting, value, where, err);
    }
    if (kind != NOMEN_SETTING_FLAG || !json_is_boolean(value)) { return wrong_value(setting, value, where, err); }
    *(bool *)nomen_setting_member(settings, setting) = json_is_true(value);
    return NOMEN_OK;
}

static nomen_status unknown_key(const char *path, const char *key, nomen_error *err) {
    nomen_buffer advice = {0};
    nomen_status status;
    NOMEN_TRY(nomen_setting_suggest(key, nomen_setting_key, &advice, err));
    status = nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: there is no setting \"%.60s\"%s", path, key, advice.data);
done:
    nomen_buffer_clear(&advice);
    return status;
}

static nomen_status set_all(nomen_settings *settings, const char *path, const json_t *object, nomen_error *err) {
    nomen_buffer where = {0};
    nomen_status status = NOMEN_OK;
    void *at = json_object_iter((json_t *)object);
    for (; at != NULL; at = json_object_iter_next((json_t *)object, at)) {
        const char *key = json_object_iter_key(at);
        const nomen_setting *setting = nomen_setting_find(key, nomen_setting_key);
        if (setting == NULL) { NOMEN_FAIL(unknown_key(path, key, err)); }
        nomen_buffer_reset(&where);
        NOMEN_TRY(nomen_buffer_printf(&where, err, "%s: \"%s\"", path, key));
        NOMEN_TRY(set_value(settings, setting, json_object_iter_value(at), where.data, err));
    }
done:
    nomen_buffer_clear(&where);
    return status;
}

nomen_status nomen_settings_read_file(nomen_settings *settings, const char *path, nomen_error *err) {
    static const char mark[] = "\xEF\xBB\xBF"; /* some editors put one before UTF-8 */
    nomen_buffer bytes = {0};
    json_t *object = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_file_read(path, &bytes, err));
    const char *text = bytes.data != NULL ? bytes.data : "";
    size_t skipped = bytes.size >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    if (strspn(text + skipped, " \t\r\n") == bytes.size - skipped) {
        NOMEN_FAIL(
            nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is empty; expected a JSON object of settings, at least {}", path));
    }
    NOMEN_TRY(nomen_json_parse(text + skipped, bytes.size - skipped, path, &object, err));
    if (!json_is_object(object)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is %s, expected a JSON object such as {\"max_queue_ms\": 500}",
                                   path, kind_of(object)));
    }
    NOMEN_TRY(set_all(settings, path, object, err));
    NOMEN_TRY(nomen_mem_replace_text(&settings->config, path, err));
done:
    json_decref(object);
    nomen_buffer_clear(&bytes);
    return status;
}

static json_t *list_value(const nomen_strings *list) {
    json_t *value = json_array();
    for (size_t i = 0; i < list->n; i++) {
        if (json_array_append_new(value, nomen_json_text(list->items[i])) == 0) { continue; }
        json_decref(value);
        return NULL;
    }
    return value;
}

static json_t *value_of(const nomen_setting *setting, const void *member) {
    switch (setting->kind) {
    case NOMEN_SETTING_TEXT: return nomen_json_text(*(char *const *)member);
    case NOMEN_SETTING_LIST:
    case NOMEN_SETTING_COMMAS: return list_value(member);
    case NOMEN_SETTING_FLAG: return json_boolean(*(const bool *)member);
    case NOMEN_SETTING_COUNT:
    case NOMEN_SETTING_BYTES: return json_integer((json_int_t) * (const size_t *)member);
    case NOMEN_SETTING_LOG_FORM: return json_string(*(const nomen_log_form *)member == NOMEN_LOG_JSON ? "json" : "text");
    case NOMEN_SETTING_SECONDS: break;
    }
    double number = *(const double *)member;
    return number == trunc(number) ? json_integer((json_int_t)number) : json_real(number);
}

nomen_status nomen_settings_print(const nomen_settings *settings, nomen_buffer *out, nomen_error *err) {
    size_t n;
    const nomen_setting *table = nomen_settings_table(&n);
    json_t *object = json_object();
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n; i++) {
        char key[NOMEN_SETTING_NAME_SIZE];
        nomen_setting_key(&table[i], key);
        if (json_object_set_new(object, key, value_of(&table[i], (const char *)settings + table[i].offset)) != 0) {
            NOMEN_FAIL(nomen_error_out_of_memory(err));
        }
    }
    NOMEN_TRY(nomen_json_append(object, true, out, err));
    NOMEN_TRY(nomen_buffer_append_byte(out, '\n', err));
done:
    json_decref(object);
    return status;
}
