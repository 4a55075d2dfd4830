/* Writing adapter_config.json, as peft reads it. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/params.h"
#include "model_dir/adapter.h"
#include "nomen/hub.h"

/* Cuts .../models--ORG--NAME/snapshots/COMMIT into ORG/NAME and COMMIT, in place; false for another path. */
static bool split_snapshot(char *path, char **name, char **commit) {
    static const char folder[] = "models--";
    char *last = strrchr(path, '/');
    if (last == NULL || !nomen_hub_is_commit(last + 1)) { return false; }
    *last = '\0';
    char *middle = strrchr(path, '/');
    if (middle == NULL || strcmp(middle, "/snapshots") != 0) { return false; }
    *middle = '\0';
    char *first = strrchr(path, '/');
    if (first == NULL || strncmp(first + 1, folder, sizeof folder - 1) != 0) { return false; }
    *name = first + sizeof folder;
    *commit = last + 1;
    char *between = strstr(*name, "--");
    if (between != NULL) {
        *between = '/';
        memmove(between + 1, between + 2, strlen(between + 2) + 1);
    }
    return true;
}

/* Whether a name at a commit leads to the directory, so that it is one that others find. */
static nomen_status leads_to(const char *name, const char *commit, const char *whole, bool *out, nomen_error *err) {
    char *found = NULL, place[PATH_MAX];
    nomen_error inner = {0};
    nomen_status status = nomen_hub_find(name, commit, NULL, &found, &inner);
    if (status == NOMEN_ERROR_MEMORY) { return nomen_error_pass(err, &inner); }
    *out = status == NOMEN_OK && realpath(found, place) != NULL && strcmp(place, whole) == 0;
    nomen_mem_free(found);
    return NOMEN_OK;
}

nomen_status nomen_adapter_name_base(const char *directory, char **base, char **revision, nomen_error *err) {
    char whole[PATH_MAX], parts[PATH_MAX], *name = NULL, *commit = NULL, *first = NULL, *second = NULL;
    bool is_named = false;
    nomen_status status = NOMEN_OK;
    if (realpath(directory, whole) == NULL) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_IO, "%s: is no longer there", directory));
    }
    memcpy(parts, whole, strlen(whole) + 1);
    if (split_snapshot(parts, &name, &commit)) { NOMEN_TRY(leads_to(name, commit, whole, &is_named, err)); }
    const char *text = is_named ? name : whole;
    NOMEN_TRY(NOMEN_COPY(first, text, strlen(text), err));
    if (is_named) { NOMEN_TRY(NOMEN_COPY(second, commit, strlen(commit), err)); }
    *base = first;
    *revision = second;
    first = second = NULL;
done:
    nomen_mem_free(first);
    nomen_mem_free(second);
    return status;
}

/*
 * What peft finds the targets by. A name of a list stands for every module that ends in it, so "output.dense" would be
 * "attention.output.dense" too: alone it needs a regular expression, which must be the module's whole name.
 */
static nomen_status append_targets(unsigned targets, nomen_buffer *pattern, json_t *list, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    NOMEN_TRY(nomen_buffer_append_text(pattern, ".*encoder\\.layer\\.\\d+\\.(", err));
    for (int t = 0, n = 0; t < NOMEN_LORA_TARGETS; t++) {
        if (!(targets >> t & 1)) { continue; }
        if (n++ > 0) { NOMEN_TRY(nomen_buffer_append_byte(pattern, '|', err)); }
        for (const char *c = nomen_lora_target_module((nomen_lora_target)t); *c != '\0'; c++) {
            if (*c == '.') { NOMEN_TRY(nomen_buffer_append_byte(pattern, '\\', err)); }
            NOMEN_TRY(nomen_buffer_append_byte(pattern, *c, err));
        }
        if (json_array_append_new(list, json_string(nomen_lora_target_name((nomen_lora_target)t))) != 0) {
            NOMEN_FAIL(nomen_error_out_of_memory(err));
        }
    }
    NOMEN_TRY(nomen_buffer_append_text(pattern, ")", err));
done:
    return status;
}

static nomen_status make_targets(unsigned targets, json_t **out, nomen_error *err) {
    nomen_buffer pattern = {0};
    json_t *list = json_array();
    nomen_status status;
    if (list == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    NOMEN_TRY(append_targets(targets, &pattern, list, err));
    bool ambiguous = (targets >> NOMEN_LORA_OUTPUT & 1) && !(targets >> NOMEN_LORA_ATTENTION_OUTPUT & 1);
    *out = ambiguous ? json_stringn(pattern.data, pattern.size) : json_incref(list);
    if (*out == NULL) { status = nomen_error_out_of_memory(err); }
done:
    json_decref(list);
    nomen_buffer_clear(&pattern);
    return status;
}

/* As peft writes a whole number. */
static json_t *make_alpha(double alpha) {
    return alpha == floor(alpha) && fabs(alpha) < 1e15 ? json_integer((json_int_t)alpha) : json_real(alpha);
}

nomen_status nomen_adapter_write(const char *directory, const nomen_lora_settings *lora, const char *base, const char *revision,
                                 nomen_error *err) {
    json_t *targets = NULL, *json = NULL;
    char *path = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(path, directory, NOMEN_ADAPTER_CONFIG, err));
    NOMEN_TRY(make_targets(lora->targets, &targets, err));
    json =
        json_pack("{s:s, s:s, s:o, s:o, s:I, s:o, s:f, s:O, s:[s], s:s, s:b, s:b, s:b, s:b, s:b, s:{}, s:{}}", "peft_type",
                  "LORA", "task_type", "TOKEN_CLS", "base_model_name_or_path", nomen_json_text(base), "revision",
                  nomen_json_text(revision), "r", (json_int_t)lora->rank, "lora_alpha", make_alpha(lora->alpha), "lora_dropout",
                  lora->dropout, "target_modules", targets, "modules_to_save", "classifier", "bias", "none", "inference_mode", 1,
                  "init_lora_weights", 1, "fan_in_fan_out", 0, "use_dora", 0, "use_rslora", 0, "rank_pattern", "alpha_pattern");
    if (json == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    status = nomen_json_write(path, json, err);
done:
    json_decref(targets);
    json_decref(json);
    nomen_mem_free(path);
    return status;
}
