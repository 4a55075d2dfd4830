/* Prodigy's answers: rejected and ignored spans, tasks of recipes that ask about one span. */
#include "support.h"

#define BO "{\"start\": 0, \"end\": 2, \"label\": \"PER\"}"
#define TASK(spans, more) "{\"text\": \"Bo left\", \"_task_hash\": 1, \"spans\": [" spans "]" more ", \"answer\": \"accept\"}\n"

static void test_prodigy(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool asked;
    } cases[] = {
        {TASK(BO, ", \"_view_id\": \"ner\""), true},
        {TASK(BO, ", \"_view_id\": \"ner_manual\""), false},
        {TASK(BO, ", \"_view_id\": \"ner_manual\", \"meta\": {\"score\": 0.5}"), false},
        {TASK(BO, ", \"meta\": {\"score\": 0.5}"), true},
        {TASK(BO, ", \"label\": \"PER\", \"tokens\": []"), true},
        {TASK("{\"start\": 0, \"end\": 2, \"label\": \"PER\", \"token_start\": 0, \"token_end\": 0}", ", \"tokens\": []"), false},
        {TASK("", ", \"_view_id\": \"ner\""), false},
        {TASK(BO, ""), false},
        {TASK(BO, "") TASK(BO, "") TASK(BO, "") TASK(BO, "") TASK(BO, ""), true},
        {TASK(BO, "") TASK(BO, "") TASK(BO, "") TASK(BO, "") TASK(BO, "") TASK("", ""), false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_dataset set = parse(cases[i].text, NULL);
        assert_int_equal(set.format, NOMEN_DATA_PRODIGY);
        if ((set.notes.counts[NOMEN_NOTE_ONE_ASKED] > 0) != cases[i].asked) { fail_msg("%s", cases[i].text); }
        if (cases[i].asked) { told("for one span"); }
        assert_true(nomen_word_is_unknown(&set, 1) == cases[i].asked && !nomen_word_is_unknown(&set, 0));
        nomen_dataset_clear(&set);
    }
    expect_dataset(TASK(BO ", {\"start\": 3, \"end\": 7, \"label\": \"x\", \"answer\": \"reject\"}", ""), NULL,
                   NOMEN_DATA_PRODIGY, "1: Bo/B-PER left/O\n");
    told("warning: file: 1 span of an accepted text was rejected and is not an entity");
    expect_dataset(TASK(BO ", {\"start\": 3, \"end\": 7, \"label\": \"x\", \"answer\": \"ignore\"}", ""), NULL,
                   NOMEN_DATA_PRODIGY, "1: Bo/B-PER left/?\n");
    told("warning: file:1: a span (x) was answered \"ignore\": whether its words are an entity is unknown");
    /* An entity has its words whatever else was said of them; a part of a word makes the word unknown. */
    expect_dataset(TASK("{\"start\": 0, \"end\": 4, \"label\": \"x\", \"answer\": \"ignore\"}, " BO, ""), NULL,
                   NOMEN_DATA_PRODIGY, "1: Bo/B-PER left/?\n");
    refuse(TASK("{\"start\": 0, \"end\": 40, \"label\": \"x\", \"answer\": \"ignore\"}", ""), NULL, NOMEN_ERROR_DATA,
           "file:1: a span from 0 to 40 is not inside its text, which has 7 characters; correct it");
    refuse(TASK("{\"label\": \"x\", \"answer\": \"ignore\"}", ""), NULL, NOMEN_ERROR_DATA,
           "file:1: an object is not a span; give [start, end, label] or an object with \"start\", \"end\" and \"label\"");
}
int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_prodigy)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
