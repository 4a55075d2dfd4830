/* Sockets that listen: texts of addresses, who may listen where, stale and living Unix sockets. */
#include "support/cmocka_all.h"
#include "support/scratch.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "serve/listen.h"
#include "serve/listen_address.h"

static char directory[64];

/* Settings that listen on one text. */
static nomen_settings listen_on(const char *text) {
    static char *items[1];
    items[0] = (char *)text;
    return (nomen_settings){.listen = {.items = items, .n = 1, .capacity = 1}};
}

static nomen_status open_text(const char *text, nomen_listeners *out, nomen_error *err) {
    nomen_settings settings = listen_on(text);
    return nomen_listeners_open(&settings, out, err);
}

static bool has_ipv6(void) {
    nomen_listeners listeners = {0};
    bool has = open_text("[::1]:0", &listeners, NULL) == NOMEN_OK;
    nomen_listeners_close(&listeners);
    return has;
}

/* Whether a connection to where a socket listens is taken. */
static bool answers(int listening) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    assert_int_equal(getsockname(listening, (struct sockaddr *)&address, &size), 0);
    int file = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = connect(file, (struct sockaddr *)&address, size) == 0;
    close(file);
    return good;
}

static void texts_of_addresses(void **state) {
    (void)state;
    static const struct {
        const char *text, *first, *second;
    } cases[] = {
        {"127.0.0.1:8080", "127.0.0.1:8080", NULL},
        {"0.0.0.0:65535", "0.0.0.0:65535", NULL},
        {"[::1]:8080", "[::1]:8080", NULL},
        {"[::]:0", "[::]:0", NULL},
        {"[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:1", NULL},
        {":8080", "0.0.0.0:8080", "[::]:8080"},
        {"*:8080", "0.0.0.0:8080", "[::]:8080"},
        {"localhost:80", "127.0.0.1:80", "[::1]:80"},
        {"LocalHost:80", "127.0.0.1:80", "[::1]:80"},
        {"unix:/run/nomen.sock", "unix:/run/nomen.sock", NULL},
        {"unix:///run/nomen.sock", "unix:/run/nomen.sock", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_addresses found;
        nomen_error err = {0};
        char name[NOMEN_ADDRESS_NAME_SIZE];
        if (nomen_address_resolve(cases[i].text, &found, &err) != NOMEN_OK) { fail_msg("%s: %s", cases[i].text, err.message); }
        assert_int_equal(found.n, cases[i].second != NULL ? 2 : 1);
        nomen_address_name(&found.items[0], found.sizes[0], name);
        assert_string_equal(name, cases[i].first);
        if (cases[i].second != NULL) {
            nomen_address_name(&found.items[1], found.sizes[1], name);
            assert_string_equal(name, cases[i].second);
        }
    }
}

static void texts_that_are_no_addresses(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "has no port"},
        {"8080", "is a port without the colon before it; expected HOST:PORT such as 127.0.0.1:8080"},
        {"127.0.0.1", "has no port"},
        {"127.0.0.1:", "has no port from 0 to 65535"},
        {"127.0.0.1:65536", "has no port from 0 to 65535"},
        {"127.0.0.1:http", "has no port from 0 to 65535"},
        {"127.0.0.1:-1", "has no port from 0 to 65535"},
        {"127.0.0.1: 80", "has no port from 0 to 65535"},
        {"::1", "has several colons; an IPv6 address stands in brackets"},
        {"::1:8080", "an IPv6 address stands in brackets"},
        {":::8080", "an IPv6 address stands in brackets"},
        {"[::1]", "has no port"},
        {"[::1", "has a bracket that is not closed"},
        {"[::1]8080", "has a bracket that is not closed before :PORT"},
        {"[]:8080", "has nothing within its brackets"},
        {"[127.0.0.1]:8080", "has no IPv6 address within its brackets"},
        {"[localhost]:8080", "has no IPv6 address within its brackets"},
        {"[*]:8080", "has no IPv6 address within its brackets"},
        {"http://127.0.0.1:8080", "is an address of a page"},
        {"/run/nomen.sock", "is a path without unix: before it"},
        {"unix:", "does not name a socket by its whole path"},
        {"unix:nomen.sock", "does not name a socket by its whole path"},
        {"unix:@nomen", "does not name a socket by its whole path"},
        {"unix:/run/", "names a directory"},
        {"unix:/01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
         "a socket's may have 107"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_addresses found;
        nomen_error err = {0};
        if (nomen_address_resolve(cases[i].text, &found, &err) == NOMEN_OK) { fail_msg("%s: was taken", cases[i].text); }
        assert_int_equal(err.status, NOMEN_ERROR_ARGUMENT);
        if (strstr(err.message, cases[i].message) == NULL) { fail_msg("%s: %s", cases[i].text, err.message); }
    }
}

