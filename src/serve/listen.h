/* Where the service listens: sockets of its own, or those that systemd opened for it. */
#ifndef NOMEN_SERVE_LISTEN_H
#define NOMEN_SERVE_LISTEN_H

#include <stdint.h>

#include "serve/settings.h"

/* Sockets that listen. Start from {0}. */
typedef struct nomen_listeners {
    int *files;   /* (n) not blocking, closed in children */
    char **names; /* (n) "127.0.0.1:8080", with the port that the system chose for port 0; "unix:/path" */
    size_t n, capacity;
    char **paths;     /* (n) of Unix sockets that are to be removed at the end; NULL for others */
    uint64_t *inodes; /* (n) of the files at `paths`: another service may have put its socket there meanwhile */
    bool inherited;
} nomen_listeners;

/*
 * Those of socket activation (LISTEN_FDS, LISTEN_PID), else those of settings->listen. A stale Unix socket is replaced. An
 * address that is no loopback is refused unless there are keys or settings->no_auth. Fails with what the address was and why.
 */
nomen_status nomen_listeners_open(const nomen_settings *settings, nomen_listeners *out, nomen_error *err);

/*
 * Removes Unix sockets, closes all, and leaves {0}. A file is removed while its socket is still open, as the system may give the
 * number of a file that is closed to the next one; so let it do the closing.
 */
void nomen_listeners_close(nomen_listeners *listeners);

#endif
