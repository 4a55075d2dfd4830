/* Spans of characters in JSON; see the header. */
#include "data/json_spans.h"

#include <string.h>

#include "data/builder_text.h"
#include "data/excerpt.h"

nomen_status nomen_span_text_begin(nomen_span_text *text, nomen_json_reader *reader, const nomen_json_record *record,
                                   const json_t *string, nomen_error *err) {
    nomen_builder *builder = reader->builder;
    *text = (nomen_span_text){0};
    if (!json_is_string(string)) {
        return nomen_builder_fault(builder, record->line, err, "%s where a text is expected; give \"text\" a string",
                                   nomen_json_kind(string));
    }
    const char *bytes = json_string_value(string);
    size_t n = json_string_length(string);
    nomen_status status = nomen_offset_map_fill(bytes, n, builder->options->offsets, &text->map, err);
    if (status == NOMEN_OK) { status = nomen_builder_begin_text(builder, bytes, n, record->line, err); }
    if (status != NOMEN_OK) { return status; }
    text->builder = builder;
    text->reader = reader;
    text->record = record;
    text->text = bytes;
    text->n_bytes = n;
    return NOMEN_OK;
}

static bool is_slice(const nomen_span_text *text, nomen_span bytes, const json_t *own) {
    return json_is_string(own) && bytes.end - bytes.start == json_string_length(own) &&
           memcmp(text->text + bytes.start, json_string_value(own), json_string_length(own)) == 0;
}

/* Reads offsets as UTF-16 where these give the text that the span brings. */
static nomen_status try_utf16(nomen_span_text *text, nomen_span units, const json_t *own, nomen_span *bytes, bool *is_it,
                              nomen_error *err) {
    const nomen_offset_map *utf16 = &text->utf16;
    nomen_builder *builder = text->builder;
    *is_it = false;
    if (text->map.unit != NOMEN_OFFSET_CODEPOINT) { return NOMEN_OK; }
    if (utf16->text == NULL) {
        nomen_status status = nomen_offset_map_fill(text->text, text->n_bytes, NOMEN_OFFSET_UTF16, &text->utf16, err);
        if (status != NOMEN_OK) { return status; }
    }
    nomen_span other = {nomen_offset_map_to_byte(utf16, units.start), nomen_offset_map_to_byte(utf16, units.end)};
    if (!is_slice(text, other, own)) { return NOMEN_OK; }
    char seen[NOMEN_EXCERPT_SIZE];
    *bytes = other;
    *is_it = true;
    nomen_note_quietly(&builder->set.notes, NOMEN_NOTE_UTF16, builder->name, builder->sentence.line,
                       "the offsets %zu to %zu count UTF-16 units, as '%s' shows", units.start, units.end,
                       nomen_excerpt(seen, json_string_value(own), json_string_length(own)));
    return NOMEN_OK;
}

/* Compares a span with the text it brings; *found becomes false where they must agree and don't. */
static nomen_status compare(nomen_span_text *text, nomen_span units, const json_t *own, nomen_span *bytes, bool *found,
                            nomen_error *err) {
    if (!json_is_string(own) || is_slice(text, *bytes, own)) { return NOMEN_OK; }
    nomen_builder *builder = text->builder;
    bool is_utf16 = false;
    nomen_status status = try_utf16(text, units, own, bytes, &is_utf16, err);
    if (status != NOMEN_OK || is_utf16) { return status; }
    char here[NOMEN_EXCERPT_SIZE], there[NOMEN_EXCERPT_SIZE];
    nomen_excerpt(there, json_string_value(own), json_string_length(own));
    nomen_excerpt(here, text->text + bytes->start, bytes->end - bytes->start);
    if (text->record->shape->own_text_agrees) {
        *found = false;
        return nomen_error_remedy(
            err, NOMEN_REMEDY_OFFSETS,
            nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, builder->sentence.line, err,
                                   "the span's text is '%s', but its offsets%s give '%s'; correct them, or state their unit",
                                   there, text->record->shape->end_included ? " (end included)" : "", here));
    }
    nomen_note(&builder->set.notes, NOMEN_NOTE_TEXT_DIFFERS, builder->name, builder->sentence.line,
               "the span's text is '%s', but its offsets give '%s'", there, here);
    return NOMEN_OK;
}

