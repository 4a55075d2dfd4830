/*
 * PubTator, the format of biomedical corpora: "ID|t|title", "ID|a|abstract", then a line a mention: ID, start, end, the
 * mention, its type and identifiers, separated by tabs. Offsets count characters over the title, one separator and the
 * abstract. Lines of relations ("ID<tab>CID<tab>...") are counted. Empty lines stand between documents. Read only.
 */
#include <string.h>

#include "base/mem.h"
#include "data/builder_text.h"
#include "data/documents.h"
#include "data/excerpt.h"
#include "data/format.h"
#include "data/line_cursor.h"
#include "text/offsets.h"

typedef struct pubtator_reader {
    nomen_builder *builder;
    const char *bytes;
    bool open;     /* a line of a document was read */
    size_t line;   /* where it began */
    nomen_span id; /* bytes of the file */
    bool has_title, has_abstract;
    nomen_buffer text;
    nomen_offset_map map, utf16; /* of the text, once there is a mention; the second once one does not fit */
} pubtator_reader;

/* A line of a mention. */
typedef struct mention {
    nomen_span units, text, type;
} mention;

/* The end of the id where a line of text begins: "ID|t|" or "ID|a|"; `at` where it is none. *letter is what stands there. */
static size_t id_of_text(const char *bytes, size_t at, size_t end, char *letter) {
    size_t i = at;
    while (i < end && bytes[i] != '|' && bytes[i] != '\t' && bytes[i] != ' ') { i++; }
    if (i == at || end - i < 3 || bytes[i] != '|' || bytes[i + 2] != '|') { return at; }
    *letter = bytes[i + 1];
    return i;
}

static bool same(const char *bytes, nomen_span a, nomen_span b) {
    return a.end - a.start == b.end - b.start && memcmp(bytes + a.start, bytes + b.start, a.end - a.start) == 0;
}

/* The text is complete: opens it in the builder. */
static nomen_status begin_text(pubtator_reader *r, nomen_error *err) {
    nomen_builder *builder = r->builder;
    nomen_status status;
    if (builder->open) { return NOMEN_OK; }
    NOMEN_TRY(nomen_builder_name(builder, r->bytes + r->id.start, r->id.end - r->id.start, false, err));
    nomen_document_begin(builder);
    NOMEN_TRY(nomen_builder_begin_text(builder, r->text.data, r->text.size, r->line, err));
    if (!r->has_title) {
        char seen[NOMEN_EXCERPT_SIZE];
        status = nomen_builder_fault(builder, r->line, err, "the document %s has no title; write a line ID|t|title first",
                                     nomen_excerpt(seen, r->bytes + r->id.start, r->id.end - r->id.start));
    }
done:
    return status;
}

static nomen_status end_document(pubtator_reader *r, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (!r->open) { return NOMEN_OK; }
    NOMEN_TRY(begin_text(r, err));
    status = nomen_builder_end_text(r->builder, err);
    r->open = r->has_title = r->has_abstract = false;
    nomen_buffer_reset(&r->text);
    nomen_offset_map_clear(&r->map);
    nomen_offset_map_clear(&r->utf16);
done:
    return status;
}

static nomen_status begin_document(pubtator_reader *r, nomen_span id, size_t line, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(end_document(r, err));
    r->open = true;
    r->line = line;
    r->id = id;
    status = nomen_buffer_append_text(&r->text, "", err); /* so that an empty one has bytes too */
done:
    return status;
}

/* "ID|t|title" or "ID|a|abstract"; the id ends at `bar`. */
static nomen_status read_text(pubtator_reader *r, size_t at, size_t bar, size_t end, char letter, size_t line, nomen_error *err) {
    nomen_span id = {at, bar};
    nomen_builder *builder = r->builder;
    char seen[NOMEN_EXCERPT_SIZE], own[NOMEN_EXCERPT_SIZE];
    nomen_status status = NOMEN_OK;
    bool title = letter == 't', another = !r->open || (title && (r->has_title || !same(r->bytes, id, r->id)));
    if (another) { NOMEN_TRY(begin_document(r, id, line, err)); }
    if (!title && letter != 'a') {
        NOMEN_TRY(begin_text(r, err));
        return nomen_builder_fault(builder, line, err, "'%s' is neither a title (|t|) nor an abstract (|a|)",
                                   nomen_excerpt(seen, r->bytes + at, end - at));
    }
    if (!same(r->bytes, id, r->id)) {
        NOMEN_TRY(begin_text(r, err));
        return nomen_builder_fault(builder, line, err, "the abstract of %s in the document %s, whose title is missing",
                                   nomen_excerpt(seen, r->bytes + at, bar - at),
                                   nomen_excerpt(own, r->bytes + r->id.start, r->id.end - r->id.start));
    }
    if (builder->open || r->has_abstract) {
        NOMEN_TRY(begin_text(r, err));
        return nomen_builder_fault(
            builder, line, err,
            "%s of the document %s comes after its %s; expected the title, then the abstract, then the mentions",
            title ? "the title" : "an abstract", nomen_excerpt(seen, r->bytes + at, bar - at),
            r->has_abstract ? "abstract" : "mentions");
    }
    if (!title) { NOMEN_TRY(nomen_buffer_append_byte(&r->text, ' ', err)); }
    NOMEN_TRY(nomen_buffer_append(&r->text, r->bytes + bar + 3, end - bar - 3, err));
    if (title) {
        r->has_title = true;
    } else {
        r->has_abstract = true;
    }
done:
    return status;
}

