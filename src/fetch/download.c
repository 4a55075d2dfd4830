/*
 * A model from the hub: the list of its files, then each that is needed and not there, small ones first. Every file is asked
 * for by the commit, so that all are of one revision whatever happens to the branch meanwhile.
 */
#include "fetch/download.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "fetch/environment.h"
#include "fetch/files.h"
#include "fetch/http.h"
#include "fetch/partial.h"
#include "fetch/store.h"
#include "fetch/url.h"
#include "nomen/hub.h"

/* Of the list of files; of a file whose size nobody says. */
static const uint64_t most_of_listing = (uint64_t)32 << 20, most_of_file = (uint64_t)64 << 30;

typedef struct download {
    const nomen_fetch_options *options;
    nomen_fetch_result *result;
    char *endpoint;
    nomen_http *http;
    nomen_listing listing;
    nomen_store store;
} download;

/* What the file is that comes, for the functions of its body. */
typedef struct arrival {
    const download *d;
    nomen_partial partial;
    const char *file;
    int64_t size;
} arrival;

static void show(const download *d, const char *file, uint64_t n_bytes, int64_t size, bool done, bool was_there) {
    const nomen_fetch_progress progress = {.file = file, .n_bytes = n_bytes, .size = size, .done = done, .was_there = was_there};
    if (d->options->on_progress != NULL) { d->options->on_progress(d->options->user, &progress); }
}

static nomen_status add_listing(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    return nomen_buffer_append(user, bytes, n_bytes, err);
}

static nomen_status restart_listing(void *user, nomen_error *err) {
    (void)err;
    nomen_buffer_reset(user);
    return NOMEN_OK;
}

/* Which commit the revision is, and what files it has. */
static nomen_status list(download *d, nomen_error *err) {
    const nomen_fetch_result *r = d->result;
    nomen_hub_answer answer = {0};
    nomen_buffer path = {0}, body = {0};
    nomen_http_sink sink = {
        .add = add_listing, .restart = restart_listing, .user = &body, .expected = -1, .most = most_of_listing};
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(&path, err, "/api/models/%s/revision/", r->name));
    NOMEN_TRY(nomen_url_append_part(&path, r->revision, err));
    NOMEN_TRY(nomen_http_get(d->http, path.data, &sink, &answer, err));
    if (answer.code != 200) {
        nomen_buffer_reset(&body);
        NOMEN_TRY(nomen_buffer_printf(&body, err, "model of that name with the revision \"%s\"", r->revision));
        NOMEN_FAIL(nomen_hub_answer_refusal(&answer, body.data, r->name, d->endpoint, err));
    }
    NOMEN_TRY(nomen_buffer_append(&body, "", 0, err));
    NOMEN_TRY(nomen_listing_parse(body.data, body.size, d->endpoint, &d->listing, err));
    if (nomen_hub_is_commit(r->revision) && strcmp(r->revision, d->listing.commit) != 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: asked for commit %s, the hub at %s answered about %s", r->name,
                                   r->revision, d->endpoint, d->listing.commit));
    }
done:
    nomen_hub_answer_reset(&answer);
    nomen_buffer_clear(&path);
    nomen_buffer_clear(&body);
    return status;
}

static nomen_status add_to_file(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    arrival *a = user;
    nomen_status status = nomen_partial_add(&a->partial, bytes, n_bytes, err);
    if (status == NOMEN_OK) { show(a->d, a->file, a->partial.n_bytes, a->size, false, false); }
    return status;
}

static nomen_status restart_file(void *user, nomen_error *err) {
    arrival *a = user;
    return nomen_partial_restart(&a->partial, err);
}

