/* The confident joint on numbers worked out by hand, and the places that doubtful words make. */
#include <math.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "check/confident.h"
#include "check/label_errors.h"
#include "data/read.h"
#include "data/split.h"
#include "nomen/runtime.h"
#include "support/cmocka_all.h"
#include "support/effort.h"
#include "support/scratch.h"
#include "support/tiny_model.h"

/* Thresholds: of 0 the mean of .9 .8 .1 = .6, of 1 of .7 .5 .6 .2 = .5; of 2, which no word has, none. */
static const float PROBABILITIES[] = {
    0.9F,  0.1F, 0.0F,  /* given 0: confidently 0 */
    0.8F,  0.2F, 0.0F,  /* given 0: 0 */
    0.1F,  0.6F, 0.3F,  /* given 0: 1: an error, margin (.1 - .6 + 1) / 2 = .25 */
    0.2F,  0.7F, 0.1F,  /* given 1: 1 */
    0.0F,  0.5F, 0.5F,  /* given 1: 1 */
    0.4F,  0.6F, 0.0F,  /* given 1: 1 */
    0.65F, 0.2F, 0.15F, /* given 1: 0: an error, margin (.2 - .65 + 1) / 2 = .275 */
    0.5F,  0.4F, 0.1F,  /* does not count */
};
static const int32_t GIVEN[] = {0, 0, 0, 1, 1, 1, 1, -1};
static const nomen_judged WORDS = {.probabilities = PROBABILITIES, .given = GIVEN, .n = 8, .n_labels = 3};

static void test_joint(void **state) {
    (void)state;
    nomen_confident c = {0};
    assert_int_equal(nomen_confident_find(&WORDS, &c, NULL), NOMEN_OK);
    const size_t counts[] = {3, 4, 0}, joint[] = {2, 1, 0, 1, 3, 0, 0, 0, 0};
    const int32_t labels[] = {0, 0, 1, 1, 1, 1, 0, -1};
    assert_memory_equal(c.counts, counts, sizeof counts);
    assert_memory_equal(c.joint, joint, sizeof joint);
    assert_memory_equal(c.label, labels, sizeof labels);
    assert_true(fabs(c.thresholds[0] - 0.6) < 1e-7);
    assert_true(fabs(c.thresholds[1] - 0.5) < 1e-7);
    assert_true(c.thresholds[2] == INFINITY);
    for (size_t w = 0; w < WORDS.n; w++) { assert_int_equal(nomen_confident_is_error(&c, &WORDS, w), w == 2 || w == 6); }
    assert_true(fabs(nomen_judged_margin(&WORDS, 2) - 0.25) < 1e-7);
    assert_true(fabs(nomen_judged_margin(&WORDS, 6) - 0.275) < 1e-7);
    double estimated[9];
    nomen_confident_estimate(&c, estimated);
    const double expected[] = {2, 1, 0, 1, 3, 0, 0, 0, 0}; /* rows are as many as the labels given: nothing to scale */
    for (size_t i = 0; i < 9; i++) { assert_true(fabs(estimated[i] - expected[i]) < 1e-12); }
    nomen_confident_clear(&c);
}

/* A row that is confident of a part of its words is scaled to all of them; of two confident labels the likelier counts. */
static void test_estimate(void **state) {
    (void)state;
    const float rows[] = {0.9F, 0.1F, 0.3F, 0.7F, 0.4F, 0.6F, 0.5F, 0.5F, 0.8F, 0.2F, 0.1F, 0.9F};
    const int32_t given[] = {0, 0, 0, 0, 1, 1};
    /* t_0 = .525, t_1 = .55: 0: 0; 1: 1; 2: 1; 3: none; 4: 0; 5: 1. */
    const nomen_judged words = {.probabilities = rows, .given = given, .n = 6, .n_labels = 2};
    const int32_t labels[] = {0, 1, 1, -1, 0, 1};
    nomen_confident c = {0};
    double estimated[4];
    assert_int_equal(nomen_confident_find(&words, &c, NULL), NOMEN_OK);
    assert_memory_equal(c.label, labels, sizeof labels);
    nomen_confident_estimate(&c, estimated);
    assert_true(fabs(estimated[0] - 4.0 / 3) < 1e-12);
    assert_true(fabs(estimated[1] - 8.0 / 3) < 1e-12);
    assert_true(fabs(estimated[2] - 1) < 1e-12);
    assert_true(fabs(estimated[3] - 1) < 1e-12);
    nomen_confident_clear(&c);
}

