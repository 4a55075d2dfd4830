/* Reading and showing addresses; see the header. */
#include "serve/listen_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WAYS "expected HOST:PORT such as 127.0.0.1:8080, [IPV6]:PORT such as [::1]:8080, :PORT, or unix:/PATH"

static nomen_status refuse(const char *text, const char *why, nomen_error *err) {
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "listen: \"%.200s\" %s; " WAYS, text, why);
}

static void add(nomen_addresses *out, const void *address, socklen_t size) {
    if (out->n == NOMEN_ADDRESSES || size > sizeof *out->items) { return; }
    nomen_address item;
    memset(&item, 0, sizeof item); /* what is compared has no undefined bytes */
    memcpy(&item, address, size);
    /* A file of hosts may name an address twice, and the second socket would find the first in its place. */
    for (size_t i = 0; i < out->n; i++) {
        if (out->sizes[i] == size && memcmp(&out->items[i], &item, size) == 0) { return; }
    }
    out->items[out->n] = item;
    out->sizes[out->n++] = size;
}

static void add_both(nomen_addresses *out, in_addr_t v4, struct in6_addr v6, unsigned port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(v4)};
    struct sockaddr_in6 address6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = v6};
    add(out, &address, sizeof address);
    add(out, &address6, sizeof address6);
    out->several = true;
}

static nomen_status resolve_unix(const char *text, nomen_addresses *out, nomen_error *err) {
    const char *path = text + strlen("unix:");
    while (path[0] == '/' && path[1] == '/') { path++; } /* unix:///run/nomen.sock, as an address of a page is written */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (*path != '/') { return refuse(text, "does not name a socket by its whole path", err); }
    size_t n = strlen(path);
    if (path[n - 1] == '/') { return refuse(text, "names a directory", err); }
    if (n >= sizeof address.sun_path) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "listen: the path of \"%.200s\" has %zu bytes; a socket's may have %zu",
                               text, n, sizeof address.sun_path - 1);
    }
    memcpy(address.sun_path, path, n + 1);
    add(out, &address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + 1));
    return NOMEN_OK;
}

/* The port of digits; false for anything else. */
static bool read_port(const char *text, unsigned *port) {
    size_t n = strlen(text);
    if (n == 0 || n > 5 || strspn(text, "0123456789") != n) { return false; }
    *port = 0;
    for (; *text != '\0'; text++) { *port = *port * 10 + (unsigned)(*text - '0'); }
    return *port <= 65535;
}

/* Cuts "HOST:PORT" or "[HOST]:PORT"; host has the size of NOMEN_ADDRESS_NAME_SIZE at least. */
static nomen_status cut(const char *text, char *host, size_t size, unsigned *port, nomen_error *err) {
    const char *colon = strrchr(text, ':'), *from = text, *to = colon;
    if (*text == '[') {
        to = strchr(text, ']');
        if (to == NULL || (to[1] != ':' && to[1] != '\0')) {
            return refuse(text, "has a bracket that is not closed before :PORT", err);
        }
        if (to[1] == '\0') { return refuse(text, "has no port", err); }
        from = text + 1;
        colon = to + 1;
        if (from == to) { return refuse(text, "has nothing within its brackets", err); }
    } else if (colon == NULL) {
        bool number = read_port(text, port);
        return refuse(text, number ? "is a port without the colon before it" : "has no port", err);
    } else if (memchr(text, ':', (size_t)(colon - text)) != NULL) {
        return refuse(text, "has several colons; an IPv6 address stands in brackets", err);
    }
    if (!read_port(colon + 1, port)) { return refuse(text, "has no port from 0 to 65535", err); }
    if ((size_t)(to - from) >= size) { return refuse(text, "is too long", err); }
    memcpy(host, from, (size_t)(to - from));
    host[to - from] = '\0';
    return NOMEN_OK;
}

