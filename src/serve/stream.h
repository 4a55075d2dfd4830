/* Answers that are sent as lines, as they come. */
#ifndef NOMEN_SERVE_STREAM_H
#define NOMEN_SERVE_STREAM_H

#include "serve/traffic.h"

/* Hands a request's stream of lines to libmicrohttpd. */
enum MHD_Result nomen_stream_send(nomen_progress *p);

#endif
