/* Socket activation; see the header. */
#include "serve/listen_inherit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/access_log.h"

enum { MOST = 1024 };

/* A variable that is a whole number above 0; -1 where it is anything else. */
static long read_number(const char *name) {
    const char *text = getenv(name);
    char *end = NULL;
    errno = 0;
    long number = text != NULL && *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : -1;
    return end != NULL && *end == '\0' && errno == 0 && number > 0 ? number : -1;
}

static int option_of(int file, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    return getsockopt(file, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

static nomen_status check_socket(int file, nomen_error *err) {
    struct stat about;
    if (fstat(file, &about) != 0) {
        return nomen_error_set(err, NOMEN_ERROR_IO,
                               "LISTEN_FDS: descriptor %d is not open; are there as many sockets as it says?", file);
    }
    int family = S_ISSOCK(about.st_mode) ? option_of(file, SO_DOMAIN) : -1;
    if (family != AF_INET && family != AF_INET6 && family != AF_UNIX) {
        return nomen_error_set(err, NOMEN_ERROR_IO,
                               "LISTEN_FDS: descriptor %d is no socket of the internet or of Unix; expected ListenStream= in the "
                               "socket unit",
                               file);
    }
    if (option_of(file, SO_TYPE) != SOCK_STREAM) {
        return nomen_error_set(err, NOMEN_ERROR_IO,
                               "LISTEN_FDS: descriptor %d is no stream socket; expected ListenStream= in the socket unit", file);
    }
    if (option_of(file, SO_ACCEPTCONN) != 1) {
        return nomen_error_set(err, NOMEN_ERROR_IO,
                               "LISTEN_FDS: descriptor %d does not listen; expected Accept=no in the socket unit", file);
    }
    int flags = fcntl(file, F_GETFL);
    if (flags < 0 || fcntl(file, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(file, F_SETFD, FD_CLOEXEC) != 0) {
        return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "LISTEN_FDS: descriptor %d can't be set up", file);
    }
    return NOMEN_OK;
}

nomen_status nomen_inherit_sockets(const nomen_settings *settings, size_t *n, nomen_error *err) {
    static const char *const names[] = {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"};
    bool asked = getenv("LISTEN_FDS") != NULL && getenv("LISTEN_PID") != NULL;
    long process = read_number("LISTEN_PID"), count = read_number("LISTEN_FDS");
    nomen_status status = NOMEN_OK;
    *n = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) { unsetenv(names[i]); }
    if (!asked) { return NOMEN_OK; }
    if (process != (long)getpid()) {
        /* They are another process's, most likely a shell's that started this one. That is no error, but worth a line. */
        nomen_event_log(settings, "warning",
                        "LISTEN_FDS is for process %ld and this is %ld, so its sockets are not used; a script that starts nomen "
                        "must do so by exec",
                        process, (long)getpid());
        return NOMEN_OK;
    }
    if (count < 1 || count > MOST) {
        return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "LISTEN_FDS is not a number of sockets from 1 to %d", MOST);
    }
    for (long i = 0; status == NOMEN_OK && i < count; i++) { status = check_socket(NOMEN_FIRST_INHERITED + (int)i, err); }
    if (status == NOMEN_OK) { *n = (size_t)count; }
    return status;
}