/* A whole field as a number of up to nine digits. */
static bool read_number(const char *bytes, nomen_span field, size_t *out) {
    *out = 0;
    for (size_t i = field.start; i < field.end; i++) {
        if (bytes[i] < '0' || bytes[i] > '9' || i - field.start == 9) { return false; }
        *out = *out * 10 + (size_t)(bytes[i] - '0');
    }
    return field.end > field.start;
}

/* Whether units are bytes of the text that its mention repeats; *out is what they give. */
static bool matches_mention(const nomen_offset_map *map, const char *bytes, const mention *m, nomen_span *out) {
    *out = (nomen_span){nomen_offset_map_to_byte(map, m->units.start), nomen_offset_map_to_byte(map, m->units.end)};
    size_t n = m->text.end - m->text.start;
    return m->units.end <= map->n_units && out->end - out->start == n &&
           memcmp(map->text + out->start, bytes + m->text.start, n) == 0;
}

static bool cuts_character(const nomen_offset_map *map, size_t byte) {
    return byte < map->n_bytes && (map->text[byte] & 0xC0) == 0x80;
}

/* Finds a mention in the text; its offsets are read as UTF-16 units where only these give it. A fault leaves *found false. */
static nomen_status locate(pubtator_reader *r, const mention *m, size_t line, nomen_span *out, bool *found, nomen_error *err) {
    nomen_builder *builder = r->builder;
    char said[NOMEN_EXCERPT_SIZE], there[NOMEN_EXCERPT_SIZE];
    nomen_span units = m->units, other;
    nomen_status status = NOMEN_OK;
    *found = true;
    if (r->map.text == NULL) {
        NOMEN_TRY(nomen_offset_map_fill(r->text.data, r->text.size, builder->options->offsets, &r->map, err));
    }
    if (matches_mention(&r->map, r->bytes, m, out)) { return NOMEN_OK; }
    nomen_excerpt(said, r->bytes + m->text.start, m->text.end - m->text.start);
    if (r->map.unit == NOMEN_OFFSET_CODEPOINT) {
        if (r->utf16.text == NULL) {
            NOMEN_TRY(nomen_offset_map_fill(r->text.data, r->text.size, NOMEN_OFFSET_UTF16, &r->utf16, err));
        }
        if (matches_mention(&r->utf16, r->bytes, m, &other)) {
            *out = other;
            nomen_note_quietly(&builder->set.notes, NOMEN_NOTE_UTF16, builder->name, line,
                               "the offsets %zu to %zu count UTF-16 units, as "
                               "'%s' shows",
                               units.start, units.end, said);
            return NOMEN_OK;
        }
    }
    *found = false;
    if (units.start >= units.end || units.end > r->map.n_units) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err,
                                      "the offsets %zu and %zu of '%s' are outside the text, which has %zu characters",
                                      units.start, units.end, said, r->map.n_units);
    }
    if (cuts_character(&r->map, out->start) || cuts_character(&r->map, out->end)) {
        return nomen_error_remedy(
            err, NOMEN_REMEDY_OFFSETS,
            nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err,
                                   "the offsets %zu and %zu of '%s' fall inside a character; they do not count bytes",
                                   units.start, units.end, said));
    }
    return nomen_error_remedy(
        err, NOMEN_REMEDY_OFFSETS,
        nomen_builder_fault_of(
            builder, NOMEN_FAULT_SPAN, line, err,
            "the mention's text is '%s', but its offsets %zu and %zu give '%s'; correct it, or state the unit of the offsets",
            said, units.start, units.end, nomen_excerpt(there, r->text.data + out->start, out->end - out->start)));
done:
    return status;
}

