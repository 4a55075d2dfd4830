/* Reading and writing JSON files with jansson. */
#include "base/json.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"

/* Whether the whole number of `n` digits is past what jansson's 64 bits hold. */
static bool is_too_large(const char *digits, size_t n, bool negative) {
    const char *limit = negative ? "9223372036854775808" : "9223372036854775807";
    return n > 19 || (n == 19 && memcmp(digits, limit, 19) > 0);
}

/*
 * The same JSON with ".0" after the whole numbers that 64 bits can't hold, so that these, and no
 * others, are read as reals. Hugging Face writes a tokenizer's missing limit as 10^30.
 */
static nomen_status widen(const char *bytes, size_t n_bytes, nomen_buffer *out, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    bool in_string = false;
    for (size_t i = 0; status == NOMEN_OK && i < n_bytes;) {
        size_t n = 0;
        while (!in_string && i + n < n_bytes && bytes[i + n] >= '0' && bytes[i + n] <= '9') { n++; }
        if (n == 0) {
            n = in_string && bytes[i] == '\\' && i + 1 < n_bytes ? 2 : 1;
            if (bytes[i] == '"') { in_string = !in_string; }
            status = nomen_buffer_append(out, bytes + i, n, err);
        } else {
            char before = i > 0 ? bytes[i - 1] : ' ', after = i + n < n_bytes ? bytes[i + n] : ' ';
            bool whole = strchr(".eE+", before) == NULL && strchr(".eE", after) == NULL;
            status = nomen_buffer_append(out, bytes + i, n, err);
            if (status == NOMEN_OK && whole && is_too_large(bytes + i, n, before == '-')) {
                status = nomen_buffer_append_text(out, ".0", err);
            }
        }
        i += n;
    }
    return status;
}

/* Whether a request of jansson's failed in this thread; known only where its memory is base/mem's (use_mem). */
static _Thread_local bool lacked_memory;
static _Thread_local bool is_reading;
static _Thread_local bool refused; /* a request while reading, for which there was no reserve either */

/*
 * Room for the text of a number or a word of this thread, which jansson keeps in blocks of 16, 32, 64 and 128 bytes: where it
 * can't have the next one just when the text ends, an assertion of jansson 2.14 ends the program. Another request ends the
 * reading, so few blocks are enough; what was read is thrown away.
 */
enum { N_RESERVED = 8, RESERVED_SIZE = 128 };
static _Thread_local struct {
    _Alignas(max_align_t) char bytes[RESERVED_SIZE];
    bool taken;
} reserve[N_RESERVED];

static void *take_reserve(size_t n_bytes) {
    if (n_bytes != RESERVED_SIZE / 4 && n_bytes != RESERVED_SIZE / 2 && n_bytes != RESERVED_SIZE) { return NULL; }
    for (size_t i = 0; i < N_RESERVED; i++) {
        if (reserve[i].taken) { continue; }
        reserve[i].taken = true;
        return reserve[i].bytes;
    }
    return NULL;
}

static void free_block(void *block) {
    for (size_t i = 0; i < N_RESERVED; i++) {
        if (block != reserve[i].bytes) { continue; }
        reserve[i].taken = false;
        return;
    }
    nomen_mem_free(block);
}

/*
 * Where one request is refused while jansson reads, all that follow are: it loses the characters that it had no room for,
 * and once the text of a string has lost its end, copying it into new memory would run past both.
 */
static void *new_block(size_t n_bytes) {
    if (is_reading && refused) { return NULL; }
    void *block = nomen_mem_resize(NULL, n_bytes, 1);
    if (block != NULL) { return block; }
    lacked_memory = true;
    if (is_reading) { block = take_reserve(n_bytes); }
    refused = block == NULL;
    return block;
}

/*
 * jansson overlooks some allocations that fail while it reads, and only its allocator notices. A program's own functions
 * are left alone; its blocks of malloc can be freed by these, and the other way round.
 */
__attribute__((constructor)) static void use_mem(void) {
    json_malloc_t allocate;
    json_free_t release;
    json_get_alloc_funcs(&allocate, &release);
    if (allocate == malloc && release == free) { json_set_alloc_funcs(new_block, free_block); }
}

