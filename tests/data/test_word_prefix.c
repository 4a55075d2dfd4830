/* The same prefix before every word of a file is stripped from words and texts; what only looks like one stays. */
#include "support.h"

#define LINES "de:Mira B-per\nde:Falk I-per\nde:schlief O\n\nde:in O\nde:Tarvik B-geo\nde:. O\n\nde:Sie O\n"

static void expect(const char *text, const char *shown, const char *logged) {
    nomen_dataset set = parse(text, NULL);
    check_shape(&set);
    assert_string_equal(show(&set), shown);
    if (strncmp(log_lines, logged, strlen(logged)) != 0) { fail_msg("%s", log_lines); }
    assert_null(strstr(log_lines + strlen(logged), "warning")); /* it is logged once */
    assert_int_equal(set.notes.counts[NOMEN_NOTE_WORD_PREFIX], 1);
    nomen_dataset_clear(&set);
}

static void test_stripped(void **state) {
    (void)state;
    static const char *const shown = "1: Mira/B-per Falk/I-per schlief/O\n5: in/O Tarvik/B-geo ./O\n9: Sie/O a/O\n";
    expect(LINES "de:a O\n", shown, "warning: file:1: all 8 words begin with 'de:', which is not part of them and is left out\n");
    expect("\nde:a/O de:b/O de:c/O de:d/O de:e/O de:f/O\n\nde:de:/O de:10:30/O\n",
           "2: a/O b/O c/O d/O e/O f/O\n4: de:/O 10:30/O\n",
           "warning: file:2: all 8 words begin with 'de:', which is not part of them and is left out\n");
    static const char *const codes[] = {"als:", "zh-min-nan:", "be-x-old:", "simple:", "zh-classical:"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        nomen_buffer text = {0};
        for (int w = 0; w < 9; w++) { assert_int_equal(nomen_buffer_printf(&text, NULL, "%sw%d\tO\n", codes[i], w), NOMEN_OK); }
        nomen_dataset set = parse(text.data, NULL);
        assert_string_equal(show(&set), "1: w0/O w1/O w2/O w3/O w4/O w5/O w6/O w7/O w8/O\n");
        assert_int_equal(set.text_size, 26);
        nomen_dataset_clear(&set);
        nomen_buffer_clear(&text);
    }
}

/* The text stays as it stood but for the prefixes. */
static void test_text(void **state) {
    (void)state;
    nomen_dataset set = parse("text,labels\n  de:a   de:b ,O O\n\"de:c de:d\nde:e\",O O\nde:f de:g de:h de:i,O O O B-x\n", NULL);
    check_shape(&set);
    assert_int_equal(set.text_size, 23);
    assert_memory_equal(set.text, "  a   b c d\nde:ef g h i", 23);
    assert_string_equal(show(&set), "2: a/O b/O\n3: c/O d\nde:e/O\n5: f/O g/O h/O i/B-x\n");
    nomen_dataset_clear(&set);
}

static void test_stays(void **state) {
    (void)state;
    static const char *const texts[] = {
        /* Four words; a word without it; one that is nothing else; two different rests. */
        "de:a O\nde:b O\nde:c O\nde:d O\n",
        LINES "a O\n",
        LINES "de: O\n",
        LINES "da:x O\n",
        LINES "De:x O\n",
        "de:a O\nde:b O\nde:a O\nde:b O\nde:a O\nde:b O\nde:a O\nde:b O\n",
        /* No code of a language. */
        "http:a O\nhttp:b O\nhttp:c O\nhttp:d O\nhttp:e O\nhttp:f O\nhttp:g O\nhttp:h O\n",
        "10:30 O\n10:31 O\n10:32 O\n10:33 O\n10:34 O\n10:35 O\n10:36 O\n10:37 O\n",
        "d:a O\nd:b O\nd:c O\nd:d O\nd:e O\nd:f O\nd:g O\nd:h O\n",
        "DE:a O\nDE:b O\nDE:c O\nDE:d O\nDE:e O\nDE:f O\nDE:g O\nDE:h O\n",
        "de-a O\nde-b O\nde-c O\nde-d O\nde-e O\nde-f O\nde-g O\nde-h O\n",
        "de-:a O\nde-:b O\nde-:c O\nde-:d O\nde-:e O\nde-:f O\nde-:g O\nde-:h O\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        nomen_dataset set = parse(texts[i], NULL);
        assert_int_equal(set.notes.counts[NOMEN_NOTE_WORD_PREFIX], 0);
        const char *end = strchr(texts[i], ' ');
        assert_memory_equal(set.text, texts[i], (size_t)(end - texts[i]) + 1);
        nomen_dataset_clear(&set);
    }
    /* The text of a file of texts is nobody's list of words. */
    nomen_dataset set = parse("{\"text\": \"de:a de:b de:c de:d de:e de:f de:g de:h\", \"spans\": []}\n",
                              &(nomen_data_options){.words = NOMEN_WORDS_WHITESPACE});
    assert_int_equal(set.n_words, 8);
    assert_int_equal(set.notes.counts[NOMEN_NOTE_WORD_PREFIX], 0);
    nomen_dataset_clear(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_stripped), cmocka_unit_test(test_text),
                                       cmocka_unit_test(test_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
