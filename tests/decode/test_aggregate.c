/* The strategies on cases small enough to be worked out by hand, and on hostile ones. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "decode/whole.h"

static char *names[] = {(char[]){"O"}, (char[]){"B-per"}, (char[]){"I-per"}, (char[]){"B-org"}, (char[]){"I-org"}};
static const nomen_labels LABELS = {.names = names, .n = 5};

/* "Bill Gates founded Microsoft" as Bill Gate ##s founded Micro ##soft. */
static const nomen_span OFFSETS[] = {{0, 4}, {5, 9}, {9, 10}, {11, 18}, {19, 24}, {24, 28}};
static const uint8_t STARTS[] = {1, 1, 0, 1, 1, 0};
static const float PROBABILITIES[] = {
    0.1F, 0.6F, 0.1F,  0.1F, 0.1F,  /* Bill: B-per */
    0.1F, 0.1F, 0.5F,  0.2F, 0.1F,  /* Gate: I-per */
    0.7F, 0.1F, 0.1F,  0.1F, 0.0F,  /* ##s: O */
    0.9F, 0.1F, 0.0F,  0.0F, 0.0F,  /* founded: O */
    0.0F, 0.1F, 0.0F,  0.5F, 0.4F,  /* Micro: B-org */
    0.0F, 0.0F, 0.25F, 0.0F, 0.75F, /* ##soft: I-org */
};
enum { N_PIECES = 6 };

typedef struct expected {
    const char *name;
    float score;
    size_t start, end, index;
} expected;

static void check(nomen_aggregation strategy, const expected *want, size_t n) {
    nomen_entities found = {0};
    assert_int_equal(aggregate_whole(strategy, &LABELS, PROBABILITIES, OFFSETS, STARTS, N_PIECES, &found, NULL), NOMEN_OK);
    assert_int_equal(found.n, n);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(found.items[i].name, want[i].name);
        assert_true(found.items[i].score == want[i].score);
        assert_int_equal(found.items[i].span.start, want[i].start);
        assert_int_equal(found.items[i].span.end, want[i].end);
        assert_int_equal(found.items[i].index, want[i].index);
    }
    nomen_entities_clear(&found);
}

static void test_strategies(void **state) {
    (void)state;
    check(NOMEN_AGGREGATE_NONE,
          (const expected[]){
              {"B-per", 0.6F, 0, 4, 1}, {"I-per", 0.5F, 5, 9, 2}, {"B-org", 0.5F, 19, 24, 5}, {"I-org", 0.75F, 24, 28, 6}},
          4);
    check(NOMEN_AGGREGATE_SIMPLE, (const expected[]){{"per", (0.6F + 0.5F) / 2, 0, 9, 0}, {"org", 0.625F, 19, 28, 0}}, 2);
    check(NOMEN_AGGREGATE_FIRST, (const expected[]){{"per", (0.6F + 0.5F) / 2, 0, 10, 0}, {"org", 0.5F, 19, 28, 0}}, 2);
    /* Gates: O has (0.1 + 0.7) / 2, more than I-per's 0.3. Microsoft: I-org has (0.4 + 0.75) / 2. */
    check(NOMEN_AGGREGATE_AVERAGE, (const expected[]){{"per", 0.6F, 0, 4, 0}, {"org", (0.4F + 0.75F) / 2, 19, 28, 0}}, 2);
    check(NOMEN_AGGREGATE_MAX, (const expected[]){{"per", 0.6F, 0, 4, 0}, {"org", 0.75F, 19, 28, 0}}, 2);
}

