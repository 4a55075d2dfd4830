/* Names of labels from an option or a file; see the header. */
#include "data/label_names.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

const char *const nomen_tag_keys[] = {"ner_tags", "labels", "tags", "ner", NULL};

/* The object that has names of tags: `value` itself, or the first one within it. */
static const json_t *find_named(const json_t *value) {
    if (json_object_get(value, "id2label") != NULL || json_is_array(json_object_get(value, "names"))) { return value; }
    const char *key;
    json_t *inner;
    json_object_foreach((json_t *)(uintptr_t)value, key, inner) {
        const json_t *found = find_named(inner);
        if (found != NULL) { return found; }
    }
    return NULL;
}

/* The same in what describes a data set (dataset_infos.json), where parts of speech may have names too: of the tags' key. */
static const json_t *find_features(const json_t *value) {
    for (const char *const *name = nomen_tag_keys; *name != NULL; name++) {
        const json_t *found = find_named(json_object_get(value, *name));
        if (found != NULL) { return found; }
    }
    const char *key;
    json_t *inner;
    json_object_foreach((json_t *)(uintptr_t)value, key, inner) {
        const json_t *found = find_features(inner);
        if (found != NULL) { return found; }
    }
    return NULL;
}

/* Names from a JSON list, or an object that has them, itself or deep within, under "id2label" or "names". */
static nomen_status names_from_json(const json_t *value, const char *path, nomen_labels *out, nomen_error *err) {
    const json_t *features = find_features(value);
    if (features == NULL) { features = find_named(value); }
    if (features != NULL) { value = features; }
    const json_t *map = json_object_get(value, "id2label"), *list = json_is_array(value) ? value : json_object_get(value, "names");
    size_t n = map != NULL ? json_object_size(map) : json_array_size(list);
    nomen_status status = NOMEN_OK;
    const char **names = NULL;
    NOMEN_TRY(NOMEN_NEW(names, n + 1, err));
    for (size_t i = 0; i < n; i++) {
        char key[24];
        snprintf(key, sizeof key, "%zu", i);
        names[i] = json_string_value(map != NULL ? json_object_get(map, key) : json_array_get(list, i));
        if (names[i] == NULL) {
            NOMEN_TRY(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: there is no name for tag %zu; give a list of names, or "
                                      "\"id2label\" from 0 on", path, i));
        }
    }
    if (n == 0) {
        NOMEN_TRY(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: neither a list of names nor an object with \"id2label\" or "
                                  "\"names\"", path));
    }
    status = nomen_labels_copy((char *const *)names, n, out, err);
done:
    nomen_mem_free(names);
    return status;
}

/* Names parted by `mark`; what is empty at the end does not count. */
static nomen_status names_from_text(char *text, char mark, nomen_labels *out, nomen_error *err) {
    size_t n = 0, capacity = 0;
    char **names = NULL;
    nomen_status status = NOMEN_OK;
    for (char *at = text; at != NULL && *at != '\0';) {
        char *end = strchr(at, mark);
        if (end != NULL) { *end++ = '\0'; }
        size_t length = strlen(at);
        if (length > 0 && at[length - 1] == '\r') { at[length - 1] = '\0'; }
        NOMEN_TRY(NOMEN_RESERVE(names, capacity, n + 1, err));
        names[n++] = at;
        at = end;
    }
    status = nomen_labels_copy(names, n, out, err);
done:
    nomen_mem_free(names);
    return status;
}

nomen_status nomen_label_names_read(const char *wish, nomen_labels *out, nomen_error *err) {
    nomen_buffer text = {0};
    json_t *value = NULL;
    nomen_status status;
    bool is_file = nomen_file_exists(wish);
    if (is_file) {
        NOMEN_TRY(nomen_file_read(wish, &text, err));
    } else {
        NOMEN_TRY(nomen_buffer_append_text(&text, wish, err));
    }
    if (text.size == 0) { NOMEN_TRY(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: holds no names of tags", wish)); }
    if (is_file && (text.data[0] == '{' || text.data[0] == '[')) {
        NOMEN_TRY(nomen_json_parse(text.data, text.size, wish, &value, err));
        status = names_from_json(value, wish, out, err);
    } else {
        status = names_from_text(text.data, is_file ? '\n' : ',', out, err);
    }
done:
    json_decref(value);
    nomen_buffer_clear(&text);
    return status;
}
