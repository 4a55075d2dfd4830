/* The three readers on small files that are right, odd but right, or partly wrong under skip_bad. */
#include "data/read.h"
#include "support.h"

static const nomen_data_options skip_bad = {.skip_bad = true};

static void expect(const char *text, const nomen_data_options *options, nomen_data_format format, const char *shown) {
    nomen_dataset set = parse(text, options);
    check_shape(&set);
    assert_int_equal(set.format, format);
    assert_string_equal(show(&set), shown);
    nomen_dataset_clear(&set);
    assert_int_equal(nomen_mem_test_live(), 1); /* the buffer of show() */
}

static void seed(const char *text, const char *shown) {
    expect(text, NULL, NOMEN_DATA_SEED_CSV, shown);
}

static void test_seed_csv(void **state) {
    (void)state;
    seed("text,labels\nJane left,B-per O\n", "2: Jane/B-per left/O\n");
    seed("text,labels\r\nJane left,B-per O\r\n", "2: Jane/B-per left/O\n");
    seed("text,labels\rJane left,B-per O\rHi,O", "2: Jane/B-per left/O\n3: Hi/O\n");
    seed("text,labels\nno newline,O O", "2: no/O newline/O\n");
    seed("\n\ntext,labels\n\nJane,O\n\n\nleft,O\n", "5: Jane/O\n8: left/O\n");
    seed("id, Labels ,x,TEXT\n7,B-per O,,Jane left\n", "2: Jane/B-per left/O\n");
    seed("text,labels\n\"a , \"\"b\"\"\",O O O\n", "2: a/O ,/O \"b\"/O\n");
    seed("text,labels\n\"\"\"\"\"\"\"\",O\n", "2: \"\"\"/O\n");
    seed("text,labels\n\"one\ntwo x\",O O\nthree,O\n", "2: one\ntwo/O x/O\n4: three/O\n");
    seed("text,labels\n\"one\r\ntwo\r\r\",O\nthree,O\n", "2: one\r\ntwo\r\r/O\n6: three/O\n");
    /* Spaces alone part words; runs of them and those at the ends make no empty words. */
    seed("text,labels\n  a   b ,O  O\n", "2: a/O b/O\n");
    seed("text,labels\na\tb\xc2\xa0\xe2\x80\xa8 \xc2\x85,O O\n", "2: a\tb\xc2\xa0\xe2\x80\xa8/O \xc2\x85/O\n");
    seed("text,labels\nNone nan NULL,O O O\n", "2: None/O nan/O NULL/O\n");
}

static void test_seed_csv_keeps_text(void **state) {
    (void)state;
    nomen_dataset set = parse("text,labels\n  a   b ,O O\nc,O\n", NULL);
    assert_int_equal(set.sentences[0].text_size, 8);
    assert_memory_equal(nomen_sentence_text(&set, 0), "  a   b c", 9);
    nomen_dataset_clear(&set);
}

static void test_long_csv(void **state) {
    (void)state;
    nomen_data_format format = NOMEN_DATA_LONG_CSV;
    expect("Sentence #,Word,POS,Tag\r\nSentence: 1,Jane,NNP,B-per\r\n,left,VBD,O\r\nSentence: 2,Hi,UH,O\r\n", NULL, format,
           "2: Jane/B-per left/O\n4: Hi/O\n");
    expect("Tag,x,Word,Sentence #\nO,,\"\"\"\",s1\nO,,\",\",\nO,,None,\nO,,x,s2\n", NULL, format, "2: \"/O ,/O None/O\n5: x/O\n");
    expect("Sentence #,Word,Tag\n1,a,O\n1,b,O\n2,c,O\n2,d,O\n", NULL, format, "2: a/O b/O\n4: c/O d/O\n");
    expect("Sentence #,Word,Tag\n1,\"New\nYork\",B-geo\n,x,O\n2,c,O\n", NULL, format, "2: New\nYork/B-geo x/O\n5: c/O\n");
    expect("Sentence #,Word,Tag\n1,New York,B-geo\n,\xc2\x91,O\n", NULL, format, "2: New York/B-geo \xc2\x91/O\n");
}

