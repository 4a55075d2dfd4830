/* The manifest of a checkpoint. */
#include "train/save/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/tree.h"

enum { MANIFEST_FORMAT = 1, PART = 1 << 18 };

static nomen_status sum_open(int file, const char *path, char digits[65], size_t *n_bytes, nomen_error *err) {
    struct stat info;
    char *part = NULL;
    nomen_sha256 hash;
    nomen_status status;
    if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is not a regular file", path);
    }
    NOMEN_TRY(NOMEN_NEW(part, PART, err));
    nomen_sha256_start(&hash);
    *n_bytes = 0;
    for (ssize_t n; (n = read(file, part, PART)) != 0;) {
        if (n < 0 && errno == EINTR) { continue; }
        if (n < 0) { NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be read", path)); }
        nomen_sha256_add(&hash, part, (size_t)n);
        *n_bytes += (size_t)n;
    }
    nomen_sha256_finish(&hash, digits);
done:
    nomen_mem_free(part);
    return status;
}

static json_t *sum_json(const char *digits, size_t n_bytes) {
    return json_pack("{s:I, s:s}", "bytes", (json_int_t)n_bytes, "sha256", digits);
}

nomen_status nomen_file_sum(const char *path, json_t **out, nomen_error *err) {
    char digits[65];
    size_t n_bytes = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be opened", path); }
    nomen_status status = sum_open(file, path, digits, &n_bytes, err);
    close(file);
    if (status != NOMEN_OK) { return status; }
    *out = sum_json(digits, n_bytes);
    return *out != NULL ? NOMEN_OK : nomen_error_out_of_memory(err);
}

/* The same, but a file whose sum is known is not read again. */
static nomen_status remembered_sum(const char *path, nomen_known_sums *known, json_t **out, nomen_error *err) {
    struct stat info;
    bool there = stat(path, &info) == 0;
    for (size_t i = 0; there && i < NOMEN_KNOWN_SUMS; i++) {
        const nomen_known_sum *k = &known->sums[i];
        if (k->inode != info.st_ino || k->device != info.st_dev || k->n_bytes != (uint64_t)info.st_size ||
            k->changed.tv_sec != info.st_mtim.tv_sec || k->changed.tv_nsec != info.st_mtim.tv_nsec) {
            continue;
        }
        *out = sum_json(k->digits, (size_t)k->n_bytes);
        return *out != NULL ? NOMEN_OK : nomen_error_out_of_memory(err);
    }
    nomen_status status = nomen_file_sum(path, out, err);
    if (status != NOMEN_OK || !there) { return status; }
    nomen_known_sum *k = &known->sums[known->next++ % NOMEN_KNOWN_SUMS];
    *k = (nomen_known_sum){
        .inode = info.st_ino, .device = info.st_dev, .n_bytes = (uint64_t)info.st_size, .changed = info.st_mtim};
    memcpy(k->digits, json_string_value(json_object_get(*out, "sha256")), sizeof k->digits);
    return NOMEN_OK;
}

/*
 * Adds the files of a directory to `files`, by their names from the checkpoint on: "best/model.safetensors". `known` (NULL for
 * none) is for the files in inner directories, which are names of files that were there before.
 */
static nomen_status add_files(const char *directory, const char *prefix, nomen_known_sums *known, json_t *files,
                              nomen_error *err) {
    nomen_names names = {0};
    nomen_buffer name = {0};
    char *path = NULL;
    json_t *sum = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_directory_list(directory, &names, err));
    for (size_t i = 0; i < names.n; i++) {
        nomen_buffer_reset(&name);
        NOMEN_TRY(nomen_buffer_printf(&name, err, "%s%s", prefix, names.items[i]));
        if (strcmp(name.data, NOMEN_MANIFEST_FILE) == 0) { continue; }
        NOMEN_TRY(NOMEN_JOIN(path, directory, names.items[i], err));
        if (nomen_file_is_directory(path)) {
            NOMEN_TRY(nomen_buffer_append_byte(&name, '/', err));
            NOMEN_TRY(add_files(path, name.data, known, files, err));
        } else {
            NOMEN_TRY(known != NULL && prefix[0] != '\0' ? remembered_sum(path, known, &sum, err)
                                                         : nomen_file_sum(path, &sum, err));
            if (json_object_set_new(files, name.data, sum) != 0) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
        }
        nomen_mem_free(path);
        path = NULL;
    }
    status = NOMEN_OK;
done:
    nomen_mem_free(path);
    nomen_buffer_clear(&name);
    nomen_names_clear(&names);
    return status;
}

nomen_status nomen_manifest_write(const char *directory, nomen_known_sums *known, nomen_error *err) {
    json_t *manifest = NULL, *files = json_object();
    char *path = NULL;
    nomen_status status;
    if (files == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    NOMEN_TRY(add_files(directory, "", known, files, err));
    manifest = json_pack("{s:i, s:O}", "format", MANIFEST_FORMAT, "files", files);
    if (manifest == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    NOMEN_TRY(NOMEN_JOIN(path, directory, NOMEN_MANIFEST_FILE, err));
    NOMEN_TRY(nomen_json_write(path, manifest, err));
    status = nomen_directory_sync(directory, err);
done:
    json_decref(manifest);
    json_decref(files);
    nomen_mem_free(path);
    return status;
}

/* The first difference between what the manifest says and what is there. */
static nomen_status compare(const char *directory, const json_t *stated, const json_t *found, nomen_error *err) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)stated, name, value) {
        const json_t *sum = json_object_get(found, name);
        if (sum == NULL) { return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s/%s: is missing", directory, name); }
        if (json_equal(value, (json_t *)(uintptr_t)sum)) { continue; }
        long long bytes = (long long)json_integer_value(json_object_get(value, "bytes"));
        long long there = (long long)json_integer_value(json_object_get(sum, "bytes"));
        if (bytes != there) {
            return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s/%s: has %lld bytes, expected %lld", directory, name, there,
                                   bytes);
        }
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s/%s: has other bytes than the manifest says (SHA-256)", directory,
                               name);
    }
    json_object_foreach((json_t *)(uintptr_t)found, name, value) {
        if (json_object_get(stated, name) == NULL) {
            return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s/%s: is not in the manifest; move it elsewhere", directory, name);
        }
    }
    return NOMEN_OK;
}

nomen_status nomen_manifest_check(const char *directory, nomen_error *err) {
    json_t *manifest = NULL, *found = json_object();
    char *path = NULL;
    nomen_status status;
    if (found == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    NOMEN_TRY(NOMEN_JOIN(path, directory, NOMEN_MANIFEST_FILE, err));
    NOMEN_TRY(nomen_json_read(path, &manifest, err));
    const json_t *files = json_object_get(manifest, "files");
    if (json_integer_value(json_object_get(manifest, "format")) != MANIFEST_FORMAT || !json_is_object(files)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: is not a manifest of format %d", path, MANIFEST_FORMAT));
    }
    NOMEN_TRY(add_files(directory, "", NULL, found, err));
    status = compare(directory, files, found, err);
done:
    json_decref(manifest);
    json_decref(found);
    nomen_mem_free(path);
    return status;
}
