/*
 * The shapes of JSON: each row of the table by an example, that of docs/FORMATS.md; what is refused, and with which words; keys
 * that the options name; names of numbers; and what is said of Prodigy's answers.
 */
#include "support.h"

#include "data/formats.h"
#include "data/json_shapes.h"

/* Every row "| `format` | `record` | ..." of the page's table is read as that format, and all hold the same. */
static void test_page(void **state) {
    (void)state;
    bool seen[NOMEN_DATA_N_FORMATS] = {false};
    nomen_buffer page = {0};
    assert_int_equal(nomen_file_read(NOMEN_SOURCE_DIR "/docs/FORMATS.md", &page, NULL), NOMEN_OK);
    size_t n = 0;
    for (char *line = strstr(page.data, "\n## JSON, shape by shape\n"); (line = strstr(line, "` | `")) != NULL; n++) {
        char *end = line, *record = line + 5, *last = strstr(record, "` |"), *key = end;
        while (key[-1] != '`') { key--; }
        if (record[0] != '{' && record[0] != '[') { break; } /* of the next section */
        nomen_data_format format;
        line = last + 1;
        *end = *last = '\0';
        nomen_data_options options = {
            .tag_names = strstr(record, "_offset\": 0, \"end_offset\": 11, \"user\"") != NULL ? "3=PER,5=LOC" : NULL};
        assert_int_equal(nomen_format_parse(key, &format, NULL), NOMEN_OK);
        expect_dataset(record, &options, format, "1: Ines/B-PER Okafor/I-PER left/O Oslo/B-LOC\n");
        options.format = format;
        expect_dataset(record, &options, format, "1: Ines/B-PER Okafor/I-PER left/O Oslo/B-LOC\n");
        seen[format] = true;
    }
    assert_true(n >= 17);
    for (size_t i = 0; i < nomen_json_n_shapes; i++) {
        if (!seen[nomen_json_shapes[i].format]) {
            fail_msg("docs/FORMATS.md has no %s", nomen_format_title(nomen_json_shapes[i].format));
        }
    }
    nomen_buffer_clear(&page);
}

/* One after another, with or without line ends, or in one list. */
static void test_layouts(void **state) {
    (void)state;
    static const char *const records[][2] = {
        {"{\"tokens\": [\"Bo\", \"left\"], \"entities\": [{\"type\": \"PER\", \"start\": 0, \"end\": 1}]}", "spert"},
        {"{\"tokenized_text\": [\"Bo\", \"left\"], \"ner\": [[0, 0, \"PER\"]]}", "gliner"},
        {"{\"content\": \"Bo left\", \"annotation\": [{\"label\": \"PER\", \"points\": [{\"start\": 0, \"end\": 1, \"text\": "
         "\"Bo\"}]}]}",
         "dataturks"},
        {"{\"source_text\": \"Bo left\", \"privacy_mask\": \"[[0, 2, \\\"PER\\\"]]\"}", "ai4privacy"},
        {"[\"Bo left\", {\"entities\": [[0, 2, \"PER\"]]}]", "spacy"},
        {"{\"sentence\": \"Bo left\", \"annotations\": [{\"offset\": 0, \"length\": 2, \"tag\": \"PER\"}]}", "jsonl"},
        {"{\"words\": [\"Bo\", \"left\"], \"word_labels\": [\"B-PER\", \"O\"]}", "hf"},
    };
    static const char *const layouts[] = {"%s\n%s\n", "%s %s", "\n\n%s%s", "[%s,\n%s]", "[\n%s,%s\n]\n"};
    static const char *const lines[] = {"12", "11", "33", "12", "22"};
    for (size_t r = 0; r < sizeof records / sizeof *records; r++) {
        for (size_t l = 0; l < sizeof layouts / sizeof *layouts; l++) {
            nomen_buffer text = {0};
            nomen_data_format format;
            char shown[64];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            assert_int_equal(nomen_buffer_printf(&text, NULL, layouts[l], records[r][0], records[r][0]), NOMEN_OK);
#pragma GCC diagnostic pop
            snprintf(shown, sizeof shown, "%c: Bo/B-PER left/O\n%c: Bo/B-PER left/O\n", lines[l][0], lines[l][1]);
            assert_int_equal(nomen_format_parse(records[r][1], &format, NULL), NOMEN_OK);
            expect_dataset(text.data, NULL, format, shown);
            nomen_buffer_clear(&text);
        }
    }
}