static void test_conll(void **state) {
    (void)state;
    nomen_data_format format = NOMEN_DATA_CONLL;
    expect("Jane\tB-per\nleft\tO\n\nHi\tO\n", NULL, format, "1: Jane/B-per left/O\n4: Hi/O\n");
    expect("Jane\tB-per\r\nleft\tO\r\n\t\r\nHi\tO", NULL, format, "1: Jane/B-per left/O\n4: Hi/O\n");
    expect("Jane\tB-per\rleft\tO\r\rHi\tO\r", NULL, format, "1: Jane/B-per left/O\n4: Hi/O\n");
    expect("\n\n \t \nJane NNP B-NP B-per\nleft VBD  B-VP\tO \n\n\n\n", NULL, format, "4: Jane/B-per left/O\n");
    expect("New York\tB-geo\n,\tO\n\"\tO\n", NULL, format, "1: New York/B-geo ,/O \"/O\n");
    expect("\xc2\xa0\tO\nx\tB-creative-work\n", NULL, format, "1: \xc2\xa0/O x/B-creative-work\n");
    expect("CHAPTER\tO\tO\t\nI\tO\tB-per\t\n", NULL, format, "1: CHAPTER/O I/B-per\n");
}

static void test_conll_documents(void **state) {
    (void)state;
    expect("-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\n\nx NN O O\n-DOCSTART- -X- O O\ny NN O O\n", NULL, NOMEN_DATA_CONLL,
           "*3: EU/B-ORG\n5: x/O\n*7: y/O\n");
    expect("-DOCSTART-\n\na\tO\n", NULL, NOMEN_DATA_CONLL, "*3: a/O\n");
    expect("-DOCSTART-x\tO\n", NULL, NOMEN_DATA_CONLL, "1: -DOCSTART-x/O\n");
}

/* The marks of a file, and the ways that are asked for. */
static void test_documents(void **state) {
    (void)state;
    static const char marked[] =
        "# newdoc id = a\n# sent_id = 1\n# text = Jane x\nJane\tB-per\n\n\nBob\tB-per\n\n# newdoc\nx\tO\n# "
        "y\tO\n";
    expect(marked, NULL, NOMEN_DATA_CONLL, "*4: Jane/B-per\n7: Bob/B-per\n*10: x/O # y/O\n");
    nomen_data_options options = {.documents = NOMEN_DOCUMENTS_BLANK};
    expect(marked, &options, NOMEN_DATA_CONLL, "*4: Jane/B-per\n*7: Bob/B-per\n*10: x/O # y/O\n");
    options.documents = NOMEN_DOCUMENTS_NONE;
    expect(marked, &options, NOMEN_DATA_CONLL, "4: Jane/B-per\n7: Bob/B-per\n10: x/O # y/O\n");
    options.documents = NOMEN_DOCUMENTS_EACH;
    expect("a\tO\n\nb\tO\n", &options, NOMEN_DATA_CONLL, "*1: a/O\n*3: b/O\n");
    expect("#begin document (a/b); part 000\nx -\tO\n\ny -\tO\n#end document\n#begin document (c)\nz -\tO\n", NULL,
           NOMEN_DATA_CONLL, "*2: x -/O\n4: y -/O\n*7: z -/O\n");
    /* Words that begin with "#" stay words. */
    expect("# _ =\n# _ _\n", NULL, NOMEN_DATA_CONLL, "1: #/= #/_\n");
    expect("# O\n#tag O\n= B-x\n\n# O\n", NULL, NOMEN_DATA_CONLL, "1: #/O #tag/O =/B-x\n5: #/O\n");
}

