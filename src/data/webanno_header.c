/* The header of a WebAnno TSV 3 file; see the header. */
#include "data/webanno_header.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "data/excerpt.h"

static bool starts_with(const char *bytes, size_t n, const char *mark) {
    return n >= strlen(mark) && memcmp(bytes, mark, strlen(mark)) == 0;
}

static bool is(const char *bytes, nomen_span span, const char *text) {
    return span.end - span.start == strlen(text) && memcmp(bytes + span.start, text, strlen(text)) == 0;
}

nomen_status nomen_webanno_header_begin(nomen_webanno_header *header, nomen_builder *builder, size_t at, size_t end, size_t line,
                                        nomen_error *err) {
    const char *version = header->bytes + at + strlen(NOMEN_WEBANNO_MARK);
    size_t n = end - at - strlen(NOMEN_WEBANNO_MARK);
    char seen[NOMEN_EXCERPT_SIZE];
    while (n > 0 && version[n - 1] == ' ') { n--; }
    bool minor = n == 3 && version[1] == '.' && version[2] >= '0' && version[2] <= '9';
    if (n == 0 || version[0] != '3' || (n > 1 && !minor)) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT,
                               "%s:%zu: '%s', but only WebAnno TSV 3.0 to 3.9 can be read; export the document as WebAnno TSV v3",
                               builder->name, line, nomen_excerpt(seen, header->bytes + at, end - at));
    }
    header->n = 0;
    header->line = line;
    header->found = header->open = true;
    header->java = n == 1 || version[2] < '2';
    return NOMEN_OK;
}

static nomen_status add_column(nomen_webanno_header *header, nomen_webanno_column column, nomen_error *err) {
    nomen_status status = NOMEN_RESERVE(header->columns, header->capacity, header->n + 1, err);
    if (status == NOMEN_OK) { header->columns[header->n++] = column; }
    return status;
}

/* A feature's name, cut off at "|". Slots have two columns: "ROLE_..." and the name of a type, which has dots. */
static nomen_status add_layer(nomen_webanno_header *header, nomen_webanno_kind kind, size_t at, size_t end, nomen_error *err) {
    nomen_webanno_column column = {.kind = kind, .first = true};
    size_t before = header->n;
    nomen_status status = NOMEN_OK;
    while (end > at && header->bytes[end - 1] == ' ') { end--; }
    for (size_t from = at, i = at; i <= end; i++) {
        if (i < end && header->bytes[i] != '|') { continue; }
        nomen_span part = {from, i};
        from = i + 1;
        if (column.layer.end == 0) {
            column.layer = part;
            continue;
        }
        if (part.start == part.end) { continue; }
        column.feature = part;
        if (kind == NOMEN_WEBANNO_FEATURE) {
            const char *name = header->bytes + part.start;
            bool slot = starts_with(name, i - part.start, "ROLE_") || memchr(name, '.', i - part.start) != NULL;
            column.kind = slot ? NOMEN_WEBANNO_SLOT : kind;
        }
        NOMEN_TRY(add_column(header, column, err));
        column.first = false;
    }
    if (header->n == before) { status = add_column(header, column, err); }
done:
    return status;
}

nomen_status nomen_webanno_header_add(nomen_webanno_header *header, const nomen_builder *builder, size_t at, size_t end,
                                      size_t line, bool *known, nomen_error *err) {
    static const struct {
        const char *mark;
        nomen_webanno_kind kind;
    } marks[] = {{"#T_SP=", NOMEN_WEBANNO_FEATURE}, {"#T_RL=", NOMEN_WEBANNO_RELATION}, {"#T_CH=", NOMEN_WEBANNO_CHAIN}};
    for (size_t i = 0; i < 3; i++) {
        if (!starts_with(header->bytes + at, end - at, marks[i].mark)) { continue; }
        char seen[NOMEN_EXCERPT_SIZE];
        *known = true;
        if (!header->open) {
            return nomen_error_set(
                err, NOMEN_ERROR_FORMAT,
                "%s:%zu: the layer '%s' is defined after the first sentence; layers must be defined right after the line %s3",
                builder->name, line, nomen_excerpt(seen, header->bytes + at, end - at), NOMEN_WEBANNO_MARK);
        }
        if (header->n == 0) { header->line = line; }
        return add_layer(header, marks[i].kind, at + strlen(marks[i].mark), end, err);
    }
    *known = false;
    return NOMEN_OK;
}

nomen_span nomen_webanno_layer(const nomen_webanno_header *header, const nomen_webanno_column *column) {
    nomen_span name = column->layer;
    for (size_t i = name.start; i < column->layer.end; i++) {
        if (header->bytes[i] == '.') { name.start = i + 1; }
    }
    return name;
}

nomen_status nomen_webanno_column_name(const nomen_webanno_header *header, const nomen_webanno_column *column, nomen_buffer *out,
                                       nomen_error *err) {
    nomen_span layer = nomen_webanno_layer(header, column), feature = column->feature;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append(out, header->bytes + layer.start, layer.end - layer.start, err));
    if (feature.end > feature.start) {
        NOMEN_TRY(nomen_buffer_append_byte(out, '|', err));
        NOMEN_TRY(nomen_buffer_append(out, header->bytes + feature.start, feature.end - feature.start, err));
    }
done:
    return status;
}

