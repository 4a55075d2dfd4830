/* Names of labels that are numbers; see the header. */
#include "data/number_names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "data/json_records.h"
#include "data/label_names.h"

/* Pairs in the making: names borrow what they were read from. */
typedef struct pairs {
    char **names;
    long long *numbers;
    size_t n, names_capacity, numbers_capacity;
} pairs;

static nomen_status add_pair(pairs *p, const char *given, long long number, const char *name, nomen_error *err) {
    nomen_status status;
    for (size_t i = 0; i < p->n; i++) {
        if (p->numbers[i] != number) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the number %lld has two names, '%s' and '%s'", given, number,
                               p->names[i], name);
    }
    NOMEN_TRY(NOMEN_RESERVE(p->names, p->names_capacity, p->n + 1, err));
    NOMEN_TRY(NOMEN_RESERVE(p->numbers, p->numbers_capacity, p->n + 1, err));
    p->names[p->n] = (char *)(uintptr_t)name;
    p->numbers[p->n++] = number;
done:
    return status;
}

static nomen_status set_pairs(pairs *p, nomen_number_names *out, nomen_error *err) {
    nomen_status status = nomen_labels_copy(p->names, p->n, &out->names, err);
    if (status != NOMEN_OK) { return status; }
    out->numbers = p->numbers;
    p->numbers = NULL;
    return NOMEN_OK;
}

/* NUMBER=NAME; *name is NULL where it is none. */
static long long cut_pair(char *at, char **name) {
    char *end;
    while (*at == ' ' || *at == '\t') { at++; }
    long long number = strtoll(at, &end, 10);
    *name = end != at && *end == '=' && end[1] != '\0' ? end + 1 : NULL;
    return number;
}

static nomen_status pairs_from_text(char *text, char mark, const char *given, pairs *out, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (char *at = text; at != NULL && *at != '\0';) {
        char *end = strchr(at, mark), *name;
        if (end != NULL) { *end++ = '\0'; }
        size_t n = strlen(at);
        while (n > 0 && strchr(" \t\r", at[n - 1]) != NULL) { at[--n] = '\0'; }
        long long number = cut_pair(at, &name);
        if (name != NULL) {
            NOMEN_TRY(add_pair(out, given, number, name, err));
        } else if (n > 0) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                       "%s: '%s' is not a number with its name; write all as 1=PER,2=ORG", given, at));
        }
        at = end;
    }
done:
    return status;
}

/* Whether the value is a list of labels as tools export them. */
static bool has_ids(const json_t *value) {
    const json_t *first = json_array_get(value, 0);
    return json_is_integer(json_object_get(first, "id")) && json_is_string(json_object_get(first, "text"));
}

static nomen_status pairs_from_json(const json_t *list, const char *given, pairs *out, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *label = json_array_get(list, i), *id = json_object_get(label, "id"), *text = json_object_get(label, "text");
        if (!json_is_integer(id) || json_string_length(text) == 0 ||
            strlen(json_string_value(text)) != json_string_length(text)) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: label %zu lacks an \"id\" that is a number, or a \"text\"",
                                       given, i));
        }
        NOMEN_TRY(add_pair(out, given, json_integer_value(id), json_string_value(text), err));
    }
done:
    return status;
}

nomen_status nomen_number_names_read(const char *given, nomen_number_names *out, nomen_error *err) {
    nomen_buffer text = {0};
    json_t *value = NULL;
    pairs found = {0};
    char *name = NULL;
    bool is_file = nomen_file_exists(given);
    nomen_status status;
    NOMEN_TRY(is_file ? nomen_file_read(given, &text, err) : nomen_buffer_append_text(&text, given, err));
    NOMEN_TRY(nomen_buffer_append_byte(&text, '\0', err));
    if (is_file && text.data[0] == '[') {
        NOMEN_TRY(nomen_json_parse(text.data, text.size - 1, given, &value, err));
        if (has_ids(value)) { NOMEN_TRY(pairs_from_json(value, given, &found, err)); }
    } else {
        (void)cut_pair(text.data, &name);
        if (name != NULL) { NOMEN_TRY(pairs_from_text(text.data, is_file ? '\n' : ',', given, &found, err)); }
    }
    status = found.n > 0 ? set_pairs(&found, out, err) : nomen_label_names_read(given, &out->names, err);
done:
    nomen_mem_free(found.names);
    nomen_mem_free(found.numbers);
    json_decref(value);
    nomen_buffer_clear(&text);
    return status;
}