static void test_document_columns(void **state) {
    (void)state;
    nomen_data_options by_first = {.documents = NOMEN_DOCUMENTS_COLUMN, .document_column = "1", .word_column = "2"};
    expect("d1 a O\nd1 b O\n\nd1 c O\n\nd2 d O\n", &by_first, NOMEN_DATA_CONLL, "*1: a/O b/O\n4: c/O\n*6: d/O\n");
    nomen_data_options by_source = {.documents = NOMEN_DOCUMENTS_COLUMN, .document_column = "source"};
    expect("Sentence #,Word,Tag,Source\n1,a,O,x\n2,b,O,x\n3,c,O,y\n", &by_source, NOMEN_DATA_LONG_CSV,
           "*2: a/O\n3: b/O\n*4: c/O\n");
    expect("source,text,labels\n,a,O\n,b,O\n7,c,O\n", &by_source, NOMEN_DATA_SEED_CSV, "*2: a/O\n3: b/O\n*4: c/O\n");
    expect("Sentence #,Word,Tag,doc_id\n1,a,O,0\n2,b,O,0\n3,c,O,1\n", NULL, NOMEN_DATA_LONG_CSV, "*2: a/O\n3: b/O\n*4: c/O\n");
    expect("{\"tokens\":[\"a\"],\"ner_tags\":[\"O\"],\"doc_id\":7}\n{\"tokens\":[\"b\"],\"ner_tags\":[\"O\"],\"doc_id\":7}\n"
           "{\"tokens\":[\"c\"],\"ner_tags\":[\"O\"],\"doc_id\":\"8\"}\n{\"tokens\":[\"d\"],\"ner_tags\":[\"O\"]}\n",
           NULL, NOMEN_DATA_HF_JSONL, "*1: a/O\n2: b/O\n*3: c/O\n4: d/O\n");
    expect("{\"text\":\"a\",\"spans\":[],\"source\":\"x\"}\n{\"text\":\"b\",\"spans\":[],\"source\":\"x\"}\n", &by_source,
           NOMEN_DATA_JSONL, "*1: a/O\n2: b/O\n");
    refuse("Sentence #,Word,Tag\n1,a,O\n", &by_source, NOMEN_ERROR_FORMAT,
           "file:1: the CSV header has no column 'source', by which documents are to be separated");
    refuse("{\"text\":\"a\",\"spans\":[]}\n", &by_source, NOMEN_ERROR_DATA,
           "file:1: no \"source\" with a text or a number, by which documents are to be separated");
    refuse("a\tO\n", &by_source, NOMEN_ERROR_FORMAT,
           "file: columns of CoNLL have no names, so documents can't be separated by 'source'; give its number, from 1, or from "
           "-1 for the last");
    nomen_data_options blank = {.documents = NOMEN_DOCUMENTS_BLANK};
    refuse("text,labels\na,O\n", &blank, NOMEN_ERROR_FORMAT,
           "file: blank lines separate documents only in CoNLL, not in seed CSV; choose another way");
}

static void expect_skips(const char *text, nomen_data_format format, const char *shown, size_t n_skipped, const char *said) {
    nomen_dataset set = parse(text, &skip_bad);
    check_shape(&set);
    assert_int_equal(set.format, format);
    assert_string_equal(show(&set), shown);
    assert_int_equal(set.n_skipped, n_skipped);
    if (strstr(log_lines, said) == NULL) { fail_msg("no '%s' in: %s", said, log_lines); }
    nomen_dataset_clear(&set);
}

static void test_skip_seed_csv(void **state) {
    (void)state;
    expect_skips("text,labels\na b,O\nc,O\nd\ne,O,O\nf g,O O\n", NOMEN_DATA_SEED_CSV, "3: c/O\n6: f/O g/O\n", 3,
                 "warning: file: 3 bad rows or sentences skipped, the first on line 2: 2 words but 1 label");
    /* A broken quote costs the lines it spoils, not the rest of the file. */
    expect_skips("text,labels\na,O\n\"b,O\nc,O\nd,O\n", NOMEN_DATA_SEED_CSV, "2: a/O\n4: c/O\n5: d/O\n", 1,
                 "the first on line 3: the quote that opens here is never closed");
    expect_skips("text,labels\na,O\n\"b\nx\"y,O\nc,O\n", NOMEN_DATA_SEED_CSV, "2: a/O\n5: c/O\n", 2,
                 "the first on line 3: the quote that opens here is closed on line 4");
    expect_skips("text,labels\na \"b\" c,O O O\nd,O\n", NOMEN_DATA_SEED_CSV, "3: d/O\n", 1,
                 "the first on line 2: a quote inside a field");
    /* A tag that fits nothing drops its sentence, and the texts behind move up. */
    expect_skips("text,labels\na,B-x\nb c,O 0\nd e,O I-x\n", NOMEN_DATA_SEED_CSV, "2: a/B-x\n4: d/O e/I-x\n", 1,
                 "tag '0' is not O, B-type or I-type");
}

static void test_skip_long_csv(void **state) {
    (void)state;
    /* One bad token drops its whole sentence: a sentence with a hole would be another sentence. */
    expect_skips("Sentence #,Word,Tag\n,z,O\n1,a,O\n,b\n,c,O\n2,d,O\n,e,\n3,f,O\n", NOMEN_DATA_LONG_CSV, "8: f/O\n", 3,
                 "the first on line 2: the first row of a sentence must name it");
    expect_skips("Sentence #,Word,Tag\n1,a,O\n,\"b,O\n2,c,O\n3,d,O\n", NOMEN_DATA_LONG_CSV, "4: c/O\n5: d/O\n", 1,
                 "the first on line 3: the quote that opens here");
}

