/* Directories as a whole. */
#include "base/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

static bool is_dots(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* It walks by descriptors, so that it needs no memory of ours where that has just run out. */
static void remove_at(int parent, const char *name) {
    int file = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *directory = file >= 0 ? fdopendir(file) : NULL;
    if (directory == NULL) {
        if (file >= 0) { close(file); }
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (is_dots(entry->d_name)) { continue; }
        if (unlinkat(file, entry->d_name, 0) != 0) { remove_at(file, entry->d_name); }
    }
    closedir(directory);
    unlinkat(parent, name, AT_REMOVEDIR);
}

void nomen_tree_remove(const char *path) {
    remove_at(AT_FDCWD, path);
}

void nomen_tree_discard(const char *path) {
    char *aside = NULL;
    bool moved = nomen_file_name_beside(path, &aside, NULL) == NOMEN_OK && rename(path, aside) == 0;
    nomen_tree_remove(moved ? aside : path);
    nomen_mem_free(aside);
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

nomen_status nomen_directory_list(const char *path, nomen_names *out, nomen_error *err) {
    nomen_names names = {0};
    nomen_status status = NOMEN_OK;
    DIR *directory = opendir(path);
    if (directory == NULL) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be read", path); }
    for (struct dirent *entry; errno = 0, (entry = readdir(directory)) != NULL;) {
        if (is_dots(entry->d_name)) { continue; }
        NOMEN_TRY(NOMEN_RESERVE(names.items, names.capacity, names.n + 1, err));
        NOMEN_TRY(NOMEN_COPY(names.items[names.n], entry->d_name, strlen(entry->d_name), err));
        names.n++;
    }
    if (errno != 0) { NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be read", path)); }
    if (names.n > 0) { qsort(names.items, names.n, sizeof *names.items, compare_names); }
    *out = names;
    names = (nomen_names){0};
done:
    closedir(directory);
    nomen_names_clear(&names);
    return status;
}

void nomen_names_clear(nomen_names *names) {
    for (size_t i = 0; i < names->n; i++) { nomen_mem_free(names->items[i]); }
    nomen_mem_free(names->items);
    *names = (nomen_names){0};
}

bool nomen_tree_move_some(const char *from, const char *to, bool (*moves)(const char *name)) {
    nomen_names names = {0};
    bool all = nomen_directory_list(from, &names, NULL) == NOMEN_OK;
    for (size_t i = 0; i < names.n; i++) {
        if (!moves(names.items[i])) { continue; }
        char *inner_from = nomen_file_join(from, names.items[i]), *inner_to = nomen_file_join(to, names.items[i]);
        const bool known = inner_from != NULL && inner_to != NULL;
        if (!known || (!nomen_file_exists(inner_to) && rename(inner_from, inner_to) != 0)) { all = false; }
        nomen_mem_free(inner_from);
        nomen_mem_free(inner_to);
    }
    nomen_names_clear(&names);
    return all;
}

static nomen_status copy_file(const char *from, const char *to, nomen_error *err) {
    enum { PART = 1 << 18 };
    nomen_output *output = NULL, *whole;
    char *part = NULL;
    nomen_status status;
    int file = open(from, O_RDONLY | O_CLOEXEC);
    if (file < 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be opened", from); }
    NOMEN_TRY(NOMEN_NEW(part, PART, err));
    NOMEN_TRY(nomen_output_open(to, NOMEN_OUTPUT_NEW, &output, err));
    for (ssize_t n; (n = read(file, part, PART)) != 0;) {
        if (n < 0 && errno == EINTR) { continue; }
        if (n < 0) { NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be read", from)); }
        NOMEN_TRY(nomen_output_write(output, part, (size_t)n, err));
    }
    whole = output;
    output = NULL;
    status = nomen_output_commit(whole, err);
done:
    nomen_output_abandon(output);
    nomen_mem_free(part);
    close(file);
    return status;
}

nomen_status nomen_file_link(const char *from, const char *to, nomen_error *err) {
    if (link(from, to) == 0) { return NOMEN_OK; }
    /* Other file systems, those without such links, a file that has as many names as it may. */
    if (errno == EXDEV || errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK) {
        return copy_file(from, to, err);
    }
    return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be made a second name of %s", to, from);
}

nomen_status nomen_tree_link(const char *from, const char *to, nomen_error *err) {
    nomen_names names = {0};
    char *inner_from = NULL, *inner_to = NULL;
    nomen_status status;
    if (mkdir(to, 0777) != 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be created", to); }
    NOMEN_TRY(nomen_directory_list(from, &names, err));
    for (size_t i = 0; i < names.n; i++) {
        NOMEN_TRY(NOMEN_JOIN(inner_from, from, names.items[i], err));
        NOMEN_TRY(NOMEN_JOIN(inner_to, to, names.items[i], err));
        NOMEN_TRY(nomen_file_is_directory(inner_from) ? nomen_tree_link(inner_from, inner_to, err)
                                                      : nomen_file_link(inner_from, inner_to, err));
        nomen_mem_free(inner_from);
        nomen_mem_free(inner_to);
        inner_from = inner_to = NULL;
    }
    status = nomen_directory_sync(to, err);
done:
    nomen_mem_free(inner_from);
    nomen_mem_free(inner_to);
    nomen_names_clear(&names);
    return status;
}

nomen_status nomen_directory_sync(const char *path, nomen_error *err) {
    int file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be opened", path); }
    int problem = fsync(file) == 0 || errno == EINVAL || errno == ENOSYS || errno == EBADF ? 0 : errno;
    close(file);
    return problem == 0 ? NOMEN_OK : nomen_error_set_errno(err, NOMEN_ERROR_IO, problem, "%s: can't be made durable", path);
}

void nomen_directory_sync_parent(const char *path) {
    const char *slash = strrchr(path, '/');
    char *parent = slash == NULL   ? nomen_mem_copy(".", 1)
                   : slash == path ? nomen_mem_copy("/", 1)
                                   : nomen_mem_copy(path, (size_t)(slash - path));
    if (parent != NULL) { (void)nomen_directory_sync(parent, NULL); }
    nomen_mem_free(parent);
}
