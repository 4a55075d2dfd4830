/*
 * Planted faults: each folder of tests/check/faults/ holds files called train, dev and test (in whatever format), maybe
 * a tokenizer's directory `model`, and in `expected` the findings that must come out, a line each: the kind, the file and
 * the line (0: the file as a whole). Exactly these, and no others.
 */
#include "support/cmocka_all.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/mem.h"
#include "nomen/check.h"

enum { MOST_CASES = 400, MOST_LINES = 400, LINE = 256 };

static int compare_text(const void *a, const void *b) {
    return strcmp(a, b);
}

/* The name of the file that begins with `stem` and a dot; an annotation goes before its text. */
static bool find_part(const char *folder, const char *stem, char out[512]) {
    DIR *directory = opendir(folder);
    bool found = false;
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        size_t n = strlen(stem);
        if (strncmp(entry->d_name, stem, n) != 0 || entry->d_name[n] != '.') { continue; }
        if (found && strcmp(entry->d_name + n, ".ann") != 0) { continue; }
        snprintf(out, 512, "%s/%s", folder, entry->d_name);
        found = true;
    }
    closedir(directory);
    return found;
}

static size_t sorted_findings(const nomen_check_report *report, const char *folder, char lines[MOST_LINES][LINE]) {
    size_t n = 0, n_folder = strlen(folder);
    for (size_t i = 0; i < report->n_findings; i++) {
        const nomen_finding *f = &report->findings[i];
        assert_true(f->n_places > 0 && f->n_places <= f->count);
        assert_non_null(strchr(f->title, ' '));
        assert_true(f->meaning[0] != '\0' && f->remedy[0] != '\0');
        for (size_t k = 0; k < f->n_places; k++) {
            const char *path = f->places[k].path;
            if (strncmp(path, folder, n_folder) == 0) { path += n_folder + 1; }
            assert_true(n < MOST_LINES && f->places[k].text[0] != '\0');
            snprintf(lines[n++], LINE, "%s %s:%zu", f->id, path, f->places[k].line);
        }
    }
    qsort(lines, n, LINE, compare_text);
    return n;
}

static void check_case(const char *folder) {
    static char found[MOST_LINES][LINE];
    static const char *const stems[] = {"train", "dev", "test"};
    char paths[3][512], model[512];
    nomen_check_input inputs[3];
    size_t n_inputs = 0;
    nomen_check_options options = {.size = sizeof options, .max_places = MOST_LINES};
    nomen_check_report *report = NULL;
    nomen_error err = {0};
    nomen_buffer expected = {0}, seen = {0};
    for (size_t p = 0; p < 3; p++) {
        if (find_part(folder, stems[p], paths[n_inputs])) {
            inputs[n_inputs] = (nomen_check_input){paths[n_inputs], (nomen_check_part)p};
            n_inputs++;
        }
    }
    snprintf(model, sizeof model, "%s/model", folder);
    if (nomen_file_is_directory(model)) { options.model = model; }
    if (nomen_check_run(inputs, n_inputs, &options, &report, &err) != NOMEN_OK) { fail_msg("%s: %s", folder, err.message); }
    size_t n = sorted_findings(report, folder, found);
    for (size_t i = 0; i < n; i++) { nomen_buffer_printf(&seen, NULL, "%s\n", found[i]); }
    nomen_check_report_free(report);
    snprintf(model, sizeof model, "%s/expected", folder);
    assert_int_equal(nomen_file_read(model, &expected, &err), NOMEN_OK);
    if (strcmp(expected.data == NULL ? "" : expected.data, seen.data == NULL ? "" : seen.data) != 0) {
        fail_msg("%s: expected\n%sfound\n%s", folder, expected.data == NULL ? "" : expected.data,
                 seen.data == NULL ? "" : seen.data);
    }
    nomen_buffer_clear(&expected);
    nomen_buffer_clear(&seen);
}

static void run_case(void **state) {
    long live = nomen_mem_test_live();
    check_case(*state);
    assert_int_equal(nomen_mem_test_live(), live);
}

int main(void) {
    static const char root[] = NOMEN_SOURCE_DIR "/tests/check/faults";
    static char folders[MOST_CASES][LINE];
    static struct CMUnitTest tests[MOST_CASES];
    size_t n = 0;
    DIR *directory = opendir(root);
    if (directory == NULL) { return 1; }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL && n < MOST_CASES;) {
        if (entry->d_name[0] != '.') { snprintf(folders[n++], LINE, "%s/%.100s", root, entry->d_name); }
    }
    closedir(directory);
    qsort(folders, n, LINE, compare_text);
    for (size_t i = 0; i < n; i++) {
        tests[i] = (struct CMUnitTest){.name = folders[i] + sizeof root, .test_func = run_case, .initial_state = folders[i]};
    }
    if (n < 60) { return 1; } /* the corpus is not there whole */
    return _cmocka_run_group_tests("faults", tests, n, NULL, NULL);
}
