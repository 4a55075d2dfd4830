/* The figures beside the report: cases worked out by hand, and what must never change. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "eval/metrics.h"
#include "nomen/runtime.h"

static const nomen_scorer_options with_details = {.size = sizeof with_details, .details = true};

/* Adds a sentence given as words parted by spaces. */
static nomen_status add(nomen_scorer *scorer, const char *gold, const char *predicted, const nomen_sentence_facts *facts,
                        nomen_error *err) {
    static char a[1024], b[1024];
    const char *g[200], *p[200];
    size_t n = 0, m = 0;
    char *save = NULL;
    snprintf(a, sizeof a, "%s", gold);
    snprintf(b, sizeof b, "%s", predicted);
    for (char *t = strtok_r(a, " ", &save); t != NULL; t = strtok_r(NULL, " ", &save)) { g[n++] = t; }
    for (char *t = strtok_r(b, " ", &save); t != NULL; t = strtok_r(NULL, " ", &save)) { p[m++] = t; }
    assert_int_equal(n, m);
    return nomen_scorer_add_facts(scorer, g, p, n, facts, err);
}

/* One entity of each kind: right, wrong type, wrong border, both, missed, spurious. */
#define GOLD "B-per I-per O B-org O B-geo I-geo O B-per I-per O B-org O O"
#define FOUND "B-per I-per O B-geo O B-geo O O B-org O O O O B-per"

static void make(nomen_details *details, const char *gold, const char *found) {
    nomen_scorer *scorer;
    nomen_error err = {0};
    assert_int_equal(nomen_scorer_create(&with_details, &scorer, &err), NOMEN_OK);
    assert_int_equal(add(scorer, gold, found, NULL, &err), NOMEN_OK);
    assert_int_equal(nomen_scorer_details(scorer, details, &err), NOMEN_OK);
    nomen_scorer_free(scorer);
}

static void test_outcomes(void **state) {
    (void)state;
    nomen_details d = {0};
    make(&d, GOLD, FOUND);
    for (size_t i = 0; i < d.n_outcomes; i++) { assert_int_equal(d.outcomes[i], 1); }
    /* geo-geo, org-geo, org-none, per-org, per-per, none-per: once each, by name, none last. */
    assert_int_equal(d.n_confusion, 6);
    assert_string_equal(d.confusion[0].gold, "geo");
    assert_string_equal(d.confusion[1].gold, "org");
    assert_string_equal(d.confusion[1].predicted, "geo");
    assert_null(d.confusion[2].predicted);
    assert_string_equal(d.confusion[3].predicted, "org");
    assert_null(d.confusion[5].gold);
    /* Gold: per 2, org 1, geo 2, per 2, org 1 words; predicted: 2, 1, 1, 1, 1; right is the first of 2. */
    assert_int_equal(d.by_length[0].support, 2);
    assert_int_equal(d.by_length[0].predicted, 4);
    assert_int_equal(d.by_length[0].correct, 0);
    assert_int_equal(d.by_length[1].support, 3);
    assert_int_equal(d.by_length[1].predicted, 1);
    assert_int_equal(d.by_length[1].correct, 1);
    nomen_details_clear(&d);
}

/* The same sentence by nervaluate's tables of cases (see docs/METRICS.md). */
static void test_overlap(void **state) {
    (void)state;
    nomen_details d = {0};
    make(&d, GOLD, FOUND);
    const size_t expected[4][5] = {/* correct, incorrect, partial, missed, spurious */
                                   {1, 3, 0, 1, 1},
                                   {2, 2, 0, 1, 1},
                                   {2, 0, 2, 1, 1},
                                   {2, 2, 0, 1, 1}};
    for (size_t way = 0; way < d.n_overlap; way++) {
        const nomen_overlap *o = &d.overlap[way];
        const size_t got[] = {o->correct, o->incorrect, o->partial, o->missed, o->spurious};
        assert_memory_equal(got, expected[way], sizeof got);
    }
    assert_true(fabs(d.overlap[NOMEN_OVERLAP_STRICT].f1 - 0.2) < 1e-15);
    assert_true(fabs(d.overlap[NOMEN_OVERLAP_PARTIAL].precision - 0.6) < 1e-15);
    /* geo alone (the first type): one gold, one that shares a word, one that is an org in gold. */
    const nomen_overlap *geo = d.type_overlap;
    assert_int_equal(geo[NOMEN_OVERLAP_STRICT].incorrect, 1);
    assert_int_equal(geo[NOMEN_OVERLAP_STRICT].spurious, 1);
    assert_int_equal(geo[NOMEN_OVERLAP_TYPE].correct, 1);
    nomen_details_clear(&d);
}

