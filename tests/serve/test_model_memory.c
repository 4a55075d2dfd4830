/* How much memory there is, from made-up trees of files, and how much a directory takes. */
#include "serve/model_memory.h"

#include <sys/stat.h>

#include "base/file.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"

static char root[64];

/* Writes a file below the root, and the folders that it needs. */
static void put(const char *path, const char *text) {
    char full[512];
    snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(full, 0700);
        *slash = '/';
    }
    assert_int_equal(nomen_file_write(full, text, strlen(text), NULL), NOMEN_OK);
}

static int new_root(void **state) {
    (void)state;
    return scratch_make(root) != NULL ? 0 : -1;
}

static int drop_root(void **state) {
    (void)state;
    scratch_remove(root);
    return 0;
}

static void test_available(void **state) {
    (void)state;
    assert_true(nomen_memory_available(root) == UINT64_MAX);
    put("proc/meminfo", "MemTotal:       100 kB\nMemFree:  1 kB\nMemAvailable:    8000 kB\n");
    assert_true(nomen_memory_available(root) == 8000 * 1024);
    put("proc/self/cgroup", "0::/a/b\n");
    put("sys/fs/cgroup/a/b/memory.max", "max\n");
    put("sys/fs/cgroup/a/b/memory.current", "5000\n");
    assert_true(nomen_memory_available(root) == 8000 * 1024);
    put("sys/fs/cgroup/a/memory.max", "10000\n");
    put("sys/fs/cgroup/a/memory.current", "7000\n");
    assert_true(nomen_memory_available(root) == 3000);
    put("sys/fs/cgroup/a/memory.stat", "anon 100\nactive_file 900\ninactive_file 500\n");
    assert_true(nomen_memory_available(root) == 3500);
    put("sys/fs/cgroup/a/b/memory.max", "5100\n");
    assert_true(nomen_memory_available(root) == 100);
    put("sys/fs/cgroup/memory.max", "50\n");
    put("sys/fs/cgroup/memory.current", "60\n");
    assert_true(nomen_memory_available(root) == 0);
}

static void test_namespace(void **state) {
    (void)state;
    put("proc/self/cgroup", "12:cpu:/x\n0::/\n");
    put("sys/fs/cgroup/memory.max", "500\n");
    put("sys/fs/cgroup/memory.current", "60\n");
    assert_true(nomen_memory_available(root) == 440);
}

static void test_taken(void **state) {
    (void)state;
    uint64_t base = nomen_model_memory(root, false);
    put("model-00001-of-00002.safetensors", "0123456789012345");
    put("model-00002-of-00002.safetensors", "0123456789012345");
    put("model.safetensors.index.json", "{}");
    assert_true(nomen_model_memory(root, false) == base + 36);
    assert_true(nomen_model_memory(root, true) == base + 12);
    put("config.json", "{\"hidden_size\": 2, \"vocab_size\": 2, \"type_vocab_size\": 1}");
    assert_true(nomen_model_memory(root, true) == base + 24 + 2 + 4);
    put("config.json", "{\"hidden_size\": 2, \"vocab_size\": 2, \"quantization_config\": {}}");
    assert_true(nomen_model_memory(root, true) == base + 36);
    put("config.json", "{\"torch_dtype\": \"bfloat16\"}");
    assert_true(nomen_model_memory(root, false) == base + 72);
    put("model.safetensors", "01234567");
    assert_true(nomen_model_memory(root, false) == base + 18);
    assert_int_equal(nomen_model_memory_check(root, false, NULL),
                     nomen_memory_available("") >= base + 18 ? NOMEN_OK : NOMEN_ERROR_MEMORY);
    assert_true(nomen_memory_available("") > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_available, new_root, drop_root),
                                       cmocka_unit_test_setup_teardown(test_namespace, new_root, drop_root),
                                       cmocka_unit_test_setup_teardown(test_taken, new_root, drop_root)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
