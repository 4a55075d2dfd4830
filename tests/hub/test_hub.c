/* Names and revisions by the hub's rules, the cache's place by its variables, and models found there. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "nomen/hub.h"
#include "nomen/runtime.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static char directory[64];

static int set_up(void **state) {
    (void)state;
    static const char *const variables[] = {"HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) { unsetenv(variables[i]); }
    return scratch_make(directory) != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(directory);
    return 0;
}

static bool is_good(const char *text, const char *revision) {
    char *name = NULL, *found = NULL;
    nomen_error err = {0};
    nomen_status status = nomen_hub_parse(text, revision, &name, &found, &err);
    if (status != NOMEN_OK) {
        assert_int_equal(status, NOMEN_ERROR_ARGUMENT);
        assert_null(name);
    }
    nomen_free(name);
    nomen_free(found);
    return status == NOMEN_OK;
}

static void names(void **state) {
    (void)state;
    static const char *const good[] = {
        "a",          "bert-base-cased",    "org/name", "1/2",         "A_b.c-d/e_f.g-h", "_a/b_",
        "name@main",  "org/name@refs/pr/1", "a@v1.0",   ("a@" COMMIT), "a.b/c.d",         "name@feature/x-y_z+#1",
        "git/x.gitx", "a@\xC3\xA9t"};
    static const char *const bad[] = {
        "",       "/",      "a/",      "/a",       "a/b/c",    "..",     "a..b",   "a--b",
        "-a",     "a-",     ".a",      "a.",       "a/.b",     "a/b-",   "a b",    "a\n",
        "a\\b",   "x.git",  "o/x.git", "\xC3\xA9", "a:b",      "a?b",    "a#b",    "a%2e",
        "~/a",    "a@",     "a@-x",    "a@/x",     "a@x/",     "a@x//y", "a@x..y", "a@.x",
        "a@x.",   "a@x y",  "a@x~y",   "a@x^y",    "a@x:y",    "a@x?y",  "a@x*y",  "a@x[y",
        "a@x\\y", "a@x@{y", "a@x/.y",  "a@x.lock", "a@x\x7Fy", "a@x\ty", "a@../x", "datasets/org/name"};
    char longest[256] = "";
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!is_good(good[i], NULL)) { fail_msg("%s was refused", good[i]); }
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (is_good(bad[i], NULL)) { fail_msg("%s was taken", bad[i]); }
    }
    memset(longest, 'x', 96);
    assert_true(is_good(longest, NULL));
    longest[96] = 'x';
    assert_false(is_good(longest, NULL));
    assert_true(is_good("a", "v1"));
    assert_true(is_good("a@v1", "v1"));
    assert_false(is_good("a@v1", "v2"));
    assert_false(is_good("a", ""));
    assert_false(is_good("a", "../x"));
}

static void commits(void **state) {
    (void)state;
    assert_true(nomen_hub_is_commit(COMMIT));
    assert_false(nomen_hub_is_commit(""));
    assert_false(nomen_hub_is_commit("0123456789abcdef"));
    assert_false(nomen_hub_is_commit(COMMIT "0"));
    assert_false(nomen_hub_is_commit("0123456789ABCDEF0123456789abcdef01234567"));
    assert_false(nomen_hub_is_commit("../3456789abcdef0123456789abcdef01234567"));
}

static void cache_is(const char *expected) {
    char *found = NULL;
    nomen_error err = {0};
    assert_int_equal(nomen_hub_cache(&found, &err), NOMEN_OK);
    assert_string_equal(found, expected);
    nomen_free(found);
}

/* The least of the variables is set first. */
static void places(void **state) {
    (void)state;
    nomen_error err = {0};
    char *found = NULL;
    setenv("HOME", "/h", 1);
    cache_is("/h/.cache/huggingface/hub");
    setenv("XDG_CACHE_HOME", "", 1);
    cache_is("/h/.cache/huggingface/hub");
    setenv("XDG_CACHE_HOME", "~/x", 1);
    cache_is("/h/x/huggingface/hub");
    setenv("HF_HOME", "$HOME/y/", 1);
    cache_is("/h/y/hub");
    setenv("HUGGINGFACE_HUB_CACHE", "${HOME}z$NOMEN_NONE${NOMEN_NONE}$${HOME", 1);
    cache_is("/hz$NOMEN_NONE${NOMEN_NONE}$${HOME");
    setenv("HF_HUB_CACHE", "/c", 1);
    cache_is("/c");
    unsetenv("HF_HUB_CACHE");
    unsetenv("HUGGINGFACE_HUB_CACHE");
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HF_HOME");
    unsetenv("HOME");
    assert_int_equal(nomen_hub_cache(&found, &err), NOMEN_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "HOME is not set"));
    assert_null(found);
    setenv("HOME", directory, 1);
}

