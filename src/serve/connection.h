/*
 * Connections as libmicrohttpd has them, what it can't do for them (limits of time, clients that went away while their request
 * waits), and the part of a request that only the service knows.
 *
 * libmicrohttpd runs on the service's thread, so nothing here is locked. It restarts its own timeout with every byte and
 * neither watches nor times out a connection whose request waits, so each has its times here, and is ended by shutdown(2).
 */
#ifndef NOMEN_SERVE_CONNECTION_H
#define NOMEN_SERVE_CONNECTION_H

#include <microhttpd.h>

#include "base/clock.h"
#include "serve/head.h"
#include "serve/helper.h"
#include "serve/schedule.h"

struct nomen_loop;

/* What epoll says something about: the first member of what it points to. */
typedef enum nomen_source {
    NOMEN_SOURCE_LISTENER,
    NOMEN_SOURCE_HTTP,
    NOMEN_SOURCE_WAKE,
    NOMEN_SOURCE_SIGNAL,
    NOMEN_SOURCE_CLIENT /* a connection whose request waits */
} nomen_source;

/* A connection. */
typedef struct nomen_connection {
    nomen_source source;
    struct nomen_connection *next, *previous;
    struct nomen_loop *loop;
    int file;
    char client[NOMEN_CLIENT_SIZE]; /* its address, without a port */
    double since;                   /* when it began to wait for a head */
    bool used;                      /* it has had a request */
    bool ended;                     /* it was told so since `since`; what still comes is dropped */
    nomen_exchange *exchange;       /* the request that is being read or answered */
} nomen_connection;

/* Where a request is. */
typedef enum nomen_phase {
    NOMEN_PHASE_HEAD = 0, /* its target is known, no more */
    NOMEN_PHASE_BODY,     /* it is read */
    NOMEN_PHASE_WORK,     /* something is to be done for it; see nomen_step */
    NOMEN_PHASE_ANSWERED  /* there is an answer, or its first lines */
} nomen_phase;

/* What is under way for a request on another thread, which posts it to the loop then. */
typedef enum nomen_step {
    NOMEN_STEP_NONE = 0,
    NOMEN_STEP_BEGIN, /* its handler reads the body, on the helper's thread */
    NOMEN_STEP_TAG,   /* its texts are in a model's queue */
    NOMEN_STEP_OTHER, /* someone else works, and calls nomen_exchange_done */
    NOMEN_STEP_FINISH /* its handler writes what was found, on the helper's thread */
} nomen_step;

/* Lines that are sent as they come. */
typedef struct nomen_stream_out {
    nomen_buffer out;   /* not yet sent */
    size_t sent;        /* of it */
    nomen_buffer fresh; /* lines that the helper writes */
    size_t first, n;    /* the texts that wait or run */
    bool begun;         /* its answer is on its way */
    bool ends, failed;  /* nothing comes any more; because of an error, whose line is in `out` */
    bool asleep;        /* the connection waits for more */
    double read_at;     /* when the client last took something */
} nomen_stream_out;

/* The service's part of a request. */
typedef struct nomen_progress {
    struct nomen_progress *next_done; /* of the loop: what other threads are done with */
    nomen_exchange *exchange;
    struct nomen_loop *loop;
    nomen_connection *connection;
    struct MHD_Connection *http;
    nomen_phase phase;
    nomen_step step;
    bool suspended; /* in libmicrohttpd */
    bool gone;      /* the client went away, or the service ends: nothing is to be sent */
    bool orphan;    /* and its connection is no more: it is freed as soon as its step is done */
    bool late;      /* its time was over before it was done */
    bool started;   /* its texts have begun to be tagged; `waited` is known */
    nomen_head head;
    char key_name[NOMEN_CLIENT_SIZE]; /* a copy: keys are read anew by SIGHUP while it waits */
    char method[16];
    char client[NOMEN_CLIENT_SIZE]; /* whose turn it is in a line */
    double began, body_began, waits_since, waited, deadline, answered_at;
    size_t body_in, bytes_out, text_bytes;
    nomen_place place;
    nomen_ticket *ticket;
    nomen_task task;
    nomen_status status; /* of the handler */
    nomen_error error;
    nomen_stream_out stream;
} nomen_progress;

/* What libmicrohttpd calls; `user` is the loop. */
void *nomen_connection_target(void *user, const char *target, struct MHD_Connection *http);
enum MHD_Result nomen_connection_request(void *user, struct MHD_Connection *http, const char *url, const char *method,
                                         const char *version, const char *upload, size_t *n_upload, void **context);
void nomen_connection_completed(void *user, struct MHD_Connection *http, void **context, enum MHD_RequestTerminationCode why);
void nomen_connection_notify(void *user, struct MHD_Connection *http, void **context, enum MHD_ConnectionNotificationCode what);

/* Looks at the time of each connection. */
void nomen_connections_tick(struct nomen_loop *loop, double now);

/* Ends connections without a request, or all of them. */
void nomen_connections_end(struct nomen_loop *loop, bool all);

/* Frees a request. */
void nomen_progress_free(nomen_progress *p);

/* The request waits, and its connection is watched; it goes on. */
void nomen_progress_sleep(nomen_progress *p);
void nomen_progress_wake(nomen_progress *p);

/* The client went away while its request waited. */
void nomen_connection_lost(nomen_connection *connection);

#endif
