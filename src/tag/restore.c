/* The way back from pseudonyms; see tag/pseudonyms.h for how they are found. */
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/names.h"
#include "nomen/tag.h"
#include "tag/pseudonyms.h"

typedef struct restore_map {
    const char *path;
    json_t *json;
    const json_t *originals;
    nomen_pseudonym_names names;
} restore_map;

static nomen_status damaged(const restore_map *map, const char *what, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: %s; check that it is a map of pseudonyms", map->path, what);
}

static nomen_status read_map(restore_map *map, const char *bytes, size_t n_bytes, nomen_error *err) {
    nomen_json_problem problem = {0};
    size_t n_used = 0;
    nomen_status status;
    status = nomen_json_parse_first(bytes, n_bytes, &map->json, &n_used, &problem, err);
    if (status == NOMEN_ERROR_FORMAT) {
        NOMEN_FAIL(nomen_error_set(err, status, "%s:%zu:%zu: not valid JSON: %s", map->path, problem.line, problem.column,
                                   problem.text));
    }
    if (status != NOMEN_OK) { goto done; }
    for (; n_used < n_bytes; n_used++) {
        if (strchr(" \t\r\n", bytes[n_used]) == NULL || bytes[n_used] == '\0') {
            NOMEN_FAIL(damaged(map, "something follows the map", err));
        }
    }
    const json_t *format = json_object_get(map->json, "format"), *names = json_object_get(map->json, "names");
    map->originals = json_object_get(map->json, "originals");
    if (!json_is_string(format) || strcmp(json_string_value(format), "nomen pseudonyms") != 0) {
        NOMEN_FAIL(damaged(map, "\"format\" is not \"nomen pseudonyms\"", err));
    }
    if (json_integer_value(json_object_get(map->json, "version")) != 1) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_UNSUPPORTED, "%s: \"version\" is not 1; use a later nomen", map->path));
    }
    if (!json_is_array(names)) { NOMEN_FAIL(damaged(map, "\"names\" is not a list", err)); }
    if (!json_is_object(map->originals)) { NOMEN_FAIL(damaged(map, "\"originals\" is not an object", err)); }
    for (size_t i = 0; i < json_array_size(names); i++) {
        const json_t *name = json_array_get(names, i);
        if (json_string_length(name) == 0) { NOMEN_FAIL(damaged(map, "one of \"names\" is not a name", err)); }
        NOMEN_TRY(nomen_pseudonym_names_add(&map->names, json_string_value(name), err));
    }
done:
    return status;
}

static int digit_of(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Appends an original; one that is neither a text nor hexadecimal bytes is damage. */
static nomen_status append_original(const restore_map *map, const json_t *value, nomen_buffer *out, nomen_error *err) {
    const json_t *hex = json_object_get(value, "hex");
    if (json_is_string(value)) { return nomen_buffer_append(out, json_string_value(value), json_string_length(value), err); }
    const char *digits = json_string_value(hex);
    if (digits == NULL || json_string_length(hex) % 2 != 0) { return damaged(map, "an original is not a text", err); }
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < json_string_length(hex); i += 2) {
        int high = digit_of(digits[i]), low = digit_of(digits[i + 1]);
        if (high < 0 || low < 0) { return damaged(map, "an original has characters other than 0 to 9 and a to f", err); }
        NOMEN_TRY(nomen_buffer_append_byte(out, (char)(high * 16 + low), err));
    }
done:
    return status;
}

static nomen_status run(const restore_map *map, const char *text, size_t n_bytes, nomen_buffer *out, size_t *n_unknown,
                        nomen_error *err) {
    nomen_buffer key = {0};
    size_t kept = 0, i = 0; /* text[kept, i) is still to be copied */
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append(out, "", 0, err));
    while (i < n_bytes) {
        size_t n = nomen_pseudonym_length(&map->names, text + i, n_bytes - i);
        const json_t *original = NULL;
        if (n > 0) {
            nomen_buffer_reset(&key);
            NOMEN_TRY(nomen_buffer_append(&key, text + i, n, err));
            original = json_object_get(map->originals, key.data);
            *n_unknown += original == NULL;
        }
        if (original == NULL) {
            i += n > 0 ? n : 1;
            continue;
        }
        size_t end = i > kept && text[i - 1] == NOMEN_PSEUDONYM_MARK ? i - 1 : i;
        if (end > kept) { NOMEN_TRY(nomen_buffer_append(out, text + kept, end - kept, err)); }
        NOMEN_TRY(append_original(map, original, out, err));
        i += n;
        i += i < n_bytes && text[i] == NOMEN_PSEUDONYM_MARK;
        kept = i;
    }
    if (i > kept) { status = nomen_buffer_append(out, text + kept, i - kept, err); }
done:
    nomen_buffer_clear(&key);
    return status;
}

/* `name` is the map's in messages. */
static nomen_status restore(const char *name, const char *bytes, size_t n_map, const char *text, size_t n_bytes, char **out,
                            size_t *n_out, size_t *n_unknown, nomen_error *err) {
    restore_map map = {.path = name};
    nomen_buffer restored = {0};
    size_t unknown = 0;
    nomen_status status;
    NOMEN_TRY(read_map(&map, bytes, n_map, err));
    NOMEN_TRY(run(&map, text, n_bytes, &restored, &unknown, err));
    if (n_unknown != NULL) { *n_unknown = unknown; }
    if (n_out != NULL) { *n_out = restored.size; }
    *out = nomen_buffer_release(&restored);
done:
    nomen_buffer_clear(&restored);
    nomen_pseudonym_names_clear(&map.names);
    json_decref(map.json);
    return status;
}

nomen_status nomen_restore(const char *path, const char *text, size_t n_bytes, char **out, size_t *n_out, size_t *n_unknown,
                           nomen_error *err) {
    nomen_buffer bytes = {0};
    nomen_status status;
    NOMEN_TRY(nomen_string_check(path, "the path of the map", err));
    NOMEN_TRY(nomen_file_read(path, &bytes, err));
    status = restore(path, bytes.data != NULL ? bytes.data : "", bytes.size, text, n_bytes, out, n_out, n_unknown, err);
done:
    nomen_buffer_clear(&bytes);
    return status;
}

nomen_status nomen_restore_text(const char *map, size_t n_map, const char *text, size_t n_bytes, char **out, size_t *n_out,
                                size_t *n_unknown, nomen_error *err) {
    return restore("the map", map, n_map, text, n_bytes, out, n_out, n_unknown, err);
}
