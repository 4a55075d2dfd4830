/*
 * The service's thread: sockets, libmicrohttpd, what other threads are done with, signals and time, in one epoll(7).
 */
#ifndef NOMEN_SERVE_LOOP_H
#define NOMEN_SERVE_LOOP_H

#include <pthread.h>

#include "serve/connection.h"

/* A file that epoll looks at. */
typedef struct nomen_watched {
    nomen_source source;
    int file;
} nomen_watched;

typedef struct nomen_loop {
    nomen_service *service;
    struct MHD_Daemon *http;
    int epoll;
    nomen_watched http_file, wake, signals;
    nomen_watched *listeners;
    size_t n_listeners;
    bool listens;        /* false while the system gives no descriptors, and from the end of listening on */
    double listen_again; /* when */
    nomen_connection *connections;
    size_t n_connections, n_orphans; /* requests that lost theirs, and wait for another thread */
    size_t body_bytes;               /* of all requests */
    bool stopping;                   /* a graceful stop is under way: answers end their connections */
    double stop_listening, stop_by;
    bool aborted;         /* what is left is not waited for */
    pthread_mutex_t lock; /* of `done` */
    nomen_progress *done;
} nomen_loop;

/* Makes the loop of a service whose listeners are open. */
nomen_status nomen_loop_create(nomen_service *service, nomen_loop **out, nomen_error *err);
void nomen_loop_free(nomen_loop *loop);

/* Runs until a stop is complete. */
nomen_status nomen_loop_run(nomen_loop *loop, nomen_error *err);

/* Hands a request back to the service's thread; from any thread. */
void nomen_loop_post(nomen_loop *loop, nomen_progress *p);

/* A connection is watched for its client's end, or not any more. */
void nomen_loop_watch(nomen_loop *loop, nomen_connection *connection, bool watch);

#endif
