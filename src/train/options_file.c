/* A recipe of one's own: hyper-parameters from a JSON file, and the checks of a whole set. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/options.h"
#include "train/options.h"
#include "train/run_directory.h"

/* The text that nomen_train_set takes for a JSON value; a new block, or NULL. */
static char *value_text(const json_t *value) {
    char text[64];
    switch (json_typeof(value)) {
    case JSON_STRING: return nomen_mem_copy(json_string_value(value), json_string_length(value));
    case JSON_INTEGER: snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value)); break;
    case JSON_REAL: nomen_number_shortest(json_real_value(value), text); break;
    case JSON_TRUE: snprintf(text, sizeof text, "true"); break;
    case JSON_FALSE: snprintf(text, sizeof text, "false"); break;
    default: snprintf(text, sizeof text, "(neither a text, a number nor a boolean)"); break;
    }
    return nomen_mem_copy(text, strlen(text));
}

nomen_status nomen_train_load_recipe(nomen_train_options *out, const char *path, char **texts, nomen_error *err) {
    json_t *object = NULL;
    nomen_train_options changed, *options = &changed; /* a recipe that fails leaves all as it was */
    nomen_buffer kept = {0};
    char *text = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_train_take(&changed, out, err));
    NOMEN_TRY(nomen_json_read(path, &object, err));
    if (!json_is_object(object)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is not a JSON object of hyper-parameters", path));
    }
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        if ((text = value_text(value)) == NULL) { NOMEN_FAIL(nomen_error_memory(err, 64, 1)); }
        nomen_error inner = {0};
        status = nomen_train_set(options, key, text, &inner);
        if (status != NOMEN_OK) { NOMEN_FAIL(nomen_error_set(err, status, "%s: %s", path, inner.message)); }
        if (strcmp(key, "class-weight") == 0) {
            /* The one value that is borrowed as text: handed to the caller, so that it outlives this call. */
            NOMEN_TRY(nomen_buffer_append(&kept, text, strlen(text), err));
        }
        nomen_mem_free(text);
        text = NULL;
    }
    *texts = nomen_buffer_release(&kept);
    if (*texts != NULL) { options->class_weight = *texts; }
    nomen_options_give(&changed, sizeof changed, out, out->size);
done:
    nomen_mem_free(text);
    nomen_buffer_clear(&kept);
    json_decref(object);
    return status;
}

static bool same_file(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Whether the file or directory at `path` is `directory`, or lies in it. */
static bool lies_in(const char *path, const char *directory) {
    char inner[PATH_MAX], outer[PATH_MAX];
    if (path == NULL || realpath(path, inner) == NULL || realpath(directory, outer) == NULL) { return false; }
    size_t n = strlen(outer);
    return strncmp(inner, outer, n) == 0 && (inner[n] == '\0' || inner[n] == '/' || outer[n - 1] == '/');
}

/* What is overwritten is gone: it must hold none of what the run reads, nor the current directory. */
static nomen_status check_overwritten(const nomen_train_options *o, nomen_error *err) {
    const char *const needed[] = {o->model, o->train, o->dev, o->test, o->class_weight, "."};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (!lies_in(needed[i], o->output)) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%s: can't be overwritten, as %s is inside it and would be removed; give another directory",
                               o->output, i + 1 < sizeof needed / sizeof *needed ? needed[i] : "the current directory");
    }
    return NOMEN_OK;
}

static nomen_status check_files(const nomen_train_options *o, nomen_error *err) {
    if (o->model == NULL || o->train == NULL || o->output == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: is required to train",
                               o->model == NULL   ? "model"
                               : o->train == NULL ? "train"
                                                  : "output");
    }
    if (same_file(o->model, o->output)) {
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "%s: the output is the model itself; give another directory, so that a failed run can't destroy the model",
            o->output);
    }
    if (o->resume && !nomen_file_is_directory(o->output)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: is no directory, so there is no run in it to go on with",
                               o->output);
    }
    bool replace = o->overwrite || o->resume || nomen_run_directory_is_bare(o->output);
    nomen_status status = nomen_output_check(o->output, replace, err);
    if (status == NOMEN_OK && replace && nomen_file_is_directory(o->output)) { status = check_overwritten(o, err); }
    return status;
}

static nomen_status check_hyperparameters(const nomen_train_options *o, nomen_error *err) {
    if (o->crf && o->class_weight != NULL && strcmp(o->class_weight, "none") != 0) {
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "class-weight %s: a CRF's loss is of whole sequences, which have no class; leave out class-weight or crf",
            o->class_weight);
    }
    if (!(o->learning_rate > 0)) { return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "learning-rate: must be more than 0"); }
    if (o->split[0] == 0 || o->split[0] + o->split[1] + o->split[2] != 100) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "split: %u/%u/%u must sum to 100 and leave a training part",
                               o->split[0], o->split[1], o->split[2]);
    }
    return nomen_train_check_values(o, err);
}

nomen_status nomen_train_check(const nomen_train_options *o, nomen_error *err) {
    nomen_status status = check_files(o, err);
    return status == NOMEN_OK ? nomen_error_remedy(err, NOMEN_REMEDY_HYPERPARAMETER, check_hyperparameters(o, err)) : status;
}