/* What the tool brings with it beside entities: parts of speech, lemmas, pages of a PDF. Of named entities, the value counts. */
static bool can_be_entities(const nomen_webanno_header *header, const nomen_webanno_column *column) {
    static const char *const own[] = {"de.tudarmstadt.ukp.dkpro.core.api.", "org.dkpro.core.api."};
    const char *layer = header->bytes + column->layer.start;
    size_t n = column->layer.end - column->layer.start;
    if (column->kind != NOMEN_WEBANNO_FEATURE) { return false; }
    if (is(header->bytes, nomen_webanno_layer(header, column), "NamedEntity")) {
        return is(header->bytes, column->feature, "value");
    }
    return !starts_with(layer, n, own[0]) && !starts_with(layer, n, own[1]);
}

/* Whether the column is asked for by `wish`: FEATURE, LAYER|FEATURE or LAYER, with the layer's package or without. */
static bool is_called(const nomen_webanno_header *header, const nomen_webanno_column *column, const char *wish) {
    const char *bytes = header->bytes;
    nomen_span layers[2] = {column->layer, nomen_webanno_layer(header, column)}, feature = column->feature;
    bool named = feature.end > feature.start;
    if (named && is(bytes, feature, wish)) { return true; }
    for (size_t i = 0; i < 2; i++) {
        size_t n = layers[i].end - layers[i].start;
        if (strlen(wish) < n || memcmp(wish, bytes + layers[i].start, n) != 0) { continue; }
        if (named ? wish[n] == '|' && is(bytes, feature, wish + n + 1) : wish[n] == '\0') { return true; }
    }
    return false;
}

/* The place of a column by its number among all of a line, whose first three are the number, the offsets and the token. */
static bool by_number(const nomen_webanno_header *header, const char *wish, size_t *out) {
    char *end;
    errno = 0;
    long number = strtol(wish, &end, 10), n = (long)header->n;
    if (*wish == '\0' || *end != '\0' || errno != 0) { return false; }
    long place = number < 0 ? n + number : number - 4;
    *out = place >= 0 && place < n ? (size_t)place : header->n;
    return true;
}

/* "a, b and c": the columns that can be chosen, or all features of spans where `all`. */
static nomen_status list(const nomen_webanno_header *header, bool all, nomen_buffer *out, nomen_error *err) {
    nomen_status status = nomen_buffer_append_text(out, "", err);
    size_t n = 0;
    for (size_t i = 0; status == NOMEN_OK && i < header->n; i++) {
        const nomen_webanno_column *column = &header->columns[i];
        if (all ? column->kind != NOMEN_WEBANNO_FEATURE : !can_be_entities(header, column)) { continue; }
        if (n++ > 0) { NOMEN_TRY(nomen_buffer_append_text(out, ", ", err)); }
        status = nomen_webanno_column_name(header, column, out, err);
    }
done:
    return status;
}

/* Reports why no column, or which of several, was chosen. */
static nomen_status refuse(const nomen_webanno_header *header, const nomen_builder *builder, size_t n_found, size_t n_spans,
                           nomen_error *err) {
    const char *wish = builder->options->tag_column;
    nomen_buffer names = {0};
    char seen[NOMEN_EXCERPT_SIZE], ask[NOMEN_EXCERPT_SIZE];
    nomen_status status = list(header, wish != NULL || n_found == 0, &names, err);
    if (status != NOMEN_OK) { goto done; }
    nomen_excerpt(ask, wish != NULL ? wish : "", wish != NULL ? strlen(wish) : 0);
    const char *shown = names.size > 400 ? nomen_excerpt(seen, names.data, names.size) : names.data;
    if (wish != NULL && n_spans == 0) {
        status =
            nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%zu: there is no feature '%s', as the header names no layer of spans",
                            builder->name, header->line, ask);
    } else if (wish != NULL) {
        status = nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%zu: %s feature of spans is called '%s'; name one of %s",
                                 builder->name, header->line, n_found == 0 ? "no" : "more than one", ask, shown);
    } else if (n_found == 0) {
        status = nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%zu: no layer of entities among %s; name the one to read",
                                 builder->name, header->line, shown);
    } else {
        status = nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%zu: %zu features could be the entities: %s; name the one to read",
                                 builder->name, header->line, n_found, shown);
    }
    nomen_error_remedy(err, NOMEN_REMEDY_TAG_COLUMN, status);
done:
    nomen_buffer_clear(&names);
    return status;
}

nomen_status nomen_webanno_header_end(nomen_webanno_header *header, nomen_builder *builder, nomen_error *err) {
    const char *wish = builder->options->tag_column;
    size_t n_found = 0, n_spans = 0, n_features = 0, number = header->n;
    header->open = false;
    header->chosen = header->n;
    bool numbered = wish != NULL && by_number(header, wish, &number);
    for (size_t i = 0; i < header->n; i++) {
        const nomen_webanno_column *column = &header->columns[i];
        bool spans = column->kind == NOMEN_WEBANNO_FEATURE;
        n_features += spans || column->kind == NOMEN_WEBANNO_SLOT;
        n_spans += spans;
        bool fits = wish == NULL ? can_be_entities(header, column) : numbered ? i == number : is_called(header, column, wish);
        if (!spans || !fits) { continue; }
        n_found++;
        header->chosen = i;
    }
    if (n_found != 1 && (n_spans > 0 || wish != NULL)) { return refuse(header, builder, n_found, n_spans, err); }
    if (n_found == 0) {
        if (builder->set.notes.sink == NULL) {
            nomen_log_warning("%s:%zu: the header names no layer of spans, so nothing is an entity", builder->name, header->line);
        }
        return NOMEN_OK;
    }
    builder->set.notes.counts[NOMEN_NOTE_FIELDS] += n_features - 1;
    return NOMEN_OK;
}
