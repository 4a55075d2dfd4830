/*
 * Tagging one text takes the same memory whatever its length, beyond the text and its answer: what the process has
 * resident at most does not grow from 2,000 words to a hundred times as many (2,000,000 with NOMEN_LONG=1), nor
 * with a line of which each byte is a piece.
 */
#include <sys/resource.h>

#include "base/buffer.h"
#include "base/mem.h"
#include "base/rng.h"
#include "nomen/tagger.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"
#include "support/tiny_model.h"

/*
 * Heaps keep what was freed: 6 MiB were seen, for the buffers of a segment of 32 KiB, which 2,000 words do not fill.
 * The pieces and logits of 200,000 words would take 20, those of a million pieces 80.
 */
enum { SLACK_KIB = 12 * 1024 };

/* Slow builds don't look at memory (a sanitizer keeps what was freed), so they take less of it. */
#ifdef NOMEN_SLOW_BUILD
enum { WORDS = 20000, MARKS = 1 << 17 };
#else
enum { WORDS = 200000, MARKS = 1 << 20 };
#endif

static char directory[64];

static int set_up(void **state) {
    (void)state;
    return scratch_make(directory) == NULL;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(directory);
    return nomen_mem_test_live() != 0;
}

static long resident(void) {
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static nomen_status count(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    (void)index, (void)err;
    *(size_t *)user += tagged->entities.n;
    return NOMEN_OK;
}

/* The words of a text, "today" mostly: a small answer. */
static void make_text(size_t n_words, nomen_buffer *text) {
    nomen_rng rng;
    nomen_rng_start(&rng, 9, 0, 0);
    nomen_buffer_reset(text);
    for (size_t i = 0; i < n_words; i++) {
        const char *word = i % 1000 == 0 ? "bill gates " : nomen_rng_below(&rng, 3) == 0 ? "the " : "today ";
        assert_int_equal(nomen_buffer_append_text(text, word, NULL), NOMEN_OK);
    }
}

/* How much more is resident at most after tagging a text than before. */
static long growth(nomen_tagger *tagger, const nomen_request *request, const nomen_buffer *text, size_t *n_entities) {
    nomen_text one = {.text = text->data, .n_bytes = text->size};
    long before = resident();
    *n_entities = 0;
    assert_int_equal(nomen_tagger_run(tagger, &one, 1, request, count, n_entities, NULL), NOMEN_OK);
    return resident() - before;
}

static void run(nomen_word_unit unit) {
    char path[192];
    nomen_model *model = NULL;
    nomen_tagger *tagger = NULL;
    const nomen_request request = {.size = sizeof request, .word_unit = unit};
    tiny_model spec = tiny_model_defaults();
    nomen_buffer text = {0};
    size_t n_words = getenv("NOMEN_LONG") != NULL ? 2000000 : WORDS, n_entities;
    spec.layers = 1;
    scratch_path(directory, unit == NOMEN_WORDS_BERT ? "bert" : "space", path);
    assert_int_equal(tiny_model_write(path, &spec, NULL), NOMEN_OK);
    assert_int_equal(nomen_model_load(path, NULL, &model, NULL), NOMEN_OK);
    assert_int_equal(nomen_tagger_create(model, NULL, &tagger, NULL), NOMEN_OK);
    make_text(2000, &text);
    growth(tagger, &request, &text, &n_entities);
    assert_int_equal(n_entities, 2);
    make_text(n_words, &text);
    long words = growth(tagger, &request, &text, &n_entities);
    assert_int_equal(n_entities, n_words / 1000);
    nomen_buffer_reset(&text);
    for (size_t i = 0; i < MARKS; i++) { assert_int_equal(nomen_buffer_append_byte(&text, '!', NULL), NOMEN_OK); }
    /* a text of a million pieces, and without white space of one word */
    long marks = growth(tagger, &request, &text, &n_entities);
#ifndef NOMEN_SLOW_BUILD
    printf("%zu words: %ld KiB more than 2000; a million pieces: %ld KiB more\n", n_words, words, marks);
    if (words > SLACK_KIB || marks > SLACK_KIB) { fail_msg("memory grows with the text"); }
#else
    (void)words, (void)marks;
#endif
    nomen_tagger_free(tagger);
    nomen_model_release(model);
    nomen_buffer_clear(&text);
}

static void test_bert_words(void **state) {
    (void)state;
    run(NOMEN_WORDS_BERT);
}

static void test_space_words(void **state) {
    (void)state;
    run(NOMEN_WORDS_WHITESPACE);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bert_words), cmocka_unit_test(test_space_words)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
