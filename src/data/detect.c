/* Which format a file has, by its beginning; see the header. */
#include "data/detect.h"

#include <string.h>

#include "base/json.h"
#include "data/csv.h"
#include "data/excerpt.h"
#include "data/json_plan.h"
#include "data/line_cursor.h"

/*
 * The order in which formats are asked, from what is sure to what takes nearly anything: marks, known titles of a table, JSON
 * (json_shapes.c has its own order), lines of text.
 */

/* A mark or an id in the first line that no other format has: neither can take the other's files. */
static const nomen_format *const marked[] = {&nomen_format_webanno, &nomen_format_pubtator, NULL};
/* By the shape that nomen_table_find gave the table: it has one, so the order does not matter. */
static const nomen_format *const tables[] = {&nomen_format_seed_csv, &nomen_format_long_csv, NULL};
/*
 * From the most demanding on. slash wants a tag in nearly every token; inline is content with one pair of tags in the file,
 * which may be the words of a slash file; conll takes whatever has two columns in its first line, as any sentence has.
 */
static const nomen_format *const lines_of_text[] = {&nomen_format_slash, &nomen_format_inline, &nomen_format_conll, NULL};

static bool ask(const nomen_format *const *formats, const nomen_probe *probe, nomen_data_format *out) {
    for (; *formats != NULL; formats++) {
        if (!(*formats)->looks_like(probe)) { continue; }
        *out = (*formats)->format;
        return true;
    }
    return false;
}

/* The first line that holds something other than white space, and its number; NULL where there is none. */
static const char *first_line(const char *bytes, size_t n_bytes, size_t *n_line, size_t *line) {
    nomen_line_cursor lines = {.bytes = bytes, .n_bytes = n_bytes};
    for (size_t at, end; nomen_line_cursor_next(&lines, &at, &end);) {
        size_t i = at;
        while (i < end && nomen_is_blank(bytes[i])) { i++; }
        if (i == end) { continue; }
        *n_line = end - at;
        *line = lines.line;
        return bytes + at;
    }
    return NULL;
}

/*
 * Whether a list or an object that could be one of ours begins here; a line of CoNLL may begin with a bracket too. A list that
 * begins with a string is ours where it is a pair of spaCy's, a text and an object.
 */
static nomen_status looks_like_json(const char *bytes, size_t n_bytes, bool *is_json, nomen_error *err) {
    const char *next = bytes[0] == '{' ? "\"}" : bytes[0] == '[' ? "{[]" : "";
    json_t *value = NULL;
    nomen_json_problem problem;
    size_t i = 1, n_used;
    while (i < n_bytes && strchr(" \t\r\n", bytes[i]) != NULL) { i++; }
    *is_json = i < n_bytes && strchr(next, bytes[i]) != NULL;
    if (*is_json || bytes[0] != '[' || i == n_bytes || bytes[i] != '"') { return NOMEN_OK; }
    nomen_status status = nomen_json_parse_first(bytes, n_bytes, &value, &n_used, &problem, err);
    *is_json = status == NOMEN_OK && json_array_size(value) == 2 && json_is_object(json_array_get(value, 1));
    json_decref(value);
    return status == NOMEN_ERROR_FORMAT ? NOMEN_OK : status;
}

/* What is wrong where the first value, or the first in a list of values, is not JSON. */
static nomen_status check_first(const nomen_probe *probe, const char *name, size_t line, nomen_error *err) {
    size_t at = 0, n_used = 0;
    json_t *record = NULL;
    nomen_json_problem problem;
    if (probe->bytes[0] == '[') {
        for (at = 1; at < probe->n_bytes && strchr(" \t\r\n", probe->bytes[at]) != NULL; at++) {
            line += probe->bytes[at] == '\n';
        }
    }
    nomen_status status = nomen_json_parse_first(probe->bytes + at, probe->n_bytes - at, &record, &n_used, &problem, err);
    json_decref(record);
    if (status != NOMEN_ERROR_FORMAT) { return status; }
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%zu: column %zu: not valid JSON: %s", name, line + problem.line - 1,
                           problem.column, problem.text);
}

