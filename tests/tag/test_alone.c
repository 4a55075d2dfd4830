/* A text's scores have the same bits alone and among any others, in any order: random texts, all formats exact. */
#include "base/rng.h"
#include "e2e/flow.h"
#include "nomen/tagger.h"
#include "tag/writers.h"

enum { N_TEXTS = 60, N_ROUNDS = 12 };

/* Each text's result: every probability in its shortest exact form. */
typedef struct results {
    nomen_buffer of[N_TEXTS];
    const size_t *order; /* texts[i] is text order[i] */
} results;

static nomen_status take(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    results *r = user;
    return nomen_tagged_write(tagged, NOMEN_TAG_JSONL,
                              &(nomen_tag_write_options){.size = sizeof(nomen_tag_write_options), .all_scores = true},
                              &r->of[r->order[index]], err);
}

/* Texts of 0 to 39 words; a few repeat one word without spaces, so that a word alone is longer than a window. */
static void make_texts(nomen_buffer texts[N_TEXTS]) {
    nomen_rng rng;
    nomen_rng_start(&rng, 5, NOMEN_RNG_SHUFFLE, 1);
    for (size_t t = 0; t < N_TEXTS; t++) {
        size_t order[80];
        nomen_rng_permutation(&rng, 80, order);
        size_t n_words = order[0] % 40;
        assert_int_equal(nomen_buffer_append_text(&texts[t], "", NULL), NOMEN_OK);
        for (size_t w = 0; w < n_words; w++) {
            const char *word = tiny_model_word(order[w + 1]);
            if (word == NULL) { word = "xyz"; }
            assert_int_equal(nomen_buffer_append_text(&texts[t], word, NULL), NOMEN_OK);
            if (t % 9 != 8) { assert_int_equal(nomen_buffer_append_byte(&texts[t], ' ', NULL), NOMEN_OK); }
        }
    }
}

static void run(nomen_tagger *tagger, const nomen_buffer *texts, const size_t *order, size_t n, results *out) {
    nomen_text list[N_TEXTS];
    nomen_error err = {0};
    const nomen_request request = {.size = sizeof request, .probabilities = true};
    for (size_t i = 0; i < n; i++) {
        const nomen_buffer *text = &texts[order[i]];
        list[i] = (nomen_text){.text = text->data, .n_bytes = text->size};
    }
    out->order = order;
    if (nomen_tagger_run(tagger, list, n, &request, take, out, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
}

static void test_company(size_t max_length, bool int8) {
    flow f;
    tiny_model spec = tiny_model_defaults();
    nomen_model_options options = {.size = sizeof options, .max_length = max_length, .int8 = int8};
    nomen_model *model = NULL;
    nomen_tagger *tagger = NULL;
    nomen_buffer texts[N_TEXTS] = {0};
    results alone = {0};
    flow_make(&f, &spec);
    make_texts(texts);
    assert_int_equal(nomen_model_load(f.model, &options, &model, NULL), NOMEN_OK);
    assert_int_equal(nomen_tagger_create(model, NULL, &tagger, NULL), NOMEN_OK);
    for (size_t t = 0; t < N_TEXTS; t++) { run(tagger, texts, &t, 1, &alone); }
    nomen_rng rng;
    nomen_rng_start(&rng, 6, NOMEN_RNG_SHUFFLE, 1);
    for (size_t round = 0; round < N_ROUNDS; round++) {
        size_t order[N_TEXTS], n = round % 3 == 0 ? N_TEXTS : 2 + round;
        results among = {0};
        for (size_t i = 0; i < N_TEXTS; i++) { order[i] = i; }
        if (round > 0) { nomen_rng_permutation(&rng, N_TEXTS, order); }
        nomen_set_threads(1 + (int)(round % 4));
        run(tagger, texts, order, n, &among);
        for (size_t i = 0; i < n; i++) {
            size_t t = order[i];
            if (among.of[t].size != alone.of[t].size || memcmp(among.of[t].data, alone.of[t].data, alone.of[t].size) != 0) {
                fail_msg("round %zu, text %zu:\n%s alone:\n%s", round, t, among.of[t].data, alone.of[t].data);
            }
        }
        for (size_t t = 0; t < N_TEXTS; t++) { nomen_buffer_clear(&among.of[t]); }
    }
    for (size_t t = 0; t < N_TEXTS; t++) {
        nomen_buffer_clear(&alone.of[t]);
        nomen_buffer_clear(&texts[t]);
    }
    nomen_tagger_free(tagger);
    nomen_model_release(model);
    flow_remove(&f);
}

static void test_whole(void **state) {
    (void)state;
    test_company(0, false);
}

static void test_in_windows(void **state) {
    (void)state;
    test_company(9, false);
}

static void test_int8(void **state) {
    (void)state;
    test_company(0, true);
    test_company(9, true);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whole), cmocka_unit_test(test_in_windows),
                                       cmocka_unit_test(test_int8)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
