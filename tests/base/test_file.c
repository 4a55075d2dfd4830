/* Files appear whole or not at all, and a directory is exchanged in one step. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/threads.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"

static char directory[64];

static int set_up(void **state) {
    (void)state;
    return scratch_make(directory) != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(directory);
    return 0;
}

static void content_is(const char *path, const char *expected) {
    nomen_buffer bytes = {0};
    assert_int_equal(nomen_file_read(path, &bytes, NULL), NOMEN_OK);
    assert_int_equal(bytes.size, strlen(expected));
    if (bytes.size > 0) { assert_memory_equal(bytes.data, expected, bytes.size); }
    nomen_buffer_clear(&bytes);
}

/* A pipe stays one, and gets the bytes; so does a device, which a root's rename would replace for the whole machine. */
static void devices_are_written_to(void **state) {
    (void)state;
    char path[192], bytes[8] = "";
    struct stat facts;
    scratch_path(directory, "pipe", path);
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    assert_int_equal(nomen_file_write(path, "one", 3, NULL), NOMEN_OK);
    assert_int_equal(read(reader, bytes, sizeof bytes), 3);
    assert_string_equal(bytes, "one");
    close(reader);
    assert_int_equal(stat(path, &facts), 0);
    assert_true(S_ISFIFO(facts.st_mode));
    nomen_output *output = NULL; /* what is private is never written into a device */
    assert_int_equal(nomen_output_open(path, NOMEN_OUTPUT_NEW | NOMEN_OUTPUT_PRIVATE, &output, NULL), NOMEN_OK);
    nomen_output_abandon(output);
    assert_int_equal(nomen_file_write("/dev/null", "one", 3, NULL), NOMEN_OK);
    assert_int_equal(stat("/dev/null", &facts), 0);
    assert_true(S_ISCHR(facts.st_mode));
}

static void written_files_are_whole(void **state) {
    (void)state;
    char path[192];
    scratch_path(directory, "a.txt", path);
    assert_int_equal(nomen_file_write(path, "one", 3, NULL), NOMEN_OK);
    content_is(path, "one");
    nomen_output *output = NULL;
    assert_int_equal(nomen_output_open(path, NOMEN_OUTPUT_OVERWRITE, &output, NULL), NOMEN_OK);
    assert_int_equal(nomen_output_write(output, "tw", 2, NULL), NOMEN_OK);
    content_is(path, "one");
    nomen_output_abandon(output);
    content_is(path, "one");
    assert_int_equal(nomen_file_write(path, "", 0, NULL), NOMEN_OK);
    content_is(path, "");
}

/* What comes to be at the path while a new file is written is not replaced; the remedy is to overwrite. */
static void a_new_file_replaces_nothing(void **state) {
    (void)state;
    char path[192];
    nomen_output *output = NULL;
    nomen_error err = {0};
    scratch_path(directory, "new.txt", path);
    assert_int_equal(nomen_output_check(path, false, &err), NOMEN_OK);
    assert_int_equal(nomen_output_open(path, NOMEN_OUTPUT_NEW, &output, &err), NOMEN_OK);
    assert_int_equal(nomen_output_write(output, "mine", 4, &err), NOMEN_OK);
    assert_int_equal(nomen_file_write(path, "other", 5, NULL), NOMEN_OK);
    assert_int_equal(nomen_output_commit(output, &err), NOMEN_ERROR_EXISTS);
    assert_int_equal(err.remedy, NOMEN_REMEDY_OVERWRITE);
    content_is(path, "other");
    assert_int_equal(nomen_output_check(path, false, NULL), NOMEN_ERROR_EXISTS);
    assert_int_equal(nomen_output_check(path, true, NULL), NOMEN_OK);
    assert_int_equal(nomen_output_open(path, NOMEN_OUTPUT_OVERWRITE, &output, NULL), NOMEN_OK);
    assert_int_equal(nomen_output_commit(output, NULL), NOMEN_OK);
    content_is(path, "");
}

