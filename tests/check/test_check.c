/* The check as a whole: real data, every allocation failing, hostile files in time, options, and what is written. */
#include "support/cmocka_all.h"

#include <time.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/hashes.h"
#include "check/kinds.h"
#include "check/scripts.h"
#include "check/write.h"
#include "support/scratch.h"

static const char gmb[] = NOMEN_SOURCE_DIR "/../shared/data/gmb/ner_text_labels.csv.zip";
static const char faults[] = NOMEN_SOURCE_DIR "/tests/check/faults";

static nomen_check_report *check_one(const char *path, const nomen_check_options *options) {
    nomen_check_input input = {path, NOMEN_CHECK_PART_TRAIN};
    nomen_check_report *report = NULL;
    nomen_error err = {0};
    if (nomen_check_run(&input, 1, options, &report, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return report;
}

static size_t count_of(const nomen_check_report *report, const char *id) {
    for (size_t i = 0; i < report->n_findings; i++) {
        if (strcmp(report->findings[i].id, id) == 0) { return report->findings[i].count; }
    }
    return 0;
}

/* GMB's traps as its README tells them, and no other error or warning. Both forms of the corpus say the same. */
static void test_gmb(void **state) {
    (void)state;
    char folder[64], path[192], command[512];
    if (!nomen_file_exists(gmb)) {
        print_message("%s is not there: skipped\n", gmb);
        skip();
    }
    scratch_make(folder);
    snprintf(command, sizeof command,
             "python3 -c \"import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])\" '%s' '%s'", gmb, folder);
    if (system(command) != 0) {
        scratch_remove(folder);
        print_message("no python3 to unpack it: skipped\n");
        skip();
    }
    nomen_check_report *report = check_one(scratch_path(folder, "ner.csv", path), NULL);
    assert_int_equal(report->files[0].n_sentences, 47959);
    assert_int_equal(report->files[0].n_words, 1048575);
    assert_int_equal(report->files[0].n_entities, 111891);
    assert_int_equal(report->n_types, 8);
    assert_int_equal(report->n_by_severity[NOMEN_SEVERITY_ERROR], 0);
    assert_int_equal(report->n_by_severity[NOMEN_SEVERITY_WARNING], 6);
    assert_int_equal(count_of(report, "duplicate"), 384);
    assert_int_equal(count_of(report, "contradiction"), 44); /* of the duplicates */
    assert_int_equal(count_of(report, "control-character"), 31);
    assert_int_equal(count_of(report, "no-piece"), 21);
    assert_int_equal(count_of(report, "white-space"), 5); /* in four sentences */
    assert_int_equal(count_of(report, "drift"), 22951);
    assert_int_equal(report->drift.n_moved, 347071);
    nomen_check_report_free(report);
    scratch_remove(folder);
}

/* Every kind is planted somewhere in the corpus, or here, and stands in the documentation with its severity. */
static void test_kinds_are_known(void **state) {
    (void)state;
    nomen_buffer planted = {0}, page = {0};
    nomen_error err = {0};
    assert_int_equal(system("cat " NOMEN_SOURCE_DIR "/tests/check/faults/*/expected >" NOMEN_BINARY_DIR "/planted"), 0);
    assert_int_equal(nomen_file_read(NOMEN_BINARY_DIR "/planted", &planted, &err), NOMEN_OK);
    assert_int_equal(nomen_file_read(NOMEN_SOURCE_DIR "/docs/CHECK.md", &page, &err), NOMEN_OK);
    for (nomen_check_kind kind = 0; kind < NOMEN_CHECK_N_KINDS; kind++) {
        const nomen_check_kind_words *words = nomen_check_kind_get(kind);
        char row[128];
        snprintf(row, sizeof row, "| `%s` | %s |", words->id, nomen_severity_name(words->severity));
        if (strstr(page.data, row) == NULL) { fail_msg("docs/CHECK.md lacks: %s", row); }
        snprintf(row, sizeof row, "%s ", words->id);
        if (kind != NOMEN_CHECK_LEFT_OUT && strstr(planted.data, row) == NULL) { fail_msg("%s is not planted", words->id); }
    }
    nomen_buffer_clear(&planted);
    nomen_buffer_clear(&page);
}

static void test_left_out(void **state) {
    (void)state;
    nomen_data_options reading = {.size = sizeof reading, .misaligned = NOMEN_MISALIGNED_SKIP};
    nomen_check_options options = {.size = sizeof options, .data = &reading};
    nomen_check_report *report = check_one(NOMEN_SOURCE_DIR "/tests/check/faults/border_jsonl/train.jsonl", &options);
    assert_int_equal(report->n_findings, 1);
    assert_string_equal(report->findings[0].id, "left-out");
    assert_int_equal(report->findings[0].places[0].line, 2);
    nomen_check_report_free(report);
}

static const char *advise(nomen_remedy setting) {
    return setting == NOMEN_REMEDY_MISALIGNED ? " (--misaligned)" : setting == NOMEN_REMEDY_TEXT_COLUMN ? " (--text-column)" : "";
}

/* The library names no option of a program; what a program adds stands in the remedy, and after an unreadable file's message. */
static void test_advice(void **state) {
    (void)state;
    const char *file = NOMEN_SOURCE_DIR "/tests/check/faults/border_jsonl/train.jsonl";
    char folder[64], path[192];
    nomen_data_options reading = {.size = sizeof reading, .misaligned = NOMEN_MISALIGNED_SKIP};
    nomen_check_options options = {.size = sizeof options, .data = &reading};
    nomen_check_report *report = check_one(file, &options);
    assert_string_equal(report->findings[0].remedy, "Correct the offsets, or choose another policy.");
    nomen_check_report_free(report);
    options.advice = advise;
    report = check_one(file, &options);
    assert_string_equal(report->findings[0].remedy, "Correct the offsets, or choose another policy (--misaligned).");
    nomen_check_report_free(report);

    static const char two[] = "text,sentence,labels\na,a,O\n";
    scratch_make(folder);
    assert_int_equal(nomen_file_write(scratch_path(folder, "two.csv", path), two, sizeof two - 1, NULL), NOMEN_OK);
    report = check_one(path, &options);
    assert_false(report->all_readable);
    assert_string_equal(report->findings[0].places[0].text,
                        "the columns 'text' and 'sentence' could both hold the text; state the one to read (--text-column)");
    nomen_check_report_free(report);
    for (nomen_check_kind kind = 0; kind < NOMEN_CHECK_N_KINDS; kind++) {
        const nomen_check_kind_words *words = nomen_check_kind_get(kind);
        assert_null(strstr(words->meaning, " --"));
        assert_null(strstr(words->remedy, "--"));
        assert_int_equal(words->remedy[strlen(words->remedy) - 1], '.'); /* before which the advice goes */
    }
    scratch_remove(folder);
}

/* Only the first places are kept, and all are counted. */
static void test_places(void **state) {
    (void)state;
    nomen_check_report *report = check_one(NOMEN_SOURCE_DIR "/tests/check/faults/schemes_many_lone/train.csv", NULL);
    for (size_t i = 0; i < report->n_findings; i++) {
        if (strcmp(report->findings[i].id, "lone-inside") != 0) { continue; }
        assert_int_equal(report->findings[i].count, 10);
        assert_int_equal(report->findings[i].n_places, 3);
        assert_int_equal(report->findings[i].places[2].line, 24);
    }
    assert_int_equal(report->findings[0].severity, NOMEN_SEVERITY_ERROR); /* by harm */
    nomen_check_report_free(report);
}

static void test_arguments(void **state) {
    (void)state;
    nomen_check_report *report = NULL;
    nomen_error err = {0};
    assert_int_equal(nomen_check_run(NULL, 0, NULL, &report, &err), NOMEN_ERROR_ARGUMENT);
    err = (nomen_error){0};
    nomen_check_input input = {NOMEN_SOURCE_DIR "/tests/check/faults/clean_csv/train.csv", NOMEN_CHECK_PART_TRAIN};
    nomen_check_options options = {
        .size = sizeof options, .model = NOMEN_SOURCE_DIR "/tests/check/faults/clean_model/model", .max_length = 2};
    assert_int_equal(nomen_check_run(&input, 1, &options, &report, &err), NOMEN_ERROR_ARGUMENT);
    err = (nomen_error){0};
    options.model = NOMEN_SOURCE_DIR "/docs";
    assert_int_not_equal(nomen_check_run(&input, 1, &options, &report, &err), NOMEN_OK);
    assert_null(report);
    nomen_check_report_free(NULL);
}

/* JSON that parses, with its keys; a page and a text that hold what they are given. */
static void test_written(void **state) {
    (void)state;
    nomen_check_input inputs[2] = {
        {NOMEN_SOURCE_DIR "/tests/check/faults/leak_and_contradiction/train.csv", NOMEN_CHECK_PART_TRAIN},
        {NOMEN_SOURCE_DIR "/tests/check/faults/drift_number/train.csv", NOMEN_CHECK_PART_TEST}};
    nomen_check_options options = {.size = sizeof options, .model = NOMEN_SOURCE_DIR "/tests/check/faults/clean_model/model"};
    nomen_check_report *report = NULL;
    nomen_buffer out = {0};
    nomen_error err = {0};
    json_t *json = NULL;
    assert_int_equal(nomen_check_run(inputs, 2, &options, &report, &err), NOMEN_OK);
    assert_int_equal(nomen_check_write_json(report, &out, &err), NOMEN_OK);
    assert_int_equal(nomen_json_parse(out.data, out.size, "report", &json, &err), NOMEN_OK);
    static const char *const keys[] = {"files", "types", "errors", "warnings", "notes", "findings", "drift", "pieces"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) { assert_non_null(json_object_get(json, keys[i])); }
    json_t *example = json_object_get(json_object_get(json_object_get(json, "drift"), "example"), "words");
    assert_true(json_array_size(example) > 3);
    json_decref(json);
    nomen_buffer_reset(&out);
    assert_int_equal(nomen_check_write_text(report, true, &out, &err), NOMEN_OK);
    assert_non_null(strstr(out.data, "\033["));
    assert_non_null(strstr(out.data, "the drift's"));
    nomen_buffer_reset(&out);
    assert_int_equal(nomen_check_write_html(report, &out, &err), NOMEN_OK);
    assert_non_null(strstr(out.data, "</html>"));
    assert_non_null(strstr(out.data, "class=\"wrong\""));
    nomen_buffer_clear(&out);
    nomen_check_report_free(report);
}

/*
 * Fails every request in turn, once and lastingly, until all goes well. jansson's own are not among them: where it can't
 * keep the end of a string it reads past it.
 */
static void fail_each(const char *folder, const char *name, bool with_model, int lasting) {
    char path[512], model[512];
    snprintf(path, sizeof path, "%s/%s/%s", faults, folder, name);
    snprintf(model, sizeof model, "%s/%s/model", faults, folder);
    nomen_check_options options = {.size = sizeof options, .model = with_model ? model : NULL};
    long live = nomen_mem_test_live();
    for (long n = 0;; n++) {
        nomen_check_input inputs[2] = {{path, NOMEN_CHECK_PART_TRAIN}, {path, NOMEN_CHECK_PART_TEST}};
        nomen_check_report *report = NULL;
        nomen_buffer out = {0};
        nomen_error err = {0};
        nomen_mem_test_fail(n, lasting);
        nomen_status status = nomen_check_run(inputs, 2, &options, &report, &err);
        if (status == NOMEN_OK) { status = nomen_check_write_json(report, &out, &err); }
        if (status == NOMEN_OK) { status = nomen_check_write_text(report, false, &out, &err); }
        if (status == NOMEN_OK) { status = nomen_check_write_html(report, &out, &err); }
        bool whole = nomen_mem_test_requests() <= n;
        nomen_mem_test_fail(-1, 0);
        nomen_check_report_free(report);
        nomen_buffer_clear(&out);
        assert_int_equal(nomen_mem_test_live(), live);
        if (whole) {
            assert_int_equal(status, NOMEN_OK);
            return;
        }
        if (status != NOMEN_OK) { assert_int_equal(status, NOMEN_ERROR_MEMORY); }
        assert_true(n < 100000);
    }
}

static void test_memory(void **state) {
    (void)state;
    for (int lasting = 0; lasting < 2; lasting++) {
        fail_each("counts_csv_every_one", "train.csv", false, lasting);
        fail_each("order_iobes", "train.conll", false, lasting);
        fail_each("again_other_labels", "train.csv", false, lasting);
        fail_each("drift_number", "train.csv", false, lasting);
        fail_each("discontinuous_brat", "train.ann", false, lasting);
        fail_each("labels_letter", "train.jsonl", false, lasting);
        fail_each("bytes_csv_not_utf8", "train.csv", false, lasting);
        fail_each("model_over_limit", "train.csv", true, lasting);
        fail_each("model_case_only", "train.csv", true, lasting);
        fail_each("model_unknown_label", "train.csv", true, lasting);
    }
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Processor time of a file in which `row` is repeated with its number in it, `n` times. */
static double time_of(const char *path, const char *before, const char *row, size_t n, const char *behind) {
    nomen_buffer text = {0};
    nomen_error err = {0};
    nomen_buffer_append_text(&text, before, &err);
    for (size_t i = 0; i < n; i++) {
        for (const char *at = row; *at != '\0'; at++) {
            if (*at == '#') {
                nomen_buffer_append_int(&text, (int64_t)i, &err);
            } else {
                nomen_buffer_append_byte(&text, *at, &err);
            }
        }
    }
    nomen_buffer_append_text(&text, behind, &err);
    assert_int_equal(nomen_file_write(path, text.data, text.size, &err), NOMEN_OK);
    nomen_buffer_clear(&text);
    double start = seconds();
    nomen_check_report_free(check_one(path, NULL));
    return seconds() - start;
}

/*
 * Whether eight times the data takes more than in proportion: 8 times as long is in proportion, 64 a square, and 30 between them.
 * Half a second is for what is paid once, such as a sanitizer's memory.
 */
static bool is_steep(double small, double large) {
    return large > 30 * small + 0.5;
}

static void test_hostile_in_time(void **state) {
    (void)state;
    static const struct {
        const char *before, *row, *behind;
        size_t n;
    } files[] = {
        {"text,labels\n", "Jane left,B-per O\n", "", 5000},                         /* all the same */
        {"text,labels\n", "Jane# left,B-per\n", "", 5000},                          /* all bad */
        {"text,labels\n", "Jane# \"left,O O\n", "", 5000},                          /* broken quotes */
        {"text,labels\n", "Jane# left,B-t# I-t#\n", "", 5000},                      /* a type a row */
        {"text,labels\n\"", "J# ", "\",O\n", 20000},                                /* one row of many words */
        {"", "a\tI-x\nb\tI-y\n", "", 20000},                                        /* one entity after the other, all illegal */
        {"text,labels\n\xc3\xa9 \xc3\xa9,O O\n", "\xff\xc3\xa9 #,O O\n", "", 5000}, /* bad bytes */
    };
    char folder[64], path[192];
    scratch_make(folder);
    scratch_path(folder, "file", path);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        double small = time_of(path, files[i].before, files[i].row, files[i].n, files[i].behind);
        double large = time_of(path, files[i].before, files[i].row, 8 * files[i].n, files[i].behind);
        if (!is_steep(small, large)) { continue; }
        /* A sanitizer that asks the system for more memory once may have taken it all; it does not a second time. */
        double larger = time_of(path, files[i].before, files[i].row, 64 * files[i].n, files[i].behind);
        if (is_steep(large, larger)) {
            fail_msg("file %zu: %.3f s, %.3f s for eight times as much, and %.3f s for eight times that", i, small, large,
                     larger);
        }
    }
    scratch_remove(folder);
}

static bool never(const void *user, size_t item) {
    (void)user, (void)item;
    return false;
}

static void test_hashes(void **state) {
    (void)state;
    nomen_hashes table = {0};
    for (size_t i = 0; i < 1000; i++) { /* all with one hash */
        assert_int_equal(nomen_hashes_reserve(&table, NULL), NOMEN_OK);
        nomen_hashes_slot *slot = nomen_hashes_find(&table, 7, never, NULL);
        assert_int_equal(slot->item, 0);
        *slot = (nomen_hashes_slot){7, (uint32_t)(i + 1)};
        table.n++;
    }
    nomen_hashes_clear(&table);
    uint64_t seen[5] = {nomen_hashes_hash(1, "", 0), nomen_hashes_hash(1, "a", 1), nomen_hashes_hash(1, "aa", 2),
                        nomen_hashes_hash(1, "aaaa", 4), nomen_hashes_hash(1, "aaaaaaaaa", 9)};
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < i; j++) { assert_true(seen[i] != seen[j]); }
    }
}

