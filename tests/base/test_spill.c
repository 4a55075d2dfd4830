/* Blocks that are files: their contents through growth, what is counted, no room, files as blocks. */
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/spill.h"
#include "support/scratch.h"

static char root[64];

static int set_up(void **state) {
    (void)state;
    nomen_spill_test_least(4096);
    return scratch_make(root) == NULL;
}

static int tear_down(void **state) {
    (void)state;
    nomen_spill_test_least(0);
    scratch_remove(root);
    return 0;
}

static size_t count_entries(void) {
    DIR *directory = opendir(root);
    size_t n = 0;
    assert_non_null(directory);
    while (readdir(directory) != NULL) { n++; }
    closedir(directory);
    return n - 2;
}

static bool is_count(const uint32_t *numbers, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (numbers[i] != (uint32_t)i) { return false; }
    }
    return true;
}

/* An array that grows from nothing becomes a file on its way, and keeps what it holds. */
static void test_growth(void **state) {
    (void)state;
    nomen_spill spill = {0};
    long live = nomen_mem_test_live();
    uint32_t *numbers = NULL, *zeros = NULL;
    size_t capacity = 0;
    nomen_spill_enter(&spill, root);
    for (size_t i = 0; i < 300000; i++) {
        assert_int_equal(NOMEN_RESERVE(numbers, capacity, i + 1, NULL), NOMEN_OK);
        numbers[i] = (uint32_t)i;
        assert_int_equal(nomen_spill_has(numbers), capacity * sizeof *numbers >= 4096);
    }
    assert_int_equal(NOMEN_NEW(zeros, 5000, NULL), NOMEN_OK);
    assert_true(nomen_spill_has(zeros));
    for (size_t i = 0; i < 5000; i++) { assert_int_equal(zeros[i], 0); }
    assert_int_equal(count_entries(), 0); /* the files have no names */
    assert_int_equal(nomen_spill_leave(&spill, NOMEN_OK, NULL), NOMEN_OK);

    /* After the scope they are as they were, and still grow and shrink. */
    uint32_t *small = NULL;
    assert_int_equal(NOMEN_NEW(small, 5000, NULL), NOMEN_OK);
    assert_false(nomen_spill_has(small));
    assert_true(is_count(numbers, 300000));
    numbers = nomen_mem_resize(numbers, 200000, sizeof *numbers);
    assert_non_null(numbers);
    numbers = nomen_mem_resize(numbers, 900000, sizeof *numbers);
    assert_non_null(numbers);
    assert_true(is_count(numbers, 200000));
    for (size_t i = 262144; i < 900000; i++) { numbers[i] = 7; } /* its room is there */
    assert_int_equal(nomen_mem_test_live(), live + 3);
    nomen_mem_free(zeros);
    nomen_mem_free(numbers);
    nomen_mem_free(small);
    assert_int_equal(nomen_mem_test_live(), live);
}

/* A request that is to fail does, and leaves the array as it was. */
static void test_failing(void **state) {
    (void)state;
    nomen_spill spill = {0};
    uint32_t *numbers = NULL;
    size_t capacity = 0;
    nomen_error err = {0};
    nomen_spill_enter(&spill, root);
    assert_int_equal(NOMEN_RESERVE(numbers, capacity, 1000, NULL), NOMEN_OK);
    for (size_t i = 0; i < 1000; i++) { numbers[i] = (uint32_t)i; }
    for (size_t wanted = 2000; wanted < 10000; wanted += 4000) { /* into a file, and in a file */
        size_t before = capacity;
        nomen_mem_test_fail(0, 0);
        assert_int_equal(NOMEN_RESERVE(numbers, capacity, wanted, NULL), NOMEN_ERROR_MEMORY);
        nomen_mem_test_fail(-1, 0);
        assert_int_equal(capacity, before);
        assert_true(is_count(numbers, 1000));
        assert_int_equal(NOMEN_RESERVE(numbers, capacity, wanted, NULL), NOMEN_OK);
    }
    /* No file is to blame for that, so it stays what it is. */
    assert_int_equal(nomen_spill_leave(&spill, NOMEN_ERROR_MEMORY, &err), NOMEN_ERROR_MEMORY);
    nomen_mem_free(numbers);
}