/* A missed entity between a gold and a predicted one that go together: the longest share wins. */
static void test_pairs(void **state) {
    (void)state;
    nomen_scorer *scorer;
    nomen_match m;
    assert_int_equal(nomen_scorer_create(&with_details, &scorer, NULL), NOMEN_OK);
    assert_int_equal(add(scorer, "B-a B-b I-b I-b O B-c", "B-b I-b I-b I-b B-c B-c", NULL, NULL), NOMEN_OK);
    assert_true(nomen_scorer_match(scorer, 0, &m));
    assert_int_equal(m.outcome, NOMEN_MISSED);
    assert_string_equal(m.gold.type, "a");
    assert_null(m.predicted.type);
    assert_true(nomen_scorer_match(scorer, 1, &m));
    assert_int_equal(m.outcome, NOMEN_WRONG_BORDER);
    assert_int_equal(m.gold.begin, 1);
    assert_int_equal(m.predicted.begin, 0);
    assert_int_equal(m.predicted.end, 4);
    assert_true(nomen_scorer_match(scorer, 2, &m));
    assert_int_equal(m.outcome, NOMEN_SPURIOUS);
    assert_true(nomen_scorer_match(scorer, 3, &m));
    assert_int_equal(m.outcome, NOMEN_RIGHT);
    assert_false(nomen_scorer_match(scorer, 4, &m));
    /* Of as many words shared, the entity of the same type is taken. */
    assert_int_equal(add(scorer, "B-a B-b O", "B-b I-b O", NULL, NULL), NOMEN_OK);
    assert_true(nomen_scorer_match(scorer, 1, &m));
    assert_int_equal(m.outcome, NOMEN_WRONG_BORDER);
    assert_string_equal(m.gold.type, "b");
    nomen_scorer_free(scorer);
}

/* Strict schemes: a lone I- is no entity in IOB2, and a tag that a scheme lacks takes its figures away. */
static void test_strict(void **state) {
    (void)state;
    nomen_details d = {0};
    make(&d, "B-x I-x O I-x", "B-x I-x O I-x");
    assert_int_equal(d.report.micro.support, 2);
    assert_int_equal(d.strict[NOMEN_STRICT_IOB2].micro.support, 1);
    /* In IOB1 B- stands between neighbours alone: of B-x I-x the I- is an entity; so is the lone one. */
    assert_int_equal(d.strict[NOMEN_STRICT_IOB1].micro.support, 2);
    assert_int_equal(d.strict[NOMEN_STRICT_IOBES].micro.support, 0);
    assert_string_equal(d.refused[NOMEN_STRICT_IOE2], "B-x");
    assert_null(d.refused[NOMEN_STRICT_BILOU]);
    nomen_details_clear(&d);
    make(&d, "B-x I-x E-x S-y", "B-x I-x O S-y");
    assert_int_equal(d.strict[NOMEN_STRICT_IOBES].micro.support, 2);
    assert_int_equal(d.strict[NOMEN_STRICT_IOBES].micro.predicted, 1);
    assert_int_equal(d.strict[NOMEN_STRICT_IOBES].micro.correct, 1);
    assert_string_equal(d.refused[NOMEN_STRICT_IOB2], "E-x");
    nomen_details_clear(&d);
}

