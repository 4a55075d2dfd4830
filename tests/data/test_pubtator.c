/* PubTator: titles, abstracts, mentions, relations and documents, and what is refused. */
#include "support.h"

#include "data/formats.h"

#define SMILE "\xf0\x9f\x98\x80"
#define DOC "7|t|Zelvane for fever\n7|a|Bo has fever.\n"

static const char *show_spans(const nomen_dataset *set) {
    static char out[1024];
    size_t n = 0;
    out[0] = '\0';
    for (size_t s = 0; s < set->n_sentences; s++) {
        n += (size_t)snprintf(out + n, sizeof out - n, "%.*s: ", (int)set->sentences[s].name_size, nomen_sentence_name(set, s));
        for (size_t i = 0; i < set->sentences[s].n_spans; i++) {
            const nomen_gold_span *span = &set->spans[set->sentences[s].first_span + i];
            n += (size_t)snprintf(out + n, sizeof out - n, "%s=%.*s,", set->span_labels[span->label],
                                  (int)(span->end - span->start), nomen_sentence_text(set, s) + span->start);
        }
    }
    return out;
}

static void check(const char *text, const nomen_data_options *options, const char *shown, const char *spans) {
    nomen_dataset set = parse(text, options);
    check_shape(&set);
    assert_int_equal(set.format, NOMEN_DATA_PUBTATOR);
    assert_string_equal(show(&set), shown);
    assert_string_equal(show_spans(&set), spans);
    nomen_dataset_clear(&set);
}

static void test_documents(void **state) {
    (void)state;
    check(DOC "7\t0\t7\tZelvane\tDrug\tC-1|C-2\n7\t25\t30\tfever\tDisease\tD-1\n\nx-8|t|A | "
              "b\tc\n\n9|t|\n9|a|Oslo\n9\t1\t5\tOslo\tPlace\n",
          NULL, "*1: Zelvane/B-Drug for/O fever/O Bo/O has/O fever/B-Disease ./O\n*6: A/O |/O b/O c/O\n*8: Oslo/B-Place\n",
          "7: Drug=Zelvane,Disease=fever,x-8: 9: Place=Oslo,");
    /* An empty abstract, none, no empty line between documents, CR LF. */
    check("1|t|Oslo\r\n1|a|\r\n1\t0\t4\tOslo\tPlace\t\r\n2|t|Bergen\r\n2\t0\t6\tBergen\tPlace\r\n", NULL,
          "*1: Oslo/B-Place\n*4: Bergen/B-Place\n", "1: Place=Oslo,2: Place=Bergen,");
    /* Relations are counted; nested and overlapping mentions are kept as spans. */
    nomen_dataset set = parse(DOC "7\t0\t7\tZelvane\tDrug\tC-1\tone\n7\t0\t17\tZelvane for "
                                  "fever\tCure\n7\tCID\tC-1\tD-1\n7\tAssociation\tp|DEL|1\tD-1\tNovel\n",
                              NULL);
    assert_string_equal(show_spans(&set), "7: Drug=Zelvane,Cure=Zelvane for fever,");
    assert_int_equal(set.notes.counts[NOMEN_NOTE_OTHER], 2);
    assert_int_equal(set.notes.counts[NOMEN_NOTE_FIELDS], 2);
    assert_int_equal(set.notes.counts[NOMEN_NOTE_OVERLAPPING], 1);
    nomen_dataset_clear(&set);
}

static void test_offsets(void **state) {
    (void)state;
    /* Characters; UTF-16 units where only these give the mention; bytes where they are asked for. */
    check("1|t|" SMILE " in\n1|a|Oslo\n1\t5\t9\tOslo\tPlace\n", NULL, "*1: " SMILE "/O in/O Oslo/B-Place\n", "1: Place=Oslo,");
    check("1|t|" SMILE " in\n1|a|Oslo\n1\t6\t10\tOslo\tPlace\n", NULL, "*1: " SMILE "/O in/O Oslo/B-Place\n", "1: Place=Oslo,");
    assert_non_null(strstr(log_lines, "1 span's own text shows that its offsets count UTF-16 units; they were read so"));
    check("1|t|" SMILE " in\n1|a|Oslo\n1\t8\t12\tOslo\tPlace\n", &(nomen_data_options){.offsets = NOMEN_OFFSET_BYTE},
          "*1: " SMILE "/O in/O Oslo/B-Place\n", "1: Place=Oslo,");
    refuse(DOC "7\t1\t8\tZelvane\tDrug\n", NULL, NOMEN_ERROR_DATA,
           "file:3: the mention's text is 'Zelvane', but its offsets 1 and 8 give 'elvane '; correct it, or state the unit of "
           "the offsets");
    refuse(DOC "7\t30\t40\tfever\tDrug\n", NULL, NOMEN_ERROR_DATA,
           "file:3: the offsets 30 and 40 of 'fever' are outside the text, which has 31 characters");
    refuse("1|t|" SMILE " in\n1\t1\t2\tx\tPlace\n", &(nomen_data_options){.offsets = NOMEN_OFFSET_BYTE}, NOMEN_ERROR_DATA,
           "file:2: the offsets 1 and 2 of 'x' fall inside a character; they do not count bytes");
}

