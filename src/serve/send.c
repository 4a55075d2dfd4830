/* Sending answers; see the header. */
#include "serve/send.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "serve/loop.h"
#include "serve/work.h"

/* What is shown in a browser by mistake loads and runs nothing. */
#define DATA_POLICY "default-src 'none'; frame-ancestors 'none'"

enum { READER_BYTES = 32 * 1024 };

static void add(struct MHD_Response *response, const char *name, const char *value) {
    if (value != NULL) { MHD_add_response_header(response, name, value); }
}

static void add_common(struct MHD_Response *response, const nomen_answer *answer, const char *id, bool close) {
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

/* libmicrohttpd asks for more of a stream. */
static ssize_t read_stream(void *user, uint64_t position, char *out, size_t max) {
    nomen_progress *p = user;
    nomen_stream_out *s = &p->stream;
    (void)position;
    size_t n = s->out.size - s->sent;
    if (p->gone) { return MHD_CONTENT_READER_END_WITH_ERROR; }
    s->read_at = nomen_clock_now();
    if (n == 0) {
        if (s->failed) { return MHD_CONTENT_READER_END_WITH_ERROR; }
        if (s->ends) { return MHD_CONTENT_READER_END_OF_STREAM; }
        s->asleep = true;
        nomen_progress_sleep(p);
        return 0;
    }
    if (n > max) { n = max; }
    memcpy(out, s->out.data + s->sent, n);
    s->sent += n;
    p->bytes_out += n;
    if (s->sent == s->out.size) {
        nomen_buffer_reset(&s->out);
        s->sent = 0;
        nomen_work_more(p);
    }
    return (ssize_t)n;
}

static enum MHD_Result send_stream(nomen_progress *p) {
    nomen_answer answer = {.status = 200, .type = NOMEN_TYPE_LINES};
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, READER_BYTES, read_stream, p, NULL);
    if (response == NULL) { return MHD_NO; }
    p->stream.begun = true;
    p->exchange->answer.status = 200; /* for the log */
    add_common(response, &answer, p->exchange->id, p->loop->stopping);
    enum MHD_Result result = MHD_queue_response(p->http, 200, response);
    MHD_destroy_response(response);
    return result;
}

static void free_body(void *body) {
    nomen_mem_free(body);
}

enum MHD_Result nomen_send_answer(nomen_progress *p) {
    nomen_answer *answer = &p->exchange->answer;
    struct MHD_Response *response;
    if (p->exchange->streams && answer->status == 0) { return send_stream(p); } /* else it failed before its first line */
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
    add_common(response, answer, p->exchange->id, answer->close || p->loop->stopping);
    enum MHD_Result result = MHD_queue_response(p->http, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

void nomen_send_and_end(int file, nomen_answer *answer, const char *id) {
    char head[512];
    size_t n_body = answer->bytes != NULL ? answer->n_bytes : answer->body.size, n = 0;
    const char *body = answer->bytes != NULL ? answer->bytes : answer->body.data;
    if (answer->retry_after > 0) {
        n = (size_t)snprintf(head, sizeof head, "HTTP/1.1 %u %s\r\nRetry-After: %u\r\n", answer->status,
                             nomen_answer_reason(answer->status), answer->retry_after);
    } else {
        n = (size_t)snprintf(head, sizeof head, "HTTP/1.1 %u %s\r\n", answer->status, nomen_answer_reason(answer->status));
    }
    n += (size_t)snprintf(head + n, sizeof head - n,
                          "Content-Type: " NOMEN_TYPE_JSON "\r\nContent-Length: %zu\r\nConnection: close\r\nX-Request-Id: %s\r\n"
                          "X-Content-Type-Options: nosniff\r\n\r\n",
                          n_body, id);
    if (send(file, head, n, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE) == (ssize_t)n && n_body > 0) {
        (void)!send(file, body, n_body, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    shutdown(file, SHUT_WR); /* what is still on its way is read and dropped: closing at once could cost the answer (RST) */
}