static void test_span_keys(void **state) {
    (void)state;
    static const char *const spans[] = {
        "{\"start\": 0, \"end\": 2, \"label\": \"PER\"}",
        "{\"start_offset\": 0, \"end_offset\": 2, \"type\": \"PER\"}",
        "{\"begin\": 0, \"stop\": 2, \"tag\": \"PER\"}",
        "{\"startOffset\": 0, \"endOffset\": 2, \"entity\": \"PER\"}",
        "{\"offset\": 0, \"length\": 2, \"entity_group\": \"PER\"}",
        "{\"start\": 0, \"end\": 2, \"length\": 2, \"labels\": [\"PER\"]}",
        "{\"start\": 0, \"start_offset\": 0, \"end\": 2, \"label\": \"PER\", \"type\": \"PER\"}", /* the same twice */
        "{\"start\": 0, \"end\": 2, \"entity\": \"Bo\", \"type\": \"PER\"}",                      /* one of the two is the text */
        "{\"start\": 0, \"end\": 2, \"type\": \"Bo\", \"entity\": \"PER\"}",
        "{\"start\": null, \"begin\": 0, \"end\": 2.0, \"label\": null, \"tag\": \"PER\"}",
        "[0, 2, \"PER\", 0.9]",
    };
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        char text[256];
        snprintf(text, sizeof text, "{\"text\": \"Bo left\", \"entities\": [%s]}", spans[i]);
        expect_dataset(text, NULL, NOMEN_DATA_JSONL, "1: Bo/B-PER left/O\n");
    }
    expect_dataset("{\"document\": \"Bo left\", \"spans\": [[0, 2, \"PER\"]]}\n{\"document\": \"Bo\", \"spans\": []}", NULL,
                   NOMEN_DATA_JSONL, "1: Bo/B-PER left/O\n2: Bo/O\n"); /* and no name of a document */
    expect_dataset("{\"document\": \"d1\", \"text\": \"Bo left\", \"spans\": [[0, 2, \"PER\"]]}", NULL, NOMEN_DATA_JSONL,
                   "*1: Bo/B-PER left/O\n");
}