static void test_nothing(void **state) {
    (void)state;
    nomen_entities found = {0};
    nomen_labels none = {0};
    nomen_error err = {0};
    assert_int_equal(aggregate_whole(NOMEN_AGGREGATE_FIRST, &LABELS, PROBABILITIES, OFFSETS, STARTS, N_PIECES, &found, NULL),
                     NOMEN_OK);
    assert_int_equal(aggregate_whole(NOMEN_AGGREGATE_FIRST, &none, NULL, NULL, NULL, 0, &found, &err), NOMEN_OK);
    assert_int_equal(found.n, 0);
    assert_int_equal(aggregate_whole(NOMEN_AGGREGATE_FIRST, &none, PROBABILITIES, OFFSETS, STARTS, 1, &found, &err),
                     NOMEN_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "has no labels"));
    nomen_entities_clear(&found);
    nomen_entities_clear(&found);
}

static void test_nan(void **state) {
    (void)state;
    float probabilities[2 * 5];
    const nomen_span offsets[] = {{0, 1}, {1, 2}};
    for (size_t i = 0; i < 10; i++) { probabilities[i] = NAN; }
    nomen_entities found = {0};
    /* The first NaN of a row is its largest: O. */
    for (int s = NOMEN_AGGREGATE_NONE; s <= NOMEN_AGGREGATE_MAX; s++) {
        assert_int_equal(aggregate_whole((nomen_aggregation)s, &LABELS, probabilities, offsets, STARTS, 2, &found, NULL),
                         NOMEN_OK);
        assert_int_equal(found.n, 0);
    }
    /* A NaN among numbers. */
    for (size_t i = 0; i < 10; i++) { probabilities[i] = i == 3 ? NAN : 0.25F; }
    assert_int_equal(aggregate_whole(NOMEN_AGGREGATE_SIMPLE, &LABELS, probabilities, offsets, STARTS, 2, &found, NULL), NOMEN_OK);
    assert_int_equal(found.n, 1);
    assert_string_equal(found.items[0].name, "org");
    assert_true(isnan(found.items[0].score));
    nomen_entities_clear(&found);
}

static void test_word_starts(void **state) {
    (void)state;
    const int32_t ids[] = {-1, 0, 0, 1, 3, 3, -1};
    const uint8_t wanted[] = {1, 1, 0, 1, 1, 0, 1};
    uint8_t starts[7];
    nomen_word_starts(ids, 7, NOMEN_NO_WORD, starts);
    assert_memory_equal(starts, wanted, 7);

    /* u umlaut stripped to u: the same number of code points. An unknown token never continues a word. */
    const char text[] = "z\xC3\xBCrich\xE2\x82\xACxy";
    const char *tokens[] = {"zu", "##rich", "[UNK]", "xy", "x"};
    const nomen_span offsets[] = {{0, 3}, {3, 7}, {7, 10}, {10, 12}, {10, 99}};
    const uint8_t hf[] = {1, 0, 1, 1, 0};
    nomen_hf_word_starts(tokens, "[UNK]", offsets, 5, text, sizeof text - 1, starts);
    assert_memory_equal(starts, hf, 5);
}

