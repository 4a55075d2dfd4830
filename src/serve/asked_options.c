/* Options of /tag and /redact; see the header. */
#include "serve/asked_options.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "serve/body.h"
#include "serve/service.h"

/* How an option of a query, which is a text, becomes what a body has. */
typedef enum option_kind { KIND_TEXT, KIND_NAMES, KIND_BOOL, KIND_NUMBER } option_kind;

typedef struct option {
    const char *name;
    option_kind kind;
    unsigned which; /* who takes it */
} option;

enum { EITHER = NOMEN_ASK_TAG | NOMEN_ASK_REDACT };

static const option options[] = {
    {"model", KIND_TEXT, EITHER},
    {"aggregation", KIND_TEXT, EITHER},
    {"words", KIND_TEXT, EITHER},
    {"decode", KIND_TEXT, EITHER},
    {"repair", KIND_TEXT, EITHER},
    {"threshold", KIND_TEXT, EITHER},
    {"calibration", KIND_BOOL, EITHER},
    {"types", KIND_NAMES, EITHER},
    {"ignore_types", KIND_NAMES, EITHER},
    {"offsets", KIND_TEXT, NOMEN_ASK_TAG},
    {"all_scores", KIND_BOOL, NOMEN_ASK_TAG},
    {"windows", KIND_BOOL, NOMEN_ASK_TAG},
    {"stride", KIND_NUMBER, EITHER},
    {"timeout", KIND_NUMBER, EITHER},
    {"redact", KIND_TEXT, NOMEN_ASK_REDACT},
};
enum { N_OPTIONS = sizeof options / sizeof *options };

/* ---- from a body ---- */

static nomen_status check_keys(const json_t *object, unsigned which, nomen_error *err) {
    const char *known[N_OPTIONS + 3] = {"text", "texts"};
    size_t n = 2;
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if ((options[i].which & which) != 0) { known[n++] = options[i].name; }
    }
    return nomen_body_check_keys(object, known, "", err);
}

/* ---- from a query ---- */

static nomen_status unknown_parameter(const char *name, size_t n, unsigned which, nomen_error *err) {
    nomen_buffer known = {0};
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if ((options[i].which & which) == 0) { continue; }
        NOMEN_TRY(nomen_buffer_printf(&known, err, "%s%s", known.size > 0 ? ", " : "", options[i].name));
    }
    status = nomen_error_set(err, NOMEN_ERROR_DATA, "unknown parameter \"%.*s\" of the query; known are %s",
                             (int)(n < 60 ? n : 60), name, known.data);
done:
    nomen_buffer_clear(&known);
    return status;
}

/* "a,b" as a list; NULL where memory is out. */
static json_t *list_of(const char *text) {
    json_t *list = json_array();
    for (size_t n; list != NULL; text += n + 1) {
        n = strcspn(text, ",");
        if (json_array_append_new(list, json_stringn(text, n)) != 0) {
            json_decref(list);
            return NULL;
        }
        if (text[n] == '\0') { break; }
    }
    return list;
}

/* The value that a body would have. NULL: memory is out, or the text is none of the kind, which *expected says. */
static json_t *value_of(option_kind kind, const char *text, const char **expected) {
    double number = 0;
    switch (kind) {
    case KIND_TEXT: return json_string(text);
    case KIND_NAMES: return list_of(text);
    case KIND_BOOL:
        if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0) { return json_true(); }
        if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0) { return json_false(); }
        *expected = "true or false";
        return NULL;
    case KIND_NUMBER: break;
    }
    if (!nomen_number_parse(text, &number) || !isfinite(number)) {
        *expected = "a number";
        return NULL;
    }
    return number == floor(number) && fabs(number) < 1e15 ? json_integer((json_int_t)number) : json_real(number);
}

