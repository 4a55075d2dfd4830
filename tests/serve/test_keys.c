/* Keys: their file as people have it, what is refused, that no message tells a key, and how a request is checked. */
#include "support/cmocka_all.h"
#include "support/scratch.h"

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "serve/keys.h"

#define A "aaaaaaaaaaaaaaaa-0123"
#define B "bbbbbbbbbbbbbbbb/+=~"

static char directory[64];

static const char *write_file(const char *bytes, size_t n, mode_t mode) {
    static char path[192];
    scratch_path(directory, "keys", path);
    remove(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static nomen_keys *read_keys(const char *text) {
    nomen_keys *keys = NULL;
    nomen_error err = {0};
    if (nomen_keys_read(write_file(text, strlen(text), 0600), &keys, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return keys;
}

static void check(const nomen_keys *keys, const char *authorization, nomen_key_role role, const char *expected) {
    const char *name = NULL;
    assert_int_equal(nomen_keys_check(keys, authorization, &name), role);
    assert_string_equal(name, expected);
}

static void requests_are_checked(void **state) {
    (void)state;
    nomen_keys *keys = read_keys("# the first\nuser alice " A "\n\nadmin root.1 " B "\n");
    assert_true(nomen_keys_have_admin(keys));
    check(keys, "Bearer " A, NOMEN_KEY_USER, "alice");
    check(keys, "bearer   " A " ", NOMEN_KEY_USER, "alice");
    check(keys, "BEARER " B, NOMEN_KEY_ADMIN, "root.1");
    static const char *const others[] = {
        NULL, "",           "Bearer",        "Bearer ",         "Bearer" A,     "Basic " A,
        A,    "Bearer x" A, "Bearer " A "x", "Bearer " A " " B, "Bearer alice", "Bearer aaaaaaaaaaaaaaaa-012"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) { check(keys, others[i], NOMEN_KEY_NONE, ""); }
    nomen_keys_free(keys);
    keys = read_keys("user alice " A);
    assert_false(nomen_keys_have_admin(keys));
    nomen_keys_free(keys);
    check(NULL, "Bearer " A, NOMEN_KEY_NONE, "");
    assert_false(nomen_keys_have_admin(NULL));
    nomen_keys_free(NULL);
}

static void files_as_people_have_them(void **state) {
    (void)state;
    static const char *const files[] = {
        "user a " A "\r\nuser b " B "\r\n",             /* line ends of Windows */
        "\xEF\xBB\xBFuser a " A "\nuser b " B,          /* a byte order mark, and no newline at the end */
        "\tuser\ta\t" A "  \n  user  b  " B " \t \n\n", /* spaces and tabs */
        "\xEF\xBB\xBF# names\r\n\r\n  # more\r\nuser a " A "\r\nuser b " B " \r\n",
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        nomen_keys *keys = read_keys(files[i]);
        check(keys, "Bearer " A, NOMEN_KEY_USER, "a");
        check(keys, "Bearer " B, NOMEN_KEY_USER, "b");
        nomen_keys_free(keys);
    }
}

static void what_is_wrong_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "holds no key; expected lines of ROLE NAME KEY"},
        {"# nothing\n", "holds no key"},
        {"user a short-secret\n", "keys:1: the key has 12 characters; expected 16 to 1024"},
        {"# x\n" A "\n", "keys:2: 1 word; expected three: ROLE NAME KEY"},
        {"user " A "\n", "2 words; expected three"},
        {"user a " A " # of Alice\n", "6 words"},
        {"root a " A "\n", "keys:1: does not begin with user or admin"},
        {"User a " A "\n", "does not begin with user or admin"},
        {"user a:b " A "\n", "the name is not of at most 64 letters"},
        {"user \xC3\xA4 " A "\n", "the name is not of"},
        {"user a \xE2\x80\x9C" A "\xE2\x80\x9D\n", "the key has a character that no Authorization field may have"},
        {"user a \"" A "\"\n", "the key has a character"},
        {"user a " A "\nuser b " A "\n", "keys:2: the key is that of line 1"},
        {"user b " B "\nadmin a " A "\n\nuser a " A "x\n", "keys:4: the name is that of line 2"},
        {"\xFF\xFEu", "is UTF-16; save it as UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_keys *keys = NULL;
        nomen_error err = {0};
        const char *path = write_file(cases[i].text, strlen(cases[i].text), 0600);
        assert_int_equal(nomen_keys_read(path, &keys, &err), NOMEN_ERROR_FORMAT);
        assert_null(keys);
        if (strstr(err.message, cases[i].message) == NULL) { fail_msg("%s: %s", cases[i].text, err.message); }
        assert_null(strstr(err.message, "aaaaaaaa"));
        assert_null(strstr(err.message, "secret"));
    }
    static const char zero[] = "user a aaaaaaaaaaaaaaaa\0aaaa\n";
    nomen_keys *keys = NULL;
    nomen_error err = {0};
    assert_int_equal(nomen_keys_read(write_file(zero, sizeof zero - 1, 0600), &keys, &err), NOMEN_ERROR_FORMAT);
}

static void a_file_that_others_may_read_is_refused(void **state) {
    (void)state;
    static const char text[] = "user a " A "\n";
    for (unsigned bit = 1; bit <= 0100; bit <<= 1) {
        nomen_keys *keys = NULL;
        nomen_error err = {0};
        const char *path = write_file(text, sizeof text - 1, 0600 | bit);
        nomen_status status = nomen_keys_read(path, &keys, &err);
        assert_int_equal(status, bit == 0100 ? NOMEN_OK : NOMEN_ERROR_DATA);
        if (status != NOMEN_OK) { assert_non_null(strstr(err.message, "chmod 600")); }
        nomen_keys_free(keys);
    }
    nomen_keys *keys = NULL;
    assert_int_equal(nomen_keys_read(directory, &keys, NULL), NOMEN_ERROR_FORMAT);
    assert_int_equal(nomen_keys_read("/nowhere/keys", &keys, NULL), NOMEN_ERROR_IO);
}

/* systemd's credentials look as if the group could read them. */
static void a_credential_may_look_open_to_its_group(void **state) {
    (void)state;
    static const char text[] = "user a " A "\n";
    nomen_keys *keys = NULL;
    const char *path = write_file(text, sizeof text - 1, 0440);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", directory, 1), 0);
    assert_int_equal(nomen_keys_read(path, &keys, NULL), NOMEN_OK);
    nomen_keys_free(keys);
    keys = NULL;
    assert_int_equal(nomen_keys_read(write_file(text, sizeof text - 1, 0444), &keys, NULL), NOMEN_ERROR_DATA);
    /* The directory, not what begins like it. */
    char half[64];
    snprintf(half, sizeof half, "%.*s", (int)strlen(directory) - 1, directory);
    setenv("CREDENTIALS_DIRECTORY", half, 1);
    assert_int_equal(nomen_keys_read(write_file(text, sizeof text - 1, 0440), &keys, NULL), NOMEN_ERROR_DATA);
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_int_equal(nomen_keys_read(path, &keys, NULL), NOMEN_ERROR_DATA);
}

/* A file of root's that the process reads through its group, as in a container: only root can try that. */
static void a_secret_may_be_lent_through_a_group(void **state) {
    (void)state;
    static const char text[] = "user a " A "\n";
    enum { NOBODY = 65534, OTHER = 65533 };
    if (geteuid() != 0) { skip(); }
    const char *path = write_file(text, sizeof text - 1, 0440);
    assert_int_equal(chmod(directory, 0755), 0);
    for (int other = 0; other < 2; other++) {
        assert_int_equal(chown(path, 0, other ? OTHER : NOBODY), 0);
        pid_t child = fork();
        if (child == 0) {
            nomen_keys *keys = NULL;
            if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0) { _exit(2); }
            _exit(nomen_keys_read(path, &keys, NULL) == NOMEN_OK ? 0 : 1);
        }
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(WEXITSTATUS(status), other);
    }
}

static void there_may_be_many(void **state) {
    (void)state;
    nomen_buffer text = {0};
    nomen_keys *keys = NULL;
    nomen_error err = {0};
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(nomen_buffer_printf(&text, NULL, "%s n%d key-%016d\n", i == 9999 ? "admin" : "user", i, i), NOMEN_OK);
    }
    assert_int_equal(nomen_keys_read(write_file(text.data, text.size, 0400), &keys, &err), NOMEN_OK);
    check(keys, "Bearer key-0000000000000000", NOMEN_KEY_USER, "n0");
    check(keys, "Bearer key-0000000000005000", NOMEN_KEY_USER, "n5000");
    check(keys, "Bearer key-0000000000009999", NOMEN_KEY_ADMIN, "n9999");
    check(keys, "Bearer key-0000000000010000", NOMEN_KEY_NONE, "");
    nomen_keys_free(keys);
    keys = NULL;
    assert_int_equal(nomen_buffer_append_text(&text, "user more key-0000000000010000\n", NULL), NOMEN_OK);
    assert_int_equal(nomen_keys_read(write_file(text.data, text.size, 0600), &keys, &err), NOMEN_ERROR_LIMIT);
    nomen_buffer_clear(&text);
}

static void without_memory(void **state) {
    (void)state;
    static const char text[] = "user a " A "\nadmin b " B "\n";
    const char *path = write_file(text, sizeof text - 1, 0600);
    nomen_status status = NOMEN_ERROR_MEMORY;
    for (long i = 0; status != NOMEN_OK && i < 100; i++) {
        long live = nomen_mem_test_live();
        nomen_keys *keys = NULL;
        nomen_mem_test_fail(i, 0);
        status = nomen_keys_read(path, &keys, NULL);
        nomen_mem_test_fail(-1, 0);
        assert_true(status == NOMEN_OK || status == NOMEN_ERROR_MEMORY);
        nomen_keys_free(keys);
        assert_int_equal(nomen_mem_test_live(), live);
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
        cmocka_unit_test(requests_are_checked),
        cmocka_unit_test(files_as_people_have_them),
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(a_file_that_others_may_read_is_refused),
        cmocka_unit_test(a_credential_may_look_open_to_its_group),
        cmocka_unit_test(a_secret_may_be_lent_through_a_group),
        cmocka_unit_test(there_may_be_many),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
