/* Answers; see the header. */
#include "serve/answer.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/json_out.h"
#include "base/mem.h"
#include "base/number.h"

typedef struct status_name {
    unsigned status;
    const char *kind, *reason;
} status_name;

static const status_name names[] = {{200, "ok", "OK"},
                                    {204, "ok", "No Content"},
                                    {304, "ok", "Not Modified"},
                                    {400, "bad_request", "Bad Request"},
                                    {401, "unauthorized", "Unauthorized"},
                                    {403, "forbidden", "Forbidden"},
                                    {404, "not_found", "Not Found"},
                                    {405, "method_not_allowed", "Method Not Allowed"},
                                    {408, "timeout", "Request Timeout"},
                                    {409, "conflict", "Conflict"},
                                    {411, "length_required", "Length Required"},
                                    {413, "too_large", "Content Too Large"},
                                    {414, "too_large", "URI Too Long"},
                                    {415, "unsupported_media_type", "Unsupported Media Type"},
                                    {422, "unprocessable", "Unprocessable Content"},
                                    {429, "overloaded", "Too Many Requests"},
                                    {431, "too_large", "Request Header Fields Too Large"},
                                    {500, "internal", "Internal Server Error"},
                                    {501, "not_implemented", "Not Implemented"},
                                    {503, "unavailable", "Service Unavailable"},
                                    {505, "not_implemented", "HTTP Version Not Supported"}};

static const status_name *name_of(unsigned status) {
    static const status_name other = {0, "internal", "Unknown"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].status == status) { return &names[i]; }
    }
    return &other;
}

const char *nomen_answer_kind(unsigned status) {
    return name_of(status)->kind;
}

const char *nomen_answer_reason(unsigned status) {
    return name_of(status)->reason;
}

void nomen_answer_error(nomen_answer *answer, unsigned status, const char *format, ...) {
    static const char fixed[] = "{\"error\":\"no memory for the message\",\"error_type\":\"unavailable\"}\n";
    char message[1024];
    nomen_error err = {0};
    va_list list;
    va_start(list, format);
    nomen_number_vsnprintf(message, sizeof message, format, list);
    va_end(list);
    nomen_buffer_clear(&answer->body);
    *answer = (nomen_answer){.status = status, .type = NOMEN_TYPE_JSON};
    nomen_json_out json = nomen_json_start(&answer->body, &err);
    nomen_json_begin_object(&json, NULL);
    nomen_json_add_text(&json, "error", message);
    nomen_json_add_text(&json, "error_type", nomen_answer_kind(status));
    nomen_json_end_object(&json);
    if (nomen_json_end_line(&json) != NOMEN_OK) {
        nomen_buffer_clear(&answer->body);
        answer->bytes = fixed;
        answer->n_bytes = sizeof fixed - 1;
    }
}

void nomen_answer_failure(nomen_answer *answer, nomen_status status, const nomen_error *err) {
    unsigned code = 500;
    switch (status) {
    case NOMEN_ERROR_ARGUMENT:
    case NOMEN_ERROR_FORMAT:
    case NOMEN_ERROR_DATA:
    case NOMEN_ERROR_UNSUPPORTED: code = 422; break;
    case NOMEN_ERROR_LIMIT: code = 413; break;
    case NOMEN_ERROR_MEMORY:
    case NOMEN_ERROR_TIMEOUT:
    case NOMEN_ERROR_INTERRUPTED: code = 503; break;
    default: break;
    }
    nomen_answer_error(answer, code, "%s", err->message);
}

void nomen_answer_clear(nomen_answer *answer) {
    nomen_buffer_clear(&answer->body);
    *answer = (nomen_answer){0};
}
