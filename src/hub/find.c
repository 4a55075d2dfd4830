/* A model in the cache: refs/REVISION holds the commit, and snapshots/COMMIT the files. */
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "nomen/hub.h"

/* folder/first/second in a new block. */
static nomen_status join(const char *folder, const char *first, const char *second, char **out, nomen_error *err) {
    char *middle = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(middle, folder, first, err));
    NOMEN_TRY(NOMEN_JOIN(*out, middle, second, err));
done:
    nomen_mem_free(middle);
    return status;
}

/* The commit that a revision stands for in the cache; *commit is empty where it is not known, or what is there is no commit. */
static nomen_status resolve(const char *folder, const char *revision, char commit[41], nomen_error *err) {
    nomen_buffer text = {0};
    char *path = NULL;
    nomen_status status = NOMEN_OK;
    commit[0] = '\0';
    if (nomen_hub_is_commit(revision)) {
        memcpy(commit, revision, 41);
        return NOMEN_OK;
    }
    NOMEN_TRY(join(folder, "refs", revision, &path, err));
    if (!nomen_file_exists(path) || nomen_file_is_directory(path)) { goto done; }
    NOMEN_TRY(nomen_file_read(path, &text, err));
    while (text.size > 0 && strchr(" \t\r\n", text.data[text.size - 1]) != NULL) { text.data[--text.size] = '\0'; }
    if (text.size == 40 && nomen_hub_is_commit(text.data)) { memcpy(commit, text.data, 41); }
done:
    nomen_buffer_clear(&text);
    nomen_mem_free(path);
    return status;
}

static nomen_status set_missing(const char *folder, const char *name, const char *revision, const char *cache, nomen_error *err) {
    if (!nomen_file_is_directory(folder)) {
        return nomen_error_set_remedy(err, NOMEN_ERROR_IO, NOMEN_REMEDY_FETCH, "%s: no such model is in the hub's cache %s", name,
                                      cache);
    }
    return nomen_error_set_remedy(err, NOMEN_ERROR_IO, NOMEN_REMEDY_FETCH,
                                  "%s: the hub's cache %s has the model, but not its revision \"%s\"", name, cache, revision);
}

nomen_status nomen_hub_find(const char *name, const char *revision, const char *cache, char **directory, nomen_error *err) {
    char *model = NULL, *wanted = NULL, *place = NULL, *folder = NULL, *snapshot = NULL, commit[41];
    nomen_status status;
    NOMEN_TRY(nomen_hub_parse(name, revision, &model, &wanted, err));
    if (cache == NULL) {
        NOMEN_TRY(nomen_hub_cache(&place, err));
        cache = place;
    }
    NOMEN_TRY(nomen_hub_folder(cache, model, &folder, err));
    NOMEN_TRY(resolve(folder, wanted, commit, err));
    if (commit[0] == '\0') { NOMEN_FAIL(set_missing(folder, model, wanted, cache, err)); }
    NOMEN_TRY(join(folder, "snapshots", commit, &snapshot, err));
    if (!nomen_file_is_directory(snapshot)) { NOMEN_FAIL(set_missing(folder, model, wanted, cache, err)); }
    *directory = snapshot;
    snapshot = NULL;
done:
    nomen_mem_free(model);
    nomen_mem_free(wanted);
    nomen_mem_free(place);
    nomen_mem_free(folder);
    nomen_mem_free(snapshot);
    return status;
}
