/* Finding and opening the weight files of a directory; a sharded index names several. */
#include "model/weight_files.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"

typedef nomen_status opener(const char *path, nomen_tensor_file *out, nomen_error *err);

/* In transformers' order of preference. */
static const struct {
    const char *name;
    opener *open;
    bool is_index;
} candidates[] = {
    {"model.safetensors", nomen_tensor_file_open_safetensors, false},
    {"model.safetensors.index.json", nomen_tensor_file_open_safetensors, true},
    {"pytorch_model.bin", nomen_tensor_file_open_torch, false},
    {"pytorch_model.bin.index.json", nomen_tensor_file_open_torch, true},
};
enum { N_CANDIDATES = sizeof candidates / sizeof *candidates };

/* The largest published BERTs have two or three. */
enum { MOST_SHARDS = 1024 };

/* A shard is in the folder of its index: no folder, nowhere else. */
static bool is_plain_name(const char *name) {
    return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
}

/* The shards' names, each once, as keys of a new object. */
static nomen_status collect_shards(const char *path, const json_t *index, json_t *shards, nomen_error *err) {
    const json_t *map = json_object_get(index, "weight_map");
    const char *tensor;
    json_t *value;
    if (!json_is_object(map) || json_object_size(map) == 0) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: has no \"weight_map\" that names the shards", path);
    }
    json_object_foreach((json_t *)(uintptr_t)map, tensor, value) {
        const char *name = json_string_value(value);
        if (name == NULL || !is_plain_name(name)) {
            return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                                   "%s: the shard of tensor \"%s\" is not a file name in the directory of the index", path,
                                   tensor);
        }
        if (json_object_set_new(shards, name, json_null()) != 0) { return nomen_error_memory(err, strlen(name), 1); }
    }
    if (json_object_size(shards) > MOST_SHARDS) {
        return nomen_error_set(err, NOMEN_ERROR_LIMIT, "%s: names more than %d shards", path, MOST_SHARDS);
    }
    return NOMEN_OK;
}

/* Opens one file after those that are open; the array has room for it. */
static nomen_status open_one(nomen_weight_files *files, const char *directory, const char *name, opener *open, nomen_error *err) {
    char *path = nomen_file_join(directory, name);
    if (path == NULL) { return nomen_error_memory(err, strlen(name), 1); }
    nomen_status status = open(path, &files->files[files->n_files], err);
    if (status == NOMEN_OK) { files->n_files++; }
    nomen_mem_free(path);
    return status;
}

static nomen_status open_shards(nomen_weight_files *files, const char *directory, opener *open, nomen_error *err) {
    json_t *index = NULL;
    json_t *shards = json_object();
    const char *name;
    json_t *unused;
    nomen_status status;
    if (shards == NULL) { NOMEN_FAIL(nomen_error_memory(err, 1, sizeof(void *))); }
    NOMEN_TRY(nomen_json_read(files->path, &index, err));
    NOMEN_TRY(collect_shards(files->path, index, shards, err));
    NOMEN_TRY(NOMEN_NEW(files->files, json_object_size(shards), err));
    json_object_foreach(shards, name, unused) {
        NOMEN_TRY(open_one(files, directory, name, open, err));
    }
done:
    json_decref(index);
    json_decref(shards);
    return status;
}

nomen_status nomen_weight_files_open(const char *directory, nomen_weight_files *out, nomen_error *err) {
    nomen_weight_files files = {0};
    size_t which = 0;
    nomen_status status = NOMEN_OK;
    for (; which < N_CANDIDATES; which++) {
        files.path = nomen_file_join(directory, candidates[which].name);
        if (files.path == NULL) { NOMEN_FAIL(nomen_error_memory(err, strlen(directory), 1)); }
        if (nomen_file_exists(files.path)) { break; }
        nomen_mem_free(files.path);
        files.path = NULL;
    }
    if (which == N_CANDIDATES) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_IO,
                                   "%s: contains no weights (looked for model.safetensors, pytorch_model.bin and their indices)",
                                   directory));
    }
    files.name = candidates[which].name;
    if (candidates[which].is_index) {
        NOMEN_TRY(open_shards(&files, directory, candidates[which].open, err));
    } else {
        NOMEN_TRY(NOMEN_NEW(files.files, 1, err));
        NOMEN_TRY(open_one(&files, directory, candidates[which].name, candidates[which].open, err));
    }
    *out = files;
    files = (nomen_weight_files){0};
done:
    nomen_weight_files_close(&files);
    return status;
}

void nomen_weight_files_close(nomen_weight_files *files) {
    for (size_t i = 0; i < files->n_files; i++) { nomen_tensor_file_close(&files->files[i]); }
    nomen_mem_free(files->files);
    nomen_mem_free(files->path);
    *files = (nomen_weight_files){0};
}