static void test_span_faults(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{\"text\": \"Bo left\", \"spans\": [{\"start\": 0, \"begin\": 1, \"end\": 2, \"label\": \"PER\"}]}",
         "file:1: a span has two starts that differ, \"start\" and \"begin\"; remove one"},
        {"{\"text\": \"Bo left\", \"spans\": [{\"start\": 0, \"end\": 2, \"stop\": 3, \"label\": \"PER\"}]}",
         "file:1: a span has two ends that differ, \"end\" and \"stop\"; remove one"},
        {"{\"text\": \"Bo left\", \"spans\": [{\"start\": 0, \"end\": 2, \"length\": 3, \"label\": \"PER\"}]}",
         "file:1: a span from 0 to 2 has the length 3; correct the wrong one"},
        {"{\"text\": \"Bo left\", \"spans\": [{\"start\": 0, \"end\": 2, \"label\": \"PER\", \"type\": \"x\"}]}",
         "file:1: a span has two keys for its label, \"label\" and \"type\"; state the one to read, as spans.label"},
        {"{\"text\": \"Bo left\", \"spans\": [{\"offset\": 9223372036854775807, \"length\": 9223372036854775807, \"label\": "
         "\"x\"}]}",
         "file:1: a span from 9223372036854775807 to 9223372036854775807 is not inside its text, which has 7 characters; correct "
         "it"},
        {"{\"text\": \"Bo left\", \"spans\": [{\"start\": 0, \"end\": 2, \"label\": 3}]}",
         "file:1: a span's label is the number 3; state the names of numbers"},
        {"{\"content\": \"Bo left\", \"annotation\": [{\"label\": [\"PER\"], \"points\": [{\"start\": 0, \"end\": 2, \"text\": "
         "\"Bo\"}]}]}",
         "file:1: the span's text is 'Bo', but its offsets (end included) give 'Bo '; correct them, or state their unit"},
        {"{\"content\": \"Bo left\", \"annotation\": [{\"label\": [\"PER\"], \"points\": [{\"start\": 0}]}]}",
         "file:1: an object in \"points\" has no \"start\" and \"end\""},
        {"{\"source_text\": \"Bo left\", \"privacy_mask\": [{\"value\": \"Bo\", \"start\": 1, \"end\": 3, \"label\": \"NAME\"}]}",
         "file:1: the span's text is 'Bo', but its offsets give 'o '; correct them, or state their unit"},
        {"{\"source_text\": \"Bo left\", \"privacy_mask\": \"[{'value': 'Bo'}]\"}",
         "file:1: \"privacy_mask\" is a string that should contain JSON, but it is not valid (column 3): string or '}' expected "
         "near "
         "'''"},
        {"{\"source_text\": \"Bo left\", \"privacy_mask\": \"\"}",
         "file:1: \"privacy_mask\" is a string that should contain JSON, but it is not valid (column 1): '[' or '{' expected "
         "near end "
         "of file"},
        {"{\"mbert_tokens\": [\"Bo\"], \"mbert_token_classes\": [\"B-NAME\"]}",
         "file:1: \"mbert_tokens\" contains subword tokens of a tokenizer, not words; give records with \"source_text\" and "
         "\"privacy_mask\""},
        {"{\"tokenized_text\": [\"Bo\", \"left\"], \"ner\": [[0, 2, \"PER\"]]}",
         "file:1: a span from word 0 to 2 is outside the 2 words, which are numbered from 0; its end is inclusive: the last word "
         "itself"},
        {"{\"tokenized_text\": [\"Bo\", \"left\"], \"ner\": [[1, 0, \"PER\"]]}",
         "file:1: a span from word 1 to 0 is outside the 2 words, which are numbered from 0; its end is inclusive: the last word "
         "itself"},
        {"{\"tokens\": [\"Bo\", \"left\"], \"entities\": [{\"type\": \"PER\", \"start\": 1, \"end\": 3}]}",
         "file:1: a span from word 1 to 3 is outside the 2 words, which are numbered from 0; its end is the word after the last"},
        {"{\"tokens\": [\"Bo\", \"left\"], \"entities\": [{\"type\": \"PER\", \"start\": 0, \"end\": 0}]}",
         "file:1: a span from word 0 to 0 is outside the 2 words, which are numbered from 0; its end is the word after the last"},
        {"{\"tokens\": [\"Bo\", \"left\"], \"entities\": [{\"type\": \"PER\", \"start\": -1, \"end\": 1}]}",
         "file:1: a span from word -1 to 1 is outside the 2 words, which are numbered from 0; its end is the word after the "
         "last"},
        {"{\"tokens\": [\"Bo\", \"left\"], \"entities\": [{\"type\": \"PER\", \"start\": 0, \"end\": 1, \"text\": \"Al\"}]}",
         "file:1: the span's text is 'Al', but its words are 'Bo'; correct them"},
        {"{\"tokens\": [\"Bo\", \"\"], \"entities\": []}", "file:1: the word is empty; fill it in or remove the row"},
        {"{\"tokens\": [\"Bo\", 3], \"entities\": []}", "file:1: token 1 is a number; give strings"},
        {"{\"tokens\": [], \"entities\": []}", "file:1: the row has no tokens; remove it"},
        {"{\"tokens\": [\"Bo\"], \"entities\": [3]}",
         "file:1: a number is not a span; give the first and the last word, and the label"},
        {"{\"tokens\": [\"Bo\"], \"entities\": []}\n{\"tokens\": [\"Bo\"]}",
         "file:2: an incomplete object where an object with the lists \"tokens\" and \"entities\" is expected"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) { refuse(cases[i].text, NULL, NOMEN_ERROR_DATA, cases[i].message); }
}

