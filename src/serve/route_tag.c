/* POST /tag: texts in, entities out, each result as `nomen tag --format jsonl` writes it. */
#include "base/json_out.h"
#include "nomen/runtime.h"
#include "serve/asked_options.h"
#include "serve/handlers.h"
#include "serve/models.h"

/*
 * Bytes of text times labels that all scores are given for at a time. Words of one letter take some 36 bytes for each of these,
 * with their probabilities and the answer: 75 MB. A few requests at a time must not take a machine's memory.
 */
enum { MOST_SCORES = 2 * 1024 * 1024 };

/* Whether all scores are asked for more text than that: of one text where each is answered by itself, else of all together. */
static bool has_too_many_scores(nomen_exchange *exchange) {
    size_t n_labels = nomen_model_get_n_labels(exchange->served->model), most = MOST_SCORES / (n_labels > 0 ? n_labels : 1),
           n = 0;
    for (size_t i = 0; i < exchange->n_texts; i++) {
        n = (exchange->streams ? 0 : n) + exchange->texts[i].n_bytes;
        if (n <= most) { continue; }
        nomen_answer_error(
            &exchange->answer, 413,
            "\"all_scores\" is given for at most %zu bytes of text at a time with the %zu labels of this model; send "
            "the texts in parts, or ask for JSON lines",
            most, n_labels);
        return true;
    }
    return false;
}

nomen_status nomen_tag_begin(nomen_exchange *exchange, nomen_error *err) {
    nomen_asked *asked = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_asked_create(exchange, &asked, err));
    NOMEN_TRY(nomen_asked_read(exchange, asked, NOMEN_ASK_TAG, err));
    if (asked->n_texts > 0) {
        exchange->streams = exchange->accepted == NOMEN_MEDIA_LINES;
        nomen_asked_submit(exchange, asked);
        if (exchange->write.all_scores) { (void)has_too_many_scores(exchange); }
    } else if (exchange->accepted == NOMEN_MEDIA_LINES) {
        exchange->answer.status = 200; /* no text, no line */
        exchange->answer.type = NOMEN_TYPE_LINES;
    } else {
        NOMEN_TRY(nomen_tag_finish(exchange, err));
    }
done:
    return status;
}

/* A result as one line, without its end. *line is freed with nomen_free. */
static nomen_status write_result(const nomen_exchange *exchange, const nomen_results *results, size_t result, size_t text,
                                 nomen_tagged *tagged, char **line, size_t *n_bytes, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_results_to_tagged(results, result, &exchange->texts[text], tagged, err));
    NOMEN_TRY(nomen_tagged_to_string(tagged, NOMEN_TAG_JSONL, &exchange->write, line, n_bytes, err));
    (*n_bytes)--;
done:
    return status;
}

nomen_status nomen_tag_finish(nomen_exchange *exchange, nomen_error *err) {
    nomen_answer *answer = &exchange->answer;
    nomen_json_out json = nomen_json_start(&answer->body, err);
    nomen_tagged tagged = {0};
    nomen_status status = NOMEN_OK;
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_text(&json, "model", exchange->served->name);
    nomen_json_begin_list(&json, "results");
    for (size_t i = 0; i < exchange->n_texts; i++) {
        char *line = NULL;
        size_t n_bytes = 0;
        NOMEN_TRY(write_result(exchange, exchange->results, i, i, &tagged, &line, &n_bytes, err));
        nomen_json_add_raw(&json, NULL, line, n_bytes);
        nomen_free(line);
    }
    nomen_json_end_list(&json);
    nomen_json_end_object(&json);
    NOMEN_TRY(nomen_json_end_line(&json));
    answer->status = 200;
    answer->type = NOMEN_TYPE_JSON;
done:
    nomen_tagged_clear(&tagged);
    return status;
}

nomen_status nomen_tag_line(nomen_exchange *exchange, const nomen_results *results, size_t result, size_t text, nomen_buffer *out,
                            nomen_error *err) {
    nomen_tagged tagged = {0};
    char *line = NULL;
    size_t n_bytes = 0;
    nomen_status status;
    NOMEN_TRY(write_result(exchange, results, result, text, &tagged, &line, &n_bytes, err));
    NOMEN_TRY(nomen_buffer_append(out, line, n_bytes + 1, err));
done:
    nomen_free(line);
    nomen_tagged_clear(&tagged);
    return status;
}