/* A line with tabs: a mention, or a relation, whose second field is the name of its type. */
static nomen_status read_fields(pubtator_reader *r, size_t at, size_t end, size_t line, nomen_error *err) {
    nomen_builder *builder = r->builder;
    nomen_span fields[5] = {{0, 0}}, place;
    size_t n = 0;
    bool found = false;
    char seen[NOMEN_EXCERPT_SIZE], own[NOMEN_EXCERPT_SIZE];
    nomen_status status = NOMEN_OK;
    for (size_t from = at, i = at; i <= end; i++) {
        if (i < end && r->bytes[i] != '\t') { continue; }
        if (n < 5) { fields[n] = (nomen_span){from, i}; }
        n++;
        from = i + 1;
    }
    NOMEN_TRY(begin_text(r, err));
    if (!same(r->bytes, fields[0], r->id)) {
        return nomen_builder_fault(builder, line, err, "'%s' in the document %s; documents must be separated by an empty line",
                                   nomen_excerpt(seen, r->bytes + at, end - at),
                                   nomen_excerpt(own, r->bytes + r->id.start, r->id.end - r->id.start));
    }
    nomen_excerpt(seen, r->bytes + at, end - at);
    mention m = {.text = fields[3], .type = fields[4]};
    bool first = read_number(r->bytes, fields[1], &m.units.start), second = read_number(r->bytes, fields[2], &m.units.end);
    const char *mark = r->bytes + fields[1].start;
    if (!first && n > 2 && fields[1].end > fields[1].start && strchr("0123456789-+", *mark) == NULL) {
        nomen_note_quietly(&builder->set.notes, NOMEN_NOTE_OTHER, builder->name, line, "'%s' is not an entity", seen);
        return NOMEN_OK;
    }
    if (n > 2 && !(first && second) &&
        (memchr(mark, ',', fields[2].end - fields[1].start) != NULL ||
         memchr(mark, ';', fields[2].end - fields[1].start) != NULL)) {
        return nomen_builder_fault_of(
            builder, NOMEN_FAULT_SPAN, line, err,
            "'%s' is in several parts, which can't be read; give each part a line, or remove the mention", seen);
    }
    if (n < 5 || !first || !second || m.type.start == m.type.end) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_SPAN, line, err,
                                      "'%s' is not a mention; write its document, start, end, text and type, separated by tabs",
                                      seen);
    }
    NOMEN_TRY(locate(r, &m, line, &place, &found, err));
    if (found) {
        status = nomen_builder_add_span(builder, place.start, place.end, r->bytes + m.type.start, m.type.end - m.type.start, err);
    }
    size_t *n_identifiers = &builder->set.notes.counts[NOMEN_NOTE_FIELDS]; /* columns of them */
    if (n - 5 > *n_identifiers) { *n_identifiers = n - 5; }
done:
    return status;
}

static nomen_status read_line(pubtator_reader *r, size_t at, size_t end, size_t line, nomen_error *err) {
    char letter = '\0', seen[NOMEN_EXCERPT_SIZE];
    size_t solid = at, bar = id_of_text(r->bytes, at, end, &letter);
    while (solid < end && nomen_is_blank(r->bytes[solid])) { solid++; }
    if (solid == end) { return end_document(r, err); }
    if (bar > at) { return read_text(r, at, bar, end, letter, line, err); }
    if (r->open && memchr(r->bytes + at, '\t', end - at) != NULL) { return read_fields(r, at, end, line, err); }
    nomen_status status = r->open ? begin_text(r, err) : NOMEN_OK;
    if (status != NOMEN_OK) { return status; }
    return nomen_builder_fault(r->builder, line, err,
                               "'%s' where a title (ID|t|title), an abstract (ID|a|abstract), or a mention with tabs is expected",
                               nomen_excerpt(seen, r->bytes + at, end - at));
}

static nomen_status read_all(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    pubtator_reader r = {.builder = builder, .bytes = bytes};
    nomen_line_cursor lines = {.bytes = bytes, .n_bytes = n_bytes};
    nomen_status status = NOMEN_OK;
    for (size_t at, end; !nomen_builder_full(builder) && nomen_line_cursor_next(&lines, &at, &end);) {
        NOMEN_TRY(read_line(&r, at, end, lines.line, err));
    }
    if (!nomen_builder_full(builder)) { status = end_document(&r, err); }
done:
    nomen_buffer_clear(&r.text);
    nomen_offset_map_clear(&r.map);
    nomen_offset_map_clear(&r.utf16);
    return status;
}

/* A title, and after it an abstract or a mention of the same document, or nothing. */
static bool looks_like(const nomen_probe *probe) {
    char letter = '\0', other = '\0';
    size_t bar = id_of_text(probe->bytes, 0, probe->n_line, &letter), at = probe->n_line;
    if (bar == 0 || letter != 't') { return false; }
    if (at < probe->n_bytes && probe->bytes[at] == '\r') { at++; }
    if (at < probe->n_bytes && probe->bytes[at] == '\n') { at++; }
    if (at == probe->n_bytes || nomen_is_line_end(probe->bytes[at])) { return true; }
    if (probe->n_bytes - at <= bar || memcmp(probe->bytes + at, probe->bytes, bar) != 0) { return false; }
    if (probe->bytes[at + bar] == '\t') { return true; }
    return id_of_text(probe->bytes, at, probe->n_bytes, &other) == at + bar && other == 'a';
}

const nomen_format nomen_format_pubtator = {.format = NOMEN_DATA_PUBTATOR,
                                            .key = "pubtator",
                                            .name = "PubTator",
                                            .suffix = "",
                                            .holds = NOMEN_HOLDS_SPANS | NOMEN_HOLDS_SPACING | NOMEN_HOLDS_DOCUMENTS |
                                                     NOMEN_HOLDS_NAMES,
                                            .read_only = true,
                                            .advice = "add documents: ID|t|title, ID|a|abstract, mentions",
                                            .looks_like = looks_like,
                                            .read = read_all};
