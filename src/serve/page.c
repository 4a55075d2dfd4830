/* The page at GET /; see the header. */
#include "serve/page.h"

nomen_status nomen_page_begin(nomen_exchange *exchange, nomen_error *err) {
    static const char text[] = "the page is not built in; GET /openapi.json describes the interface\n";
    (void)err;
    exchange->answer.status = 200;
    exchange->answer.type = NOMEN_TYPE_TEXT;
    exchange->answer.bytes = text;
    exchange->answer.n_bytes = sizeof text - 1;
    return NOMEN_OK;
}
