/* Reading a file line by line, in constant memory (that of its longest line). */
#ifndef NOMEN_BASE_LINES_H
#define NOMEN_BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

typedef struct nomen_lines nomen_lines;

/* Opens `path`; "-" or NULL is standard input. */
nomen_status nomen_lines_open(const char *path, nomen_lines **out, nomen_error *err);
void nomen_lines_close(nomen_lines *lines);

/*
 * The next line, without its newline or carriage return and newline; *line is NULL at the end of the
 * file. Valid until the next call, or until nomen_lines_ready turns false: lines that are ready stay
 * where they are.
 */
nomen_status nomen_lines_next(nomen_lines *lines, const char **line, size_t *n_bytes, nomen_error *err);

/* Whether the next line is available without reading (and so without waiting, or moving earlier lines). */
bool nomen_lines_ready(const nomen_lines *lines);

/* The number of the line that was given last, from 1, and the file's name for messages. */
size_t nomen_lines_number(const nomen_lines *lines);
const char *nomen_lines_name(const nomen_lines *lines);

#endif
