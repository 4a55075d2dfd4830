/*
 * JSON values out of memory, one by one: those of an array, or those that follow each other (JSONL, one
 * value per line, but line ends need not stand between them). So a file is never in memory as a whole tree,
 * and each value has its line.
 */
#ifndef NOMEN_DATA_JSON_RECORDS_H
#define NOMEN_DATA_JSON_RECORDS_H

#include "base/json.h"
#include "data/builder.h"

typedef struct nomen_records {
    const char *bytes;
    size_t n_bytes, at;
    size_t line; /* of byte `at` */
    bool begun, array, ended;

    json_t *record; /* the one given last */
    size_t record_line;
} nomen_records;

void nomen_records_open(nomen_records *records, const char *bytes, size_t n_bytes);
void nomen_records_close(nomen_records *records);

/*
 * The next value in records->record (borrowed until the next call), NULL at the end. One that is no JSON is
 * a fault of the file, at its line and column; under skip_bad the next line goes on where values follow each
 * other, and an array ends.
 */
nomen_status nomen_records_next(nomen_records *records, nomen_builder *builder, nomen_error *err);

/* Counts the keys of an object whose values are none of the `n` in `used`, which are read; NULL among these is nothing. */
void nomen_records_note_fields(nomen_builder *builder, const json_t *object, const json_t *const *used, size_t n);

/* What a value is, for messages: "a string". */
const char *nomen_json_kind(const json_t *value);

/* Whether a value is a whole number (also one written as 3.0), and which. */
bool nomen_json_whole(const json_t *value, long long *out);

#endif
