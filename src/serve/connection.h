/*
 * Connections as libmicrohttpd has them, what it can't do for them (limits of time, clients that went away while their request
 * waits), and the part of a request that only the service knows.
 *
 * libmicrohttpd runs on the service's thread, so nothing here is locked. It restarts its own timeout with every byte and
 * neither watches nor times out a connection whose request waits, so each has its times here, and is ended by shutdown(2).
 */
#ifndef NOMEN_SERVE_CONNECTION_H
#define NOMEN_SERVE_CONNECTION_H

#include "serve/traffic.h"

/* What libmicrohttpd calls; `user` is the loop. */
void *nomen_connection_target(void *user, const char *target, struct MHD_Connection *http);
enum MHD_Result nomen_connection_request(void *user, struct MHD_Connection *http, const char *url, const char *method,
                                         const char *version, const char *upload, size_t *n_upload, void **context);
void nomen_connection_completed(void *user, struct MHD_Connection *http, void **context, enum MHD_RequestTerminationCode why);
void nomen_connection_notify(void *user, struct MHD_Connection *http, void **context, enum MHD_ConnectionNotificationCode what);

/* Looks at the time of each connection. */
void nomen_connections_tick(nomen_loop *loop, double now);

/* Ends connections without a request, or all of them. */
void nomen_connections_end(nomen_loop *loop, bool all);

/* The client went away while its request waited. */
void nomen_connection_lost(nomen_connection *connection);

#endif