/* Nothing to judge, and labels that are all alike. */
static void test_edges(void **state) {
    (void)state;
    const float rows[] = {0.3F, 0.7F, 0.3F, 0.7F, 0.3F, 0.7F};
    const int32_t alike[] = {0, 0, 0}, none[] = {-1, -1, -1};
    nomen_judged words = {.probabilities = rows, .given = alike, .n = 3, .n_labels = 2};
    nomen_confident c = {0};
    double estimated[4];
    /* All have the mean, and reach it, whatever rounding made of it; 1 has no threshold. */
    assert_int_equal(nomen_confident_find(&words, &c, NULL), NOMEN_OK);
    assert_int_equal(c.joint[0], 3);
    assert_false(nomen_confident_is_error(&c, &words, 0));
    nomen_confident_clear(&c);
    words.given = none;
    assert_int_equal(nomen_confident_find(&words, &c, NULL), NOMEN_OK);
    nomen_confident_estimate(&c, estimated);
    for (size_t i = 0; i < 4; i++) { assert_true(estimated[i] == 0); }
    nomen_confident_clear(&c);
}

/* Every sentence has one fold, equal texts the same one; folds differ in size by a group of equal texts at most. */
static void test_folds(void **state) {
    (void)state;
    for (size_t c = 0; c < effort(200); c++) {
        nomen_rng rng;
        nomen_buffer text = {0};
        nomen_dataset set = {0};
        nomen_error err = {0};
        size_t fold[64], again[64], sizes[8] = {0}, copies[40] = {0}, most = 0;
        nomen_rng_start(&rng, 13, NOMEN_RNG_SHUFFLE, (uint32_t)c);
        size_t n_texts = 3 + nomen_rng_below(&rng, 37), n = n_texts + nomen_rng_below(&rng, 24), n_folds = 2;
        n_folds += nomen_rng_below(&rng, n_texts < 8 ? n_texts - 1 : 7);
        size_t which[64];
        for (size_t i = 0; i < n; i++) {
            which[i] = i < n_texts ? i : nomen_rng_below(&rng, n_texts);
            assert_int_equal(nomen_buffer_printf(&text, NULL, "word%zu O\n\n", which[i]), NOMEN_OK);
            if (++copies[which[i]] > most) { most = copies[which[i]]; }
        }
        assert_int_equal(nomen_dataset_parse(text.data, text.size, "x", &(nomen_data_options){0}, &set, &err), NOMEN_OK);
        assert_int_equal(nomen_split_folds(&set, n_folds, c, fold, &err), NOMEN_OK);
        assert_int_equal(nomen_split_folds(&set, n_folds, c, again, &err), NOMEN_OK);
        assert_memory_equal(fold, again, n * sizeof *fold);
        size_t least = SIZE_MAX, largest = 0;
        for (size_t i = 0; i < n; i++) {
            assert_true(fold[i] < n_folds);
            sizes[fold[i]]++;
            for (size_t j = 0; j < i; j++) { assert_true(which[i] != which[j] || fold[i] == fold[j]); }
        }
        for (size_t k = 0; k < n_folds; k++) {
            least = sizes[k] < least ? sizes[k] : least;
            largest = sizes[k] > largest ? sizes[k] : largest;
        }
        assert_true(least > 0 && largest - least <= most);
        assert_int_equal(nomen_split_folds(&set, n_texts + 1, c, fold, &err), NOMEN_ERROR_ARGUMENT);
        nomen_dataset_clear(&set);
        nomen_buffer_clear(&text);
    }
}

/* What the tiny model knows well, with one entity of another type, one left out and one too many. */
#define DATA \
    "bill B-per\ngates I-per\nmet O\nanna B-per\nin O\nlondon B-geo\n\nacme B-org\nlabs I-org\nsaid O\n\njohn B-org\n" \
    "smith I-org\nlives O\nin O\nparis B-geo\n\nunited B-org\nnations I-org\nin O\nnew O\nyork O\n\nthe O\ncity B-per\n" \
    "of O\nberlin B-geo\n"

typedef struct place {
    char root[64], model[192], data[192], review[192];
} place;

