/* The scorer and its reports: known figures, failures, and figures that are not defined. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "eval/metrics.h"
#include "nomen/nomen.h" /* no name of it stands in the inner headers too */

static const char *const GOLD_1[] = {"B-per", "I-per", "O", "B-creative-work", "O"};
static const char *const FOUND_1[] = {"B-per", "I-per", "O", "B-geo", "O"};
static const char *const GOLD_2[] = {"B-geo", "O"};
static const char *const FOUND_2[] = {"B-geo", "I-geo"};

/* Two sentences: one of three gold entities is found; 3 predicted. */
static nomen_status score_sample(nomen_report *report, nomen_error *err) {
    nomen_scorer *scorer = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_scorer_create(NULL, &scorer, err));
    NOMEN_TRY(nomen_scorer_add(scorer, GOLD_1, FOUND_1, 5, err));
    NOMEN_TRY(nomen_scorer_add(scorer, GOLD_2, FOUND_2, 2, err));
    NOMEN_TRY(nomen_scorer_add(scorer, NULL, NULL, 0, err));
    NOMEN_TRY(nomen_scorer_report(scorer, report, err));
done:
    nomen_scorer_free(scorer);
    return status;
}

static void test_known(void **state) {
    (void)state;
    nomen_report report = {0};
    assert_int_equal(score_sample(&report, NULL), NOMEN_OK);
    assert_int_equal(report.n_types, 3);
    assert_string_equal(report.types[0], "creative-work");
    assert_string_equal(report.types[1], "geo");
    assert_string_equal(report.types[2], "per");
    assert_int_equal(report.micro.support, 3);
    assert_int_equal(report.micro.predicted, 3);
    assert_int_equal(report.micro.correct, 1);
    assert_true(report.micro.f1 == 2 * (1.0 / 3) * (1.0 / 3) / (1.0 / 3 + 1.0 / 3));
    assert_true(report.macro.f1 == 1.0 / 3 && report.weighted.f1 == 1.0 / 3);
    assert_int_equal(report.per_type[1].predicted, 2);
    assert_true(report.per_type[1].f1 == 0 && report.per_type[2].f1 == 1);
    assert_true(report.accuracy == 5.0 / 7);
    /* (4/5 + 1/2) / 2, to two roundings. */
    assert_true(fabs(report.sentence_accuracy - 0.65) < 1e-15);
    assert_int_equal(report.n_words, 7);
    assert_int_equal(report.n_sentences, 3);
    assert_true(isnan(report.loss));
    nomen_report_clear(&report);
}

/* Unknown words count in no accuracy, and predicted entities that have one count nowhere. */
static void test_unknown(void **state) {
    (void)state;
    static const char *const gold[] = {"O", "B-per", "I-per", "?", "B-geo", "O", "?"};
    static const bool unknown[] = {false, false, false, true, false, false, true};
    static const struct {
        const char *predicted[7];
        size_t n_predicted, n_correct, n_right_words;
    } cases[] = {
        {{"O", "B-per", "I-per", "O", "B-geo", "O", "O"}, 2, 2, 5},
        {{"O", "B-per", "I-per", "B-per", "B-geo", "O", "B-geo"}, 2, 2, 5},
        {{"O", "B-per", "I-per", "I-per", "B-geo", "O", "O"}, 1, 1, 3}, /* who reads on into what is unknown misses the entity */
        {{"B-per", "B-per", "I-per", "I-geo", "I-geo", "B-geo", "I-geo"}, 2, 1, 3},
        {{"O", "S-per", "E-per", "S-geo", "B-geo", "E-geo", "S-geo"}, 3, 0, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int details = 0; details < 2; details++) {
            const nomen_scorer_options options = {.size = sizeof options, .details = details};
            const float confidence[] = {0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F, 0.5F};
            const nomen_sentence_facts facts = {.unknown = unknown, .confidence = confidence, .other = cases[i].predicted};
            nomen_scorer *scorer = NULL;
            nomen_details all = {0};
            nomen_report *report = &all.report;
            assert_int_equal(nomen_scorer_create(&options, &scorer, NULL), NOMEN_OK);
            assert_int_equal(nomen_scorer_add_facts(scorer, gold, cases[i].predicted, 7, &facts, NULL), NOMEN_OK);
            assert_int_equal(details ? nomen_scorer_details(scorer, &all, NULL) : nomen_scorer_report(scorer, report, NULL),
                             NOMEN_OK);
            assert_int_equal(report->micro.support, 2);
            if (report->micro.predicted != cases[i].n_predicted) { fail_msg("%zu: %zu predicted", i, report->micro.predicted); }
            if (report->micro.correct != cases[i].n_correct) { fail_msg("%zu: %zu correct", i, report->micro.correct); }
            assert_int_equal(report->n_words, 5);
            if (report->accuracy != (double)cases[i].n_right_words / 5) { fail_msg("%zu: accuracy %g", i, report->accuracy); }
            assert_true(report->sentence_accuracy == report->accuracy);
            assert_true(!details || all.conlleval.accuracy == report->accuracy);
            nomen_details_clear(&all);
            nomen_scorer_free(scorer);
        }
    }
    /* Nothing of a sentence is known. */
    const bool every[] = {true, true, true, true, true, true, true};
    const nomen_sentence_facts facts = {.unknown = every};
    nomen_scorer *scorer = NULL;
    nomen_report report = {0};
    assert_int_equal(nomen_scorer_create(NULL, &scorer, NULL), NOMEN_OK);
    assert_int_equal(nomen_scorer_add_facts(scorer, gold, cases[1].predicted, 7, &facts, NULL), NOMEN_OK);
    assert_int_equal(nomen_scorer_report(scorer, &report, NULL), NOMEN_OK);
    assert_true(isnan(report.accuracy));
    assert_int_equal(report.micro.support + report.micro.predicted + report.n_words, 0);
    nomen_report_clear(&report);
    nomen_scorer_free(scorer);
}

