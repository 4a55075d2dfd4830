/* Lines of text whose words carry their tags: what is one, what is left to columns, and what contradicts the first lines. */
#include "support.h"

#include "data/formats.h"
#include "data/write.h"

static void expect_as(const char *text, const nomen_data_options *options, nomen_data_format format, const char *shown) {
    nomen_dataset set = parse(text, options);
    check_shape(&set);
    if (set.format != format) { fail_msg("%s: read as %s", text, nomen_format_title(set.format)); }
    assert_string_equal(show(&set), shown);
    nomen_dataset_clear(&set);
    assert_int_equal(nomen_mem_test_live(), 1); /* the buffer of show() */
}

static void expect(const char *text, const char *shown) {
    expect_as(text, NULL, NOMEN_DATA_SLASH, shown);
}

static void test_lines(void **state) {
    (void)state;
    expect("Mira/B-PER sleeps/O in/O Tarvik/B-LOC ./O\n\n  \nYes/O\n",
           "1: Mira/B-PER sleeps/O in/O Tarvik/B-LOC ./O\n4: Yes/O\n");
    expect("\r\nMira/B-PER\t sleeps/O \r\nYes/O", "2: Mira/B-PER sleeps/O\n3: Yes/O\n");
    expect("Mira|B-PER sleeps|O\n", "1: Mira/B-PER sleeps/O\n");
    expect("Mira_B-PER sleeps_O\n", "1: Mira/B-PER sleeps/O\n");
    expect("Mira/B-PER\nsleeps/O\n", "1: Mira/B-PER\n2: sleeps/O\n");
    expect("Mira/S-PER New/B-LOC Tarvik/E-LOC\n", "1: Mira/B-PER New/B-LOC Tarvik/I-LOC\n");
    expect("Mira/U-PER New/B-LOC Tarvik/L-LOC\n", "1: Mira/B-PER New/B-LOC Tarvik/I-LOC\n");
    expect("-DOCSTART-/O\nMira/B-PER sleeps/O\n-DOCSTART-/O\n\n-DOCSTART-/O x/O\n",
           "*2: Mira/B-PER sleeps/O\n*5: -DOCSTART-/O x/O\n");
}

/* The last separator counts. */
static void test_words_with_separators(void **state) {
    (void)state;
    expect("and/or/O 1/2/O _/_/O Mira/B-PER\n", "1: and/or/O 1/2/O _/_/O Mira/B-PER\n");
    expect("1/2/O 24/12/2019/B-DATE\n", "1: 1/2/O 24/12/2019/B-DATE\n");
    expect("//O a|b/O c_d/B-x //B-x\n", "1: //O a|b/O c_d/B-x //B-x\n");
    expect("__O snake_case_O a/b_B-x\n", "1: _/O snake_case/O a/b/B-x\n");
    expect("a|b|O 1|2|O c|O d|O\n", "1: a|b/O 1|2/O c/O d/O\n");
    expect("http://tarvik.example/x/O Mira/B-PER [/O {/O #/O de:/O\n",
           "1: http://tarvik.example/x/O Mira/B-PER [/O {/O #/O de:/O\n");
}

/* WikiNER: what stands between is not read, and counted. */
static void test_three_parts(void **state) {
    (void)state;
    static const char *const shown = "1: Mira/B-PER sleeps/O\n2: 1|2/O |/O\n";
    nomen_dataset set = parse("Mira|NNP|I-PER sleeps|VBZ|O\n1|2|CD|O ||SYM|O\n", NULL);
    assert_string_equal(show(&set), shown);
    assert_int_equal(set.notes.counts[NOMEN_NOTE_FIELDS], 1);
    assert_string_equal(log_lines,
                        "info: file: word/TAG, UTF-8, IOB1 tags (converted to IOB2): 2 sentences, 4 words, 2 different "
                        "tags\ninfo: file: 1 column or key besides those of words and entities is not kept\n");
    nomen_dataset_clear(&set);
    expect("Mira/NNP/B-PER sleeps/VBZ/O 1/2/CD/O\n", "1: Mira/B-PER sleeps/O 1/2/O\n");
    expect("Mira|mira|nomsg|B-PER sleeps|sleep|verbpres|O\n", "1: Mira/B-PER sleeps/O\n");
}

