/* Connections and their requests; see the header. */
#include "serve/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "serve/access_log.h"
#include "serve/head.h"
#include "serve/routes.h"
#include "serve/send.h"
#include "serve/stream.h"
#include "serve/target.h"
#include "serve/work.h"

enum {
    BODY_GRACE = 10, /* seconds before the rate of a body counts; slow beginnings (TCP, 100-continue) are no attack */
    READ_GRACE = 30, /* seconds in which a client takes nothing of its answer */
    LINGER = 2,      /* seconds in which a client that was refused may read why */
    MANY_BODIES = 16 /* bodies of the largest size that are held at a time, all together */
};

/* The address of who comes over a Unix socket. */
#define LOCAL "local"

static nomen_connection *connection_of(struct MHD_Connection *http) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

static void set_client(nomen_connection *c, const struct sockaddr *address) {
    const void *number = NULL;
    int family = address != NULL ? address->sa_family : AF_UNSPEC;
    if (family == AF_INET) { number = &((const struct sockaddr_in *)(const void *)address)->sin_addr; }
    if (family == AF_INET6) { number = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr; }
    if (number == NULL || inet_ntop(family, number, c->client, sizeof c->client) == NULL) {
        snprintf(c->client, sizeof c->client, LOCAL);
    }
}

void nomen_connection_notify(void *user, struct MHD_Connection *http, void **context, enum MHD_ConnectionNotificationCode what) {
    nomen_loop *loop = user;
    nomen_connection *c = *context;
    nomen_error err = {0};
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(http, MHD_CONNECTION_INFO_CONNECTION_FD);
        if (info == NULL || NOMEN_NEW(c, 1, &err) != NOMEN_OK) { return; } /* its requests are refused */
        *c = (nomen_connection){.source = NOMEN_SOURCE_CLIENT, .loop = loop, .file = info->connect_fd};
        c->since = nomen_clock_now();
        info = MHD_get_connection_info(http, MHD_CONNECTION_INFO_CLIENT_ADDRESS); /* from 1.0 on it writes over the one before */
        set_client(c, info != NULL ? info->client_addr : NULL);
        c->next = loop->connections;
        if (c->next != NULL) { c->next->previous = c; }
        loop->connections = c;
        *context = c;
        return;
    }
    loop->service->n_connections--;
    if (c == NULL) { return; }
    if (c->exchange != NULL) { /* 1.0.1 forgets to tell of it after a second error, as of a chunk's long extension */
        void *lost = c->exchange;
        nomen_connection_completed(user, http, &lost, MHD_REQUEST_TERMINATED_WITH_ERROR);
    }
    if (c->next != NULL) { c->next->previous = c->previous; }
    if (c->previous != NULL) {
        c->previous->next = c->next;
    } else {
        loop->connections = c->next;
    }
    nomen_mem_free(c);
    *context = NULL;
}

static void make_id(char id[NOMEN_REQUEST_ID_SIZE]) {
    unsigned char bytes[8] = {0};
    (void)!getrandom(bytes, sizeof bytes, 0);
    for (size_t i = 0; i < sizeof bytes; i++) { snprintf(id + 2 * i, 3, "%02x", bytes[i]); }
}

void *nomen_connection_target(void *user, const char *target, struct MHD_Connection *http) {
    nomen_loop *loop = user;
    nomen_connection *c = connection_of(http);
    nomen_exchange *x = NULL;
    nomen_progress *p = NULL;
    nomen_error err = {0};
    if (c == NULL || NOMEN_NEW(x, 1, &err) != NOMEN_OK) { return NULL; }
    if (NOMEN_NEW(p, 1, &err) != NOMEN_OK) {
        nomen_mem_free(x);
        return NULL;
    }
    *x = (nomen_exchange){.service = loop->service, .name = "", .progress = p};
    x->request.size = sizeof x->request;
    x->write.size = sizeof x->write;
    *p = (nomen_progress){.exchange = x, .loop = loop, .connection = c, .http = http};
    p->began = nomen_clock_now();
    make_id(x->id);
    c->exchange = x;
    c->used = true;
    if (nomen_target_split(x, target) && strcmp(c->client, LOCAL) != 0 &&
        !nomen_head_authority_is_known(loop->service->settings, target)) {
        nomen_answer_error(&x->answer, 403, "the target's host is not one of this service's; name it in --allowed-hosts");
        x->answer.close = true;
    }
    return x;
}

