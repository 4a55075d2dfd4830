/* Which format a file has, by its first line that is not empty. */
#include <string.h>

#include "data/csv.h"
#include "data/documents.h"
#include "data/excerpt.h"
#include "data/readers.h"

/* The first line that holds something other than white space, and its number; NULL where there is none. */
static const char *first_line(const char *bytes, size_t n_bytes, size_t *n_line, size_t *line) {
    nomen_lines lines = {.bytes = bytes, .n_bytes = n_bytes};
    *line = 1;
    for (size_t at = 0; at < n_bytes; (*line)++) {
        size_t next = nomen_lines_end(&lines, at), end = next, i = at;
        while (end > at && nomen_lines_is_end(bytes[end - 1])) { end--; }
        while (i < end && (bytes[i] == ' ' || bytes[i] == '\t')) { i++; }
        if (i < end) {
            *n_line = end - at;
            return bytes + at;
        }
        at = next;
    }
    return NULL;
}

/* What of a CSV header is there. */
typedef struct csv_titles {
    bool text, labels, sentence, word, tag;
} csv_titles;

static nomen_status read_titles(const char *bytes, size_t n_bytes, csv_titles *out, nomen_error *err) {
    nomen_csv csv;
    bool found = false;
    nomen_csv_open(&csv, bytes, n_bytes);
    nomen_status status = nomen_csv_next(&csv, &found, err);
    *out = (csv_titles){0};
    if (status == NOMEN_OK && found) {
        out->text = nomen_csv_column(&csv, NOMEN_SEED_CSV_TEXT) >= 0;
        out->labels = nomen_csv_column(&csv, NOMEN_SEED_CSV_LABELS) >= 0;
        out->sentence = nomen_csv_column(&csv, NOMEN_LONG_CSV_SENTENCE) >= 0;
        out->word = nomen_csv_column(&csv, NOMEN_LONG_CSV_WORD) >= 0;
        out->tag = nomen_csv_column(&csv, NOMEN_LONG_CSV_TAG) >= 0;
    }
    nomen_csv_close(&csv);
    return status == NOMEN_ERROR_DATA ? NOMEN_OK : status; /* a broken quote: no header at all */
}

static bool has_columns(const char *bytes, size_t n_bytes) {
    bool word = false, gap = false;
    for (size_t i = 0; i < n_bytes; i++) {
        bool blank = bytes[i] == ' ' || bytes[i] == '\t';
        if (!blank && gap) { return true; }
        gap = gap || (blank && word);
        word = word || !blank;
    }
    return false;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* The columns of a line, 0 where the last is no tag (O, B-type and so on). */
static size_t count_tagged(const char *bytes, size_t n_bytes) {
    size_t n = 0, last = 0;
    while (n_bytes > 0 && is_blank(bytes[n_bytes - 1])) { n_bytes--; }
    for (size_t i = 0; i < n_bytes; i++) {
        if (is_blank(bytes[i]) || (i > 0 && !is_blank(bytes[i - 1]))) { continue; }
        n++;
        last = i;
    }
    const char *tag = bytes + last;
    size_t n_tag = n_bytes - last;
    bool outside = n_tag == 1 && tag[0] == 'O', inside = n_tag > 2 && tag[1] == '-' && strchr("BIESLU", tag[0]) != NULL;
    return outside || inside ? n : 0;
}

/* Whether each of the first lines has as many columns, the last a tag; a single line of many might be a text. */
static bool has_tag_column(const char *bytes, size_t n_bytes) {
    enum { MOST_LINES = 64 };
    nomen_lines lines = {.bytes = bytes, .n_bytes = n_bytes};
    size_t n_columns = 0, n_lines = 0;
    for (size_t at = 0; at < n_bytes && n_lines < MOST_LINES;) {
        size_t next = nomen_lines_end(&lines, at), end = next, start = at;
        while (end > at && (nomen_lines_is_end(bytes[end - 1]) || is_blank(bytes[end - 1]))) { end--; }
        at = next;
        if (start == end || nomen_line_mark_of(bytes + start, end - start, false) != NOMEN_LINE_WORD) { continue; }
        size_t n = count_tagged(bytes + start, end - start);
        if (n < 2 || (n_columns > 0 && n != n_columns)) { return false; }
        n_columns = n;
        n_lines++;
    }
    return n_lines > 1 || n_columns == 2;
}

/* Whether a list or an object that could be one of ours begins here; a line of CoNLL may begin with a bracket too. */
static bool looks_like_json(const char *bytes, size_t n_bytes) {
    const char *next = bytes[0] == '{' ? "\"}" : bytes[0] == '[' ? "{[]" : "";
    size_t i = 1;
    while (i < n_bytes && strchr(" \t\r\n", bytes[i]) != NULL) { i++; }
    return i < n_bytes && strchr(next, bytes[i]) != NULL;
}

nomen_status nomen_data_detect(const char *bytes, size_t n_bytes, const char *name, nomen_data_format *out,
                               nomen_error *err) {
    size_t n_line = 0, line = 1;
    char seen[NOMEN_EXCERPT_SIZE];
    const char *start = first_line(bytes, n_bytes, &n_line, &line);
    if (start == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the file holds nothing but white space", name);
    }
    csv_titles titles;
    nomen_status status = read_titles(start, n_line, &titles, err);
    if (status != NOMEN_OK) { return status; }
    int n_long = titles.sentence + titles.word + titles.tag;
    if (titles.text && titles.labels) {
        *out = NOMEN_DATA_SEED_CSV;
    } else if (n_long == 3) {
        *out = NOMEN_DATA_LONG_CSV;
    } else if (memchr(start, ',', n_line) != NULL && (titles.text || titles.labels)) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s:%zu: the CSV header has no column '%s'; the columns 'text' and 'labels' are needed",
                               name, line, titles.text ? NOMEN_SEED_CSV_LABELS : NOMEN_SEED_CSV_TEXT);
    } else if (n_long == 2) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s:%zu: the CSV header has no column '%s'; the columns 'Sentence #', 'Word' and 'Tag' "
                               "are needed",
                               name, line,
                               !titles.sentence ? NOMEN_LONG_CSV_SENTENCE
                               : !titles.word   ? NOMEN_LONG_CSV_WORD
                                                : NOMEN_LONG_CSV_TAG);
    } else if (looks_like_json(start, (size_t)(bytes + n_bytes - start))) {
        return nomen_data_detect_json(start, (size_t)(bytes + n_bytes - start), name, line, out, err);
    } else if (nomen_inline_is(start, (size_t)(bytes + n_bytes - start)) && memchr(start, '\t', n_line) == NULL &&
               !has_tag_column(start, (size_t)(bytes + n_bytes - start))) {
        *out = NOMEN_DATA_INLINE;
    } else if (has_columns(start, n_line) || nomen_line_mark_of(start, n_line, false) == NOMEN_LINE_DOCUMENT) {
        *out = NOMEN_DATA_CONLL;
    } else {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s:%zu: '%s' is neither a CSV header (text,labels or Sentence #,Word,Tag) nor JSON nor a "
                               "word and its tag (CoNLL) nor text with <type>tags</type>",
                               name, line, nomen_excerpt(seen, start, n_line));
    }
    return NOMEN_OK;
}