static void test_plain_tags(void **state) {
    (void)state;
    expect("Mira/PERSON sleeps/O in/O Tarvik/LOCATION\n", "1: Mira/PERSON sleeps/O in/O Tarvik/LOCATION\n");
    expect("Mira_PERSON sleeps_O\n", "1: Mira/PERSON sleeps/O\n");
    /* Twenty-one tags are too many, and without O it may be anything. */
    expect_as("a/A b/B\n", NULL, NOMEN_DATA_CONLL, "1: a/A/b/B\n");
    nomen_buffer many = {0};
    for (int i = 0; i < 21; i++) { assert_int_equal(nomen_buffer_printf(&many, NULL, "w/O w/T%d\n", i), NOMEN_OK); }
    nomen_dataset set = parse(many.data, NULL);
    assert_int_equal(set.format, NOMEN_DATA_CONLL);
    nomen_dataset_clear(&set);
    nomen_buffer_clear(&many);
    nomen_data_options stated = {.format = NOMEN_DATA_SLASH}, plain = {.scheme = NOMEN_SCHEME_PLAIN};
    expect_as("a/DET b/NOUN\n", &stated, NOMEN_DATA_SLASH, "1: a/DET b/NOUN\n");
    expect_as("a/B-x b/I-y\n", &plain, NOMEN_DATA_SLASH, "1: a/B-x b/I-y\n");
    expect("a/O b/O\nc/PER d/O\n", "1: a/O b/O\n2: c/PER d/O\n");
    refuse("a/B-x b/O c/O\nd/or e/O f/O g/O\n", NULL, NOMEN_ERROR_DATA,
           "file:2: the token 'd/or' does not end in a tag such as O or B-type; expected a word, '/' and its tag, as in 'a/B-x' "
           "on line 1; correct it, or state another format");
    /* With the format stated a single token will do. */
    expect_as("a|O\n", &stated, NOMEN_DATA_SLASH, "1: a/O\n");
}

/* A token a line, and blank lines that end sentences. */
static void test_token_a_line(void **state) {
    (void)state;
    expect("Mira/B-PER\nsleeps/O\n\nYes/O\n", "1: Mira/B-PER sleeps/O\n4: Yes/O\n");
    expect("-DOCSTART-/O\n\nMira/B-PER\nsleeps/O\n\nYes/O\n", "*3: Mira/B-PER sleeps/O\n6: Yes/O\n");
    nomen_buffer text = {0};
    for (int i = 0; i < 250; i++) {
        assert_int_equal(nomen_buffer_append_text(&text, i % 120 == 119 ? "w/O\n\n" : "w/O\n", NULL), NOMEN_OK);
    }
    nomen_dataset set = parse(text.data, NULL);
    assert_int_equal(set.n_sentences, 3);
    assert_int_equal(set.sentences[1].line, 122);
    nomen_dataset_clear(&set);
    assert_int_equal(nomen_buffer_append_text(&text, "c/O d/O\n", NULL), NOMEN_OK);
    refuse(text.data, NULL, NOMEN_ERROR_DATA,
           "file:253: the token 'd/O' is not alone on its line, although the ones before it are; expected a word, '/' and its "
           "tag, as in 'w/O' on line 1; correct it, or state another format");
    nomen_buffer_clear(&text);
}

static void test_columns_stay(void **state) {
    (void)state;
    expect_as("a/b O\nc/d B-x\n", NULL, NOMEN_DATA_CONLL, "1: a/b/O c/d/B-x\n");
    expect_as("a_b O\n_ B-x\n", NULL, NOMEN_DATA_CONLL, "1: a_b/O _/B-x\n");
    expect_as("1/2 _ O\nx/O _ O\n", NULL, NOMEN_DATA_CONLL, "1: 1/2/O x/O/O\n");
    expect_as("Mira _ B-PER\nsleeps _ O\n", NULL, NOMEN_DATA_CONLL, "1: Mira/B-PER sleeps/O\n");
    expect_as("a|b\tO\nc|d\tB-x\n", NULL, NOMEN_DATA_CONLL, "1: a|b/O c|d/B-x\n");
    expect_as("x/O\tO\n", NULL, NOMEN_DATA_CONLL, "1: x/O/O\n");
    expect_as("text,labels\na/O b/O,O O\n", NULL, NOMEN_DATA_SEED_CSV, "2: a/O/O b/O/O\n");
    expect_as("see <per>Mira</per> and/or her\n", NULL, NOMEN_DATA_INLINE, "1: see/O Mira/B-per and/O //O or/O her/O\n");
}