static void log_exchange(const nomen_exchange *x, enum MHD_RequestTerminationCode why) {
    const nomen_progress *p = x->progress;
    nomen_service *service = x->service;
    double seconds = nomen_clock_now() - p->began;
    bool sent = why == MHD_REQUEST_TERMINATED_COMPLETED_OK && x->answer.status != 0;
    unsigned status = sent || p->connection->ended ? x->answer.status : 499; /* as nginx calls a client that did not wait */
    const char *series = x->route != NULL ? x->route->series : "other";
    if (status == 0) { return; }
    if (!sent && !p->connection->ended) { nomen_metrics_lost(service->metrics, "gone"); }
    nomen_metrics_request(service->metrics, series, status, seconds, p->waited, x->n_texts, p->text_bytes);
    if (service->settings->quiet) { return; }
    nomen_access access = {.id = x->id,
                           .client = p->connection->client,
                           .method = p->method,
                           .path = x->path != NULL ? x->path : "",
                           .key = p->key_name,
                           .status = status,
                           .n_texts = x->n_texts,
                           .bytes_in = p->body_in,
                           .bytes_out = p->bytes_out,
                           .seconds = seconds,
                           .waited = p->waited,
                           .model = x->served != NULL ? x->served->name : "",
                           .text = service->settings->log_text ? x->body.data : NULL,
                           .n_text = x->body.size};
    nomen_access_log(service->settings, &access);
}

void nomen_connection_completed(void *user, struct MHD_Connection *http, void **context, enum MHD_RequestTerminationCode why) {
    nomen_loop *loop = user;
    nomen_exchange *x = *context;
    (void)http;
    if (x == NULL) { return; }
    nomen_progress *p = x->progress;
    log_exchange(x, why);
    loop->body_bytes -= p->body_in;
    p->connection->exchange = NULL;
    p->connection->since = nomen_clock_now();
    p->connection = NULL;
    *context = NULL;
    if (p->step != NOMEN_STEP_NONE) { /* lines that were being made for a client who went away */
        p->gone = p->orphan = true;
        loop->n_orphans++;
        nomen_work_stop(p, false);
        return;
    }
    nomen_waiting_leave(loop->service->waiting, &p->place, false);
    nomen_progress_free(p);
    nomen_work_pump(loop);
}

void nomen_connection_lost(nomen_connection *c) {
    if (c->exchange == NULL || c->exchange->progress->gone || !c->exchange->progress->suspended) { return; }
    c->exchange->progress->gone = true;
    nomen_loop_watch(c->loop, c, false);
    nomen_work_stop(c->exchange->progress, false);
}

/* Ends a connection whose request is still on its way. */
static void end_with(nomen_connection *c, unsigned status, const char *message) {
    char id[NOMEN_REQUEST_ID_SIZE];
    nomen_answer own = {0}, *answer = c->exchange != NULL ? &c->exchange->answer : &own;
    make_id(id);
    nomen_answer_error(answer, status, "%s", message);
    nomen_send_and_end(c->file, answer, c->exchange != NULL ? c->exchange->id : id);
    nomen_answer_clear(&own);
    c->ended = true;
    c->since = nomen_clock_now();
    nomen_metrics_lost(c->loop->service->metrics, status == 408 ? "slow" : "too_large");
}

