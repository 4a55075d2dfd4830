/* Unix sockets in directories: taking the place of one that nobody answers at, and going without a trace. */
#ifndef NOMEN_SERVE_LISTEN_UNIX_H
#define NOMEN_SERVE_LISTEN_UNIX_H

#include <stdint.h>

#include "serve/listen_address.h"

/*
 * Binds `file` to the address and listens there, with mode 0660 from the first moment. What stands there is removed only where it
 * is a socket that refuses connections. *inode is the new file's.
 */
nomen_status nomen_unix_bind(int file, const nomen_address *address, socklen_t size, int backlog, uint64_t *inode,
                             nomen_error *err);

/* Removes the file, if it still is the one with that inode. The socket must still be open. */
void nomen_unix_remove(const char *path, uint64_t inode);

#endif
