/* WebAnno TSV 3: values, escapes, offsets, sub-tokens and layers, and what is refused. */
#include "support.h"

#include "data/formats.h"

#define MARK "#FORMAT=WebAnno TSV 3.3\n"
#define NER "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value\n"
#define HEAD MARK NER "\n\n"
#define ONE MARK "#T_SP=webanno.custom.Place|kind\n\n\n"
#define SMILE "\xf0\x9f\x98\x80"

/* The spans of a set as "LABEL=text," one behind the other. */
static const char *show_spans(const nomen_dataset *set) {
    static char out[1024];
    size_t n = 0;
    out[0] = '\0';
    for (size_t s = 0; s < set->n_sentences; s++) {
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
    assert_int_equal(set.format, NOMEN_DATA_WEBANNO);
    assert_string_equal(show(&set), shown);
    assert_string_equal(show_spans(&set), spans);
    nomen_dataset_clear(&set);
}

static void test_values(void **state) {
    (void)state;
    /* Neighbours without numbers are two entities, those with one number one; stacked values are entities of their own. */
    check(HEAD "#Text=Bo Ada Halden Bridge\n1-1\t0-2\tBo\t*\tPER\t\n1-2\t3-6\tAda\t*\tPER\t\n"
               "1-3\t7-13\tHalden\t*[2]|*[3]\tLOC[2]|FAC[3]\t\n1-4\t14-20\tBridge\t*[3]\tFAC[3]\t\n",
          NULL, "*5: Bo/B-PER Ada/B-PER Halden/B-FAC Bridge/I-FAC\n", "PER=Bo,PER=Ada,LOC=Halden,FAC=Halden Bridge,");
    /* A line's last tab may be missing; blank lines may be too, and lines may end in CR LF. */
    check(ONE "#Text=To Oslo\r\n1-1\t0-2\tTo\t_\r\n1-2\t3-7\tOslo\tcity\r\n#Text=Oslo\r\n2-1\t8-12\tOslo\tcity\r\n", NULL,
          "*5: To/O Oslo/B-city\n8: Oslo/B-city\n", "city=Oslo,city=Oslo,");
    /* Escapes of values; a backslash before anything else is one. */
    check(ONE "#Text=a b c d\n1-1\t0-1\ta\t\\[x\\]\\|\\_\\*\\;\\->\\\\[1]\t\n1-2\t2-3\tb\t\\[x\\]\\|\\_\\*\\;\\->\\\\[1]\t\n"
              "1-3\t4-5\tc\t\\_\t\n1-4\t6-7\td\t\\q\\\t\n",
          NULL, "*5: a/B-[x]|_*;->\\ b/I-[x]|_*;->\\ c/B-_ d/B-\\q\\\n", "[x]|_*;->\\=a b,_=c,\\q\\=d,");
    /* Part of a token: the span stays, its word is labelled. Numbers may lead from a part to the token behind. */
    check(ONE "#Text=Oslobank "
              "Bergen\n1-1\t0-8\tOslobank\t_\t\n1-1.1\t0-4\tOslo\tcity\t\n1-1.2\t4-8\tbank\tx[7]\t\n1-2\t9-15\tBergen\tx[7]\t\n",
          &(nomen_data_options){.keep_spans = true}, "*5: Oslobank/B-x Bergen/I-x\n", "city=Oslo,x=bank Bergen,");
    /* A layer without features is its own label; a number goes over the end of a sentence as two spans. */
    check(MARK "#T_SP=webanno.custom.Place|\n\n#Text=Oslo\n1-1\t0-4\tOslo\t*[1]\t\n\n#Text=Oslo\n2-1\t5-9\tOslo\t*[1]\t\n", NULL,
          "*4: Oslo/B-Place\n7: Oslo/B-Place\n", "Place=Oslo,Place=Oslo,");
    assert_non_null(strstr(log_lines, "file:8: the annotation [1] continues from the sentence before"));
    check(ONE "#Text=Oslo\n1-1\t0-4\tOslo\t*\t\n", NULL, "*5: Oslo/O\n", "");
    assert_non_null(strstr(log_lines, "file:6: 1 annotation has no value (*), so it is not an entity"));
}

static void test_texts(void **state) {
    (void)state;
    /* Offsets count UTF-16 units; those of other tools characters, where the tokens show it. */
    check(ONE "#Text=" SMILE " Oslo " SMILE "\n1-1\t10-12\t" SMILE "\t_\t\n1-2\t13-17\tOslo\tcity\t\n1-3\t18-20\t" SMILE
              "\t_\t\n",
          NULL, "*5: " SMILE "/O Oslo/B-city " SMILE "/O\n", "city=Oslo,");
    check(ONE "#Text=" SMILE " Oslo\n1-1\t0-1\t" SMILE "\t_\t\n1-2\t2-6\tOslo\tcity\t\n", NULL, "*5: " SMILE "/O Oslo/B-city\n",
          "city=Oslo,");
    /* A sentence of several lines, escapes in its text, and white space before its first token. */
    check(ONE "#Text=  a\\tb\n#Text=c\\\\d\n1-1\t7-8\ta\t_\t\n1-2\t9-10\tb\tx[1]\t\n1-3\t11-14\tc\\d\tx[1]\t\n", NULL,
          "*5: a/O b/B-x c\\d/I-x\n", "x=b\nc\\d,");
    /* Tokens may be escaped as the text is, or as values are; texts of other tools are not escaped at all. */
    check(ONE "#Text=c\\\\d [\n1-1\t0-3\tc\\\\d\t_\t\n1-2\t4-5\t\\[\t_\t\n", NULL, "*5: c\\d/O [/O\n", "");
    check(ONE "#Text=C:\\new x\n1-1\t0-6\tC:\\new\t_\t\n1-2\t7-8\tx\t_\t\n", NULL, "*5: C:\\new/O x/O\n", "");
    /* Versions up to 3.1 escape as Java does. */
    check(
        "#FORMAT=WebAnno TSV 3.1\n#T_SP=x.Place|kind\n\n#Text=\\\"caf\\u00e9\\\" \\ud83d\\ude00\n1-1\t0-6\t\"caf\xc3\xa9\"\t_\t\n"
        "1-2\t7-9\t" SMILE "\tx\t\n",
        NULL, "*4: \"caf\xc3\xa9\"/O " SMILE "/B-x\n", "x=" SMILE ",");
    /* Names of sentences; empty texts; tokens of white space; words by other rules. */
    nomen_dataset set = parse(ONE "#Sentence.id=s\\\\1\n#Text=Oslo\n1-1\t0-4\tOslo\tcity\t\n\n#Text=\n\n#Text=a-b "
                                  "c\n2-1\t6-9\ta-b\tx\t\n2-2\t9-10\t \t_\t\n"
                                  "2-3\t10-11\tc\t_\t\n",
                              NULL);
    assert_string_equal(show(&set), "*6: Oslo/B-city\n11: a-b/B-x c/O\n");
    assert_memory_equal(nomen_sentence_name(&set, 0), "s\\1", 3);
    assert_int_equal(set.notes.counts[NOMEN_NOTE_WORDLESS_TEXT], 1);
    assert_non_null(strstr(log_lines, "3 words (the file's)"));
    nomen_dataset_clear(&set);
    check(ONE "#Text=a-b c\n1-1\t0-3\ta-b\tx\t\n1-2\t4-5\tc\t_\t\n", &(nomen_data_options){.words = NOMEN_WORDS_BERT},
          "*5: a/B-x -/I-x b/I-x c/O\n", "x=a-b,");
    /* Files that were joined are as many documents; --documents none makes them none. */
    check(ONE "#Text=a\n1-1\t0-1\ta\tx\t\n\n" ONE "#Text=b\n1-1\t0-1\tb\ty\t\n", NULL, "*5: a/B-x\n*12: b/B-y\n", "x=a,y=b,");
    check(ONE "#Text=a\n1-1\t0-1\ta\tx\t\n", &(nomen_data_options){.documents = NOMEN_DOCUMENTS_NONE}, "5: a/B-x\n", "x=a,");
}

#define TWO MARK "#T_SP=webanno.custom.Person|name|role\n#T_SP=webanno.custom.Place|kind\n\n"
#define ROW "#Text=Bo\n1-1\t0-2\tBo\tn\tr\tk\t\n"

static void test_layers(void **state) {
    (void)state;
    /* Any column that is asked for: by its feature, its layer and feature, or its number. */
    static const char *const asked[][2] = {
        {"role", "r=Bo,"}, {"Person|name", "n=Bo,"}, {"webanno.custom.Place|kind", "k=Bo,"}, {"4", "n=Bo,"}, {"-1", "k=Bo,"}};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        nomen_dataset set = parse(TWO ROW, &(nomen_data_options){.tag_column = asked[i][0]});
        assert_string_equal(show_spans(&set), asked[i][1]);
        assert_int_equal(set.notes.counts[NOMEN_NOTE_FIELDS], 2);
        nomen_dataset_clear(&set);
    }
    refuse(TWO ROW, NULL, NOMEN_ERROR_FORMAT,
           "file:2: 3 features could be the entities: Person|name, Person|role, Place|kind; name the one to "
           "read");
    refuse(TWO ROW, &(nomen_data_options){.tag_column = "colour"}, NOMEN_ERROR_FORMAT,
           "file:2: no feature of spans is called 'colour'; name one of Person|name, Person|role, Place|kind");
    refuse(TWO ROW, &(nomen_data_options){.tag_column = "3"}, NOMEN_ERROR_FORMAT,
           "file:2: no feature of spans is called '3'; name one of Person|name, Person|role, Place|kind");
    /* What the tool brings beside entities is none; slots, relations and chains neither. */
    refuse(MARK "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Lemma|value\n\n#Text=a\n1-1\t0-1\ta\ta\t\n", NULL,
           NOMEN_ERROR_FORMAT, "file:2: no layer of entities among Lemma|value; name the one to read");
    nomen_dataset set = parse(
        MARK
        "#T_SP=webanno.custom.Event|kind|ROLE_webanno.custom.Event:who_webanno.custom.EventWhoLink|webanno.custom.Person\n"
        "#T_RL=webanno.custom.Tie|kind|BT_webanno.custom.Event\n#T_CH=webanno.custom.CorefLink|referenceRelation|referenceType\n"
        "#T_CH=webanno.custom.OtherLink|referenceRelation|referenceType\n\n"
        "#Text=a b\n1-1\t0-1\ta\tgo[1]\tagent\t1-2\t_\t_\t*->1-1\tn[2]\t_\t_\t\n"
        "1-2\t2-3\tb\tgo[1]\t_\t_\tx|y\t1-1|1-1\t*->1-1\tn[2]\t_\t_\t\n",
        NULL);
    assert_string_equal(show_spans(&set), "go=a b,");
    assert_int_equal(set.notes.counts[NOMEN_NOTE_OTHER], 3); /* two relations and one link of two tokens */
    assert_int_equal(set.notes.counts[NOMEN_NOTE_FIELDS], 2);
    nomen_dataset_clear(&set);
    /* No layer of spans at all: a document in which nobody found an entity. */
    check(MARK "\n#Text=a b\n1-1\t0-1\ta\t\n1-2\t2-3\tb\t\n", NULL, "*3: a/O b/O\n", "");
    assert_non_null(strstr(log_lines, "file:1: the header names no layer of spans, so nothing is an entity"));
}

