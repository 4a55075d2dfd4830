/*
 * spaCy's forms of JSON that are no plain records: pairs ["text", {"entities": [[start, end, label]]}]; the same under
 * "annotations" (the annotator's export); and version 2's "paragraphs" with "raw" and sentences of tokens that have "orth" and
 * a BILOU tag "ner".
 */
#include <string.h>

#include "data/builder_text.h"
#include "data/documents.h"
#include "data/excerpt.h"
#include "data/json_special.h"
#include "data/json_spans.h"

bool nomen_spacy_looks_like(const json_t *record) {
    if (json_is_array(record)) { return json_is_string(json_array_get(record, 0)); }
    const json_t *annotations = json_object_get(record, "annotations");
    return nomen_json_has(record, "paragraphs") ||
           (json_is_array(annotations) && !json_is_object(json_array_get(annotations, 0)) && !nomen_json_has(record, "text") &&
            !json_is_object(json_object_get(record, "data")));
}

static nomen_status read_pair(nomen_json_reader *reader, const nomen_json_record *record, const json_t *pair, nomen_error *err) {
    nomen_builder *builder = reader->builder;
    const json_t *entities = json_object_get(json_array_get(pair, 1), "entities");
    if (json_array_size(pair) != 2 || !json_is_object(json_array_get(pair, 1))) {
        return nomen_builder_fault(builder, record->line, err, "%s where [\"text\", {\"entities\": [...]}] is expected",
                                   json_is_array(pair) ? "another list" : nomen_json_kind(pair));
    }
    nomen_records_note_fields(builder, json_array_get(pair, 1), &entities, 1);
    return nomen_span_text_add_record(reader, record, json_array_get(pair, 0), entities, err);
}

/* A paragraph's tokens, found one after the other in its text. */
typedef struct paragraph {
    nomen_span_text text;
    size_t at;         /* bytes of the text after the last token */
    nomen_span entity; /* the open one; its label, NULL for none */
    const char *label;
    size_t n_label;
} paragraph;

static nomen_status close_entity(paragraph *p, nomen_error *err) {
    if (p->label == NULL || p->text.builder == NULL) { return NOMEN_OK; }
    const char *label = p->label;
    p->label = NULL;
    return nomen_builder_add_span(p->text.builder, p->entity.start, p->entity.end, label, p->n_label, err);
}

static nomen_status add_token(paragraph *p, const json_t *token, nomen_error *err) {
    nomen_builder *builder = p->text.builder;
    const json_t *orth = json_object_get(token, "orth"), *ner = json_object_get(token, "ner");
    size_t n = json_string_length(orth);
    if (builder->bad) { return NOMEN_OK; }
    nomen_records_note_fields(builder, token, (const json_t *const[]){orth, ner}, 2);
    const char *word = json_string_value(orth), *tag = json_is_string(ner) ? json_string_value(ner) : "O";
    if (n == 0) { return nomen_builder_fault(builder, builder->sentence.line, err, "a token has no \"orth\", or an empty one"); }
    const char *found = memmem(p->text.text + p->at, p->text.n_bytes - p->at, word, n);
    if (found == NULL) {
        char seen[NOMEN_EXCERPT_SIZE];
        return nomen_builder_fault(builder, builder->sentence.line, err,
                                   "the token '%s' is not in \"raw\" after the tokens before it", nomen_excerpt(seen, word, n));
    }
    size_t start = (size_t)(found - p->text.text);
    p->at = start + n;
    nomen_status status = NOMEN_OK;
    bool tagged = tag[0] != '\0' && tag[1] == '-' && tag[2] != '\0';
    bool goes_on = tagged && strchr("ILE", tag[0]) != NULL && p->label != NULL && strcmp(tag + 2, p->label) == 0;
    if (!goes_on) { NOMEN_TRY(close_entity(p, err)); }
    if (goes_on) {
        p->entity.end = p->at;
    } else if (tagged) {
        p->entity = (nomen_span){start, p->at};
        p->label = tag + 2;
        p->n_label = strlen(tag + 2);
    }
    if (tagged && strchr("LEUS", tag[0]) != NULL) { status = close_entity(p, err); }
done:
    return status;
}

