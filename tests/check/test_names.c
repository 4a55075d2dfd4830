/* Each value that can be parsed has its name, and the name gives the value back; values that are none are "unknown". */
#include <string.h>

#include "nomen/nomen.h"
#include "support/cmocka_all.h"

/* Values from `first` on have names; what is before them (AUTO) may have one that is not parsed. */
#define ROUND_TRIP(type, stem, first, last) \
    do { \
        for (int value = (first); value <= (int)(last); value++) { \
            type parsed = (type)((last) + 1); \
            assert_int_equal(stem##_parse(stem##_name((type)value), &parsed, NULL), NOMEN_OK); \
            assert_int_equal(parsed, value); \
        } \
        nomen_error err = {0}; \
        type parsed = (type)(first); \
        assert_string_equal(stem##_name((type)((last) + 1)), "unknown"); \
        assert_string_equal(stem##_name((type) - 1), "unknown"); \
        assert_int_equal(stem##_parse("nothing at all", &parsed, &err), NOMEN_ERROR_ARGUMENT); \
        assert_non_null(strstr(err.message, stem##_name((type)(last)))); \
    } while (0)

static void test_parsed(void **state) {
    (void)state;
    ROUND_TRIP(nomen_scheme, nomen_scheme, NOMEN_SCHEME_AUTO, NOMEN_SCHEME_PLAIN);
    ROUND_TRIP(nomen_misaligned, nomen_misaligned, NOMEN_MISALIGNED_EXPAND, NOMEN_MISALIGNED_SKIP);
    ROUND_TRIP(nomen_word_unit, nomen_word_unit, NOMEN_WORDS_BERT, NOMEN_WORDS_WHITESPACE);
    ROUND_TRIP(nomen_align_mode, nomen_align_mode, NOMEN_ALIGN_FIRST, NOMEN_ALIGN_INSIDE);
    ROUND_TRIP(nomen_overflow, nomen_overflow, NOMEN_OVERFLOW_WINDOW, NOMEN_OVERFLOW_ERROR);
    ROUND_TRIP(nomen_choice, nomen_choice, NOMEN_CHOICE_AUTO, NOMEN_CHOICE_YES);
    ROUND_TRIP(nomen_split_kind, nomen_split_kind, NOMEN_SPLIT_TEXT, NOMEN_SPLIT_NUMPY);
    ROUND_TRIP(nomen_input_format, nomen_input_format, NOMEN_INPUT_LINES, NOMEN_INPUT_CONLL);
    ROUND_TRIP(nomen_offset_unit, nomen_offset_unit, NOMEN_OFFSET_CODEPOINT, NOMEN_OFFSET_UTF16);
    ROUND_TRIP(nomen_redaction, nomen_redaction, NOMEN_REDACT_TYPE, NOMEN_REDACT_PSEUDONYM);
    ROUND_TRIP(nomen_tag_format, nomen_tag_format, NOMEN_TAG_TEXT, NOMEN_TAG_REDACTED);
    ROUND_TRIP(nomen_report_part, nomen_report_part, NOMEN_REPORT_CONLLEVAL, NOMEN_REPORT_CALIBRATION);
    ROUND_TRIP(nomen_severity, nomen_severity, NOMEN_SEVERITY_NOTE, NOMEN_SEVERITY_ERROR);
    ROUND_TRIP(nomen_calibration_goal, nomen_calibration_goal, NOMEN_GOAL_NONE, NOMEN_GOAL_F1);
    ROUND_TRIP(nomen_optimizer, nomen_optimizer, NOMEN_OPTIMIZER_ADAMW, NOMEN_OPTIMIZER_LION);
    ROUND_TRIP(nomen_schedule, nomen_schedule, NOMEN_SCHEDULE_LINEAR, NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU);
    ROUND_TRIP(nomen_loss, nomen_loss, NOMEN_LOSS_CROSS_ENTROPY, NOMEN_LOSS_FOCAL);
}

static void test_named(void **state) {
    (void)state;
    assert_string_equal(nomen_format_name(NOMEN_DATA_LONG_CSV), "long-csv");
    assert_string_equal(nomen_format_name((nomen_data_format)999), "unknown");
    assert_string_equal(nomen_documents_name(NOMEN_DOCUMENTS_COLUMN), "column");
    assert_string_equal(nomen_check_part_name(NOMEN_CHECK_PART_TEST), "test");
    assert_string_equal(nomen_mean_name(NOMEN_MEAN_WEIGHTED), "weighted");
    assert_string_equal(nomen_purpose_name(NOMEN_FOR_WRITING), "writing");
    assert_string_equal(nomen_remedy_name(NOMEN_REMEDY_TAG_COLUMN), "tag-column");
    assert_string_equal(nomen_remedy_name((nomen_remedy)999), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parsed), cmocka_unit_test(test_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
