/* What a request asks: its texts and its model; see the header. */
#include "serve/asked.h"

#include <string.h>

#include "base/mem.h"
#include "serve/body.h"
#include "serve/service.h"

static void free_asked(void *state) {
    nomen_asked *asked = state;
    nomen_mem_free(asked->texts);
    nomen_mem_free(asked->bytes);
    nomen_mem_free(asked->words);
    nomen_buffer_clear(&asked->thresholds);
    nomen_buffer_clear(&asked->types);
    nomen_buffer_clear(&asked->ignored_types);
    nomen_mem_free(asked);
}

nomen_status nomen_asked_create(nomen_exchange *exchange, nomen_asked **out, nomen_error *err) {
    nomen_asked *asked = NULL;
    nomen_status status = NOMEN_NEW(asked, 1, err);
    if (status != NOMEN_OK) { return status; }
    exchange->state = asked;
    exchange->free_state = free_asked;
    exchange->request.size = sizeof exchange->request;
    exchange->request.offsets = NOMEN_OFFSET_BYTE; /* results are written by the writers, which count by themselves */
    exchange->write.size = sizeof exchange->write;
    *out = asked;
    return NOMEN_OK;
}

/* ---- texts ---- */

/* What texts take that come as words. */
typedef struct room {
    size_t n_bytes, n_words;
} room;

/* Where a text stands, for messages: "text", or "texts"[3]. */
static const char *place(const char *key, bool is_list, size_t index, char out[80]) {
    if (is_list) {
        snprintf(out, 80, "\"%s\"[%zu]", key, index);
    } else {
        snprintf(out, 80, "\"%s\"", key);
    }
    return out;
}

/* The words of {"tokens": [...]}, or NULL for another value. */
static const json_t *words_of(const json_t *value) {
    return json_is_object(value) ? json_object_get(value, "tokens") : NULL;
}

/* Looks at one text: what it is, and its length. */
static nomen_status measure(nomen_exchange *exchange, const char *where, const json_t *value, bool with_words, room *all,
                            nomen_error *err) {
    const nomen_settings *settings = exchange->service->settings;
    const json_t *words = words_of(value), *word;
    size_t n_bytes = json_string_length(value), i, most = settings->max_text > 0 ? settings->max_text : settings->max_body;
    if (!json_is_string(value) && (!with_words || !json_is_object(value))) {
        return nomen_error_set(err, NOMEN_ERROR_DATA, "%s is %s; expected a string%s", where, nomen_body_type(value),
                               with_words ? " or {\"tokens\": [...]}" : "");
    }
    if (json_is_object(value)) {
        if (!json_is_array(words) || json_object_size(value) != 1) {
            return nomen_error_set(err, NOMEN_ERROR_DATA, "%s is an object; expected {\"tokens\": [strings]} and no other key",
                                   where);
        }
        json_array_foreach(words, i, word) {
            if (!json_is_string(word)) {
                return nomen_error_set(err, NOMEN_ERROR_DATA, "%s: \"tokens\"[%zu] is %s; expected a string", where, i,
                                       nomen_body_type(word));
            }
            n_bytes += json_string_length(word) + (i > 0);
        }
        all->n_bytes += n_bytes;
        all->n_words += json_array_size(words);
    }
    if (n_bytes <= most) { return NOMEN_OK; }
    return nomen_refuse(exchange, err, 413, "%s has %zu bytes, and a text has at most %zu; cut it into several", where, n_bytes,
                        most);
}

/* Words with a space between them, as `nomen tag` reads them. */
static void join(const json_t *words, char **bytes, nomen_span **spans, nomen_text *out) {
    size_t i;
    const json_t *word;
    char *at = *bytes;
    *out = (nomen_text){.text = at, .words = *spans, .n_words = json_array_size(words)};
    json_array_foreach(words, i, word) {
        size_t n = json_string_length(word);
        if (i > 0) { *at++ = ' '; }
        memcpy(at, json_string_value(word), n);
        **spans = (nomen_span){(size_t)(at - out->text), (size_t)(at - out->text) + n};
        (*spans)++;
        at += n;
    }
    out->n_bytes = (size_t)(at - out->text);
    *bytes = at;
}

