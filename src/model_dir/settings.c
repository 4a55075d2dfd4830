/* nomen.json: how a model was trained, so that using it can't differ. */
#include "model_dir/settings.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/names.h"
#include "nomen/tag.h"
#include "nomen/version.h"

static const char file_name[] = "nomen.json";

/* Names of values, by value; AUTO is a question and no setting. */
static const char *const word_units[] = {
    [NOMEN_WORDS_AUTO] = "auto", [NOMEN_WORDS_BERT] = "bert", [NOMEN_WORDS_WHITESPACE] = "whitespace", NULL};
static const char *const align_modes[] = {
    [NOMEN_ALIGN_FIRST] = "first", [NOMEN_ALIGN_REPEAT] = "repeat", [NOMEN_ALIGN_INSIDE] = "inside", NULL};

static const char *const overflows[] = {
    [NOMEN_OVERFLOW_AUTO] = "auto", [NOMEN_OVERFLOW_WINDOW] = "window", [NOMEN_OVERFLOW_ERROR] = "error", NULL};

nomen_status nomen_overflow_parse(const char *name, nomen_overflow *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, overflows + NOMEN_OVERFLOW_WINDOW, "way with long texts", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_overflow)(found + NOMEN_OVERFLOW_WINDOW); }
    return status;
}

static const char *const precisions[] = {[NOMEN_PRECISION_FP32] = "fp32", [NOMEN_PRECISION_BF16] = "bf16", NULL};

nomen_status nomen_precision_parse(const char *name, nomen_precision *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, precisions, "precision", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_precision)found; }
    return status;
}

const char *nomen_precision_name(nomen_precision precision) {
    return nomen_name_of(precisions, (int)precision);
}

const char *nomen_word_unit_name(nomen_word_unit unit) {
    return nomen_name_of(word_units, (int)unit);
}

const char *nomen_align_mode_name(nomen_align_mode mode) {
    return nomen_name_of(align_modes, (int)mode);
}

const char *nomen_overflow_name(nomen_overflow overflow) {
    return nomen_name_of(overflows, (int)overflow);
}

const char *nomen_purpose_name(nomen_purpose purpose) {
    static const char *const names[] = {"inference", "training", "writing", NULL};
    return nomen_name_of(names, (int)purpose);
}

nomen_status nomen_word_unit_parse(const char *name, nomen_word_unit *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, word_units + NOMEN_WORDS_BERT, "unit of words", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_word_unit)(found + NOMEN_WORDS_BERT); }
    return status;
}

nomen_status nomen_align_mode_parse(const char *name, nomen_align_mode *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, align_modes, "alignment", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_align_mode)found; }
    return status;
}

static const char *const aggregations[] = {
    [NOMEN_AGGREGATE_AUTO] = "auto",   [NOMEN_AGGREGATE_NONE] = "none",       [NOMEN_AGGREGATE_SIMPLE] = "simple",
    [NOMEN_AGGREGATE_FIRST] = "first", [NOMEN_AGGREGATE_AVERAGE] = "average", [NOMEN_AGGREGATE_MAX] = "max",
    [NOMEN_AGGREGATE_MAX + 1] = NULL};

const char *nomen_aggregation_name(nomen_aggregation aggregation) {
    return (unsigned)aggregation <= NOMEN_AGGREGATE_MAX ? aggregations[aggregation] : "unknown";
}

nomen_status nomen_aggregation_parse(const char *name, nomen_aggregation *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, aggregations + NOMEN_AGGREGATE_NONE, "aggregation", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_aggregation)(found + NOMEN_AGGREGATE_NONE); }
    return status;
}

/* The message of a failed parse of a key, with the file before it. */
static nomen_status at_key(nomen_status status, const char *path, const nomen_error *inner, nomen_error *err) {
    return status == NOMEN_OK ? status : nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: %s", path, inner->message);
}

