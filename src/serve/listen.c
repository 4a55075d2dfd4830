/* Opening the sockets that the service listens on. */
#include "serve/listen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "serve/listen_address.h"
#include "serve/listen_inherit.h"
#include "serve/listen_unix.h"

enum { BACKLOG = 1024 };

static nomen_status reserve(nomen_listeners *out, nomen_error *err) {
    const size_t needed = out->n + 1;
    size_t capacity = out->capacity;
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(out->files, capacity, needed, err));
    capacity = out->capacity;
    NOMEN_TRY(NOMEN_RESERVE(out->names, capacity, needed, err));
    capacity = out->capacity;
    NOMEN_TRY(NOMEN_RESERVE(out->paths, capacity, needed, err));
    capacity = out->capacity;
    NOMEN_TRY(NOMEN_RESERVE(out->inodes, capacity, needed, err));
    out->capacity = capacity;
done:
    return status;
}

/* Adds an open socket, which is closed where that fails; `path` of a file to be removed, else NULL. */
static nomen_status add_socket(nomen_listeners *out, int file, const char *path, uint64_t inode, nomen_error *err) {
    nomen_address address = {0};
    socklen_t size = sizeof address;
    char name[NOMEN_ADDRESS_NAME_SIZE], *name_copy = NULL, *path_copy = NULL;
    nomen_status status;
    if (getsockname(file, &address.any, &size) != 0) {
        NOMEN_FAIL(nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "listen: a socket's address can't be read"));
    }
    nomen_address_name(&address, size, name);
    NOMEN_TRY(reserve(out, err));
    NOMEN_TRY(NOMEN_COPY(name_copy, name, strlen(name), err));
    if (path != NULL) { NOMEN_TRY(NOMEN_COPY(path_copy, path, strlen(path), err)); }
    out->files[out->n] = file;
    out->names[out->n] = name_copy;
    out->paths[out->n] = path_copy;
    out->inodes[out->n++] = inode;
    return NOMEN_OK;
done:
    nomen_mem_free(name_copy);
    if (path != NULL) { nomen_unix_remove(path, inode); }
    close(file);
    return status;
}

static nomen_status check_access(const nomen_settings *settings, const nomen_address *address, const char *name,
                                 nomen_error *err) {
    if (settings->keys != NULL || settings->no_auth || nomen_address_is_local(address)) { return NOMEN_OK; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                           "listen: %s can be reached from other machines, and there are no keys; give a file of keys (--keys), "
                           "listen on 127.0.0.1, or say --no-auth if something before the service checks who asks",
                           name);
}

static nomen_status fail_to_bind(const char *name, unsigned port, int problem, nomen_error *err) {
    if (problem == EADDRINUSE) {
        return nomen_error_set(
            err, NOMEN_ERROR_IO,
            "listen: %s is in use: another program listens there; stop it (ss -ltnp 'sport = :%u' shows it) or "
            "give another port",
            name, port);
    }
    if (problem == EACCES && port < 1024) {
        return nomen_error_set(err, NOMEN_ERROR_IO,
                               "listen: %s: this user may not listen on ports below 1024; give a higher one, or the capability "
                               "CAP_NET_BIND_SERVICE (AmbientCapabilities= of a systemd unit), or have systemd open the socket",
                               name);
    }
    if (problem == EADDRNOTAVAIL) {
        return nomen_error_set(
            err, NOMEN_ERROR_IO,
            "listen: %s: this machine has no such address; 'ip address' lists those that it has, and :%u is all "
            "of them",
            name, port);
    }
    return nomen_error_set_errno(err, NOMEN_ERROR_IO, problem, "listen: %s: can't be opened", name);
}

/* Whether a machine without IPv6, or without that address, gives this. */
static bool is_lack(int problem) {
    return problem == EADDRNOTAVAIL || problem == EAFNOSUPPORT || problem == EPROTONOSUPPORT;
}

/* Opens an address. *lacking is set, instead of an error, where this machine has no such address. */
static nomen_status open_inet(const nomen_address *address, socklen_t size, const char *name, nomen_listeners *out, bool *lacking,
                              nomen_error *err) {
    const int yes = 1;
    int problem = 0;
    int file = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (file < 0) { problem = errno; }
    /* A port whose connections of before are still dying may be used again; one that somebody listens on may not. */
    if (problem == 0 && setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0) { problem = errno; }
    /* IPv4 has a socket of its own, whatever the system's setting is. */
    if (problem == 0 && address->any.sa_family == AF_INET6 &&
        setsockopt(file, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) != 0) {
        problem = errno;
    }
    if (problem == 0 && bind(file, &address->any, size) != 0) { problem = errno; }
    if (problem == 0 && listen(file, BACKLOG) != 0) { problem = errno; }
    if (problem == 0) { return add_socket(out, file, NULL, 0, err); }
    if (file >= 0) { close(file); }
    *lacking = is_lack(problem);
    return fail_to_bind(name, nomen_address_port(address), problem, err);
}