static void test_two_keys(void **state) {
    (void)state;
    const char *texts = "{\"text\": \"Bo left\", \"content\": \"Al\", \"spans\": [[0, 2, \"PER\"]]}";
    const char *lists = "{\"text\": \"Bo left\", \"spans\": [[0, 2, \"PER\"]], \"entities\": [[3, 7, \"ACT\"]]}";
    const char *tags = "{\"tokens\": [\"Bo\"], \"ner_tags\": [\"B-PER\"], \"labels\": [\"B-x\"]}";
    const char *words = "{\"tokens\": [\"Bo\"], \"words\": [\"bo\"], \"tags\": [\"B-PER\"]}";
    const char *label = "{\"text\": \"Bo left\", \"spans\": [{\"start\": 0, \"end\": 2, \"label\": \"PER\", \"type\": \"x\"}]}";
    refuse(texts, NULL, NOMEN_ERROR_FORMAT,
           "file:1: two keys could hold the text, \"text\" and \"content\"; state the one to read");
    refuse(lists, NULL, NOMEN_ERROR_FORMAT,
           "file:1: two keys could hold the labels, \"spans\" and \"entities\"; state the one to read");
    refuse(tags, NULL, NOMEN_ERROR_FORMAT,
           "file:1: two keys could hold the labels, \"ner_tags\" and \"labels\"; state the one to read");
    refuse(words, NULL, NOMEN_ERROR_FORMAT,
           "file:1: two keys could hold the words, \"tokens\" and \"words\"; state the one to read");
    expect_dataset(texts, &(nomen_data_options){.text_column = "text"}, NOMEN_DATA_JSONL, "1: Bo/B-PER left/O\n");
    expect_dataset(texts, &(nomen_data_options){.text_column = "content"}, NOMEN_DATA_JSONL, "1: Al/B-PER\n");
    expect_dataset(lists, &(nomen_data_options){.tag_column = "entities"}, NOMEN_DATA_JSONL, "1: Bo/O left/B-ACT\n");
    expect_dataset(tags, &(nomen_data_options){.tag_column = "labels"}, NOMEN_DATA_HF_JSONL, "1: Bo/B-x\n");
    expect_dataset(words, &(nomen_data_options){.word_column = "words"}, NOMEN_DATA_HF_JSONL, "1: bo/B-PER\n");
    expect_dataset(words, &(nomen_data_options){.text_column = "words"}, NOMEN_DATA_HF_JSONL, "1: bo/B-PER\n");
    expect_dataset(label, &(nomen_data_options){.tag_column = "spans.type"}, NOMEN_DATA_JSONL, "1: Bo/B-x left/O\n");
    expect_dataset("{\"utterance\": \"Bo left\", \"marks\": [[0, 2, \"PER\"]]}",
                   &(nomen_data_options){.text_column = "utterance", .tag_column = "marks"}, NOMEN_DATA_JSONL,
                   "1: Bo/B-PER left/O\n");
    expect_dataset("{\"tokens\": [\"Bo\", \"left\"], \"entities\": [{\"type\": \"PER\", \"start\": 0, \"end\": 1}], \"tags\": "
                   "[\"O\", \"B-x\"]}",
                   &(nomen_data_options){.tag_column = "entities"}, NOMEN_DATA_SPERT, "1: Bo/B-PER left/O\n");
    refuse(texts, &(nomen_data_options){.format = NOMEN_DATA_JSONL, .text_column = "body"}, NOMEN_ERROR_FORMAT,
           "file: no key \"body\" holds the text; the first record has \"text\", \"content\", \"spans\"");
}

