/* Label Studio's tasks, as they are written; how they are read is in label_studio_read.c and json_shapes.c. */
#include <string.h>

#include "data/format.h"
#include "data/json_reader.h"
#include "data/json_write.h"

static nomen_status write_result(nomen_writer *writer, size_t sentence, size_t i, nomen_error *err) {
    const nomen_gold_span *span = &writer->spans[i];
    nomen_status status;
    NOMEN_TRY(nomen_buffer_printf(&writer->out, err,
                                  "%s{\"from_name\":\"label\",\"to_name\":\"text\",\"type\":\"labels\","
                                  "\"value\":{\"start\":%zu,\"end\":%zu,\"text\":",
                                  i > 0 ? "," : "", writer->places[i].start, writer->places[i].end));
    NOMEN_TRY(nomen_buffer_append_json(&writer->out, nomen_sentence_text(writer->set, sentence) + span->start,
                                       span->end - span->start, err));
    NOMEN_TRY(nomen_buffer_append_text(&writer->out, ",\"labels\":[", err));
    NOMEN_TRY(nomen_writer_append_label(writer, i, err));
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
static nomen_status append_id(nomen_writer *writer, size_t sentence, const char *before, const char *behind, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(&writer->out, before, err));
    NOMEN_TRY(nomen_writer_append_name(writer, sentence, err));
    status = nomen_buffer_append_text(&writer->out, behind, err);
done:
    return status;
}

nomen_status nomen_label_studio_write_text(nomen_writer *writer, size_t s, nomen_error *err) {
    nomen_buffer *out = &writer->out;
    nomen_status status;
    NOMEN_TRY(nomen_writer_places(writer, s, err));
    const nomen_sentence *sentence = &writer->set->sentences[s];
    bool numbered = sentence->name_size > 0 && sentence->name_is_number, named = sentence->name_size > 0 && !numbered;
    NOMEN_TRY(nomen_buffer_append_text(out, "{", err));
    NOMEN_TRY(numbered ? append_id(writer, s, "\"id\":", ",", err) : NOMEN_OK);
    NOMEN_TRY(nomen_writer_append_meta(writer, s, err));
    NOMEN_TRY(nomen_buffer_append_text(out, "\"data\":{\"text\":", err));
    NOMEN_TRY(nomen_writer_append_text(writer, s, err));
    NOMEN_TRY(named ? append_id(writer, s, ",\"id\":", "", err) : NOMEN_OK);
    NOMEN_TRY(writer->prediction != NULL ? begin_prediction(writer, err)
                                         : nomen_buffer_append_text(out, "},\"annotations\":[{\"result\":[", err));
    for (size_t i = 0; i < writer->n_spans; i++) { NOMEN_TRY(write_result(writer, s, i, err)); }
    NOMEN_TRY(nomen_buffer_append_text(out, "]}]}", err));
done:
    return status;
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
