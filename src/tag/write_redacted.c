/*
 * Texts without their entities. Nothing of an entity stays: what overlaps another is taken out as far as it goes
 * beyond it. The rest of a text is as it was, byte for byte.
 */
#include <string.h>

#include "base/mem.h"
#include "base/names.h"
#include "base/utf8.h"
#include "decode/tagged.h"
#include "tag/entity_types.h"
#include "tag/pseudonyms.h"
#include "tag/view.h"
#include "tag/writer.h"

typedef struct redacted_state {
    nomen_tagged_view view; /* for the order of entities alone */
    nomen_tag_types types;
    char **names; /* (n) of each type, in capitals; NULL for one that is not to be redacted */
    nomen_pseudonyms pseudonyms;
    nomen_output *map;
    bool after_one; /* a pseudonym was written last: what follows may have to be separated from it */
} redacted_state;

static const char *const redactions[] = {
    [NOMEN_REDACT_TYPE] = "type", [NOMEN_REDACT_MASK] = "mask", [NOMEN_REDACT_PSEUDONYM] = "pseudonym", NULL};

const char *nomen_redaction_name(nomen_redaction redaction) {
    return nomen_name_of(redactions, (int)redaction);
}

nomen_status nomen_redaction_parse(const char *name, nomen_redaction *out, nomen_error *err) {
    int found = 0;
    nomen_status status = nomen_name_find(name, redactions, "way to redact", &found, err);
    if (status == NOMEN_OK) { *out = (nomen_redaction)found; }
    return status;
}

static nomen_status redacted_prepare(nomen_tagged_writer *writer, nomen_error *err) {
    const nomen_tag_write_options *options = &writer->options;
    redacted_state *state = NULL;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(state, 1, err));
    writer->state = state;
    if (options->map == NULL) { return NOMEN_OK; }
    if (options->redaction != NOMEN_REDACT_PSEUDONYM) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "%s: only pseudonyms have a map; redact by pseudonym, or leave the map out", options->map);
    }
    NOMEN_TRY(nomen_output_check(options->map, options->overwrite_map, err));
    status = nomen_output_open(options->map,
                               NOMEN_OUTPUT_PRIVATE | (options->overwrite_map ? NOMEN_OUTPUT_OVERWRITE : NOMEN_OUTPUT_NEW),
                               &state->map, err);
done:
    return status;
}

/* Whether a list "per,org" names a type. */
static bool is_named(const char *list, const char *type) {
    size_t n = strlen(type);
    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, type, n) == 0 && (at[n] == '\0' || at[n] == ',')) { return true; }
    }
    return false;
}

/* A type asked for that the model does not know would be left in the texts. */
static nomen_status check_types(const redacted_state *state, const char *list, nomen_error *err) {
    nomen_buffer known = {0}, type = {0};
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < state->types.n; i++) {
        NOMEN_TRY(nomen_buffer_printf(&known, err, "%s%s", i > 0 ? ", " : "", state->types.names[i]));
    }
    for (const char *at = list, *end; at != NULL; at = *end == ',' ? end + 1 : NULL) {
        end = strchr(at, ',');
        if (end == NULL) { end = at + strlen(at); }
        nomen_buffer_reset(&type);
        NOMEN_TRY(nomen_buffer_append(&type, at, (size_t)(end - at), err));
        if (nomen_tag_types_find(&state->types, type.data) < state->types.n) { continue; }
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "unknown type \"%s\"; the model has %s", type.data,
                                   known.data != NULL ? known.data : "none"));
    }
done:
    nomen_buffer_clear(&known);
    nomen_buffer_clear(&type);
    return status;
}

