/* The page at GET /, with its parts /page.css and /page.js: files that the program holds (src/serve/page/). */
#ifndef NOMEN_SERVE_PAGE_H
#define NOMEN_SERVE_PAGE_H

#include "serve/exchange.h"

/* Answers with the file of exchange->path. Needs no key, reads nothing and never waits. */
nomen_status nomen_page_begin(nomen_exchange *exchange, nomen_error *err);

#endif
