/*
 * The labels of config.json: id2label gives their order and must name every id from 0 once;
 * label2id is checked against it. transformers writes LABEL_0, LABEL_1... when nobody named
 * anything, so these count as no labels. Whose labels they are "architectures" says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "model/config_keys.h"

/* More than any tag set; keeps a damaged file from sizing the head. */
enum { MOST_LABELS = 65536 };

/* A key such as "12", below n, without sign or leading zero. */
static bool parse_id(const char *key, size_t n, size_t *out) {
    size_t id = 0;
    if (key[0] == '\0' || (key[0] == '0' && key[1] != '\0')) { return false; }
    for (; *key != '\0'; key++) {
        if (*key < '0' || *key > '9') { return false; }
        id = id * 10 + (size_t)(*key - '0');
        if (id >= n) { return false; }
    }
    *out = id;
    return true;
}

/* Points names[id] into the object's strings. */
static nomen_status collect(const json_t *map, const char **names, const char *path, nomen_error *err) {
    size_t n = json_object_size(map);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)map, key, value) {
        size_t id = 0;
        if (!parse_id(key, n, &id)) {
            return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                   "%s: \"id2label\" has %zu labels but the id \"%s\"; ids must be 0 to %zu", path, n, key,
                                   n - 1);
        }
        const char *text = json_string_value(value);
        if (text == NULL || text[0] == '\0' || strlen(text) != json_string_length(value)) {
            return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: label %zu of \"id2label\" is not a name", path, id);
        }
        names[id] = text;
    }
    return NOMEN_OK;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static nomen_status check_unique(const char *const *names, size_t n, const char *path, nomen_error *err) {
    const char **sorted = NULL;
    nomen_status status = NOMEN_NEW(sorted, n, err);
    if (status != NOMEN_OK) { return status; }
    memcpy(sorted, names, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_names);
    for (size_t i = 1; i < n && status == NOMEN_OK; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) == 0) {
            status = nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"id2label\" names \"%s\" twice", path, sorted[i]);
        }
    }
    nomen_mem_free(sorted);
    return status;
}

/* Whether every name is transformers' own LABEL_n. */
static bool all_unnamed(const char *const *names, size_t n) {
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "LABEL_%zu", i);
        if (strcmp(name, names[i]) != 0) { return false; }
    }
    return true;
}

/* transformers believes id2label; a label2id that says otherwise deserves a word. */
static void compare_inverse(const json_t *inverse, const char *const *names, size_t n, const char *path) {
    bool agrees = !json_is_object(inverse) || json_object_size(inverse) == n;
    for (size_t i = 0; i < n && json_is_object(inverse) && agrees; i++) {
        const json_t *id = json_object_get(inverse, names[i]);
        agrees = json_is_integer(id) && json_integer_value(id) == (json_int_t)i;
    }
    if (!agrees) { nomen_log_warning("%s: \"label2id\" contradicts \"id2label\", which has", path); }
}

/*
 * The tasks of transformers' BERT heads, as parts of class names, so that TFBertFor... and derived classes are known
 * too. A name that holds none of them is somebody's own class, whose head may well be one for tokens.
 */
const char *nomen_config_other_task(const nomen_config *config) {
    static const char *const tasks[] = {"SequenceClassification",
                                        "QuestionAnswering",
                                        "MultipleChoice",
                                        "MaskedLM",
                                        "PreTraining",
                                        "NextSentencePrediction",
                                        "LMHead",
                                        "CausalLM"};
    const json_t *list = json_object_get(config->json, "architectures");
    const char *other = NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (name == NULL) { continue; }
        if (strstr(name, "TokenClassification") != NULL) { return NULL; }
        for (size_t t = 0; t < sizeof tasks / sizeof *tasks && other == NULL; t++) {
            if (strstr(name, tasks[t]) != NULL) { other = name; }
        }
    }
    return other;
}

nomen_status nomen_config_read_labels(nomen_config *config, const char *path, nomen_error *err) {
    const json_t *map = json_object_get(config->json, "id2label");
    size_t n = json_object_size(map);
    const char **names = NULL;
    nomen_status status = NOMEN_OK;
    if (map == NULL || json_is_null(map)) { return NOMEN_OK; }
    if (!json_is_object(map) || n < 1 || n > MOST_LABELS) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"id2label\" must be an object of 1 to %d labels", path,
                               MOST_LABELS);
    }
    NOMEN_TRY(NOMEN_NEW(names, n, err));
    NOMEN_TRY(collect(map, names, path, err));
    if (all_unnamed(names, n)) {
        config->n_unnamed = n;
        goto done;
    }
    NOMEN_TRY(check_unique(names, n, path, err));
    compare_inverse(json_object_get(config->json, "label2id"), names, n, path);
    NOMEN_TRY(nomen_config_set_labels(config, (char *const *)(uintptr_t)names, n, err));
done:
    nomen_mem_free(names);
    return status;
}
