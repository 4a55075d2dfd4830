/*
 * The public API on a tiny vocabulary: what each call promises, refuses and leaves behind. Equality
 * with HF is tests/parity's matter.
 */
#include "small.h"

#include "base/rng.h"

static char directory[64];
static nomen_tokenizer *tokenizer;

static int make(void **state) {
    (void)state;
    if (scratch_make(directory) == NULL) { return 1; }
    small_text(directory, "vocab.txt", SMALL_VOCAB_TXT);
    small_text(directory, "tokenizer_config.json", "{\"model_max_length\": 64}");
    tokenizer = small_load(directory);
    return 0;
}

static int clean(void **state) {
    (void)state;
    nomen_tokenizer_free(tokenizer);
    scratch_remove(directory);
    return nomen_mem_test_live() != 0;
}

typedef struct piece {
    const char *token;
    size_t start, end;
    int32_t word;
} piece;

static void expect(const nomen_encoding *e, const piece *want, size_t n) {
    assert_int_equal(e->n_pieces, n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(nomen_tokenizer_get_token(tokenizer, e->ids[i]), want[i].token);
        assert_int_equal(e->offsets[i].start, want[i].start);
        assert_int_equal(e->offsets[i].end, want[i].end);
        assert_int_equal(e->word_ids[i], want[i].word);
        assert_int_equal(e->type_ids[i], 0);
    }
}

#define EXPECT(e, ...) expect((e), (const piece[]){__VA_ARGS__}, sizeof((const piece[]){__VA_ARGS__}) / sizeof(piece))

static void encode(const char *text, nomen_encoding *out) {
    nomen_error err = {0};
    assert_int_equal(nomen_tokenizer_encode(tokenizer, text, strlen(text), out, &err), NOMEN_OK);
}

static void test_encode(void **state) {
    (void)state;
    nomen_encoding e = {0};
    encode("Hello, unaffable WORLD!", &e);
    EXPECT(&e, {"hello", 0, 5, 0}, {",", 5, 6, 1}, {"un", 7, 9, 2}, {"##aff", 9, 12, 2}, {"##able", 12, 16, 2},
           {"world", 17, 22, 3}, {"!", 22, 23, 4});
    encode("Caf\xC3\xA9\xE4\xB8\xAD xyz [MASK]", &e);
    EXPECT(&e, {"cafe", 0, 5, 0}, {"\xE4\xB8\xAD", 5, 8, 1}, {"[UNK]", 9, 12, 2}, {"[MASK]", 13, 19, 3});
    encode("", &e);
    assert_int_equal(e.n_pieces, 0);
    char long_word[205];
    memset(long_word, 'b', 204);
    long_word[0] = 'a';
    long_word[100] = '\0';
    encode(long_word, &e); /* 100 characters are a word, 101 are unknown */
    assert_int_equal(e.n_pieces, 100);
    long_word[100] = 'b';
    long_word[101] = '\0';
    encode(long_word, &e);
    EXPECT(&e, {"[UNK]", 0, 101, 0});
    long_word[101] = 'b';
    long_word[204] = '\0';
    encode(long_word, &e);
    EXPECT(&e, {"[UNK]", 0, 204, 0});
    nomen_encoding_clear(&e);
    assert_null(e.ids);
}

static void test_special_tokens(void **state) {
    (void)state;
    nomen_error err = {0};
    nomen_encoding e = {0};
    nomen_special_tokens special;
    encode("hello", &e);
    assert_int_equal(nomen_tokenizer_add_special(tokenizer, &e, &err), NOMEN_OK);
    EXPECT(&e, {"[CLS]", 0, 0, -1}, {"hello", 0, 5, 0}, {"[SEP]", 0, 0, -1});
    encode("", &e);
    assert_int_equal(nomen_tokenizer_add_special(tokenizer, &e, &err), NOMEN_OK);
    EXPECT(&e, {"[CLS]", 0, 0, -1}, {"[SEP]", 0, 0, -1});
    nomen_tokenizer_get_special(tokenizer, &special);
    assert_int_equal(special.n_prefix, 1);
    assert_int_equal(special.prefix[0], 2);
    assert_int_equal(special.n_suffix, 1);
    assert_int_equal(special.suffix[0], 3);
    assert_int_equal(special.type_id, 0);
    nomen_encoding_clear(&e);
}

