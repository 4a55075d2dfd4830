/* Memory for models; see the header. */
#include "serve/model_memory.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

enum { PATH_BYTES = 1024 };

/* ---- what there is ---- */

/* A small file below the root, after what is in `out`; false where there is none. */
static bool read_file(const char *root, const char *path, nomen_buffer *out) {
    char full[2 * PATH_BYTES];
    int n = snprintf(full, sizeof full, "%s%s", root, path);
    nomen_buffer_reset(out);
    return n > 0 && (size_t)n < sizeof full && nomen_file_read(full, out, NULL) == NOMEN_OK && out->size > 0;
}

/* The number after `key` at the beginning of a line; false where there is none. */
static bool find_number(const char *text, const char *key, uint64_t *out) {
    size_t n = strlen(key);
    for (const char *at = text; at != NULL; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, key, n) != 0) { continue; }
        char *end = NULL;
        unsigned long long number = strtoull(at + n, &end, 10);
        if (end == at + n) { return false; }
        *out = number;
        return true;
    }
    return false;
}

/* What a group's limit leaves; pages of files that are not in use count as free. UINT64_MAX where it has no limit. */
static uint64_t left_of(const char *root, const char *group, nomen_buffer *text) {
    char path[PATH_BYTES];
    uint64_t most = 0, used = 0, inactive = 0;
    const struct {
        const char *file, *key;
        uint64_t *out;
    } values[] = {{"memory.max", "", &most}, {"memory.current", "", &used}, {"memory.stat", "inactive_file ", &inactive}};
    for (size_t i = 0; i < 3; i++) {
        int n = snprintf(path, sizeof path, "/sys/fs/cgroup%s/%s", group, values[i].file);
        bool is_there = n > 0 && (size_t)n < sizeof path && read_file(root, path, text) &&
                        find_number(text->data, values[i].key, values[i].out);
        if (!is_there && i < 2) { return UINT64_MAX; } /* "max", or no such file */
    }
    used = used > inactive ? used - inactive : 0;
    return most > used ? most - used : 0;
}

uint64_t nomen_memory_available(const char *root) {
    nomen_buffer text = {0};
    char group[PATH_BYTES] = "";
    uint64_t available = UINT64_MAX, kilobytes = 0;
    if (read_file(root, "/proc/meminfo", &text) && find_number(text.data, "MemAvailable:", &kilobytes)) {
        available = kilobytes * 1024;
    }
    const char *line = read_file(root, "/proc/self/cgroup", &text) ? strstr(text.data, "0::/") : NULL;
    if (line != NULL) { snprintf(group, sizeof group, "%.*s", (int)strcspn(line + 3, "\n"), line + 3); }
    for (size_t n = strlen(group); line != NULL;) { /* its group, and those above it */
        while (n > 0 && group[n - 1] == '/') { group[--n] = '\0'; }
        uint64_t left = left_of(root, group, &text);
        available = left < available ? left : available;
        if (n == 0) { break; }
        while (n > 0 && group[n - 1] != '/') { group[--n] = '\0'; }
    }
    nomen_buffer_clear(&text);
    return available;
}

/* ---- what a model takes ---- */

static uint64_t size_of(const char *directory, const char *name) {
    struct stat info;
    char *path = nomen_file_join(directory, name);
    uint64_t size = path != NULL && stat(path, &info) == 0 && info.st_size > 0 ? (uint64_t)info.st_size : 0;
    nomen_mem_free(path);
    return size;
}

/* The sizes of the files of a form: "model-00001-of-00002.safetensors" begins and ends like the whole file's name. */
static uint64_t size_of_parts(const char *directory, const char *prefix, const char *suffix) {
    uint64_t size = 0;
    DIR *folder = opendir(directory);
    if (folder == NULL) { return 0; }
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        size_t n = strlen(entry->d_name), begin = strlen(prefix), end = strlen(suffix);
        if (n < begin + end || strncmp(entry->d_name, prefix, begin) != 0) { continue; }
        if (strcmp(entry->d_name + n - end, suffix) == 0) { size += size_of(directory, entry->d_name); }
    }
    closedir(folder);
    return size;
}

/* Weights as the library looks for them: one file, its parts, the older form. */
static uint64_t weight_bytes(const char *directory) {
    uint64_t size = size_of(directory, "model.safetensors");
    if (size == 0) { size = size_of_parts(directory, "model-", ".safetensors"); }
    if (size == 0) { size = size_of(directory, "pytorch_model.bin"); }
    if (size == 0) { size = size_of_parts(directory, "pytorch_model-", ".bin"); }
    return size;
}

/* What config.json says of the weights; 0 and false for what it does not. */
typedef struct weight_facts {
    bool halves;           /* two bytes each */
    bool quantized;        /* dense ones are int8 in the files already */
    uint64_t n_embeddings; /* numbers of the tables of embeddings */
} weight_facts;

static weight_facts read_facts(const char *directory) {
    static const char *const rows[] = {"vocab_size", "max_position_embeddings", "type_vocab_size"};
    weight_facts facts = {0};
    json_t *config = NULL;
    char *path = nomen_file_join(directory, "config.json");
    if (path != NULL && nomen_json_read(path, &config, NULL) == NOMEN_OK) {
        const json_t *type = json_object_get(config, "torch_dtype");
        if (type == NULL) { type = json_object_get(config, "dtype"); }
        const char *name = json_is_string(type) ? json_string_value(type) : "";
        facts.halves = strcmp(name, "float16") == 0 || strcmp(name, "bfloat16") == 0;
        facts.quantized = json_is_object(json_object_get(config, "quantization_config"));
        json_int_t hidden = json_integer_value(json_object_get(config, "hidden_size"));
        for (size_t i = 0; i < 3 && hidden > 0 && hidden < 1 << 20; i++) {
            json_int_t n = json_integer_value(json_object_get(config, rows[i]));
            if (n > 0 && n < 1 << 30) { facts.n_embeddings += (uint64_t)n * (uint64_t)hidden; }
        }
    }
    json_decref(config);
    nomen_mem_free(path);
    return facts;
}

/*
 * All weights become floats in one block; the dense ones are then packed into another, layer by layer, and a layer's floats are
 * given back at once. So the most at a time is the floats, a layer, and what rounds its panels up: an eighth covers that. With
 * int8 made while loading, dense weights have a byte each and never are floats together, while embeddings stay as they are. The
 * rest is the tokenizer and the work memory of the queue's batches. Measured: 445 MiB for BERT base of 411 MiB, 204 with int8;
 * 110 MiB for MiniLM of 86 MiB, 82 with int8.
 */
uint64_t nomen_model_memory(const char *directory, bool int8) {
    const weight_facts facts = read_facts(directory);
    uint64_t floats = weight_bytes(directory) * (facts.halves ? 2 : 1), embeddings = 4 * facts.n_embeddings, needed = floats;
    if (int8 && !facts.quantized && embeddings < floats) { needed = embeddings + (floats - embeddings) / 4; }
    return needed + floats / 8 + ((uint64_t)96 << 20);
}

nomen_status nomen_model_memory_check(const char *directory, bool int8, nomen_error *err) {
    uint64_t needed = nomen_model_memory(directory, int8), available = nomen_memory_available("");
    if (needed <= available) { return NOMEN_OK; }
    return nomen_error_set(
        err, NOMEN_ERROR_MEMORY,
        "its loading takes up to %.0f MiB beside what runs, and %.0f MiB are free; unload a model, or give the "
        "service more memory",
        (double)needed / 1048576, (double)available / 1048576);
}
