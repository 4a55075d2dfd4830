/*
 * Label Studio's tasks: {"data": {"text": ...}, "annotations": [{"result": [{"value": {"start", "end", "text",
 * "labels": [...]}}]}]}, and its short export (JSON-MIN: "text" and "label" side by side). Of several annotations
 * of a task the ground truth is read, else the first that was not cancelled.
 */
#include <string.h>

#include "data/documents.h"
#include "data/json_spans.h"
#include "data/readers.h"

/* The text among a task's data: under "text", else the only string. */
static const json_t *find_text(const json_t *data) {
    const json_t *text = nomen_json_string(data, nomen_json_text_keys);
    if (text != NULL) { return text; }
    const char *key;
    json_t *value;
    size_t n = 0;
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

static nomen_status add_results(nomen_span_text *text, const json_t *results, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; text->builder != NULL && status == NOMEN_OK && i < json_array_size(results); i++) {
        const json_t *value = json_object_get(json_array_get(results, i), "value");
        if (json_is_array(json_object_get(value, "labels"))) {
            status = nomen_span_text_add(text, value, err);
        } else {
            text->builder->set.notes.counts[NOMEN_NOTE_OTHER]++; /* a choice, a relation, a rating */
        }
    }
    return status;
}

static nomen_status read_task(nomen_builder *builder, const json_t *task, size_t line, nomen_error *err) {
    const json_t *data = json_object_get(task, "data"), *annotations = json_object_get(task, "annotations");
    if (annotations == NULL) { annotations = json_object_get(task, "completions"); } /* before version 1 */
    if (!json_is_object(data)) {
        return nomen_span_text_put(builder, find_text(task), json_object_get(task, "label"), line, err);
    }
    size_t n_usable = 0;
    const json_t *annotation = choose(annotations, &n_usable);
    if (annotation == NULL) {
        builder->set.notes.counts[NOMEN_NOTE_NOT_ANNOTATED]++;
        return NOMEN_OK;
    }
    if (n_usable > 1) {
        nomen_note(&builder->set.notes, NOMEN_NOTE_ANNOTATIONS, builder->name, line, "the task has %zu annotations; one is read",
                   n_usable);
        builder->set.notes.counts[NOMEN_NOTE_ANNOTATIONS] += n_usable - 2;
    }
    nomen_span_text text = {0};
    bool in_document = false;
    nomen_status status = nomen_document_of_record(builder, data, line, &in_document, err);
    if (status == NOMEN_OK) { status = nomen_span_text_begin(&text, builder, find_text(data), line, err); }
    if (status == NOMEN_OK) { status = add_results(&text, json_object_get(annotation, "result"), err); }
    nomen_status ended = nomen_span_text_end(&text, status == NOMEN_OK, err);
    return status == NOMEN_OK ? ended : status;
}

nomen_status nomen_label_studio_read(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
    return nomen_records_read(builder, bytes, n_bytes, read_task, err);
}

static nomen_status write_result(nomen_writer *writer, size_t sentence, size_t i, nomen_error *err) {
    const nomen_gold_span *span = &writer->spans[i];
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(&writer->out, err, "%s{\"from_name\":\"label\",\"to_name\":\"text\",\"type\":\"labels\","
                                  "\"value\":{\"start\":%zu,\"end\":%zu,\"text\":", i > 0 ? "," : "",
                                  writer->places[i].start, writer->places[i].end));
    NOMEN_TRY(nomen_buffer_append_json(&writer->out, nomen_sentence_text(writer->set, sentence) + span->start,
                                       span->end - span->start, err));
    NOMEN_TRY(nomen_buffer_append_text(&writer->out, ",\"labels\":[", err));
    NOMEN_TRY(nomen_writer_put_label(writer, i, err));
    status = nomen_buffer_append_text(&writer->out, "]}}", err);
done:
    return status;
}

nomen_status nomen_label_studio_write(nomen_writer *writer, nomen_error *err) {
    nomen_buffer *out = &writer->out;
    nomen_status status = NOMEN_OK;
    for (size_t s = 0; s < writer->set->n_sentences; s++) {
        NOMEN_TRY(nomen_writer_places(writer, s, err));
        NOMEN_TRY(nomen_buffer_append_text(out, s > 0 ? ",\n{\"data\":{\"text\":" : "[{\"data\":{\"text\":", err));
        NOMEN_TRY(nomen_writer_put_text(writer, s, err));
        NOMEN_TRY(nomen_buffer_append_text(out, "},\"annotations\":[{\"result\":[", err));
        for (size_t i = 0; i < writer->n_spans; i++) { NOMEN_TRY(write_result(writer, s, i, err)); }
        NOMEN_TRY(nomen_buffer_append_text(out, "]}]}", err));
        NOMEN_TRY(nomen_writer_flush(writer, err));
    }
    status = nomen_buffer_append_text(out, "]\n", err);
done:
    return status;
}