static void test_faults(void **state) {
    (void)state;
    static const char *const faults[][2] = {
        {"#FORMAT=WebAnno TSV 2\n#Text=a\n",
         "file:1: '#FORMAT=WebAnno TSV 2', but only WebAnno TSV 3.0 to 3.9 can be read; export the document as WebAnno TSV v3"},
        {ONE "#Text=a b\n1-1\t0-1\ta\t_\t\n1-2\t3-4\tb\t_\t\n",
         "file:7: the offsets 3-4 of 'b' are outside the text of its sentence; they count UTF-16 units of the document"},
        {ONE "#Text=a bc\n1-1\t0-1\ta\t_\t\n1-2\t2-3\tbc\t_\t\n",
         "file:7: the offsets 2-3 of 'bc' give 'b' in the text of its sentence; they count UTF-16 units of the document"},
        {ONE "#Text=a b c\n1-1\t0-1\ta\t_\t\n1-3\t4-5\tc\t_\t\n",
         "file:7: the token 1-3 follows 1-1; a line is missing or out of order"},
        {ONE "#Text=a b\n1-1\t0-1\ta\t_\t\n2-2\t2-3\tb\t_\t\n",
         "file:7: the token 2-2 follows 1-1 in one sentence; each sentence begins with #Text="},
        {ONE "#Text=aa\n1-1\t0-2\taa\t_\t\n1-2\t1-2\ta\t_\t\n",
         "file:7: the token 1-2 begins at 1, but the one before it ends at 2"},
        {ONE "#Text=a\n1-1.1\t0-1\ta\t_\t\n", "file:6: part of the token 1-1, whose own line is not before it"},
        {ONE "1-1\t0-1\ta\t_\t\n", "file:5: '1-1\\t0-1\\ta\\t_\\t' has no line #Text= before it"},
        {ONE "#Text=a\nfoo\t0-1\ta\t_\t\n",
         "file:6: 'foo\\t0-1\\ta\\t_\\t' is not a token; write 1-2, a tab, its offsets as 5-9, a tab, its text"},
        {ONE "#Text=a\n1-1\t0-1\ta\t_\t_\t\n", "file:6: 2 columns after the token's text, but the header names 1"},
        {ONE "#Text=a\n1-1\t0-1\ta\n", "file:6: 0 columns after the token's text, but the header names 1"},
        {ONE "#Text=a\n\n", "file:5: no lines of tokens after the text 'a'; add them, or remove it"},
        {ONE "#Text=a\n1-1\t0-1\ta\tx[y]\t\n",
         "file:6: 'x[y]' is not a value; write a label, LABEL[1], * or _ (\\[ for a bracket)"},
        {ONE "#Text=a\n1-1\t0-1\ta\tx||y\t\n", "file:6: '' is not a value; write a label, LABEL[1], * or _ (\\[ for a bracket)"},
        {ONE "#Text=a b\n1-1\t0-1\ta\tx[1]\t\n1-2\t2-3\tb\ty[1]\t\n",
         "file:7: the annotation [1] is 'y' here, but 'x' on line 6"},
        {ONE "#Text=a b c\n1-1\t0-1\ta\tx[1]\t\n1-2\t2-3\tb\t_\t\n1-3\t4-5\tc\tx[1]\t\n",
         "file:8: the annotation [1] is on the tokens 1 and 3 of its sentence, but not between them"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        refuse(faults[i][0], NULL, i == 0 ? NOMEN_ERROR_FORMAT : NOMEN_ERROR_DATA, faults[i][1]);
        if (i == 0) { continue; }
        /* With skip_bad the sentence goes and its neighbour stays. */
        char both[2048];
        snprintf(both, sizeof both, "%s\n#Text=Oslo\n9-1\t99-103\tOslo\tcity\t\n", faults[i][0]);
        nomen_dataset set = parse(both, &(nomen_data_options){.skip_bad = true});
        assert_int_equal(set.n_sentences, 1);
        assert_int_equal(set.n_skipped, 1);
        assert_string_equal(show_spans(&set), "city=Oslo,");
        nomen_dataset_clear(&set);
    }
    refuse("#Text=a\n", &(nomen_data_options){.format = NOMEN_DATA_WEBANNO}, NOMEN_ERROR_FORMAT,
           "file:1: '#Text=a', but the first line must be '#FORMAT=WebAnno TSV 3.3'");
    refuse(ONE "#Text=a\n1-1\t0-1\ta\t_\t\n#T_SP=x.Y|z\n", NULL, NOMEN_ERROR_FORMAT,
           "file:7: the layer '#T_SP=x.Y|z' is defined after the first sentence; layers must be defined right after the line "
           "#FORMAT=WebAnno TSV 3");
    refuse(HEAD, NULL, NOMEN_ERROR_DATA, "file: no sentences; add sentences: #Text= and one line per token");
}

static void test_read_only(void **state) {
    (void)state;
    for (nomen_data_format f = NOMEN_DATA_SEED_CSV; f < NOMEN_DATA_N_FORMATS; f++) {
        nomen_error err = {0};
        bool read_only = nomen_format_get(f)->read_only;
        assert_int_equal(nomen_format_check_writable(f, &err), read_only ? NOMEN_ERROR_ARGUMENT : NOMEN_OK);
        if (f == NOMEN_DATA_WEBANNO) {
            assert_string_equal(err.message, "WebAnno TSV 3 (webanno) is read, but not written; choose another format");
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values), cmocka_unit_test(test_texts),     cmocka_unit_test(test_layers),
        cmocka_unit_test(test_faults), cmocka_unit_test(test_read_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