static void mappings(void **state) {
    (void)state;
    char path[192];
    scratch_path(directory, "m", path);
    nomen_mapping mapping = {0};
    assert_int_equal(nomen_file_write(path, "bytes", 5, NULL), NOMEN_OK);
    assert_int_equal(nomen_mapping_open(path, &mapping, NULL), NOMEN_OK);
    assert_int_equal(mapping.size, 5);
    assert_memory_equal(mapping.data, "bytes", 5);
    char part[3] = {0};
    assert_int_equal(nomen_mapping_read(&mapping, 1, part, 3, path, NULL), NOMEN_OK);
    assert_memory_equal(part, "yte", 3);
    nomen_mapping_close(&mapping);
    assert_int_equal(nomen_file_write(path, "", 0, NULL), NOMEN_OK);
    assert_int_equal(nomen_mapping_open(path, &mapping, NULL), NOMEN_OK);
    assert_int_equal(mapping.size, 0);
    nomen_mapping_close(&mapping);
    nomen_error err = {0};
    assert_int_equal(nomen_mapping_open(directory, &mapping, &err), NOMEN_ERROR_IO);
    assert_non_null(strstr(err.message, directory));
}

static void a_mapped_file_is_read_on_a_team(void **state) {
    (void)state;
    enum { SIZE = (5 << 20) + 321, FROM = 77 };
    char path[192];
    unsigned char *bytes = nomen_mem_new(SIZE, 1), *read = nomen_mem_new(SIZE, 1);
    nomen_mapping mapping = {0};
    assert_non_null(bytes);
    assert_non_null(read);
    for (size_t i = 0; i < SIZE; i++) { bytes[i] = (unsigned char)(i * 2654435761u >> 13); }
    assert_int_equal(nomen_file_write(scratch_path(directory, "large", path), bytes, SIZE, NULL), NOMEN_OK);
    assert_int_equal(nomen_mapping_open(path, &mapping, NULL), NOMEN_OK);
    for (int threads = 1; threads <= 4; threads++) {
        memset(read, 0, SIZE);
        nomen_set_threads(threads);
        assert_int_equal(nomen_mapping_read(&mapping, FROM, read, SIZE - FROM, path, NULL), NOMEN_OK);
        assert_memory_equal(read, bytes + FROM, SIZE - FROM);
    }
    nomen_set_threads(0);
    nomen_error err = {0};
    assert_int_equal(truncate(path, SIZE / 2), 0);
    assert_int_equal(nomen_mapping_read(&mapping, FROM, read, SIZE - FROM, path, &err), NOMEN_ERROR_IO);
    assert_non_null(strstr(err.message, "large: shrank while it was being read"));
    nomen_mapping_close(&mapping);
    nomen_mem_free(bytes);
    nomen_mem_free(read);
}

/* Puts a file called `name` into a staging directory and commits it. */
static nomen_status stage(const char *path, bool overwrite, const char *name, nomen_error *err) {
    nomen_staging staging = {0};
    nomen_status status = nomen_staging_begin(path, overwrite, &staging, err);
    if (status != NOMEN_OK) { return status; }
    char inner[192];
    scratch_path(staging.temporary, name, inner);
    assert_int_equal(nomen_file_write(inner, "x", 1, NULL), NOMEN_OK);
    return nomen_staging_commit(&staging, err);
}

static void directories_are_exchanged(void **state) {
    (void)state;
    char path[192], inner[192], trailing[200];
    scratch_path(directory, "model", path);
    assert_int_equal(stage(path, false, "first", NULL), NOMEN_OK);
    assert_true(nomen_file_exists(scratch_path(path, "first", inner)));
    nomen_error err = {0};
    assert_int_equal(stage(path, false, "second", &err), NOMEN_ERROR_EXISTS);
    assert_non_null(strstr(err.message, "already exists"));
    assert_int_equal(err.remedy, NOMEN_REMEDY_OVERWRITE);
    assert_true(nomen_file_exists(scratch_path(path, "first", inner)));
    snprintf(trailing, sizeof trailing, "%s///", path);
    assert_int_equal(stage(trailing, true, "second", NULL), NOMEN_OK);
    assert_false(nomen_file_exists(scratch_path(path, "first", inner)));
    assert_true(nomen_file_exists(scratch_path(path, "second", inner)));
    /* Nothing is left beside it. */
    char command[256];
    snprintf(command, sizeof command, "test $(ls -d '%s'* | wc -l) -eq 1", path);
    assert_int_equal(system(command), 0);
}

