/*
 * Label Studio's tasks: {"data": {"text": ...}, "annotations": [{"result": [{"value": {"start", "end", "text",
 * "labels": [...]}}]}]}, and its short export (JSON-MIN: "text" and "label" side by side). Of several annotations
 * of a task the ground truth is read, else the first that was not cancelled. The list of labels is called after the tag of
 * the labelling page (labels, hypertextlabels), and a value may stand inside another.
 * A task to import has no "annotations", but a model's "predictions" of the same form; then these are read, and told
 * of. Offsets are code points: Label Studio counts so since October 2021, and before in UTF-16 units.
 */
#include <string.h>

#include "data/documents.h"
#include "data/json_spans.h"
#include "data/format.h"

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

/* The span of a result: its value, or the one inside that, which has labels; NULL for what is no labelled span. */
static const json_t *find_span(const json_t *result) {
    const json_t *value = json_object_get(result, "value");
    while (json_is_object(value)) {
        const json_t *labels = nomen_json_list(value, nomen_json_label_lists);
        if (json_array_size(labels) > 0) { return value; }
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

/* The short form: text and spans side by side, under the names that the labelling page gives them. */
static nomen_status read_short(nomen_builder *builder, const json_t *task, size_t line, nomen_error *err) {
    const json_t *text = find_text(task), *spans = json_object_get(task, "label");
    nomen_record_names names;
    nomen_status status = nomen_record_names_take(builder, task, line, &names, err);
    if (status != NOMEN_OK) { return status; }
    nomen_records_note_fields(builder, task, (const json_t *const[]){text, spans, names.id, names.document}, 4);
    return nomen_span_text_put(builder, text, spans, line, err);
}

/* A task's id, else that among its data, where its document is named too. */
static nomen_status take_names(nomen_builder *builder, const json_t *task, const json_t *data, const json_t *annotations,
                               size_t line, nomen_error *err) {
    const json_t *id = json_object_get(task, "id");
    nomen_record_names names;
    nomen_status status = nomen_record_names_take(builder, data, line, &names, err);
    if (status == NOMEN_OK && names.id == NULL && json_is_integer(id)) {
        char room[32];
        int n = snprintf(room, sizeof room, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
        status = nomen_builder_name(builder, room, (size_t)n, true, err);
        if (status == NOMEN_OK) { names.id = id; }
    }
    nomen_records_note_fields(builder, data, (const json_t *const[]){find_text(data), names.id, names.document}, 3);
    nomen_records_note_fields(builder, task, (const json_t *const[]){data, annotations, names.id}, 3);
    return status;
}

static nomen_status read_task(nomen_builder *builder, const json_t *task, size_t line, nomen_error *err) {
    const json_t *data = json_object_get(task, "data"), *annotations = json_object_get(task, "annotations");
    if (annotations == NULL) { annotations = json_object_get(task, "completions"); } /* before version 1 */
    if (annotations == NULL && json_array_size(json_object_get(task, "predictions")) > 0) {
        annotations = json_object_get(task, "predictions");
        builder->set.notes.counts[NOMEN_NOTE_PREDICTIONS]++;
    }
    if (!json_is_object(data)) { return read_short(builder, task, line, err); }
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
    nomen_status status = take_names(builder, task, data, annotations, line, err);
    if (status == NOMEN_OK) { status = nomen_span_text_begin(&text, builder, find_text(data), line, err); }
    if (status == NOMEN_OK) { status = add_results(&text, json_object_get(annotation, "result"), err); }
    nomen_status ended = nomen_span_text_end(&text, status == NOMEN_OK, err);
    return status == NOMEN_OK ? ended : status;
}

static nomen_status read_all(nomen_builder *builder, const char *bytes, size_t n_bytes, nomen_error *err) {
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
    NOMEN_TRY(nomen_buffer_append_text(&writer->out, "]}", err));
    if (writer->prediction != NULL) {
        NOMEN_TRY(nomen_buffer_append_text(&writer->out, ",\"score\":", err));
        NOMEN_TRY(nomen_buffer_append_float(&writer->out, writer->prediction->scores[i], err));
    }
    status = nomen_buffer_append_byte(&writer->out, '}', err);
done:
    return status;
}

/* The beginning of a model's answer; its score, by which tasks can be ordered, is the mean of its spans'. */
static nomen_status begin_prediction(nomen_writer *writer, nomen_error *err) {
    const nomen_prediction *prediction = writer->prediction;
    nomen_buffer *out = &writer->out;
    double sum = 0;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(out, "},\"predictions\":[{", err));
    if (prediction->model != NULL) {
        NOMEN_TRY(nomen_buffer_append_text(out, "\"model_version\":", err));
        NOMEN_TRY(nomen_buffer_append_json(out, prediction->model, strlen(prediction->model), err));
        NOMEN_TRY(nomen_buffer_append_byte(out, ',', err));
    }
    for (size_t i = 0; i < writer->n_spans; i++) { sum += (double)prediction->scores[i]; }
    if (writer->n_spans > 0) {
        NOMEN_TRY(nomen_buffer_append_text(out, "\"score\":", err));
        NOMEN_TRY(nomen_buffer_append_float(out, (float)(sum / (double)writer->n_spans), err));
        NOMEN_TRY(nomen_buffer_append_byte(out, ',', err));
    }
    status = nomen_buffer_append_text(out, "\"result\":[", err);
done:
    return status;
}

/* A number is the task's own id; a text, which it can't be, stands among the data. */
static nomen_status put_id(nomen_writer *writer, size_t sentence, const char *before, const char *behind, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(&writer->out, before, err));
    NOMEN_TRY(nomen_writer_put_name(writer, sentence, err));
    status = nomen_buffer_append_text(&writer->out, behind, err);
done:
    return status;
}

nomen_status nomen_label_studio_put(nomen_writer *writer, size_t s, nomen_error *err) {
    nomen_buffer *out = &writer->out;
    nomen_status status;
    NOMEN_TRY(nomen_writer_places(writer, s, err));
    const nomen_sentence *sentence = &writer->set->sentences[s];
    bool numbered = sentence->name_size > 0 && sentence->name_is_number, named = sentence->name_size > 0 && !numbered;
    NOMEN_TRY(nomen_buffer_append_text(out, "{", err));
    NOMEN_TRY(numbered ? put_id(writer, s, "\"id\":", ",", err) : NOMEN_OK);
    NOMEN_TRY(nomen_writer_put_meta(writer, s, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "\"data\":{\"text\":", err));
    NOMEN_TRY(nomen_writer_put_text(writer, s, err));
    NOMEN_TRY(named ? put_id(writer, s, ",\"id\":", "", err) : NOMEN_OK);
    NOMEN_TRY(writer->prediction != NULL ? begin_prediction(writer, err)
                                         : nomen_buffer_append_text(out, "},\"annotations\":[{\"result\":[", err));
    for (size_t i = 0; i < writer->n_spans; i++) { NOMEN_TRY(write_result(writer, s, i, err)); }
    NOMEN_TRY(nomen_buffer_append_text(out, "]}]}", err));
done:
    return status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    return nomen_writer_put_all(writer, true, nomen_label_studio_put, err);
}

static bool looks_like(const nomen_probe *probe) {
    const json_t *label = json_object_get(probe->json, "label");
    return json_is_object(json_object_get(probe->json, "data")) || (json_is_array(label) && json_is_object(json_array_get(label, 0)));
}

const nomen_format nomen_format_label_studio = {
    .format = NOMEN_DATA_LABEL_STUDIO, .key = "label-studio", .name = "Label Studio", .suffix = "",
    .holds = NOMEN_HOLDS_SPANS | NOMEN_HOLDS_SPACING | NOMEN_HOLDS_NAMES | NOMEN_HAS_VALUES,
    .advice = "add texts with their annotations", .looks_like = looks_like, .read = read_all, .write = write_all};
