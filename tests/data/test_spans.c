/* Texts with spans: each form that is read, how spans become tags, and what is told of it. */
#include "support.h"

#include "data/formats.h"
#include "data/read.h"
#include "text/words.h"

static void expect(const char *text, const nomen_data_options *options, nomen_data_format format, const char *shown) {
    nomen_dataset set = parse(text, options);
    check_shape(&set);
    assert_int_equal(set.format, format);
    assert_string_equal(show(&set), shown);
    nomen_dataset_clear(&set);
}

static void test_jsonl(void **state) {
    (void)state;
    const char *shown = "1: Jane/B-per Doe/I-per left/O ./O\n";
    expect("{\"text\": \"Jane Doe left.\", \"spans\": [{\"start\": 0, \"end\": 8, \"label\": \"per\"}]}", NULL, NOMEN_DATA_JSONL,
           shown);
    expect("{\"text\": \"Jane Doe left.\", \"entities\": [[0, 8, \"per\"]]}\n", NULL, NOMEN_DATA_JSONL, shown);
    expect("[{\"text\": \"Jane Doe left.\",\n\"entities\": [{\"entity_group\": \"per\", \"start\": 0.0, \"end\": 8, \"score\": "
           "0.9}]}]",
           NULL, NOMEN_DATA_JSONL, shown);
    expect("{\"text\": \"\\ud83d\\ude00 \\u00e9t\\u00e9\", \"spans\": [[2, 5, \"x\"]]}", NULL, NOMEN_DATA_JSONL,
           "1: \xf0\x9f\x98\x80/O \xc3\xa9t\xc3\xa9/B-x\n");
}

static void test_offset_units(void **state) {
    (void)state;
    const char *shown = "1: \xf0\x9f\x98\x80/O x/B-a\n";
    nomen_data_options byte = {.offsets = NOMEN_OFFSET_BYTE}, utf16 = {.offsets = NOMEN_OFFSET_UTF16};
    expect("{\"text\": \"\\ud83d\\ude00 x\", \"spans\": [[5, 6, \"a\"]]}", &byte, NOMEN_DATA_JSONL, shown);
    expect("{\"text\": \"\\ud83d\\ude00 x\", \"spans\": [[3, 4, \"a\"]]}", &utf16, NOMEN_DATA_JSONL, shown);
    refuse("{\"text\": \"\\ud83d\\ude00 x\", \"spans\": [[1, 6, \"a\"]]}", &byte, NOMEN_ERROR_DATA,
           "file:1: a span from 1 to 6 falls inside a character; its offsets do not count bytes");
    /* A span's own text tells. */
    expect("{\"text\": \"\\ud83d\\ude00 x\", \"spans\": [{\"start\": 3, \"end\": 4, \"label\": \"a\", \"text\": \"x\"}]}", NULL,
           NOMEN_DATA_JSONL, shown);
    told("1 span's own text shows that its offsets count UTF-16 units");
    /* Each text of several such spans is read with its own characters. */
    expect("{\"text\": \"\\ud83d\\ude00 x y\", \"spans\": [{\"start\": 3, \"end\": 4, \"label\": \"a\", \"text\": \"x\"}, "
           "{\"start\": 5, \"end\": 6, \"label\": \"b\", \"text\": \"y\"}]}\n{\"text\": \"\\ud83d\\ude00\\ud83d\\ude00 z\", "
           "\"spans\": [{\"start\": 5, \"end\": 6, \"label\": \"c\", \"text\": \"z\"}]}",
           NULL, NOMEN_DATA_JSONL, "1: \xf0\x9f\x98\x80/O x/B-a y/B-b\n2: \xf0\x9f\x98\x80\xf0\x9f\x98\x80/O z/B-c\n");
    expect("{\"text\": \"y x\", \"spans\": [{\"start\": 2, \"end\": 3, \"label\": \"a\", \"text\": \"y\"}]}", NULL,
           NOMEN_DATA_JSONL, "1: y/O x/B-a\n");
    told("warning: file:1: the span's text is 'y', but its offsets give 'x'");
}

static void test_doccano(void **state) {
    (void)state;
    expect("{\"id\": 3, \"data\": \"Jane left\", \"label\": [[0, 4, \"per\"]]}\n{\"id\": 4, \"data\": \"Hi\", \"label\": []}",
           NULL, NOMEN_DATA_DOCCANO, "1: Jane/B-per left/O\n2: Hi/O\n");
    expect("{\"id\": 3, \"text\": \"Jane left\", \"Comments\": [], \"entities\": [{\"id\": 1, \"label\": \"per\", "
           "\"start_offset\": 0, "
           "\"end_offset\": 4}], \"relations\": [{}]}",
           NULL, NOMEN_DATA_DOCCANO, "1: Jane/B-per left/O\n");
    told("1 annotation that is not an entity");
}