/* What only looks like a second key: names of labels, an empty text or list, tags of another length. */
static void test_no_second_key(void **state) {
    (void)state;
    expect_dataset("{\"text\": \"Bo left\", \"spans\": [[0, 2, \"PER\"]], \"labels\": [\"PER\", \"ORG\"]}", NULL,
                   NOMEN_DATA_JSONL, "1: Bo/B-PER left/O\n");
    expect_dataset("{\"text\": \"Bo left\", \"content\": \"\", \"spans\": [[0, 2, \"PER\"]], \"entities\": []}", NULL,
                   NOMEN_DATA_JSONL, "1: Bo/B-PER left/O\n");
    told("warning: file:1: the labels under \"spans\" are read, and not \"entities\", whose lists are empty");
    expect_dataset("{\"tokens\": [\"Bo\", \"left\"], \"ner_tags\": [\"B-PER\", \"O\"], \"labels\": [\"PER\"]}", NULL,
                   NOMEN_DATA_HF_JSONL, "1: Bo/B-PER left/O\n");
    expect_dataset("{\"text\": \"Bo left\", \"spans\": [[0, 2, \"PER\"]]}\n{\"text\": \"Al\", \"entities\": [[0, 2, \"PER\"]]}",
                   NULL, NOMEN_DATA_JSONL, "1: Bo/B-PER left/O\n2: Al/B-PER\n");
    expect_dataset("{\"tokens\": [\"Bo\"], \"fine_ner_tags\": [\"B-x\"]}", NULL, NOMEN_DATA_HF_JSONL, "1: Bo/B-x\n");
    assert_null(strstr(log_lines, "second"));
    expect_dataset("{\"tokens\": [\"Bo\"], \"fine_ner_tags\": [\"B-x\"], \"ner_tags\": [\"B-PER\"]}\n{\"tokens\": [\"Al\"], "
                   "\"ner_tags\": [\"O\"], "
                   "\"fine_ner_tags\": [\"O\"]}",
                   NULL, NOMEN_DATA_HF_JSONL, "1: Bo/B-PER\n2: Al/O\n");
    told("warning: file:1: the tags under \"ner_tags\" are read, and those under \"fine_ner_tags\" are not");
    told("warning: file: 1 other key could have been read instead");
}

/* After the records that are looked at. */
static void test_contradiction(void **state) {
    (void)state;
    static const char *const last[][2] = {
        {"{\"text\": \"Al\", \"entities\": [[0, 2, \"PER\"]]}",
         "file:102: the key of the labels is \"entities\", but was \"spans\" in the first records; use one form in all records"},
        {"{\"content\": \"Al\", \"spans\": []}",
         "file:102: the key of the text is \"content\", but was \"text\" in the first records; use one form in all records"},
        {"{\"text\": \"Al\"}",
         "file:102: no list of spans: an object with \"text\" and a list \"spans\" or \"entities\" is expected"},
        {"{\"text\": \"Al\", \"spans\": [[0, 2, \"PER\"]], \"entities\": [[0, 2, \"x\"]]}",
         "file:102: two keys could hold the labels, \"spans\" and \"entities\"; state the one to read"},
    };
    for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
        nomen_buffer text = {0};
        for (size_t n = 0; n < 101; n++) {
            assert_int_equal(nomen_buffer_append_text(&text, "{\"text\": \"Bo left\", \"spans\": [[0, 2, \"PER\"]]}\n", NULL),
                             NOMEN_OK);
        }
        assert_int_equal(nomen_buffer_append_text(&text, last[i][0], NULL), NOMEN_OK);
        refuse(text.data, NULL, NOMEN_ERROR_DATA, last[i][1]);
        nomen_data_options skip_bad = {.skip_bad = true};
        nomen_dataset set = parse(text.data, &skip_bad);
        assert_int_equal(set.n_sentences, 101);
        nomen_dataset_clear(&set);
        nomen_buffer_clear(&text);
    }
}

static void test_numbers(void **state) {
    (void)state;
    const char *old =
        "{\"text\": \"Bo left\", \"annotations\": [{\"label\": 30, \"start_offset\": 0, \"end_offset\": 2, \"user\": 1}]}";
    const char *tags = "{\"tokens\": [\"Bo\", \"left\"], \"ner_tags\": [1, 0]}";
    expect_dataset(old, &(nomen_data_options){.tag_names = " 30=PER, 4=ORG,"}, NOMEN_DATA_DOCCANO, "1: Bo/B-PER left/O\n");
    expect_dataset(tags, &(nomen_data_options){.tag_names = "1=B-PER,0=O"}, NOMEN_DATA_HF_JSONL, "1: Bo/B-PER left/O\n");
    refuse(old, NULL, NOMEN_ERROR_DATA,
           "file:1: a span's label is the number 30, a key in the tool's database; state the names of numbers "
           "or give its file of labels");
    refuse(old, &(nomen_data_options){.tag_names = "4=ORG"}, NOMEN_ERROR_DATA,
           "file:1: the number 30 is not among the 1 that were given a name");
    refuse(old, &(nomen_data_options){.tag_names = "PER,ORG"}, NOMEN_ERROR_FORMAT,
           "file: the numbers of labels are database keys, which need not start at 0; state each with its name, or give the "
           "tool's own file of labels");
    refuse(old, &(nomen_data_options){.tag_names = "4=ORG,30"}, NOMEN_ERROR_FORMAT,
           "4=ORG,30: '30' is not a number with its name; write all as 1=PER,2=ORG");
    refuse(old, &(nomen_data_options){.tag_names = "30=ORG,30=PER"}, NOMEN_ERROR_FORMAT,
           "30=ORG,30=PER: the number 30 has two names, 'ORG' and 'PER'");
    refuse(tags, &(nomen_data_options){.tag_names = "0=O,2=B-PER"}, NOMEN_ERROR_DATA,
           "file:1: the number 1 is not among the 2 that were given a name");
}

