/* POST /redact: texts without their entities. One writer takes all texts of a request, so that its pseudonyms agree. */
#include "base/json_out.h"
#include "nomen/runtime.h"
#include "serve/asked_options.h"
#include "serve/handlers.h"
#include "serve/models.h"

nomen_status nomen_redact_begin(nomen_exchange *exchange, nomen_error *err) {
    nomen_asked *asked = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_asked_create(exchange, &asked, err));
    NOMEN_TRY(nomen_asked_read(exchange, asked, NOMEN_ASK_REDACT, err));
    if (exchange->request.aggregation == NOMEN_AGGREGATE_NONE) {
        NOMEN_FAIL(
            nomen_error_set(err, NOMEN_ERROR_DATA,
                            "\"aggregation\" is \"none\", but unlabelled parts of an entity would stay in the text; choose "
                            "simple, first, average or max"));
    }
    exchange->write.one_text = true; /* no line ends of the writer's own */
    exchange->write.redaction = asked->redaction;
    if (asked->n_texts > 0) {
        nomen_asked_submit(exchange, asked);
    } else {
        NOMEN_TRY(nomen_redact_finish(exchange, err));
    }
done:
    return status;
}

static nomen_status collect(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    return nomen_buffer_append(user, bytes, n_bytes, err);
}

static nomen_status add_texts(nomen_exchange *exchange, nomen_tagged_writer *writer, nomen_buffer *part, nomen_json_out *json,
                              nomen_error *err) {
    nomen_tagged tagged = {0};
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < exchange->n_texts; i++) {
        nomen_buffer_reset(part);
        NOMEN_TRY(nomen_results_to_tagged(exchange->results, i, &exchange->texts[i], &tagged, err));
        NOMEN_TRY(nomen_tagged_writer_add(writer, &tagged, err));
        NOMEN_TRY(nomen_tagged_writer_flush(writer, err));
        nomen_json_add_bytes(json, NULL, part->data != NULL ? part->data : "", part->size);
    }
done:
    nomen_tagged_clear(&tagged);
    return status;
}

/* A file's map has a line an original; an answer is one line. No string of JSON has a line end. Returns the new length. */
static size_t take_line_ends(char *map, size_t n_bytes) {
    size_t n = 0;
    for (size_t i = 0; i < n_bytes; i++) {
        if (map[i] != '\n') { map[n++] = map[i]; }
    }
    return n;
}

nomen_status nomen_redact_finish(nomen_exchange *exchange, nomen_error *err) {
    nomen_json_out json = nomen_json_start(&exchange->answer.body, err);
    nomen_tagged_writer *writer = NULL;
    nomen_buffer part = {0};
    char *map = NULL;
    size_t n_map = 0;
    nomen_status status;
    NOMEN_TRY(nomen_tagged_writer_create(NOMEN_TAG_REDACTED, &exchange->write, collect, &part, &writer, err));
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_text(&json, "model", exchange->served->name);
    nomen_json_begin_list(&json, "texts");
    NOMEN_TRY(add_texts(exchange, writer, &part, &json, err));
    nomen_json_end_list(&json);
    if (exchange->write.redaction == NOMEN_REDACT_PSEUDONYM) {
        NOMEN_TRY(nomen_tagged_writer_get_map(writer, &map, &n_map, err));
        nomen_json_add_raw(&json, "map", map, take_line_ends(map, n_map));
    }
    nomen_json_end_object(&json);
    NOMEN_TRY(nomen_json_end_line(&json));
    exchange->answer.status = 200;
    exchange->answer.type = NOMEN_TYPE_JSON;
done:
    nomen_free(map);
    nomen_tagged_writer_free(writer);
    nomen_buffer_clear(&part);
    return status;
}
