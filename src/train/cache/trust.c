/* Whether a cache is good; see the header. */
#include "train/cache/trust.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "nomen/version.h"
#include "train/save/manifest.h"
#include "train/save/run_identity.h"

enum { CACHE_FORMAT = 1 };

/* How the numbers in the arrays lie: files of another machine are not for this one. */
static const char *layout(void) {
    static const char *const names[2][2] = {{"32-bit little-endian", "32-bit big-endian"},
                                            {"64-bit little-endian", "64-bit big-endian"}};
    return names[sizeof(size_t) == 8][__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__];
}

nomen_status nomen_cache_key(const nomen_train_options *o, json_t **key, char name[NOMEN_CACHE_NAME_SIZE], nomen_error *err) {
    struct stat info;
    char real[PATH_MAX], digits[65];
    json_t *encoding = NULL, *made = NULL;
    nomen_status status;
    if (stat(o->train, &info) != 0) {
        NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be opened", o->train));
    }
    if (!S_ISREG(info.st_mode)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                   "cache: %s is not a regular file, and only such are kept encoded; train without a cache",
                                   o->train));
    }
    if (realpath(o->train, real) == NULL) {
        NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be resolved", o->train));
    }
    NOMEN_TRY(nomen_run_encoding(o, &encoding, err));
    made = json_pack("{s:i, s:s, s:s, s:o, s:O}", "format", CACHE_FORMAT, "nomen_version", NOMEN_VERSION, "layout", layout(),
                     "file", nomen_json_text(real), "encoding", encoding);
    if (made == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    NOMEN_TRY(nomen_json_sum(made, digits, err));
    memcpy(name, digits, NOMEN_CACHE_NAME_SIZE - 1);
    name[NOMEN_CACHE_NAME_SIZE - 1] = '\0';
    *key = json_incref(made);
done:
    json_decref(encoding);
    json_decref(made);
    return status;
}

nomen_status nomen_cache_stamp(const char *path, json_t **out, nomen_error *err) {
    struct stat info;
    if (stat(path, &info) != 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be opened", path); }
    json_int_t modified = (json_int_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
    *out =
        json_pack("{s:I, s:I, s:I}", "bytes", (json_int_t)info.st_size, "modified", modified, "inode", (json_int_t)info.st_ino);
    return *out != NULL ? NOMEN_OK : nomen_error_out_of_memory(err);
}

static nomen_status damaged(const char *directory, const char *what, const char *name, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s/%s: %s", directory, name, what);
}

/* Its files: their sizes, with `verify` their SHA-256. */
static nomen_status check_files(const char *directory, const json_t *record, bool verify, nomen_error *err) {
    const json_t *files = json_object_get(record, "files");
    char *path = NULL;
    json_t *sum = NULL;
    nomen_status status = NOMEN_OK;
    const char *name;
    json_t *stated;
    if (!json_is_object(files)) { return damaged(directory, "names no files", NOMEN_CACHE_FILE, err); }
    json_object_foreach((json_t *)(uintptr_t)files, name, stated) {
        struct stat info;
        NOMEN_TRY(NOMEN_JOIN(path, directory, name, err));
        if (stat(path, &info) != 0) { NOMEN_FAIL(damaged(directory, "is missing", name, err)); }
        if ((json_int_t)info.st_size != json_integer_value(json_object_get(stated, "bytes"))) {
            NOMEN_FAIL(damaged(directory, "has another size than " NOMEN_CACHE_FILE " says", name, err));
        }
        if (verify) {
            NOMEN_TRY(nomen_file_sum(path, &sum, err));
            bool same = json_equal(sum, stated);
            json_decref(sum);
            if (!same) { NOMEN_FAIL(damaged(directory, "has other bytes than " NOMEN_CACHE_FILE " says (SHA-256)", name, err)); }
        }
        nomen_mem_free(path);
        path = NULL;
    }
done:
    nomen_mem_free(path);
    return status;
}

/* Whether the data file is the one that was encoded. Its new stamp is written down where its content alone shows that. */
static nomen_status check_data(const char *path, const nomen_train_options *o, json_t *stamp, json_t *record, bool *same,
                               nomen_error *err) {
    const json_t *was = json_object_get(record, "stamp"), *data = json_object_get(record, "data");
    bool stamped = json_equal(was, stamp);
    json_t *sum = NULL;
    nomen_status status = NOMEN_OK;
    *same = stamped && !o->verify_cache;
    if (*same) { goto done; }
    if (!json_equal(json_object_get(was, "bytes"), json_object_get(stamp, "bytes"))) { goto done; }
    NOMEN_TRY(nomen_file_sum(o->train, &sum, err));
    *same = json_equal(sum, data);
    if (!*same || stamped) { goto done; }
    if (json_object_set(record, "stamp", stamp) != 0) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
    status = nomen_json_write(path, record, err);
done:
    json_decref(sum);
    return status;
}

nomen_status nomen_cache_find(const char *directory, const nomen_train_options *o, const json_t *key, json_t *stamp, json_t **out,
                              nomen_error *err) {
    json_t *record = NULL;
    char *path = NULL;
    bool same = false;
    nomen_error problem = {0};
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(path, directory, NOMEN_CACHE_FILE, err));
    if (!nomen_file_exists(path)) {
        nomen_log_info("%s: is read and encoded into %s", o->train, directory);
        goto done;
    }
    status = nomen_json_read(path, &record, &problem);
    if (status == NOMEN_OK && !json_equal(json_object_get(record, "key"), key)) {
        status = damaged(directory, "is of something else", NOMEN_CACHE_FILE, &problem);
    }
    if (status == NOMEN_OK) { status = check_files(directory, record, o->verify_cache, &problem); }
    if (status == NOMEN_ERROR_FORMAT || status == NOMEN_ERROR_IO) {
        nomen_log_warning("the cache is damaged, and made anew: %s", problem.message);
        status = NOMEN_OK;
        goto done;
    }
    if (status != NOMEN_OK) { NOMEN_FAIL(nomen_error_pass(err, &problem)); }
    NOMEN_TRY(check_data(path, o, stamp, record, &same, err));
    if (same) {
        *out = json_incref(record);
    } else {
        nomen_log_info("%s: has changed since it was encoded; it is read and encoded again into %s", o->train, directory);
    }
done:
    json_decref(record);
    nomen_mem_free(path);
    return status;
}
