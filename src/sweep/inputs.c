/* The files that the runs of a sweep read. */
#include "sweep/inputs.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/tree.h"
#include "data/number_names.h"
#include "model_dir/adapter.h"
#include "train/optim/class_weight.h"
#include "train/options/trained.h"
#include "train/save/manifest.h"

static bool ends_in(const char *name, const char *suffix) {
    const size_t n = strlen(name), n_suffix = strlen(suffix);
    return n > n_suffix && strcmp(name + n - n_suffix, suffix) == 0;
}

static bool is_same_time(struct timespec a, struct timespec b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same_file(const struct stat *a, const struct stat *b) {
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size && is_same_time(a->st_mtim, b->st_mtim) &&
           is_same_time(a->st_ctim, b->st_ctim);
}

/* What is being put together. */
typedef struct gathering {
    const nomen_sweep_inputs *known;
    nomen_sweep_inputs *out;
    nomen_error *err;
} gathering;

static const nomen_sweep_input *find(const nomen_sweep_inputs *inputs, const char *key) {
    for (size_t i = 0; inputs != NULL && i < inputs->n; i++) {
        if (strcmp(inputs->items[i].key, key) == 0) { return &inputs->items[i]; }
    }
    return NULL;
}

/* Adds a regular file whose key is `first` + `second`. */
static nomen_status add_regular(const gathering *g, const char *first, const char *second, const char *path,
                                const struct stat *info) {
    nomen_sweep_inputs *out = g->out;
    nomen_buffer key = {0};
    nomen_error *err = g->err;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(&key, err, "%s%s", first, second));
    NOMEN_TRY(NOMEN_RESERVE(out->items, out->capacity, out->n + 1, err));
    nomen_sweep_input *input = &out->items[out->n++];
    *input = (nomen_sweep_input){.info = *info};
    NOMEN_TRY(NOMEN_COPY(input->key, key.data, key.size, err));
    NOMEN_TRY(NOMEN_COPY(input->path, path, strlen(path), err));
    const nomen_sweep_input *before = find(g->known, input->key);
    if (before != NULL && is_same_file(&before->info, info)) {
        input->sum = json_incref(before->sum);
    } else {
        status = nomen_file_sum(path, &input->sum, err);
    }
done:
    nomen_buffer_clear(&key);
    return status;
}

/* The regular files of a directory that `counts` says count. */
static nomen_status add_directory(const gathering *g, const char *key, const char *path, bool (*counts)(const char *name)) {
    nomen_names names = {0};
    nomen_buffer first = {0};
    char *inner = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_directory_list(path, &names, g->err));
    NOMEN_TRY(nomen_buffer_printf(&first, g->err, "%s/", key));
    for (size_t i = 0; i < names.n; i++) {
        struct stat info;
        if (!counts(names.items[i])) { continue; }
        nomen_mem_free(inner);
        NOMEN_TRY(NOMEN_JOIN(inner, path, names.items[i], g->err));
        if (stat(inner, &info) != 0 || !S_ISREG(info.st_mode)) { continue; }
        NOMEN_TRY(add_regular(g, first.data, names.items[i], inner, &info));
    }
done:
    nomen_mem_free(inner);
    nomen_buffer_clear(&first);
    nomen_names_clear(&names);
    return status;
}

static nomen_status refuse_stream(const char *key, const char *path, nomen_error *err) {
    const bool standard = strcmp(path, "-") == 0;
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                           "%s: %s can be read only once, and each run of a sweep reads it; write it to a file, and give that",
                           key, standard ? "standard input" : path);
}

/* What is read of a directory with labelled texts, whose format is brat's. */
static bool is_of_brat(const char *name) {
    return name[0] != '.' && (ends_in(name, ".ann") || ends_in(name, ".txt"));
}

