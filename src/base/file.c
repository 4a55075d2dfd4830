/* Reading and mapping files, and writing one atomically. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/call.h"
#include "base/mem.h"
#include "base/threads.h"

static nomen_status read_all(int file, const char *path, nomen_buffer *out, nomen_error *err) {
    for (;;) {
        nomen_status status = NOMEN_RESERVE(out->data, out->capacity, out->size + 65536, err);
        if (status != NOMEN_OK) { return status; }
        ssize_t n = read(file, out->data + out->size, out->capacity - out->size - 1);
        if (n < 0 && errno == EINTR) {
            if (!nomen_call_is_stopped()) { continue; }
            return nomen_call_stopped_while(err, "reading", path);
        }
        if (n < 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be read", path); }
        out->size += (size_t)n;
        out->data[out->size] = '\0';
        if (n == 0) { return NOMEN_OK; }
    }
}

static nomen_status open_to_read(const char *path, int *out, nomen_error *err) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be opened", path); }
    *out = file;
    return NOMEN_OK;
}

nomen_status nomen_file_read(const char *path, nomen_buffer *out, nomen_error *err) {
    if (strcmp(path, "-") == 0) { return read_all(STDIN_FILENO, "standard input", out, err); }
    int file = -1;
    nomen_status status = open_to_read(path, &file, err);
    if (status != NOMEN_OK) { return status; }
    struct stat info;
    if (fstat(file, &info) == 0 && S_ISREG(info.st_mode)) {
        status = NOMEN_RESERVE(out->data, out->capacity, out->size + (size_t)info.st_size + 65536, err);
    }
    if (status == NOMEN_OK) { status = read_all(file, path, out, err); }
    close(file);
    return status;
}

bool nomen_file_exists(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0;
}

bool nomen_file_is_directory(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool nomen_file_is_same(const char *path, const char *other) {
    struct stat a, b;
    return stat(path, &a) == 0 && stat(other, &b) == 0 && S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

char *nomen_file_join(const char *directory, const char *name) {
    nomen_buffer path = {0};
    size_t n = strlen(directory);
    const char *slash = n > 0 && directory[n - 1] == '/' ? "" : "/";
    if (nomen_buffer_printf(&path, NULL, "%s%s%s", directory, slash, name) != NOMEN_OK) { nomen_buffer_clear(&path); }
    return nomen_buffer_release(&path);
}

static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
enum { N_LETTERS = 8 };

bool nomen_file_is_name_beside(const char *name, const char *of) {
    size_t n = strlen(of);
    return strncmp(name, of, n) == 0 && name[n] == '.' && strlen(name + n + 1) == N_LETTERS &&
           strspn(name + n + 1, letters) == N_LETTERS;
}

nomen_status nomen_file_name_beside(const char *path, char **out, nomen_error *err) {
    unsigned char random[N_LETTERS];
    char end[sizeof random + 1] = {0};
    nomen_buffer name = {0};
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: no temporary name could be found in its directory", path);
    }
    for (size_t i = 0; i < sizeof random; i++) { end[i] = letters[random[i] % 32]; }
    nomen_status status = nomen_buffer_printf(&name, err, "%s.%s", path, end);
    if (status != NOMEN_OK) { return status; }
    nomen_mem_free(*out);
    *out = nomen_buffer_release(&name);
    return NOMEN_OK;
}

nomen_status nomen_mapping_open(const char *path, nomen_mapping *out, nomen_error *err) {
    int file = -1;
    nomen_status status = open_to_read(path, &file, err);
    if (status != NOMEN_OK) { return status; }
    struct stat info;
    void *data = NULL;
    if (fstat(file, &info) != 0) {
        status = nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be read", path);
    } else if (!S_ISREG(info.st_mode)) {
        status = nomen_error_set(err, NOMEN_ERROR_IO, "%s: is not a regular file", path);
    } else if (info.st_size > 0) {
        data = mmap(NULL, (size_t)info.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
        if (data == MAP_FAILED) { status = nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be mapped", path); }
    }
    if (status == NOMEN_OK) { *out = (nomen_mapping){.data = data, .size = (size_t)info.st_size, .file = file}; }
    if (status != NOMEN_OK || info.st_size == 0) { close(file); }
    return status;
}

/* Reads all of a part. 0, an errno, or -1 where the file ends before. */
static int read_part(int file, size_t offset, char *out, size_t n_bytes) {
    while (n_bytes > 0) {
        ssize_t n = pread(file, out, n_bytes, (off_t)offset);
        if (n < 0 && errno == EINTR) { continue; }
        if (n <= 0) { return n == 0 ? -1 : errno; }
        offset += (size_t)n;
        out += n;
        n_bytes -= (size_t)n;
    }
    return 0;
}

typedef struct reading {
    int file;
    size_t offset, n_bytes;
    char *out;
    _Atomic int problem; /* of some part, 0: none */
} reading;

enum { PART = 1 << 20 }; /* large enough that a call's cost is nothing, small enough to share */

static void read_parts(void *context, size_t first, size_t end) {
    reading *r = context;
    for (size_t i = first; i < end; i++) {
        size_t from = i * PART, n = r->n_bytes - from < PART ? r->n_bytes - from : PART;
        int found = read_part(r->file, r->offset + from, r->out + from, n);
        if (found != 0) { r->problem = found > 0 ? found : INT_MAX; }
    }
}