static nomen_status look_up(const char *text, const char *host, unsigned port, bool bracketed, nomen_addresses *out,
                            nomen_error *err) {
    const struct addrinfo hints = {.ai_family = bracketed ? AF_INET6 : AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV | (bracketed ? AI_NUMERICHOST : 0)};
    struct addrinfo *found = NULL;
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    int problem = getaddrinfo(host, service, &hints, &found);
    if (problem != 0 && bracketed) { return refuse(text, "has no IPv6 address within its brackets", err); }
    if (problem != 0) {
        return nomen_error_set(err, NOMEN_ERROR_IO,
                               "listen: \"%s\": the name \"%s\" can't be resolved (%s); give an address of this machine", text,
                               host, gai_strerror(problem));
    }
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        if (at->ai_family == AF_INET || at->ai_family == AF_INET6) { add(out, at->ai_addr, at->ai_addrlen); }
    }
    freeaddrinfo(found);
    out->several = out->n > 1;
    if (out->n == 0) { return refuse(text, "has no address", err); }
    return NOMEN_OK;
}

nomen_status nomen_address_resolve(const char *text, nomen_addresses *out, nomen_error *err) {
    char host[NOMEN_ADDRESS_NAME_SIZE];
    unsigned port = 0;
    *out = (nomen_addresses){0};
    if (strncmp(text, "unix:", 5) == 0) { return resolve_unix(text, out, err); }
    if (strstr(text, "://") != NULL) { return refuse(text, "is an address of a page", err); }
    if (*text == '/') { return refuse(text, "is a path without unix: before it", err); }
    nomen_status status = cut(text, host, sizeof host, &port, err);
    if (status != NOMEN_OK) { return status; }
    const bool bracketed = *text == '[';
    if (*host == '\0' || (!bracketed && strcmp(host, "*") == 0)) {
        add_both(out, INADDR_ANY, in6addr_any, port);
        return NOMEN_OK;
    }
    /* What a container's file of hosts says of localhost need not be so there. */
    if (!bracketed && strcasecmp(host, "localhost") == 0) {
        add_both(out, INADDR_LOOPBACK, in6addr_loopback, port);
        return NOMEN_OK;
    }
    /* getaddrinfo(3) takes "*" for all addresses. */
    if (bracketed && strchr(host, ':') == NULL) { return refuse(text, "has no IPv6 address within its brackets", err); }
    return look_up(text, host, port, bracketed, out, err);
}

bool nomen_address_is_local(const nomen_address *address) {
    if (address->any.sa_family == AF_UNIX) { return true; }
    if (address->any.sa_family == AF_INET) { return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127; }
    if (address->any.sa_family != AF_INET6) { return false; }
    const struct in6_addr *v6 = &address->v6.sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127);
}

void nomen_address_name(const nomen_address *address, socklen_t size, char out[NOMEN_ADDRESS_NAME_SIZE]) {
    char host[NOMEN_ADDRESS_NAME_SIZE - 16], port[16];
    if (address->any.sa_family == AF_UNIX) {
        const size_t before = offsetof(struct sockaddr_un, sun_path);
        size_t n = size > before ? size - before : 0;
        /* A NUL at the beginning is shown as "@", as systemd and ss(8) do. */
        bool is_abstract = n > 0 && address->local.sun_path[0] == '\0';
        int shown = is_abstract ? (int)n - 1 : (int)strnlen(address->local.sun_path, n);
        snprintf(out, NOMEN_ADDRESS_NAME_SIZE, "unix:%s%.*s", is_abstract ? "@" : "", shown,
                 address->local.sun_path + (is_abstract ? 1 : 0));
        return;
    }
    if (getnameinfo(&address->any, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        snprintf(out, NOMEN_ADDRESS_NAME_SIZE, "unknown");
        return;
    }
    snprintf(out, NOMEN_ADDRESS_NAME_SIZE, address->any.sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

unsigned nomen_address_port(const nomen_address *address) {
    if (address->any.sa_family == AF_INET) { return ntohs(address->v4.sin_port); }
    return address->any.sa_family == AF_INET6 ? ntohs(address->v6.sin6_port) : 0;
}

void nomen_address_set_port(nomen_address *address, unsigned port) {
    if (address->any.sa_family == AF_INET) { address->v4.sin_port = htons((uint16_t)port); }
    if (address->any.sa_family == AF_INET6) { address->v6.sin6_port = htons((uint16_t)port); }
}
