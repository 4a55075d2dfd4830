/*
 * The service's thread: sockets, libmicrohttpd, what other threads are done with, signals and time, in one epoll(7).
 */
#ifndef NOMEN_SERVE_RUN_H
#define NOMEN_SERVE_RUN_H

#include "serve/settings.h"

/*
 * Runs a service until SIGTERM or SIGINT: opens the sockets, loads the models, answers, and ends when what was accepted is
 * done. The caller is the only thread of the process.
 */
nomen_status nomen_service_run(const nomen_serve_settings *settings, nomen_error *err);

#endif
