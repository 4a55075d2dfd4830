/* A recipe of one's own: hyper-parameters from a JSON file. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/options.h"
#include "train/options/options.h"
#include "train/options/parameters.h"

/* An object as it is, for options that are JSON themselves. A new block, or NULL. */
static char *object_text(const json_t *value) {
    nomen_buffer text = {0};
    nomen_status status;
    NOMEN_TRY(nomen_json_append(value, false, &text, NULL));
    NOMEN_TRY(nomen_buffer_append_byte(&text, '\0', NULL));
done:
    if (status != NOMEN_OK) { nomen_buffer_clear(&text); }
    return nomen_buffer_release(&text);
}

/* The text that nomen_train_set takes for a JSON value; a new block, or NULL. */
static char *value_text(const json_t *value) {
    char text[64];
    switch (json_typeof(value)) {
    case JSON_STRING: return nomen_mem_copy(json_string_value(value), json_string_length(value));
    case JSON_INTEGER: snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value)); break;
    case JSON_REAL: nomen_number_shortest(json_real_value(value), text); break;
    case JSON_TRUE: snprintf(text, sizeof text, "true"); break;
    case JSON_FALSE: snprintf(text, sizeof text, "false"); break;
    case JSON_OBJECT: return object_text(value);
    default: snprintf(text, sizeof text, "(neither a text, a number nor a boolean)"); break;
    }
    return nomen_mem_copy(text, strlen(text));
}

/* A value that is a text is borrowed by the options, so it is put where it outlives this call. */
typedef struct kept_text {
    size_t parameter; /* row of nomen_train_parameters() */
    size_t at;        /* where in the block of texts it starts */
} kept_text;

static bool is_text(const char *name, size_t *index) {
    const nomen_train_parameter *p = nomen_train_parameters();
    for (size_t i = 0; p[i].name != NULL; i++) {
        if (strcmp(p[i].name, name) != 0) { continue; }
        *index = i;
        return nomen_parameter_fields()[i].kind == NOMEN_PARAMETER_TEXT;
    }
    return false;
}

nomen_status nomen_train_load_recipe(nomen_train_options *out, const char *path, char **texts, nomen_error *err) {
    json_t *object = NULL;
    nomen_train_options changed, *options = &changed; /* a recipe that fails leaves all as it was */
    nomen_buffer block = {0};
    kept_text *kept = NULL;
    size_t n_kept = 0, n_made = 0, index = 0;
    char **made = NULL; /* which the options borrow until the end, where those that are kept have moved */
    nomen_status status;
    NOMEN_TRY(nomen_train_take(&changed, out, err));
    NOMEN_TRY(nomen_json_read(path, &object, err));
    if (!json_is_object(object)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is not a JSON object of hyper-parameters", path));
    }
    NOMEN_TRY(NOMEN_NEW(kept, json_object_size(object), err));
    NOMEN_TRY(NOMEN_NEW(made, json_object_size(object), err));
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        char *text = value_text(value);
        if (text == NULL) { NOMEN_FAIL(nomen_error_memory(err, 64, 1)); }
        made[n_made++] = text;
        nomen_error inner = {0};
        status = nomen_train_set(options, key, text, &inner);
        if (status != NOMEN_OK) { NOMEN_FAIL(nomen_error_set(err, status, "%s: %s", path, inner.message)); }
        if (is_text(key, &index)) {
            kept[n_kept++] = (kept_text){index, block.size};
            NOMEN_TRY(nomen_buffer_append(&block, text, strlen(text) + 1, err));
        }
    }
    *texts = nomen_buffer_release(&block);
    for (size_t i = 0; i < n_kept; i++) {
        const char *place = *texts + kept[i].at;
        memcpy((char *)options + nomen_parameter_fields()[kept[i].parameter].offset, &place, sizeof place);
    }
    nomen_options_give(&changed, sizeof changed, out, out->size);
done:
    for (size_t i = 0; i < n_made; i++) { nomen_mem_free(made[i]); }
    nomen_mem_free(made);
    nomen_mem_free(kept);
    nomen_buffer_clear(&block);
    json_decref(object);
    return status;
}