static json_t *load(const char *bytes, size_t n_bytes, size_t flags, json_error_t *problem) {
    is_reading = true;
    refused = false;
    json_t *value = json_loadb(bytes, n_bytes, flags, problem);
    is_reading = false;
    return value;
}

static nomen_status parse(const char *bytes, size_t n_bytes, const char *name, bool one_line, json_t **out, nomen_error *err) {
    /* A line is a record of data, where NUL is a character like others; files of settings have no use for one. */
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | (one_line ? JSON_ALLOW_NUL : 0);
    json_error_t problem;
    lacked_memory = false;
    json_t *value = load(bytes, n_bytes, flags, &problem);
    if (value == NULL && json_error_code(&problem) == json_error_numeric_overflow) {
        nomen_buffer widened = {0};
        nomen_status status = widen(bytes, n_bytes, &widened, err);
        if (status == NOMEN_OK) { value = load(widened.data, widened.size, flags, &problem); }
        nomen_buffer_clear(&widened);
        if (status != NOMEN_OK) { return status; }
    }
    /* jansson may report a failed allocation as nothing at all or as an invalid token, or go on with half a key. */
    if (lacked_memory || (value == NULL && (json_error_code(&problem) == json_error_out_of_memory || problem.text[0] == '\0'))) {
        json_decref(value);
        return nomen_error_memory(err, n_bytes, 1);
    }
    if (value == NULL && one_line) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%d: not valid JSON: %s", name, problem.column, problem.text);
    }
    if (value == NULL) {
        return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s:%d:%d: not valid JSON: %s", name, problem.line, problem.column,
                               problem.text);
    }
    *out = value;
    return NOMEN_OK;
}

nomen_status nomen_json_parse(const char *bytes, size_t n_bytes, const char *name, json_t **out, nomen_error *err) {
    return parse(bytes, n_bytes, name, false, out, err);
}

nomen_status nomen_json_parse_line(const char *bytes, size_t n_bytes, const char *where, json_t **out, nomen_error *err) {
    return parse(bytes, n_bytes, where, true, out, err);
}

nomen_status nomen_json_parse_first(const char *bytes, size_t n_bytes, json_t **out, size_t *n_used, nomen_json_problem *problem,
                                    nomen_error *err) {
    static const size_t flags = JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL;
    json_error_t found;
    lacked_memory = false;
    json_t *value = load(bytes, n_bytes, flags, &found);
    if (value == NULL && json_error_code(&found) == json_error_numeric_overflow) {
        value = load(bytes, n_bytes, flags | JSON_DECODE_INT_AS_REAL, &found);
    }
    if (lacked_memory || (value == NULL && json_error_code(&found) == json_error_out_of_memory)) {
        json_decref(value);
        return nomen_error_memory(err, n_bytes, 1);
    }
    if (value == NULL) {
        *problem = (nomen_json_problem){.line = found.line > 0 ? (size_t)found.line : 1,
                                        .column = found.column > 0 ? (size_t)found.column : 1};
        memcpy(problem->text, found.text, sizeof problem->text);
        return NOMEN_ERROR_FORMAT;
    }
    *out = value;
    *n_used = (size_t)found.position;
    return NOMEN_OK;
}

nomen_status nomen_json_read(const char *path, json_t **out, nomen_error *err) {
    nomen_buffer bytes = {0};
    nomen_status status = nomen_file_read(path, &bytes, err);
    if (status == NOMEN_OK) { status = nomen_json_parse(bytes.data ? bytes.data : "", bytes.size, path, out, err); }
    nomen_buffer_clear(&bytes);
    return status;
}

static const char *type_name(const json_t *value) {
    switch (json_typeof(value)) {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "an array";
    case JSON_STRING: return "a string";
    case JSON_INTEGER:
    case JSON_REAL: return "a number";
    case JSON_TRUE:
    case JSON_FALSE: return "a boolean";
    case JSON_NULL: return "null";
    }
    return "something else";
}