static nomen_status redacted_begin(nomen_tagged_writer *writer, const nomen_tagged *first, nomen_error *err) {
    redacted_state *state = writer->state;
    const char *list = writer->options.types;
    nomen_buffer name = {0};
    nomen_status status;
    if (first == NULL) { return NOMEN_OK; }
    if (first->aggregation == NOMEN_AGGREGATE_NONE) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                               "subword tokens can't be redacted, as unlabelled parts of an entity would stay; choose another "
                               "aggregation than none");
    }
    NOMEN_TRY(nomen_tag_types_create(first->labels, first->n_labels, &state->types, err));
    if (list != NULL) { NOMEN_TRY(check_types(state, list, err)); }
    NOMEN_TRY(NOMEN_NEW(state->names, state->types.n, err));
    for (size_t i = 0; i < state->types.n; i++) {
        if (list != NULL && !is_named(list, state->types.names[i])) { continue; }
        nomen_buffer_reset(&name);
        NOMEN_TRY(nomen_pseudonym_append_name(&name, state->types.names[i], err));
        NOMEN_TRY(nomen_pseudonym_names_add(&state->pseudonyms.names, name.data, err));
        state->names[i] = nomen_buffer_release(&name);
    }
done:
    nomen_buffer_clear(&name);
    return status;
}

static nomen_status write_mask(nomen_buffer *out, const char *text, size_t n_bytes, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0, n; i < n_bytes; i += n) {
        uint32_t scalar;
        n = nomen_utf8_decode(text + i, n_bytes - i, &scalar);
        bool line_end = scalar == '\n' || scalar == '\r';
        NOMEN_TRY(line_end ? nomen_buffer_append(out, text + i, n, err) : nomen_buffer_append_text(out, "\xE2\x96\x88", err));
    }
done:
    return status;
}

/* A pseudonym, separated from what precedes it where that could be read as a part of it. */
static nomen_status write_pseudonym(nomen_tagged_writer *writer, size_t from, const char *name, const char *text, size_t n_bytes,
                                    nomen_error *err) {
    redacted_state *state = writer->state;
    nomen_buffer *out = &writer->out;
    const char *key = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_pseudonyms_get(&state->pseudonyms, name, text, n_bytes, &key, err));
    if (state->after_one) { NOMEN_TRY(nomen_buffer_append_byte(out, NOMEN_PSEUDONYM_MARK, err)); }
    if (out->size > from && nomen_pseudonym_joins(&state->pseudonyms.names, out->data[out->size - 1])) {
        NOMEN_TRY(nomen_buffer_append_byte(out, NOMEN_PSEUDONYM_MARK, err));
    }
    NOMEN_TRY(nomen_buffer_append_text(out, key, err));
    state->after_one = true;
done:
    return status;
}

/* Text as it stands, separated from a pseudonym before it where that is needed. */
static nomen_status write_plain(nomen_tagged_writer *writer, const char *text, size_t n_bytes, nomen_error *err) {
    redacted_state *state = writer->state;
    nomen_status status = NOMEN_OK;
    if (n_bytes == 0) { return NOMEN_OK; }
    if (state->after_one && nomen_pseudonym_joins(&state->pseudonyms.names, text[0])) {
        NOMEN_TRY(nomen_buffer_append_byte(&writer->out, NOMEN_PSEUDONYM_MARK, err));
    }
    state->after_one = false;
    status = nomen_buffer_append(&writer->out, text, n_bytes, err);
done:
    return status;
}

/* What stands between entities; what looks like a pseudonym there gets one. `from` is where the text began. */
static nomen_status write_rest(nomen_tagged_writer *writer, size_t from, const char *text, size_t n_bytes, nomen_error *err) {
    redacted_state *state = writer->state;
    const nomen_pseudonym_names *names = &state->pseudonyms.names;
    size_t kept = 0, i = 0;
    nomen_status status = NOMEN_OK;
    while (i < n_bytes && writer->options.redaction == NOMEN_REDACT_PSEUDONYM) {
        size_t n = nomen_pseudonym_length(names, text + i, n_bytes - i), digits = n;
        if (n == 0) {
            i++;
            continue;
        }
        while (text[i + digits - 1] != '_') { digits--; }
        NOMEN_TRY(write_plain(writer, text + kept, i - kept, err));
        for (size_t k = 0; k < names->n; k++) {
            if (strlen(names->items[k]) != digits - 1 || memcmp(names->items[k], text + i, digits - 1) != 0) { continue; }
            NOMEN_TRY(write_pseudonym(writer, from, names->items[k], text + i, n, err));
        }
        i += n;
        kept = i;
    }
    status = write_plain(writer, text + kept, n_bytes - kept, err);
done:
    return status;
}

