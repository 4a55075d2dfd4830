/*
 * For LD_PRELOAD: of the calls that change what is on a disk (write, fsync, rename, link, mkdir...; the standard streams left
 * out), number DISK_AT, from 1, and the DISK_FOR - 1 after it fail as DISK_HOW says: ENOSPC and EIO are errors; KILL ends the
 * process at once, before the call; INT interrupts it, and WAIT stops it until it is continued, and
 * both let the call pass. DISK_SEEN names a file that gets the number of
 * calls when the process ends by itself.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHOWN __attribute__((visibility("default")))

static atomic_long n_calls;

/* Whether this call fails, with errno set. */
static int fails(void) {
    const char *at = getenv("DISK_AT"), *how = getenv("DISK_HOW"), *many = getenv("DISK_FOR");
    long n = atomic_fetch_add(&n_calls, 1) + 1, first = at != NULL ? atol(at) : 0, count = many != NULL ? atol(many) : 1;
    if (at == NULL || how == NULL || n < first || n >= first + count) { return 0; }
    if (strcmp(how, "KILL") == 0) { kill(getpid(), SIGKILL); }
    if (strcmp(how, "INT") == 0 || strcmp(how, "WAIT") == 0) {
        kill(getpid(), strcmp(how, "INT") == 0 ? SIGINT : SIGSTOP);
        return 0;
    }
    errno = strcmp(how, "ENOSPC") == 0 ? ENOSPC : EIO;
    return 1;
}

static void *find(const char *name) {
    void *symbol = dlsym(RTLD_NEXT, name);
    if (symbol == NULL) { abort(); }
    return symbol;
}

/* Calls the function that the process would have had. */
#define REAL(type, name, ...) \
    type *real; \
    void *symbol = find(name); \
    memcpy(&real, &symbol, sizeof real); \
    return real(__VA_ARGS__)

typedef ssize_t write_function(int, const void *, size_t);
typedef int file_function(int);
typedef int mkdir_function(const char *, mode_t);
typedef int pair_function(const char *, const char *);
typedef int renameat2_function(int, const char *, int, const char *, unsigned);

SHOWN ssize_t write(int file, const void *bytes, size_t n_bytes) {
    if (file > STDERR_FILENO && fails()) { return -1; }
    REAL(write_function, "write", file, bytes, n_bytes);
}

SHOWN int fsync(int file) {
    if (fails()) { return -1; }
    REAL(file_function, "fsync", file);
}

SHOWN int mkdir(const char *path, mode_t mode) {
    if (fails()) { return -1; }
    REAL(mkdir_function, "mkdir", path, mode);
}

SHOWN int rename(const char *from, const char *to) {
    if (fails()) { return -1; }
    REAL(pair_function, "rename", from, to);
}

SHOWN int link(const char *from, const char *to) {
    if (fails()) { return -1; }
    REAL(pair_function, "link", from, to);
}

SHOWN int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
    if (fails()) { return -1; }
    REAL(renameat2_function, "renameat2", from_directory, from, to_directory, to, flags);
}

/* Removing takes no room, and what can't be removed is left; but a process may end in the middle of it. */
typedef int unlinkat_function(int, const char *, int);

SHOWN int unlinkat(int directory, const char *path, int flags) {
    const char *how = getenv("DISK_HOW");
    if (how != NULL && (strcmp(how, "KILL") == 0 || strcmp(how, "INT") == 0)) { (void)fails(); }
    REAL(unlinkat_function, "unlinkat", directory, path, flags);
}

__attribute__((destructor)) static void tell(void) {
    const char *seen = getenv("DISK_SEEN");
    FILE *file = seen != NULL ? fopen(seen, "w") : NULL;
    if (file == NULL) { return; }
    fprintf(file, "%ld\n", atomic_load(&n_calls));
    fclose(file);
}