static void test_prodigy(void **state) {
    (void)state;
    expect("{\"text\": \"Jane left\", \"_task_hash\": -5, \"tokens\": [], \"spans\": [{\"start\": 0, \"end\": 4, \"label\": "
           "\"per\"}], "
           "\"answer\": \"accept\"}\n{\"text\": \"x\", \"answer\": \"ignore\"}\n{\"text\": \"y\", \"answer\": \"accept\"}",
           NULL, NOMEN_DATA_PRODIGY, "1: Jane/B-per left/O\n3: y/O\n");
    told("1 text has no accepted annotation and was left out");
}

static void test_spacy(void **state) {
    (void)state;
    const char *shown = "1: Jane/B-per left/O\n";
    expect("[[\"Jane left\", {\"entities\": [[0, 4, \"per\"]]}]]", NULL, NOMEN_DATA_SPACY, shown);
    expect("{\"classes\": [\"PER\"], \"annotations\": [[\"Jane left\", {\"entities\": [[0, 4, \"per\"]]}], null]}", NULL,
           NOMEN_DATA_SPACY, shown);
    expect("{\"text\": \"Jane left\", \"ents\": [{\"start\": 0, \"end\": 4, \"label\": \"per\"}], \"tokens\": [{\"id\": 0}]}",
           NULL, NOMEN_DATA_SPACY, shown);
    expect(
        "[{\"id\": 0, \"paragraphs\": [{\"raw\": \"New York, Jane\", \"sentences\": [{\"tokens\": [{\"orth\": \"New\", \"ner\": "
        "\"B-geo\"}, {\"orth\": \"York\", \"ner\": \"L-geo\"}, {\"orth\": \",\", \"ner\": \"O\"}, {\"orth\": \"Jane\", \"ner\": "
        "\"U-per\"}]}]}, {\"sentences\": [{\"tokens\": [{\"orth\": \"Hi\", \"ner\": \"-\"}]}]}]}]",
        NULL, NOMEN_DATA_SPACY, "*1: New/B-geo York/I-geo ,/O Jane/B-per\n1: Hi/O\n");
    refuse("[{\"id\": 0, \"paragraphs\": [{\"raw\": \"a b\", \"sentences\": [{\"tokens\": [{\"orth\": \"\"}]}]}]}]", NULL,
           NOMEN_ERROR_DATA, "file:1: a token has no \"orth\", or an empty one");
    refuse("[{\"id\": 0, \"paragraphs\": [{\"raw\": \"a b\", \"sentences\": [{\"tokens\": [{\"orth\": \"b\"}, {\"orth\": "
           "\"a\"}]}]}]}]",
           NULL, NOMEN_ERROR_DATA, "file:1: the token 'a' is not in \"raw\" after the tokens before it");
}

static void test_label_studio(void **state) {
    (void)state;
    expect("[{\"id\": 1, \"data\": {\"ner\": \"Jane left\"}, \"annotations\": [{\"was_cancelled\": true, \"result\": []}, "
           "{\"result\": []}, "
           "{\"ground_truth\": true, \"result\": [{\"value\": {\"start\": 0, \"end\": 4, \"text\": \"Jane\", \"labels\": "
           "[\"per\"]}, "
           "\"type\": \"labels\"}, {\"type\": \"choices\", \"value\": {\"choices\": [\"x\"]}}]}]},\n"
           " {\"id\": 2, \"data\": {\"ner\": \"Nobody\"}, \"annotations\": []}]",
           NULL, NOMEN_DATA_LABEL_STUDIO, "1: Jane/B-per left/O\n");
    told("warning: file:1: the task has 2 annotations; one is read");
    told("1 text has no accepted annotation");
    told("1 annotation that is not an entity");
    expect("[{\"text\": \"Jane left\", \"label\": [{\"start\": 0, \"end\": 4, \"text\": \"Jane\", \"labels\": [\"per\"]}], "
           "\"id\": 1}]",
           NULL, NOMEN_DATA_LABEL_STUDIO, "1: Jane/B-per left/O\n");
}

