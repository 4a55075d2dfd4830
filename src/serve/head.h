/*
 * The head of a request: what is refused before a body is read. Where proxies and servers may disagree about where a message
 * ends (RFC 9112, 6.1 and 6.3; "request smuggling"), it is refused and the connection closed.
 */
#ifndef NOMEN_SERVE_HEAD_H
#define NOMEN_SERVE_HEAD_H

#include "serve/traffic.h"

/*
 * Checks framing, Host, method, path, key, Origin and media types, fills in what the exchange's handler reads of them, and finds
 * its route. `local`: it came over a Unix socket. False: the exchange has an answer. `key_name` is the name of the key, borrowed.
 */
bool nomen_head_check(nomen_exchange *exchange, struct MHD_Connection *connection, const char *method, const char *version,
                      bool local, const char **key_name);

/* Whether a value of Host is one that this service answers to. */
bool nomen_head_host_is_known(const nomen_serve_settings *settings, const char *host);

/* Whether a target names a host that this service answers to, or none: an absolute one's stands for Host (RFC 9112, 3.2.2). */
bool nomen_head_authority_is_known(const nomen_serve_settings *settings, const char *target);

#endif