/* The text of a paragraph without "raw": its tokens, joined by spaces. */
static nomen_status join_tokens(const json_t *sentences, nomen_buffer *out, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t s = 0; s < json_array_size(sentences); s++) {
        const json_t *tokens = json_object_get(json_array_get(sentences, s), "tokens");
        for (size_t i = 0; i < json_array_size(tokens); i++) {
            const json_t *orth = json_object_get(json_array_get(tokens, i), "orth");
            if (!json_is_string(orth)) { continue; }
            if (out->size > 0) { NOMEN_TRY(nomen_buffer_append_byte(out, ' ', err)); }
            NOMEN_TRY(nomen_buffer_append(out, json_string_value(orth), json_string_length(orth), err));
        }
    }
done:
    return status;
}

static nomen_status read_paragraph(nomen_json_reader *reader, const nomen_json_record *record, const json_t *value,
                                   nomen_error *err) {
    nomen_builder *builder = reader->builder;
    const json_t *raw = json_object_get(value, "raw"), *sentences = json_object_get(value, "sentences");
    nomen_buffer joined = {0};
    json_t *made = NULL;
    paragraph p = {0};
    nomen_status status = NOMEN_OK;
    if (!json_is_string(raw)) {
        NOMEN_TRY(join_tokens(sentences, &joined, err));
        made = json_stringn(joined.data != NULL ? joined.data : "", joined.size);
        if (made == NULL) { NOMEN_FAIL(nomen_error_out_of_memory(err)); }
        raw = made;
    }
    nomen_records_note_fields(builder, value, (const json_t *const[]){raw, sentences}, 2);
    NOMEN_TRY(nomen_span_text_begin(&p.text, reader, record, raw, err));
    for (size_t s = 0; p.text.builder != NULL && s < json_array_size(sentences); s++) {
        const json_t *tokens = json_object_get(json_array_get(sentences, s), "tokens");
        nomen_records_note_fields(builder, json_array_get(sentences, s), &tokens, 1);
        for (size_t i = 0; i < json_array_size(tokens); i++) { NOMEN_TRY(add_token(&p, json_array_get(tokens, i), err)); }
        NOMEN_TRY(close_entity(&p, err));
    }
done:;
    nomen_status ended = nomen_span_text_end(&p.text, status == NOMEN_OK, err);
    nomen_buffer_clear(&joined);
    json_decref(made);
    return status == NOMEN_OK ? ended : status;
}

nomen_status nomen_spacy_read_record(nomen_json_reader *reader, const nomen_json_record *record, nomen_error *err) {
    nomen_builder *builder = reader->builder;
    const json_t *value = record->value, *paragraphs = json_object_get(value, "paragraphs"),
                 *pairs = json_object_get(value, "annotations");
    nomen_status status = NOMEN_OK;
    if (json_is_array(value)) { return read_pair(reader, record, value, err); }
    if (!json_is_array(paragraphs) && !json_is_array(pairs)) {
        return nomen_builder_fault(
            builder, record->line, err,
            "%s where [\"text\", {\"entities\": [...]}] or an object with \"text\" and \"ents\" is expected",
            nomen_json_kind(value));
    }
    nomen_record_names names;
    NOMEN_TRY(nomen_record_names_read(builder, value, NULL, record->line, &names, err));
    if (json_is_array(paragraphs)) {
        nomen_records_note_fields(builder, value, (const json_t *const[]){paragraphs, names.id, names.document}, 3);
        builder->document_start = true;
        for (size_t i = 0; i < json_array_size(paragraphs); i++) {
            NOMEN_TRY(read_paragraph(reader, record, json_array_get(paragraphs, i), err));
        }
        return NOMEN_OK;
    }
    nomen_records_note_fields(builder, value, (const json_t *const[]){pairs, names.id, names.document}, 3);
    for (size_t i = 0; i < json_array_size(pairs); i++) {
        const json_t *pair = json_array_get(pairs, i);
        if (!json_is_null(pair)) { NOMEN_TRY(read_pair(reader, record, pair, err)); } /* the annotator leaves nulls */
    }
done:
    return status;
}
