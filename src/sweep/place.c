/* The directory of a sweep, and what it takes the place of. */
#include "sweep/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/tree.h"
#include "sweep/ledger.h"

#define REPLACED "sweep-replaced"

/*
 * The names are moved within the directory, which may be a mount point, and one by one, so a kill can come in between. Which of
 * the two sweeps is in place is told by sweep.json: the old one's is the first to go and the last to come back, and the new one's
 * is written after that and removed before. Without one, what is in place is the old contents alone.
 */
nomen_status nomen_sweep_check_place(const nomen_train_options *base, nomen_error *err) {
    if (base->output == NULL || base->overwrite || base->resume) { return NOMEN_OK; }
    if (nomen_ledger_is_there(base->output)) {
        return nomen_error_set_remedy(
            err, NOMEN_ERROR_EXISTS, NOMEN_REMEDY_RESUME,
            "%s: already exists, with a sweep that has begun: resume goes on with it, overwrite removes "
            "all that is there",
            base->output);
    }
    return nomen_run_directory_is_bare(base->output) ? NOMEN_OK : nomen_output_check(base->output, false, err);
}

static nomen_status move(const char *from, const char *to, const char *name, nomen_error *err) {
    char *old = NULL, *new = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(old, from, name, err));
    NOMEN_TRY(NOMEN_JOIN(new, to, name, err));
    if (rename(old, new) != 0 && errno != ENOENT) {
        status = nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be renamed to %s", old, new);
    }
done:
    nomen_mem_free(old);
    nomen_mem_free(new);
    return status;
}

/* What is moved by itself, if at all. */
static bool is_own(const char *name) {
    return strcmp(name, NOMEN_RUN_LOCK) == 0 || strcmp(name, REPLACED) == 0 || strcmp(name, NOMEN_SWEEP_FILE) == 0;
}

/* Whether a directory is of a run, or was left beside that of one, and has a checkpoint or a model. */
static nomen_status has_model(const char *path, const char *name, bool *out, nomen_error *err) {
    char *inner = NULL, *config = NULL;
    size_t step = 0;
    nomen_status status = NOMEN_OK;
    if (strncmp(name, "run-", strlen("run-")) != 0) { goto done; }
    NOMEN_TRY(NOMEN_JOIN(inner, path, name, err));
    if (!nomen_file_is_directory(inner)) { goto done; }
    NOMEN_TRY(NOMEN_JOIN(config, inner, "config.json", err));
    NOMEN_TRY(nomen_run_directory_last_step(inner, &step, err));
    *out = step > 0 || nomen_file_exists(config);
done:
    nomen_mem_free(inner);
    nomen_mem_free(config);
    return status;
}

bool nomen_sweep_has_models(const char *path) {
    nomen_names names = {0};
    bool found = false;
    nomen_status status = nomen_directory_list(path, &names, NULL);
    for (size_t i = 0; i < names.n && !found && status == NOMEN_OK; i++) {
        found = strcmp(names.items[i], NOMEN_SWEEP_BEST) == 0;
        if (!found) { status = has_model(path, names.items[i], &found, NULL); }
    }
    nomen_names_clear(&names);
    return found || status != NOMEN_OK; /* where it can't be told, there may be one */
}

static nomen_status move_all(const char *from, const char *to, nomen_error *err) {
    nomen_names names = {0};
    nomen_status status;
    NOMEN_TRY(nomen_directory_list(from, &names, err));
    for (size_t i = 0; i < names.n; i++) {
        if (!is_own(names.items[i])) { NOMEN_TRY(move(from, to, names.items[i], err)); }
    }
done:
    nomen_names_clear(&names);
    return status;
}

/* Removes what is in place, sweep.json last. */
static nomen_status remove_new(const char *path, nomen_error *err) {
    nomen_names names = {0};
    char *inner = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_directory_list(path, &names, err));
    for (size_t i = 0; i <= names.n; i++) {
        if (i < names.n && is_own(names.items[i])) { continue; }
        nomen_mem_free(inner);
        NOMEN_TRY(NOMEN_JOIN(inner, path, i < names.n ? names.items[i] : NOMEN_SWEEP_FILE, err));
        if (unlink(inner) != 0) { nomen_tree_remove(inner); }
    }
done:
    nomen_mem_free(inner);
    nomen_names_clear(&names);
    return status;
}