static void test_faults(void **state) {
    (void)state;
    static const char *const faults[][2] = {
        {DOC "7\t0,12\t7,17\tZelvane fever\tDrug\n", "file:3: '7\\t0,12\\t7,17\\tZelvane fever\\tDrug' is in several parts, "
                                                     "which can't be read; give each part a line, or remove the mention"},
        {DOC "7\t0\t7\tZelvane\n",
         "file:3: '7\\t0\\t7\\tZelvane' is not a mention; write its document, start, end, text and type, separated by tabs"},
        {DOC "7\t0\tx\tZelvane\tDrug\n", "file:3: '7\\t0\\tx\\tZelvane\\tDrug' is not a mention; write its document, start, end, "
                                         "text and type, separated by tabs"},
        {DOC "7\t-1\t7\tZelvane\tDrug\n", "file:3: '7\\t-1\\t7\\tZelvane\\tDrug' is not a mention; write its document, start, "
                                          "end, text and type, separated by tabs"},
        {DOC "7\t0\t7\tZelvane\t\n",
         "file:3: '7\\t0\\t7\\tZelvane\\t' is not a mention; write its document, start, end, text and type, separated by tabs"},
        {DOC "8\t0\t7\tZelvane\tDrug\n",
         "file:3: '8\\t0\\t7\\tZelvane\\tDrug' in the document 7; documents must be separated by an empty line"},
        {DOC "more of it\n",
         "file:3: 'more of it' where a title (ID|t|title), an abstract (ID|a|abstract), or a mention with tabs is expected"},
        {DOC "7|a|again\n", "file:3: an abstract of the document 7 comes after its abstract; expected the title, then the "
                            "abstract, then the mentions"},
        {"7|t|a\n7\t0\t1\ta\tx\n7|a|b\n", "file:3: an abstract of the document 7 comes after its mentions; expected the title, "
                                          "then the abstract, then the mentions"},
        {"7|t|a\n8|a|b\n", "file:2: the abstract of 8 in the document 7, whose title is missing"},
        {DOC "7|p|a\n", "file:3: '7|p|a' is neither a title (|t|) nor an abstract (|a|)"},
        {"7|a|b\n", "file:1: the document 7 has no title; write a line ID|t|title first"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        nomen_data_options options = {.format = NOMEN_DATA_PUBTATOR};
        refuse(faults[i][0], &options, NOMEN_ERROR_DATA, faults[i][1]);
        char both[1024];
        snprintf(both, sizeof both, "%s\n99|t|Oslo\n99\t0\t4\tOslo\tPlace\n", faults[i][0]);
        options.skip_bad = true;
        nomen_dataset set = parse(both, &options);
        assert_int_equal(set.n_skipped, 1);
        assert_string_equal(show_spans(&set), "99: Place=Oslo,");
        nomen_dataset_clear(&set);
    }
    refuse("x\n", &(nomen_data_options){.format = NOMEN_DATA_PUBTATOR}, NOMEN_ERROR_DATA,
           "file:1: 'x' where a title (ID|t|title), an abstract (ID|a|abstract), or a mention with tabs is expected");
}

/* What is detected, and what looks like it and is not: a line of columns with bars. */
static void test_detection(void **state) {
    (void)state;
    static const char *const ours[] = {"1|t|Oslo", "1|t|Oslo\n", "\n\n1|t|Oslo\n\n2|t|x\n", "PMC-1|t|x,text,labels\nPMC-1|a|y\n"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        nomen_dataset set = parse(ours[i], NULL);
        assert_int_equal(set.format, NOMEN_DATA_PUBTATOR);
        nomen_dataset_clear(&set);
    }
    nomen_dataset set = parse("1|t|x\tO\nBo\tB-per\n", NULL);
    assert_int_equal(set.format, NOMEN_DATA_CONLL);
    nomen_dataset_clear(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_detection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
