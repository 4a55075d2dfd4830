/*
 * The head of a request: what is refused before a body is read. Where proxies and servers may disagree about where a message
 * ends (RFC 9112, 6.1 and 6.3; "request smuggling"), it is refused and the connection closed.
 */
#ifndef NOMEN_SERVE_HEAD_H
#define NOMEN_SERVE_HEAD_H

#include <microhttpd.h>

#include "serve/service.h"

/* What the head says about the body. */
typedef struct nomen_head {
    bool chunked;
    bool sized; /* there is a Content-Length: */
    size_t n_bytes;
} nomen_head;

/*
 * Splits the target of a request, as it came, into the exchange's path, whose escapes are replaced, and query. False: it has an
 * answer then.
 */
bool nomen_head_split(nomen_exchange *exchange, const char *target);

/* Whether a target names a host that this service answers to, or none: that of an absolute one stands for Host (RFC 9112, 3.2.2). */
bool nomen_head_authority_is_known(const nomen_settings *settings, const char *target);

/*
 * Checks framing, Host, method, path, key, Origin and media types, fills in what the exchange's handler reads of them, and finds
 * its route. `local`: it came over a Unix socket. False: the exchange has an answer. `key_name` is the name of the key, borrowed.
 */
bool nomen_head_check(nomen_exchange *exchange, struct MHD_Connection *connection, const char *method, const char *version,
                      bool local, nomen_head *head, const char **key_name);

/* Whether a value of Host is one that this service answers to. */
bool nomen_head_host_is_known(const nomen_settings *settings, const char *host);

#endif
