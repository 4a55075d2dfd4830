/* The measurement as other programs call it (nomen/bench.h): its table, its JSON, and what it refuses. */
#include <math.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json.h"
#include "nomen/bench.h"
#include "nomen/runtime.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"
#include "support/tiny_model.h"

static void append(void *user, const char *lines) {
    assert_int_equal(nomen_buffer_append_text(user, lines, NULL), NOMEN_OK);
}

static void test_run(void **state) {
    (void)state;
    static const size_t lengths[] = {5};
    nomen_error err = {0};
    nomen_buffer table = {0};
    char root[64], model[192], *json = NULL;
    size_t n_bytes = 0;
    json_t *parsed = NULL;
    tiny_model spec = tiny_model_defaults();
    assert_non_null(scratch_make(root));
    assert_int_equal(tiny_model_write(scratch_path(root, "model", model), &spec, &err), NOMEN_OK);
    const nomen_bench_options options = {.size = sizeof options, .model = model, .lengths = lengths, .n_lengths = 1};
    if (nomen_bench_run(&options, append, &table, &json, &n_bytes, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    assert_memory_equal(table.data, model, strlen(model));
    assert_non_null(strstr(table.data, "\nforward alone          5"));
    assert_non_null(strstr(table.data, "\npeak: "));
    assert_int_equal(nomen_json_parse(json, n_bytes, "bench", &parsed, &err), NOMEN_OK);
    assert_int_equal(json_array_size(json_object_get(parsed, "stages")), 1 + 2 + 2 + 2 * 4);
    json_decref(parsed);
    nomen_free(json);
    nomen_buffer_clear(&table);
    scratch_remove(root);
}

static void refuse(const nomen_bench_options *options, nomen_status expected) {
    nomen_error err = {0};
    char *json = NULL;
    assert_int_equal(nomen_bench_run(options, NULL, NULL, &json, NULL, &err), expected);
    assert_true(json == NULL && err.message[0] != '\0');
}

static void test_refused(void **state) {
    (void)state;
    static const size_t lengths[NOMEN_BENCH_MAX_LENGTHS + 1] = {0};
    const nomen_bench_options none = {.size = sizeof none}, nowhere = {.size = sizeof nowhere, .model = "/nowhere"};
    const nomen_bench_options unsized = {.model = "/nowhere"}, seconds = {.size = sizeof seconds, .model = "x", .seconds = NAN};
    const nomen_bench_options passes = {.size = sizeof passes, .model = "x", .passes = NOMEN_BENCH_MAX_PASSES + 1};
    const nomen_bench_options many = {
        .size = sizeof many, .model = "x", .lengths = lengths, .n_lengths = NOMEN_BENCH_MAX_LENGTHS + 1};
    const nomen_bench_options zero = {.size = sizeof zero, .model = "x", .lengths = lengths, .n_lengths = 1};
    refuse(NULL, NOMEN_ERROR_ARGUMENT);
    refuse(&none, NOMEN_ERROR_ARGUMENT);
    refuse(&unsized, NOMEN_ERROR_ARGUMENT);
    refuse(&seconds, NOMEN_ERROR_ARGUMENT);
    refuse(&many, NOMEN_ERROR_ARGUMENT);
    refuse(&passes, NOMEN_ERROR_ARGUMENT);
    refuse(&zero, NOMEN_ERROR_ARGUMENT);
    refuse(&nowhere, NOMEN_ERROR_IO);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_run), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