/* Brings back what is set aside, where nothing of the new sweep is there. */
static nomen_status bring_back(const char *path, const char *aside, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(move_all(aside, path, err));
    NOMEN_TRY(move(aside, path, NOMEN_SWEEP_FILE, err));
    rmdir(aside); /* what could not be moved stays, and is found again */
    status = nomen_directory_sync(path, err);
done:
    return status;
}

bool nomen_sweep_has_replaced(const char *path) {
    char *aside = nomen_file_join(path, REPLACED);
    const bool there = aside != NULL && nomen_file_is_directory(aside);
    nomen_mem_free(aside);
    return there;
}

void nomen_sweep_drop_replaced(const char *path) {
    char *aside = nomen_sweep_has_replaced(path) ? nomen_file_join(path, REPLACED) : NULL;
    if (aside != NULL) { nomen_tree_discard(aside); } /* as a whole: a part of it must not come back */
    nomen_mem_free(aside);
}

nomen_status nomen_sweep_restore_replaced(const char *path, nomen_error *err) {
    char *aside = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(aside, path, REPLACED, err));
    if (nomen_ledger_is_there(path)) { NOMEN_TRY(remove_new(path, err)); }
    status = bring_back(path, aside, err);
done:
    nomen_mem_free(aside);
    return status;
}

/* A kill may have left something set aside: before the new sweep began, or, with `replace`, for nothing that is to stay. */
static nomen_status recover(const char *path, bool replace, nomen_error *err) {
    char *aside = NULL;
    nomen_status status = NOMEN_OK;
    if (!nomen_sweep_has_replaced(path)) { return NOMEN_OK; }
    NOMEN_TRY(NOMEN_JOIN(aside, path, REPLACED, err));
    if (rmdir(aside) == 0) { goto done; } /* nothing is in it: a kill came after all was brought back */
    if (replace && nomen_ledger_is_there(path) && nomen_sweep_has_models(path)) {
        NOMEN_FAIL(
            nomen_error_set_remedy(err, NOMEN_ERROR_EXISTS, NOMEN_REMEDY_RESUME,
                                   "%s: a sweep has begun there that has no score yet, and what it is to replace is in %s: "
                                   "resume goes on with it; to begin another, move one of the two elsewhere first",
                                   path, aside));
    }
    if (replace || !nomen_ledger_is_there(path)) { status = nomen_sweep_restore_replaced(path, err); }
done:
    nomen_mem_free(aside);
    return status;
}

static nomen_status move_aside(const char *path, const char *aside, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(move(path, aside, NOMEN_SWEEP_FILE, err));
    NOMEN_TRY(move_all(path, aside, err));
    status = nomen_directory_sync(path, err);
done:
    return status;
}

static nomen_status set_aside(const char *path, nomen_error *err) {
    char *aside = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_JOIN(aside, path, REPLACED, err));
    if (mkdir(aside, 0777) != 0) { NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be created", aside)); }
    status = move_aside(path, aside, err);
    if (status != NOMEN_OK) { (void)bring_back(path, aside, NULL); } /* without leave to move one of them, say */
    rmdir(aside);                                                    /* where nothing is in it */
done:
    nomen_mem_free(aside);
    return status;
}

/* What was being removed when a kill came has names beside those it had. */
static nomen_status remove_leavings(const char *path, nomen_error *err) {
    nomen_names names = {0};
    char *inner = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_directory_list(path, &names, err));
    for (size_t i = 0; i < names.n; i++) {
        const char *name = names.items[i];
        if (!nomen_file_is_name_beside(name, REPLACED) && !nomen_file_is_name_beside(name, NOMEN_SWEEP_BEST)) { continue; }
        nomen_mem_free(inner);
        NOMEN_TRY(NOMEN_JOIN(inner, path, name, err));
        nomen_tree_remove(inner);
    }
done:
    nomen_mem_free(inner);
    nomen_names_clear(&names);
    return status;
}

nomen_status nomen_sweep_open_place(const nomen_train_options *base, nomen_run_directory *directory, bool *fresh,
                                    nomen_error *err) {
    const bool replace = base->overwrite && !base->resume;
    nomen_status status;
    *fresh = false;
    NOMEN_TRY(nomen_run_directory_open(base->output, base->output, base->resume, replace, directory, err));
    *fresh = directory->made;
    directory->made = false; /* what a sweep has begun stays */
    NOMEN_TRY(remove_leavings(base->output, err));
    NOMEN_TRY(recover(base->output, replace, err));
    if (replace) { NOMEN_TRY(set_aside(base->output, err)); }
    *fresh = *fresh || replace;
done:
    return status;
}