static void a_name_that_is_unknown(void **state) {
    (void)state;
    nomen_addresses found;
    nomen_error err = {0};
    assert_int_equal(nomen_address_resolve("no-such-host.invalid:80", &found, &err), NOMEN_ERROR_IO);
    assert_non_null(strstr(err.message, "the name \"no-such-host.invalid\" can't be resolved"));
}

static void a_socket_listens(void **state) {
    (void)state;
    nomen_listeners listeners = {0};
    nomen_error err = {0};
    assert_int_equal(open_text("127.0.0.1:0", &listeners, &err), NOMEN_OK);
    assert_int_equal(listeners.n, 1);
    assert_false(listeners.inherited);
    assert_memory_equal(listeners.names[0], "127.0.0.1:", 10);
    assert_true(atoi(listeners.names[0] + 10) > 0);
    assert_true(fcntl(listeners.files[0], F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(listeners.files[0], F_GETFD) & FD_CLOEXEC);
    assert_true(answers(listeners.files[0]));
    /* A second one there is told what to do. */
    nomen_listeners second = {0};
    assert_int_equal(open_text(listeners.names[0], &second, &err), NOMEN_ERROR_IO);
    assert_non_null(strstr(err.message, "is in use: another program listens there; stop it (ss -ltnp 'sport = :"));
    assert_int_equal(second.n, 0);
    /* And the same port may be used at once after it. */
    char name[64];
    snprintf(name, sizeof name, "%s", listeners.names[0]);
    nomen_listeners_close(&listeners);
    assert_int_equal(open_text(name, &listeners, NULL), NOMEN_OK);
    assert_string_equal(listeners.names[0], name);
    nomen_listeners_close(&listeners);
}

static void localhost_is_both(void **state) {
    (void)state;
    nomen_listeners listeners = {0};
    nomen_error err = {0};
    assert_int_equal(open_text("localhost:0", &listeners, &err), NOMEN_OK);
    assert_int_equal(listeners.n, has_ipv6() ? 2 : 1); /* a container may lack ::1 whatever its file of hosts says */
    if (listeners.n == 2) { assert_string_equal(strchr(listeners.names[0], ':') + 1, listeners.names[1] + strlen("[::1]:")); }
    nomen_listeners_close(&listeners);
}

static void beyond_loopback_needs_keys(void **state) {
    (void)state;
    static const char *const texts[] = {":0", "0.0.0.0:0", "[::]:0", "*:0", "192.0.2.1:0"};
    nomen_listeners listeners = {0};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        nomen_error err = {0};
        assert_int_equal(open_text(texts[i], &listeners, &err), NOMEN_ERROR_ARGUMENT);
        assert_non_null(strstr(err.message, "can be reached from other machines, and there are no keys"));
    }
    nomen_settings settings = listen_on(":0");
    nomen_error err = {0};
    settings.no_auth = true;
    assert_int_equal(nomen_listeners_open(&settings, &listeners, &err), NOMEN_OK);
    assert_int_equal(listeners.n, has_ipv6() ? 2 : 1);
    nomen_listeners_close(&listeners);
    settings = listen_on("0.0.0.0:0");
    char keys[] = "keys"; /* is not opened here */
    settings.keys = keys;
    assert_int_equal(nomen_listeners_open(&settings, &listeners, &err), NOMEN_OK);
    nomen_listeners_close(&listeners);
    settings = listen_on("192.0.2.1:0"); /* of documents: nobody's */
    settings.no_auth = true;
    assert_int_equal(nomen_listeners_open(&settings, &listeners, &err), NOMEN_ERROR_IO);
    assert_non_null(strstr(err.message, "this machine has no such address"));
    nomen_address mapped = {.v6 = {.sin6_family = AF_INET6}};
    mapped.v6.sin6_addr.s6_addr[10] = mapped.v6.sin6_addr.s6_addr[11] = 0xFF;
    mapped.v6.sin6_addr.s6_addr[12] = 127;
    assert_true(nomen_address_is_local(&mapped));
    mapped.v6.sin6_addr.s6_addr[12] = 128;
    assert_false(nomen_address_is_local(&mapped));
}

/* "unix:" + a path in the test's directory. */
static const char *unix_text(const char *name, char out[256]) {
    char path[192];
    snprintf(out, 256, "unix:%s", scratch_path(directory, name, path));
    return out;
}

