/* The directory of a run while it trains. */
#include "train/save/run_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/tree.h"

#define CHECKPOINT "checkpoint-"

enum { MOST_DIGITS = 15 }; /* of a checkpoint's number */

/* Whether a name ends as nomen_file_name_beside has it. */
static bool is_temporary_end(const char *end) {
    return nomen_file_is_name_beside(end, "");
}

/* The number of a checkpoint, whose name ends at *end; false for other names. */
static bool parse_checkpoint(const char *name, size_t *step, const char **end) {
    if (strncmp(name, CHECKPOINT, strlen(CHECKPOINT)) != 0) { return false; }
    const char *digits = name + strlen(CHECKPOINT);
    size_t n = strspn(digits, "0123456789");
    if (n == 0 || n > MOST_DIGITS || (digits[0] == '0' && n > 1)) { return false; }
    *step = (size_t)strtoull(digits, NULL, 10);
    *end = digits + n;
    return true;
}

static bool is_leftover(const char *name) {
    size_t step;
    const char *end;
    return parse_checkpoint(name, &step, &end) && is_temporary_end(end);
}

/* Whether a name is that of a part of a large model, such as model-00001-of-00002.safetensors. */
static bool is_shard(const char *name, const char *begin) {
    static const char digits[] = "0123456789";
    if (strncmp(name, begin, strlen(begin)) != 0) { return false; }
    name += strlen(begin);
    const size_t n = strspn(name, digits);
    if (n == 0 || strncmp(name + n, "-of-", 4) != 0) { return false; }
    name += n + 4;
    return strspn(name, digits) > 0 && name[strspn(name, digits)] == '.';
}

bool nomen_run_directory_is_foreign(const char *name) {
    /* What transformers, peft and nomen put into a directory of a model; one that stays from an older model would be read. */
    static const char *const own[] = {NOMEN_RUN_LOCK,
                                      "config.json",
                                      "model.safetensors",
                                      "model.safetensors.index.json",
                                      "pytorch_model.bin",
                                      "pytorch_model.bin.index.json",
                                      "crf.safetensors",
                                      "adapter_config.json",
                                      "adapter_model.safetensors",
                                      "adapter_model.bin",
                                      "vocab.txt",
                                      "tokenizer.json",
                                      "tokenizer_config.json",
                                      "added_tokens.json",
                                      "special_tokens_map.json",
                                      "nomen.json",
                                      "trainer_state.json",
                                      "training_args.bin",
                                      "README.md"};
    size_t step;
    const char *end;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        const size_t n = strlen(own[i]);
        if (strncmp(name, own[i], n) == 0 && (name[n] == '\0' || is_temporary_end(name + n))) { return false; }
    }
    if (parse_checkpoint(name, &step, &end) && (*end == '\0' || is_temporary_end(end))) { return false; }
    return !is_shard(name, "model-") && !is_shard(name, "pytorch_model-");
}

bool nomen_run_directory_is_bare(const char *path) {
    nomen_names names = {0};
    if (!nomen_file_is_directory(path) || nomen_directory_list(path, &names, NULL) != NOMEN_OK) { return false; }
    bool locked = false, bare = true;
    for (size_t i = 0; i < names.n; i++) {
        bool is_lock = strcmp(names.items[i], NOMEN_RUN_LOCK) == 0;
        locked = locked || is_lock;
        bare = bare && (is_lock || is_leftover(names.items[i]));
    }
    nomen_names_clear(&names);
    return bare && locked;
}

/* Removes what killed runs left, and with `all` every checkpoint. */
static nomen_status clean(const char *path, bool all, nomen_error *err) {
    nomen_names names = {0};
    char *inner = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_directory_list(path, &names, err));
    for (size_t i = 0; i < names.n; i++) {
        size_t step;
        const char *end;
        if (!parse_checkpoint(names.items[i], &step, &end)) { continue; }
        if (!is_temporary_end(end) && !(all && *end == '\0')) { continue; }
        NOMEN_TRY(NOMEN_JOIN(inner, path, names.items[i], err));
        if (*end == '\0') {
            nomen_tree_discard(inner);
        } else {
            nomen_tree_remove(inner);
        }
        nomen_mem_free(inner);
        inner = NULL;
    }
done:
    nomen_mem_free(inner);
    nomen_names_clear(&names);
    return status;
}

