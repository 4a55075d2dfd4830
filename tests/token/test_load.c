/*
 * Loading damaged directories: each fault named in plain words, nothing leaked, nothing crashed. First
 * the faults one by one with what the message must say, then every truncation and thousands of
 * mutations of good files, which must either load or be refused with a message.
 */
#include "small.h"

#include "base/rng.h"

static char directory[64];

static int make(void **state) {
    (void)state;
    return scratch_make(directory) == NULL;
}

static int clean(void **state) {
    (void)state;
    scratch_remove(directory);
    return 0;
}

static void remove_all(void) {
    static const char *const names[] = {"vocab.txt",         "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
                                        "added_tokens.json", "config.json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) { small_text(directory, names[i], NULL); }
}

static void expect_error(nomen_status status, const char *part) {
    nomen_error err = {0};
    nomen_tokenizer *tokenizer = NULL;
    nomen_status found = nomen_tokenizer_load(directory, NULL, &tokenizer, &err);
    if (found != status || strstr(err.message, part) == NULL) {
        fail_msg("expected %s ... %s, found %s: %s", nomen_status_name(status), part, nomen_status_name(found), err.message);
    }
    assert_null(tokenizer);
    assert_int_equal(nomen_mem_test_live(), 0);
}

/* A directory of vocab.txt and one more file. */
static void with_file(const char *name, const char *text) {
    remove_all();
    small_text(directory, "vocab.txt", SMALL_VOCAB_TXT);
    small_text(directory, name, text);
}

static void test_vocab_txt(void **state) {
    (void)state;
    remove_all();
    expect_error(NOMEN_ERROR_IO, "contains neither tokenizer.json nor vocab.txt");
    with_file("vocab.txt", "");
    expect_error(NOMEN_ERROR_FORMAT, "vocab.txt: the vocabulary is empty");
    with_file("vocab.txt", "[PAD]\nhello\n");
    expect_error(NOMEN_ERROR_FORMAT, "lacks the unknown token \"[UNK]\"");
    with_file("vocab.txt", "[UNK]\nhello\nworld\nhello \n");
    expect_error(NOMEN_ERROR_FORMAT, "the token \"hello\" occurs twice, with the ids 1 and 3");
    with_file("vocab.txt", "[UNK]\nhel\xFFlo\n");
    expect_error(NOMEN_ERROR_FORMAT, "vocab.txt:2: not UTF-8 text");
}

static void test_configuration(void **state) {
    (void)state;
    static const struct {
        const char *file, *text, *message;
        nomen_status status;
    } cases[] = {
        {"tokenizer_config.json", "{", "tokenizer_config.json:1:1: not valid JSON", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "[]", "tokenizer_config.json: not a JSON object", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "{\"do_lower_case\": 1}", "\"do_lower_case\" is a number", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "{\"strip_accents\": \"no\"}", "\"strip_accents\" is a string", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "{\"model_max_length\": 0}", "expected a whole number of 1 or more", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "{\"model_max_length\": 1.5}", "\"model_max_length\" is 1.5", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "{\"model_max_length\": \"x\"}", "\"model_max_length\" is a string", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "{\"cls_token\": null}", "\"cls_token\" is empty", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "{\"unk_token\": \"\"}", "\"unk_token\" is empty", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "{\"unk_token\": \"<u>\"}", "lacks the unknown token \"<u>\"", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "{\"sep_token\": 7}", "\"sep_token\" is neither a token nor", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "{\"sep_token\": {}}", "\"sep_token\" has no \"content\"", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "{\"extra_special_tokens\": 7}", "is not an array", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "{\"added_tokens_decoder\": []}", "is not an object", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "{\"added_tokens_decoder\": {\"x\": \"[CLS]\"}}", "has the key \"x\"", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "{\"added_tokens_decoder\": {\"99\": {\"content\": \"<new>\"}}}",
         "states the id 99, but its id is 17", NOMEN_ERROR_FORMAT},
        {"tokenizer_config.json", "{\"tokenizer_class\": \"RobertaTokenizerFast\"}",
         "\"tokenizer_class\" is \"RobertaTokenizerFast\"; nomen supports BertTokenizer", NOMEN_ERROR_UNSUPPORTED},
        {"tokenizer_config.json", "{\"tokenizer_class\": \"PreTrainedTokenizerFast\"}", "without a tokenizer.json",
         NOMEN_ERROR_UNSUPPORTED},
        {"config.json", "{\"tokenizer_class\": \"BertJapaneseTokenizer\"}", "config.json: \"tokenizer_class\"",
         NOMEN_ERROR_UNSUPPORTED},
        {"special_tokens_map.json", "{\"mask_token\": []}", "\"mask_token\" is neither", NOMEN_ERROR_FORMAT},
        {"added_tokens.json", "{\"<new>\": -1}", "the id of \"<new>\" is not", NOMEN_ERROR_FORMAT},
        {"added_tokens.json", "{\"<new>\": 3}", "states the id 3, but its id is 17", NOMEN_ERROR_FORMAT},
        {"added_tokens.json", "{\"hello\": 30}", "states the id 30, but its id is 8", NOMEN_ERROR_FORMAT},
        {"added_tokens.json", "{\"ONE\": 17, \"one\": 18}", "are the same after normalisation", NOMEN_ERROR_FORMAT},
        {"added_tokens.json", "{\"\\u0301\": 17}", "is empty after normalisation", NOMEN_ERROR_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        with_file(cases[i].file, cases[i].text);
        expect_error(cases[i].status, cases[i].message);
    }
}

/* The good tokenizer.json with the first `old` replaced. */
static void with_change(const char *old, const char *new) {
    static char text[4096];
    const char *at = strstr(SMALL_JSON, old);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - SMALL_JSON), SMALL_JSON, new, at + strlen(old));
    remove_all();
    small_text(directory, "tokenizer.json", text);
}

