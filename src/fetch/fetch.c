/* Fetching: offline it is a look into the cache, which opens no connection; else download.c's work. See fetch.h. */
#include "fetch/fetch.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "fetch/download.h"
#include "fetch/environment.h"
#include "fetch/files.h"
#include "nomen/hub.h"

#if !NOMEN_HAVE_CURL
nomen_status nomen_fetch_download(const nomen_fetch_options *options, const char *cache, nomen_fetch_result *result,
                                  nomen_error *err) {
    (void)options, (void)cache;
    return nomen_error_set(
        err, NOMEN_ERROR_UNSUPPORTED,
        "%s: this program was built without libcurl, so it can't download; build it where libcurl's headers are "
        "(Debian: libcurl4-openssl-dev), or get the model into the cache with huggingface_hub",
        result->name);
}
#endif

/* Whether a directory has what a model needs at least; the rest is known only to the hub. */
static nomen_status check_complete(const nomen_fetch_result *r, nomen_error *err) {
    bool unused = false, weights = false;
    const char *name;
    char *path = NULL;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; (name = nomen_needed_weights(i, &unused)) != NULL; i++) {
        NOMEN_TRY(NOMEN_JOIN(path, r->directory, name, err));
        weights = weights || nomen_file_exists(path);
        nomen_mem_free(path);
        path = NULL;
    }
    NOMEN_TRY(NOMEN_JOIN(path, r->directory, "config.json", err));
    if (!weights || !nomen_file_exists(path)) {
        status = nomen_error_set(err, NOMEN_ERROR_IO, "%s: the cache has only a part of the model, without %s: %s", r->name,
                                 weights ? "config.json" : "weights", r->directory);
    }
done:
    nomen_mem_free(path);
    return status;
}

static nomen_status find_offline(const char *cache, nomen_fetch_result *r, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_hub_find(r->name, r->revision, cache, &r->directory, err));
    const char *slash = strrchr(r->directory, '/');
    memcpy(r->commit, slash + 1, sizeof r->commit); /* a snapshot is called by its commit */
    status = check_complete(r, err);
done:
    return status;
}

nomen_status nomen_fetch_run(const nomen_fetch_options *options, nomen_fetch_result *result, nomen_error *err) {
    nomen_fetch_result r = {0};
    char *cache = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_hub_parse(options->name, options->revision, &r.name, &r.revision, err));
    if (options->cache != NULL) {
        NOMEN_TRY(NOMEN_COPY(cache, options->cache, strlen(options->cache), err));
    } else {
        NOMEN_TRY(nomen_hub_cache(&cache, err));
    }
    if (options->offline || nomen_fetch_is_offline()) {
        NOMEN_TRY(find_offline(cache, &r, err));
    } else {
        NOMEN_TRY(nomen_fetch_download(options, cache, &r, err));
    }
    *result = r;
    r = (nomen_fetch_result){0};
done:
    nomen_mem_free(cache);
    nomen_fetch_result_clear(&r);
    return status;
}

void nomen_fetch_result_clear(nomen_fetch_result *result) {
    for (size_t i = 0; i < result->n_files; i++) { nomen_mem_free(result->files[i].name); }
    nomen_mem_free(result->files);
    nomen_mem_free(result->name);
    nomen_mem_free(result->revision);
    nomen_mem_free(result->directory);
    *result = (nomen_fetch_result){0};
}
