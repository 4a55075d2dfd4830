/* A program that is built without libcurl says so, and still finds what the cache has. Compiled with the sources it tests. */
#include <sys/stat.h>

#include "fetch/fetch.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static void refuses(void **state) {
    (void)state;
    nomen_fetch_result result = {0};
    nomen_error err = {0};
    const nomen_fetch_options options = {.name = "org/name", .cache = "/nonexistent"};
    unsetenv("HF_HUB_OFFLINE");
    unsetenv("TRANSFORMERS_OFFLINE");
    assert_int_equal(nomen_fetch_run(&options, &result, &err), NOMEN_ERROR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "built without libcurl"));
    nomen_fetch_result_clear(&result);
}

static void finds(void **state) {
    (void)state;
    char directory[64], command[512];
    nomen_fetch_result result = {0};
    nomen_error err = {0};
    assert_non_null(scratch_make(directory));
    const nomen_fetch_options options = {.name = "org/name@" COMMIT, .cache = directory, .offline = true};
    snprintf(command, sizeof command, "mkdir -p '%s/models--org--name/snapshots/" COMMIT "'", directory);
    assert_int_equal(system(command), 0);
    assert_int_equal(nomen_fetch_run(&options, &result, &err), NOMEN_ERROR_IO);
    assert_non_null(strstr(err.message, "only a part of the model, without weights"));
    snprintf(command, sizeof command, "cd '%s/models--org--name/snapshots/" COMMIT "' && touch config.json pytorch_model.bin",
             directory);
    assert_int_equal(system(command), 0);
    assert_int_equal(nomen_fetch_run(&options, &result, NULL), NOMEN_OK);
    assert_string_equal(result.commit, COMMIT);
    assert_int_equal(result.n_files, 0);
    nomen_fetch_result_clear(&result);
    scratch_remove(directory);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(refuses), cmocka_unit_test(finds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