/* conlleval's lines, in its widths. */
static void test_conlleval(void **state) {
    (void)state;
    nomen_details d = {0};
    char *text;
    size_t n;
    make(&d, GOLD, FOUND);
    assert_int_equal(nomen_details_to_conlleval(&d, &text, &n, NULL), NOMEN_OK);
    assert_string_equal(text, "processed 14 tokens with 5 phrases; found: 5 phrases; correct: 1.\n"
                              "accuracy:  57.14%; precision:  20.00%; recall:  20.00%; FB1:  20.00\n"
                              "              geo: precision:   0.00%; recall:   0.00%; FB1:   0.00  2\n"
                              "              org: precision:   0.00%; recall:   0.00%; FB1:   0.00  1\n"
                              "              per: precision:  50.00%; recall:  50.00%; FB1:  50.00  2\n");
    nomen_mem_free(text);
    nomen_details_clear(&d);
}

static void test_seen(void **state) {
    (void)state;
    nomen_scorer *scorer;
    nomen_details d = {0};
    const char text[] = "Anna Lee met Paris", *tags[] = {"B-per", "I-per", "O", "B-geo"};
    const nomen_span words[] = {{0, 4}, {5, 8}, {9, 12}, {13, 18}};
    const nomen_sentence_facts facts = {.text = text, .words = words};
    assert_int_equal(nomen_scorer_create(&with_details, &scorer, NULL), NOMEN_OK);
    assert_int_equal(nomen_scorer_add_training(scorer, text, words, tags, 4, NULL), NOMEN_OK);
    /* Gold: Anna Lee (seen), Paris as a person (seen as geo). Found: Anna (new), Lee (new), Paris right. */
    assert_int_equal(add(scorer, "B-per I-per O B-per", "B-per B-per O B-per", &facts, NULL), NOMEN_OK);
    assert_int_equal(nomen_scorer_details(scorer, &d, NULL), NOMEN_OK);
    assert_true(d.has_training);
    assert_int_equal(d.by_seen[NOMEN_SEEN].support, 1);
    assert_int_equal(d.by_seen[NOMEN_SEEN].predicted, 0);
    assert_int_equal(d.by_seen[NOMEN_SEEN_OTHER_TYPE].support, 1);
    assert_int_equal(d.by_seen[NOMEN_SEEN_OTHER_TYPE].correct, 1);
    assert_int_equal(d.by_seen[NOMEN_UNSEEN].predicted, 2);
    nomen_details_clear(&d);
    nomen_scorer_free(scorer);
}

static void test_calibration(void **state) {
    (void)state;
    nomen_scorer *scorer;
    nomen_details d = {0};
    /* Bins of 1/15: 1 is in the last, 0.5 in the 8th, 0.25 in the 4th; the word without a piece in none. */
    const float confidence[] = {1.0f, 0.5f, 0.25f, NAN};
    const nomen_sentence_facts facts = {.confidence = confidence};
    assert_int_equal(nomen_scorer_create(&with_details, &scorer, NULL), NOMEN_OK);
    assert_int_equal(add(scorer, "B-x I-x O O", "B-x I-x B-x O", &facts, NULL), NOMEN_OK);
    assert_int_equal(nomen_scorer_details(scorer, &d, NULL), NOMEN_OK);
    assert_int_equal(d.word_calibration.n, 3);
    assert_int_equal(d.word_calibration.bins[14].n, 1);
    assert_int_equal(d.word_calibration.bins[7].n, 1);
    assert_int_equal(d.word_calibration.bins[3].n, 1);
    assert_true(fabs(d.word_calibration.ece - (0 + 0.5 + 0.25) / 3) < 1e-15);
    assert_int_equal(d.entity_calibration.n, 2);
    assert_true(fabs(d.entity_calibration.ece - (0.25 + 0.25) / 2) < 1e-15); /* 0.75 right, 0.25 wrong */
    nomen_details_clear(&d);
    nomen_scorer_free(scorer);
}

