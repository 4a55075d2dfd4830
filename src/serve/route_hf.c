/*
 * POST / and /models/NAME: the interface of Hugging Face's pipeline for token classification, as its inference services have it.
 * It gives what that pipeline gives: the model's own scores, each word's best label, whatever calibration or CRF the model has,
 * which /tag uses. "word" is the part of the text, where the pipeline puts decoded subword tokens.
 */
#include <string.h>

#include "base/json_out.h"
#include "nomen/offsets.h"
#include "serve/asked.h"
#include "serve/body.h"
#include "serve/handlers.h"
#include "serve/models.h"

/* ---- the request ---- */

/* The labels (with "none") or types that are left out. O always is: nomen has no entities of it. */
static nomen_status take_ignored(nomen_asked *asked, const json_t *list, nomen_error *err) {
    const json_t *name;
    size_t i;
    bool has_o = false;
    if (list == NULL || json_is_null(list)) { return NOMEN_OK; }
    if (!json_is_array(list)) { return nomen_body_wrong(list, "ignore_labels", "a list of strings", err); }
    json_array_foreach(list, i, name) {
        if (!json_is_string(name)) {
            return nomen_error_set(err, NOMEN_ERROR_DATA, "\"ignore_labels\"[%zu] is %s; expected a string", i,
                                   nomen_body_type(name));
        }
        has_o = has_o || strcmp(json_string_value(name), "O") == 0;
    }
    if (!has_o) {
        return nomen_error_set(
            err, NOMEN_ERROR_DATA,
            "\"ignore_labels\" is without \"O\", but words outside of entities are never in the answer; add it, or "
            "ask POST /tag with \"all_scores\" for each word");
    }
    asked->ignored_labels = list;
    return NOMEN_OK;
}

static nomen_status take_parameters(nomen_exchange *exchange, nomen_asked *asked, const json_t *parameters, nomen_error *err) {
    static const char *const known[] = {"aggregation_strategy", "ignore_labels", "stride", NULL};
    const char *aggregation = "simple";
    nomen_request *request = &exchange->request;
    nomen_status status = NOMEN_OK;
    request->no_calibration = true;
    request->decoding = NOMEN_DECODE_ARGMAX;
    request->word_unit = NOMEN_WORDS_BERT; /* whatever the model was trained with */
    if (parameters != NULL && !json_is_null(parameters)) {
        if (!json_is_object(parameters)) { return nomen_body_wrong(parameters, "parameters", "an object", err); }
        NOMEN_TRY(nomen_body_check_keys(parameters, known, " in \"parameters\"", err));
        NOMEN_TRY(nomen_body_get_text(parameters, "aggregation_strategy", &aggregation, err));
        NOMEN_TRY(nomen_body_get_size(parameters, "stride", &request->overlap, err));
        NOMEN_TRY(take_ignored(asked, json_object_get(parameters, "ignore_labels"), err));
        request->overlap_given = json_is_number(json_object_get(parameters, "stride"));
    }
    NOMEN_TRY(nomen_aggregation_parse(aggregation, &request->aggregation, err));
done:
    return status;
}

nomen_status nomen_hf_begin(nomen_exchange *exchange, nomen_error *err) {
    static const char *const known[] = {"inputs", "parameters", "options", NULL};
    nomen_asked *asked = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_asked_create(exchange, &asked, err));
    NOMEN_TRY(nomen_body_parse(exchange, err));
    NOMEN_TRY(nomen_body_check_keys(exchange->json, known, "", err));
    const json_t *inputs = json_object_get(exchange->json, "inputs");
    asked->is_list = json_is_array(inputs);
    if (!asked->is_list && !json_is_string(inputs)) {
        NOMEN_FAIL(nomen_body_wrong(inputs, "inputs", "a string, or a list of strings", err));
    }
    NOMEN_TRY(take_parameters(exchange, asked, json_object_get(exchange->json, "parameters"), err));
    NOMEN_TRY(nomen_asked_take(exchange, asked, "inputs", inputs, asked->is_list, false, err));
    NOMEN_TRY(nomen_asked_find(exchange, exchange->name, err));
    if (asked->n_texts > 0) {
        nomen_asked_submit(exchange, asked);
    } else {
        NOMEN_TRY(nomen_hf_finish(exchange, err));
    }
done:
    return status;
}

/* ---- the answer ---- */

static bool is_ignored(const json_t *list, const char *name) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (strcmp(json_string_value(json_array_get(list, i)), name) == 0) { return true; }
    }
    return false;
}

static void add_entity(nomen_json_out *json, const nomen_tagged *tagged, const nomen_entity *entity,
                       const nomen_offset_map *map) {
    bool piece = tagged->aggregation == NOMEN_AGGREGATE_NONE;
    size_t end = entity->span.end < tagged->n_bytes ? entity->span.end : tagged->n_bytes;
    size_t start = entity->span.start < end ? entity->span.start : end;
    nomen_json_begin_object(json, NULL);
    nomen_json_add_text(json, piece ? "entity" : "entity_group", entity->name);
    nomen_json_add_float(json, "score", entity->score);
    if (piece) { nomen_json_add_size(json, "index", entity->index); }
    nomen_json_add_bytes(json, "word", tagged->text + start, end - start);
    nomen_json_add_size(json, "start", nomen_offset_map_from_byte(map, start));
    nomen_json_add_size(json, "end", nomen_offset_map_from_byte(map, end));
    nomen_json_end_object(json);
}

/* The entities of a text as a list. */
static nomen_status add_text(nomen_exchange *exchange, size_t text, nomen_tagged *tagged, nomen_json_out *json,
                             nomen_error *err) {
    const nomen_asked *asked = exchange->state;
    nomen_offset_map *map = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_results_to_tagged(exchange->results, text, &exchange->texts[text], tagged, err));
    NOMEN_TRY(nomen_offset_map_create(tagged->text, tagged->n_bytes, NOMEN_OFFSET_CODEPOINT, &map, err));
    nomen_json_begin_list(json, NULL);
    for (size_t i = 0; i < tagged->entities.n; i++) {
        const nomen_entity *entity = &tagged->entities.items[i];
        if (!is_ignored(asked->ignored_labels, entity->name)) { add_entity(json, tagged, entity, map); }
    }
    nomen_json_end_list(json);
done:
    nomen_offset_map_free(map);
    return status;
}

nomen_status nomen_hf_finish(nomen_exchange *exchange, nomen_error *err) {
    const nomen_asked *asked = exchange->state;
    nomen_json_out json = nomen_json_start(&exchange->answer.body, err);
    nomen_tagged tagged = {0};
    nomen_status status = NOMEN_OK;
    if (asked->is_list) { nomen_json_begin_list(&json, NULL); }
    for (size_t i = 0; i < exchange->n_texts; i++) { NOMEN_TRY(add_text(exchange, i, &tagged, &json, err)); }
    if (asked->is_list) { nomen_json_end_list(&json); }
    NOMEN_TRY(nomen_json_end_line(&json));
    exchange->answer.status = 200;
    exchange->answer.type = NOMEN_TYPE_JSON;
done:
    nomen_tagged_clear(&tagged);
    return status;
}
