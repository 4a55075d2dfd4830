/* A file that grows while a run trains. */
#include "train/record/append_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

nomen_status nomen_append_file_open(const char *path, bool is_new, nomen_append_file *out, nomen_error *err) {
    nomen_append_file f = NOMEN_APPEND_FILE_NONE;
    nomen_status status;
    NOMEN_TRY(NOMEN_COPY(f.path, path, strlen(path), err));
    f.file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | (is_new ? O_CREAT | O_EXCL : 0), 0666);
    if (f.file < 0) {
        nomen_status why = errno == EEXIST ? NOMEN_ERROR_EXISTS : NOMEN_ERROR_IO;
        NOMEN_FAIL(nomen_error_set_errno(err, why, errno, "%s: can't be written", path));
    }
    f.made = is_new;
    f.size = (long long)lseek(f.file, 0, SEEK_END);
    *out = f;
    return NOMEN_OK;
done:
    nomen_mem_free(f.path);
    return status;
}

static int write_all(int file, const char *bytes, size_t n_bytes) {
    while (n_bytes > 0) {
        ssize_t n = write(file, bytes, n_bytes);
        if (n < 0 && errno == EINTR) { continue; }
        if (n < 0) { return errno; }
        bytes += n;
        n_bytes -= (size_t)n;
    }
    return 0;
}

void nomen_append_file_add(nomen_append_file *f, const void *bytes, size_t n_bytes, const char *what) {
    if (f->file < 0) { return; }
    int problem = write_all(f->file, bytes, n_bytes);
    if (problem == 0) {
        f->size += (long long)n_bytes;
        return;
    }
    nomen_log_warning("%s: %s ends here: it can't be written: %s. The run goes on without it", f->path, what, strerror(problem));
    (void)!ftruncate(f->file, (off_t)f->size); /* half an addition would be read as a damaged file */
    nomen_append_file_close(f);
}

void nomen_append_file_close(nomen_append_file *f) {
    if (f->file >= 0) { close(f->file); }
    nomen_mem_free(f->path);
    *f = NOMEN_APPEND_FILE_NONE;
}
