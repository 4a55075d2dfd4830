/* The reader of all JSON formats; see the header. */
#include "data/json_reader.h"

#include "base/mem.h"
#include "data/documents.h"
#include "data/json_numbers.h"
#include "data/json_plan.h"
#include "data/json_records.h"
#include "data/json_spans.h"
#include "data/json_special.h"
#include "data/json_words.h"

/* A list that stands in a string as JSON; *made is the caller's, NULL after a fault. */
static nomen_status unfold(nomen_builder *builder, const nomen_json_record *record, const json_t *text, json_t **made,
                           nomen_error *err) {
    nomen_json_problem problem;
    size_t n_used = 0;
    nomen_status status = nomen_json_parse_first(json_string_value(text), json_string_length(text), made, &n_used, &problem, err);
    if (status != NOMEN_ERROR_FORMAT) { return status; }
    return nomen_builder_fault_of(builder, NOMEN_FAULT_JSON, record->line, err,
                                  "\"%s\" is a string that should contain JSON, but it is not valid (column %zu): %s",
                                  record->labels_key, problem.column, problem.text);
}

static nomen_status read_labels(nomen_json_reader *reader, nomen_json_record *record, nomen_error *err) {
    const json_t *labels = record->roles[NOMEN_JSON_ROLE_LABELS];
    json_t *made = NULL;
    nomen_status status = NOMEN_OK;
    if (record->shape->unit == NOMEN_JSON_TAGS) { return nomen_json_words_tagged(reader, record, err); }
    if (record->shape->unit == NOMEN_JSON_TOKENS) { return nomen_json_words_spanned(reader, record, err); }
    if (record->shape->embedded && json_is_string(labels)) {
        NOMEN_TRY(unfold(reader->builder, record, labels, &made, err));
        if (made == NULL) { return NOMEN_OK; }
        labels = made;
    }
    status = nomen_span_text_add_record(reader, record, record->roles[NOMEN_JSON_ROLE_TEXT], labels, err);
done:
    json_decref(made);
    return status;
}

static nomen_status read_record(nomen_json_reader *reader, const nomen_json_plan *plan, const json_t *value, size_t line,
                                nomen_error *err) {
    nomen_builder *builder = reader->builder;
    nomen_json_record record;
    nomen_record_names names;
    bool found;
    nomen_status status;
    NOMEN_TRY(nomen_json_plan_read(plan, builder, value, line, &record, &found, err));
    if (!found) { return NOMEN_OK; }
    if (record.shape->read != NULL) { return record.shape->read(reader, &record, err); }
    const json_t *text = record.roles[NOMEN_JSON_ROLE_TEXT], *words = record.roles[NOMEN_JSON_ROLE_WORDS],
                 *labels = record.roles[NOMEN_JSON_ROLE_LABELS];
    if (record.shape->unit != NOMEN_JSON_CHARACTERS && json_array_size(words) == 0 && json_array_size(labels) == 0) {
        return nomen_builder_fault_of(builder, NOMEN_FAULT_EMPTY, line, err, "the row has no tokens; remove it");
    }
    const json_t *others = record.shape->others != NULL ? json_object_get(value, record.shape->others) : NULL;
    builder->set.notes.counts[NOMEN_NOTE_OTHER] += json_array_size(others);
    NOMEN_TRY(nomen_record_names_read(builder, value, text, line, &names, err));
    nomen_records_note_fields(builder, value, (const json_t *const[]){text, words, labels, others, names.id, names.document}, 6);
    status = read_labels(reader, &record, err);
done:
    return status;
}

nomen_status nomen_json_read_records(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    nomen_json_reader reader = {.builder = builder};
    nomen_json_plan plan;
    nomen_records records;
    nomen_status status;
    nomen_records_open(&records, bytes, n_bytes);
    NOMEN_TRY(nomen_json_plan_make(&plan, builder, bytes, n_bytes, err));
    if (plan.shapes[0].shape->unit == NOMEN_JSON_TAGS) { NOMEN_TRY(nomen_json_names_read(&reader, plan.shapes[0].shape, err)); }
    while (!nomen_builder_full(builder)) {
        NOMEN_TRY(nomen_records_next(&records, builder, err));
        if (records.record == NULL) { break; }
        NOMEN_TRY(read_record(&reader, &plan, records.record, records.record_line, err));
    }
    if (builder->set.format == NOMEN_DATA_PRODIGY) { NOMEN_TRY(nomen_prodigy_end(&reader, err)); }
    if (plan.shapes[0].shape->unit == NOMEN_JSON_TOKENS && plan.shapes[0].shape->end_included) { nomen_json_words_end(&reader); }
done:
    nomen_records_close(&records);
    nomen_number_names_clear(&reader.names);
    nomen_mem_free(reader.words);
    return status;
}
