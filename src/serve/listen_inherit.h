/* Sockets that were opened before the program began: socket activation, as sd_listen_fds(3) describes it. */
#ifndef NOMEN_SERVE_LISTEN_INHERIT_H
#define NOMEN_SERVE_LISTEN_INHERIT_H

#include "serve/settings.h"

/*
 * How many sockets were handed over, from descriptor NOMEN_FIRST_INHERITED on; 0: none. They are checked, closed in children
 * and do not block. The variables that say so are removed: they are for this process alone.
 */
#define NOMEN_FIRST_INHERITED 3
nomen_status nomen_inherit_sockets(const nomen_settings *settings, size_t *n, nomen_error *err);

#endif