/* Offsets of a span as bytes; a fault, which is reported, leaves *found false. */
static nomen_status locate(nomen_span_text *text, const nomen_span_parts *parts, nomen_span *out, bool *found, nomen_error *err) {
    nomen_builder *builder = text->builder;
    size_t line = builder->sentence.line;
    long long start = 0, end = 0;
    nomen_status status = nomen_span_parts_offsets(builder, text->record->shape, parts, &start, &end, found, err);
    if (status != NOMEN_OK || !*found) { return status; }
    *found = false;
    long long most = (long long)text->map.n_units;
    if (json_is_string(parts->text) && most < (long long)text->n_bytes) { most = (long long)text->n_bytes; } /* UTF-16? */
    if (start < 0 || end < start || end > most) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err,
                                      "a span from %lld to %lld is not inside its text, which has %zu characters; correct it",
                                      start, end, text->map.n_units);
    }
    nomen_span units = {(size_t)start, (size_t)end};
    *out = (nomen_span){nomen_offset_map_to_byte(&text->map, units.start), nomen_offset_map_to_byte(&text->map, units.end)};
    if ((out->start < text->n_bytes && (text->text[out->start] & 0xC0) == 0x80) ||
        (out->end < text->n_bytes && (text->text[out->end] & 0xC0) == 0x80)) {
        return nomen_error_remedy(
            err, NOMEN_REMEDY_OFFSETS,
            nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err,
                                   "a span from %lld to %lld falls inside a character; its offsets do not count bytes", start,
                                   end));
    }
    *found = true;
    return compare(text, units, parts->text, out, found, err);
}

static nomen_status add_label(nomen_span_text *text, nomen_span bytes, const json_t *label, nomen_error *err) {
    const char *name;
    size_t n;
    nomen_status status = nomen_span_parts_label(text->reader, text->record->shape, label, &name, &n, err);
    if (status != NOMEN_OK || name == NULL) { return status; }
    return nomen_builder_add_span(text->builder, bytes.start, bytes.end, name, n, err);
}

/* Of two keys that could hold the label, one may hold the text; else which is meant can't be known. */
static nomen_status resolve_label(nomen_span_text *text, nomen_span bytes, nomen_span_parts *parts, nomen_error *err) {
    if (parts->other_label == NULL || is_slice(text, bytes, parts->other_label)) { return NOMEN_OK; }
    if (is_slice(text, bytes, parts->label)) {
        parts->label = parts->other_label;
        return NOMEN_OK;
    }
    const char *list = text->record->labels_key != NULL ? text->record->labels_key : "spans";
    parts->label = NULL;
    return nomen_error_remedy(
        err, NOMEN_REMEDY_TAG_COLUMN,
        nomen_builder_fault_of(text->builder, NOMEN_FAULT_SPAN, text->builder->sentence.line, err,
                               "a span has two keys for its label, \"%s\" and \"%s\"; state the one to read, as %s.%s",
                               parts->label_key, parts->other_label_key, list, parts->label_key));
}

static nomen_status add_parts(nomen_span_text *text, nomen_span_parts *parts, nomen_error *err) {
    nomen_span bytes;
    bool found = false;
    nomen_status status = locate(text, parts, &bytes, &found, err);
    if (status != NOMEN_OK || !found) { return status; }
    if (parts->other_label != NULL) {
        status = resolve_label(text, bytes, parts, err);
        if (status != NOMEN_OK || parts->label == NULL) { return status; }
    }
    if (!json_is_array(parts->label)) { return add_label(text, bytes, parts->label, err); }
    for (size_t i = 0; status == NOMEN_OK && i < json_array_size(parts->label); i++) {
        status = add_label(text, bytes, json_array_get(parts->label, i), err);
    }
    return status;
}

