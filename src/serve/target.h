/* The target of a request: its path, and the parameters after it. */
#ifndef NOMEN_SERVE_TARGET_H
#define NOMEN_SERVE_TARGET_H

#include "serve/exchange.h"

/*
 * Splits the target of a request, as it came, into the exchange's path, whose escapes are replaced, and query. False: it has an
 * answer then.
 */
bool nomen_target_split(nomen_exchange *exchange, const char *target);

#endif
