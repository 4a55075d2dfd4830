/* Reading a file line by line. The buffer holds [start, end); a read moves the rest to its front. */
#include "base/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/call.h"
#include "base/mem.h"

enum { READ_SIZE = 256 * 1024 };

struct nomen_lines {
    char *name;
    int file;
    char *data;
    size_t capacity, start, end;
    size_t newline; /* where the next line ends; SIZE_MAX where that is not known to be in the buffer */
    size_t number;
    bool at_end;
};

nomen_status nomen_lines_open(const char *path, nomen_lines **out, nomen_error *err) {
    bool standard = path == NULL || strcmp(path, "-") == 0;
    const char *name = standard ? "standard input" : path;
    nomen_lines *lines = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(lines, 1, err));
    lines->newline = SIZE_MAX;
    lines->file = -1;
    NOMEN_TRY(NOMEN_COPY(lines->name, name, strlen(name), err));
    lines->file = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (lines->file < 0) { NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be opened", path)); }
    *out = lines;
    return NOMEN_OK;
done:
    nomen_lines_close(lines);
    return status;
}

void nomen_lines_close(nomen_lines *lines) {
    if (lines == NULL) { return; }
    if (lines->file > STDIN_FILENO) { close(lines->file); }
    nomen_mem_free(lines->name);
    nomen_mem_free(lines->data);
    nomen_mem_free(lines);
}

/* Finds the end of the line that begins at `start`, from `from` on. */
static void find_newline(nomen_lines *lines, size_t from) {
    const char *found = from < lines->end ? memchr(lines->data + from, '\n', lines->end - from) : NULL;
    lines->newline = found != NULL ? (size_t)(found - lines->data) : SIZE_MAX;
}

/* Reads until the line that begins at `start` is whole, or the file ends. */
static nomen_status fill(nomen_lines *lines, nomen_error *err) {
    while (lines->newline == SIZE_MAX && !lines->at_end) {
        if (lines->start > 0) {
            memmove(lines->data, lines->data + lines->start, lines->end - lines->start);
            lines->end -= lines->start;
            lines->start = 0;
        }
        nomen_status status = NOMEN_RESERVE(lines->data, lines->capacity, lines->end + READ_SIZE, err);
        if (status != NOMEN_OK) { return status; }
        ssize_t n = read(lines->file, lines->data + lines->end, lines->capacity - lines->end);
        if (n < 0 && errno == EINTR) {
            if (!nomen_call_is_stopped()) { continue; }
            return nomen_call_stopped_while(err, "reading", lines->name);
        }
        if (n < 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "%s: can't be read", lines->name); }
        size_t from = lines->end;
        lines->end += (size_t)n;
        lines->at_end = n == 0;
        find_newline(lines, from);
    }
    return NOMEN_OK;
}

nomen_status nomen_lines_next(nomen_lines *lines, const char **line, size_t *n_bytes, nomen_error *err) {
    nomen_status status = fill(lines, err);
    if (status != NOMEN_OK) { return status; }
    bool whole = lines->newline != SIZE_MAX;
    size_t end = whole ? lines->newline : lines->end;
    if (!whole && lines->start == lines->end) {
        *line = NULL;
        *n_bytes = 0;
        return NOMEN_OK;
    }
    *line = lines->data + lines->start;
    *n_bytes = end - lines->start;
    if (whole && *n_bytes > 0 && (*line)[*n_bytes - 1] == '\r') { --*n_bytes; }
    lines->start = whole ? end + 1 : end;
    lines->number++;
    find_newline(lines, lines->start);
    return NOMEN_OK;
}

bool nomen_lines_ready(const nomen_lines *lines) {
    return lines->newline != SIZE_MAX;
}

size_t nomen_lines_number(const nomen_lines *lines) {
    return lines->number;
}

const char *nomen_lines_name(const nomen_lines *lines) {
    return lines->name;
}
