/* Streams of lines; see the header. */
#include "serve/stream.h"

#include <string.h>

#include "serve/send.h"
#include "serve/work.h"

enum { READER_BYTES = 32 * 1024 };

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

enum MHD_Result nomen_stream_send(nomen_progress *p) {
    nomen_answer answer = {.status = 200, .type = NOMEN_TYPE_LINES};
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, READER_BYTES, read_stream, p, NULL);
    if (response == NULL) { return MHD_NO; }
    p->stream.begun = true;
    p->exchange->answer.status = 200; /* for the log */
    nomen_send_fields(response, &answer, p->exchange->id, p->loop->stopping);
    enum MHD_Result result = MHD_queue_response(p->http, 200, response);
    MHD_destroy_response(response);
    return result;
}
