/* nomen.json: how a model was trained, so that using it can't differ. */
#include "infer/settings.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "nomen/version.h"

static const char file_name[] = "nomen.json";

/* Names of enum values, indexed by value. */
static const char *const word_units[] = {"auto", "bert", "whitespace"};
static const char *const align_modes[] = {"first", "repeat", "inside"};

const char *nomen_word_unit_name(nomen_word_unit unit) {
    return word_units[unit];
}

const char *nomen_align_mode_name(nomen_align_mode mode) {
    return align_modes[mode];
}

nomen_status nomen_word_unit_parse(const char *name, nomen_word_unit *out, nomen_error *err) {
    for (int unit = NOMEN_WORDS_BERT; unit <= NOMEN_WORDS_WHITESPACE; unit++) {
        if (strcmp(name, word_units[unit]) == 0) {
            *out = (nomen_word_unit)unit;
            return NOMEN_OK;
        }
    }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "\"%s\" is not a unit of words: bert or whitespace", name);
}

nomen_status nomen_align_mode_parse(const char *name, nomen_align_mode *out, nomen_error *err) {
    for (int mode = NOMEN_ALIGN_FIRST; mode <= NOMEN_ALIGN_INSIDE; mode++) {
        if (strcmp(name, align_modes[mode]) == 0) {
            *out = (nomen_align_mode)mode;
            return NOMEN_OK;
        }
    }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "\"%s\" is not first, repeat or inside", name);
}

/* The place of `text` in `names` from `first` on, as a status; text NULL leaves *out alone. */
static nomen_status find_name(const char *text, const char *const *names, size_t first, size_t n, const char *path,
                              const char *key, size_t *out, nomen_error *err) {
    if (text == NULL) { return NOMEN_OK; }
    for (size_t i = first; i < n; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = i;
            return NOMEN_OK;
        }
    }
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"%s\" is \"%s\", expected one of %s, %s%s%s", path, key, text,
                           names[first], names[first + 1], n - first > 2 ? ", " : "", n - first > 2 ? names[first + 2] : "");
}

nomen_status nomen_settings_read(const char *directory, nomen_settings *settings, json_t **record, nomen_error *err) {
    char *path = nomen_file_join(directory, file_name);
    json_t *object = NULL;
    const char *words = NULL, *alignment = NULL;
    size_t unit = settings->words, mode = settings->alignment;
    nomen_status status = NOMEN_OK;
    if (path == NULL) { return nomen_error_memory(err, strlen(directory), 1); }
    if (!nomen_file_exists(path)) { goto done; }
    NOMEN_TRY(nomen_json_read(path, &object, err));
    if (!json_is_object(object)) {
        NOMEN_TRY(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is not a JSON object", path));
    }
    NOMEN_TRY(nomen_json_get_text(object, "words", path, &words, err));
    NOMEN_TRY(nomen_json_get_text(object, "alignment", path, &alignment, err));
    NOMEN_TRY(find_name(words, word_units, 1, 3, path, "words", &unit, err));
    NOMEN_TRY(find_name(alignment, align_modes, 0, 3, path, "alignment", &mode, err));
    NOMEN_TRY(nomen_json_get_size(object, "max_length", path, &settings->max_length, err));
    NOMEN_TRY(nomen_json_get_size(object, "stride", path, &settings->stride, err));
    settings->words = (nomen_word_unit)unit;
    settings->alignment = (nomen_align_mode)mode;
    *record = json_incref(object);
done:
    json_decref(object);
    nomen_mem_free(path);
    return status;
}

/* The keys of `record` that the object lacks; json_object_update_missing would not say where one was lost. */
static bool add_missing(json_t *object, const json_t *record) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)record, key, value) {
        if (json_object_get(object, key) == NULL && json_object_set(object, key, value) != 0) { return false; }
    }
    return true;
}

nomen_status nomen_settings_write(const char *directory, const nomen_settings *settings, const json_t *record,
                                  nomen_error *err) {
    char *path = nomen_file_join(directory, file_name);
    if (path == NULL) { return nomen_error_memory(err, strlen(directory), 1); }
    json_t *object = json_pack("{s:s, s:s, s:s, s:I, s:I}", "nomen_version", NOMEN_VERSION, "words",
                               word_units[settings->words], "alignment", align_modes[settings->alignment],
                               "max_length", (json_int_t)settings->max_length, "stride", (json_int_t)settings->stride);
    nomen_status status = NOMEN_OK;
    if (object == NULL || !add_missing(object, record)) {
        NOMEN_TRY(nomen_error_set(err, NOMEN_ERROR_MEMORY, "%s: out of memory while writing", path));
    }
    NOMEN_TRY(nomen_json_write(path, object, err));
done:
    json_decref(object);
    nomen_mem_free(path);
    return status;
}