/* Downloads one blob. *n_bytes is its size. Bytes with another hash are asked for once more: a proxy may have had an old copy. */
static nomen_status get_blob(const download *d, const char *path, const char *file, const char *hash, int64_t size,
                             uint64_t *n_bytes, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (int i = 0; i < 2; i++) {
        arrival a = {.d = d, .file = file, .size = size, .partial.file = -1};
        nomen_http_sink sink = {.add = add_to_file,
                                .restart = restart_file,
                                .user = &a,
                                .expected = size,
                                .most = size >= 0 ? (uint64_t)size : most_of_file};
        nomen_hub_answer answer = {0};
        nomen_error problem = {0};
        status = nomen_partial_begin(d->store.blobs, hash, size, &a.partial, err);
        if (status == NOMEN_OK) { status = nomen_http_get(d->http, path, &sink, &answer, err); }
        if (status == NOMEN_OK && answer.code != 200 && answer.code != 206) {
            status = nomen_hub_answer_refusal(&answer, file, d->result->name, d->endpoint, err);
        }
        *n_bytes = a.partial.n_bytes;
        bool came = status == NOMEN_OK;
        if (came) { status = nomen_partial_commit(&a.partial, file, &problem); }
        nomen_partial_abandon(&a.partial);
        nomen_hub_answer_reset(&answer);
        bool differs = came && status == NOMEN_ERROR_FORMAT;
        if (differs && i == 0) {
            nomen_log_info("%s; trying again", problem.message);
            continue;
        }
        if (came && status != NOMEN_OK) { nomen_error_pass(err, &problem); }
        break;
    }
    return status;
}

/* Checks what the hub says of a file. */
static nomen_status read_facts(const download *d, const nomen_hub_answer *answer, const char *file, char hash[128], int64_t *size,
                               nomen_error *err) {
    const nomen_fetch_result *r = d->result;
    bool redirected = answer->code >= 300 && answer->code < 400 && answer->linked_etag[0] != '\0';
    if (answer->code != 200 && !redirected) { return nomen_hub_answer_refusal(answer, file, r->name, d->endpoint, err); }
    if (strcmp(answer->commit, d->listing.commit) != 0) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: asked for commit %s, the hub at %s answered of \"%s\" (X-Repo-Commit); is HF_ENDPOINT a hub?",
                               file, d->listing.commit, d->endpoint, answer->commit);
    }
    nomen_hub_answer_get_hash(answer, hash);
    *size = nomen_hub_answer_get_size(answer);
    if (!nomen_partial_is_hash(hash)) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s: can't be verified: its ETag \"%s\" is neither a SHA-256 nor git's SHA-1, which the hub sends",
                               file, hash);
    }
    return NOMEN_OK;
}

/* Has the snapshot have the file whose hash is known. *came: it was downloaded for that. */
static nomen_status bring(download *d, const char *path, const char *file, const char *hash, int64_t size, bool *came,
                          nomen_error *err) {
    int lock = -1;
    uint64_t n_bytes = 0;
    nomen_status status;
    NOMEN_TRY(nomen_store_prepare(&d->store, err));
    NOMEN_TRY(nomen_store_lock(&d->store, hash, file, &lock, err));
    /* Another process may have brought it meanwhile. */
    if (!nomen_store_has_file(&d->store, file, size) && !nomen_store_has_blob(&d->store, hash, size)) {
        NOMEN_TRY(get_blob(d, path, file, hash, size, &n_bytes, err));
        d->result->n_bytes += n_bytes;
        *came = true;
    }
    NOMEN_TRY(nomen_store_link(&d->store, file, hash, size, err));
done:
    nomen_store_unlock(lock);
    return status;
}

static nomen_status note_file(download *d, const char *file, bool was_there, nomen_error *err) {
    nomen_fetch_result *r = d->result;
    char *path = NULL;
    struct stat facts;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(r->files, r->capacity, r->n_files + 1, err));
    nomen_fetch_file *entry = &r->files[r->n_files];
    *entry = (nomen_fetch_file){.was_there = was_there};
    NOMEN_TRY(NOMEN_JOIN(path, d->store.snapshot, file, err));
    if (stat(path, &facts) != 0) { NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be read", path)); }
    entry->n_bytes = (uint64_t)facts.st_size;
    NOMEN_TRY(NOMEN_COPY(entry->name, file, strlen(file), err));
    r->n_files++;
    show(d, file, entry->n_bytes, (int64_t)entry->n_bytes, true, was_there);
done:
    nomen_mem_free(path);
    return status;
}