static void test_words(void **state) {
    (void)state;
    nomen_error err = {0};
    nomen_encoding e = {0};
    const char *text = "unaffable \x01 hello,world";
    const nomen_span words[] = {{0, 9}, {10, 11}, {12, 23}, {23, 23}};
    assert_int_equal(nomen_tokenizer_encode_words(tokenizer, text, 23, words, 4, &e, &err), NOMEN_OK);
    EXPECT(&e, {"un", 0, 2, 0}, {"##aff", 2, 5, 0}, {"##able", 5, 9, 0}, {"hello", 12, 17, 2}, {",", 17, 18, 2},
           {"world", 18, 23, 2});
    const nomen_span bad[][2] = {{{4, 2}, {5, 6}}, {{0, 2}, {1, 3}}, {{0, 2}, {5, 24}}};
    for (size_t i = 0; i < 3; i++) {
        nomen_error fault = {0};
        assert_int_equal(nomen_tokenizer_encode_words(tokenizer, text, 23, bad[i], 2, &e, &fault), NOMEN_ERROR_ARGUMENT);
        assert_non_null(strstr(fault.message, "words must lie inside the text and in order"));
        assert_int_equal(e.n_pieces, 0);
    }
    nomen_span *cut;
    size_t n;
    assert_int_equal(nomen_tokenizer_words(tokenizer, text, 23, &cut, &n, &err), NOMEN_OK);
    const nomen_span want[] = {{0, 9}, {12, 17}, {17, 18}, {18, 23}};
    assert_int_equal(n, 4);
    assert_memory_equal(cut, want, sizeof want);
    nomen_free(cut);
    nomen_encoding_clear(&e);
}

static void test_decode(void **state) {
    (void)state;
    nomen_error err = {0};
    const int32_t ids[] = {2, 5, 6, 7, 10, 8, 11, 3}, outside[] = {2, 17};
    char *text;
    size_t n;
    assert_int_equal(nomen_tokenizer_decode(tokenizer, ids, 8, false, &text, &n, &err), NOMEN_OK);
    assert_string_equal(text, "[CLS] unaffable, hello! [SEP]");
    assert_int_equal(n, strlen(text));
    nomen_free(text);
    assert_int_equal(nomen_tokenizer_decode(tokenizer, ids, 8, true, &text, &n, &err), NOMEN_OK);
    assert_string_equal(text, "unaffable, hello!");
    nomen_free(text);
    assert_int_equal(nomen_tokenizer_decode(tokenizer, ids, 0, true, &text, &n, &err), NOMEN_OK);
    assert_string_equal(text, "");
    nomen_free(text);
    assert_int_equal(nomen_tokenizer_decode(tokenizer, outside, 2, true, &text, &n, &err), NOMEN_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "id 17 is not in the vocabulary"));
}

static void test_questions(void **state) {
    (void)state;
    assert_int_equal(nomen_tokenizer_get_size(tokenizer), 17);
    assert_int_equal(nomen_tokenizer_get_id(tokenizer, "##able", 6), 7);
    assert_int_equal(nomen_tokenizer_get_id(tokenizer, "##abl", 5), -1);
    assert_null(nomen_tokenizer_get_token(tokenizer, -1));
    assert_null(nomen_tokenizer_get_token(tokenizer, 17));
    assert_int_equal(nomen_tokenizer_get_pad(tokenizer), 0);
    assert_int_equal(nomen_tokenizer_get_max_length(tokenizer), 64);
    assert_true(nomen_tokenizer_get_lower_case(tokenizer));
    nomen_error err = {0};
    nomen_tokenizer *cased;
    const nomen_tokenizer_options options = {.size = sizeof options, .lower_case = NOMEN_CHOICE_NO};
    assert_int_equal(nomen_tokenizer_load(directory, &options, &cased, &err), NOMEN_OK);
    assert_false(nomen_tokenizer_get_lower_case(cased));
    nomen_encoding e = {0};
    assert_int_equal(nomen_tokenizer_encode(cased, "caf\xC3\xA9 Hello", 11, &e, &err), NOMEN_OK);
    assert_int_equal(e.ids[0], 14); /* the accent stays where the case does */
    assert_int_equal(e.ids[1], 1);
    nomen_encoding_clear(&e);
    nomen_tokenizer_free(cased);
}

