/* Unix sockets; see the header. */
#include "serve/listen_unix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MODE = 0660, TRIES = 40, PAUSE = 50000000 /* nanoseconds */ };

/*
 * Holds the directory of a path, so that of two services that start, or one that starts and one that ends, none removes the
 * other's new socket: there is no way to remove a file only if it is a certain one. -1 where the directory can't be read, or
 * somebody else holds it for two seconds; then there is that small chance.
 */
static int hold_directory(const char *path) {
    char directory[sizeof((struct sockaddr_un){0}).sun_path];
    const struct timespec pause = {.tv_nsec = PAUSE};
    size_t n = (size_t)(strrchr(path, '/') - path);
    memcpy(directory, path, n);
    directory[n] = '\0';
    int file = open(n == 0 ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; file >= 0 && i < TRIES; i++) {
        if (flock(file, LOCK_EX | LOCK_NB) == 0) { return file; }
        if (errno != EWOULDBLOCK && errno != EINTR) { break; }
        nanosleep(&pause, NULL);
    }
    if (file >= 0) { close(file); }
    return -1;
}

static void let_go(int directory) {
    if (directory >= 0) { close(directory); }
}

/* Removes what stands at the path if it is a socket that nobody answers at. */
static nomen_status remove_stale(const nomen_address *address, socklen_t size, nomen_error *err) {
    const char *path = address->local.sun_path;
    struct stat about;
    if (lstat(path, &about) != 0) { return NOMEN_OK; /* bind(2) says why it can't be there */ }
    if (!S_ISSOCK(about.st_mode)) {
        return nomen_error_set(err, NOMEN_ERROR_EXISTS,
                               "listen: unix:%s: something that is no socket is there, and stays; give "
                               "another path",
                               path);
    }
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (file < 0) { return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno, "listen: unix:%s: no socket can be made", path); }
    int problem = connect(file, &address->any, size) == 0 ? 0 : errno;
    close(file);
    if (problem == ECONNREFUSED || problem == ENOENT) {
        if (unlink(path) == 0 || errno == ENOENT) { return NOMEN_OK; }
        return nomen_error_set_errno(err, NOMEN_ERROR_IO, errno,
                                     "listen: unix:%s: the socket that is there, which nobody answers "
                                     "at, can't be removed",
                                     path);
    }
    if (problem == 0 || problem == EAGAIN || problem == EPROTOTYPE) { /* EAGAIN: as many wait there as may */
        return nomen_error_set(err, NOMEN_ERROR_IO,
                               "listen: unix:%s: another program answers there; stop it (ss -lxp shows it) or give another path",
                               path);
    }
    return nomen_error_set_errno(err, NOMEN_ERROR_IO, problem,
                                 "listen: unix:%s: whether anybody answers at the socket that is there can't be found out", path);
}

static nomen_status fail_to_bind(const char *path, int problem, nomen_error *err) {
    const char *advice = "";
    if (problem == ENOENT) { advice = " (its directory is not there; RuntimeDirectory= of a systemd unit makes one below /run)"; }
    if (problem == EACCES) { advice = " (this user may not write to its directory)"; }
    return nomen_error_set_errno(err, NOMEN_ERROR_IO, problem, "listen: unix:%s: can't be opened%s", path, advice);
}

nomen_status nomen_unix_bind(int file, const nomen_address *address, socklen_t size, int backlog, uint64_t *inode,
                             nomen_error *err) {
    const char *path = address->local.sun_path;
    struct stat about;
    nomen_status status;
    int directory = hold_directory(path);
    NOMEN_TRY(remove_stale(address, size, err));
    /* The file gets the socket's mode less the umask, so that it is never open to more than it is to be. */
    if (fchmod(file, MODE) != 0 || bind(file, &address->any, size) != 0) { NOMEN_FAIL(fail_to_bind(path, errno, err)); }
    if (chmod(path, MODE) != 0 || lstat(path, &about) != 0 || listen(file, backlog) != 0) {
        status = fail_to_bind(path, errno, err);
        unlink(path);
        goto done;
    }
    *inode = (uint64_t)about.st_ino;
done:
    let_go(directory);
    return status;
}

void nomen_unix_remove(const char *path, uint64_t inode) {
    struct stat about;
    int directory = hold_directory(path);
    if (lstat(path, &about) == 0 && S_ISSOCK(about.st_mode) && (uint64_t)about.st_ino == inode) { unlink(path); }
    let_go(directory);
}