static nomen_status detect_json(const nomen_probe *probe, const char *name, size_t line, const nomen_data_options *options,
                                nomen_data_format *out, nomen_error *err) {
    char seen[NOMEN_EXCERPT_SIZE];
    nomen_status status = nomen_json_detect(probe->bytes, probe->n_bytes, name, line, options, out, err);
    if (status != NOMEN_OK || *out != NOMEN_DATA_AUTO) { return status; }
    status = check_first(probe, name, line, err);
    if (status != NOMEN_OK) { return status; }
    return nomen_error_set(
        err, NOMEN_ERROR_FORMAT,
        "%s:%zu: JSON of an unknown form: it begins with '%s'; expected objects with \"tokens\" and \"ner_tags\", or with "
        "\"text\" and a list \"spans\", \"entities\" or \"label\", or the forms of spaCy and Label Studio",
        name, line, nomen_excerpt(seen, probe->bytes, probe->n_bytes));
}

/* What a CSV header lacks, where it is nearly one; NULL where it is none. */
static const char *find_missing(const nomen_csv *header, const nomen_table *table, bool *tokens) {
    static const char *const seed[] = {"text", "labels"}, *const all[] = {"Sentence #", "Word", "Tag"};
    const char *missing = NULL;
    bool likely = table->delimiter == ',' || table->n_roles > 1;
    for (size_t i = 0; i < 2 && header->n_fields > 1 && likely; i++) {
        if (nomen_csv_column(header, seed[i]) >= 0) { return seed[1 - i]; }
    }
    size_t n = 0;
    for (size_t i = 0; i < 3; i++) {
        bool there = nomen_csv_column(header, all[i]) >= 0;
        if (!there && missing == NULL) { missing = all[i]; }
        n += there;
    }
    *tokens = true;
    if (n < 2 && table->n_roles > 1) { return table->tag == SIZE_MAX ? "Tag" : "Word"; }
    return n == 2 ? missing : NULL;
}

/* A header that lacks a column gets an error of its own. */
static nomen_status check_header(const nomen_probe *probe, const char *name, size_t line, nomen_error *err) {
    nomen_csv header;
    bool found = false, tokens = false;
    nomen_csv_open(&header, probe->bytes, probe->n_line, probe->table->delimiter);
    nomen_status status = nomen_csv_next(&header, &found, err);
    const char *missing = status == NOMEN_OK && found ? find_missing(&header, probe->table, &tokens) : NULL;
    if (status == NOMEN_ERROR_DATA) { status = NOMEN_OK; } /* a broken quote: no header at all */
    if (missing != NULL) { status = nomen_table_refuse(&header, name, line, missing, tokens, err); }
    nomen_csv_close(&header);
    return status;
}

static nomen_status detect(const nomen_probe *probe, const char *name, size_t line, const nomen_data_options *options,
                           nomen_data_format *out, nomen_error *err) {
    char seen[NOMEN_EXCERPT_SIZE];
    if (ask(marked, probe, out) || ask(tables, probe, out)) { return NOMEN_OK; }
    nomen_status status = check_header(probe, name, line, err);
    bool is_json = false;
    if (status == NOMEN_OK) { status = looks_like_json(probe->bytes, probe->n_bytes, &is_json, err); }
    if (status != NOMEN_OK) { return status; }
    if (is_json) { return detect_json(probe, name, line, options, out, err); }
    if (ask(lines_of_text, probe, out)) { return NOMEN_OK; }
    return nomen_error_set_remedy(err, NOMEN_ERROR_FORMAT, NOMEN_REMEDY_TITLES_OR_FORMAT,
                                  "%s:%zu: unknown format: '%s' is neither the header of a table with known titles (text,labels "
                                  "or Sentence #,Word,Tag), nor JSON, nor a word and its tag (CoNLL, word/TAG), nor text with "
                                  "<type>tags</type>; name the columns of a table with other titles, or state the format",
                                  name, line, nomen_excerpt(seen, probe->bytes, probe->n_line));
}

nomen_status nomen_data_detect(const char *bytes, size_t n_bytes, const char *name, const nomen_data_options *options,
                               nomen_data_format *out, nomen_error *err) {
    size_t n_line = 0, line = 1;
    const char *start = first_line(bytes, nomen_looked_at(n_bytes), &n_line, &line);
    if (start == NULL) { start = first_line(bytes, n_bytes, &n_line, &line); } /* a megabyte of nothing */
    nomen_table table;
    if (start == NULL) { return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: the file contains nothing but white space", name); }
    nomen_status status = nomen_table_find(bytes, n_bytes, name, options, &table, err);
    if (status != NOMEN_OK) { return status; }
    nomen_probe probe = {.bytes = start, .n_bytes = (size_t)(bytes + n_bytes - start), .n_line = n_line, .table = &table};
    return detect(&probe, name, line, options, out, err);
}
