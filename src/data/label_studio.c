/* Label Studio's tasks, as they are written; how they are read is in label_studio_read.c and json_shapes.c. */
#include "data/format.h"
#include "data/json_reader.h"
#include "data/json_write.h"

static void add_result(nomen_json_out *json, const nomen_writer *writer, size_t sentence, size_t i) {
    const nomen_gold_span *span = &writer->spans[i];
    nomen_json_begin_object(json, NULL);
    nomen_json_add_text(json, "from_name", "label");
    nomen_json_add_text(json, "to_name", "text");
    nomen_json_add_text(json, "type", "labels");
    nomen_json_begin_object(json, "value");
    nomen_json_add_size(json, "start", writer->places[i].start);
    nomen_json_add_size(json, "end", writer->places[i].end);
    nomen_json_add_bytes(json, "text", nomen_sentence_text(writer->set, sentence) + span->start, span->end - span->start);
    nomen_json_begin_list(json, "labels");
    nomen_writer_add_label(json, NULL, writer, i);
    nomen_json_end_list(json);
    nomen_json_end_object(json);
    if (writer->prediction != NULL) { nomen_json_add_float(json, "score", writer->prediction->scores[i]); }
    nomen_json_end_object(json);
}

/* Whose answer it is; its score, by which tasks can be ordered, is the mean of its spans'. */
static void add_prediction(nomen_json_out *json, const nomen_writer *writer) {
    double sum = 0;
    if (writer->prediction->model != NULL) { nomen_json_add_text(json, "model_version", writer->prediction->model); }
    for (size_t i = 0; i < writer->n_spans; i++) { sum += (double)writer->prediction->scores[i]; }
    if (writer->n_spans > 0) { nomen_json_add_float(json, "score", (float)(sum / (double)writer->n_spans)); }
}

nomen_status nomen_label_studio_write_text(nomen_writer *writer, size_t s, nomen_error *err) {
    nomen_json_out json = nomen_json_start(&writer->out, err);
    const nomen_sentence *sentence = &writer->set->sentences[s];
    /* A number is the task's own id; a text, which it can't be, stands among the data. */
    bool numbered = sentence->name_size > 0 && sentence->name_is_number, named = sentence->name_size > 0 && !numbered;
    nomen_status status = nomen_writer_places(writer, s, err);
    if (status != NOMEN_OK) { return status; }
    nomen_json_begin_object(&json, NULL);
    if (numbered) { nomen_writer_add_name(&json, "id", writer, s); }
    nomen_writer_add_meta(&json, writer, s);
    nomen_json_begin_object(&json, "data");
    nomen_writer_add_text(&json, "text", writer, s);
    if (named) { nomen_writer_add_name(&json, "id", writer, s); }
    nomen_json_end_object(&json);
    nomen_json_begin_list(&json, writer->prediction != NULL ? "predictions" : "annotations");
    nomen_json_begin_object(&json, NULL);
    if (writer->prediction != NULL) { add_prediction(&json, writer); }
    nomen_json_begin_list(&json, "result");
    for (size_t i = 0; i < writer->n_spans; i++) { add_result(&json, writer, s, i); }
    nomen_json_end_list(&json);
    nomen_json_end_object(&json);
    nomen_json_end_list(&json);
    nomen_json_end_object(&json);
    return json.status;
}

static nomen_status write_all(nomen_writer *writer, nomen_error *err) {
    return nomen_writer_write_all(writer, true, nomen_label_studio_write_text, err);
}

const nomen_format nomen_format_label_studio = {.format = NOMEN_DATA_LABEL_STUDIO,
                                                .key = "label-studio",
                                                .name = "Label Studio",
                                                .suffix = "",
                                                .holds = NOMEN_HOLDS_SPANS | NOMEN_HOLDS_SPACING | NOMEN_HOLDS_NAMES,
                                                .has = NOMEN_HAS_VALUES,
                                                .advice = "add texts with their annotations",
                                                .read = nomen_json_read_records,
                                                .write = write_all};
