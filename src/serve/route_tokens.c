/* POST /tokenize and /decode: texts to subword tokens, and ids to texts. */
#include "base/json_out.h"
#include "base/mem.h"
#include "nomen/offsets.h"
#include "nomen/runtime.h"
#include "serve/asked.h"
#include "serve/body.h"
#include "serve/handlers.h"
#include "serve/models.h"

/* A byte of text can become a subword token, which takes 30 bytes in memory and as many in the answer. */
static const size_t most_text = (size_t)4 << 20;

/* ---- tokenize ---- */

static void add_columns(nomen_json_out *json, const nomen_tokenizer *tokenizer, const nomen_encoding *encoding,
                        const nomen_offset_map *map) {
    nomen_json_begin_object(json, NULL);
    nomen_json_begin_list(json, "ids");
    for (size_t i = 0; i < encoding->n_pieces; i++) { nomen_json_add_int(json, NULL, encoding->ids[i]); }
    nomen_json_end_list(json);
    nomen_json_begin_list(json, "tokens");
    for (size_t i = 0; i < encoding->n_pieces; i++) {
        nomen_json_add_text(json, NULL, nomen_tokenizer_get_token(tokenizer, encoding->ids[i]));
    }
    nomen_json_end_list(json);
    nomen_json_begin_list(json, "offsets");
    for (size_t i = 0; i < encoding->n_pieces; i++) {
        nomen_json_add_pair(json, NULL, nomen_offset_map_from_byte(map, encoding->offsets[i].start),
                            nomen_offset_map_from_byte(map, encoding->offsets[i].end));
    }
    nomen_json_end_list(json);
    nomen_json_begin_list(json, "word_ids");
    for (size_t i = 0; i < encoding->n_pieces; i++) {
        if (encoding->word_ids[i] < 0) {
            nomen_json_add_null(json, NULL);
        } else {
            nomen_json_add_int(json, NULL, encoding->word_ids[i]);
        }
    }
    nomen_json_end_list(json);
    nomen_json_end_object(json);
}

static nomen_status add_text(const nomen_tokenizer *tokenizer, const nomen_text *text, bool special, nomen_offset_unit unit,
                             nomen_encoding *encoding, nomen_json_out *json, nomen_error *err) {
    nomen_offset_map *map = NULL;
    nomen_status status;
    if (text->words != NULL) {
        NOMEN_TRY(nomen_tokenizer_encode_words(tokenizer, text->text, text->n_bytes, text->words, text->n_words, encoding, err));
    } else {
        NOMEN_TRY(nomen_tokenizer_encode(tokenizer, text->text, text->n_bytes, encoding, err));
    }
    if (special) { NOMEN_TRY(nomen_tokenizer_add_special(tokenizer, encoding, err)); }
    NOMEN_TRY(nomen_offset_map_create(text->text, text->n_bytes, unit, &map, err));
    add_columns(json, tokenizer, encoding, map);
done:
    nomen_offset_map_free(map);
    return status;
}

/* Reads the request; its texts are in `asked`. */
static nomen_status read_texts(nomen_exchange *exchange, nomen_asked *asked, bool *special, nomen_offset_unit *unit,
                               nomen_error *err) {
    static const char *const known[] = {"text", "texts", "model", "special_tokens", "unit", NULL};
    const char *name = NULL;
    size_t n_bytes = 0;
    nomen_status status;
    NOMEN_TRY(nomen_body_parse(exchange, err));
    NOMEN_TRY(nomen_body_check_keys(exchange->json, known, "", err));
    NOMEN_TRY(nomen_body_get_text(exchange->json, "model", &asked->model, err));
    NOMEN_TRY(nomen_body_get_bool(exchange->json, "special_tokens", special, err));
    NOMEN_TRY(nomen_body_get_text(exchange->json, "unit", &name, err));
    if (name != NULL) { NOMEN_TRY(nomen_offset_unit_parse(name, unit, err)); }
    NOMEN_TRY(nomen_asked_take_either(exchange, asked, true, err));
    for (size_t i = 0; i < asked->n_texts; i++) { n_bytes += asked->texts[i].n_bytes; }
    if (n_bytes > most_text) {
        NOMEN_FAIL(nomen_refuse(exchange, err, 413,
                                "the texts have %zu bytes, and at most %zu are tokenized in one request; send several", n_bytes,
                                most_text));
    }
    NOMEN_TRY(nomen_asked_find(exchange, asked->model, err));
done:
    return status;
}

