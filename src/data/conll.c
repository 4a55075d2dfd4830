/*
 * CoNLL columns: a line a token, first column the word, last the tag; a line of white space ends a
 * sentence, -DOCSTART- a document. The first line of columns settles for the whole file whether tabs
 * or spaces part them and how many there are: a line that lacks its tag must not pass off the column
 * before it as one.
 */
#include <string.h>

#include "data/excerpt.h"
#include "data/lines.h"
#include "data/readers.h"

static const char document_mark[] = "-DOCSTART-";

typedef struct conll_shape {
    bool tabs;        /* one tab parts two columns; otherwise runs of spaces and tabs do */
    size_t n_columns; /* 0 until the first line of columns */
    size_t line;      /* of that line */
} conll_shape;

typedef struct conll_line {
    const char *word, *tag;
    size_t n_word, n_tag, n_columns;
} conll_line;

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

/* Cuts at single tabs. Empty columns behind the first `keep` do not count: some files end lines in a tab. */
static void cut_at_tabs(const char *bytes, size_t n_bytes, size_t keep, conll_line *out) {
    *out = (conll_line){0};
    const char *end = bytes + n_bytes;
    size_t column = 0;
    for (const char *at = bytes;; column++) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        size_t n = (size_t)((tab == NULL ? end : tab) - at);
        if (column == 0) {
            out->word = at;
            out->n_word = n;
        }
        if (n > 0 || column < keep) {
            out->tag = at;
            out->n_tag = n;
            out->n_columns = column + 1;
        }
        if (tab == NULL) { return; }
        at = tab + 1;
    }
}

static void cut_at_blanks(const char *bytes, size_t n_bytes, conll_line *out) {
    *out = (conll_line){0};
    for (size_t i = 0; i < n_bytes;) {
        while (i < n_bytes && is_blank(bytes[i])) { i++; }
        size_t start = i;
        while (i < n_bytes && !is_blank(bytes[i])) { i++; }
        if (i == start) { return; }
        out->tag = bytes + start;
        out->n_tag = i - start;
        if (out->n_columns++ == 0) {
            out->word = out->tag;
            out->n_word = out->n_tag;
        }
    }
}

/* Whether the line's first column is the mark of a new document. */
static bool is_document(const char *bytes, size_t n_bytes) {
    size_t n = sizeof document_mark - 1;
    return n_bytes >= n && memcmp(bytes, document_mark, n) == 0 && (n_bytes == n || is_blank(bytes[n]));
}

static nomen_status read_token(nomen_builder *builder, conll_shape *shape, const char *bytes, size_t n_bytes,
                               size_t line, nomen_error *err) {
    conll_line columns;
    char seen[NOMEN_EXCERPT_SIZE];
    bool tabs = shape->n_columns == 0 ? memchr(bytes, '\t', n_bytes) != NULL : shape->tabs;
    if (tabs) {
        cut_at_tabs(bytes, n_bytes, shape->n_columns, &columns);
    } else {
        cut_at_blanks(bytes, n_bytes, &columns);
    }
    if (!builder->open) { nomen_builder_begin(builder, line); }
    if (columns.n_columns < 2) {
        return nomen_builder_fault(builder, line, err,
                                   "one column in '%s'; a word and its tag are needed, parted by a %s",
                                   nomen_excerpt(seen, bytes, n_bytes), tabs || shape->n_columns == 0 ? "tab" : "space");
    }
    if (shape->n_columns == 0) { *shape = (conll_shape){.tabs = tabs, .n_columns = columns.n_columns, .line = line}; }
    if (columns.n_columns != shape->n_columns) {
        return nomen_builder_fault(builder, line, err,
                                   "%zu columns in '%s' where line %zu has %zu; every line needs the same columns",
                                   columns.n_columns, nomen_excerpt(seen, bytes, n_bytes), shape->line,
                                   shape->n_columns);
    }
    return nomen_builder_add(builder, columns.word, columns.n_word, columns.tag, columns.n_tag, line, err);
}

static nomen_status read_line(nomen_builder *builder, conll_shape *shape, const char *bytes, size_t n_bytes,
                              size_t line, nomen_error *err) {
    size_t n_blank = 0;
    while (n_blank < n_bytes && is_blank(bytes[n_blank])) { n_blank++; }
    if (n_blank < n_bytes && !is_document(bytes, n_bytes)) {
        return read_token(builder, shape, bytes, n_bytes, line, err);
    }
    nomen_status status = nomen_builder_end(builder, err);
    if (status == NOMEN_OK && n_blank < n_bytes) { builder->document_start = true; }
    return status;
}

nomen_status nomen_conll_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    conll_shape shape = {0};
    nomen_lines lines = {.bytes = bytes, .n_bytes = n_bytes};
    size_t line = 1;
    for (size_t at = 0; at < n_bytes && !nomen_builder_full(builder); line++) {
        size_t next = nomen_lines_end(&lines, at), end = next;
        while (end > at && nomen_lines_is_end(bytes[end - 1])) { end--; }
        nomen_status status = read_line(builder, &shape, bytes + at, end - at, line, err);
        if (status != NOMEN_OK) { return status; }
        at = next;
    }
    return nomen_builder_end(builder, err);
}