nomen_status nomen_mapping_read(const nomen_mapping *mapping, size_t offset, void *out, size_t n_bytes, const char *path,
                                nomen_error *err) {
    reading r = {.file = mapping->file, .offset = offset, .n_bytes = n_bytes, .out = out};
    nomen_team_run((n_bytes + PART - 1) / PART, 1, nomen_team_size(), read_parts, &r);
    const int problem = r.problem;
    if (problem == INT_MAX) {
        return nomen_error_set(err, NOMEN_ERROR_IO, "%s: shrank while it was being read; it had %zu bytes at first", path,
                               mapping->size);
    }
    if (problem != 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, problem, "%s: can't be read", path); }
    return NOMEN_OK;
}

void nomen_mapping_close(nomen_mapping *mapping) {
    if (mapping->size > 0) {
        munmap((void *)(uintptr_t)mapping->data, mapping->size);
        close(mapping->file);
    }
    *mapping = (nomen_mapping){0};
}

struct nomen_output {
    int file;
    char *path;
    char *temporary; /* NULL: written to directly */
    bool overwrite;
};

/* A device or a pipe, such as /dev/null: a rename would put a file in its place, for everybody on the machine. */
static bool is_device(const char *path) {
    struct stat facts;
    return stat(path, &facts) == 0 &&
           (S_ISCHR(facts.st_mode) || S_ISFIFO(facts.st_mode) || S_ISBLK(facts.st_mode) || S_ISSOCK(facts.st_mode));
}

static void free_output(nomen_output *output) {
    if (output->file >= 0) { close(output->file); }
    nomen_mem_free(output->path);
    nomen_mem_free(output->temporary);
    nomen_mem_free(output);
}

static nomen_status refuse_existing(const char *path, nomen_error *err) {
    return nomen_error_set_remedy(err, NOMEN_ERROR_EXISTS, NOMEN_REMEDY_OVERWRITE, "%s: already exists", path);
}

nomen_status nomen_output_check(const char *path, bool overwrite, nomen_error *err) {
    return !overwrite && nomen_file_exists(path) ? refuse_existing(path, err) : NOMEN_OK;
}

nomen_status nomen_output_open(const char *path, unsigned flags, nomen_output **out, nomen_error *err) {
    mode_t mode = flags & NOMEN_OUTPUT_PRIVATE ? 0600 : 0666;
    nomen_output *output = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(output, 1, err));
    output->file = -1;
    output->overwrite = flags & NOMEN_OUTPUT_OVERWRITE;
    NOMEN_TRY(NOMEN_COPY(output->path, path, strlen(path), err));
    if (output->overwrite && is_device(path)) {
        output->file = open(path, O_WRONLY | O_CLOEXEC);
        if (output->file < 0) { NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be written", path)); }
    }
    /* Not mkstemp, whose files are for the owner alone: the umask decides, and only open knows it. */
    while (output->file < 0) {
        NOMEN_TRY(nomen_file_name_beside(path, &output->temporary, err));
        output->file = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (output->file < 0 && errno != EEXIST) {
            NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be written", path));
        }
    }
    *out = output;
    return NOMEN_OK;
done:
    if (output != NULL) { free_output(output); }
    return status;
}

/* Renames the file to its path; 0 or an errno. */
static int rename_output(const nomen_output *output) {
    if (output->overwrite) { return rename(output->temporary, output->path) == 0 ? 0 : errno; }
    if (renameat2(AT_FDCWD, output->temporary, AT_FDCWD, output->path, RENAME_NOREPLACE) == 0) { return 0; }
    if (errno != EINVAL && errno != ENOSYS) { return errno; }
    if (link(output->temporary, output->path) != 0) { return errno; } /* no such flag here */
    return unlink(output->temporary) == 0 ? 0 : errno;
}

nomen_status nomen_output_write(nomen_output *output, const void *bytes, size_t n_bytes, nomen_error *err) {
    const char *from = bytes;
    while (n_bytes > 0) {
        ssize_t n = write(output->file, from, n_bytes);
        if (n < 0 && errno == EINTR) { continue; }
        if (n < 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be written", output->path); }
        from += n;
        n_bytes -= (size_t)n;
    }
    return NOMEN_OK;
}

nomen_status nomen_output_commit(nomen_output *output, nomen_error *err) {
    int closed = output->temporary == NULL || fsync(output->file) == 0 ? 0 : errno;
    if (close(output->file) != 0 && closed == 0) { closed = errno; }
    output->file = -1;
    if (closed == 0 && output->temporary != NULL) { closed = rename_output(output); }
    nomen_status status = NOMEN_OK;
    if (closed != 0) {
        if (output->temporary != NULL) { unlink(output->temporary); }
        status = closed == EEXIST ? refuse_existing(output->path, err)
                                  : nomen_error_set_errno(err, NOMEN_ERROR_IO, closed, "%s: can't be written", output->path);
    }
    free_output(output);
    return status;
}

void nomen_output_abandon(nomen_output *output) {
    if (output == NULL) { return; }
    if (output->temporary != NULL) { unlink(output->temporary); }
    free_output(output);
}

nomen_status nomen_file_write(const char *path, const void *bytes, size_t n_bytes, nomen_error *err) {
    nomen_output *output = NULL;
    nomen_status status = nomen_output_open(path, NOMEN_OUTPUT_OVERWRITE, &output, err);
    if (status != NOMEN_OK) { return status; }
    status = nomen_output_write(output, bytes, n_bytes, err);
    if (status != NOMEN_OK) {
        nomen_output_abandon(output);
        return status;
    }
    return nomen_output_commit(output, err);
}