static void put(const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, NOMEN_BINARY_DIR "/beside/%s", name);
    (void)remove(path);
    if (text != NULL) { assert_int_equal(nomen_file_write(path, text, strlen(text), NULL), NOMEN_OK); }
}

/* Names of numbers from the files of the folder: whether they are taken, and from which. */
static void test_names_beside(void **state) {
    (void)state;
    static const char tags[] = "{\"tokens\": [\"Bo\", \"left\"], \"ner_tags\": [1, 0], \"pos_tags\": [0, 1]}";
    static const char info[] = "{\"features\": {\"pos_tags\": {\"names\": [\"x\", \"y\"]}, \"ner_tags\": {\"feature\": "
                               "{\"names\": [\"O\", \"B-PER\"]}}}}";
    static const char infos[] = "{\"a\": {\"features\": {\"ner_tags\": {\"names\": [\"O\", \"B-PER\"]}}}, \"b\": {\"features\": "
                                "{\"ner_tags\": {\"names\": "
                                "[\"B-PER\", \"O\"]}}}}";
    static const struct {
        const char *info, *infos, *config, *from; /* NULL: not taken */
    } cases[] = {
        {info, NULL, NULL, "dataset_info.json"},
        {NULL, NULL, "{\"id2label\": {\"0\": \"O\", \"1\": \"B-PER\"}}", "config.json"},
        {"{\"features\": {\"tags\": {\"names\": [\"x\", \"y\"]}}}", NULL, "{\"id2label\": {\"0\": \"O\", \"1\": \"B-PER\"}}",
         "config.json"},
        {NULL, infos, NULL, NULL}, /* which of two? */
        {NULL, NULL, "{\"id2label\": {\"0\": \"LABEL_0\", \"1\": \"LABEL_1\"}}", NULL},
        {NULL, NULL, "{\"id2label\": {\"1\": \"B-PER\", \"2\": \"O\"}}", NULL},
        {"not JSON", NULL, "[]", NULL},
    };
    (void)system("mkdir -p " NOMEN_BINARY_DIR "/beside");
    put("data.jsonl", tags);
    put("labels.txt", "O\nB-PER\n"); /* never */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_dataset set = {0};
        nomen_error err = {0};
        put("dataset_info.json", cases[i].info);
        put("dataset_infos.json", cases[i].infos);
        put("config.json", cases[i].config);
        catch_log();
        nomen_status status = nomen_dataset_read(NOMEN_BINARY_DIR "/beside/data.jsonl", NULL, &set, &err);
        if (cases[i].from == NULL) {
            assert_int_equal(status, NOMEN_ERROR_DATA);
            assert_int_equal(err.remedy, NOMEN_REMEDY_TAG_NAMES);
        } else {
            if (status != NOMEN_OK) { fail_msg("%s", err.message); }
            assert_string_equal(show(&set), "1: Bo/B-PER left/O\n");
            told("the tags are numbers; their names are taken from " NOMEN_BINARY_DIR "/beside/");
            told(cases[i].from);
        }
        nomen_dataset_clear(&set);
    }
    refuse(tags, NULL, NOMEN_ERROR_DATA, "file:1: the tags are numbers; state their names in order");
    put("dataset_info.json", "{\"features\": {\"ner_tags\": {\"names\": [\"O\"]}}}");
    nomen_data_options skip_bad = {.skip_bad = true};
    nomen_error err = {0};
    nomen_dataset set = {0};
    assert_int_equal(nomen_dataset_read(NOMEN_BINARY_DIR "/beside/data.jsonl", &skip_bad, &set, &err), NOMEN_ERROR_DATA);
    assert_string_equal(
        err.message, NOMEN_BINARY_DIR
        "/beside/data.jsonl:1: " NOMEN_BINARY_DIR
        "/beside/dataset_info.json has no name for the tag 1, so it does not belong to this file; state the names in order");
}