static void test_names(void **state) {
    (void)state;
    nomen_aggregation strategy = NOMEN_AGGREGATE_NONE;
    nomen_error err = {0};
    for (int s = NOMEN_AGGREGATE_NONE; s <= NOMEN_AGGREGATE_MAX; s++) {
        assert_int_equal(nomen_aggregation_parse(nomen_aggregation_name((nomen_aggregation)s), &strategy, NULL), NOMEN_OK);
        assert_int_equal(strategy, s);
    }
    assert_int_equal(nomen_aggregation_parse("mean", &strategy, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "unknown aggregation \"mean\"; choose none, simple, first, average or max");
}

static const nomen_span WORDS[] = {{0, 4}, {5, 10}, {10, 11}, {11, 18}, {19, 28}};
static const int32_t WORD_IDS[] = {0, 1, 1, 3, 4, 4};

static void test_set_words(void **state) {
    (void)state;
    nomen_tagged tagged = {0};
    nomen_error err = {0};
    const int32_t falling[] = {0, 3, 1, 3, 4, 4}, beyond[] = {0, 1, 1, 3, 4, 5};
    nomen_tagged_start(&tagged, "Bill Gates founded Microsoft", 28, &LABELS, NOMEN_AGGREGATE_AVERAGE);
    assert_int_equal(set_words(&tagged, WORDS, 5, WORD_IDS, PROBABILITIES, N_PIECES, &err), NOMEN_OK);
    assert_int_equal(tagged.n_words, 5);
    const int32_t labels[] = {1, 0, 0, 0, 4};
    assert_memory_equal(tagged.word_labels, labels, sizeof labels);
    assert_true(tagged.probabilities[1 * 5 + 2] == (0.5F + 0.1F) / 2);
    assert_true(tagged.probabilities[4 * 5 + 4] == (0.4F + 0.75F) / 2);
    for (size_t k = 0; k < 5; k++) { assert_true(isnan(tagged.probabilities[2 * 5 + k])); }
    assert_int_equal(set_words(&tagged, WORDS, 5, falling, PROBABILITIES, N_PIECES, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "subword token 2 belongs to word 1, but words run from 3 to 5 here");
    assert_int_equal(tagged.n_words, 0);
    assert_int_equal(set_words(&tagged, WORDS, 5, beyond, PROBABILITIES, N_PIECES, NULL), NOMEN_ERROR_ARGUMENT);
    assert_int_equal(set_words(&tagged, NULL, 0, NULL, NULL, 0, NULL), NOMEN_OK);
    nomen_tagged_clear(&tagged);
}

static nomen_status tag_all(nomen_error *err) {
    nomen_tagged tagged = {0};
    nomen_status status;
    nomen_tagged_start(&tagged, "Bill Gates founded Microsoft", 28, &LABELS, NOMEN_AGGREGATE_FIRST);
    NOMEN_TRY(aggregate_whole(NOMEN_AGGREGATE_FIRST, &LABELS, PROBABILITIES, OFFSETS, STARTS, N_PIECES, &tagged.entities, err));
    NOMEN_TRY(set_words(&tagged, WORDS, 5, WORD_IDS, PROBABILITIES, N_PIECES, err));
    nomen_entities_clear(&tagged.entities);
    NOMEN_TRY(aggregate_whole(NOMEN_AGGREGATE_NONE, &LABELS, PROBABILITIES, OFFSETS, STARTS, N_PIECES, &tagged.entities, err));
done:
    nomen_tagged_clear(&tagged);
    return status;
}

static void test_allocation_failure(void **state) {
    (void)state;
    for (int lasting = 0; lasting < 2; lasting++) {
        long live = nomen_mem_test_live(), n = 0;
        nomen_status status = NOMEN_ERROR_MEMORY;
        for (; status != NOMEN_OK; n++) {
            nomen_error err = {0};
            nomen_mem_test_fail(n, lasting);
            status = tag_all(&err);
            nomen_mem_test_fail(-1, 0);
            assert_int_equal(nomen_mem_test_live(), live);
            assert_int_equal(err.status, status);
            assert_true(status == NOMEN_OK || status == NOMEN_ERROR_MEMORY);
        }
        assert_true(n > 4);
    }
}

/* A second text of the same size asks for no memory. */
static void test_reuse(void **state) {
    (void)state;
    nomen_tagged tagged = {0};
    nomen_aggregator aggregator = {0};
    nomen_tagged_words words = {0};
    for (int i = 0; i < 2; i++) {
        nomen_mem_test_fail(-1, 0);
        nomen_tagged_start(&tagged, "Bill Gates founded Microsoft", 28, &LABELS, NOMEN_AGGREGATE_FIRST);
        assert_int_equal(nomen_aggregator_start(&aggregator, NOMEN_AGGREGATE_FIRST, &LABELS, &tagged.entities, NULL), NOMEN_OK);
        assert_int_equal(nomen_aggregator_add(&aggregator, PROBABILITIES, OFFSETS, WORD_IDS, STARTS, N_PIECES, NULL), NOMEN_OK);
        assert_int_equal(nomen_aggregator_end(&aggregator, NULL), NOMEN_OK);
        assert_int_equal(nomen_tagged_words_start(&words, &tagged, WORDS, 5, false, true, NULL), NOMEN_OK);
        assert_int_equal(nomen_tagged_words_add(&words, WORD_IDS, NULL, PROBABILITIES, N_PIECES, NULL), NOMEN_OK);
        nomen_tagged_words_end(&words);
        assert_true(i == 0 || nomen_mem_test_requests() == 0);
    }
    nomen_aggregator_clear(&aggregator);
    nomen_tagged_words_clear(&words);
    nomen_tagged_clear(&tagged);
}

/* Pieces that come in bits, at every place: the same entities and words, bit for bit. */
static void test_bits(void **state) {
    (void)state;
    nomen_aggregator aggregator = {0};
    nomen_tagged_words words = {0};
    for (int s = NOMEN_AGGREGATE_NONE; s <= NOMEN_AGGREGATE_MAX; s++) {
        nomen_aggregation strategy = (nomen_aggregation)s;
        nomen_tagged once = {0}, bits = {0};
        nomen_tagged_start(&once, "Bill Gates founded Microsoft", 28, &LABELS, strategy);
        assert_int_equal(aggregate_whole(strategy, &LABELS, PROBABILITIES, OFFSETS, STARTS, N_PIECES, &once.entities, NULL),
                         NOMEN_OK);
        assert_int_equal(set_words(&once, WORDS, 5, WORD_IDS, PROBABILITIES, N_PIECES, NULL), NOMEN_OK);
        for (unsigned cuts = 0; cuts < 1u << N_PIECES; cuts++) {
            nomen_tagged_start(&bits, "Bill Gates founded Microsoft", 28, &LABELS, strategy);
            assert_int_equal(nomen_aggregator_start(&aggregator, strategy, &LABELS, &bits.entities, NULL), NOMEN_OK);
            assert_int_equal(nomen_tagged_words_start(&words, &bits, WORDS, 5, false, true, NULL), NOMEN_OK);
            for (size_t first = 0, end; first < N_PIECES; first = end) {
                for (end = first + 1; end < N_PIECES && !(cuts >> end & 1); end++) {}
                const float *rows = PROBABILITIES + first * LABELS.n;
                assert_int_equal(
                    nomen_aggregator_add(&aggregator, rows, OFFSETS + first, WORD_IDS + first, STARTS + first, end - first, NULL),
                    NOMEN_OK);
                assert_int_equal(nomen_tagged_words_add(&words, WORD_IDS + first, NULL, rows, end - first, NULL), NOMEN_OK);
            }
            assert_int_equal(nomen_aggregator_end(&aggregator, NULL), NOMEN_OK);
            nomen_tagged_words_end(&words);
            assert_int_equal(bits.entities.n, once.entities.n);
            for (size_t i = 0; i < once.entities.n; i++) {
                const nomen_entity *a = &once.entities.items[i], *b = &bits.entities.items[i];
                assert_true(a->label == b->label && a->name == b->name && a->index == b->index &&
                            a->span.start == b->span.start && a->span.end == b->span.end &&
                            memcmp(&a->score, &b->score, sizeof a->score) == 0);
            }
            assert_memory_equal(bits.word_labels, once.word_labels, 5 * sizeof *once.word_labels);
            assert_memory_equal(bits.probabilities, once.probabilities, 5 * LABELS.n * sizeof *once.probabilities);
        }
        nomen_tagged_clear(&once);
        nomen_tagged_clear(&bits);
    }
    nomen_aggregator_clear(&aggregator);
    nomen_tagged_words_clear(&words);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strategies), cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_nan),        cmocka_unit_test(test_word_starts),
        cmocka_unit_test(test_bits),       cmocka_unit_test(test_names),
        cmocka_unit_test(test_set_words),  cmocka_unit_test(test_allocation_failure),
        cmocka_unit_test(test_reuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