static void test_tokenizer_json(void **state) {
    (void)state;
    static const struct {
        const char *old, *new, *message;
        nomen_status status;
    } cases[] = {
        {"\"WordPiece\",\"unk", "\"BPE\",\"unk", "the model is \"BPE\"", NOMEN_ERROR_UNSUPPORTED},
        {"\"BertNormalizer\"", "\"Sequence\"", "the normalizer is \"Sequence\"", NOMEN_ERROR_UNSUPPORTED},
        {"{\"type\":\"BertPreTokenizer\"}", "{\"type\":\"Metaspace\"}", "the pre_tokenizer is \"Metaspace\"",
         NOMEN_ERROR_UNSUPPORTED},
        {"{\"type\":\"BertPreTokenizer\"}", "null", "there is no pre_tokenizer", NOMEN_ERROR_UNSUPPORTED},
        {"\"TemplateProcessing\"", "\"ByteLevel\"", "the post-processor is \"ByteLevel\"", NOMEN_ERROR_UNSUPPORTED},
        {"\"WordPiece\",\"prefix", "\"Fuse\",\"prefix", "the decoder is \"Fuse\"", NOMEN_ERROR_UNSUPPORTED},
        {"{\"type\":\"BertPreTokenizer\"}", "7", "\"pre_tokenizer\" is not an object", NOMEN_ERROR_FORMAT},
        {"\"model\":{", "\"other\":{", "there is no \"model\"", NOMEN_ERROR_FORMAT},
        {"\"vocab\":{", "\"words\":{", "has no \"vocab\" object", NOMEN_ERROR_FORMAT},
        {"\"##b\":5", "\"##b\":4", "have the same id 4", NOMEN_ERROR_FORMAT},
        {"\"##b\":5", "\"##b\":6", "ids must be 0 to 5 without gaps", NOMEN_ERROR_FORMAT},
        {"\"##b\":5", "\"##b\":\"5\"", "is not a whole number", NOMEN_ERROR_FORMAT},
        {"\"##b\":5", "\"a\":5", "duplicate object key", NOMEN_ERROR_FORMAT},
        {"\"[UNK]\":1", "\"[XXX]\":1", "lacks the unknown token", NOMEN_ERROR_FORMAT},
        {"\"lowercase\":true", "\"lowercase\":\"true\"", "\"lowercase\" is a string", NOMEN_ERROR_FORMAT},
        {"\"max_input_chars_per_word\":100", "\"max_input_chars_per_word\":-1", "\"max_input_chars_per_word\"",
         NOMEN_ERROR_FORMAT},
        {"\"ids\":[2]", "\"ids\":[99]", "is not that of a token", NOMEN_ERROR_FORMAT},
        {"\"ids\":[2]", "\"ids\":7", "has no entry in \"special_tokens\"", NOMEN_ERROR_FORMAT},
        {"{\"Sequence\":{\"id\":\"A\"", "{\"Sequence\":{\"id\":\"B\"", "must contain sequence A once", NOMEN_ERROR_FORMAT},
        {"\"type_id\":0", "\"type_id\":1", "several token types", NOMEN_ERROR_UNSUPPORTED},
        {"\"type_id\":0", "\"type_id\":-1", "\"type_id\" is not", NOMEN_ERROR_FORMAT},
        {"\"id\":6,", "\"id\":7,", "states the id 7, but its id is 6", NOMEN_ERROR_FORMAT},
        {"\"id\":6,", "\"nr\":6,", "has no id of 0 or more", NOMEN_ERROR_FORMAT},
        {"\"added_tokens\":[", "\"added_tokens\":7,\"x\":[", "\"added_tokens\" is not an array", NOMEN_ERROR_FORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        with_change(cases[i].old, cases[i].new);
        expect_error(cases[i].status, cases[i].message);
    }
}

/* A damaged directory may load (a changed letter is another token) or not; either way cleanly. */
static size_t try_load(void) {
    nomen_error err = {0};
    nomen_tokenizer *tokenizer = NULL;
    nomen_encoding encoding = {0};
    nomen_status status = nomen_tokenizer_load(directory, NULL, &tokenizer, &err);
    if (status == NOMEN_OK) {
        assert_int_equal(nomen_tokenizer_encode(tokenizer, "a <NEW> ab [CLS]", 16, &encoding, &err), NOMEN_OK);
        assert_int_equal(nomen_tokenizer_add_special(tokenizer, &encoding, &err), NOMEN_OK);
        for (size_t i = 0; i < encoding.n_pieces; i++) { assert_non_null(nomen_tokenizer_get_token(tokenizer, encoding.ids[i])); }
    } else {
        assert_true(err.message[0] != '\0' && tokenizer == NULL);
    }
    nomen_encoding_clear(&encoding);
    nomen_tokenizer_free(tokenizer);
    assert_int_equal(nomen_mem_test_live(), 0);
    return status == NOMEN_OK;
}

static void test_every_truncation(void **state) {
    (void)state;
    remove_all();
    size_t n_loaded = 0;
    for (size_t n = 0; n < strlen(SMALL_JSON); n++) {
        small_write(directory, "tokenizer.json", SMALL_JSON, n);
        n_loaded += try_load();
    }
    assert_int_equal(n_loaded, 0); /* no beginning of it is whole JSON */
    remove_all();
    for (size_t n = 0; n < strlen(SMALL_VOCAB_TXT); n++) {
        small_write(directory, "vocab.txt", SMALL_VOCAB_TXT, n);
        try_load();
    }
}

static void test_mutations(void **state) {
    (void)state;
    static const char config[] = "{\"tokenizer_class\":\"BertTokenizer\",\"do_lower_case\":true,\"cls_token\":\"[CLS]\","
                                 "\"model_max_length\":512,\"added_tokens_decoder\":{\"2\":{\"content\":\"[CLS]\"}}}";
    static const struct {
        const char *name, *text;
    } files[] = {{"tokenizer.json", SMALL_JSON},
                 {"tokenizer_config.json", config},
                 {"vocab.txt", SMALL_VOCAB_TXT},
                 {"special_tokens_map.json", "{\"mask_token\":{\"content\":\"[MASK]\",\"lstrip\":true}}"},
                 {"added_tokens.json", "{\"<one>\":17,\"<two>\":18}"}};
    nomen_rng rng;
    nomen_rng_start(&rng, 5, 0, 0);
    size_t n_loaded = 0, n_cases = 0;
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
        remove_all();
        if (f > 0) { small_text(directory, "vocab.txt", SMALL_VOCAB_TXT); }
        for (size_t i = 0; i < 600; i++, n_cases++) {
            char text[4096];
            size_t n = strlen(files[f].text);
            memcpy(text, files[f].text, n);
            for (uint64_t k = 1 + nomen_rng_below(&rng, 3); k > 0; k--) {
                size_t at = (size_t)nomen_rng_below(&rng, n);
                switch (nomen_rng_below(&rng, 4)) {
                case 0: text[at] = (char)nomen_rng_below(&rng, 256); break;
                case 1: text[at] ^= (char)(1 << nomen_rng_below(&rng, 8)); break;
                case 2: text[at] = "{}[]\",:0123456789-en"[nomen_rng_below(&rng, 20)]; break;
                default: memmove(text + at, text + at + 1, --n - at); break;
                }
            }
            small_write(directory, files[f].name, text, n);
            n_loaded += try_load();
        }
    }
    assert_int_equal(n_cases, 3000);
    assert_in_range(n_loaded, 1, n_cases - 1); /* the mutations are neither all harmless nor all fatal */
}

static void test_failed_allocations(void **state) {
    (void)state;
    with_file("tokenizer.json", SMALL_JSON);
    small_text(directory, "tokenizer_config.json", "{\"tokenizer_class\":\"PreTrainedTokenizerFast\"}");
    for (int lasting = 0; lasting < 2; lasting++) {
        nomen_status status = NOMEN_ERROR_MEMORY;
        for (long n = 0; status != NOMEN_OK; n++) {
            nomen_error err = {0};
            nomen_tokenizer *tokenizer = NULL;
            nomen_mem_test_fail(n, lasting);
            status = nomen_tokenizer_load(directory, NULL, &tokenizer, &err);
            nomen_mem_test_fail(-1, 0);
            assert_true(status == NOMEN_OK || (status == NOMEN_ERROR_MEMORY && tokenizer == NULL));
            nomen_tokenizer_free(tokenizer);
            assert_int_equal(nomen_mem_test_live(), 0);
            assert_in_range(n, 0, 2000);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vocab_txt),        cmocka_unit_test(test_configuration), cmocka_unit_test(test_tokenizer_json),
        cmocka_unit_test(test_every_truncation), cmocka_unit_test(test_mutations),     cmocka_unit_test(test_failed_allocations),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