/* The lock holds the process and the names, one a line, of the directories beside OUT that it writes to or is to remove. */
typedef struct lock_text {
    long process;
    char staging[2048]; /* of the names: a killed run adds one at most, and the next one removes them all */
} lock_text;

static lock_text read_lock(int file) {
    lock_text lock = {0};
    char text[sizeof lock.staging + 32] = {0}, *end = text;
    if (pread(file, text, sizeof text - 1, 0) <= 0) { return lock; }
    lock.process = strtol(text, &end, 10);
    snprintf(lock.staging, sizeof lock.staging, "%s", end + strspn(end, " "));
    return lock;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Removes what is beside `path` by a name of its lock, if it is one that a directory being made has. */
static void remove_staging(const char *path, lock_text lock) {
    const char *own = base_name(path);
    size_t n = strlen(own), n_parent = (size_t)(own - path);
    for (char *rest = NULL, *name = strtok_r(lock.staging, "\n", &rest); name != NULL; name = strtok_r(NULL, "\n", &rest)) {
        nomen_buffer beside = {0};
        if (strncmp(name, own, n) != 0 || !is_temporary_end(name + n)) { continue; }
        /* It may hold what the finished model has taken the place of, of which something is to stay. */
        if (nomen_buffer_printf(&beside, NULL, "%.*s%s", (int)n_parent, path, name) == NOMEN_OK &&
            (!nomen_file_is_directory(beside.data) || nomen_tree_move_some(beside.data, path, nomen_run_directory_is_foreign))) {
            nomen_tree_remove(beside.data);
        }
        nomen_buffer_clear(&beside);
    }
}

static bool is_file_at(int file, const char *path) {
    struct stat held, there;
    return fstat(file, &held) == 0 && stat(path, &there) == 0 && held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

static nomen_status busy_error(const char *directory, const lock_text *lock, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_EXISTS,
                           "%s: another run, of process %ld, writes there; wait until it has ended, or give another directory",
                           directory, lock->process);
}

/* Takes the lock; *before is what its last holder wrote there. */
static nomen_status take_lock(const char *path, const char *directory, int *out, lock_text *before, nomen_error *err) {
    for (;;) {
        int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (file < 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be written", path); }
        bool held = flock(file, LOCK_EX | LOCK_NB) == 0;
        int problem = errno;
        *before = read_lock(file);
        if (!held && problem == EWOULDBLOCK) {
            close(file);
            return busy_error(directory, before, err);
        }
        if (!held) {
            nomen_log_warning("%s: can't be locked (%s), so a second run there is not noticed", path, strerror(problem));
        }
        if (is_file_at(file, path)) { /* else it was removed in between, by the run that had it */
            *out = file;
            return NOMEN_OK;
        }
        close(file);
    }
}

nomen_status nomen_run_directory_check_free(const char *path, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    char *lock_path = NULL;
    NOMEN_TRY(NOMEN_JOIN(lock_path, path, NOMEN_RUN_LOCK, err));
    int file = open(lock_path, O_RDONLY | O_CLOEXEC);
    if (file >= 0 && flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        const lock_text lock = read_lock(file);
        status = busy_error(path, &lock, err);
    }
    if (file >= 0) { close(file); }
done:
    nomen_mem_free(lock_path);
    return status;
}

/* Keeps `staging` and the names of `before`. Written, then cut: at no moment is a name missing. */
static nomen_status write_lock(int file, const char *path, const char *staging, const char *before, nomen_error *err) {
    nomen_buffer text = {0};
    nomen_status status = nomen_buffer_printf(&text, err, "%ld %s\n%s", (long)getpid(), base_name(staging), before);
    if (status == NOMEN_OK &&
        (pwrite(file, text.data, text.size, 0) != (ssize_t)text.size || ftruncate(file, (off_t)text.size) != 0)) {
        status = nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be written", path);
    }
    nomen_buffer_clear(&text);
    return status;
}

nomen_status nomen_run_directory_open(const char *path, const char *staging, bool resume, bool replace, nomen_run_directory *out,
                                      nomen_error *err) {
    nomen_run_directory directory = {.lock = -1};
    lock_text before = {0};
    nomen_status status;
    NOMEN_TRY(NOMEN_COPY(directory.path, path, strlen(path), err));
    directory.made = mkdir(path, 0777) == 0;
    const int problem = errno;
    if (!directory.made && (problem != EEXIST || !(resume || replace || nomen_run_directory_is_bare(path)))) {
        NOMEN_FAIL(nomen_error_set_errno(err, problem == EEXIST ? NOMEN_ERROR_EXISTS : NOMEN_ERROR_IO, problem,
                                         "%s: can't be created", path));
    }
    if (directory.made) { nomen_directory_sync_parent(path); }
    NOMEN_TRY(NOMEN_JOIN(directory.lock_path, path, NOMEN_RUN_LOCK, err));
    NOMEN_TRY(take_lock(directory.lock_path, path, &directory.lock, &before, err));
    /* Asked again under the lock: a run that has ended since may have left its model. */
    if (!directory.made && !resume && !replace && !nomen_run_directory_is_bare(path)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_EXISTS, "%s: already exists: another run has ended there just now", path));
    }
    NOMEN_TRY(write_lock(directory.lock, directory.lock_path, staging, before.staging, err));
    remove_staging(path, before);
    NOMEN_TRY(write_lock(directory.lock, directory.lock_path, staging, "", err));
    NOMEN_TRY(clean(path, false, err));
    *out = directory;
    directory = (nomen_run_directory){0};
done:
    nomen_run_directory_close(&directory);
    return status;
}