static nomen_status wrong_type(const json_t *value, const char *key, const char *name, const char *expected, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_FORMAT, "%s: \"%s\" is %s, expected %s", name, key, type_name(value), expected);
}

/* The value at a key, or NULL where it is absent or null. */
static const json_t *present(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_null(value) ? NULL : value;
}

nomen_status nomen_json_get_bool(const json_t *object, const char *key, const char *name, bool *out, nomen_error *err) {
    const json_t *value = present(object, key);
    if (value == NULL) { return NOMEN_OK; }
    if (!json_is_boolean(value)) { return wrong_type(value, key, name, "true or false", err); }
    *out = json_is_true(value);
    return NOMEN_OK;
}

nomen_status nomen_json_get_size(const json_t *object, const char *key, const char *name, size_t *out, nomen_error *err) {
    const json_t *value = present(object, key);
    if (value == NULL) { return NOMEN_OK; }
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return wrong_type(value, key, name, "a whole number of 0 or more", err);
    }
    *out = (size_t)json_integer_value(value);
    return NOMEN_OK;
}

nomen_status nomen_json_get_number(const json_t *object, const char *key, const char *name, double *out, nomen_error *err) {
    const json_t *value = present(object, key);
    if (value == NULL) { return NOMEN_OK; }
    if (!json_is_number(value)) { return wrong_type(value, key, name, "a number", err); }
    *out = json_number_value(value);
    return NOMEN_OK;
}

nomen_status nomen_json_get_text(const json_t *object, const char *key, const char *name, const char **out, nomen_error *err) {
    const json_t *value = present(object, key);
    if (value == NULL) { return NOMEN_OK; }
    if (!json_is_string(value)) { return wrong_type(value, key, name, "a string", err); }
    *out = json_string_value(value);
    return NOMEN_OK;
}

json_t *nomen_json_text(const char *text) {
    if (text == NULL) { return json_null(); }
    json_t *value = json_string(text);
    nomen_buffer quoted = {0};
    if (value == NULL && nomen_buffer_append_json(&quoted, text, strlen(text), NULL) == NOMEN_OK) {
        value = load(quoted.data, quoted.size, JSON_DECODE_ANY, NULL);
    }
    nomen_buffer_clear(&quoted);
    return value;
}

typedef struct dump_target {
    nomen_buffer *out;
    bool failed; /* jansson ignores that a key could not be written and continues */
    nomen_error *err;
} dump_target;

static int dump_part(const char *bytes, size_t n_bytes, void *user) {
    dump_target *target = user;
    target->failed = target->failed || nomen_buffer_append(target->out, bytes, n_bytes, target->err) != NOMEN_OK;
    return target->failed ? -1 : 0;
}

nomen_status nomen_json_append(const json_t *value, bool indented, nomen_buffer *out, nomen_error *err) {
    dump_target target = {out, false, err};
    size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(15) | (indented ? JSON_INDENT(2) : JSON_COMPACT);
    if (json_dump_callback(value, dump_part, &target, flags) != 0 || target.failed) {
        return nomen_error_set(err, NOMEN_ERROR_MEMORY, "out of memory while writing JSON");
    }
    return NOMEN_OK;
}

nomen_status nomen_json_sum(const json_t *value, char out[65], nomen_error *err) {
    nomen_buffer text = {0};
    nomen_sha256 hash;
    nomen_status status;
    NOMEN_TRY(nomen_json_append(value, false, &text, err));
    nomen_sha256_start(&hash);
    nomen_sha256_add(&hash, text.data, text.size);
    nomen_sha256_finish(&hash, out);
done:
    nomen_buffer_clear(&text);
    return status;
}

nomen_status nomen_json_write(const char *path, const json_t *value, nomen_error *err) {
    nomen_buffer text = {0};
    nomen_status status;
    NOMEN_TRY(nomen_json_append(value, true, &text, err));
    NOMEN_TRY(nomen_buffer_append_byte(&text, '\n', err));
    NOMEN_TRY(nomen_file_write(path, text.data, text.size, err));
done:
    nomen_buffer_clear(&text);
    return status;
}