/* A word between tags does not make columns a text, and a text that ends in O is none of columns. */
static void test_inline_or_columns(void **state) {
    (void)state;
    static const struct {
        const char *text;
        nomen_data_format format;
    } cases[] = {
        {"See O\n<b>this</b> O\nJane B-per\n", NOMEN_DATA_CONLL},
        {"<b>this</b> O\n", NOMEN_DATA_CONLL},
        {"<i>x</i> NN O\nJane NNP B-per\n\n<i>y</i> NN O\n", NOMEN_DATA_CONLL},
        {"# text = <i>x</i>\n\nJane NNP B-per\nleft VBD O\n", NOMEN_DATA_CONLL},
        {"his type was <x>B</x> or O\nJane <x>left</x>\n", NOMEN_DATA_INLINE},
        {"his type was <x>B</x> or O\n", NOMEN_DATA_INLINE},
        {"Jane left\n<per>Jane Doe</per> stayed\n", NOMEN_DATA_INLINE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_dataset set = parse(cases[i].text, NULL);
        if (set.format != cases[i].format) { fail_msg("%s: is taken for %s", cases[i].text, nomen_format_title(set.format)); }
        nomen_dataset_clear(&set);
    }
}

static void test_inline(void **state) {
    (void)state;
    expect("Hi\n<per>Jane Doe</per> left <geo>New York</geo>\n1 < 2 <b> &lt;i&gt; &amp;\n", NULL, NOMEN_DATA_INLINE,
           "1: Hi/O\n2: Jane/B-per Doe/I-per left/O New/B-geo York/I-geo\n3: 1/O </O 2/O </O b/O >/O </O i/O >/O &/O\n");
}

static void test_brat(void **state) {
    (void)state;
    static const char text[] = NOMEN_BINARY_DIR "/brat.txt", ann[] = NOMEN_BINARY_DIR "/brat.ann";
    const char *annotations =
        "T1\tper 0 8\tJane Doe\nT2\tgeo 14 17;18 22\tNew York\nT3\tx 0 4;9 13\tJane left\nR1\ty Arg1:T1 Arg2:T2\n";
    assert_int_equal(nomen_file_write(text, "Jane Doe left\nNew\nYork", 22, NULL), NOMEN_OK);
    assert_int_equal(nomen_file_write(ann, annotations, strlen(annotations), NULL), NOMEN_OK);
    nomen_dataset set = {0};
    catch_log();
    assert_int_equal(nomen_dataset_read(text, NULL, &set, NULL), NOMEN_OK);
    assert_string_equal(show(&set), "1: Jane/B-per Doe/I-per left/B-x New/B-geo York/I-geo\n");
    told("brat.ann:3: the entity 'Jane left' is in 2 parts");
    told("1 span overlaps a longer one");
    told("1 annotation that is not an entity");
    nomen_dataset_clear(&set);
}

static const char off_border[] = "{\"text\": \"Jane went\", \"spans\": [[1, 4, \"a\"], [5, 8, \"b\"]]}";

static void test_misaligned(void **state) {
    (void)state;
    nomen_data_options options = {.words = NOMEN_WORDS_WHITESPACE};
    expect(off_border, &options, NOMEN_DATA_JSONL, "1: Jane/B-a went/B-b\n");
    told("warning: file:1: the span 'ane' (a) is not on word boundaries and becomes 'Jane'");
    told("warning: file: 2 spans are not on word boundaries and were aligned to them");
    options.misaligned = NOMEN_MISALIGNED_SKIP;
    expect(off_border, &options, NOMEN_DATA_JSONL, "1: Jane/O went/O\n");
    told("file: 2 spans are not on word boundaries and were left out");
    options.misaligned = NOMEN_MISALIGNED_CONTRACT;
    expect("{\"text\": \"Jane Doe went\", \"spans\": [[1, 8, \"a\"]]}", &options, NOMEN_DATA_JSONL, "1: Jane/O Doe/B-a went/O\n");
    expect(off_border, &options, NOMEN_DATA_JSONL, "1: Jane/O went/O\n");
    told("were left out");
    options.misaligned = NOMEN_MISALIGNED_ERROR;
    refuse(off_border, &options, NOMEN_ERROR_DATA,
           "file:1: the span 'ane' (a) is not on word boundaries (nearest: 'Jane'); correct it, or choose how such spans are "
           "aligned");
    /* White space at a span's ends is no word. */
    options.misaligned = NOMEN_MISALIGNED_ERROR;
    expect("{\"text\": \" Jane  went\", \"spans\": [[0, 6, \"a\"]]}", &options, NOMEN_DATA_JSONL, "1: Jane/B-a went/O\n");
}

static void test_overlapping(void **state) {
    (void)state;
    expect("{\"text\": \"New York Times\", \"spans\": [[0, 8, \"geo\"], [0, 14, \"org\"], [4, 8, \"x\"], [8, 9, \"y\"]]}", NULL,
           NOMEN_DATA_JSONL, "1: New/B-org York/I-org Times/I-org\n");
    told("the span 'New York' (geo) overlaps a longer one and is left out");
    told("file: 2 spans overlap longer ones");
    told("the span ' ' (y) contains no word and is left out");
}

static void test_wordless(void **state) {
    (void)state;
    const char *text =
        "{\"text\": \"\", \"spans\": []}\n{\"text\": \"x\", \"spans\": []}\n{\"text\": \" \", \"spans\": [[0, 1, \"a\"]]}\n";
    expect(text, NULL, NOMEN_DATA_JSONL, "2: x/O\n");
    told("file: 2 texts contain no word and were left out");
    nomen_data_options keep = {.keep_spans = true};
    nomen_dataset set = parse(text, &keep);
    assert_int_equal(set.n_sentences, 3);
    assert_int_equal(set.n_spans, 1);
    assert_int_equal(set.notes.counts[NOMEN_NOTE_WORDLESS_TEXT], 0);
    nomen_dataset_clear(&set);
}

static void test_faults(void **state) {
    (void)state;
    refuse("{\"text\": \"abc\", \"spans\": [[0, 9, \"x\"]]}", NULL, NOMEN_ERROR_DATA,
           "file:1: a span from 0 to 9 is not inside its text, which has 3 characters; correct it");
    refuse("{\"text\": \"abc\", \"spans\": [[1, 1, \"x\"]]}", NULL, NOMEN_ERROR_DATA,
           "file:1: a span contains no character of the text; correct its offsets");
    refuse("{\"text\": \"abc\", \"spans\": [[0, 1, \"\"]]}", NULL, NOMEN_ERROR_DATA,
           "file:1: a span's label is empty or contains a NUL; give it a type");
    refuse("{\"text\": \"abc\", \"spans\": [7]}", NULL, NOMEN_ERROR_DATA,
           "file:1: a number is not a span; give [start, end, label] or an object with \"start\", \"end\" and \"label\"");
    refuse("{\"text\": \"abc\", \"spans\": []}\n{\"text\": 5, \"spans\": []}", NULL, NOMEN_ERROR_DATA,
           "file:2: no text: an object with \"text\" and a list \"spans\" or \"entities\" is expected");
    nomen_data_options skip = {.skip_bad = true};
    expect("{\"text\": \"abc\", \"spans\": [[0, 9, \"x\"]]}\nnonsense\n{\"text\": \"d\", \"spans\": []}\n", &skip,
           NOMEN_DATA_JSONL, "3: d/O\n");
    told("2 bad rows or sentences skipped");
}

static void test_bert_words(void **state) {
    (void)state;
    static const struct {
        const char *text, *words;
    } cases[] = {{"Jean-Luc's caf\xc3\xa9.", "Jean|-|Luc|'|s|caf\xc3\xa9|.|"},
                 {" a\tb\r\n ", "a|b|"},
                 {"\xe4\xb8\xad\xe6\x96\x87x", "\xe4\xb8\xad|\xe6\x96\x87|x|"},
                 {"\x01"
                  "a\x01"
                  "b\x01 \x01",
                  "a\x01"
                  "b|"},
                 {"", ""}};
    nomen_span *words = NULL;
    size_t capacity = 0, n = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_buffer found = {0};
        assert_int_equal(nomen_text_bert_words(cases[i].text, strlen(cases[i].text), &words, &capacity, &n, NULL), NOMEN_OK);
        assert_int_equal(nomen_buffer_append_text(&found, "", NULL), NOMEN_OK);
        for (size_t w = 0; w < n; w++) {
            nomen_buffer_append(&found, cases[i].text + words[w].start, words[w].end - words[w].start, NULL);
            nomen_buffer_append_byte(&found, '|', NULL);
        }
        assert_string_equal(found.data, cases[i].words);
        nomen_buffer_clear(&found);
    }
    nomen_mem_free(words);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jsonl),
        cmocka_unit_test(test_offset_units),
        cmocka_unit_test(test_doccano),
        cmocka_unit_test(test_prodigy),
        cmocka_unit_test(test_spacy),
        cmocka_unit_test(test_label_studio),
        cmocka_unit_test(test_inline_or_columns),
        cmocka_unit_test(test_inline),
        cmocka_unit_test(test_brat),
        cmocka_unit_test(test_misaligned),
        cmocka_unit_test(test_overlapping),
        cmocka_unit_test(test_wordless),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_bert_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
