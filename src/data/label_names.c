/* Names of labels from an option or a file; see the header. */
#include "data/label_names.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/excerpt.h"

const char *const nomen_tag_keys[] = {"ner_tags", "labels", "tags", "ner", NULL};

/* The object that has names: `value` itself, or the first one within it. */
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

/* Names from a JSON list, or an object that has them under "id2label" or "names". */
static nomen_status from_json(const json_t *value, const char *path, nomen_labels *out, nomen_error *err) {
    const json_t *features = find_features(value);
    if (features == NULL) { features = find_named(value); }
    if (features != NULL) { value = features; }
    const json_t *map = json_object_get(value, "id2label"),
                 *list = json_is_array(value) ? value : json_object_get(value, "names");
    size_t n = map != NULL ? json_object_size(map) : json_array_size(list);
    nomen_status status = NOMEN_OK;
    const char **names = NULL;
    NOMEN_TRY(NOMEN_NEW(names, n + 1, err));
    for (size_t i = 0; i < n; i++) {
        char key[24];
        snprintf(key, sizeof key, "%zu", i);
        const json_t *name = map != NULL ? json_object_get(map, key) : json_array_get(list, i);
        names[i] = json_string_value(name);
        if (names[i] == NULL || strlen(names[i]) != json_string_length(name)) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                       "%s: there is no name for tag %zu; give a list of names, or "
                                       "\"id2label\" from 0 on",
                                       path, i));
        }
    }
    if (n == 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                   "%s: neither a list of names nor an object with \"id2label\" or "
                                   "\"names\"",
                                   path));
    }
    status = nomen_labels_copy((char *const *)names, n, out, err);
done:
    nomen_mem_free(names);
    return status;
}

/* The name from `at` on without the white space around it, which is cut off. */
static char *trim(char *at) {
    while (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n') { at++; }
    size_t n = strlen(at);
    while (n > 0 && (at[n - 1] == ' ' || at[n - 1] == '\t' || at[n - 1] == '\r' || at[n - 1] == '\n')) { at[--n] = '\0'; }
    return at;
}

/* Names separated by `mark`; what is empty at the end does not count. */
static nomen_status from_text(char *text, char mark, nomen_labels *out, nomen_error *err) {
    size_t n = 0, capacity = 0;
    char **names = NULL;
    nomen_status status = NOMEN_OK;
    for (char *at = text; at != NULL;) {
        char *end = strchr(at, mark);
        if (end != NULL) { *end++ = '\0'; }
        NOMEN_TRY(NOMEN_RESERVE(names, capacity, n + 1, err));
        names[n++] = trim(at);
        at = end;
    }
    while (n > 0 && names[n - 1][0] == '\0') { n--; }
    status = nomen_labels_copy(names, n, out, err);
done:
    nomen_mem_free(names);
    return status;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Each name is text and there once. */
static nomen_status check(const char *given, const nomen_labels *labels, nomen_error *err) {
    char **sorted = NULL, shown[NOMEN_EXCERPT_SIZE];
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(sorted, labels->n + 1, err));
    for (size_t i = 0; i < labels->n; i++) {
        const char *name = sorted[i] = labels->names[i], *fault = NULL;
        size_t n = strlen(name);
        bool is_text = nomen_utf8_is_valid(name, n);
        if (n == 0) { fault = "is empty"; }
        if (!is_text) { fault = "is not UTF-8"; }
        for (size_t c = 0; c < n; c++) {
            if ((unsigned char)name[c] < ' ' || name[c] == 0x7f) { fault = "contains a control character"; }
        }
        if (fault == NULL) { continue; }
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                   "%s: the name of label %zu, '%s', %s; give each label from 0 on a "
                                   "name such as O or B-per",
                                   given, i, nomen_excerpt(shown, name, is_text ? n : 0), fault));
    }
    if (labels->n > 1) { qsort(sorted, labels->n, sizeof *sorted, compare_names); }
    for (size_t i = 1; i < labels->n; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) != 0) { continue; }
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the name '%s' occurs twice; each label needs its own", given,
                                   nomen_excerpt(shown, sorted[i], strlen(sorted[i]))));
    }
done:
    nomen_mem_free(sorted);
    return status;
}

/* The first byte of a text that counts. */
static const char *skip_blanks(const char *text) {
    if (strncmp(text, "\xEF\xBB\xBF", 3) == 0) { text += 3; }
    return text + strspn(text, " \t\r\n");
}

nomen_status nomen_label_names_read(const char *given, nomen_labels *out, nomen_error *err) {
    nomen_buffer text = {0};
    nomen_labels names = {0};
    json_t *value = NULL;
    nomen_status status;
    bool is_file = nomen_file_exists(given);
    NOMEN_TRY(is_file ? nomen_file_read(given, &text, err) : nomen_buffer_append_text(&text, given, err));
    NOMEN_TRY(nomen_buffer_append_byte(&text, '\0', err));
    if (strlen(text.data) + 1 != text.size) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: contains NUL bytes, so it is not a file of names", given));
    }
    const char *start = skip_blanks(text.data);
    if (is_file && (*start == '{' || *start == '[')) {
        NOMEN_TRY(nomen_json_parse(start, strlen(start), given, &value, err));
        NOMEN_TRY(from_json(value, given, &names, err));
    } else {
        NOMEN_TRY(from_text((char *)(uintptr_t)start, is_file ? '\n' : ',', &names, err));
    }
    if (names.n == 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: contains no names of tags",
                                   given[0] != '\0' ? given : "an empty text"));
    }
    NOMEN_TRY(check(given, &names, err));
    *out = names;
    names = (nomen_labels){0};
done:
    nomen_labels_clear(&names);
    json_decref(value);
    nomen_buffer_clear(&text);
    return status;
}
