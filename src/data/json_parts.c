/* What a span of JSON says of itself; see the header. */
#include "data/json_parts.h"

#include <stdint.h>
#include <string.h>

#include "data/json_numbers.h"
#include "data/json_records.h"

typedef enum part { PART_START, PART_END, PART_LENGTH, PART_LABEL, PART_TEXT, PART_GLOBAL } part;

/* The keys of each part. Of labels the first that is there counts, in this order. */
static const struct {
    const char *key;
    part part;
} known[] = {
    {"start", PART_START},
    {"start_offset", PART_START},
    {"begin", PART_START},
    {"startOffset", PART_START},
    {"offset", PART_START},
    {"end", PART_END},
    {"end_offset", PART_END},
    {"stop", PART_END},
    {"endOffset", PART_END},
    {"length", PART_LENGTH},
    {"text", PART_TEXT},
    {"value", PART_TEXT},
    {"mention", PART_TEXT},
    {"globalOffsets", PART_GLOBAL}, /* of Label Studio's rich text, which has paths besides */
    {"label", PART_LABEL},
    {"type", PART_LABEL},
    {"entity_group", PART_LABEL},
    {"entity", PART_LABEL},
    {"tag", PART_LABEL},
    {"entity_type", PART_LABEL},
    {"labels", PART_LABEL},
    {"hypertextlabels", PART_LABEL},
    {"paragraphlabels", PART_LABEL},
};
enum { N_KNOWN = sizeof known / sizeof *known };

static size_t find_known(const char *key) {
    size_t i = 0;
    while (i < N_KNOWN && (known[i].key[0] != key[0] || strcmp(known[i].key, key) != 0)) { i++; }
    return i;
}

static void read_place(nomen_span_parts *parts, bool end, const char *key, const json_t *value) {
    const json_t **place = end ? &parts->end : &parts->start;
    const char **keys = parts->keys[end];
    if (*place == NULL) {
        *place = value;
        keys[0] = key;
    } else if (!json_equal(*place, value)) {
        keys[1] = key;
    }
}

static void read_label(nomen_span_parts *parts, size_t *rank, size_t found, const json_t *value) {
    bool before = parts->label == NULL || found < *rank;
    bool differs = parts->label != NULL && !json_equal(parts->label, value);
    if (differs) {
        parts->other_label = before ? parts->label : value;
        parts->other_label_key = before ? parts->label_key : known[found].key;
    }
    if (!before) { return; }
    parts->label = value;
    parts->label_key = known[found].key;
    *rank = found;
}

bool nomen_span_parts_find(const json_t *span, const char *label, nomen_span_parts *out) {
    *out = (nomen_span_parts){0};
    if (json_is_array(span) && json_array_size(span) >= 3) {
        *out = (nomen_span_parts){json_array_get(span, 0), json_array_get(span, 1), .label = json_array_get(span, 2)};
        return true;
    }
    const char *key;
    json_t *value;
    const json_t *global = NULL, *preferred = label != NULL ? json_object_get(span, label) : NULL;
    size_t rank = 0;
    json_object_foreach((json_t *)(uintptr_t)span, key, value) {
        size_t found = find_known(key);
        if (found == N_KNOWN || json_is_null(value)) { continue; }
        switch (known[found].part) {
        case PART_START: read_place(out, false, known[found].key, value); break;
        case PART_END: read_place(out, true, known[found].key, value); break;
        case PART_LENGTH: out->length = value; break;
        case PART_LABEL: read_label(out, &rank, found, value); break;
        case PART_TEXT: out->text = out->text == NULL || known[found].key[0] == 't' ? value : out->text; break;
        case PART_GLOBAL: global = json_is_object(value) ? value : NULL; break;
        }
    }
    if (preferred != NULL && !json_is_null(preferred)) {
        out->label = preferred;
        out->other_label = NULL;
    }
    if (global != NULL) {
        out->start = json_object_get(global, "start");
        out->end = json_object_get(global, "end");
        out->keys[0][1] = out->keys[1][1] = NULL;
    }
    return out->start != NULL && (out->end != NULL || out->length != NULL);
}

bool nomen_span_parts_are(const json_t *span, const char *points) {
    nomen_span_parts parts;
    if (points != NULL && json_is_array(json_object_get(span, points))) { return true; }
    return nomen_span_parts_find(span, NULL, &parts) && !json_is_string(parts.start);
}

/* The sum; what is far beyond any text stays so. */
static long long plus(long long a, long long b) {
    long long sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

nomen_status nomen_span_parts_offsets(nomen_builder *builder, const nomen_json_shape *shape, const nomen_span_parts *parts,
                                      long long *start, long long *end, bool *found, nomen_error *err) {
    static const char *const places[] = {"starts", "ends"};
    size_t line = builder->sentence.line;
    long long length = 0;
    *found = false;
    for (size_t i = 0; i < 2; i++) {
        if (parts->keys[i][1] == NULL) { continue; }
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err,
                                      "a span has two %s that differ, \"%s\" and \"%s\"; remove one", places[i],
                                      parts->keys[i][0], parts->keys[i][1]);
    }
    bool is_length = nomen_json_whole(parts->length, &length), by_length = parts->end == NULL && is_length;
    if (!nomen_json_whole(parts->start, start) || (!by_length && !nomen_json_whole(parts->end, end))) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err, "a span's offsets are %s and %s; give whole numbers",
                                      nomen_json_kind(parts->start), nomen_json_kind(parts->end));
    }
    *start = plus(*start, -shape->origin);
    *end = by_length ? plus(*start, length) : plus(*end, shape->end_included - shape->origin);
    if (is_length && plus(*start, length) != *end) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err,
                                      "a span from %lld to %lld has the length %lld; correct the wrong one", *start, *end,
                                      length);
    }
    *found = true;
    return NOMEN_OK;
}

nomen_status nomen_span_parts_label(nomen_json_reader *reader, const nomen_json_shape *shape, const json_t *label,
                                    const char **out, size_t *n_out, nomen_error *err) {
    nomen_builder *builder = reader->builder;
    long long number = 0;
    *out = NULL;
    if (json_is_string(label)) {
        *out = json_string_value(label);
        *n_out = json_string_length(label);
        return NOMEN_OK;
    }
    if (!nomen_json_whole(label, &number)) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, builder->sentence.line, err,
                                      "a span's label is %s; give a string", nomen_json_kind(label));
    }
    nomen_status status = nomen_json_number_name(reader, shape, NULL, number, NOMEN_FAULT_SPAN, out, err);
    if (*out != NULL) { *n_out = strlen(*out); }
    return status;
}
