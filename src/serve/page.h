/* The page at GET /. */
#ifndef NOMEN_SERVE_PAGE_H
#define NOMEN_SERVE_PAGE_H

#include "serve/exchange.h"

nomen_status nomen_page_begin(nomen_exchange *exchange, nomen_error *err);

#endif