static nomen_status get_file(download *d, const char *file, nomen_error *err) {
    nomen_hub_answer answer = {0};
    nomen_buffer path = {0};
    char hash[128];
    int64_t size = -1;
    bool came = false;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(&path, err, "/%s/resolve/%s/", d->result->name, d->listing.commit));
    NOMEN_TRY(nomen_url_append_part(&path, file, err));
    NOMEN_TRY(nomen_http_head(d->http, path.data, &answer, err));
    NOMEN_TRY(read_facts(d, &answer, file, hash, &size, err));
    if (!nomen_store_has_file(&d->store, file, size)) { NOMEN_TRY(bring(d, path.data, file, hash, size, &came, err)); }
    NOMEN_TRY(note_file(d, file, !came, err));
done:
    nomen_hub_answer_reset(&answer);
    nomen_buffer_clear(&path);
    return status;
}

static nomen_status get_shards(download *d, const char *index, nomen_error *err) {
    json_t *shards = NULL, *unused;
    char *path = NULL;
    const char *name;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(path, d->store.snapshot, index, err));
    NOMEN_TRY(nomen_index_read(path, index, &d->listing, &shards, err));
    json_object_foreach(shards, name, unused) {
        NOMEN_TRY(get_file(d, name, err));
    }
done:
    json_decref(shards);
    nomen_mem_free(path);
    return status;
}

/* The first form of weights that the model has. */
static nomen_status get_weights(download *d, nomen_error *err) {
    bool is_index = false;
    const char *name;
    for (size_t i = 0; (name = nomen_needed_weights(i, &is_index)) != NULL; i++) {
        if (!nomen_listing_has(&d->listing, name)) {
            if (d->store.ready) { nomen_store_note_absent(&d->store, name); }
            continue;
        }
        nomen_status status = get_file(d, name, err);
        return status == NOMEN_OK && is_index ? get_shards(d, name, err) : status;
    }
    return nomen_error_set(
        err, NOMEN_ERROR_DATA,
        "%s: the model has no weights that nomen reads (model.safetensors, pytorch_model.bin or an index of them)",
        d->result->name);
}

static nomen_status get_small_files(download *d, nomen_error *err) {
    bool noted = false, words = nomen_listing_has(&d->listing, "tokenizer.json") || nomen_listing_has(&d->listing, "vocab.txt");
    char *config = NULL;
    const char *name;
    nomen_status status = NOMEN_OK;
    if (!nomen_listing_has(&d->listing, "config.json") || !words) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_DATA, "%s: has no %s, so it is no model that nomen can use", d->result->name,
                                   words ? "config.json" : "tokenizer.json or vocab.txt"));
    }
    for (size_t i = 0; (name = nomen_needed_file(i, &noted)) != NULL; i++) {
        if (nomen_listing_has(&d->listing, name)) {
            NOMEN_TRY(get_file(d, name, err));
        } else if (noted && d->store.ready) {
            nomen_store_note_absent(&d->store, name);
        }
        if (i > 0) { continue; }
        NOMEN_TRY(NOMEN_JOIN(config, d->store.snapshot, name, err));
        NOMEN_TRY(nomen_config_check(config, d->result->name, err));
    }
done:
    nomen_mem_free(config);
    return status;
}

nomen_status nomen_fetch_download(const nomen_fetch_options *options, const char *cache, nomen_fetch_result *result,
                                  nomen_error *err) {
    download d = {.options = options, .result = result};
    char *token = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_url_check_endpoint(options->endpoint != NULL ? options->endpoint : nomen_fetch_endpoint(), &d.endpoint, err));
    NOMEN_TRY(nomen_fetch_find_token(&token, err));
    NOMEN_TRY(nomen_http_open(d.endpoint, token, &d.http, err));
    NOMEN_TRY(list(&d, err));
    memcpy(result->commit, d.listing.commit, sizeof result->commit);
    NOMEN_TRY(nomen_store_open(cache, result->name, d.listing.commit, &d.store, err));
    NOMEN_TRY(get_small_files(&d, err));
    NOMEN_TRY(get_weights(&d, err));
    NOMEN_TRY(nomen_store_set_revision(&d.store, result->revision, err));
    NOMEN_TRY(nomen_mem_replace_text(&result->directory, d.store.snapshot, err));
done:
    nomen_store_close(&d.store);
    nomen_listing_clear(&d.listing);
    nomen_http_close(d.http);
    nomen_mem_free(d.endpoint);
    nomen_mem_free(token);
    return status;
}
