/*
 * Prodigy's tasks: "text", "spans", the "tokens" that spans refer to, and the "answer"; only an accepted one is data. A task
 * without "spans" has no entities, and a model's answer is written without an "answer". A span may have an answer of its
 * own. Recipes that ask about one span of a text (ner.teach) leave all else in it unknown (NOMEN_TAG_UNKNOWN), which is reported.
 */
#include <string.h>

#include "data/builder_text.h"
#include "data/documents.h"
#include "data/excerpt.h"
#include "data/json_special.h"
#include "data/json_spans.h"

static bool is_text(const json_t *value, const char *text) {
    return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

/* Whether a task was made by a recipe that asks about one span: no, surely, or maybe (old exports say little). */
typedef enum task_kind { WHOLE, BINARY, MAYBE_BINARY } task_kind;

static task_kind is_binary(const json_t *task, const json_t *spans, const json_t *tokens) {
    const json_t *span = json_array_get(spans, 0), *view = json_object_get(task, "_view_id");
    if (json_array_size(spans) != 1) { return WHOLE; }
    if (json_is_string(view)) { return is_text(view, "ner") || is_text(view, "classification") ? BINARY : WHOLE; }
    if (nomen_json_has(span, "token_start") && !nomen_json_has(span, "score") && !nomen_json_has(span, "priority")) {
        return WHOLE;
    }
    if (json_is_number(json_object_get(json_object_get(task, "meta"), "score")) || nomen_json_has(span, "score") ||
        nomen_json_has(span, "priority") || json_is_string(json_object_get(task, "label"))) {
        return BINARY;
    }
    return tokens == NULL ? MAYBE_BINARY : WHOLE;
}

static void note_unknown(nomen_builder *builder, size_t line) {
    nomen_note_quietly(&builder->set.notes, NOMEN_NOTE_ONE_ASKED, builder->name, line,
                       "the recipe asked about one span of the text: whether its other words are entities is unknown");
}

/* A span that was not accepted within its text. */
static void note_answer(const nomen_span_text *text, const json_t *span, bool ignored) {
    nomen_builder *builder = text->builder;
    const json_t *label = json_object_get(span, "label");
    char seen[NOMEN_EXCERPT_SIZE] = "?";
    if (json_is_string(label)) { nomen_excerpt(seen, json_string_value(label), json_string_length(label)); }
    if (ignored) {
        nomen_note(&builder->set.notes, NOMEN_NOTE_IGNORED_SPAN, builder->name, builder->sentence.line,
                   "a span (%s) was answered \"ignore\": whether its words are an entity is unknown", seen);
    } else {
        nomen_note_quietly(&builder->set.notes, NOMEN_NOTE_REJECTED_SPAN, builder->name, builder->sentence.line,
                           "a span (%s) was rejected and is not an entity", seen);
    }
}

static nomen_status add_spans(nomen_span_text *text, const json_t *spans, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (!json_is_array(spans)) { return nomen_span_text_add_all(text, spans, err); }
    for (size_t i = 0; text->builder != NULL && status == NOMEN_OK && i < json_array_size(spans); i++) {
        const json_t *span = json_array_get(spans, i), *answer = json_object_get(span, "answer");
        if (json_is_string(answer) && !is_text(answer, "accept")) {
            bool ignored = !is_text(answer, "reject");
            note_answer(text, span, ignored);
            if (ignored) { status = nomen_span_text_add_unknown(text, span, err); }
        } else {
            status = nomen_span_text_add(text, span, err);
        }
    }
    return status;
}

nomen_status nomen_prodigy_read_task(nomen_json_reader *reader, const nomen_json_record *record, nomen_error *err) {
    nomen_builder *builder = reader->builder;
    const json_t *task = record->value, *answer = json_object_get(task, "answer");
    if (json_is_string(answer) && !is_text(answer, "accept")) {
        nomen_note_quietly(&builder->set.notes, NOMEN_NOTE_NOT_ANNOTATED, builder->name, record->line,
                           "the answer is not \"accept\"");
        return NOMEN_OK;
    }
    const json_t *text = record->roles[NOMEN_JSON_ROLE_TEXT], *spans = record->roles[NOMEN_JSON_ROLE_LABELS];
    const json_t *tokens = json_object_get(task, "tokens"), *relations = json_object_get(task, "relations");
    builder->set.notes.counts[NOMEN_NOTE_OTHER] += json_array_size(relations);
    nomen_record_names names;
    nomen_status status = nomen_record_names_read(builder, task, text, record->line, &names, err);
    if (status != NOMEN_OK) { return status; }
    nomen_records_note_fields(builder, task,
                              (const json_t *const[]){text, spans, tokens, relations, answer, names.id, names.document}, 7);
    task_kind binary = json_is_string(answer) ? is_binary(task, spans, tokens) : WHOLE;
    if (json_is_string(answer)) {
        if (binary == BINARY) { note_unknown(builder, record->line); }
        reader->n_single += binary == MAYBE_BINARY;
        reader->n_whole += binary != MAYBE_BINARY;
    }
    nomen_span_text opened = {0};
    status = nomen_span_text_begin(&opened, reader, record, text, err);
    if (status == NOMEN_OK) { status = add_spans(&opened, spans, err); }
    if (status == NOMEN_OK && binary == BINARY && opened.builder != NULL) {
        status = nomen_builder_add_unknown(builder, 0, opened.n_bytes, err);
    }
    nomen_status ended = nomen_span_text_end(&opened, status == NOMEN_OK, err);
    return status == NOMEN_OK ? ended : status;
}

nomen_status nomen_prodigy_end(nomen_json_reader *reader, nomen_error *err) {
    enum { FEW = 5 }; /* tasks of one span that a whole annotation may well have, all by chance */
    if (reader->n_whole > 0 || reader->n_single < FEW) { return NOMEN_OK; }
    for (size_t i = 0; i < reader->n_single; i++) { note_unknown(reader->builder, 0); }
    return nomen_builder_unknown_beside_single(reader->builder, err);
}
