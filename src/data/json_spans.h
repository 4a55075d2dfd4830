/* What the JSON formats of texts with spans share: a text with its spans, in and out. */
#ifndef NOMEN_DATA_JSON_SPANS_H
#define NOMEN_DATA_JSON_SPANS_H

#include "data/json_records.h"
#include "data/writer.h"
#include "text/offsets.h"

/* A text that is being added to a builder. Start from {0}. */
typedef struct nomen_span_text {
    nomen_builder *builder;
    const char *text; /* borrowed from the record */
    size_t n_bytes;
    nomen_offset_map map;
    nomen_offset_map utf16; /* made when a span first needs it */
} nomen_span_text;

/*
 * Opens the text; one that is no string is a fault, after which text->builder is NULL and nothing may be added. The
 * record must live until nomen_span_text_end, which is to be called in any case (also on failure: `keep` false).
 */
nomen_status nomen_span_text_begin(nomen_span_text *text, nomen_builder *builder, const json_t *string, size_t line,
                                   nomen_error *err);

/*
 * Adds a span: [start, end, label], or an object with "start" and "end" (or "start_offset", "end_offset") and
 * "label" (or "type", "entity", "entity_group", "tag", or a list "labels", of which each is a span of its own).
 * A "text" in it is compared with what the offsets give.
 */
nomen_status nomen_span_text_add(nomen_span_text *text, const json_t *span, nomen_error *err);

/* Adds every span of a list; what is no list is a fault, NULL and null are empty. */
nomen_status nomen_span_text_add_all(nomen_span_text *text, const json_t *list, nomen_error *err);

nomen_status nomen_span_text_end(nomen_span_text *text, bool keep, nomen_error *err);

/* All of it at once. */
nomen_status nomen_span_text_put(nomen_builder *builder, const json_t *string, const json_t *list, size_t line,
                                 nomen_error *err);

/* The first of the keys (NULL ends them) under which the object has a list, or a string. */
const json_t *nomen_json_list(const json_t *object, const char *const *keys);
const json_t *nomen_json_string(const json_t *object, const char *const *keys);

/* Whether the object has the key. */
static inline bool nomen_json_has(const json_t *object, const char *key) {
    return json_object_get(object, key) != NULL;
}

/* The keys under which texts stand, lists of spans, and lists of a span's labels. */
extern const char *const nomen_json_text_keys[], *const nomen_json_span_keys[], *const nomen_json_label_lists[];

/* Reads records one by one with `read_record`. */
nomen_status nomen_records_read(nomen_builder *builder, const char *bytes, size_t n_bytes,
                                nomen_status (*read_record)(nomen_builder *builder, const json_t *record, size_t line,
                                                            nomen_error *err),
                                nomen_error *err);

/* Finds a sentence's spans with writer->places, in code points. */
nomen_status nomen_writer_places(nomen_writer *writer, size_t sentence, nomen_error *err);

/* Appends a sentence's text, and the label of a span, as JSON strings. */
nomen_status nomen_writer_put_text(nomen_writer *writer, size_t sentence, nomen_error *err);
nomen_status nomen_writer_put_label(nomen_writer *writer, size_t span, nomen_error *err);

#endif