/* A part of the body. */
static void take_body(nomen_progress *p, const char *bytes, size_t n) {
    nomen_exchange *x = p->exchange;
    nomen_error err = {0};
    size_t max = x->service->settings->max_body;
    char message[160];
    if (p->connection->ended) { return; }
    if (p->body_in + n > max) {
        snprintf(message, sizeof message,
                 "the body has more than the %zu bytes that are taken (--max-body); send the texts in parts", max);
        end_with(p->connection, 413, message);
        return;
    }
    if (p->loop->body_bytes + n > MANY_BODIES * max || nomen_buffer_append(&x->body, bytes, n, &err) != NOMEN_OK) {
        end_with(p->connection, 503, "there is no room for the body at the moment; send it again in a while");
        return;
    }
    p->body_in += n;
    p->loop->body_bytes += n;
}

static enum MHD_Result send_answer(nomen_progress *p) {
    bool lines = p->exchange->streams && p->exchange->answer.status == 0; /* else it failed before its first line */
    return lines ? nomen_stream_send(p) : nomen_send_answer(p);
}

/* The head is complete: whether the request goes on, or has its answer already. */
static enum MHD_Result begin_request(nomen_progress *p, const char *method, const char *version) {
    nomen_exchange *x = p->exchange;
    snprintf(p->method, sizeof p->method, "%s", method);
    p->phase = NOMEN_PHASE_BODY;
    p->body_began = p->body_looked_at = nomen_clock_now();
    bool local = strcmp(p->connection->client, LOCAL) == 0;
    const char *key_name = "";
    bool goes_on = x->answer.status == 0 && nomen_head_check(x, p->http, method, version, local, &key_name);
    snprintf(p->key_name, sizeof p->key_name, "%s", key_name);
    snprintf(p->client, sizeof p->client, "%s%.80s", *key_name != '\0' ? "key " : "",
             *key_name != '\0' ? key_name : p->connection->client);
    if (goes_on) { return MHD_YES; }
    p->phase = NOMEN_PHASE_ANSWERED;
    p->answered_at = nomen_clock_now();
    return send_answer(p);
}

enum MHD_Result nomen_connection_request(void *user, struct MHD_Connection *http, const char *url, const char *method,
                                         const char *version, const char *upload, size_t *n_upload, void **context) {
    nomen_exchange *x = *context;
    (void)user;
    (void)http;
    (void)url; /* its escapes are replaced, so that a NUL would end it early; see nomen_connection_target */
    if (x == NULL) { return MHD_NO; } /* no memory for it */
    nomen_progress *p = x->progress;
    if (p->connection->ended && *n_upload == 0) { return MHD_NO; }
    if (p->phase == NOMEN_PHASE_HEAD) { return begin_request(p, method, version); }
    if (*n_upload > 0) {
        take_body(p, upload, *n_upload);
        *n_upload = 0;
        return MHD_YES;
    }
    if (p->gone) { return MHD_NO; }
    if (p->phase == NOMEN_PHASE_BODY) {
        nomen_work_begin(p);
    } else if (p->phase == NOMEN_PHASE_WORK) {
        /*
         * libmicrohttpd calls again at once where there was no answer the first time. It does not expect bytes any more then: a
         * connection that is suspended while it does is read when it is resumed, and a client that has ended its own side
         * meanwhile, as it may, gets the end instead of its answer.
         */
        nomen_progress_sleep(p);
        return MHD_YES;
    }
    return p->phase == NOMEN_PHASE_ANSWERED ? send_answer(p) : MHD_YES;
}

/* Whether a client leaves its answer lying. */
static bool is_not_read(const nomen_progress *p, double now) {
    const nomen_stream_out *s = &p->stream;
    size_t rate = p->exchange->service->settings->min_body_rate;
    if (s->begun) { return !s->asleep && now > s->read_at + READ_GRACE; }
    return now > p->answered_at + READ_GRACE + (double)p->bytes_out / (double)(rate > 0 ? rate : 1);
}

/*
 * Whether a body comes more slowly than it must: all of it so far, or what came since the last look. The second is for who sends
 * megabytes at once, and then keeps the room that they take.
 */