/* A disk without room is an error of the disk that says so. */
static void test_no_room(void **state) {
    (void)state;
    struct rlimit before, small = {0};
    nomen_spill spill = {0};
    nomen_error err = {0};
    uint32_t *numbers = NULL;
    size_t capacity = 0;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 1 << 20;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    nomen_spill_enter(&spill, root);
    assert_int_equal(NOMEN_RESERVE(numbers, capacity, 100000, &err), NOMEN_OK);
    nomen_status status = NOMEN_RESERVE(numbers, capacity, 300000, &err);
    assert_int_equal(status, NOMEN_ERROR_MEMORY);
    numbers[99999] = 5;
    assert_int_equal(nomen_spill_leave(&spill, status, &err), NOMEN_ERROR_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(err.status, NOMEN_ERROR_IO);
    assert_non_null(strstr(err.message, root));
    assert_non_null(strstr(err.message, "free space"));
    nomen_mem_free(numbers);

    nomen_error missing = {0};
    void *block = NULL;
    nomen_spill_enter(&spill, "/nowhere/at/all");
    block = nomen_mem_new(5000, 1);
    assert_null(block);
    assert_int_equal(nomen_spill_leave(&spill, NOMEN_ERROR_MEMORY, &missing), NOMEN_ERROR_IO);
    assert_non_null(strstr(missing.message, "/nowhere/at/all"));
}

static void *ask(void *out) {
    void *block = nomen_mem_new(10000, 1);
    *(bool *)out = nomen_spill_has(block);
    nomen_mem_free(block);
    return NULL;
}

/* A scope is its thread's, and the outer one's again after an inner one. */
static void test_scopes(void **state) {
    (void)state;
    nomen_spill outer = {0}, inner = {0}, none = {0};
    char other[192];
    bool found = true;
    pthread_t thread;
    nomen_spill_enter(&outer, root);
    assert_int_equal(pthread_create(&thread, NULL, ask, &found), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(found);
    nomen_spill_enter(&inner, scratch_path(root, "missing", other));
    assert_null(nomen_mem_new(10000, 1));
    assert_int_equal(nomen_spill_leave(&inner, NOMEN_OK, NULL), NOMEN_OK);
    ask(&found);
    assert_true(found);
    assert_int_equal(nomen_spill_leave(&outer, NOMEN_OK, NULL), NOMEN_OK);
    assert_int_equal(nomen_spill_leave(&none, NOMEN_OK, NULL), NOMEN_OK); /* never begun */
    ask(&found);
    assert_false(found);
}

/* A file as a block: its bytes, its size, and that writing to the block does not change it. */
static void test_map(void **state) {
    (void)state;
    enum { SIZE = 70001 };
    char path[192], missing[192];
    static char bytes[SIZE];
    nomen_error err = {0};
    nomen_buffer again = {0};
    char *block = NULL;
    void *refused = NULL;
    long live = nomen_mem_test_live();
    for (size_t i = 0; i < SIZE; i++) { bytes[i] = (char)(i % 251); }
    scratch_path(root, "file", path);
    assert_int_equal(nomen_file_write(path, bytes, SIZE, &err), NOMEN_OK);
    assert_int_equal(nomen_mem_map(path, SIZE, (void **)&block, &err), NOMEN_OK);
    assert_int_equal(nomen_mem_test_live(), live + 1);
    assert_memory_equal(block, bytes, SIZE);
    block[0] = 'x';
    assert_int_equal(nomen_file_read(path, &again, &err), NOMEN_OK);
    assert_memory_equal(again.data, bytes, SIZE);
    assert_int_equal(unlink(path), 0);
    assert_memory_equal(block + 1, bytes + 1, SIZE - 1);
    assert_null(nomen_mem_resize(block, SIZE + 1, 1)); /* it does not grow */
    nomen_mem_free(block);
    assert_int_equal(nomen_mem_test_live(), live + (again.data != NULL));

    assert_int_equal(nomen_file_write(path, bytes, SIZE, &err), NOMEN_OK);
    for (size_t size = SIZE - 1; size < SIZE + 2; size += 2) {
        nomen_error wrong = {0};
        assert_int_equal(nomen_mem_map(path, size, &refused, &wrong), NOMEN_ERROR_FORMAT);
        assert_non_null(strstr(wrong.message, path));
    }
    assert_int_equal(nomen_mem_map(scratch_path(root, "none", missing), 5, &refused, NULL), NOMEN_ERROR_IO);
    nomen_mem_test_fail(0, 0);
    assert_int_equal(nomen_mem_map(path, SIZE, &refused, NULL), NOMEN_ERROR_MEMORY);
    nomen_mem_test_fail(-1, 0);
    assert_null(refused);
    nomen_buffer_clear(&again);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_growth), cmocka_unit_test(test_failing),
                                       cmocka_unit_test(test_no_room), cmocka_unit_test(test_scopes), cmocka_unit_test(test_map)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
