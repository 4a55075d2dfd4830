/* Where a command takes a model's DIR, it takes a NAME too: that of a model in the hub's cache. */
#include "base/file.h"
#include "cli/cli.h"
#include "nomen/hub.h"
#include "nomen/runtime.h"

/* The error of a text that is no directory here, and no model in the cache; `problem` is what the cache lacks. */
static nomen_status set_neither(const char *text, const nomen_error *problem, nomen_error *err) {
    char *cache = NULL, *folder = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_hub_cache(&cache, err));
    /* The model without the revision is a case of its own; a text with a revision can hardly mean a directory. */
    if (nomen_hub_folder(cache, text, &folder, NULL) != NOMEN_OK || nomen_file_is_directory(folder)) {
        NOMEN_FAIL(nomen_error_pass(err, problem));
    }
    status = nomen_error_set_remedy(err, NOMEN_ERROR_IO, NOMEN_REMEDY_FETCH,
                                    "%s: there is neither such a directory nor a model of that name in the hub's cache, %s", text,
                                    cache);
done:
    nomen_free(cache);
    nomen_free(folder);
    return status;
}

nomen_status nomen_cli_find_model(const char **model, char **found, nomen_error *err) {
    nomen_error problem = {0};
    if (*model == NULL || nomen_file_exists(*model)) { return NOMEN_OK; }
    nomen_status status = nomen_hub_find(*model, NULL, NULL, found, &problem);
    if (status == NOMEN_OK) {
        *model = *found;
        return NOMEN_OK;
    }
    if (status == NOMEN_ERROR_ARGUMENT) {
        return NOMEN_OK;
    } /* no name: a directory that is not there, which the command reports */
    return problem.remedy == NOMEN_REMEDY_FETCH ? set_neither(*model, &problem, err) : nomen_error_pass(err, &problem);
}
