/* What the JSON formats of texts with spans share; see the header. */
#include "data/json_spans.h"

#include <string.h>

#include "base/mem.h"
#include "data/builder_text.h"
#include "data/excerpt.h"

const char *const nomen_json_text_keys[] = {"text", "data", "content", "sentence", NULL};
const char *const nomen_json_span_keys[] = {"spans", "entities", "ents", "label", "labels", NULL};
const char *const nomen_json_label_lists[] = {"labels", "hypertextlabels", "paragraphlabels", NULL};

const json_t *nomen_json_list(const json_t *object, const char *const *keys) {
    for (; *keys != NULL; keys++) {
        const json_t *value = json_object_get(object, *keys);
        if (json_is_array(value)) { return value; }
    }
    return NULL;
}

const json_t *nomen_json_string(const json_t *object, const char *const *keys) {
    for (; *keys != NULL; keys++) {
        const json_t *value = json_object_get(object, *keys);
        if (json_is_string(value)) { return value; }
    }
    return NULL;
}

nomen_status nomen_span_text_begin(nomen_span_text *text, nomen_builder *builder, const json_t *string, size_t line,
                                   nomen_error *err) {
    *text = (nomen_span_text){0};
    if (!json_is_string(string)) {
        return nomen_builder_fault(builder, line, err, "%s where a text is needed; give \"text\" a string",
                                   nomen_json_kind(string));
    }
    const char *bytes = json_string_value(string);
    size_t n = json_string_length(string);
    nomen_status status = nomen_offset_map_create(bytes, n, builder->options->offsets, &text->map, err);
    if (status == NOMEN_OK) { status = nomen_builder_begin_text(builder, bytes, n, line, err); }
    if (status != NOMEN_OK) { return status; }
    text->builder = builder;
    text->text = bytes;
    text->n_bytes = n;
    return NOMEN_OK;
}

static const json_t *either(const json_t *object, const char *const *keys) {
    const json_t *value = NULL;
    for (; *keys != NULL && (value == NULL || json_is_null(value)); keys++) { value = json_object_get(object, *keys); }
    return value;
}

/* What a span says of itself. */
typedef struct span_parts {
    const json_t *start, *end, *label, *text;
} span_parts;

static bool find_parts(const json_t *span, span_parts *out) {
    static const char *const starts[] = {"start", "start_offset", NULL}, *const ends[] = {"end", "end_offset", NULL};
    static const char *const labels[] = {"label", "type", "entity_group", "entity", "tag", "labels", "hypertextlabels",
                                        "paragraphlabels", NULL};
    *out = (span_parts){0};
    if (json_is_array(span) && json_array_size(span) >= 3) {
        *out = (span_parts){json_array_get(span, 0), json_array_get(span, 1), json_array_get(span, 2), NULL};
        return true;
    }
    if (!json_is_object(span)) { return false; }
    /* Label Studio's rich text has its offsets one level down, and paths in their place. */
    const json_t *global = json_object_get(span, "globalOffsets"), *offsets = json_is_object(global) ? global : span;
    *out = (span_parts){either(offsets, starts), either(offsets, ends), either(span, labels), json_object_get(span, "text")};
    return out->start != NULL && out->end != NULL;
}

static bool is_slice(const nomen_span_text *text, nomen_span bytes, const json_t *own) {
    return bytes.end - bytes.start == json_string_length(own) &&
           memcmp(text->text + bytes.start, json_string_value(own), json_string_length(own)) == 0;
}

/* Compares a span with the text it brings, and reads its offsets as UTF-16 where these give that text. */
static nomen_status compare(nomen_span_text *text, nomen_span units, const json_t *own, nomen_span *bytes, nomen_error *err) {
    if (!json_is_string(own) || is_slice(text, *bytes, own)) { return NOMEN_OK; }
    nomen_builder *builder = text->builder;
    char here[NOMEN_EXCERPT_SIZE], there[NOMEN_EXCERPT_SIZE];
    const nomen_offset_map *utf16 = &text->utf16;
    if (text->map.unit == NOMEN_OFFSET_CODEPOINT) {
        nomen_status status = NOMEN_OK;
        if (utf16->text == NULL) {
            status = nomen_offset_map_create(text->text, text->n_bytes, NOMEN_OFFSET_UTF16, &text->utf16, err);
        }
        if (status != NOMEN_OK) { return status; }
        nomen_span other = {nomen_offset_map_to_byte(utf16, units.start), nomen_offset_map_to_byte(utf16, units.end)};
        if (is_slice(text, other, own)) {
            *bytes = other;
            nomen_note_quietly(&builder->set.notes, NOMEN_NOTE_UTF16, builder->name, builder->sentence.line,
                               "the offsets %zu to %zu count UTF-16 units, as '%s' shows", units.start, units.end,
                               nomen_excerpt(there, json_string_value(own), json_string_length(own)));
            return NOMEN_OK;
        }
    }
    nomen_note(&builder->set.notes, NOMEN_NOTE_TEXT_DIFFERS, builder->name, builder->sentence.line,
               "the span says '%s', but its offsets give '%s'",
               nomen_excerpt(there, json_string_value(own), json_string_length(own)),
               nomen_excerpt(here, text->text + bytes->start, bytes->end - bytes->start));
    return NOMEN_OK;
}

