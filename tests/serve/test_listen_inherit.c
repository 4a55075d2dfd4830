/* Sockets that are handed over, as systemd does: taken as they are, or refused with what is wrong with them. */
#include "support/cmocka_all.h"
#include "support/scratch.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve/listen.h"

static char directory[64];

/* What a child is handed: descriptors from 3 on, and what LISTEN_FDS says of them. */
typedef struct handover {
    int files[2];
    size_t n;
    const char *count, *process; /* `process` NULL: the child's */
    bool no_auth;
} handover;

/* Opens in a child, which writes the names or the message, and returns what it wrote. */
static const char *open_in_child(const handover *given) {
    static char text[2048];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        char number[32];
        int out = fcntl(ends[1], F_DUPFD, 20), files[2];
        for (size_t i = 0; i < given->n; i++) { files[i] = fcntl(given->files[i], F_DUPFD, 20); }
        for (int i = 3; i < 20; i++) { close(i); }
        for (size_t i = 0; i < given->n; i++) { dup2(files[i], 3 + (int)i); }
        snprintf(number, sizeof number, "%ld", (long)getpid());
        setenv("LISTEN_FDS", given->count, 1);
        setenv("LISTEN_PID", given->process != NULL ? given->process : number, 1);
        setenv("LISTEN_FDNAMES", "a:b", 1);
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 2);
        close(null);
        nomen_listeners listeners = {0};
        nomen_error err = {0};
        char text_of_own[] = "127.0.0.1:0", *own[] = {text_of_own};
        nomen_settings settings = {.listen = {own, 1, 1}, .no_auth = given->no_auth};
        nomen_status status = nomen_listeners_open(&settings, &listeners, &err);
        bool gone = getenv("LISTEN_FDS") == NULL && getenv("LISTEN_PID") == NULL && getenv("LISTEN_FDNAMES") == NULL;
        if (status != NOMEN_OK) { dprintf(out, "%s", err.message); }
        if (!gone) { dprintf(out, "variables are left"); }
        for (size_t i = 0; i < listeners.n; i++) {
            bool set_up = (fcntl(listeners.files[i], F_GETFL) & O_NONBLOCK) && (fcntl(listeners.files[i], F_GETFD) & FD_CLOEXEC);
            dprintf(out, "%s%s%s ", listeners.inherited ? "+" : "-", listeners.names[i], set_up ? "" : " is not set up");
        }
        nomen_listeners_close(&listeners);
        _exit(0);
    }
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got; (got = read(ends[0], text + n, sizeof text - 1 - n)) > 0;) { n += (size_t)got; }
    text[n] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return text;
}

static int bound(const char *address, int type, bool listens) {
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(strcmp(address, "any") == 0 ? 0 : INADDR_LOOPBACK)};
    int file = socket(AF_INET, type, 0);
    assert_int_equal(bind(file, (struct sockaddr *)&in, sizeof in), 0);
    if (listens) { assert_int_equal(listen(file, 5), 0); }
    return file;
}

static void expect_of(handover given, const char *message) {
    const char *text = open_in_child(&given);
    if (strstr(text, message) == NULL) { fail_msg("expected \"%s\", found \"%s\"", message, text); }
}

static void sockets_of_systemd(void **state) {
    (void)state;
    char name[256], path[192];
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    scratch_path(directory, "activated", path);
    memcpy(local.sun_path, path, strlen(path) + 1);
    int inet = bound("loopback", SOCK_STREAM, true);
    int unix_file = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(unix_file, (struct sockaddr *)&local, sizeof local), 0);
    assert_int_equal(listen(unix_file, 5), 0);
    struct sockaddr_in in;
    socklen_t size = sizeof in;
    getsockname(inet, (struct sockaddr *)&in, &size);
    snprintf(name, sizeof name, "+127.0.0.1:%u +unix:%s ", ntohs(in.sin_port), path);
    handover both = {{inet, unix_file}, 2, "2", NULL, false};
    assert_string_equal(open_in_child(&both), name);
    assert_int_equal(access(path, F_OK), 0); /* systemd's socket stays */
    snprintf(name, sizeof name, "+127.0.0.1:%u ", ntohs(in.sin_port));
    expect_of((handover){{inet, unix_file}, 2, "1", NULL, false}, name);
    expect_of((handover){{inet}, 1, "1", "1", false}, "-127.0.0.1:"); /* another process's */
    close(inet);
    close(unix_file);
}

static void wrong_sockets(void **state) {
    (void)state;
    int inet = bound("loopback", SOCK_STREAM, true), any = bound("any", SOCK_STREAM, true);
    int connected[2], datagrams = bound("loopback", SOCK_DGRAM, false), silent = bound("loopback", SOCK_STREAM, false);
    int null = open("/dev/null", O_RDONLY);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, connected), 0);
    expect_of((handover){{inet}, 1, "2", NULL, false}, "descriptor 4 is not open");
    expect_of((handover){{null}, 1, "1", NULL, false}, "descriptor 3 is no socket");
    expect_of((handover){{inet, datagrams}, 2, "2", NULL, false}, "descriptor 4 is no stream socket; expected ListenStream=");
    expect_of((handover){{connected[0]}, 1, "1", NULL, false}, "descriptor 3 does not listen; expected Accept=no");
    expect_of((handover){{silent}, 1, "1", NULL, false}, "does not listen");
    expect_of((handover){{any}, 1, "1", NULL, false}, "can be reached from other machines");
    expect_of((handover){{any}, 1, "1", NULL, true}, "+0.0.0.0:");
    expect_of((handover){{inet}, 1, "x", NULL, false}, "LISTEN_FDS is not a number of sockets from 1 to 1024");
    expect_of((handover){{inet}, 1, "99999999999999999999", NULL, false}, "is not a number of sockets");
    close(inet);
    close(any);
    close(datagrams);
    close(silent);
    close(null);
    close(connected[0]);
    close(connected[1]);
}

static int set_up(void **state) {
    (void)state;
    return scratch_make(directory) != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(directory);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sockets_of_systemd), cmocka_unit_test(wrong_sockets)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
