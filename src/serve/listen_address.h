/* What a text such as "127.0.0.1:8080", "[::1]:8080", ":8080" or "unix:/run/nomen.sock" says, as addresses of sockets. */
#ifndef NOMEN_SERVE_LISTEN_ADDRESS_H
#define NOMEN_SERVE_LISTEN_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"

/* Room for "[" address "%" interface "]:" port, and for "unix:" path. */
#define NOMEN_ADDRESS_NAME_SIZE 192

/* Addresses of one text that are used, at most. */
#define NOMEN_ADDRESSES 16

typedef union nomen_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
    struct sockaddr_storage room;
} nomen_address;

typedef struct nomen_addresses {
    nomen_address items[NOMEN_ADDRESSES];
    socklen_t sizes[NOMEN_ADDRESSES];
    size_t n;
    bool several; /* of a name, or of all: one that this machine lacks may be left out, where others are there */
} nomen_addresses;

/*
 * NOMEN_ERROR_ARGUMENT for a text that is none, with how it is written; NOMEN_ERROR_IO for a name that is not known. "localhost"
 * is both loopback addresses without asking anyone; other names are looked up.
 */
nomen_status nomen_address_resolve(const char *text, nomen_addresses *out, nomen_error *err);

/* Whether none but this machine can reach it. */
bool nomen_address_is_local(const nomen_address *address);

/* As the text would be: "127.0.0.1:8080", "[::1]:8080", "unix:/path". */
void nomen_address_name(const nomen_address *address, socklen_t size, char out[NOMEN_ADDRESS_NAME_SIZE]);

/* Its port, 0 for a Unix socket; and sets it. */
unsigned nomen_address_port(const nomen_address *address);
void nomen_address_set_port(nomen_address *address, unsigned port);

#endif
