/* Many texts at once give each text's own pieces, at any number of threads. */
#include "small.h"

#include "base/rng.h"
#include "nomen/runtime.h"
#include "support/effort.h"

enum { N_TEXTS = 3000 };

static char directory[64];
static nomen_tokenizer *tokenizer;
static char *bytes;
static nomen_span *words;
static nomen_text texts[N_TEXTS];
static size_t piece_start[N_TEXTS + 1];

static int make(void **state) {
    (void)state;
    if (scratch_make(directory) == NULL) { return 1; }
    small_text(directory, "vocab.txt", SMALL_VOCAB_TXT);
    tokenizer = small_load(directory);
    bytes = nomen_mem_new(N_TEXTS, 400);
    words = nomen_mem_new(N_TEXTS, 2 * sizeof *words);
    return 0;
}

static int clean(void **state) {
    (void)state;
    nomen_mem_free(bytes);
    nomen_mem_free(words);
    nomen_tokenizer_free(tokenizer);
    scratch_remove(directory);
    return nomen_mem_test_live() != 0;
}

/* Texts of many lengths, some empty, some with words of their own, some not ASCII, one much longer than all. */
static void make_texts(uint32_t seed) {
    static const char *const parts[] = {"Hello ", "world", "unaffable ", "!", "caf\xC3\xA9 ", "\xE4\xB8\xAD", "\xFF ", "[MASK] "};
    nomen_rng rng;
    char *at = bytes;
    nomen_rng_start(&rng, seed, NOMEN_RNG_WEIGHTS, 0);
    for (size_t i = 0; i < N_TEXTS; i++) {
        size_t n_parts = nomen_rng_next(&rng) % 12;
        if (i == N_TEXTS / 3) { n_parts = 40 * (size_t)N_TEXTS; }
        texts[i] = (nomen_text){.text = at};
        while (n_parts-- > 0 && at + 16 < bytes + N_TEXTS * (size_t)(i < N_TEXTS / 3 ? 100 : 400)) {
            const char *part = parts[nomen_rng_next(&rng) % 8];
            memcpy(at, part, strlen(part));
            at += strlen(part);
        }
        size_t n = texts[i].n_bytes = (size_t)(at - texts[i].text);
        if (nomen_rng_next(&rng) % 3 > 0) { continue; }
        texts[i].words = &words[2 * i];
        texts[i].n_words = n > 4 ? 2 : 0;
        words[2 * i] = (nomen_span){0, n / 2};
        words[2 * i + 1] = (nomen_span){n / 2, n};
    }
}

static void encode_one(const nomen_text *text, nomen_encoding *out) {
    nomen_status status = text->words == NULL ? nomen_tokenizer_encode(tokenizer, text->text, text->n_bytes, out, NULL)
                                              : nomen_tokenizer_encode_words(tokenizer, text->text, text->n_bytes, text->words,
                                                                             text->n_words, out, NULL);
    assert_int_equal(status, NOMEN_OK);
}

static void check_all(const nomen_encoding *all) {
    nomen_encoding one = {0};
    assert_int_equal(piece_start[0], 0);
    assert_int_equal(piece_start[N_TEXTS], all->n_pieces);
    for (size_t i = 0; i < N_TEXTS; i++) {
        size_t first = piece_start[i], n = piece_start[i + 1] - first;
        encode_one(&texts[i], &one);
        assert_int_equal(n, one.n_pieces);
        if (n == 0) { continue; }
        assert_memory_equal(all->ids + first, one.ids, n * sizeof *one.ids);
        assert_memory_equal(all->offsets + first, one.offsets, n * sizeof *one.offsets);
        assert_memory_equal(all->word_ids + first, one.word_ids, n * sizeof *one.word_ids);
        assert_memory_equal(all->type_ids + first, one.type_ids, n * sizeof *one.type_ids);
    }
    nomen_encoding_clear(&one);
}

static void each_text_has_its_own_pieces(void **state) {
    (void)state;
    nomen_encoding all = {0};
    for (uint32_t round = 0; round < effort(3); round++) {
        make_texts(round);
        for (int threads = 1; threads <= 8; threads *= 2) {
            nomen_set_threads(threads);
            assert_int_equal(nomen_tokenizer_encode_batch(tokenizer, texts, N_TEXTS, &all, piece_start, NULL), NOMEN_OK);
            check_all(&all);
        }
    }
    assert_int_equal(nomen_tokenizer_encode_batch(tokenizer, NULL, 0, &all, piece_start, NULL), NOMEN_OK);
    assert_int_equal(all.n_pieces, 0);
    assert_int_equal(piece_start[0], 0);
    nomen_encoding_clear(&all);
}

static void the_first_error_counts(void **state) {
    (void)state;
    nomen_encoding all = {0};
    make_texts(1);
    nomen_span bad[2][2] = {{{0, 1}, {7, 5000000}}, {{0, 1}, {9, 6000000}}};
    for (int i = 0; i < 2; i++) {
        nomen_text *text = &texts[i == 0 ? N_TEXTS / 2 : N_TEXTS - 1];
        text->words = bad[i];
        text->n_words = 2;
    }
    for (int threads = 1; threads <= 4; threads++) {
        nomen_error err = {0};
        nomen_set_threads(threads);
        assert_int_equal(nomen_tokenizer_encode_batch(tokenizer, texts, N_TEXTS, &all, piece_start, &err), NOMEN_ERROR_ARGUMENT);
        assert_non_null(strstr(err.message, "7 to 5000000"));
        assert_int_equal(all.n_pieces, 0);
    }
    nomen_encoding_clear(&all);
}

static void failed_allocations_leave_nothing(void **state) {
    (void)state;
    make_texts(2);
    nomen_set_threads(3);
    for (int lasting = 0; lasting < 2; lasting++) {
        nomen_status status = NOMEN_ERROR_MEMORY;
        long live = nomen_mem_test_live();
        for (long n = 0; status != NOMEN_OK; n += n < 40 ? 1 : 97) { /* thousands of requests: non-ASCII texts make some */
            nomen_encoding all = {0};
            nomen_error err = {0};
            nomen_mem_test_fail(n, lasting);
            status = nomen_tokenizer_encode_batch(tokenizer, texts, N_TEXTS, &all, piece_start, &err);
            nomen_mem_test_fail(-1, 0);
            assert_true(status == NOMEN_OK || status == NOMEN_ERROR_MEMORY);
            if (status == NOMEN_OK) { check_all(&all); }
            nomen_encoding_clear(&all);
            assert_int_equal(nomen_mem_test_live(), live);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_text_has_its_own_pieces),
        cmocka_unit_test(the_first_error_counts),
        cmocka_unit_test(failed_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