static nomen_status take(nomen_exchange *exchange, nomen_asked *asked, const char *key, const json_t *value, bool is_list,
                         bool with_words, nomen_error *err) {
    size_t n = is_list ? json_array_size(value) : 1;
    room all = {0};
    char where[80];
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n; i++) {
        const json_t *item = is_list ? json_array_get(value, i) : value;
        NOMEN_TRY(measure(exchange, place(key, is_list, i, where), item, with_words, &all, err));
    }
    NOMEN_TRY(NOMEN_NEW(asked->texts, n, err));
    NOMEN_TRY(NOMEN_NEW(asked->bytes, all.n_bytes + 1, err));
    NOMEN_TRY(NOMEN_NEW(asked->words, all.n_words + 1, err)); /* so that a text of no words has an array */
    char *bytes = asked->bytes;
    nomen_span *words = asked->words;
    for (size_t i = 0; i < n; i++) {
        const json_t *item = is_list ? json_array_get(value, i) : value;
        nomen_text *text = &asked->texts[i];
        if (json_is_object(item)) {
            join(words_of(item), &bytes, &words, text);
        } else {
            *text = (nomen_text){.text = json_string_value(item), .n_bytes = json_string_length(item)};
        }
        text->document_start = true; /* a text is no context of another */
    }
    asked->n_texts = n;
done:
    return status;
}

nomen_status nomen_asked_take(nomen_exchange *exchange, nomen_asked *asked, const char *key, const json_t *value, bool is_list,
                              bool with_words, nomen_error *err) {
    size_t most = exchange->service->settings->max_inputs;
    if (is_list && !json_is_array(value)) {
        return nomen_body_wrong(value, key, with_words ? "a list of texts" : "a list of strings", err);
    }
    if (is_list && json_array_size(value) > most) {
        return nomen_refuse(exchange, err, 413, "\"%s\" has %zu texts, and at most %zu are taken in one request; send several",
                            key, json_array_size(value), most);
    }
    return take(exchange, asked, key, value, is_list, with_words, err);
}

nomen_status nomen_asked_take_either(nomen_exchange *exchange, nomen_asked *asked, bool with_words, nomen_error *err) {
    const json_t *text = json_object_get(exchange->json, "text"), *texts = json_object_get(exchange->json, "texts");
    if ((text == NULL) == (texts == NULL)) {
        return nomen_error_set(err, NOMEN_ERROR_DATA,
                               text == NULL ? "there is no text; expected \"text\", or a list \"texts\""
                                            : "both \"text\" and \"texts\" are there; expected one of them");
    }
    return nomen_asked_take(exchange, asked, text != NULL ? "text" : "texts", text != NULL ? text : texts, text == NULL,
                            with_words, err);
}

/* The body as it is. */
nomen_status nomen_asked_take_body(nomen_exchange *exchange, nomen_asked *asked, nomen_error *err) {
    const nomen_settings *settings = exchange->service->settings;
    const char *text = NULL;
    size_t n_bytes = 0, most = settings->max_text > 0 ? settings->max_text : settings->max_body;
    nomen_status status;
    NOMEN_TRY(nomen_body_text(exchange, &text, &n_bytes, err));
    if (n_bytes > most) {
        NOMEN_FAIL(nomen_refuse(exchange, err, 413, "the text has %zu bytes, and a text has at most %zu; cut it into several",
                                n_bytes, most));
    }
    NOMEN_TRY(NOMEN_NEW(asked->texts, 1, err));
    asked->texts[0] = (nomen_text){.text = text, .n_bytes = n_bytes, .document_start = true};
    asked->n_texts = 1;
done:
    return status;
}

/* ---- the model ---- */

nomen_status nomen_asked_find(nomen_exchange *exchange, const char *model, nomen_error *err) {
    nomen_served_drop(exchange->served);
    exchange->served = nomen_models_find(exchange->service->models, model);
    if (exchange->served != NULL) { return NOMEN_OK; }
    if (model == NULL || *model == '\0') { return nomen_refuse(exchange, err, 503, "no model is loaded; try again later"); }
    return nomen_refuse(exchange, err, 404, "no model is called \"%.100s\"; GET /info lists those that are loaded", model);
}

void nomen_asked_submit(nomen_exchange *exchange, nomen_asked *asked) {
    exchange->texts = asked->texts;
    exchange->n_texts = asked->n_texts;
    asked->texts = NULL;
}