static void an_abandoned_directory_leaves_nothing(void **state) {
    (void)state;
    char path[192], inner[192], command[256];
    scratch_path(directory, "gone", path);
    nomen_staging staging = {0};
    assert_int_equal(nomen_staging_begin(path, false, &staging, NULL), NOMEN_OK);
    assert_int_equal(mkdir(scratch_path(staging.temporary, "deep", inner), 0777), 0);
    nomen_staging_abandon(&staging);
    nomen_staging_abandon(&staging);
    snprintf(command, sizeof command, "test $(ls -d '%s'* 2>/dev/null | wc -l) -eq 0", path);
    assert_int_equal(system(command), 0);
}

static void a_file_is_not_replaced_by_a_directory(void **state) {
    (void)state;
    char path[192];
    scratch_path(directory, "plain", path);
    assert_int_equal(nomen_file_write(path, "x", 1, NULL), NOMEN_OK);
    assert_int_equal(stage(path, true, "first", NULL), NOMEN_ERROR_EXISTS);
    content_is(path, "x");
}

static void a_link_to_a_directory_stays(void **state) {
    (void)state;
    char path[192], link[192], inner[192], command[480];
    struct stat info;
    scratch_path(directory, "target", path);
    scratch_path(directory, "link", link);
    assert_int_equal(stage(path, false, "first", NULL), NOMEN_OK);
    assert_int_equal(symlink("target", link), 0);
    assert_int_equal(stage(link, true, "second", NULL), NOMEN_OK);
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_false(nomen_file_exists(scratch_path(path, "first", inner)));
    assert_true(nomen_file_exists(scratch_path(path, "second", inner)));
    snprintf(command, sizeof command, "test $(ls -d '%s'* '%s'* | wc -l) -eq 2", path, link);
    assert_int_equal(system(command), 0);
    /* A link that leads nowhere is not replaced either. */
    scratch_path(directory, "nowhere", link);
    assert_int_equal(symlink("no-such-file", link), 0);
    assert_int_equal(stage(link, true, "first", NULL), NOMEN_ERROR_EXISTS);
}

static void every_failed_allocation_is_reported(void **state) {
    (void)state;
    char path[192];
    scratch_path(directory, "full", path);
    long live = nomen_mem_test_live();
    nomen_status status = NOMEN_ERROR_MEMORY;
    for (long n = 0; status != NOMEN_OK; n++) {
        assert_true(n < 50);
        nomen_error err = {0};
        nomen_mem_test_fail(n, 0);
        status = nomen_file_write(path, "x", 1, &err);
        nomen_mem_test_fail(-1, 0);
        if (status != NOMEN_OK) {
            assert_int_equal(status, NOMEN_ERROR_MEMORY);
            assert_int_equal(err.status, NOMEN_ERROR_MEMORY);
            assert_false(nomen_file_exists(path));
        }
        assert_int_equal(nomen_mem_test_live(), live);
    }
}

/* As any program's: what the umask allows, whoever asks. */
static void permissions_are_those_of_the_umask(void **state) {
    (void)state;
    char path[192], inner[192];
    struct stat info;
    mode_t before = umask(027);
    assert_int_equal(nomen_file_write(scratch_path(directory, "masked", path), "x", 1, NULL), NOMEN_OK);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0640);
    assert_int_equal(stage(scratch_path(directory, "masked-model", path), false, "f", NULL), NOMEN_OK);
    assert_int_equal(umask(before), 027);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0750);
    assert_int_equal(stat(scratch_path(path, "f", inner), &info), 0);
    assert_int_equal(info.st_mode & 07777, 0640);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_are_written_to),
        cmocka_unit_test(written_files_are_whole),
        cmocka_unit_test(a_new_file_replaces_nothing),
        cmocka_unit_test(mappings),
        cmocka_unit_test(a_mapped_file_is_read_on_a_team),
        cmocka_unit_test(directories_are_exchanged),
        cmocka_unit_test(an_abandoned_directory_leaves_nothing),
        cmocka_unit_test(a_file_is_not_replaced_by_a_directory),
        cmocka_unit_test(a_link_to_a_directory_stays),
        cmocka_unit_test(permissions_are_those_of_the_umask),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
