/*
 * Label Studio's tasks: {"data": {"text": ...}, "annotations": [{"result": [{"value": {"start", "end", "text",
 * "labels": [...]}}]}]}. Of several annotations of a task the ground truth is read, else the first that was not cancelled.
 * The list of labels is called after the tag of the labelling page (labels, hypertextlabels), and a value may stand inside
 * another. A task to import has no "annotations", but a model's "predictions" of the same form; then these are read, and
 * reported. Offsets are code points: Label Studio counts so since October 2021, and before in UTF-16 units.
 */
#include <string.h>

#include "data/documents.h"
#include "data/json_special.h"
#include "data/json_spans.h"

bool nomen_label_studio_looks_like(const json_t *record) {
    return json_is_object(json_object_get(record, "data"));
}

bool nomen_label_studio_looks_short(const json_t *record) {
    const json_t *label = json_object_get(record, "label");
    return json_is_array(label) && json_is_object(json_array_get(label, 0));
}

/* The text among a task's data: under "text", else the only string. */
static const json_t *find_text(const json_t *data, const nomen_data_options *options) {
    static const char *const keys[] = {"text", "data", "content", "sentence", NULL};
    const json_t *text = options->text_column != NULL ? json_object_get(data, options->text_column) : NULL;
    if (text != NULL) { return text; }
    for (const char *const *k = keys; *k != NULL; k++) {
        if (json_is_string(text = json_object_get(data, *k))) { return text; }
    }
    const char *key;
    json_t *value;
    size_t n = 0;
    text = NULL;
    json_object_foreach((json_t *)(uintptr_t)data, key, value) {
        if (!json_is_string(value)) { continue; }
        text = value;
        n++;
    }
    return n == 1 ? text : NULL;
}

/* The annotation to read, or NULL; *n_usable counts those that were not cancelled. */
static const json_t *choose(const json_t *annotations, size_t *n_usable) {
    const json_t *chosen = NULL;
    bool truth = false;
    *n_usable = 0;
    for (size_t i = 0; i < json_array_size(annotations); i++) {
        const json_t *annotation = json_array_get(annotations, i);
        if (!json_is_object(annotation) || json_is_true(json_object_get(annotation, "was_cancelled"))) { continue; }
        bool is_truth = json_is_true(json_object_get(annotation, "ground_truth"));
        if (chosen == NULL || (is_truth && !truth)) { chosen = annotation; }
        truth = truth || is_truth;
        ++*n_usable;
    }
    return chosen;
}

/* The span of a result: its value, or the one inside that, which has labels; NULL for what is no labelled span. */
static const json_t *find_span(const json_t *result) {
    static const char *const lists[] = {"labels", "hypertextlabels", "paragraphlabels", NULL};
    const json_t *value = json_object_get(result, "value");
    while (json_is_object(value)) {
        for (const char *const *key = lists; *key != NULL; key++) {
            if (json_array_size(json_object_get(value, *key)) > 0) { return value; }
        }
        value = json_object_get(value, "value");
    }
    return NULL;
}

static nomen_status add_results(nomen_span_text *text, const json_t *results, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; text->builder != NULL && status == NOMEN_OK && i < json_array_size(results); i++) {
        const json_t *span = find_span(json_array_get(results, i));
        if (span != NULL) {
            status = nomen_span_text_add(text, span, err);
        } else {
            nomen_builder *builder = text->builder; /* a choice, a relation, a rating, a span without label */
            nomen_note_quietly(&builder->set.notes, NOMEN_NOTE_OTHER, builder->name, builder->sentence.line,
                               "a result without labels");
        }
    }
    return status;
}

/* A task's id, else that among its data, where its document is named too. */
static nomen_status read_names(nomen_builder *builder, const json_t *task, const json_t *data, const json_t *annotations,
                               size_t line, nomen_error *err) {
    const json_t *id = json_object_get(task, "id");
    nomen_record_names names;
    nomen_status status = nomen_record_names_read(builder, data, NULL, line, &names, err);
    if (status == NOMEN_OK && names.id == NULL && json_is_integer(id)) {
        char room[32];
        int n = snprintf(room, sizeof room, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
        status = nomen_builder_name(builder, room, (size_t)n, true, err);
        if (status == NOMEN_OK) { names.id = id; }
    }
    nomen_records_note_fields(builder, data, (const json_t *const[]){find_text(data, builder->options), names.id, names.document},
                              3);
    nomen_records_note_fields(builder, task, (const json_t *const[]){data, annotations, names.id}, 3);
    return status;
}

nomen_status nomen_label_studio_read_task(nomen_json_reader *reader, const nomen_json_record *record, nomen_error *err) {
    nomen_builder *builder = reader->builder;
    const json_t *task = record->value;
    size_t line = record->line;
    const json_t *data = json_object_get(task, "data"), *annotations = json_object_get(task, "annotations");
    if (annotations == NULL) { annotations = json_object_get(task, "completions"); } /* before version 1 */
    if (annotations == NULL && json_array_size(json_object_get(task, "predictions")) > 0) {
        annotations = json_object_get(task, "predictions");
        builder->set.notes.counts[NOMEN_NOTE_PREDICTIONS]++;
    }
    size_t n_usable = 0;
    const json_t *annotation = choose(annotations, &n_usable);
    if (annotation == NULL) {
        nomen_note_quietly(&builder->set.notes, NOMEN_NOTE_NOT_ANNOTATED, builder->name, line, "the task has no annotation");
        return NOMEN_OK;
    }
    if (n_usable > 1) {
        nomen_note(&builder->set.notes, NOMEN_NOTE_ANNOTATIONS, builder->name, line, "the task has %zu annotations; one is read",
                   n_usable);
        builder->set.notes.counts[NOMEN_NOTE_ANNOTATIONS] += n_usable - 2;
    }
    nomen_span_text text = {0};
    nomen_status status = read_names(builder, task, data, annotations, line, err);
    if (status == NOMEN_OK) { status = nomen_span_text_begin(&text, reader, record, find_text(data, builder->options), err); }
    if (status == NOMEN_OK) { status = add_results(&text, json_object_get(annotation, "result"), err); }
    nomen_status ended = nomen_span_text_end(&text, status == NOMEN_OK, err);
    return status == NOMEN_OK ? ended : status;
}