static void test_scripts(void **state) {
    (void)state;
    static const struct {
        const char *word, *script;
    } words[] = {{"Jane", "Latin"},
                 {"\xc3\xa9t\xc3\xa9", "Latin"},
                 {"5.975,74", "digits"},
                 {"...", "punctuation"},
                 {"\xd0\x94\xd0\xb0", "Cyrillic"},
                 {"\xe6\x9d\xb1\xe4\xba\xac", "Han"},
                 {"\xd7\xa9", "Hebrew"},
                 {"\xf0\x9f\x98\x80", "emoji and symbols"},
                 {"(Jane", "Latin"},
                 {"4th", "Latin"},
                 {"\xc2\x96", "controls"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        assert_string_equal(nomen_script_name(nomen_script_of(words[i].word, strlen(words[i].word))), words[i].script);
    }
    char grouped[NOMEN_GROUPED_SIZE];
    assert_string_equal(nomen_check_grouped(grouped, 1048575), "1,048,575");
    assert_string_equal(nomen_check_grouped(grouped, 999), "999");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gmb),     cmocka_unit_test(test_kinds_are_known), cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_advice),  cmocka_unit_test(test_places),          cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_written), cmocka_unit_test(test_memory),          cmocka_unit_test(test_hostile_in_time),
        cmocka_unit_test(test_hashes),  cmocka_unit_test(test_scripts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
