/* JSON values one by one; see the header. */
#include "data/json_records.h"

#include <stdint.h>
#include <string.h>

void nomen_records_open(nomen_records *records, const char *bytes, size_t n_bytes) {
    *records = (nomen_records){.bytes = bytes, .n_bytes = n_bytes, .line = 1};
}

void nomen_records_close(nomen_records *records) {
    json_decref(records->record);
    records->record = NULL;
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void move_to(nomen_records *records, size_t at) {
    for (size_t i = records->at; i < at; i++) { records->line += records->bytes[i] == '\n'; }
    records->at = at;
}

/* The byte at hand after white space, NUL at the end (no file holds one). */
static char peek(nomen_records *records) {
    size_t at = records->at;
    while (at < records->n_bytes && is_space(records->bytes[at])) { at++; }
    move_to(records, at);
    return at < records->n_bytes ? records->bytes[at] : '\0';
}

/* Goes on with the next line. */
static void pass_line(nomen_records *records) {
    const char *end = memchr(records->bytes + records->at, '\n', records->n_bytes - records->at);
    move_to(records, end == NULL ? records->n_bytes : (size_t)(end - records->bytes) + 1);
}

/* Whether the list at hand begins with a string: then it is a record itself (a text with its spans), and no list of records. */
static bool is_text_next(const nomen_records *records) {
    size_t at = records->at + 1;
    while (at < records->n_bytes && is_space(records->bytes[at])) { at++; }
    return at < records->n_bytes && records->bytes[at] == '"';
}

/* What stands between two values, or round them; records->ended at the end. */
static nomen_status pass_between(nomen_records *records, nomen_builder *builder, nomen_error *err) {
    char c = peek(records);
    bool first = !records->begun;
    records->begun = true;
    if (first && c == '[' && !is_text_next(records)) {
        records->array = true;
        records->at++;
        if (peek(records) != ']') { return NOMEN_OK; }
        c = ']';
        first = false;
    }
    if (!records->array) {
        records->ended = c == '\0';
        return NOMEN_OK;
    }
    if (c == ',' && !first) {
        records->at++;
        return NOMEN_OK;
    }
    records->ended = true;
    if (c != ']') {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_JSON, records->line, err,
                                      "not valid JSON: ',' or ']' is expected here");
    }
    records->at++;
    if (peek(records) == '\0') { return NOMEN_OK; }
    return nomen_builder_fault_of(builder, NOMEN_FAULT_JSON, records->line, err,
                                  "not valid JSON: something follows the end of the list");
}

nomen_status nomen_records_next(nomen_records *records, nomen_builder *builder, nomen_error *err) {
    nomen_records_close(records);
    for (;;) {
        nomen_status status = NOMEN_OK;
        if (!records->ended) { status = pass_between(records, builder, err); }
        if (status != NOMEN_OK || records->ended) { return status; }
        (void)peek(records);
        nomen_json_problem problem;
        size_t n_used = 0;
        status = nomen_json_parse_first(records->bytes + records->at, records->n_bytes - records->at, &records->record, &n_used,
                                        &problem, err);
        if (status == NOMEN_OK) {
            records->record_line = records->line;
            move_to(records, records->at + n_used);
            return NOMEN_OK;
        }
        if (status != NOMEN_ERROR_FORMAT) { return status; }
        /* A file is more likely cut off or mended by hand than written wrongly; the place shows it. */
        status = nomen_builder_fault_of(builder, NOMEN_FAULT_JSON, records->line + problem.line - 1, err,
                                        "column %zu: not valid JSON: %s", problem.column, problem.text);
        if (status != NOMEN_OK) { return status; }
        records->ended = records->array;
        pass_line(records);
    }
}

void nomen_records_note_fields(nomen_builder *builder, const json_t *object, const json_t *const *used, size_t n) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        size_t i = 0;
        while (i < n && used[i] != value) { i++; }
        builder->set.notes.counts[NOMEN_NOTE_FIELDS] += i == n;
    }
}

const char *nomen_json_kind(const json_t *value) {
    if (value == NULL) { return "nothing"; }
    switch (json_typeof(value)) {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "a list";
    case JSON_STRING: return "a string";
    case JSON_INTEGER:
    case JSON_REAL: return "a number";
    case JSON_TRUE:
    case JSON_FALSE: return "a boolean";
    case JSON_NULL: break;
    }
    return "null";
}

bool nomen_json_whole(const json_t *value, long long *out) {
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return true;
    }
    double real = json_is_real(value) ? json_real_value(value) : 0.5;
    if (!(real > -1e15 && real < 1e15) || real != (double)(long long)real) { return false; }
    *out = (long long)real;
    return true;
}