static nomen_status write_entity(nomen_tagged_writer *writer, size_t from, const char *name, const char *text, size_t n_bytes,
                                 nomen_error *err) {
    switch (writer->options.redaction) {
    case NOMEN_REDACT_MASK: return write_mask(&writer->out, text, n_bytes, err);
    case NOMEN_REDACT_PSEUDONYM: return write_pseudonym(writer, from, name, text, n_bytes, err);
    case NOMEN_REDACT_TYPE: break;
    }
    return nomen_buffer_printf(&writer->out, err, "[%s]", name);
}

static nomen_status redacted_add(nomen_tagged_writer *writer, const nomen_tagged *tagged, nomen_error *err) {
    redacted_state *state = writer->state;
    size_t at = 0, from = writer->out.size;
    nomen_status status;
    state->after_one = false;
    NOMEN_TRY(nomen_tagged_view_sort(&state->view, tagged, err));
    for (size_t i = 0; i < state->view.set.n_spans; i++) {
        const nomen_entity *entity = &tagged->entities.items[state->view.order[i]];
        nomen_span span = nomen_tagged_clip(tagged, entity->span);
        size_t type = nomen_tag_types_find(&state->types, entity->name);
        if (type == state->types.n) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "an entity has the type \"%s\", which is not among the labels",
                                       entity->name));
        }
        if (state->names[type] == NULL || span.end <= at) { continue; }
        if (span.start < at) { span.start = at; }
        NOMEN_TRY(write_rest(writer, from, tagged->text + at, span.start - at, err));
        NOMEN_TRY(write_entity(writer, from, state->names[type], tagged->text + span.start, span.end - span.start, err));
        at = span.end;
    }
    NOMEN_TRY(write_rest(writer, from, tagged->text + at, tagged->n_bytes - at, err));
    if (!writer->options.one_text) { status = nomen_buffer_append_byte(&writer->out, '\n', err); }
done:
    return status;
}

/* The map comes first: there is no moment with a text and no way back. */
static nomen_status redacted_end(nomen_tagged_writer *writer, nomen_error *err) {
    redacted_state *state = writer->state;
    nomen_output *map = state->map;
    nomen_buffer bytes = {0};
    nomen_status status = NOMEN_OK;
    if (map == NULL) { return NOMEN_OK; }
    NOMEN_TRY(nomen_pseudonyms_append(&state->pseudonyms, &bytes, err));
    NOMEN_TRY(nomen_output_write(map, bytes.data, bytes.size, err));
    state->map = NULL;
    status = nomen_output_commit(map, err);
done:
    nomen_buffer_clear(&bytes);
    return status;
}

static nomen_status redacted_map(nomen_tagged_writer *writer, nomen_buffer *out, nomen_error *err) {
    const redacted_state *state = writer->state;
    if (writer->options.redaction == NOMEN_REDACT_PSEUDONYM) { return nomen_pseudonyms_append(&state->pseudonyms, out, err); }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "only pseudonyms have a map; redact by pseudonym");
}

static void redacted_clear(nomen_tagged_writer *writer) {
    redacted_state *state = writer->state;
    nomen_output_abandon(state->map);
    nomen_tagged_view_clear(&state->view);
    for (size_t i = 0; state->names != NULL && i < state->types.n; i++) { nomen_mem_free(state->names[i]); }
    nomen_mem_free(state->names);
    nomen_tag_types_clear(&state->types);
    nomen_pseudonyms_clear(&state->pseudonyms);
    nomen_mem_free(state);
    writer->state = NULL;
}

const nomen_tag_form nomen_tag_form_redacted = {
    "redacted",          .prepare = redacted_prepare, .begin = redacted_begin, .add = redacted_add,
    .end = redacted_end, .map = redacted_map,         .clear = redacted_clear};
