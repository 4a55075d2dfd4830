/* Lines of any length and ending, and what is ready without waiting. */
#include "base/file.h"
#include "base/lines.h"
#include "base/mem.h"
#include "base/rng.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"

static char directory[64], path[192];

static int set_up(void **state) {
    (void)state;
    if (scratch_make(directory) == NULL) { return -1; }
    scratch_path(directory, "lines", path);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(directory);
    return 0;
}

static nomen_lines *open_with(const char *bytes, size_t n_bytes) {
    nomen_lines *lines = NULL;
    assert_int_equal(nomen_file_write(path, bytes, n_bytes, NULL), NOMEN_OK);
    assert_int_equal(nomen_lines_open(path, &lines, NULL), NOMEN_OK);
    return lines;
}

static void next_is(nomen_lines *lines, const char *expected, size_t n_bytes) {
    const char *line = NULL;
    size_t n = 0;
    assert_int_equal(nomen_lines_next(lines, &line, &n, NULL), NOMEN_OK);
    if (expected == NULL) {
        assert_null(line);
        return;
    }
    assert_non_null(line);
    assert_int_equal(n, n_bytes);
    if (n > 0) { assert_memory_equal(line, expected, n); }
}

static void endings(void **state) {
    (void)state;
    nomen_lines *lines = open_with("a\n\r\nb\r\n\0c\rd\nlast\r", 17);
    next_is(lines, "a", 1);
    next_is(lines, "", 0);
    next_is(lines, "b", 1);
    assert_true(nomen_lines_ready(lines));
    next_is(lines, "\0c\rd", 4);
    assert_int_equal(nomen_lines_number(lines), 4);
    assert_false(nomen_lines_ready(lines));
    next_is(lines, "last\r", 5); /* no newline: the carriage return is data */
    next_is(lines, NULL, 0);
    next_is(lines, NULL, 0);
    nomen_lines_close(lines);
    lines = open_with("", 0);
    next_is(lines, NULL, 0);
    nomen_lines_close(lines);
}

static void long_lines(void **state) {
    (void)state;
    nomen_rng rng;
    nomen_rng_start(&rng, 3, NOMEN_RNG_SPLIT, 0);
    enum { N = 40 };
    size_t length[N];
    nomen_buffer bytes = {0};
    for (int i = 0; i < N; i++) {
        length[i] = (size_t)nomen_rng_below(&rng, i % 7 == 0 ? 700000 : 3000);
        for (size_t k = 0; k < length[i]; k++) { nomen_buffer_append_byte(&bytes, (char)('a' + (i + (int)k) % 26), NULL); }
        nomen_buffer_append_byte(&bytes, '\n', NULL);
    }
    nomen_lines *lines = open_with(bytes.data, bytes.size);
    size_t start = 0;
    for (int i = 0; i < N; i++) {
        next_is(lines, bytes.data + start, length[i]);
        start += length[i] + 1;
    }
    next_is(lines, NULL, 0);
    nomen_lines_close(lines);
    nomen_buffer_clear(&bytes);
}

static void a_missing_file_is_named(void **state) {
    (void)state;
    nomen_lines *lines = NULL;
    nomen_error err = {0};
    assert_int_equal(nomen_lines_open("/nowhere/at/all", &lines, &err), NOMEN_ERROR_IO);
    assert_non_null(strstr(err.message, "/nowhere/at/all"));
    assert_null(lines);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(endings), cmocka_unit_test(long_lines),
                                       cmocka_unit_test(a_missing_file_is_named)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
