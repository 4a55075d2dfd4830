/* Where the records of a run may be written. */
#include "train/record/record_paths.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/paths.h"
#include "train/record/csv_log.h"
#include "train/record/run_report.h"
#include "train/record/tensorboard.h"

/* Cuts the last name off a path; false where nothing stands before it. "a" becomes ".", "/a" becomes "/". */
static bool cut_name(char *path) {
    path[nomen_path_length(path)] = '\0';
    char *slash = strrchr(path, '/');
    if (strcmp(path, "/") == 0 || strcmp(path, ".") == 0) { return false; }
    if (slash == NULL) {
        memcpy(path, ".", 2);
    } else {
        slash[slash == path] = '\0';
    }
    return true;
}

/* What the two kinds of records have in common; `suffix` makes of the output's name one to give instead. */
static nomen_status check_place(const nomen_train_options *o, const char *name, const char *path, const char *suffix,
                                nomen_error *err) {
    if (path[0] == '\0') {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: the path is empty; give one, or none at all", name);
    }
    if (nomen_path_lies_in(path, o->output)) {
        return nomen_error_set(
            err, NOMEN_ERROR_ARGUMENT,
            "%s %s: lies in %s, all of which is replaced by the finished model at the end; give a path outside "
            "it, such as %.*s%s",
            name, path, o->output, (int)nomen_path_length(o->output), o->output, suffix);
    }
    return NOMEN_OK;
}

static nomen_status check_writable(const char *name, const char *path, const char *directory, nomen_error *err) {
    if (access(directory, W_OK | X_OK) == 0) { return NOMEN_OK; }
    return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno,
                                 "%s %s: nothing can be written in the directory %s; give another path", name, path, directory);
}

static nomen_status check_file(const nomen_train_options *o, const char *name, const char *path, const char *suffix,
                               nomen_error *err) {
    struct stat info;
    char parent[PATH_MAX];
    nomen_status status = check_place(o, name, path, suffix, err);
    if (status != NOMEN_OK) { return status; }
    bool exists = stat(path, &info) == 0;
    if (path[strlen(path) - 1] == '/' || (exists && S_ISDIR(info.st_mode))) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s %s: is a directory; give the name of a file in it", name, path);
    }
    if (exists && !S_ISREG(info.st_mode)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s %s: is a device or a pipe; give the name of a file", name, path);
    }
    if (snprintf(parent, sizeof parent, "%s", path) >= PATH_MAX || !cut_name(parent)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: the path is too long or no name of a file: %.100s", name, path);
    }
    if (!nomen_file_is_directory(parent)) {
        return nomen_error_set(err, NOMEN_ERROR_IO, "%s %s: there is no directory %s; make it, or give another path", name, path,
                               parent);
    }
    if (exists && access(path, W_OK) != 0) {
        return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s %s: can't be written; give another file", name, path);
    }
    return check_writable(name, path, parent, err);
}

static nomen_status check_directory(const nomen_train_options *o, const char *name, const char *path, const char *suffix,
                                    nomen_error *err) {
    char real[PATH_MAX];
    size_t n_used;
    nomen_status status = check_place(o, name, path, suffix, err);
    if (status != NOMEN_OK) { return status; }
    if (!nomen_path_find_existing(path, real, &n_used)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%s: the path is too long: %.100s", name, path);
    }
    if (!nomen_file_is_directory(real)) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%s %s: %s is a file; give a directory, which is made where it is missing", name, path, real);
    }
    return check_writable(name, path, real, err);
}

nomen_status nomen_record_paths_check(const nomen_train_options *o, nomen_error *err) {
    bool replace = o->overwrite || o->resume;
    nomen_status status = NOMEN_OK;
    if (o->log_csv != NULL) {
        NOMEN_TRY(check_file(o, "log-csv", o->log_csv, ".csv", err));
        NOMEN_TRY(nomen_csv_log_check(o->log_csv, replace, err));
    }
    if (o->report != NULL) {
        NOMEN_TRY(check_file(o, "report", o->report, ".html", err));
        NOMEN_TRY(nomen_run_report_check(o->report, replace, err));
    }
    if (o->log_csv != NULL && o->report != NULL && nomen_path_is_same(o->log_csv, o->report)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "log-csv and report: are both %s; give each a file of its own",
                                   o->report));
    }
    if (o->tensorboard != NULL) {
        const char *other = o->log_csv != NULL && nomen_path_is_same(o->log_csv, o->tensorboard) ? "log-csv"
                            : o->report != NULL && nomen_path_is_same(o->report, o->tensorboard) ? "report"
                                                                                                 : NULL;
        if (other != NULL) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                       "%s and tensorboard: are both %s; tensorboard needs a directory of its own", other,
                                       o->tensorboard));
        }
        NOMEN_TRY(check_directory(o, "tensorboard", o->tensorboard, "-tensorboard", err));
        NOMEN_TRY(nomen_tensorboard_check(o->tensorboard, replace, err));
    }
done:
    return status;
}