/* A hundred sentences of one entity, right in some: F1 is a share, whose interval and test are known. */
static void resampled(nomen_details *d, uint64_t seed, int threads, int n_right, int other_right) {
    const nomen_scorer_options options = {.size = sizeof options, .details = true, .replicates = 4000, .seed = seed};
    nomen_scorer *scorer;
    int before = nomen_get_threads();
    nomen_set_threads(threads);
    assert_int_equal(nomen_scorer_create(&options, &scorer, NULL), NOMEN_OK);
    for (int i = 0; i < 300; i++) {
        const char *other = i < other_right ? "B-x" : "B-y";
        const nomen_sentence_facts facts = {.other = &other};
        assert_int_equal(add(scorer, "B-x", i < n_right ? "B-x" : "B-y", &facts, NULL), NOMEN_OK);
    }
    assert_int_equal(nomen_scorer_details(scorer, d, NULL), NOMEN_OK);
    nomen_scorer_free(scorer);
    nomen_set_threads(before);
}

static void test_resample(void **state) {
    (void)state;
    nomen_details d = {0}, e = {0};
    resampled(&d, 1, 1, 150, 141);
    resampled(&e, 1, 3, 150, 141);
    assert_memory_equal(&d.f1_interval, &e.f1_interval, sizeof d.f1_interval); /* at any number of threads */
    assert_memory_equal(&d.comparison, &e.comparison, sizeof d.comparison);
    /* A share of 1/2 of 300: its deviation is 0.0289, so 95 % lie within 0.0566; 4,000 draws give that to 0.004 or so. */
    assert_true(fabs(d.f1_interval.low - (0.5 - 0.0566)) < 0.006 && fabs(d.f1_interval.high - (0.5 + 0.0566)) < 0.006);
    /* Nine sentences differ, all one way: each change of places is a coin, so p = 2 / 2^9 = 0.0039. */
    assert_int_equal(d.comparison.n_differ, 9);
    assert_true(fabs(d.comparison.p_value - 0.0039) < 0.003);
    assert_true(fabs(d.comparison.difference - 0.03) < 1e-15);
    assert_true(d.comparison.interval.low > 0.005 && d.comparison.interval.high < 0.06);
    nomen_details_clear(&e);
    resampled(&e, 2, 1, 150, 141);
    assert_true(d.f1_interval.low != e.f1_interval.low || d.f1_interval.high != e.f1_interval.high);
    nomen_details_clear(&e);
    resampled(&e, 1, 1, 150, 150); /* the same system: nothing differs */
    assert_true(e.comparison.p_value == 1 && e.comparison.difference == 0);
    nomen_details_clear(&d);
    nomen_details_clear(&e);
}

