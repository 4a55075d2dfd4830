/*
 * What the service's thread works on: connections as libmicrohttpd has them, requests in progress, and the loop that they belong
 * to. Nothing here is locked but what other threads hand back (nomen_loop_post).
 */
#ifndef NOMEN_SERVE_TRAFFIC_H
#define NOMEN_SERVE_TRAFFIC_H

#include <microhttpd.h>
#include <pthread.h>

#include "base/clock.h"
#include "serve/helper.h"
#include "serve/service.h"
#include "serve/waiting.h"

typedef struct nomen_loop nomen_loop;

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
    nomen_loop *loop;
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
    nomen_loop *loop;
    nomen_connection *connection;
    struct MHD_Connection *http;
    nomen_phase phase;
    nomen_step step;
    bool suspended;                   /* in libmicrohttpd */
    bool gone;                        /* the client went away, or the service ends: nothing is to be sent */
    bool orphan;                      /* and its connection is no more: it is freed as soon as its step is done */
    bool late;                        /* its time was over before it was done */
    bool started;                     /* its texts have begun to be tagged; `waited` is known */
    char key_name[NOMEN_CLIENT_SIZE]; /* a copy: keys are read anew by SIGHUP while it waits */
    char method[16];
    char client[NOMEN_CLIENT_SIZE]; /* whose turn it is in a line */
    double began, body_began, waits_since, waited, deadline, answered_at;
    double body_looked_at; /* when its body's progress was last looked at, with body_then of it */
    size_t body_in, body_then, bytes_out, text_bytes;
    nomen_place place;
    nomen_ticket *ticket;
    nomen_task task;
    nomen_status status; /* of the handler */
    nomen_error error;
    nomen_stream_out stream;
} nomen_progress;

/* A file that epoll looks at. */
typedef struct nomen_watched {
    nomen_source source;
    int file;
} nomen_watched;

struct nomen_loop {
    nomen_service *service;
    struct MHD_Daemon *http;
    int epoll;
    nomen_watched http_file, wake, signals;
    nomen_watched *listeners;
    size_t n_listeners;
    bool listens;           /* false while the system gives no descriptors, and from the end of listening on */
    double listen_again;    /* when */
    double looked_for_ends; /* when clients that have left were last looked for */
    nomen_connection *connections;
    size_t n_connections, n_orphans; /* requests that lost theirs, and wait for another thread */
    size_t body_bytes;               /* of all requests */
    bool stopping;                   /* a graceful stop is under way: answers end their connections */
    double stop_listening, stop_by;
    bool aborted;         /* what is left is not waited for */
    pthread_mutex_t lock; /* of `done` */
    nomen_progress *done;
};

/* Epoll, and what wakes it. */
nomen_status nomen_loop_create(nomen_service *service, nomen_loop **out, nomen_error *err);
void nomen_loop_free(nomen_loop *loop);

/* Has epoll look at a file; `source` is what it then points to. */
nomen_status nomen_loop_add(nomen_loop *loop, int file, unsigned events, void *source, nomen_error *err);

/* A connection is watched for its client's end, or not any more. */
void nomen_loop_watch(nomen_loop *loop, nomen_connection *connection, bool watch);

/* Hands a request back to the service's thread; from any thread. */
void nomen_loop_post(nomen_loop *loop, nomen_progress *p);

/* What was handed back, in its order, linked by `next_done`. */
nomen_progress *nomen_loop_take(nomen_loop *loop);

/* Frees a request. */
void nomen_progress_free(nomen_progress *p);

/* The request waits, and its connection is watched; it goes on. */
void nomen_progress_sleep(nomen_progress *p);
void nomen_progress_wake(nomen_progress *p);

#endif
