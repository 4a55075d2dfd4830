/*
 * Segments: a text encoded a stretch at a time has the pieces, offsets and word ids of the text encoded at once,
 * whatever it is made of and whatever tokens were added to the vocabulary.
 */
#include "small.h"

#include "base/buffer.h"
#include "base/rng.h"
#include "support/effort.h"
#include "token/segment.h"

static char directory[64];

static int make(void **state) {
    (void)state;
    return scratch_make(directory) == NULL;
}

static int clean(void **state) {
    (void)state;
    scratch_remove(directory);
    return nomen_mem_test_live() != 0;
}

/* Added tokens of all kinds: with white space in them, at their ends, of letters, marks, ideographs, one in another. */
static const char *const contents[] = {"<New>", "new york", " lead", "trail ",   "a",  "ab",  "\xE4\xB8\xAD",
                                       "!!",    "[X]",      "x y z", "\xC3\xA9", "  ", "b a", "\xE4\xB8\xAD\xE5\x9B\xBD",
                                       "#"};
enum { N_CONTENTS = sizeof contents / sizeof *contents };

static const char *flag(nomen_rng *rng) {
    return nomen_rng_below(rng, 2) == 0 ? "true" : "false";
}

/* A tokenizer with some of them, each with flags by chance, and settings by chance. */
static nomen_tokenizer *make_tokenizer(nomen_rng *rng) {
    nomen_buffer json = {0};
    nomen_error err = {0};
    nomen_tokenizer *tokenizer = NULL;
    bool plain = nomen_rng_below(rng, 4) == 0, raw = nomen_rng_below(rng, 3) == 0;
    assert_int_equal(nomen_buffer_append_text(&json,
                                              "{\"version\":\"1.0\",\"added_tokens\":["
                                              "{\"id\":2,\"content\":\"[CLS]\",\"single_word\":false,\"lstrip\":false,\"rstrip\":"
                                              "false,\"normalized\":false,\"special\":true}",
                                              NULL),
                     NOMEN_OK);
    static const struct {
        const char *content;
        int id;
    } known[] = {{"a", 4}, {"\xE4\xB8\xAD", 9}, {"#", 16}, {"\xC3\xA9", 17}};
    int next = 18;
    for (size_t i = 0; !plain && i < N_CONTENTS; i++) {
        if (nomen_rng_below(rng, 3) != 0) { continue; }
        bool normalized = !raw && nomen_rng_below(rng, 2) == 0;
        int id = -1; /* a token of the vocabulary keeps its id */
        for (size_t k = 0; k < 4; k++) {
            if (strcmp(contents[i], known[k].content) == 0) { id = known[k].id; }
        }
        if (id < 0) { id = next++; }
        assert_int_equal(nomen_buffer_printf(&json, NULL,
                                             ",{\"id\":%d,\"content\":\"%s\",\"single_word\":%s,\"lstrip\":%s,\"rstrip\":%s,"
                                             "\"normalized\":%s,\"special\":false}",
                                             id, contents[i], flag(rng), flag(rng), flag(rng), normalized ? "true" : "false"),
                         NOMEN_OK);
    }
    assert_int_equal(
        nomen_buffer_printf(
            &json, NULL,
            "],\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":%s,\"handle_chinese_chars\":%s,"
            "\"strip_accents\":%s,\"lowercase\":%s},\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},\"post_processor\":null,"
            "\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true},"
            "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\",\"max_input_chars_"
            "per_word\":12,"
            "\"vocab\":{\"[PAD]\":0,\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"a\":4,\"##b\":5,\"b\":6,\"##a\":7,\"!\":8,"
            "\"\xE4\xB8\xAD\":9,\"e\":10,\"new\":11,"
            "\"york\":12,\"x\":13,\"y\":14,\"##x\":15,\"#\":16,\"\xC3\xA9\":17}}}",
            flag(rng), flag(rng), flag(rng), flag(rng)),
        NOMEN_OK);
    small_text(directory, "tokenizer.json", json.data);
    small_text(directory, "tokenizer_config.json", "{\"tokenizer_class\":\"PreTrainedTokenizerFast\"}");
    nomen_buffer_clear(&json);
    if (nomen_tokenizer_load(directory, NULL, &tokenizer, &err) == NOMEN_OK) { return tokenizer; }
    /* Two added tokens can be the same once normalised, or empty, which loading refuses. */
    if (err.status != NOMEN_ERROR_FORMAT || strstr(err.message, "after normalisation") == NULL) { fail_msg("%s", err.message); }
    return NULL;
}

/* Accents, marks in and out of order, white space and punctuation of all kinds, ideographs, controls, broken bytes. */
static const char *const parts[] = {" ",
                                    " ",
                                    " ",
                                    "  ",
                                    "\n",
                                    "\t",
                                    "\r\n",
                                    "\xC2\xA0",
                                    "\xE2\x80\x83",
                                    "\xE3\x80\x80",
                                    "a",
                                    "b",
                                    "ab",
                                    "ba",
                                    "new",
                                    "york",
                                    "New York",
                                    "lead",
                                    "trail",
                                    "x y z",
                                    "!",
                                    "!!",
                                    ".",
                                    "#",
                                    "_",
                                    "\xE4\xB8\xAD",
                                    "\xE5\x9B\xBD",
                                    "\xEF\xA4\x80",
                                    "\xC3\xA9",
                                    "e",
                                    "\xCC\x81",
                                    "\xCC\xA3",
                                    "\xCD\x84",
                                    "\xE0\xBD\xB3",
                                    "\xEA\xB0\x81",
                                    "\xCD\xBE",
                                    "\xCE\x87",
                                    "\xE2\x80\x94",
                                    "\xC4\xB0",
                                    "\xF0\x9F\x98\x80",
                                    "\xF0\x9D\x85\xA5",
                                    "\xE2\x80\x8F",
                                    "\xD7\x90",
                                    "",
                                    "\x01",
                                    "\x7F",
                                    "\xEF\xBF\xBD",
                                    "\xFF",
                                    "\xC3",
                                    "\xE4\xB8",
                                    "\xF0\x9F",
                                    "\xE2\x80\x8D",
                                    "\xEF\xBB\xBF",
                                    "[CLS]",
                                    "[X]",
                                    "<New>",
                                    "<new>",
                                    "abababababababab"};
