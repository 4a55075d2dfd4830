/* Spans of characters in JSON: a text with its spans, into a builder. */
#ifndef NOMEN_DATA_JSON_SPANS_H
#define NOMEN_DATA_JSON_SPANS_H

#include "data/json_parts.h"
#include "data/json_records.h"
#include "data/json_shape.h"
#include "text/offsets.h"

/* A text that is being added to a builder. Start from {0}. */
typedef struct nomen_span_text {
    nomen_builder *builder; /* NULL: the text was no string */
    nomen_json_reader *reader;
    const nomen_json_record *record;
    const char *text; /* borrowed from the record */
    size_t n_bytes;
    nomen_offset_map map;
    nomen_offset_map utf16; /* made when a span first needs it */
} nomen_span_text;

/*
 * Opens the text; one that is no string is a fault, after which text->builder is NULL and nothing may be added. The
 * record must live until nomen_span_text_end, which is to be called in any case (also on failure: `keep` false).
 */
nomen_status nomen_span_text_begin(nomen_span_text *text, nomen_json_reader *reader, const nomen_json_record *record,
                                   const json_t *string, nomen_error *err);

/* Adds a span (nomen_span_parts) by the rules of the record's shape. A text in it is compared with what the offsets give. */
nomen_status nomen_span_text_add(nomen_span_text *text, const json_t *span, nomen_error *err);

/* Adds every span of a list; what is no list is a fault, NULL and null are empty. */
nomen_status nomen_span_text_add_all(nomen_span_text *text, const json_t *list, nomen_error *err);

/* A span that may or may not be an entity: its words are unknown. */
nomen_status nomen_span_text_add_unknown(nomen_span_text *text, const json_t *span, nomen_error *err);

nomen_status nomen_span_text_end(nomen_span_text *text, bool keep, nomen_error *err);

/* All of it at once. */
nomen_status nomen_span_text_add_record(nomen_json_reader *reader, const nomen_json_record *record, const json_t *string,
                                        const json_t *list, nomen_error *err);

#endif