nomen_status nomen_tokenize_begin(nomen_exchange *exchange, nomen_error *err) {
    nomen_json_out json = nomen_json_start(&exchange->answer.body, err);
    nomen_asked *asked = NULL;
    nomen_encoding encoding = {0};
    nomen_offset_unit unit = NOMEN_OFFSET_CODEPOINT;
    bool special = true;
    nomen_status status;
    NOMEN_TRY(nomen_asked_create(exchange, &asked, err));
    NOMEN_TRY(read_texts(exchange, asked, &special, &unit, err));
    const nomen_tokenizer *tokenizer = nomen_model_get_tokenizer(exchange->served->model);
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_text(&json, "model", exchange->served->name);
    nomen_json_begin_list(&json, "results");
    for (size_t i = 0; i < asked->n_texts; i++) {
        NOMEN_TRY(add_text(tokenizer, &asked->texts[i], special, unit, &encoding, &json, err));
    }
    nomen_json_end_list(&json);
    nomen_json_end_object(&json);
    NOMEN_TRY(nomen_json_end_line(&json));
    exchange->answer.status = 200;
    exchange->answer.type = NOMEN_TYPE_JSON;
done:
    nomen_encoding_clear(&encoding);
    return status;
}

/* ---- decode ---- */

/* A list of ids, as text. `where` is what it is called in messages. */
static nomen_status add_decoded(const nomen_tokenizer *tokenizer, const json_t *list, const char *where, bool skip_special,
                                nomen_json_out *json, nomen_error *err) {
    int32_t *ids = NULL;
    char *text = NULL;
    size_t n_bytes = 0, i, size = nomen_tokenizer_get_size(tokenizer);
    const json_t *value;
    nomen_status status;
    NOMEN_TRY(NOMEN_NEW(ids, json_array_size(list), err));
    json_array_foreach(list, i, value) {
        int64_t id = 0;
        if (!nomen_body_whole(value, &id)) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_DATA, "%s[%zu] is %s; expected an id", where, i, nomen_body_type(value)));
        }
        if (id < 0 || (uint64_t)id >= size) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_DATA, "%s[%zu] is %lld; the model's ids are 0 to %zu", where, i,
                                       (long long)id, size - 1));
        }
        ids[i] = (int32_t)id;
    }
    NOMEN_TRY(nomen_tokenizer_decode(tokenizer, ids, json_array_size(list), skip_special, &text, &n_bytes, err));
    nomen_json_add_bytes(json, NULL, text, n_bytes);
done:
    nomen_free(text);
    nomen_mem_free(ids);
    return status;
}

/* Reads the request: *ids is its list, which holds lists of ids where *nested. */
static nomen_status read_ids(nomen_exchange *exchange, const json_t **ids, bool *nested, bool *skip_special, nomen_error *err) {
    static const char *const known[] = {"ids", "model", "skip_special_tokens", NULL};
    const char *model = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_body_parse(exchange, err));
    NOMEN_TRY(nomen_body_check_keys(exchange->json, known, "", err));
    NOMEN_TRY(nomen_body_get_text(exchange->json, "model", &model, err));
    NOMEN_TRY(nomen_body_get_bool(exchange->json, "skip_special_tokens", skip_special, err));
    *ids = json_object_get(exchange->json, "ids");
    if (!json_is_array(*ids)) { NOMEN_FAIL(nomen_body_wrong(*ids, "ids", "a list of ids, or a list of such lists", err)); }
    *nested = json_is_array(json_array_get(*ids, 0));
    NOMEN_TRY(nomen_asked_find(exchange, model, err));
done:
    return status;
}

nomen_status nomen_decode_begin(nomen_exchange *exchange, nomen_error *err) {
    nomen_json_out json = nomen_json_start(&exchange->answer.body, err);
    const json_t *ids = NULL, *list;
    bool nested = false, skip_special = true;
    size_t i;
    nomen_status status;
    NOMEN_TRY(read_ids(exchange, &ids, &nested, &skip_special, err));
    const nomen_tokenizer *tokenizer = nomen_model_get_tokenizer(exchange->served->model);
    nomen_json_begin_object(&json, NULL);
    nomen_json_begin_list(&json, "texts");
    if (!nested) { NOMEN_TRY(add_decoded(tokenizer, ids, "\"ids\"", skip_special, &json, err)); }
    for (i = 0; nested && i < json_array_size(ids); i++) {
        char where[40];
        snprintf(where, sizeof where, "\"ids\"[%zu]", i);
        list = json_array_get(ids, i);
        if (!json_is_array(list)) {
            NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_DATA, "%s is %s; expected a list of ids, as the others", where,
                                       nomen_body_type(list)));
        }
        NOMEN_TRY(add_decoded(tokenizer, list, where, skip_special, &json, err));
    }
    nomen_json_end_list(&json);
    nomen_json_end_object(&json);
    NOMEN_TRY(nomen_json_end_line(&json));
    exchange->answer.status = 200;
    exchange->answer.type = NOMEN_TYPE_JSON;
done:
    return status;
}
