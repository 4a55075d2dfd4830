/* Notices to systemd arrive at sockets in directories and at abstract ones, byte for byte. */
#include "support/cmocka_all.h"
#include "support/scratch.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "serve/notify.h"

static char directory[64];

static int receiver(const char *name, size_t n) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(file >= 0 && n <= sizeof address.sun_path);
    memcpy(address.sun_path, name, n);
    assert_int_equal(bind(file, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)), 0);
    return file;
}

static void expect(int file, const char *text) {
    char got[128];
    ssize_t n = recv(file, got, sizeof got, 0);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(got, text, (size_t)n);
}

static void a_path(void **state) {
    (void)state;
    char path[192];
    scratch_path(directory, "notify", path);
    int file = receiver(path, strlen(path) + 1);
    setenv("NOTIFY_SOCKET", path, 1);
    nomen_notify("READY=1");
    expect(file, "READY=1");
    nomen_notify("RELOADING=1\nMONOTONIC_USEC=5");
    expect(file, "RELOADING=1\nMONOTONIC_USEC=5");
    close(file);
    nomen_notify("STOPPING=1"); /* nobody is there any more: nothing happens */
}

static void an_abstract_name(void **state) {
    (void)state;
    char name[64], shown[64];
    int n = snprintf(name, sizeof name, "@nomen-test-%ld", (long)getpid());
    memcpy(shown, name, sizeof name);
    name[0] = '\0';
    int file = receiver(name, (size_t)n);
    setenv("NOTIFY_SOCKET", shown, 1);
    nomen_notify("READY=1");
    expect(file, "READY=1");
    close(file);
}

static void what_is_no_socket(void **state) {
    (void)state;
    static const char *const values[] = {"", "/", "@", "5", "vsock:2:1234", "relative/path"};
    char path[300];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        setenv("NOTIFY_SOCKET", values[i], 1);
        nomen_notify("READY=1");
    }
    memset(path, '/', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    setenv("NOTIFY_SOCKET", path, 1);
    nomen_notify("READY=1");
    unsetenv("NOTIFY_SOCKET");
    nomen_notify("READY=1");
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_path), cmocka_unit_test(an_abstract_name),
                                       cmocka_unit_test(what_is_no_socket)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
