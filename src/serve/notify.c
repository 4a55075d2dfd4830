/* Datagrams to systemd; see the header. */
#include "serve/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void nomen_notify(const char *state) {
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = path != NULL ? strlen(path) : 0;
    /* Other beginnings are other families of addresses, as of a virtual machine's host. */
    if (n < 2 || (path[0] != '/' && path[0] != '@') || n >= sizeof address.sun_path) { return; }
    memcpy(address.sun_path, path, n);
    /* "@" stands for the NUL of a name that is in no directory. Such a name is as long as its address says: no NUL ends it. */
    if (path[0] == '@') { address.sun_path[0] = '\0'; }
    socklen_t n_address = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (path[0] == '@' ? 0 : 1));
    int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (file < 0) { return; }
    /* Nothing depends on its arrival but systemd's patience. The kernel adds the sender's process id. */
    ssize_t sent = sendto(file, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, n_address);
    (void)sent;
    close(file);
}
