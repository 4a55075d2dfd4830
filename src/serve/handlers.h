/* The handlers of the table of routes (routes.h says what each of them does when): a file route_*.c a group. */
#ifndef NOMEN_SERVE_HANDLERS_H
#define NOMEN_SERVE_HANDLERS_H

#include "serve/exchange.h"

/* route_hf.c: POST / and /models/NAME, the interface of Hugging Face's pipeline. */
nomen_status nomen_hf_begin(nomen_exchange *exchange, nomen_error *err);
nomen_status nomen_hf_finish(nomen_exchange *exchange, nomen_error *err);

/* route_tag.c */
nomen_status nomen_tag_begin(nomen_exchange *exchange, nomen_error *err);
nomen_status nomen_tag_finish(nomen_exchange *exchange, nomen_error *err);
nomen_status nomen_tag_line(nomen_exchange *exchange, const nomen_results *results, size_t result, size_t text, nomen_buffer *out,
                            nomen_error *err);

/* route_redact.c: /redact; route_restore.c: /restore */
nomen_status nomen_redact_begin(nomen_exchange *exchange, nomen_error *err);
nomen_status nomen_redact_finish(nomen_exchange *exchange, nomen_error *err);
nomen_status nomen_restore_begin(nomen_exchange *exchange, nomen_error *err);

/* route_tokens.c */
nomen_status nomen_tokenize_begin(nomen_exchange *exchange, nomen_error *err);
nomen_status nomen_decode_begin(nomen_exchange *exchange, nomen_error *err);

/* route_info.c */
nomen_status nomen_info_begin(nomen_exchange *exchange, nomen_error *err);
nomen_status nomen_health_begin(nomen_exchange *exchange, nomen_error *err);
nomen_status nomen_ready_begin(nomen_exchange *exchange, nomen_error *err);
nomen_status nomen_metrics_begin(nomen_exchange *exchange, nomen_error *err);
nomen_status nomen_openapi_begin(nomen_exchange *exchange, nomen_error *err);

/* route_admin.c */
nomen_status nomen_admin_list_begin(nomen_exchange *exchange, nomen_error *err);
nomen_status nomen_admin_load_begin(nomen_exchange *exchange, nomen_error *err);
nomen_status nomen_admin_reload_begin(nomen_exchange *exchange, nomen_error *err);
nomen_status nomen_admin_unload_begin(nomen_exchange *exchange, nomen_error *err);
nomen_status nomen_admin_finish(nomen_exchange *exchange, nomen_error *err);

#endif