bool nomen_run_directory_is_here(const nomen_run_directory *directory) {
    return directory->lock_path != NULL && is_file_at(directory->lock, directory->lock_path);
}

void nomen_run_directory_close(nomen_run_directory *directory) {
    if (directory->path == NULL) { return; }
    if (directory->lock >= 0) {
        /* Removed while it is held, and not where another directory has taken this one's place. */
        if (nomen_run_directory_is_here(directory)) { unlink(directory->lock_path); }
        close(directory->lock);
    }
    if (directory->made) { rmdir(directory->path); }
    /* Over NFS a file that was open when its directory was removed keeps that directory until it is closed. */
    if (directory->replaced != NULL) { rmdir(directory->replaced); }
    nomen_mem_free(directory->replaced);
    nomen_mem_free(directory->lock_path);
    nomen_mem_free(directory->path);
    *directory = (nomen_run_directory){0};
}

nomen_status nomen_run_directory_remove_checkpoints(const nomen_run_directory *directory, nomen_error *err) {
    return clean(directory->path, true, err);
}

nomen_status nomen_run_directory_carry_lock(nomen_run_directory *directory, const char *to, nomen_error *err) {
    char *lock_to = NULL;
    nomen_status status;
    nomen_mem_free(directory->replaced);
    NOMEN_TRY(NOMEN_COPY(directory->replaced, to, strlen(to), err));
    NOMEN_TRY(NOMEN_JOIN(lock_to, to, NOMEN_RUN_LOCK, err));
    (void)!link(directory->lock_path, lock_to);
done:
    nomen_mem_free(lock_to);
    return status;
}

static int compare_steps(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return x < y ? -1 : x > y;
}

nomen_status nomen_run_directory_steps(const nomen_run_directory *directory, size_t **out, size_t *n, nomen_error *err) {
    nomen_names names = {0};
    size_t *steps = NULL, found = 0;
    nomen_status status;
    NOMEN_TRY(nomen_directory_list(directory->path, &names, err));
    NOMEN_TRY(NOMEN_NEW(steps, names.n, err));
    for (size_t i = 0; i < names.n; i++) {
        const char *end;
        found += parse_checkpoint(names.items[i], &steps[found], &end) && *end == '\0';
    }
    if (found > 0) { qsort(steps, found, sizeof *steps, compare_steps); }
    *out = steps;
    *n = found;
    steps = NULL;
done:
    nomen_mem_free(steps);
    nomen_names_clear(&names);
    return status;
}

nomen_status nomen_run_directory_last_step(const char *path, size_t *out, nomen_error *err) {
    const nomen_run_directory directory = {.path = (char *)(uintptr_t)path};
    size_t *steps = NULL, n = 0;
    *out = 0;
    if (!nomen_file_is_directory(path)) { return NOMEN_OK; }
    nomen_status status = nomen_run_directory_steps(&directory, &steps, &n, err);
    if (n > 0) { *out = steps[n - 1]; }
    nomen_mem_free(steps);
    return status;
}

nomen_status nomen_run_directory_checkpoint(const nomen_run_directory *directory, size_t step, char **out, nomen_error *err) {
    char name[sizeof CHECKPOINT + 24];
    snprintf(name, sizeof name, CHECKPOINT "%zu", step);
    return NOMEN_JOIN(*out, directory->path, name, err);
}