static void make(place *p) {
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    spec.layers = 1;
    assert_non_null(scratch_make(p->root));
    scratch_path(p->root, "model", p->model);
    scratch_path(p->root, "data", p->data);
    scratch_path(p->root, "review.jsonl", p->review);
    if (tiny_model_write(p->model, &spec, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    assert_int_equal(nomen_file_write(p->data, DATA, strlen(DATA), &err), NOMEN_OK);
}

/* What stands at an error's place: "per:0-2" for each entity. */
static void describe(const nomen_labelled *entities, size_t n, char out[64]) {
    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        snprintf(out + strlen(out), 64 - strlen(out), "%s:%zu-%zu ", entities[i].type, entities[i].begin, entities[i].end);
    }
}

static void test_places(void **state) {
    (void)state;
    static const struct {
        size_t line;
        const char *given, *suggested;
    } expected[] = {{12, "org:0-2 ", "per:0-1 "}, {18, "", "geo:3-5 "}, {24, "per:1-2 ", ""}};
    place p;
    make(&p);
    nomen_label_errors_options o = {.size = sizeof o, .data = p.data, .model = p.model};
    nomen_label_report *report = NULL;
    nomen_error err = {0};
    if (nomen_label_errors_find(&o, NULL, NULL, &report, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    size_t n_found = 0;
    for (size_t i = 0; i < report->n_errors; i++) {
        const nomen_label_error *e = &report->errors[i];
        char given[64], suggested[64];
        describe(e->given, e->n_given, given);
        describe(e->suggested, e->n_suggested, suggested);
        assert_true(e->margin >= 0 && e->margin < 0.5 && (i == 0 || e->margin >= report->errors[i - 1].margin));
        for (size_t k = 0; k < 3; k++) {
            n_found += e->line == expected[k].line && strcmp(given, expected[k].given) == 0 &&
                       strcmp(suggested, expected[k].suggested) == 0;
        }
    }
    assert_int_equal(n_found, 3);
    assert_int_equal(report->n_judged, report->n_words);
    assert_true(report->n_candidates >= 3 && report->n_estimated > 0);
    assert_int_equal(nomen_label_errors_review(report, p.review, NOMEN_DATA_AUTO, 0, false, &err), NOMEN_OK);
    assert_int_equal(nomen_label_errors_review(report, p.review, NOMEN_DATA_AUTO, 0, false, &err), NOMEN_ERROR_EXISTS);
    nomen_label_report_free(report);
    /* What is reviewed is what was given. */
    nomen_dataset set = {0};
    err = (nomen_error){0};
    assert_int_equal(nomen_dataset_read(p.review, &(nomen_data_options){0}, &set, &err), NOMEN_OK);
    assert_true(set.n_sentences >= 3 && set.n_sentences <= 5);
    nomen_dataset_clear(&set);
    scratch_remove(p.root);
    assert_int_equal(nomen_mem_test_live(), 0);
}

static int asked, stop_at; /* the stop_at-th question is answered with yes */

static bool stop(void *user) {
    (void)user;
    return ++asked == stop_at;
}

/* Interrupted anywhere, a cross-validation leaves nothing behind; and it gives the same twice. */
static void test_cross_validation(void **state) {
    (void)state;
    place p;
    make(&p);
    nomen_train_options train;
    nomen_train_init(&train, sizeof train);
    train.epochs = 1;
    nomen_label_errors_options o = {
        .size = sizeof o, .data = p.data, .model = p.model, .folds = 2, .train = &train, .work = p.root};
    nomen_label_report *first = NULL, *second = NULL;
    nomen_error err = {0};
    nomen_buffer a = {0}, b = {0};
    nomen_set_interrupt(stop, NULL);
    int n_stopped = 0;
    for (stop_at = 1;; stop_at++) {
        asked = 0;
        err = (nomen_error){0};
        nomen_status status = nomen_label_errors_find(&o, NULL, NULL, &first, &err);
        char pattern[128];
        snprintf(pattern, sizeof pattern, "test $(ls %s | wc -l) = 2", p.root);
        assert_int_equal(system(pattern), 0);
        if (status == NOMEN_OK) { break; }
        if (status != NOMEN_ERROR_INTERRUPTED) { fail_msg("%s", err.message); }
        n_stopped++;
    }
    assert_true(n_stopped >= 2);
    nomen_set_interrupt(NULL, NULL);
    assert_int_equal(nomen_label_errors_find(&o, NULL, NULL, &second, &err), NOMEN_OK);
    assert_int_equal(first->n_judged, first->n_words);
    assert_int_equal(nomen_label_report_json(first, 0, &a, &err), NOMEN_OK);
    assert_int_equal(nomen_label_report_json(second, 0, &b, &err), NOMEN_OK);
    assert_string_equal(a.data, b.data);
    nomen_label_report_free(first);
    nomen_label_report_free(second);
    o.folds = 6;
    assert_int_equal(nomen_label_errors_find(&o, NULL, NULL, &first, &err), NOMEN_ERROR_ARGUMENT);
    nomen_buffer_clear(&a);
    nomen_buffer_clear(&b);
    scratch_remove(p.root);
    assert_int_equal(nomen_mem_test_live(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_joint),  cmocka_unit_test(test_estimate),
                                       cmocka_unit_test(test_edges),  cmocka_unit_test(test_folds),
                                       cmocka_unit_test(test_places), cmocka_unit_test(test_cross_validation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