static void test_json(void **state) {
    (void)state;
    nomen_report report = {0};
    char *text;
    size_t n_bytes;
    json_t *json = NULL;
    nomen_error err = {0};
    assert_int_equal(score_sample(&report, &err), NOMEN_OK);
    report.loss = 0.25;
    assert_int_equal(nomen_report_to_json(&report, &text, &n_bytes, &err), NOMEN_OK);
    assert_int_equal(strlen(text), n_bytes);
    assert_int_equal(nomen_json_parse(text, n_bytes, "report", &json, &err), NOMEN_OK);
    assert_true(json_real_value(json_object_get(json, "f1")) == report.micro.f1);
    assert_true(json_real_value(json_object_get(json, "sentence_accuracy")) == report.sentence_accuracy);
    assert_true(json_number_value(json_object_get(json, "loss")) == 0.25);
    assert_int_equal(json_integer_value(json_object_get(json, "support")), 3);
    const json_t *work = json_object_get(json_object_get(json, "per_type"), "creative-work");
    assert_int_equal(json_integer_value(json_object_get(work, "support")), 1);
    json_decref(json);
    nomen_mem_free(text);
    nomen_report_clear(&report);
}

static void test_text(void **state) {
    (void)state;
    nomen_report report = {0};
    char *text;
    size_t n_bytes;
    assert_int_equal(score_sample(&report, NULL), NOMEN_OK);
    assert_int_equal(nomen_report_to_text(&report, &text, &n_bytes, NULL), NOMEN_OK);
    assert_string_equal(text, "type               precision     recall         F1       gold  predicted    correct\n"
                              "creative-work         0.0000     0.0000     0.0000          1          0          0\n"
                              "geo                   0.0000     0.0000     0.0000          1          2          0\n"
                              "per                   1.0000     1.0000     1.0000          1          1          1\n"
                              "\n"
                              "all (micro)           0.3333     0.3333     0.3333          3          3          1\n"
                              "macro mean            0.3333     0.3333     0.3333          3          3          1\n"
                              "weighted mean         0.3333     0.3333     0.3333          3          3          1\n"
                              "\n"
                              "accuracy              0.7143  of 7 words\n"
                              "sentence accuracy     0.6500  mean over 3 sentences\n");
    nomen_mem_free(text);
    nomen_report_clear(&report);
}