static void write_in(const char *folder, const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "mkdir -p '%s/%.*s'", folder, (int)(strrchr(name, '/') - name), name);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(nomen_file_write(path, text, strlen(text), NULL), NOMEN_OK);
}

static void finds(const char *name, const char *revision, const char *expected) {
    char *found = NULL, path[512];
    nomen_error err = {0};
    nomen_status status = nomen_hub_find(name, revision, directory, &found, &err);
    if (expected == NULL) {
        assert_int_equal(status, NOMEN_ERROR_IO);
        assert_int_equal(err.remedy, NOMEN_REMEDY_FETCH);
        assert_null(found);
        return;
    }
    assert_int_equal(status, NOMEN_OK);
    snprintf(path, sizeof path, "%s/%s", directory, expected);
    assert_string_equal(found, path);
    nomen_free(found);
}

static void models(void **state) {
    (void)state;
    finds("org/name", NULL, NULL);
    write_in(directory, "models--org--name/snapshots/" COMMIT "/config.json", "{}");
    finds("org/name", NULL, NULL);
    finds("org/name", COMMIT, "models--org--name/snapshots/" COMMIT);
    write_in(directory, "models--org--name/refs/main", COMMIT);
    write_in(directory, "models--org--name/refs/refs/pr/1", COMMIT "\n");
    finds("org/name", NULL, "models--org--name/snapshots/" COMMIT);
    finds("org/name@refs/pr/1", NULL, "models--org--name/snapshots/" COMMIT);
    finds("org/name", "refs/pr", NULL);
    finds("org/name", "v1", NULL);
    finds("name", NULL, NULL);
    static const char *const damaged[] = {"",
                                          "0",
                                          "../../../x",
                                          COMMIT "0",
                                          "0123456789abcdef0123456789abcdef0123456Z",
                                          "f123456789abcdef0123456789abcdef01234567"};
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        write_in(directory, "models--org--name/refs/v1", damaged[i]);
        finds("org/name", "v1", NULL);
    }
    char *found = NULL;
    assert_int_equal(nomen_hub_find("../x", NULL, directory, &found, NULL), NOMEN_ERROR_ARGUMENT);
}

static void memory(void **state) {
    (void)state;
    write_in(directory, "models--org--name/snapshots/" COMMIT "/config.json", "{}");
    write_in(directory, "models--org--name/refs/main", COMMIT);
    setenv("HF_HUB_CACHE", directory, 1);
    nomen_status status = NOMEN_ERROR_MEMORY;
    for (long n = 0; status != NOMEN_OK; n++) {
        char *found = NULL;
        long live = nomen_mem_test_live();
        nomen_mem_test_fail(n, 0);
        status = nomen_hub_find("org/name", NULL, NULL, &found, NULL);
        nomen_mem_test_fail(-1, 0);
        if (status != NOMEN_OK) { assert_int_equal(status, NOMEN_ERROR_MEMORY); }
        nomen_free(found);
        assert_int_equal(nomen_mem_test_live(), live);
    }
    unsetenv("HF_HUB_CACHE");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(commits),
        cmocka_unit_test_setup_teardown(places, set_up, tear_down),
        cmocka_unit_test_setup_teardown(models, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
