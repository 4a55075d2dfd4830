/* What single values can't show: files that are missing or clash, values that don't go together. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "train/options/options.h"
#include "train/options/trained.h"
#include "train/save/run_directory.h"

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
    const char *const needed[] = {o->model, o->train, o->dev, o->test, o->class_weight, nomen_train_lora_init(o), "."};
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
    nomen_trained trained;
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
    nomen_status status = nomen_train_check_values(o, err);
    return status == NOMEN_OK ? nomen_train_get_trained(o, &trained, err) : status;
}

nomen_status nomen_train_check(const nomen_train_options *o, nomen_error *err) {
    nomen_status status = check_files(o, err);
    return status == NOMEN_OK ? nomen_error_remedy(err, NOMEN_REMEDY_HYPERPARAMETER, check_hyperparameters(o, err)) : status;
}