enum { N_PARTS = sizeof parts / sizeof *parts };

static void make_text(nomen_rng *rng, nomen_buffer *text) {
    size_t n = (size_t)nomen_rng_below(rng, 120), few = nomen_rng_below(rng, 3) == 0 ? 6 : N_PARTS,
           first = (size_t)nomen_rng_below(rng, N_PARTS);
    nomen_buffer_reset(text);
    for (size_t i = 0; i < n; i++) {
        const char *part = parts[(first + (size_t)nomen_rng_below(rng, few)) % N_PARTS];
        if (*part != '\0') {
            assert_int_equal(nomen_buffer_append_text(text, part, NULL), NOMEN_OK);
        } else {
            assert_int_equal(nomen_buffer_append_byte(text, '\0', NULL), NOMEN_OK); /* data like any other */
        }
    }
}

/* Encodes by segments of about `wanted` bytes, and compares piece by piece; the number of segments. */
static size_t compare(const nomen_tokenizer *tokenizer, const char *text, size_t n_bytes, size_t wanted, size_t *longest) {
    static nomen_encoding whole, part;
    nomen_segmenter work = {0};
    nomen_error err = {0};
    size_t at = 0, n = 0, n_segments = 0;
    int32_t word = 0;
    assert_int_equal(nomen_tokenizer_encode(tokenizer, text, n_bytes, &whole, &err), NOMEN_OK);
    *longest = 0;
    while (at < n_bytes) {
        size_t cut = 0;
        assert_int_equal(nomen_segment_cut(tokenizer, text, n_bytes, at, wanted, &work, &cut, &err), NOMEN_OK);
        assert_true(cut > at && cut <= n_bytes);
        assert_int_equal(nomen_tokenizer_encode(tokenizer, text + at, cut - at, &part, &err), NOMEN_OK);
        for (size_t i = 0; i < part.n_pieces; i++, n++) {
            if (n >= whole.n_pieces || part.ids[i] != whole.ids[n] || part.offsets[i].start + at != whole.offsets[n].start ||
                part.offsets[i].end + at != whole.offsets[n].end || part.word_ids[i] + word != whole.word_ids[n]) {
                fail_msg("piece %zu differs, in the segment from %zu to %zu of %zu", n, at, cut, n_bytes);
            }
        }
        if (part.n_pieces > 0) { word += part.word_ids[part.n_pieces - 1] + 1; }
        if (cut - at > *longest) { *longest = cut - at; }
        at = cut;
        n_segments++;
    }
    assert_int_equal(n, whole.n_pieces);
    nomen_segmenter_clear(&work);
    nomen_encoding_clear(&whole);
    nomen_encoding_clear(&part);
    return n_segments;
}

static void test_random_texts(void **state) {
    (void)state;
    nomen_buffer text = {0};
    nomen_rng rng;
    size_t n_segments = 0, longest, n_texts = 0;
    nomen_rng_start(&rng, 23, 0, 0);
    for (size_t i = 0; i < effort(500); i++) {
        nomen_tokenizer *tokenizer = make_tokenizer(&rng);
        for (int k = 0; tokenizer != NULL && k < 100; k++, n_texts++) {
            make_text(&rng, &text);
            n_segments += compare(tokenizer, text.data != NULL ? text.data : "", text.size, 1 + (size_t)nomen_rng_below(&rng, 60),
                                  &longest);
        }
        nomen_tokenizer_free(tokenizer);
    }
    nomen_buffer_clear(&text);
    assert_true(n_segments > 3 * n_texts); /* most texts were cut, and often */
}

/* Long texts of one kind are cut near where it is wanted. */
static void test_long_texts(void **state) {
    (void)state;
    enum { SIZE = 1 << 20, WANTED = 4096 };
    static const char *const kinds[] = {"a ", "!", "\xE4\xB8\xAD", "word, ", "[CLS] ", "\xC3\xA9 ", "ab\r\n"};
    small_write(directory, "tokenizer.json", NULL, 0);
    small_write(directory, "tokenizer_config.json", NULL, 0);
    small_text(directory, "vocab.txt", SMALL_VOCAB_TXT);
    nomen_tokenizer *tokenizer = small_load(directory);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        nomen_buffer text = {0};
        size_t longest;
        while (text.size < SIZE) { assert_int_equal(nomen_buffer_append_text(&text, kinds[k], NULL), NOMEN_OK); }
        assert_true(compare(tokenizer, text.data, text.size, WANTED, &longest) >= SIZE / WANTED);
        if (longest > WANTED) { fail_msg("a segment of %zu bytes of \"%s\"", longest, kinds[k]); }
        nomen_buffer_clear(&text);
    }
    nomen_tokenizer_free(tokenizer);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_texts), cmocka_unit_test(test_long_texts)};
    return cmocka_run_group_tests(tests, make, clean);
}