static void test_contradictions(void **state) {
    (void)state;
    refuse("Mira/B-PER sleeps in/O Tarvik/B-LOC\n", NULL, NOMEN_ERROR_DATA,
           "file:1: the token 'sleeps' has no tag; expected a word, '/' and its tag, as in 'Mira/B-PER' on line 1; correct it, "
           "or state another format");
    refuse("\na/O b/O c/O d/B-x\nand/or\n", NULL, NOMEN_ERROR_DATA,
           "file:3: the token 'and/or' does not end in a tag such as O or B-type; expected a word, '/' and its tag, as in 'a/O' "
           "on line 2; correct it, or state another format");
    refuse("a/O b/O c/O d/O\nx/\n", NULL, NOMEN_ERROR_DATA,
           "file:2: the token 'x/' has no tag; expected a word, '/' and its tag, as in 'a/O' on line 1; correct it, or state "
           "another format");
    refuse("a/O b/O c/O d/O\n/O\n", NULL, NOMEN_ERROR_DATA,
           "file:2: the token '/O' has no word; expected a word, '/' and its tag, as in 'a/O' on line 1; correct it, or state "
           "another format");
    refuse("a|D|O b|N|O c|N|O d|V|O\ne|O\n", NULL, NOMEN_ERROR_DATA,
           "file:2: the token 'e|O' has fewer parts than others; expected a word, '|' and its tag, as in 'a|D|O' on line 1; "
           "correct it, or state another format");
    refuse("Mira sleeps\n", &(nomen_data_options){.format = NOMEN_DATA_SLASH}, NOMEN_ERROR_DATA,
           "file:1: the token 'Mira' has no tag; expected word/TAG");
    refuse("a/O b/O\n", &(nomen_data_options){.tag_column = "2"}, NOMEN_ERROR_FORMAT,
           "file: word/TAG has no columns: a token begins with its word and ends with its tag");
    /* Behind the lines that were looked at, too; the sentence is dropped where bad ones are to be. */
    nomen_buffer text = {0};
    for (int i = 0; i < 150; i++) { assert_int_equal(nomen_buffer_append_text(&text, "a/O b/B-x\n", NULL), NOMEN_OK); }
    assert_int_equal(nomen_buffer_append_text(&text, "a/O b\nc/O\n", NULL), NOMEN_OK);
    refuse(text.data, NULL, NOMEN_ERROR_DATA,
           "file:151: the token 'b' has no tag; expected a word, '/' and its tag, as in 'a/O' on line 1; correct it, or state "
           "another format");
    nomen_dataset set = parse(text.data, &(nomen_data_options){.skip_bad = true});
    assert_int_equal(set.n_sentences, 151);
    assert_int_equal(set.n_skipped, 1);
    nomen_dataset_clear(&set);
    nomen_buffer_clear(&text);
}

static nomen_status keep_part(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    return nomen_buffer_append(user, bytes, n_bytes, err);
}

static void expect_written(const char *text, const char *written, const char *logged) {
    nomen_dataset set = parse(text, NULL);
    nomen_write_options options = {.format = NOMEN_DATA_SLASH};
    nomen_buffer out = {0};
    nomen_notes notes = {0};
    catch_log();
    assert_int_equal(nomen_dataset_write(&set, &options, "out", keep_part, &out, &notes, NULL), NOMEN_OK);
    assert_string_equal(out.data, written);
    assert_string_equal(log_lines, logged);
    nomen_buffer_clear(&out);
    nomen_dataset_clear(&set);
}

static void test_write(void **state) {
    (void)state;
    expect_written("Mira\tB-PER\n1/2\tO\n\nYes\tO\n", "Mira/B-PER 1/2/O\nYes/O\n", "");
    expect_written("-DOCSTART-\n\nMira Falk\tB-PER\n",
                   "-DOCSTART-/O\nMira\xc2\xa0"
                   "Falk/B-PER\n",
                   "warning: file:3: the word 'Mira Falk' has a character that is replaced\n"
                   "warning: out: 1 word has a character that can't be represented and was replaced\n");
    expect_written("{\"tokens\": [\"-DOCSTART-\"], \"ner_tags\": [\"O\"]}\n", "\xc2\xa0-DOCSTART-/O\n",
                   "warning: file:1: the word '-DOCSTART-' gets a no-break space in front of it\n"
                   "warning: out: 1 word has a character that can't be represented and was replaced\n");
    expect_written("x\tB-a/b\n", "x/B-a_b\n",
                   "warning: file:1: the tag 'B-a/b' becomes 'B-a_b'\n"
                   "warning: out: 1 word's tag has a character that can't be represented and became \"_\"\n");
    /* Words that would be read as a word and its POS. */
    expect_written("TCP/IP\tB-x\nA/B\tO\n", "TCP/IP|B-x A/B|O\n", "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),          cmocka_unit_test(test_words_with_separators),
        cmocka_unit_test(test_three_parts),    cmocka_unit_test(test_plain_tags),
        cmocka_unit_test(test_token_a_line),   cmocka_unit_test(test_columns_stay),
        cmocka_unit_test(test_contradictions), cmocka_unit_test(test_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
