/* What handlers and models use of the service's other parts, without connections. */
#ifndef TESTS_SERVE_STUBS_H
#define TESTS_SERVE_STUBS_H

#include "serve/exchange.h"

/* Waits until nomen_exchange_done was called for the n-th time, which starts over at 1 then. */
void stubs_wait_done(void);

#endif