static nomen_status add_parameter(nomen_exchange *exchange, const char *name, size_t n, unsigned which, nomen_error *err) {
    const option *found = NULL;
    const char *expected = NULL;
    char *text = NULL;
    nomen_status status;
    for (size_t i = 0; i < N_OPTIONS; i++) {
        bool same = strlen(options[i].name) == n && memcmp(options[i].name, name, n) == 0;
        if (same && (options[i].which & which) != 0) { found = &options[i]; }
    }
    if (found == NULL) { return unknown_parameter(name, n, which, err); }
    if (json_object_get(exchange->json, found->name) != NULL) {
        return nomen_error_set(err, NOMEN_ERROR_DATA, "the query has \"%s\" more than once", found->name);
    }
    status = nomen_exchange_query(exchange, found->name, &text, err);
    if (status == NOMEN_ERROR_FORMAT) {
        NOMEN_FAIL(nomen_refuse(exchange, err, 400,
                                "the query's \"%s\" has an escape that is none; write %%XX with two hexadecimal "
                                "digits",
                                found->name));
    }
    if (status != NOMEN_OK) { goto done; }
    json_t *value = value_of(found->kind, text != NULL ? text : "", &expected);
    if (value == NULL) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_DATA, "the query's \"%s\" is \"%.60s\"; expected %s", found->name,
                                   text != NULL ? text : "", expected != NULL ? expected : "UTF-8"));
    }
    if (json_object_set_new(exchange->json, found->name, value) != 0) { NOMEN_FAIL(nomen_error_memory(err, 1, sizeof *value)); }
done:
    nomen_mem_free(text);
    return status;
}

/* The query as the object that a body would be. */
static nomen_status read_query(nomen_exchange *exchange, unsigned which, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    exchange->json = json_object();
    if (exchange->json == NULL) { return nomen_error_memory(err, 1, sizeof *exchange->json); }
    for (const char *at = exchange->query; at != NULL && *at != '\0';) {
        size_t n = strcspn(at, "&");
        if (n > 0) { NOMEN_TRY(add_parameter(exchange, at, strcspn(at, "=&"), which, err)); }
        at += n + (at[n] == '&');
    }
done:
    return status;
}

/* ---- what they mean ---- */

/* "0.9", "per=0.9,geo=0.5", or {"per": 0.9}, as nomen_request has it. */
static nomen_status take_threshold(nomen_asked *asked, nomen_request *request, const json_t *value, nomen_error *err) {
    nomen_buffer *out = &asked->thresholds;
    nomen_status status = NOMEN_OK;
    if (value == NULL || json_is_null(value)) { return NOMEN_OK; }
    if (json_is_string(value)) {
        if (strlen(json_string_value(value)) != json_string_length(value)) {
            return nomen_error_set(err, NOMEN_ERROR_DATA, "\"threshold\" has a NUL character");
        }
        if (json_string_length(value) == 0) {
            return nomen_error_set(err, NOMEN_ERROR_DATA,
                                   "\"threshold\" is empty; expected a number, \"per=0.9,geo=0.5\" or {\"per\": 0.9}");
        }
        NOMEN_TRY(nomen_buffer_append_text(out, json_string_value(value), err));
    } else if (json_is_number(value)) {
        NOMEN_TRY(nomen_buffer_append_number(out, json_number_value(value), err));
    } else if (json_is_object(value)) {
        void *at = json_object_iter((json_t *)(uintptr_t)value);
        for (; at != NULL; at = json_object_iter_next((json_t *)(uintptr_t)value, at)) {
            const char *type = json_object_iter_key(at);
            const json_t *number = json_object_iter_value(at);
            if (*type == '\0' || strpbrk(type, ",=") != NULL || !json_is_number(number)) {
                NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_DATA,
                                           "\"threshold\" has \"%.60s\", which is %s; expected a type of the "
                                           "model and a number from 0 to 1",
                                           type, nomen_body_type(number)));
            }
            NOMEN_TRY(nomen_buffer_printf(out, err, "%s%s=", out->size > 0 ? "," : "", type));
            NOMEN_TRY(nomen_buffer_append_number(out, json_number_value(number), err));
        }
    } else {
        NOMEN_FAIL(nomen_body_wrong(value, "threshold", "a number, \"per=0.9,geo=0.5\" or {\"per\": 0.9}", err));
    }
    if (out->size > 0) { request->thresholds = out->data; }
done:
    return status;
}