/* The example of docs/METRICS.md. */
static void test_documented(void **state) {
    (void)state;
    const char *gold[] = {"B-per", "I-per", "O", "B-org", "O", "B-geo", "I-geo", "B-geo", "O"};
    const char *found[] = {"B-per", "I-per", "O", "B-geo", "O", "B-geo", "O", "I-geo", "O"};
    nomen_scorer *scorer;
    nomen_report report = {0};
    nomen_buffer out = {0};
    assert_int_equal(nomen_scorer_create(NULL, &scorer, NULL), NOMEN_OK);
    assert_int_equal(nomen_scorer_add(scorer, gold, found, 4, NULL), NOMEN_OK);
    assert_int_equal(nomen_scorer_add(scorer, gold + 4, found + 4, 3, NULL), NOMEN_OK);
    assert_int_equal(nomen_scorer_add(scorer, gold + 7, found + 7, 2, NULL), NOMEN_OK);
    assert_int_equal(nomen_scorer_report(scorer, &report, NULL), NOMEN_OK);
    assert_int_equal(nomen_report_text(&report, &out, NULL), NOMEN_OK);
    assert_string_equal(out.data, "type               precision     recall         F1       gold  predicted    correct\n"
                                  "geo                   0.3333     0.5000     0.4000          2          3          1\n"
                                  "org                   0.0000     0.0000     0.0000          1          0          0\n"
                                  "per                   1.0000     1.0000     1.0000          1          1          1\n"
                                  "\n"
                                  "all (micro)           0.5000     0.5000     0.5000          4          4          2\n"
                                  "macro mean            0.4444     0.5000     0.4667          4          4          2\n"
                                  "weighted mean         0.4167     0.5000     0.4500          4          4          2\n"
                                  "\n"
                                  "accuracy              0.6667  of 9 words\n"
                                  "sentence accuracy     0.6389  mean over 3 sentences\n");
    nomen_buffer_clear(&out);
    nomen_report_clear(&report);
    nomen_scorer_free(scorer);
}

/* Names from a file don't reach the terminal as control sequences, and don't break the columns. */
static void test_text_hostile(void **state) {
    (void)state;
    const char *tags[] = {"B-\x1b[31m\xC2\x9B", "B-Gr\xC3\xB6\xC3\x9F"
                                                "e-with-a-rather-long-name"};
    nomen_scorer *scorer;
    nomen_report report = {0};
    nomen_buffer out = {0};
    assert_int_equal(nomen_scorer_create(NULL, &scorer, NULL), NOMEN_OK);
    assert_int_equal(nomen_scorer_add(scorer, tags, tags, 2, NULL), NOMEN_OK);
    assert_int_equal(nomen_scorer_report(scorer, &report, NULL), NOMEN_OK);
    assert_int_equal(nomen_report_text(&report, &out, NULL), NOMEN_OK);
    assert_null(strchr(out.data, 0x1b));
    assert_null(strstr(out.data, "\xC2\x9B"));
    assert_non_null(strstr(out.data, "\n?[31m?                            1.0000"));
    nomen_buffer_clear(&out);
    nomen_report_clear(&report);
    nomen_scorer_free(scorer);
}

static void test_undefined(void **state) {
    (void)state;
    nomen_scorer *scorer;
    nomen_report report = {0};
    nomen_buffer out = {0};
    assert_int_equal(nomen_scorer_create(NULL, &scorer, NULL), NOMEN_OK);
    assert_int_equal(nomen_scorer_report(scorer, &report, NULL), NOMEN_OK);
    assert_int_equal(report.n_types, 0);
    assert_true(report.micro.f1 == 0 && report.weighted.f1 == 0);
    assert_true(isnan(report.macro.f1) && isnan(report.accuracy) && isnan(report.sentence_accuracy));
    nomen_json_out json = nomen_json_start(&out, NULL);
    nomen_report_json(&json, NULL, &report);
    assert_int_equal(json.status, NOMEN_OK);
    assert_non_null(strstr(out.data, "\"accuracy\":null"));
    assert_non_null(strstr(out.data, "\"per_type\":{}}"));
    assert_int_equal(nomen_report_text(&report, &out, NULL), NOMEN_OK);
    nomen_buffer_clear(&out);
    nomen_report_clear(&report);
    nomen_report_clear(&report);
    nomen_scorer_free(scorer);
    nomen_scorer_free(NULL);
}