static void test_skip_conll(void **state) {
    (void)state;
    expect_skips("a\tO\n\nb\tO\nc\n\nd\tO\n\n-DOCSTART-\ne\tO\tO\n\nf\tO\n", NOMEN_DATA_CONLL, "1: a/O\n6: d/O\n*11: f/O\n", 2,
                 "the first on line 4: only one column in 'c'");
}

static void test_max_rows(void **state) {
    (void)state;
    nomen_data_options two = {.max_rows = 2}, skip_two = {.max_rows = 2, .skip_bad = true};
    expect("text,labels\na,O\nb,O\nc,O O\n", &two, NOMEN_DATA_SEED_CSV, "2: a/O\n3: b/O\n");
    expect("text,labels\na,O\nb,O O\nc,O\nd,O\n", &skip_two, NOMEN_DATA_SEED_CSV, "2: a/O\n4: c/O\n");
    expect("Sentence #,Word,Tag\n1,a,O\n2,b,O\n,c,O\n3,d,O\n", &two, NOMEN_DATA_LONG_CSV, "2: a/O\n3: b/O c/O\n");
    expect("a\tO\n\nb\tO\nc\tO\n\nd\tO\n", &two, NOMEN_DATA_CONLL, "1: a/O\n3: b/O c/O\n");
    expect("a\tO\n", &two, NOMEN_DATA_CONLL, "1: a/O\n");
}

static void test_log(void **state) {
    (void)state;
    nomen_dataset set = parse("text,labels\nJane left,B-per O\n", NULL);
    assert_string_equal(log_lines, "info: file: seed CSV, UTF-8, IOB2 tags: 1 sentences, 2 words, 2 different tags\n");
    assert_string_equal(set.path, "file");
    nomen_dataset_clear(&set);
}

static void test_format_option(void **state) {
    (void)state;
    nomen_data_options conll = {.format = NOMEN_DATA_CONLL}, seed_csv = {.format = NOMEN_DATA_SEED_CSV};
    expect("text,labels O\na B-x\n", &conll, NOMEN_DATA_CONLL, "1: text,labels/O a/B-x\n");
    refuse("word\tO\n", &seed_csv, NOMEN_ERROR_FORMAT,
           "file:1: the CSV header has no column 'text'; expected the columns 'text' and 'labels', but found 'word', 'O'; state "
           "which of them to read");
}

static void test_read_names_the_path(void **state) {
    (void)state;
    nomen_error err = {0};
    nomen_dataset set = {0};
    assert_int_equal(nomen_dataset_read("/nowhere/x.csv", NULL, &set, &err), NOMEN_ERROR_IO);
    assert_string_equal(err.message, "/nowhere/x.csv: can't be opened: No such file or directory");
    err = (nomen_error){0};
    assert_int_equal(nomen_dataset_read(NOMEN_SOURCE_DIR, NULL, &set, &err), NOMEN_ERROR_IO);
    assert_int_equal(nomen_dataset_read("/nowhere/x.csv", NULL, &set, NULL), NOMEN_ERROR_IO);
}

static void test_many_tags(void **state) {
    (void)state;
    nomen_buffer text = {0};
    for (unsigned i = 0; i <= 65536; i++) { assert_int_equal(nomen_buffer_printf(&text, NULL, "w\tt%u\n", i), NOMEN_OK); }
    refuse(text.data, NULL, NOMEN_ERROR_LIMIT,
           "file:65537: more than 65536 different tags; check that the last column contains the tags");
    text.size -= strlen("w\tt65536\n");
    nomen_dataset set = parse_bytes(text.data, text.size, &(nomen_data_options){.scheme = NOMEN_SCHEME_PLAIN});
    check_shape(&set);
    assert_int_equal(set.n_tags, 65536);
    nomen_dataset_clear(&set);
    nomen_buffer_clear(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seed_csv),         cmocka_unit_test(test_seed_csv_keeps_text),
        cmocka_unit_test(test_long_csv),         cmocka_unit_test(test_conll),
        cmocka_unit_test(test_conll_documents),  cmocka_unit_test(test_documents),
        cmocka_unit_test(test_document_columns), cmocka_unit_test(test_skip_seed_csv),
        cmocka_unit_test(test_skip_long_csv),    cmocka_unit_test(test_skip_conll),
        cmocka_unit_test(test_max_rows),         cmocka_unit_test(test_log),
        cmocka_unit_test(test_format_option),    cmocka_unit_test(test_read_names_the_path),
        cmocka_unit_test(test_many_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
