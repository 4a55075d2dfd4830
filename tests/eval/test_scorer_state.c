/* A scorer that goes on from its saved counts reports, to the bit, what one does that was never saved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "eval/scorer_state.h"

enum { SENTENCES = 40, MOST_WORDS = 9 };

/* With tags that are odd: an "X" has no type of its own, so what it is depends on what stood before it. */
static const char *const TAGS[] = {"O", "B-per", "I-per", "B-a\"b", "I-a\"b", "X", "S-geo", "E-geo", "B", "I-\xC3\xA9"};
enum { N_TAGS = sizeof TAGS / sizeof *TAGS };

typedef struct sentence {
    const char *gold[MOST_WORDS], *predicted[MOST_WORDS];
    size_t n;
} sentence;

static sentence sentences[SENTENCES];

static int make(void **state) {
    (void)state;
    nomen_rng rng;
    nomen_rng_start(&rng, 3, NOMEN_RNG_BOOTSTRAP, 0);
    for (size_t s = 0; s < SENTENCES; s++) {
        sentences[s].n = nomen_rng_below(&rng, MOST_WORDS + 1);
        for (size_t w = 0; w < sentences[s].n; w++) {
            sentences[s].gold[w] = TAGS[nomen_rng_below(&rng, N_TAGS)];
            sentences[s].predicted[w] = nomen_rng_below(&rng, 2) ? sentences[s].gold[w] : TAGS[nomen_rng_below(&rng, N_TAGS)];
        }
    }
    return 0;
}

static void add(nomen_scorer *scorer, size_t from, size_t to) {
    for (size_t s = from; s < to; s++) {
        assert_int_equal(nomen_scorer_add(scorer, sentences[s].gold, sentences[s].predicted, sentences[s].n, NULL), NOMEN_OK);
    }
}

static nomen_scorer *create(void) {
    nomen_scorer *scorer = NULL;
    assert_int_equal(nomen_scorer_create(NULL, &scorer, NULL), NOMEN_OK);
    return scorer;
}

static json_t *save(const nomen_scorer *scorer) {
    nomen_buffer text = {0};
    nomen_error err = {0};
    json_t *saved = NULL;
    nomen_json_out json = nomen_json_start(&text, &err);
    nomen_scorer_save(scorer, &json, NULL);
    assert_int_equal(nomen_json_end_line(&json), NOMEN_OK);
    assert_int_equal(nomen_json_parse(text.data, text.size, "state", &saved, &err), NOMEN_OK);
    nomen_buffer_clear(&text);
    return saved;
}

static void assert_same(const nomen_scorer *a, const nomen_scorer *b) {
    nomen_report x = {0}, y = {0};
    assert_int_equal(nomen_scorer_report(a, &x, NULL), NOMEN_OK);
    assert_int_equal(nomen_scorer_report(b, &y, NULL), NOMEN_OK);
    assert_int_equal(x.n_types, y.n_types);
    for (size_t i = 0; i < x.n_types; i++) {
        assert_string_equal(x.types[i], y.types[i]);
        assert_int_equal(x.per_type[i].support, y.per_type[i].support);
        assert_int_equal(x.per_type[i].predicted, y.per_type[i].predicted);
        assert_int_equal(x.per_type[i].correct, y.per_type[i].correct);
    }
    assert_memory_equal(&x.micro, &y.micro, sizeof x.micro);
    assert_memory_equal(&x.accuracy, &y.accuracy, sizeof x.accuracy);
    assert_memory_equal(&x.sentence_accuracy, &y.sentence_accuracy, sizeof x.sentence_accuracy);
    assert_int_equal(x.n_words, y.n_words);
    assert_int_equal(x.n_sentences, y.n_sentences);
    nomen_report_clear(&x);
    nomen_report_clear(&y);
}

static void test_goes_on(void **state) {
    (void)state;
    nomen_scorer *whole = create();
    add(whole, 0, SENTENCES);
    for (size_t at = 0; at <= SENTENCES; at++) {
        nomen_scorer *first = create(), *second = create();
        add(first, 0, at);
        json_t *saved = save(first);
        assert_int_equal(nomen_scorer_load(second, saved, "state", NULL), NOMEN_OK);
        assert_same(second, first);
        add(second, at, SENTENCES);
        assert_same(second, whole);
        json_decref(saved);
        nomen_scorer_free(first);
        nomen_scorer_free(second);
    }
    nomen_scorer_free(whole);
}

/* Without any of its members, or with one of another type, it is no state. */
static void test_damaged(void **state) {
    (void)state;
    nomen_scorer *scorer = create();
    add(scorer, 0, SENTENCES);
    json_t *saved = save(scorer);
    assert_true(json_object_size(saved) == 10);
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(saved, next, key, value) {
        bool number = strncmp(key, "accuracy", 8) == 0, list = strcmp(key, "types") == 0;
        for (int wrong = number || list; wrong < 2; wrong++) { /* numbers that are absent, and types, are none */
            json_t *damaged = json_deep_copy(saved);
            nomen_error err = {0};
            nomen_scorer *other = create();
            if (list) {
                json_array_append_new(json_object_get(damaged, key), json_pack("{s:i}", "gold", 1));
            } else if (wrong) {
                json_object_set_new(damaged, key, json_string("1"));
            } else {
                json_object_del(damaged, key);
            }
            assert_int_equal(nomen_scorer_load(other, damaged, "state.json", &err), NOMEN_ERROR_FORMAT);
            assert_non_null(strstr(err.message, "state.json"));
            nomen_scorer_free(other);
            json_decref(damaged);
        }
    }
    json_decref(saved);
    nomen_scorer_free(scorer);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_goes_on), cmocka_unit_test(test_damaged)};
    return cmocka_run_group_tests(tests, make, NULL);
}