static nomen_status open_unix(const nomen_address *address, socklen_t size, nomen_listeners *out, nomen_error *err) {
    uint64_t inode = 0;
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (file < 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "listen: no Unix socket can be made"); }
    nomen_status status = nomen_unix_bind(file, address, size, BACKLOG, &inode, err);
    if (status == NOMEN_OK) { return add_socket(out, file, address->local.sun_path, inode, err); }
    close(file);
    return status;
}

/* The port of a socket that is open. */
static unsigned port_of(int file) {
    nomen_address address = {0};
    socklen_t size = sizeof address;
    return getsockname(file, &address.any, &size) == 0 ? nomen_address_port(&address) : 0;
}

static nomen_status open_all(const char *text, const nomen_settings *settings, nomen_listeners *out, nomen_error *err) {
    nomen_addresses found;
    nomen_error lack = {0};
    nomen_status status;
    const size_t n_before = out->n;
    NOMEN_TRY(nomen_address_resolve(text, &found, err));
    for (size_t i = 0; i < found.n; i++) { NOMEN_TRY(check_access(settings, &found.items[i], text, err)); }
    for (size_t i = 0; i < found.n; i++) {
        nomen_address *address = &found.items[i];
        nomen_error problem = {0};
        char name[NOMEN_ADDRESS_NAME_SIZE];
        bool lacking = false;
        if (address->any.sa_family == AF_UNIX) { NOMEN_FAIL(open_unix(address, found.sizes[i], out, err)); }
        /* All addresses of a text have one port, be it the system's choice for the first. */
        if (nomen_address_port(address) == 0 && out->n > n_before) {
            nomen_address_set_port(address, port_of(out->files[out->n - 1]));
        }
        nomen_address_name(address, found.sizes[i], name);
        status = open_inet(address, found.sizes[i], name, out, &lacking, &problem);
        if (status == NOMEN_OK) { continue; }
        if (!lacking || !found.several) { NOMEN_FAIL(nomen_error_pass(err, &problem)); }
        nomen_error_pass(&lack, &problem);
    }
    status = out->n > n_before ? NOMEN_OK : nomen_error_pass(err, &lack);
done:
    return status;
}

static nomen_status take_inherited(const nomen_settings *settings, size_t n, nomen_listeners *out, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < n; i++) {
        const int file = NOMEN_FIRST_INHERITED + (int)i;
        nomen_address address = {0};
        socklen_t size = sizeof address;
        char name[NOMEN_ADDRESS_NAME_SIZE];
        if (getsockname(file, &address.any, &size) != 0) { size = 0; }
        nomen_address_name(&address, size, name);
        NOMEN_TRY(check_access(settings, &address, name, err));
        NOMEN_TRY(add_socket(out, file, NULL, 0, err));
    }
    out->inherited = true;
done:
    return status;
}

nomen_status nomen_listeners_open(const nomen_settings *settings, nomen_listeners *out, nomen_error *err) {
    size_t n_inherited = 0;
    nomen_status status;
    NOMEN_TRY(nomen_inherit_sockets(settings, &n_inherited, err));
    if (n_inherited > 0) { NOMEN_FAIL(take_inherited(settings, n_inherited, out, err)); }
    for (size_t i = 0; i < settings->listen.n; i++) { NOMEN_TRY(open_all(settings->listen.items[i], settings, out, err)); }
    if (out->n == 0) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "there is no address to listen on; give one by --listen"));
    }
done:
    if (status != NOMEN_OK) { nomen_listeners_close(out); }
    return status;
}

void nomen_listeners_close(nomen_listeners *listeners) {
    for (size_t i = 0; i < listeners->n; i++) {
        if (listeners->paths[i] != NULL) { nomen_unix_remove(listeners->paths[i], listeners->inodes[i]); }
        close(listeners->files[i]);
        nomen_mem_free(listeners->names[i]);
        nomen_mem_free(listeners->paths[i]);
    }
    nomen_mem_free(listeners->files);
    nomen_mem_free(listeners->names);
    nomen_mem_free(listeners->paths);
    nomen_mem_free(listeners->inodes);
    *listeners = (nomen_listeners){0};
}
