/*
 * Bad inputs: each folder of invalid/ is named after its fault and holds `input` and the exact message
 * in `error`, where the file is called "input". `encoding`, where it is there, holds the option.
 * With skip_bad the same inputs must end in success or another clear error, never in a shifted label.
 */
#include "data/read.h"
#include "support.h"

#include <dirent.h>

static const char folder[] = NOMEN_SOURCE_DIR "/tests/data/invalid";

/* Reads invalid/NAME/PART without its last newline; empty where it is absent. */
static nomen_buffer read_part(const char *name, const char *part, bool whole) {
    nomen_buffer path = {0}, bytes = {0};
    assert_int_equal(nomen_buffer_printf(&path, NULL, "%s/%s/%s", folder, name, part), NOMEN_OK);
    if (nomen_file_exists(path.data)) { assert_int_equal(nomen_file_read(path.data, &bytes, NULL), NOMEN_OK); }
    nomen_buffer_clear(&path);
    if (!whole && bytes.size > 0 && bytes.data[bytes.size - 1] == '\n') { bytes.data[--bytes.size] = '\0'; }
    return bytes;
}

static void check(const char *name) {
    nomen_buffer input = read_part(name, "input", true), message = read_part(name, "error", false);
    nomen_buffer encoding = read_part(name, "encoding", false);
    nomen_data_options options = {.encoding = encoding.size > 0 ? encoding.data : NULL};
    nomen_dataset set = {0};
    nomen_error err = {0};
    if (nomen_dataset_parse(input.data, input.size, "input", &options, &set, &err) == NOMEN_OK) {
        fail_msg("%s: accepted", name);
    }
    if (message.size == 0 || strcmp(err.message, message.data) != 0) {
        fail_msg("%s: found    '%s'\n        expected '%s'", name, err.message, message.size ? message.data : "");
    }
    assert_null(set.text);
    options.skip_bad = true;
    err = (nomen_error){0};
    if (nomen_dataset_parse(input.data, input.size, "input", &options, &set, &err) == NOMEN_OK) {
        assert_true(set.n_skipped > 0);
        check_shape(&set);
        nomen_dataset_clear(&set);
    }
    nomen_buffer_clear(&input);
    nomen_buffer_clear(&message);
    nomen_buffer_clear(&encoding);
}

static void test_invalid(void **state) {
    (void)state;
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    size_t n = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.') { continue; }
        check(entry->d_name);
        n++;
    }
    closedir(directory);
    assert_true(n >= 30); /* the folder was really read */
    assert_int_equal(nomen_mem_test_live(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_invalid)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
