/* Which of the JSON formats a file has, by its first value. */
#include <string.h>

#include "base/json.h"
#include "data/excerpt.h"
#include "data/readers.h"

static nomen_data_format format_of(const json_t *record) {
    const char *key;
    if (json_is_array(json_object_get(record, "tokens")) && nomen_hf_tags(record, &key) != NULL) {
        return NOMEN_DATA_HF_JSONL;
    }
    return NOMEN_DATA_AUTO;
}

nomen_status nomen_data_detect_json(const char *bytes, size_t n_bytes, const char *name, size_t line,
                                    nomen_data_format *out, nomen_error *err) {
    size_t at = 0, n_used = 0;
    json_t *record = NULL;
    nomen_json_problem problem;
    char seen[NOMEN_EXCERPT_SIZE];
    if (bytes[0] == '[') {
        for (at = 1; at < n_bytes && strchr(" \t\r\n", bytes[at]) != NULL; at++) { line += bytes[at] == '\n'; }
    }
    nomen_status status = nomen_json_parse_first(bytes + at, n_bytes - at, &record, &n_used, &problem, err);
    if (status == NOMEN_ERROR_FORMAT) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%zu: column %zu: not valid JSON: %s", name,
                               line + problem.line - 1, problem.column, problem.text);
    }
    if (status != NOMEN_OK) { return status; }
    *out = format_of(record);
    json_decref(record);
    if (*out != NOMEN_DATA_AUTO) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                           "%s:%zu: JSON of no known form begins with '%s'; known are objects with \"tokens\" and "
                           "\"ner_tags\"",
                           name, line, nomen_excerpt(seen, bytes, n_bytes));
}