/* Adds a file of the caller's by its option; NULL is none. */
static nomen_status add(const gathering *g, const char *key, const char *value, const char *path) {
    struct stat info;
    if (path == NULL) { return NOMEN_OK; }
    if (strcmp(path, "-") == 0) { return refuse_stream(key, path, g->err); }
    if (stat(path, &info) != 0) {
        return nomen_error_set_errno(g->err, NOMEN_ERROR_IO, errno, "%s: %s can't be read", key, path);
    }
    if (S_ISDIR(info.st_mode)) { return add_directory(g, key, path, is_of_brat); }
    return S_ISREG(info.st_mode) ? add_regular(g, key, value, path, &info) : refuse_stream(key, path, g->err);
}

/* A text and its annotations, as brat has them, are read together, whichever of the two is given. */
static nomen_status add_labelled(const gathering *g, const char *key, const char *path) {
    static const char *const suffixes[] = {".txt", ".ann"};
    nomen_status status = add(g, key, "", path);
    for (size_t i = 0; i < 2 && path != NULL && status == NOMEN_OK; i++) {
        struct stat info;
        char *other = NULL;
        if (!ends_in(path, suffixes[i])) { continue; }
        NOMEN_TRY(NOMEN_COPY(other, path, strlen(path), g->err));
        memcpy(other + strlen(path) - 4, suffixes[1 - i], 4);
        if (stat(other, &info) == 0 && S_ISREG(info.st_mode)) { status = add_regular(g, key, suffixes[1 - i], other, &info); }
        nomen_mem_free(other);
    }
done:
    return status;
}

/* Files beside the labelled text `path` that names of tags may come from. */
static nomen_status add_names_beside(const gathering *g, const char *key, const char *path) {
    static const char *const files[] = {NOMEN_NAMES_BESIDE};
    nomen_buffer beside = {0}, first = {0};
    nomen_status status = NOMEN_OK;
    if (path == NULL) { return NOMEN_OK; }
    NOMEN_TRY(nomen_buffer_printf(&first, g->err, "%s/", key));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *slash = strrchr(path, '/');
        struct stat info;
        beside.size = 0;
        NOMEN_TRY(nomen_buffer_printf(&beside, g->err, "%.*s%s", slash == NULL ? 0 : (int)(slash + 1 - path), path, files[i]));
        if (stat(beside.data, &info) != 0 || !S_ISREG(info.st_mode)) { continue; }
        NOMEN_TRY(add_regular(g, first.data, files[i], beside.data, &info));
    }
done:
    nomen_buffer_clear(&beside);
    nomen_buffer_clear(&first);
    return status;
}

/* What gives numbers of tags their names: an option, which is a file or the names themselves, or files beside the data. */
static nomen_status add_names(const gathering *g, const nomen_train_options *base, const char *tag_names) {
    nomen_status status = NOMEN_OK;
    if (tag_names != NULL) { return nomen_file_exists(tag_names) ? add(g, "tag-names", "", tag_names) : NOMEN_OK; }
    NOMEN_TRY(add_names_beside(g, "train", base->train));
    NOMEN_TRY(add_names_beside(g, "dev", base->dev));
    status = add_names_beside(g, "test", base->test);
done:
    return status;
}

/* The files that values of an axis name. */
static nomen_status add_values(const gathering *g, const nomen_axis *axis) {
    const bool weights = strcmp(axis->name, "class-weight") == 0, adapters = strcmp(axis->name, "lora-init") == 0;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < axis->n_values && status == NOMEN_OK; i++) {
        const char *value = axis->values[i];
        const nomen_train_options probe = {.lora_init = value};
        nomen_buffer name = {0};
        if (!(weights && nomen_class_weight_is_file(value)) && !(adapters && nomen_train_lora_init(&probe) != NULL)) { continue; }
        status = nomen_buffer_printf(&name, g->err, "=%s", value);
        if (status == NOMEN_OK) { status = add(g, axis->name, name.data, value); }
        nomen_buffer_clear(&name);
    }
    return status;
}

/* What a model is loaded from: its weights, its settings, and its tokenizer. An optimiser's .bin beside them may be large. */
static bool is_of_model(const char *name) {
    return ends_in(name, ".json") || ends_in(name, ".safetensors") || strcmp(name, "vocab.txt") == 0 ||
           strncmp(name, "pytorch_model", strlen("pytorch_model")) == 0;
}

