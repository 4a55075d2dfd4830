/* Whether a run may write where it is to: what stands there, what the run needs of it, whose it is. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/paths.h"
#include "model_dir/adapter.h"
#include "train/options/options.h"
#include "train/options/trained.h"
#include "train/record/record.h"
#include "train/save/run_directory.h"
#include "train/save/state_file.h"

/*
 * What is replaced is gone: it must hold none of what the run reads, nor the current directory. An adapter's base is found later,
 * with the model; one that is not there is told then.
 */
static nomen_status check_needed(const nomen_train_options *o, nomen_error *err) {
    nomen_data_options data = {0};
    nomen_adapter adapter = {0};
    nomen_error ignored = {0};
    nomen_status status;
    NOMEN_TRY(NOMEN_TAKE(nomen_data_options, &data, o->data, err));
    (void)nomen_adapter_find(o->model, &adapter, &ignored);
    const char *const needed[] = {o->model,       o->train,     o->dev, o->test, o->class_weight, nomen_train_lora_init(o),
                                  data.tag_names, adapter.base, "."};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        /* A class weight, and the names of tags, may be words. */
        const bool is_there = needed[i] != NULL && nomen_file_exists(needed[i]);
        if (!is_there || !nomen_path_lies_in(needed[i], o->output)) { continue; }
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "%s: can't be overwritten, as %s is inside it and would be removed; give another directory",
                                   o->output, i + 1 < sizeof needed / sizeof *needed ? needed[i] : "the current directory"));
    }
done:
    nomen_adapter_clear(&adapter);
    return status;
}

static bool is_mark(const char *name) {
    static const char *const marks[] = {"config.json", "adapter_config.json", "nomen.json",
                                        "sweep.json",  NOMEN_RUN_LOCK,        "sweep-replaced"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (strcmp(name, marks[i]) == 0) { return true; }
    }
    return strncmp(name, "checkpoint-", strlen("checkpoint-")) == 0;
}

/* A directory that is neither empty nor a model nor what a run or a sweep has begun is somebody's, and stays. */
static nomen_status check_owned(const char *directory, nomen_error *err) {
    DIR *stream = opendir(directory);
    if (stream == NULL) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be read", directory); }
    bool empty = true, found = false;
    for (struct dirent *entry; !found && (entry = readdir(stream)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) { continue; }
        empty = false;
        found = is_mark(entry->d_name);
    }
    closedir(stream);
    if (empty || found) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                           "%s: holds no model (no config.json), and overwriting removes all that is in it; give another "
                           "directory, or remove it yourself",
                           directory);
}

static nomen_status exists_inside(const char *directory, const char *name, bool *out, nomen_error *err) {
    char *path = NULL;
    nomen_status status = NOMEN_JOIN(path, directory, name, err);
    *out = path != NULL && nomen_file_exists(path);
    nomen_mem_free(path);
    return status;
}

static nomen_status refuse_begun(const char *output, size_t step, bool has_model, bool is_finished, nomen_error *err) {
    if (!has_model) {
        return nomen_error_set_remedy(err, NOMEN_ERROR_EXISTS, NOMEN_REMEDY_RESUME,
                                      "%s: already exists, with a checkpoint of step %zu of a run that did not end: resume goes "
                                      "on from it, overwrite removes all that is there",
                                      output, step);
    }
    if (!is_finished) {
        return nomen_error_set_remedy(err, NOMEN_ERROR_EXISTS, NOMEN_REMEDY_RESUME,
                                      "%s: already exists, with the best model so far of a run that was stopped, and its "
                                      "checkpoint of step %zu: resume goes on from it, overwrite removes all that is there",
                                      output, step);
    }
    return nomen_error_set_remedy(
        err, NOMEN_ERROR_EXISTS, NOMEN_REMEDY_OVERWRITE,
        "%s: already exists, with a model and a checkpoint of step %zu, which resume goes on from if it "
        "is of a run that did not end",
        output, step);
}