static void test_refusals(void **state) {
    (void)state;
    nomen_scorer *scorer;
    nomen_details d = {0};
    nomen_error err = {0};
    const char *other = "O", *none[] = {NULL};
    const nomen_sentence_facts facts = {.other = &other};
    assert_int_equal(nomen_scorer_create(NULL, &scorer, &err), NOMEN_OK);
    assert_int_equal(nomen_scorer_details(scorer, &d, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "the scorer keeps no details; create it with the option details");
    nomen_scorer_free(scorer);
    err = (nomen_error){0};
    assert_int_equal(
        nomen_scorer_create(&(nomen_scorer_options){.size = sizeof(nomen_scorer_options), .confidence = 1.5}, &scorer, &err),
        NOMEN_ERROR_ARGUMENT);
    err = (nomen_error){0};
    assert_int_equal(nomen_scorer_create(&with_details, &scorer, &err), NOMEN_OK);
    assert_int_equal(add(scorer, "O", "O", NULL, &err), NOMEN_OK);
    assert_int_equal(add(scorer, "O", "O", &facts, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(
        err.message,
        "sentence 2 comes with the other system's tags, unlike the ones before it; give them with all sentences or with none");
    err = (nomen_error){0};
    assert_int_equal(nomen_scorer_add_training(scorer, "", NULL, none, 1, &err), NOMEN_ERROR_ARGUMENT);
    assert_string_equal(err.message, "word 1 of a training sentence has no tag");
    nomen_scorer_free(scorer);
}

static nomen_status all_figures(nomen_error *err) {
    const nomen_scorer_options options = {.size = sizeof options, .details = true, .replicates = 10};
    const char text[] = "a b", *tags[] = {"B-x", "B-y"};
    const nomen_span words[] = {{0, 1}, {2, 3}};
    const float confidence[] = {0.5f, 0.75f};
    const nomen_sentence_facts facts = {.text = text, .words = words, .confidence = confidence, .other = tags};
    nomen_scorer *scorer = NULL;
    nomen_details details = {0};
    char *json = NULL, *conll = NULL;
    size_t n;
    nomen_status status;
    NOMEN_TRY(nomen_scorer_create(&options, &scorer, err));
    NOMEN_TRY(nomen_scorer_add_training(scorer, text, words, tags, 2, err));
    NOMEN_TRY(add(scorer, "B-x E-z", "B-y B-y", &facts, err));
    NOMEN_TRY(nomen_scorer_details(scorer, &details, err));
    assert_int_equal(details.report.micro.support, 2);
    NOMEN_TRY(nomen_details_to_json(&details, &json, &n, err));
    NOMEN_TRY(nomen_details_to_conlleval(&details, &conll, &n, err));
done:
    nomen_mem_free(json);
    nomen_mem_free(conll);
    nomen_details_clear(&details);
    nomen_scorer_free(scorer);
    return status;
}

/* Each allocation failing, once and lastingly: the memory status, and nothing left behind. */
static void test_allocation_failure(void **state) {
    (void)state;
    for (int lasting = 0; lasting < 2; lasting++) {
        long live = nomen_mem_test_live(), n = 0;
        for (nomen_status status = NOMEN_ERROR_MEMORY; status != NOMEN_OK; n++) {
            nomen_error err = {0};
            nomen_mem_test_fail(n, lasting);
            status = all_figures(&err);
            nomen_mem_test_fail(-1, 0);
            assert_int_equal(nomen_mem_test_live(), live);
            if (status != NOMEN_OK) { assert_int_equal(status, NOMEN_ERROR_MEMORY); }
        }
        assert_true(n > 30);
    }
}

/* A failed sentence changes no figure: it can be added again. */
static void test_add_is_all_or_nothing(void **state) {
    (void)state;
    const char *other = "B-q";
    const nomen_sentence_facts facts = {.other = &other};
    for (long n = 0; n < 40; n++) {
        nomen_scorer *scorer;
        nomen_details d = {0};
        assert_int_equal(nomen_scorer_create(&with_details, &scorer, NULL), NOMEN_OK);
        nomen_mem_test_fail(n, 0);
        nomen_status status = add(scorer, "B-x", "B-y", &facts, NULL);
        nomen_mem_test_fail(-1, 0);
        if (status != NOMEN_OK) { assert_int_equal(add(scorer, "B-x", "B-y", &facts, NULL), NOMEN_OK); }
        assert_int_equal(nomen_scorer_details(scorer, &d, NULL), NOMEN_OK);
        assert_int_equal(d.report.n_sentences, 1);
        assert_int_equal(d.outcomes[NOMEN_WRONG_TYPE], 1);
        assert_int_equal(d.conlleval.micro.support, 1);
        assert_int_equal(d.strict[NOMEN_STRICT_IOB2].micro.predicted, 1);
        nomen_details_clear(&d);
        nomen_scorer_free(scorer);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_strict),
        cmocka_unit_test(test_conlleval),
        cmocka_unit_test(test_seen),
        cmocka_unit_test(test_calibration),
        cmocka_unit_test(test_resample),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_allocation_failure),
        cmocka_unit_test(test_add_is_all_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