/* Ends that are not included show where a span ends with its sentence; else by there being no span of one word. */
static void test_ends(void **state) {
    (void)state;
    for (int single = 0; single < 2; single++) {
        nomen_buffer text = {0};
        for (size_t n = 0; n < 20; n++) {
            const char *record = "{\"tokenized_text\": [\"Bo\", \"left\", \".\"], \"ner\": [[0, 1, \"PER\"]]}\n";
            if (single && n == 19) { record = "{\"tokenized_text\": [\"Bo\", \"left\", \".\"], \"ner\": [[0, 0, \"PER\"]]}\n"; }
            assert_int_equal(nomen_buffer_append_text(&text, record, NULL), NOMEN_OK);
        }
        nomen_dataset set = parse(text.data, NULL);
        assert_int_equal(set.notes.counts[NOMEN_NOTE_ENDS], single ? 0 : 1);
        if (!single) { told("warning: file: none of the 20 spans is a single word, as if their ends were exclusive"); }
        nomen_dataset_clear(&set);
        nomen_buffer_clear(&text);
    }
}

/* Lists of numbers in a table get their names in the same ways. */
static void test_numbers_in_tables(void **state) {
    (void)state;
    const char *lists = "tokens,ner_tags\n\"['Bo', 'left']\",\"[1, 0]\"\n", *texts = "text,labels\nBo left,\"[1, 0]\"\n";
    nomen_data_options named = {.tag_names = "O,B-PER"}, few = {.tag_names = "O"},
                       skip_bad = {.tag_names = "O", .skip_bad = true};
    expect_dataset(lists, &named, NOMEN_DATA_SEED_CSV, "2: Bo/B-PER left/O\n");
    expect_dataset(texts, &named, NOMEN_DATA_SEED_CSV, "2: Bo/B-PER left/O\n");
    refuse(lists, NULL, NOMEN_ERROR_DATA, "file:2: the tags are numbers; state their names in order");
    refuse(texts, &few, NOMEN_ERROR_DATA, "file:2: there is no name for the tag 1; state all names");
    expect_dataset("tokens,ner_tags\n\"['Bo', 'left']\",\"[1, 0]\"\n\"['Al']\",[0]\n", &skip_bad, NOMEN_DATA_SEED_CSV,
                   "3: Al/O\n");
}

/* What is only read has no writer, and says so. */
static void test_read_only(void **state) {
    (void)state;
    static const char *const keys[] = {"gliner", "spert", "dataturks", "ai4privacy"};
    for (size_t i = 0; i < 4; i++) {
        nomen_data_format format;
        nomen_error err = {0};
        assert_int_equal(nomen_format_parse(keys[i], &format, NULL), NOMEN_OK);
        assert_int_equal(nomen_format_check_writable(format, &err), NOMEN_ERROR_ARGUMENT);
        assert_non_null(strstr(err.message, "is read, but not written; choose another format"));
    }
    assert_int_equal(nomen_format_check_writable(NOMEN_DATA_DOCCANO, NULL), NOMEN_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page),          cmocka_unit_test(test_layouts),  cmocka_unit_test(test_span_keys),
        cmocka_unit_test(test_span_faults),   cmocka_unit_test(test_two_keys), cmocka_unit_test(test_no_second_key),
        cmocka_unit_test(test_contradiction), cmocka_unit_test(test_numbers),  cmocka_unit_test(test_names_beside),
        cmocka_unit_test(test_read_only),     cmocka_unit_test(test_ends),     cmocka_unit_test(test_numbers_in_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