static void test_save_refuses_a_missing_length(void **state) {
    (void)state;
    nomen_error err = {0};
    assert_int_equal(nomen_tokenizer_save(tokenizer, directory, SIZE_MAX, &err), NOMEN_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "is saved with the model's length"));
}

/* Random bytes: nothing crashes, offsets stay inside and in order, an encoding can be used again. */
static void test_any_bytes(void **state) {
    (void)state;
    nomen_error err = {0};
    nomen_encoding e = {0};
    nomen_rng rng;
    nomen_rng_start(&rng, 3, 0, 0);
    for (int i = 0; i < 20000; i++) {
        char text[300];
        size_t n = (size_t)nomen_rng_below(&rng, i % 100 ? 24 : sizeof text);
        static const char some[] = "a b[MASK],\xCC\x81\xE4\xB8\xAD\xC3\xA9\xF0\x9F\x98\x80";
        for (size_t k = 0; k < n; k++) {
            text[k] = (char)(nomen_rng_below(&rng, 2) ? some[nomen_rng_below(&rng, sizeof some - 1)]
                                                      : (char)nomen_rng_below(&rng, 256));
        }
        char *exact = nomen_mem_copy(text, n); /* so that a sanitizer sees a read past the end */
        assert_int_equal(nomen_tokenizer_encode(tokenizer, exact, n, &e, &err), NOMEN_OK);
        for (size_t k = 0; k < e.n_pieces; k++) {
            assert_true(e.offsets[k].start < e.offsets[k].end && e.offsets[k].end <= n);
            assert_true(k == 0 || e.offsets[k - 1].end <= e.offsets[k].start || e.word_ids[k - 1] <= e.word_ids[k]);
        }
        nomen_mem_free(exact);
    }
    nomen_encoding_clear(&e);
}

static nomen_status use_all(nomen_error *err) {
    nomen_encoding e = {0};
    nomen_span *words = NULL;
    size_t n = 0;
    char *text = NULL;
    const char *sample = "Hello caf\xC3\xA9 \xE4\xB8\xAD\xCC\x81 unaffable";
    nomen_status status = nomen_tokenizer_encode(tokenizer, sample, strlen(sample), &e, err);
    if (status == NOMEN_OK) { status = nomen_tokenizer_add_special(tokenizer, &e, err); }
    if (status == NOMEN_OK) { status = nomen_tokenizer_words(tokenizer, sample, strlen(sample), &words, &n, err); }
    if (status == NOMEN_OK) { status = nomen_tokenizer_encode_words(tokenizer, sample, strlen(sample), words, n, &e, err); }
    if (status == NOMEN_OK) { status = nomen_tokenizer_decode(tokenizer, e.ids, e.n_pieces, true, &text, &n, err); }
    if (status == NOMEN_OK) { status = nomen_tokenizer_save(tokenizer, directory, 64, err); }
    nomen_free(words);
    nomen_free(text);
    nomen_encoding_clear(&e);
    return status;
}

static void test_failed_allocations(void **state) {
    (void)state;
    long live = nomen_mem_test_live();
    for (int lasting = 0; lasting < 2; lasting++) {
        nomen_status status = NOMEN_ERROR_MEMORY;
        for (long n = 0; status != NOMEN_OK; n++) {
            nomen_error err = {0};
            nomen_mem_test_fail(n, lasting);
            status = use_all(&err);
            nomen_mem_test_fail(-1, 0);
            assert_true(status == NOMEN_OK || (status == NOMEN_ERROR_MEMORY && err.message[0] != '\0'));
            assert_int_equal(nomen_mem_test_live(), live);
            assert_in_range(n, 0, 2000);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encode),    cmocka_unit_test(test_special_tokens),
        cmocka_unit_test(test_words),     cmocka_unit_test(test_decode),
        cmocka_unit_test(test_questions), cmocka_unit_test(test_save_refuses_a_missing_length),
        cmocka_unit_test(test_any_bytes), cmocka_unit_test(test_failed_allocations),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
