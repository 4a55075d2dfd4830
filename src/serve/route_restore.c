/* POST /restore: pseudonyms back into what they stand for, by the map that /redact gave. */
#include <string.h>

#include "base/json_out.h"
#include "nomen/runtime.h"
#include "serve/asked.h"
#include "serve/body.h"
#include "serve/handlers.h"

/* Most bytes of map that are read for a request where each text needs the map anew. */
static const size_t most_read = (size_t)64 << 20;

/* Most bytes that texts may become. */
static const size_t most_written = (size_t)256 << 20;

/* What was restored of one or several texts. */
typedef struct restored {
    nomen_json_out *json;
    const char *map;
    size_t n_map, n_unknown;
} restored;

static nomen_status restore_one(restored *r, const nomen_text *text, nomen_error *err) {
    char *out = NULL;
    size_t n_bytes = 0, n_unknown = 0;
    nomen_status status = nomen_restore_text(r->map, r->n_map, text->text, text->n_bytes, &out, &n_bytes, &n_unknown, err);
    if (status == NOMEN_OK) { nomen_json_add_bytes(r->json, NULL, out, n_bytes); }
    r->n_unknown += n_unknown;
    nomen_free(out);
    return status;
}

/* All texts together, a NUL between them: the map is read once. No pseudonym has a NUL, so they are found as in single texts. */
static nomen_status restore_joined(restored *r, const nomen_text *texts, size_t n_texts, nomen_error *err) {
    nomen_buffer all = {0};
    char *out = NULL;
    size_t n_bytes = 0;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n_texts; i++) {
        if (i > 0) { NOMEN_TRY(nomen_buffer_append_byte(&all, '\0', err)); }
        NOMEN_TRY(nomen_buffer_append(&all, texts[i].text, texts[i].n_bytes, err));
    }
    NOMEN_TRY(nomen_restore_text(r->map, r->n_map, all.data, all.size, &out, &n_bytes, &r->n_unknown, err));
    for (size_t at = 0, n; at <= n_bytes; at += n + 1) {
        const char *end = memchr(out + at, '\0', n_bytes - at);
        n = end != NULL ? (size_t)(end - out) - at : n_bytes - at;
        nomen_json_add_bytes(r->json, NULL, out + at, n);
    }
done:
    nomen_buffer_clear(&all);
    nomen_free(out);
    return status;
}

/* Whether a NUL can part the texts: none of them has one, and no original of the map, written as an escape or as bytes. */
static bool can_join(const nomen_text *texts, size_t n_texts, const restored *r) {
    if (n_texts < 2 || strstr(r->map, "\\u0000") != NULL || strstr(r->map, "\"hex\"") != NULL) { return false; }
    for (size_t i = 0; i < n_texts; i++) {
        if (memchr(texts[i].text, '\0', texts[i].n_bytes) != NULL) { return false; }
    }
    return true;
}

/* The originals, all of them: the library looks at those alone that a text needs. Bytes in hexadecimal are of a file's map. */
static nomen_status check_originals(const json_t *map, nomen_error *err) {
    json_t *originals = json_object_get(map, "originals");
    for (void *at = json_object_iter(originals); at != NULL; at = json_object_iter_next(originals, at)) {
        const json_t *value = json_object_iter_value(at);
        if (json_is_string(value) || json_is_string(json_object_get(value, "hex"))) { continue; }
        return nomen_error_set(err, NOMEN_ERROR_DATA, "\"map\": the original of \"%.60s\" is %s; expected a string",
                               json_object_iter_key(at), nomen_body_type(value));
    }
    return NOMEN_OK;
}

/* A map is looked at although there is no text. */
static nomen_status check_map(const restored *r, const json_t *map, nomen_error *err) {
    char *out = NULL;
    nomen_status status;
    NOMEN_TRY(check_originals(map, err));
    NOMEN_TRY(nomen_restore_text(r->map, r->n_map, "", 0, &out, NULL, NULL, err));
done:
    nomen_free(out);
    return status;
}

static nomen_status restore_all(nomen_exchange *exchange, const nomen_asked *asked, restored *r, nomen_error *err) {
    if (can_join(asked->texts, asked->n_texts, r)) { return restore_joined(r, asked->texts, asked->n_texts, err); }
    if (asked->n_texts > 1 && r->n_map > most_read / asked->n_texts) {
        return nomen_refuse(exchange, err, 413,
                            "the map has %zu bytes, too many for %zu texts with NUL characters; send them one by one", r->n_map,
                            asked->n_texts);
    }
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; status == NOMEN_OK && i < asked->n_texts; i++) { status = restore_one(r, &asked->texts[i], err); }
    return status;
}

/* The length of what a pseudonym stands for: a string, or an object with one. */
static size_t length_of(const json_t *original) {
    return json_string_length(json_is_object(original) ? json_object_get(original, "hex") : original);
}

/*
 * A pseudonym of a few bytes can stand for megabytes, and be in the text many times: what the texts could become at most is
 * looked at first. Texts and maps of /redact are far below.
 */
static nomen_status check_size(nomen_exchange *exchange, const nomen_asked *asked, const json_t *map, nomen_error *err) {
    json_t *originals = json_object_get(map, "originals");
    size_t n_bytes = 0, longest = 1, shortest = SIZE_MAX;
    for (void *at = json_object_iter(originals); at != NULL; at = json_object_iter_next(originals, at)) {
        size_t n = length_of(json_object_iter_value(at)), n_key = strlen(json_object_iter_key(at));
        longest = n > longest ? n : longest;
        shortest = n_key < shortest ? n_key : shortest;
    }
    for (size_t i = 0; i < asked->n_texts; i++) { n_bytes += asked->texts[i].n_bytes; }
    if (n_bytes / (shortest > 0 ? shortest : 1) <= most_written / longest) { return NOMEN_OK; }
    return nomen_refuse(
        exchange, err, 413,
        "texts of %zu bytes with originals of up to %zu bytes could become more than %zu bytes; send fewer texts at a "
        "time",
        n_bytes, longest, most_written);
}

nomen_status nomen_restore_begin(nomen_exchange *exchange, nomen_error *err) {
    static const char *const known[] = {"text", "texts", "map", NULL};
    nomen_json_out json = nomen_json_start(&exchange->answer.body, err);
    nomen_buffer map = {0};
    nomen_asked *asked = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_asked_create(exchange, &asked, err));
    NOMEN_TRY(nomen_body_parse(exchange, err));
    NOMEN_TRY(nomen_body_check_keys(exchange->json, known, "", err));
    const json_t *object = json_object_get(exchange->json, "map");
    if (!json_is_object(object)) { NOMEN_FAIL(nomen_body_wrong(object, "map", "the object that /redact gave", err)); }
    NOMEN_TRY(nomen_asked_take_either(exchange, asked, false, err));
    NOMEN_TRY(check_size(exchange, asked, object, err));
    NOMEN_TRY(nomen_json_append(object, false, &map, err));
    restored r = {.json = &json, .map = map.data, .n_map = map.size};
    NOMEN_TRY(check_map(&r, object, err));
    nomen_json_begin_object(&json, NULL);
    nomen_json_begin_list(&json, "texts");
    NOMEN_TRY(restore_all(exchange, asked, &r, err));
    nomen_json_end_list(&json);
    nomen_json_add_size(&json, "unknown", r.n_unknown);
    nomen_json_end_object(&json);
    NOMEN_TRY(nomen_json_end_line(&json));
    exchange->answer.status = 200;
    exchange->answer.type = NOMEN_TYPE_JSON;
done:
    nomen_buffer_clear(&map);
    return status;
}