nomen_status nomen_sweep_inputs_read(const nomen_train_options *base, const nomen_axes *axes, const nomen_sweep_inputs *known,
                                     nomen_sweep_inputs *out, nomen_error *err) {
    const gathering g = {.known = known, .out = out, .err = err};
    nomen_data_options data = {0};
    nomen_adapter adapter = {0};
    nomen_status status;
    NOMEN_TRY(NOMEN_TAKE(nomen_data_options, &data, base->data, err));
    NOMEN_TRY(add_labelled(&g, "train", base->train));
    NOMEN_TRY(add_labelled(&g, "dev", base->dev));
    NOMEN_TRY(add_labelled(&g, "test", base->test));
    NOMEN_TRY(add_names(&g, base, data.tag_names));
    if (nomen_class_weight_is_file(base->class_weight)) { NOMEN_TRY(add(&g, "class-weight", "", base->class_weight)); }
    NOMEN_TRY(add(&g, "lora-init", "", nomen_train_lora_init(base)));
    for (size_t i = 0; i < axes->n; i++) { NOMEN_TRY(add_values(&g, &axes->items[i])); }
    if (base->model == NULL) { goto done; }
    NOMEN_TRY(nomen_adapter_find(base->model, &adapter, err));
    if (adapter.base != NULL) { NOMEN_TRY(add_directory(&g, "base", adapter.base, is_of_model)); }
    status = add_directory(&g, "model", base->model, is_of_model);
done:
    nomen_adapter_clear(&adapter);
    return status;
}

void nomen_sweep_inputs_clear(nomen_sweep_inputs *inputs) {
    for (size_t i = 0; i < inputs->n; i++) {
        nomen_mem_free(inputs->items[i].key);
        nomen_mem_free(inputs->items[i].path);
        json_decref(inputs->items[i].sum);
    }
    nomen_mem_free(inputs->items);
    *inputs = (nomen_sweep_inputs){0};
}

nomen_status nomen_sweep_inputs_record(const nomen_sweep_inputs *inputs, json_t **out, nomen_error *err) {
    json_t *record = json_object();
    for (size_t i = 0; record != NULL && i < inputs->n; i++) {
        /* Names of files may hold any bytes, and JSON may not. */
        json_t *key = nomen_json_text(inputs->items[i].key);
        const bool added = key != NULL && json_object_set(record, json_string_value(key), inputs->items[i].sum) == 0;
        json_decref(key);
        if (added) { continue; }
        json_decref(record);
        record = NULL;
    }
    *out = record;
    return record != NULL ? NOMEN_OK : nomen_error_out_of_memory(err);
}

nomen_status nomen_sweep_inputs_check(const json_t *record, const nomen_sweep_inputs *now, nomen_error *err) {
    json_t *after = NULL, *value;
    const char *key;
    nomen_status status = nomen_sweep_inputs_record(now, &after, err);
    for (size_t i = 0; status == NOMEN_OK && i < now->n; i++) {
        json_t *text = nomen_json_text(now->items[i].key);
        const json_t *before = text != NULL ? json_object_get(record, json_string_value(text)) : NULL;
        const bool same = before != NULL && json_equal(now->items[i].sum, before);
        json_decref(text);
        if (same) { continue; }
        status = nomen_error_set(err, NOMEN_ERROR_DATA,
                                 "%s: %s %s since the sweep began, and runs on different files can't be compared; put back "
                                 "what was there and resume, or begin a new sweep",
                                 now->items[i].key, now->items[i].path, before == NULL ? "has come" : "has changed (SHA-256)");
    }
    json_object_foreach((json_t *)(uintptr_t)record, key, value) {
        if (status != NOMEN_OK || json_object_get(after, key) != NULL) { continue; }
        status =
            nomen_error_set(err, NOMEN_ERROR_DATA,
                            "%s: there was such a file when the sweep began; put it back and resume, or begin a new sweep", key);
    }
    json_decref(after);
    return status;
}