/* Offsets of a span as bytes; a fault, which was told, leaves *found false. */
static nomen_status locate(nomen_span_text *text, const span_parts *parts, nomen_span *out, bool *found, nomen_error *err) {
    nomen_builder *builder = text->builder;
    size_t line = builder->sentence.line;
    long long start = 0, end = 0;
    *found = false;
    if (!nomen_json_whole(parts->start, &start) || !nomen_json_whole(parts->end, &end)) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err, "a span's offsets are %s and %s; give whole numbers",
                                   nomen_json_kind(parts->start), nomen_json_kind(parts->end));
    }
    long long most = (long long)text->map.n_units;
    if (json_is_string(parts->text) && most < (long long)text->n_bytes) { most = (long long)text->n_bytes; } /* UTF-16? */
    if (start < 0 || end < start || end > most) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err, "a span from %lld to %lld does not lie in its text, which has %zu "
                                   "characters; correct it", start, end, text->map.n_units);
    }
    nomen_span units = {(size_t)start, (size_t)end};
    *out = (nomen_span){nomen_offset_map_to_byte(&text->map, units.start), nomen_offset_map_to_byte(&text->map, units.end)};
    if ((out->start < text->n_bytes && (text->text[out->start] & 0xC0) == 0x80) ||
        (out->end < text->n_bytes && (text->text[out->end] & 0xC0) == 0x80)) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err, "a span from %lld to %lld cuts a character; its offsets count "
                                   "something else than bytes (--span-offsets)", start, end);
    }
    *found = true;
    return compare(text, units, parts->text, out, err);
}

static nomen_status add_label(nomen_span_text *text, nomen_span bytes, const json_t *label, nomen_error *err) {
    nomen_builder *builder = text->builder;
    if (!json_is_string(label)) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, builder->sentence.line, err, "a span's label is %s; give a string",
                                   nomen_json_kind(label));
    }
    return nomen_builder_add_span(builder, bytes.start, bytes.end, json_string_value(label), json_string_length(label), err);
}

nomen_status nomen_span_text_add(nomen_span_text *text, const json_t *span, nomen_error *err) {
    nomen_builder *builder = text->builder;
    span_parts parts;
    if (!find_parts(span, &parts)) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, builder->sentence.line, err,
                                   "%s that is no span; give [start, end, label] or an object with \"start\", \"end\" and "
                                   "\"label\"", nomen_json_kind(span));
    }
    nomen_span bytes;
    bool found = false;
    nomen_status status = locate(text, &parts, &bytes, &found, err);
    if (status != NOMEN_OK || !found) { return status; }
    if (!json_is_array(parts.label)) { return add_label(text, bytes, parts.label, err); }
    for (size_t i = 0; status == NOMEN_OK && i < json_array_size(parts.label); i++) {
        status = add_label(text, bytes, json_array_get(parts.label, i), err);
    }
    return status;
}

nomen_status nomen_span_text_add_all(nomen_span_text *text, const json_t *list, nomen_error *err) {
    if (text->builder == NULL || list == NULL || json_is_null(list)) { return NOMEN_OK; }
    if (!json_is_array(list)) {
        return nomen_builder_fault_of(text->builder, NOMEN_FAULT_SPAN, text->builder->sentence.line, err,
                                   "%s where a list of spans is needed", nomen_json_kind(list));
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

nomen_status nomen_span_text_put(nomen_builder *builder, const json_t *string, const json_t *list, size_t line,
                                 nomen_error *err) {
    nomen_span_text text = {0};
    nomen_status status = nomen_span_text_begin(&text, builder, string, line, err);
    if (status == NOMEN_OK) { status = nomen_span_text_add_all(&text, list, err); }
    nomen_status ended = nomen_span_text_end(&text, status == NOMEN_OK, err);
    return status == NOMEN_OK ? ended : status;
}

nomen_status nomen_records_read(nomen_builder *builder, const char *bytes, size_t n_bytes,
                                nomen_status (*read_record)(nomen_builder *builder, const json_t *record, size_t line,
                                                            nomen_error *err),
                                nomen_error *err) {
    nomen_records records;
    nomen_status status = NOMEN_OK;
    nomen_records_open(&records, bytes, n_bytes);
    while (!nomen_builder_full(builder)) {
        NOMEN_TRY(nomen_records_next(&records, builder, err));
        if (records.record == NULL) { break; }
        NOMEN_TRY(read_record(builder, records.record, records.record_line, err));
    }
done:
    nomen_records_close(&records);
    return status;
}

nomen_status nomen_writer_places(nomen_writer *writer, size_t sentence, nomen_error *err) {
    nomen_offset_map map = {0};
    nomen_status status;
    NOMEN_TRY(nomen_writer_spans(writer, sentence, err));
    NOMEN_TRY(NOMEN_RESERVE(writer->places, writer->places_capacity, writer->n_spans + 1, err));
    if (writer->n_spans == 0) { return NOMEN_OK; }
    NOMEN_TRY(nomen_offset_map_create(nomen_sentence_text(writer->set, sentence), writer->set->sentences[sentence].text_size,
                                      NOMEN_OFFSET_CODEPOINT, &map, err));
    for (size_t i = 0; i < writer->n_spans; i++) {
        writer->places[i] = (nomen_span){nomen_offset_map_from_byte(&map, writer->spans[i].start),
                                         nomen_offset_map_from_byte(&map, writer->spans[i].end)};
    }
done:
    nomen_offset_map_clear(&map);
    return status;
}

nomen_status nomen_writer_put_text(nomen_writer *writer, size_t sentence, nomen_error *err) {
    size_t n = writer->set->sentences[sentence].text_size;
    return nomen_buffer_append_json(&writer->out, n > 0 ? nomen_sentence_text(writer->set, sentence) : "", n, err);
}

nomen_status nomen_writer_put_label(nomen_writer *writer, size_t span, nomen_error *err) {
    const char *label = nomen_writer_label(writer, writer->spans[span].label);
    return nomen_buffer_append_json(&writer->out, label, strlen(label), err);
}
