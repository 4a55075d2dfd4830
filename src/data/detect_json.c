/* Which of the JSON formats a file has, by its first value. */
#include <string.h>

#include "data/excerpt.h"
#include "data/json_spans.h"
#include "data/readers.h"

static bool has(const json_t *record, const char *key) {
    return json_object_get(record, key) != NULL;
}

/* What tells a tool's form apart comes first; a text with a list of spans is the plain form. */
static nomen_data_format format_of(const json_t *record) {
    const char *key;
    const json_t *label = json_object_get(record, "label"), *annotations = json_object_get(record, "annotations");
    if (json_is_array(record)) { return json_is_string(json_array_get(record, 0)) ? NOMEN_DATA_SPACY : NOMEN_DATA_AUTO; }
    if (has(record, "paragraphs") || (has(record, "text") && has(record, "ents"))) { return NOMEN_DATA_SPACY; }
    if (json_is_object(json_object_get(record, "data"))) { return NOMEN_DATA_LABEL_STUDIO; }
    if (json_is_array(label) && json_is_object(json_array_get(label, 0))) { return NOMEN_DATA_LABEL_STUDIO; }
    if (json_is_array(annotations) && !has(record, "text")) { return NOMEN_DATA_SPACY; }
    if (has(record, "text") && (has(record, "answer") || has(record, "_task_hash"))) { return NOMEN_DATA_PRODIGY; }
    if (json_is_array(json_object_get(record, "tokens")) && nomen_hf_tags(record, &key) != NULL) {
        return NOMEN_DATA_HF_JSONL;
    }
    if (nomen_json_string(record, nomen_json_text_keys) == NULL) { return NOMEN_DATA_AUTO; }
    if (json_is_array(label) || has(record, "Comments") || has(record, "relations")) { return NOMEN_DATA_DOCCANO; }
    return nomen_json_list(record, nomen_json_span_keys) != NULL ? NOMEN_DATA_JSONL : NOMEN_DATA_AUTO;
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
                           "\"ner_tags\", or with \"text\" and a list \"spans\", \"entities\" or \"label\", and spaCy's and "
                           "Label Studio's",
                           name, line, nomen_excerpt(seen, bytes, n_bytes));
}