/* The options that have names of their own for their values. */
static nomen_status take_names(nomen_exchange *exchange, nomen_asked *asked, const json_t *object, nomen_error *err) {
    nomen_request *request = &exchange->request;
    const char *aggregation = NULL, *words = NULL, *decode = NULL, *repair = NULL, *offsets = NULL, *redact = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_body_get_text(object, "aggregation", &aggregation, err));
    NOMEN_TRY(nomen_body_get_text(object, "words", &words, err));
    NOMEN_TRY(nomen_body_get_text(object, "decode", &decode, err));
    NOMEN_TRY(nomen_body_get_text(object, "repair", &repair, err));
    NOMEN_TRY(nomen_body_get_text(object, "offsets", &offsets, err));
    NOMEN_TRY(nomen_body_get_text(object, "redact", &redact, err));
    if (aggregation != NULL) { NOMEN_TRY(nomen_aggregation_parse(aggregation, &request->aggregation, err)); }
    if (words != NULL) { NOMEN_TRY(nomen_word_unit_parse(words, &request->word_unit, err)); }
    if (decode != NULL) { NOMEN_TRY(nomen_decoding_parse(decode, &request->decoding, err)); }
    if (repair != NULL) { NOMEN_TRY(nomen_repair_parse(repair, &request->repair, err)); }
    if (offsets != NULL) { NOMEN_TRY(nomen_offset_unit_parse(offsets, &exchange->write.offsets, err)); }
    if (redact != NULL) { NOMEN_TRY(nomen_redaction_parse(redact, &asked->redaction, err)); }
done:
    return status;
}

static nomen_status take_lists(nomen_exchange *exchange, nomen_asked *asked, const json_t *object, nomen_error *err) {
    const json_t *types = json_object_get(object, "types");
    nomen_status status;
    if (json_is_array(types) && json_array_size(types) == 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_DATA, "\"types\" is empty; name types, or leave it out for all of them"));
    }
    NOMEN_TRY(nomen_body_get_names(object, "types", &asked->types, err));
    NOMEN_TRY(nomen_body_get_names(object, "ignore_types", &asked->ignored_types, err));
    if (asked->types.size > 0) { exchange->request.types = asked->types.data; }
    if (asked->ignored_types.size > 0) { exchange->request.ignored_types = asked->ignored_types.data; }
    NOMEN_TRY(take_threshold(asked, &exchange->request, json_object_get(object, "threshold"), err));
done:
    return status;
}

static nomen_status take_options(nomen_exchange *exchange, nomen_asked *asked, nomen_error *err) {
    const json_t *object = exchange->json;
    nomen_request *request = &exchange->request;
    bool calibration = true;
    double timeout = 0;
    nomen_status status;
    NOMEN_TRY(nomen_body_get_text(object, "model", &asked->model, err));
    NOMEN_TRY(take_names(exchange, asked, object, err));
    NOMEN_TRY(take_lists(exchange, asked, object, err));
    NOMEN_TRY(nomen_body_get_bool(object, "calibration", &calibration, err));
    NOMEN_TRY(nomen_body_get_bool(object, "all_scores", &exchange->write.all_scores, err));
    NOMEN_TRY(nomen_body_get_bool(object, "windows", &request->windows, err));
    NOMEN_TRY(nomen_body_get_size(object, "stride", &request->overlap, err));
    NOMEN_TRY(nomen_body_get_number(object, "timeout", &timeout, err));
    request->no_calibration = !calibration;
    request->probabilities = exchange->write.all_scores;
    request->overlap_given = json_is_number(json_object_get(object, "stride"));
    if (!json_is_number(json_object_get(object, "timeout"))) { goto done; }
    if (!(timeout > 0)) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_DATA, "\"timeout\" is %g; expected seconds, more than 0", timeout));
    }
    double most = exchange->service->settings->timeout;
    exchange->timeout = most > 0 && timeout > most ? most : timeout;
done:
    return status;
}

nomen_status nomen_asked_read(nomen_exchange *exchange, nomen_asked *asked, unsigned which, nomen_error *err) {
    nomen_status status;
    if (exchange->sent == NOMEN_MEDIA_TEXT) {
        NOMEN_TRY(read_query(exchange, which, err));
        NOMEN_TRY(nomen_asked_take_body(exchange, asked, err));
    } else {
        if (exchange->query != NULL && exchange->query[0] != '\0') {
            NOMEN_FAIL(nomen_refuse(exchange, err, 422,
                                    "the query \"%.100s\" has no effect beside a JSON body; write options there",
                                    exchange->query));
        }
        NOMEN_TRY(nomen_body_parse(exchange, err));
        NOMEN_TRY(check_keys(exchange->json, which, err));
        NOMEN_TRY(nomen_asked_take_either(exchange, asked, true, err));
    }
    NOMEN_TRY(take_options(exchange, asked, err));
    NOMEN_TRY(nomen_asked_find(exchange, asked->model, err));
done:
    return status;
}