/* The list of names that a description of a feature has, itself or deep within. */
static const json_t *find_list(const json_t *feature) {
    const json_t *names = json_object_get(feature, "names");
    if (json_is_array(names)) { return names; }
    const char *key;
    json_t *inner;
    json_object_foreach((json_t *)(uintptr_t)feature, key, inner) {
        if ((names = find_list(inner)) != NULL) { return names; }
    }
    return NULL;
}

/* The names of the key `tags` in each "features" within; *n counts different ones. */
static const json_t *find_features(const json_t *value, const char *tags, const json_t *found, size_t *n) {
    const json_t *names = find_list(json_object_get(json_object_get(value, "features"), tags));
    if (names != NULL) {
        *n += found == NULL || !json_equal(found, names);
        return names;
    }
    const char *key;
    json_t *inner;
    json_object_foreach((json_t *)(uintptr_t)value, key, inner) {
        found = find_features(inner, tags, found, n);
    }
    return found;
}

/* Names from 0 on, of a list or of a map from numbers; none where one is missing or no text. */
static nomen_status copy_names(const json_t *value, nomen_labels *out, nomen_error *err) {
    size_t n = json_is_array(value) ? json_array_size(value) : json_object_size(value), i = 0;
    char **names = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(names, n + 1, err));
    for (; i < n; i++) {
        char key[24];
        snprintf(key, sizeof key, "%zu", i);
        const json_t *name = json_is_array(value) ? json_array_get(value, i) : json_object_get(value, key);
        if (json_string_length(name) == 0 || strlen(json_string_value(name)) != json_string_length(name)) { break; }
        names[i] = (char *)(uintptr_t)json_string_value(name);
    }
    if (i == n && n > 0) { status = nomen_labels_copy(names, n, out, err); }
done:
    nomen_mem_free(names);
    return status;
}

/* Names from one file; none where it is not there, or is not what its name says: then it is no use to us, and no fault. */
static nomen_status find_in(const char *path, const char *tags, nomen_labels *out, nomen_error *err) {
    json_t *value = NULL;
    size_t n = 0;
    nomen_status status = nomen_file_exists(path) ? nomen_json_read(path, &value, NULL) : NOMEN_OK;
    if (status == NOMEN_ERROR_MEMORY) { return nomen_error_out_of_memory(err); }
    const json_t *map = json_object_get(value, "id2label"), *names = map != NULL ? map : find_features(value, tags, NULL, &n);
    status = names != NULL && n < 2 ? copy_names(names, out, err) : NOMEN_OK;
    json_decref(value);
    if (out->n > 0 && strncmp(out->names[0], "LABEL_", 6) == 0) { nomen_labels_clear(out); } /* names that nobody gave */
    return status;
}

nomen_status nomen_number_names_find(const char *path, const char *tags, nomen_number_names *out, nomen_error *err) {
    static const char *const files[] = {NOMEN_NAMES_BESIDE};
    const char *slash = strrchr(path, '/');
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < 3 && status == NOMEN_OK && out->names.n == 0; i++) {
        nomen_buffer beside = {0};
        status = nomen_buffer_printf(&beside, err, "%.*s%s", slash == NULL ? 0 : (int)(slash + 1 - path), path, files[i]);
        if (status == NOMEN_OK) { status = find_in(beside.data, tags, &out->names, err); }
        if (status == NOMEN_OK && out->names.n > 0) { out->beside = nomen_buffer_release(&beside); }
        nomen_buffer_clear(&beside);
    }
    return status;
}

const char *nomen_number_name(const nomen_number_names *names, long long number) {
    if (names->numbers == NULL) {
        return number >= 0 && (unsigned long long)number < names->names.n ? names->names.names[number] : NULL;
    }
    for (size_t i = 0; i < names->names.n; i++) {
        if (names->numbers[i] == number) { return names->names.names[i]; }
    }
    return NULL;
}

void nomen_number_names_clear(nomen_number_names *names) {
    nomen_labels_clear(&names->names);
    nomen_mem_free(names->numbers);
    nomen_mem_free(names->beside);
    *names = (nomen_number_names){0};
}
