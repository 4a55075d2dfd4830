/* Sending answers; see the header. */
#include "serve/send.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"

/* What is shown in a browser by mistake loads and runs nothing. */
#define DATA_POLICY "default-src 'none'; frame-ancestors 'none'"

static void add(struct MHD_Response *response, const char *name, const char *value) {
    if (value != NULL) { MHD_add_response_header(response, name, value); }
}

void nomen_send_fields(struct MHD_Response *response, const nomen_answer *answer, const char *id, bool close) {
    char number[24];
    add(response, "X-Request-Id", id);
    add(response, "Content-Type", answer->type);
    add(response, "X-Content-Type-Options", "nosniff");
    add(response, "Content-Security-Policy", answer->policy != NULL ? answer->policy : DATA_POLICY);
    add(response, "Referrer-Policy", "no-referrer");
    add(response, "Cross-Origin-Resource-Policy", "same-origin");
    add(response, "Cache-Control", answer->etag != NULL ? "no-cache" : "no-store");
    add(response, "ETag", answer->etag);
    add(response, "Allow", answer->allow);
    if (answer->status == 401) { add(response, "WWW-Authenticate", "Bearer realm=\"nomen\""); }
    if (answer->retry_after > 0) {
        snprintf(number, sizeof number, "%u", answer->retry_after);
        add(response, "Retry-After", number);
    }
    if (close) { add(response, "Connection", "close"); }
}

/* Whether the client has what it asks for: it names its ETag, among others or as a weak one. */
static bool is_known_to_client(const nomen_progress *p, const nomen_answer *answer) {
    const char *known = MHD_lookup_connection_value(p->http, MHD_HEADER_KIND, "If-None-Match");
    return answer->etag != NULL && answer->status == 200 && known != NULL &&
           (strstr(known, answer->etag) != NULL || strcmp(known, "*") == 0);
}

static void free_body(void *body) {
    nomen_mem_free(body);
}

enum MHD_Result nomen_send_answer(nomen_progress *p) {
    nomen_answer *answer = &p->exchange->answer;
    struct MHD_Response *response;
    if (is_known_to_client(p, answer)) {
        answer->status = 304;
        answer->type = NULL;
        answer->bytes = "";
        answer->n_bytes = 0;
    }
    if (answer->bytes != NULL) {
        p->bytes_out = answer->n_bytes;
        response = MHD_create_response_from_buffer(answer->n_bytes, (void *)(uintptr_t)answer->bytes, MHD_RESPMEM_PERSISTENT);
    } else if (answer->body.size > 0) { /* the body's memory is the response's from here */
        size_t n = p->bytes_out = answer->body.size;
        char *body = nomen_buffer_release(&answer->body);
        response = MHD_create_response_from_buffer_with_free_callback(n, body, free_body);
        if (response == NULL) { nomen_mem_free(body); }
    } else {
        response = MHD_create_response_from_buffer(0, (void *)(uintptr_t)"", MHD_RESPMEM_PERSISTENT);
    }
    if (response == NULL) { return MHD_NO; }
    nomen_send_fields(response, answer, p->exchange->id, answer->close || p->loop->stopping);
    enum MHD_Result result = MHD_queue_response(p->http, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

void nomen_send_and_end(int file, nomen_answer *answer, const char *id) {
    char head[512], again[40] = "";
    size_t n_body = answer->bytes != NULL ? answer->n_bytes : answer->body.size, n = 0;
    const char *body = answer->bytes != NULL ? answer->bytes : answer->body.data;
    if (answer->retry_after > 0) { snprintf(again, sizeof again, "Retry-After: %u\r\n", answer->retry_after); }
    n = (size_t)snprintf(head, sizeof head,
                         "HTTP/1.1 %u %s\r\n%sContent-Type: " NOMEN_TYPE_JSON "\r\nContent-Length: %zu\r\nConnection: close\r\n"
                         "X-Request-Id: %s\r\nX-Content-Type-Options: nosniff\r\n\r\n",
                         answer->status, nomen_answer_reason(answer->status), again, n_body, id);
    if (send(file, head, n, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE) == (ssize_t)n && n_body > 0) {
        (void)!send(file, body, n_body, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    shutdown(file, SHUT_WR); /* what is still on its way is read and dropped: closing at once could cost the answer (RST) */
}