/* A span whose places stand in a list of their own: each is a span with its label. */
static nomen_status add_points(nomen_span_text *text, const json_t *span, const json_t *points, nomen_error *err) {
    nomen_span_parts whole, parts;
    nomen_status status = NOMEN_OK;
    (void)nomen_span_parts_find(span, text->record->label, &whole);
    if (json_is_array(whole.label) && json_array_size(whole.label) == 0) {
        text->builder->set.notes.counts[NOMEN_NOTE_OTHER]++;
        return NOMEN_OK;
    }
    for (size_t i = 0; status == NOMEN_OK && i < json_array_size(points); i++) {
        if (!nomen_span_parts_find(json_array_get(points, i), NULL, &parts)) {
            return nomen_builder_fault_of(text->builder, NOMEN_FAULT_SPAN, text->builder->sentence.line, err,
                                          "%s in \"%s\" has no \"start\" and \"end\"", nomen_json_kind(json_array_get(points, i)),
                                          text->record->shape->points);
        }
        parts.label = whole.label;
        parts.other_label = NULL;
        status = add_parts(text, &parts, err);
    }
    return status;
}

static nomen_status refuse(nomen_span_text *text, const json_t *span, nomen_error *err) {
    return nomen_builder_fault_of(text->builder, NOMEN_FAULT_SPAN, text->builder->sentence.line, err,
                                  "%s is not a span; give [start, end, label] or an object with \"start\", \"end\" and \"label\"",
                                  nomen_json_kind(span));
}

nomen_status nomen_span_text_add(nomen_span_text *text, const json_t *span, nomen_error *err) {
    const char *key = text->record->shape->points;
    const json_t *points = key != NULL ? json_object_get(span, key) : NULL;
    nomen_span_parts parts;
    if (json_is_array(points)) { return add_points(text, span, points, err); }
    if (!nomen_span_parts_find(span, text->record->label, &parts)) { return refuse(text, span, err); }
    return add_parts(text, &parts, err);
}

nomen_status nomen_span_text_add_unknown(nomen_span_text *text, const json_t *span, nomen_error *err) {
    nomen_span_parts parts;
    nomen_span bytes;
    bool found = false;
    if (!nomen_span_parts_find(span, text->record->label, &parts)) { return refuse(text, span, err); }
    nomen_status status = locate(text, &parts, &bytes, &found, err);
    return status == NOMEN_OK && found ? nomen_builder_add_unknown(text->builder, bytes.start, bytes.end, err) : status;
}

nomen_status nomen_span_text_add_all(nomen_span_text *text, const json_t *list, nomen_error *err) {
    if (text->builder == NULL || list == NULL || json_is_null(list)) { return NOMEN_OK; }
    if (!json_is_array(list)) {
        return nomen_builder_fault_of(text->builder, NOMEN_FAULT_SPAN, text->builder->sentence.line, err,
                                      "%s where a list of spans is expected", nomen_json_kind(list));
    }
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; status == NOMEN_OK && i < json_array_size(list); i++) {
        status = nomen_span_text_add(text, json_array_get(list, i), err);
    }
    return status;
}

nomen_status nomen_span_text_end(nomen_span_text *text, bool keep, nomen_error *err) {
    nomen_status status = keep && text->builder != NULL ? nomen_builder_end_text(text->builder, err) : NOMEN_OK;
    nomen_offset_map_clear(&text->map);
    nomen_offset_map_clear(&text->utf16);
    *text = (nomen_span_text){0};
    return status;
}

nomen_status nomen_span_text_add_record(nomen_json_reader *reader, const nomen_json_record *record, const json_t *string,
                                        const json_t *list, nomen_error *err) {
    nomen_span_text text = {0};
    nomen_status status = nomen_span_text_begin(&text, reader, record, string, err);
    if (status == NOMEN_OK) { status = nomen_span_text_add_all(&text, list, err); }
    nomen_status ended = nomen_span_text_end(&text, status == NOMEN_OK, err);
    return status == NOMEN_OK ? ended : status;
}