nomen_status nomen_settings_read(const char *directory, nomen_settings *settings, json_t **record, nomen_error *err) {
    char *path = nomen_file_join(directory, file_name);
    json_t *object = NULL;
    const char *words = NULL, *alignment = NULL, *overflow = NULL;
    nomen_error inner = {0};
    nomen_status status = NOMEN_OK;
    if (path == NULL) { return nomen_error_memory(err, strlen(directory), 1); }
    if (!nomen_file_exists(path)) { goto done; }
    NOMEN_TRY(nomen_json_read(path, &object, err));
    if (!json_is_object(object)) { NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is not a JSON object", path)); }
    NOMEN_TRY(nomen_json_get_text(object, "words", path, &words, err));
    NOMEN_TRY(nomen_json_get_text(object, "alignment", path, &alignment, err));
    if (words != NULL) { NOMEN_TRY(at_key(nomen_word_unit_parse(words, &settings->words, &inner), path, &inner, err)); }
    if (alignment != NULL) {
        NOMEN_TRY(at_key(nomen_align_mode_parse(alignment, &settings->alignment, &inner), path, &inner, err));
    }
    NOMEN_TRY(nomen_json_get_text(object, "on_overflow", path, &overflow, err));
    if (overflow != NULL) {
        NOMEN_TRY(at_key(nomen_overflow_parse(overflow, &settings->on_overflow, &inner), path, &inner, err));
    }
    NOMEN_TRY(nomen_json_get_size(object, "context", path, &settings->context, err));
    NOMEN_TRY(nomen_json_get_size(object, "max_length", path, &settings->max_length, err));
    NOMEN_TRY(nomen_json_get_size(object, "stride", path, &settings->stride, err));
    NOMEN_TRY(nomen_json_get_bool(object, "crf", path, &settings->crf, err));
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

nomen_status nomen_settings_write(const char *directory, const nomen_settings *settings, const json_t *record, nomen_error *err) {
    char *path = nomen_file_join(directory, file_name);
    if (path == NULL) { return nomen_error_memory(err, strlen(directory), 1); }
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:b}", "nomen_version", NOMEN_VERSION, "words",
                  word_units[settings->words], "alignment", align_modes[settings->alignment], "max_length",
                  (json_int_t)settings->max_length, "stride", (json_int_t)settings->stride, "context",
                  (json_int_t)settings->context, "on_overflow", overflows[settings->on_overflow], "crf", (int)settings->crf);
    nomen_status status = NOMEN_OK;
    if (object == NULL || !add_missing(object, record)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_MEMORY, "%s: out of memory while writing", path));
    }
    NOMEN_TRY(nomen_json_write(path, object, err));
done:
    json_decref(object);
    nomen_mem_free(path);
    return status;
}

nomen_status nomen_settings_set_key(const char *directory, const char *key, json_t *value, bool *had, nomen_error *err) {
    char *path = nomen_file_join(directory, file_name);
    json_t *object = NULL;
    nomen_status status = NOMEN_OK;
    if (path == NULL) { return nomen_error_memory(err, strlen(directory), 1); }
    if (nomen_file_exists(path)) {
        NOMEN_TRY(nomen_json_read(path, &object, err));
    } else if (value != NULL) {
        object = json_pack("{s:s}", "nomen_version", NOMEN_VERSION);
        if (object == NULL) { NOMEN_FAIL(nomen_error_memory(err, 1, 64)); }
    }
    if (object != NULL && !json_is_object(object)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is not a JSON object", path));
    }
    *had = json_object_get(object, key) != NULL;
    if (value == NULL && !*had) { goto done; }
    if ((value == NULL ? json_object_del(object, key) : json_object_set(object, key, value)) != 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_MEMORY, "%s: out of memory while writing", path));
    }
    NOMEN_TRY(nomen_json_write(path, object, err));
done:
    json_decref(object);
    nomen_mem_free(path);
    return status;
}