static bool body_is_slow(nomen_progress *p, double now) {
    double rate = (double)p->exchange->service->settings->min_body_rate, seconds = now - p->body_began;
    if (seconds > BODY_GRACE && (double)p->body_in < (seconds - BODY_GRACE) * rate) { return true; }
    if (now < p->body_looked_at + BODY_GRACE) { return false; }
    bool slow = (double)(p->body_in - p->body_then) < rate * BODY_GRACE / 2.0;
    p->body_looked_at = now;
    p->body_then = p->body_in;
    return slow && seconds > 1.5 * BODY_GRACE; /* the first look is for the beginning, which may be slow */
}

/* One connection: what it is too late for. */
static void tick(nomen_loop *loop, nomen_connection *c, double now) {
    const nomen_serve_settings *settings = loop->service->settings;
    nomen_progress *p = c->exchange != NULL ? c->exchange->progress : NULL;
    if (c->ended) {
        if (now > c->since + LINGER) { shutdown(c->file, SHUT_RDWR); }
        return;
    }
    if (p == NULL || p->phase == NOMEN_PHASE_HEAD) {
        if (p == NULL && loop->stopping && loop->n_listeners == 0) { /* nobody waits for what an idle client may ask yet */
            shutdown(c->file, SHUT_RDWR);
            c->ended = true;
            c->since = now;
            return;
        }
        double since = p != NULL ? p->began : c->since,
               limit = c->used && p == NULL ? settings->keep_alive : settings->head_timeout;
        if (now < since + limit) { return; }
        if (c->used && p == NULL) { /* nothing was asked, so nothing is answered */
            shutdown(c->file, SHUT_RDWR);
            c->ended = true;
            c->since = now;
        } else {
            end_with(c, 408, "the head of the request was not complete in time; send it at once");
        }
    } else if (p->phase == NOMEN_PHASE_BODY) {
        if (body_is_slow(p, now)) { end_with(c, 408, "the body came too slowly; send it faster, or in several requests"); }
    } else if (p->phase == NOMEN_PHASE_WORK || (p->stream.begun && !p->stream.ends)) {
        if (p->deadline > 0.0 && now > p->deadline && !p->late) { nomen_work_stop(p, true); }
    }
    if (p != NULL && p->phase == NOMEN_PHASE_ANSWERED && is_not_read(p, now)) {
        nomen_metrics_lost(loop->service->metrics, "slow");
        shutdown(c->file, SHUT_RDWR);
        c->ended = true;
        c->since = now;
    }
}

/*
 * Whether a client has ended its side where there is no whole request of it. libmicrohttpd is not told (edge-triggered epoll)
 * of an end that came together with bytes, and would keep the connection until it is idle for too long.
 */
static bool has_left(const nomen_connection *c) {
    char byte;
    bool waits = c->exchange == NULL || c->exchange->progress->phase <= NOMEN_PHASE_BODY;
    return waits && recv(c->file, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void nomen_connections_tick(nomen_loop *loop, double now) {
    bool looks = now >= loop->looked_for_ends + 1.0;
    if (looks) { loop->looked_for_ends = now; }
    for (nomen_connection *c = loop->connections, *next; c != NULL; c = next) {
        next = c->next;
        if (looks && has_left(c)) { shutdown(c->file, SHUT_RDWR); }
        tick(loop, c, now);
    }
}

void nomen_connections_end(nomen_loop *loop, bool all) {
    for (nomen_connection *c = loop->connections, *next; c != NULL; c = next) {
        next = c->next;
        nomen_progress *p = c->exchange != NULL ? c->exchange->progress : NULL;
        if (!all && p != NULL && p->phase != NOMEN_PHASE_HEAD) { continue; }
        if (p != NULL) { p->gone = true; }
        shutdown(c->file, SHUT_RDWR);
        c->ended = true;
        if (p != NULL && p->phase >= NOMEN_PHASE_WORK) { nomen_work_stop(p, false); }
    }
}
