/* A file of texts, one a line. */
#ifndef NOMEN_BENCH_LINES_H
#define NOMEN_BENCH_LINES_H

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "nomen/tokenizer.h"

/* Reads the file into `bytes`; the texts, *n of them in *lines, are parts of it. A newline ends each, the last too. */
static inline nomen_status bench_read_lines(const char *path, nomen_buffer *bytes, nomen_text **lines, size_t *n,
                                            nomen_error *err) {
    nomen_status status;
    size_t capacity = 0;
    *n = 0;
    NOMEN_TRY(nomen_file_read(path, bytes, err));
    for (const char *at = bytes->data, *end = at + bytes->size; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL) { stop = end; }
        NOMEN_TRY(NOMEN_RESERVE(*lines, capacity, *n + 1, err));
        (*lines)[(*n)++] = (nomen_text){.text = at, .n_bytes = (size_t)(stop - at)};
        at = stop + 1;
    }
done:
    return status;
}

#endif