/* Work that isn't finished is not offered for overwriting without a word of it: a run, or a sweep. */
static nomen_status check_unfinished(const nomen_train_options *o, nomen_error *err) {
    size_t step = 0;
    bool has_model = false, has_sweep = false, has_state = false;
    char state[64];
    json_t *record = NULL;
    nomen_status status = NOMEN_OK;
    if (o->overwrite || o->resume) { goto done; }
    NOMEN_TRY(nomen_run_directory_last_step(o->output, &step, err));
    snprintf(state, sizeof state, "checkpoint-%zu/" NOMEN_STATE_FILE, step); /* transformers' have none */
    NOMEN_TRY(exists_inside(o->output, state, &has_state, err));
    NOMEN_TRY(exists_inside(o->output, "nomen.json", &has_model, err));
    NOMEN_TRY(exists_inside(o->output, "sweep.json", &has_sweep, err));
    if (has_sweep) {
        NOMEN_FAIL(nomen_error_set_remedy(err, NOMEN_ERROR_EXISTS, NOMEN_REMEDY_OVERWRITE,
                                          "%s: already exists, and holds a sweep with all its runs", o->output));
    }
    if (!has_state) { goto done; }
    record = nomen_run_record_read(o->output);
    status = refuse_begun(o->output, step, has_model, !json_is_false(json_object_get(record, "finished")), err);
done:
    json_decref(record);
    return status;
}

/* That a run's directory is no other's now, and that there is something to go on from. */
static nomen_status check_run(const nomen_train_options *o, nomen_error *err) {
    size_t step = 0;
    nomen_status status;
    NOMEN_TRY(nomen_run_directory_check_free(o->output, err));
    NOMEN_TRY(nomen_run_directory_last_step(o->output, &step, err));
    if (o->resume && step == 0) {
        status = nomen_error_set(err, NOMEN_ERROR_DATA,
                                 "%s: holds no checkpoint to go on from: they are saved by save-steps, save-minutes, "
                                 "save-top-k and where a run is interrupted; train without resume",
                                 o->output);
    }
done:
    return status;
}

/* What is there, which is to be replaced or gone on with. */
static nomen_status check_existing(const nomen_train_options *o, bool within, nomen_error *err) {
    const bool replace = o->overwrite || o->resume || nomen_run_directory_is_bare(o->output);
    nomen_status status;
    if (!within) { NOMEN_TRY(check_run(o, err)); } /* else it is the caller's */
    /* before overwriting is offered, as that would not help */
    if (!within || !nomen_file_is_directory(o->output)) { NOMEN_TRY(nomen_staging_check(o->output, true, err)); }
    NOMEN_TRY(check_needed(o, err));
    NOMEN_TRY(check_unfinished(o, err));
    NOMEN_TRY(nomen_output_check(o->output, replace, err));
    if (o->overwrite) { NOMEN_TRY(check_owned(o->output, err)); }
done:
    return status;
}

nomen_status nomen_train_check_output(const nomen_train_options *o, bool within, nomen_error *err) {
    char parent[PATH_MAX];
    if (nomen_file_exists(o->output)) { return check_existing(o, within, err); }
    size_t n = strlen(o->output);
    while (n > 0 && o->output[n - 1] == '/') { n--; }
    while (n > 0 && o->output[n - 1] != '/') { n--; }
    while (n > 1 && o->output[n - 1] == '/') { n--; }
    if (n == 0 || snprintf(parent, sizeof parent, "%.*s", (int)n, o->output) >= PATH_MAX) { return NOMEN_OK; }
    if (nomen_file_is_directory(parent)) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_IO, "output %s: there is no directory %s; make it, or give another path", o->output,
                           parent);
}

/* A directory to go on in. transformers takes a checkpoint's; here the run's is given. */
nomen_status nomen_train_check_resumed(const nomen_train_options *o, nomen_error *err) {
    bool is_checkpoint = false;
    nomen_status status;
    if (!nomen_file_is_directory(o->output)) {
        NOMEN_FAIL(
            nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: is no directory, so there is no run in it to go on with", o->output));
    }
    NOMEN_TRY(exists_inside(o->output, NOMEN_STATE_FILE, &is_checkpoint, err));
    if (is_checkpoint) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "%s: is a checkpoint; give the directory that it is in, whose last good checkpoint counts",
                                   o->output));
    }
done:
    return status;
}
