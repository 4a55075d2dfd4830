/* What a span of JSON says of itself, under whichever keys: its start, its end, its label, its text. */
#ifndef NOMEN_DATA_JSON_PARTS_H
#define NOMEN_DATA_JSON_PARTS_H

#include "data/json_shape.h"

typedef struct nomen_span_parts {
    const json_t *start, *end, *length, *label, *text;
    const char *keys[2][2]; /* of start and end: those found first, and others beside them with other values */
    const char *label_key, *other_label_key;
    const json_t *other_label;
} nomen_span_parts;

/*
 * Finds them in [start, end, label], or in an object with "start" ("start_offset", "begin"...), "end" or "length", and
 * "label" ("type", "tag"..., or a list "labels", of which each is a span of its own). `label` goes before all other keys
 * of labels; NULL for none. False: it is no span.
 */
bool nomen_span_parts_find(const json_t *span, const char *label, nomen_span_parts *out);

/* Whether the value could be a span; for recognising a list of them. */
bool nomen_span_parts_are(const json_t *span, const char *points);

/*
 * The span's offsets, the end excluded and counted from 0, whatever the shape has. False after a fault: offsets that are
 * no whole numbers, two that differ, a length that differs. The caller checks that they lie in the text.
 */
nomen_status nomen_span_parts_offsets(nomen_builder *builder, const nomen_json_shape *shape, const nomen_span_parts *parts,
                                      long long *start, long long *end, bool *found, nomen_error *err);

/*
 * The name of a label, a string or a number that has one; NULL after a fault. The span's text (n_text bytes) tells which
 * of two keys holds no label but the text.
 */
nomen_status nomen_span_parts_label(nomen_json_reader *reader, const nomen_json_shape *shape, const json_t *label,
                                    const char **out, size_t *n_out, nomen_error *err);

#endif