/* A bad tag fails with its place and leaves the scorer as it was. */
static void test_bad_tags(void **state) {
    (void)state;
    nomen_scorer *scorer;
    nomen_report report = {0};
    nomen_error err = {0};
    const char *good[] = {"B-x", "I-x"}, *empty[] = {"B-x", ""}, *missing[] = {NULL, "O"};
    assert_int_equal(nomen_scorer_create(NULL, &scorer, &err), NOMEN_OK);
    assert_int_equal(nomen_scorer_add(scorer, good, empty, 2, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "word 2 of the sentence has an empty predicted tag; give each word a tag (O "
                                     "outside entities)");
    err = (nomen_error){0};
    assert_int_equal(nomen_scorer_add(scorer, missing, good, 2, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "word 1 of the sentence has no gold tag; give each word a tag (O outside entities)");
    assert_int_equal(nomen_scorer_add(scorer, good, good, 2, NULL), NOMEN_OK);
    assert_int_equal(nomen_scorer_report(scorer, &report, NULL), NOMEN_OK);
    assert_int_equal(report.n_sentences, 1);
    assert_true(report.micro.f1 == 1 && report.accuracy == 1);
    nomen_report_clear(&report);
    nomen_scorer_free(scorer);
}

/* Many types: the table grows, and each keeps its own counts. */
static void test_many_types(void **state) {
    (void)state;
    enum { N = 5000 };
    nomen_scorer *scorer;
    nomen_report report = {0};
    assert_int_equal(nomen_scorer_create(NULL, &scorer, NULL), NOMEN_OK);
    for (int i = 0; i < 2 * N; i++) {
        char tag[32];
        snprintf(tag, sizeof tag, "B-type%d", i % N);
        const char *gold[] = {tag}, *found[] = {i < N ? tag : "O"};
        assert_int_equal(nomen_scorer_add(scorer, gold, found, 1, NULL), NOMEN_OK);
    }
    assert_int_equal(nomen_scorer_report(scorer, &report, NULL), NOMEN_OK);
    assert_int_equal(report.n_types, N);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(report.per_type[i].support, 2);
        assert_int_equal(report.per_type[i].correct, 1);
        if (i > 0) { assert_true(strcmp(report.types[i - 1], report.types[i]) < 0); }
    }
    assert_true(report.accuracy == 0.5);
    nomen_report_clear(&report);
    nomen_scorer_free(scorer);
}

static nomen_status score_and_write(nomen_error *err) {
    nomen_report report = {0};
    char *json = NULL, *text = NULL;
    size_t n;
    nomen_status status;
    NOMEN_TRY(score_sample(&report, err));
    NOMEN_TRY(nomen_report_to_json(&report, &json, &n, err));
    NOMEN_TRY(nomen_report_to_text(&report, &text, &n, err));
done:
    nomen_mem_free(json);
    nomen_mem_free(text);
    nomen_report_clear(&report);
    return status;
}

/* Each allocation failing, once and lastingly: the memory status, and nothing left behind. */
static void test_allocation_failure(void **state) {
    (void)state;
    for (int lasting = 0; lasting < 2; lasting++) {
        long live = nomen_mem_test_live();
        nomen_status status = NOMEN_ERROR_MEMORY;
        long n = 0;
        for (; status != NOMEN_OK; n++) {
            nomen_error err = {0};
            nomen_mem_test_fail(n, lasting);
            status = score_and_write(&err);
            nomen_mem_test_fail(-1, 0);
            assert_int_equal(nomen_mem_test_live(), live);
            if (status != NOMEN_OK) {
                assert_int_equal(status, NOMEN_ERROR_MEMORY);
                assert_int_equal(err.status, NOMEN_ERROR_MEMORY);
            }
        }
        assert_true(n > 10);
    }
}

/* A failed sentence changes no figure: it can be added again. */
static void test_add_is_all_or_nothing(void **state) {
    (void)state;
    for (long n = 0; n < 6; n++) {
        nomen_scorer *scorer;
        nomen_report report = {0};
        assert_int_equal(nomen_scorer_create(NULL, &scorer, NULL), NOMEN_OK);
        nomen_mem_test_fail(n, 0);
        nomen_status status = nomen_scorer_add(scorer, GOLD_1, FOUND_1, 5, NULL);
        nomen_mem_test_fail(-1, 0);
        if (status != NOMEN_OK) { assert_int_equal(nomen_scorer_add(scorer, GOLD_1, FOUND_1, 5, NULL), NOMEN_OK); }
        assert_int_equal(nomen_scorer_report(scorer, &report, NULL), NOMEN_OK);
        assert_int_equal(report.micro.support, 2);
        assert_int_equal(report.micro.correct, 1);
        assert_int_equal(report.n_words, 5);
        nomen_report_clear(&report);
        nomen_scorer_free(scorer);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_text_hostile),
        cmocka_unit_test(test_documented),
        cmocka_unit_test(test_undefined),
        cmocka_unit_test(test_bad_tags),
        cmocka_unit_test(test_many_types),
        cmocka_unit_test(test_allocation_failure),
        cmocka_unit_test(test_add_is_all_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
