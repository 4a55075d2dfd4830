/* The options of /tag and /redact: one table of them, as members of a JSON body or as parameters of a query. */
#ifndef NOMEN_SERVE_ASKED_OPTIONS_H
#define NOMEN_SERVE_ASKED_OPTIONS_H

#include "serve/asked.h"

/* Which of them may stand beside the texts. */
enum { NOMEN_ASK_TAG = 1, NOMEN_ASK_REDACT = 2 };

/*
 * Reads texts and options of /tag or /redact (`which`) into `asked` and the exchange's request, and takes a hold on the model.
 * Options that are not known are refused, and values that can't be.
 */
nomen_status nomen_asked_read(nomen_exchange *exchange, nomen_asked *asked, unsigned which, nomen_error *err);

#endif