static void a_unix_socket(void **state) {
    (void)state;
    char text[256];
    struct stat about;
    nomen_listeners listeners = {0}, second = {0};
    nomen_error err = {0};
    mode_t mask = umask(0077);
    assert_int_equal(open_text(unix_text("s", text), &listeners, &err), NOMEN_OK);
    umask(mask);
    assert_string_equal(listeners.names[0], text);
    assert_int_equal(stat(text + 5, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0660);
    assert_true(answers(listeners.files[0]));
    assert_int_equal(open_text(text, &second, &err), NOMEN_ERROR_IO);
    assert_non_null(strstr(err.message, "another program answers there"));
    assert_true(answers(listeners.files[0])); /* it was left alone */
    nomen_listeners_close(&listeners);
    assert_int_not_equal(stat(text + 5, &about), 0);
}

static void a_stale_unix_socket_is_replaced(void **state) {
    (void)state;
    char text[256];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    nomen_listeners listeners = {0};
    nomen_error err = {0};
    unix_text("stale", text);
    memcpy(address.sun_path, text + 5, strlen(text + 5) + 1);
    int file = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(file, (struct sockaddr *)&address, sizeof address), 0);
    close(file); /* as a service that was killed leaves it */
    assert_int_equal(open_text(text, &listeners, &err), NOMEN_OK);
    assert_true(answers(listeners.files[0]));
    /* One whose place was taken does not remove the other's socket. */
    nomen_listeners second = {0};
    assert_int_equal(unlink(text + 5), 0);
    assert_int_equal(open_text(text, &second, &err), NOMEN_OK);
    nomen_listeners_close(&listeners);
    assert_true(answers(second.files[0]));
    nomen_listeners_close(&second);
}

/* Of services that start at once beside a stale socket one gets it, and nobody removes what another has just made. */
static void of_several_one_gets_the_socket(void **state) {
    (void)state;
    enum { N_CHILDREN = 3, N_ROUNDS = 10 };
    char text[256];
    unix_text("race", text);
    for (int round = 0; round < N_ROUNDS; round++) {
        int ready[2], end[2], n_open = 0;
        assert_int_equal(pipe(ready), 0);
        assert_int_equal(pipe(end), 0);
        for (int i = 0; i < N_CHILDREN; i++) {
            if (fork() != 0) { continue; }
            nomen_listeners listeners = {0};
            char byte = open_text(text, &listeners, NULL) == NOMEN_OK ? '+' : '-';
            close(end[1]);
            /* It holds what it has until all have tried, and leaves the file as if it was killed. */
            ssize_t n = write(ready[1], &byte, 1);
            n += read(end[0], &byte, 1);
            _exit(n >= 0 ? 0 : 1);
        }
        close(end[0]);
        for (int i = 0; i < N_CHILDREN; i++) {
            char byte = 0;
            assert_int_equal(read(ready[0], &byte, 1), 1);
            n_open += byte == '+';
        }
        assert_int_equal(n_open, 1);
        assert_int_equal(access(text + 5, F_OK), 0);
        close(end[1]);
        for (int i = 0; i < N_CHILDREN; i++) { wait(NULL); }
        close(ready[0]);
        close(ready[1]);
    }
}

static void what_is_no_stale_socket_stays(void **state) {
    (void)state;
    char text[256];
    nomen_listeners listeners = {0};
    nomen_error err = {0};
    unix_text("file", text);
    FILE *other = fopen(text + 5, "w");
    fclose(other);
    assert_int_equal(open_text(text, &listeners, &err), NOMEN_ERROR_EXISTS);
    assert_non_null(strstr(err.message, "something that is no socket is there, and stays"));
    assert_int_equal(access(text + 5, F_OK), 0);
    /* A socket of datagrams. */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    unix_text("datagrams", text);
    memcpy(address.sun_path, text + 5, strlen(text + 5) + 1);
    int file = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert_int_equal(bind(file, (struct sockaddr *)&address, sizeof address), 0);
    err = (nomen_error){0};
    assert_int_equal(open_text(text, &listeners, &err), NOMEN_ERROR_IO);
    assert_int_equal(access(text + 5, F_OK), 0);
    close(file);
    /* A directory that is not there. */
    err = (nomen_error){0};
    assert_int_equal(open_text(unix_text("nowhere/s", text), &listeners, &err), NOMEN_ERROR_IO);
    assert_non_null(strstr(err.message, "RuntimeDirectory="));
}

static void without_memory(void **state) {
    (void)state;
    char text[256];
    nomen_status status = NOMEN_ERROR_MEMORY;
    unix_text("memory", text);
    for (long i = 0; status != NOMEN_OK && i < 100; i++) {
        long live = nomen_mem_test_live();
        nomen_listeners listeners = {0};
        nomen_mem_test_fail(i, 0);
        status = open_text(text, &listeners, NULL);
        nomen_mem_test_fail(-1, 0);
        assert_true(status == NOMEN_OK || status == NOMEN_ERROR_MEMORY);
        nomen_listeners_close(&listeners);
        assert_int_equal(nomen_mem_test_live(), live);
        assert_int_not_equal(access(text + 5, F_OK), 0);
    }
    assert_int_equal(status, NOMEN_OK);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_addresses),
        cmocka_unit_test(texts_that_are_no_addresses),
        cmocka_unit_test(a_name_that_is_unknown),
        cmocka_unit_test(a_socket_listens),
        cmocka_unit_test(localhost_is_both),
        cmocka_unit_test(beyond_loopback_needs_keys),
        cmocka_unit_test(a_unix_socket),
        cmocka_unit_test(a_stale_unix_socket_is_replaced),
        cmocka_unit_test(of_several_one_gets_the_socket),
        cmocka_unit_test(what_is_no_stale_socket_stays),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
