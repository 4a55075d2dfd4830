/* Answers on their way to the client. */
#ifndef NOMEN_SERVE_SEND_H
#define NOMEN_SERVE_SEND_H

#include "serve/connection.h"

/* Hands the answer of a request, or its stream of lines, to libmicrohttpd. */
enum MHD_Result nomen_send_answer(nomen_progress *p);

/*
 * An answer for a connection that libmicrohttpd can't be asked to answer, as its request is still on its way; nothing follows
 * it. At most what the socket takes without waiting.
 */
void nomen_send_and_end(int file, nomen_answer *answer, const char *id);

#endif
