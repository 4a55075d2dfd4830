/* The temperature of planted scores, thresholds against trying everything, and what is left out where. */
#include <math.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/rng.h"
#include "calibrate/sweep.h"
#include "calibrate/temperature.h"
#include "decode/thresholds.h"
#include "decode/whole.h"
#include "model_dir/model.h"
#include "nomen/calibrate.h"
#include "nomen/runtime.h"
#include "nomen/tagger.h"
#include "support/cmocka_all.h"
#include "support/effort.h"
#include "support/scratch.h"
#include "support/tiny_model.h"

static double uniform(nomen_rng *rng) {
    return (double)nomen_rng_next(rng) / 4294967296.0;
}

/* A label drawn from softmax(row / temperature). */
static int32_t draw(nomen_rng *rng, const float *row, size_t n_labels, double temperature) {
    double sum = 0, at;
    for (size_t k = 0; k < n_labels; k++) { sum += exp((double)row[k] / temperature); }
    at = uniform(rng) * sum;
    for (size_t k = 0; k + 1 < n_labels; k++) {
        at -= exp((double)row[k] / temperature);
        if (at < 0) { return (int32_t)k; }
    }
    return (int32_t)n_labels - 1;
}

/* Labels drawn from softmax(z / T) give T back: within 1 %, some five standard errors of 60,000 words. */
static void test_planted_temperature(void **state) {
    (void)state;
    enum { N = 60000, K = 7 };
    static float logits[N * K];
    static int32_t gold[N];
    static const double planted[] = {0.5, 0.9, 1, 1.7, 3};
    for (size_t t = 0; t < sizeof planted / sizeof *planted; t++) {
        nomen_rng rng;
        nomen_rng_start(&rng, 11, NOMEN_RNG_SHUFFLE, (uint32_t)t);
        for (size_t i = 0; i < N; i++) {
            for (size_t k = 0; k < K; k++) { logits[i * K + k] = 2.5F * nomen_rng_normal(&rng); }
            gold[i] = draw(&rng, logits + i * K, K, planted[t]);
        }
        const nomen_labelled_logits words = {.logits = logits, .gold = gold, .n = N, .n_labels = K};
        double found = nomen_temperature_fit(&words);
        if (fabs(found - planted[t]) > 0.01 * planted[t]) { fail_msg("planted %g, found %g", planted[t], found); }
        /* It is the least: a step to either side is worse. */
        double loss = nomen_temperature_loss(&words, found);
        assert_true(loss < nomen_temperature_loss(&words, found * 1.001));
        assert_true(loss < nomen_temperature_loss(&words, found / 1.001));
    }
}

/* Words that don't count, and words that leave nothing to find. */
static void test_temperature_edges(void **state) {
    (void)state;
    const float logits[] = {2, 0, 0, NAN, NAN, NAN, 0, 3, 0, 1, 0, 0};
    const int32_t some[] = {0, 0, 2, -1}, right[] = {0, 1, 1, 0}, none[] = {-1, 0, -1, -1}, wrong[] = {1, 1, 0, 1};
    nomen_labelled_logits words = {.logits = logits, .gold = some, .n = 4, .n_labels = 3};
    /* By hand: the two that count, at T, are log(1 + 2 e^(-2/T)) and log(2 + e^(3/T)). */
    assert_true(fabs(nomen_temperature_loss(&words, 2) - (log(1 + 2 * exp(-1)) + log(2 + exp(1.5))) / 2) < 1e-12);
    assert_true(fabs(nomen_temperature_confidence(logits, 3, 2) - 1 / (1 + 2 * exp(-1))) < 1e-12);
    words.gold = right;
    assert_true(nomen_temperature_fit(&words) == 1 / NOMEN_TEMPERATURE_MOST);
    words.gold = wrong;
    assert_true(nomen_temperature_fit(&words) == NOMEN_TEMPERATURE_MOST);
    words.gold = none;
    assert_true(nomen_temperature_fit(&words) == 1);
    assert_true(isnan(nomen_temperature_loss(&words, 1)));
    words.n = 0;
    assert_true(nomen_temperature_fit(&words) == 1);
}

static size_t count_right(const nomen_scored *entities, size_t n, float threshold, size_t *kept) {
    size_t right = 0;
    *kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (entities[i].score < threshold) { continue; }
        ++*kept;
        right += entities[i].right;
    }
    return right;
}

static double value_of(const nomen_sweep_goal *goal, size_t kept, size_t right, size_t n_gold) {
    double n = (double)kept, p = (double)right / n, z2 = 1.959963984540054 * 1.959963984540054;
    if (goal->f1) { return 2 * (double)right / (double)(kept + n_gold); }
    return goal->confident ? (p + z2 / (2 * n) - sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n)))) / (1 + z2 / n) : p;
}

/* Few different scores, so that ties are frequent. Trying each score as a threshold is the definition. */
static void test_sweep(void **state) {
    (void)state;
    enum { MOST = 60 };
    nomen_scored entities[MOST], sorted[MOST];
    size_t n_found = 0, n_cases = effort(20000);
    for (size_t c = 0; c < n_cases; c++) {
        nomen_rng rng;
        nomen_rng_start(&rng, 12, NOMEN_RNG_SHUFFLE, (uint32_t)c);
        size_t n = nomen_rng_below(&rng, MOST + 1), levels = 1 + nomen_rng_below(&rng, 40), right_total = 0;
        for (size_t i = 0; i < n; i++) {
            size_t level = nomen_rng_below(&rng, levels);
            entities[i] = (nomen_scored){.score = (float)level / (float)levels,
                                         .right = uniform(&rng) < 0.2 + 0.7 * (double)level / (double)levels};
            right_total += entities[i].right;
        }
        nomen_sweep_goal goal = {.f1 = c % 3 == 0, .confident = c % 3 == 1, .precision = 0.3 + 0.7 * uniform(&rng)};
        if (c % 7 == 0) { goal.precision = 1; }
        size_t n_gold = right_total + nomen_rng_below(&rng, 10) + 1, best_kept = 0, best_right = 0;
        bool found = false;
        double most = -1, lowest = INFINITY;
        for (size_t i = 0; i < n; i++) {
            size_t kept, right = count_right(entities, n, entities[i].score, &kept);
            double value = value_of(&goal, kept, right, n_gold);
            bool lower = (double)entities[i].score < lowest;
            bool better = goal.f1 ? value > most || (value == most && lower) : value >= goal.precision && (!found || lower);
            most = value > most ? value : most;
            if (!better) { continue; }
            found = true;
            lowest = (double)entities[i].score;
            best_kept = kept;
            best_right = right;
        }
        memcpy(sorted, entities, sizeof sorted);
        nomen_sweep_result result = nomen_sweep_thresholds(sorted, n, n_gold, &goal);
        assert_int_equal(result.found, found);
        if (n > 0) { assert_true(fabs(result.best - most) < 1e-12); }
        if (!found) { continue; }
        n_found++;
        assert_int_equal(result.kept, best_kept);
        assert_int_equal(result.right, best_right);
        assert_true(best_kept == n ? result.threshold == -INFINITY : (double)result.threshold == lowest);
    }
    assert_true(n_found > n_cases / 3);
}

static void test_wilson(void **state) {
    (void)state;
    assert_true(nomen_wilson_low(0, 0) == 0);
    assert_true(nomen_wilson_low(0, 10) == 0);
    /* Worked out by hand from the formula: 9 of 10, and all of 10, where it is n / (n + z^2). */
    assert_true(fabs(nomen_wilson_low(9, 10) - 0.5958499732047615) < 1e-12);
    assert_true(fabs(nomen_wilson_low(10, 10) - 10 / (10 + 1.959963984540054 * 1.959963984540054)) < 1e-12);
}

static char *names[] = {(char[]){"O"}, (char[]){"B-per"}, (char[]){"I-per"}, (char[]){"B-geo"}, (char[]){"I-geo"}};
static const nomen_labels LABELS = {.names = names, .n = 5};

/* Words of eval: the entity's mean decides, a NaN in it does not count. */
static void test_filter_words(void **state) {
    (void)state;
    nomen_calibrated c, none;
    nomen_error err = {0};
    const float confidence[] = {0.9F, 0.5F, 0.99F, 0.6F, NAN, 0.8F, 0.2F, 0.95F};
    const int32_t before[] = {1, 2, 0, 1, 2, 3, 3, 4};
    const int32_t after[] = {1, 2, 0, 0, 0, 3, 0, 0};
    int32_t labels[8];
    float scratch[8];
    nomen_calibrated_start(&none);
    nomen_calibrated_start(&c);
    memcpy(labels, before, sizeof labels);
    nomen_thresholds_filter(&c, &LABELS, NULL, confidence, 0, scratch, 8, labels);
    assert_memory_equal(labels, before, sizeof labels);
    const nomen_request some = {.thresholds = "per=0.65,geo=0.7"}; /* of per 0.7 stays, 0.6 goes; of geo 0.8, 0.575 */
    assert_int_equal(nomen_calibrated_choose(&none, &LABELS, &some, &c, &err), NOMEN_OK);
    nomen_thresholds_filter(&c, &LABELS, NULL, confidence, 0, scratch, 8, labels);
    assert_memory_equal(labels, after, sizeof labels);
    nomen_calibrated_clear(&c);
    assert_null(c.thresholds);
    assert_int_equal(nomen_mem_test_live(), 0);
}

/* What a call may ask of a stored calibration: other thresholds, some types only, none of some. */
static void test_choice(void **state) {
    (void)state;
    float thresholds[] = {-INFINITY, 0.5F, 0.5F, 0.25F, 0.25F};
    const nomen_calibrated stored = {
        .temperature = 2, .thresholds = thresholds, .fitted = true, .aggregation = NOMEN_AGGREGATE_MAX};
    static const struct {
        nomen_request request;
        double temperature;
        bool fitted;
        float per, geo;
    } right[] = {
        {{0}, 2, true, 0.5F, 0.25F},
        {{.no_calibration = true, .ignored_types = "geo"}, 1, false, -INFINITY, INFINITY},
        {{.thresholds = "0.75"}, 2, false, 0.75F, 0.75F},
        {{.thresholds = "per=1"}, 2, true, 1, 0.25F},
        {{.types = "per"}, 2, true, 0.5F, INFINITY},
        {{.types = "geo,per"}, 2, true, 0.5F, 0.25F},
        {{.types = "geo,per", .ignored_types = "per", .thresholds = "0"}, 2, false, INFINITY, 0},
    };
    static const nomen_request wrong[] = {
        {.types = "person"},   {.types = ""},      {.types = "per,"},     {.ignored_types = "O"}, {.ignored_types = ",geo"},
        {.thresholds = "per"}, {.thresholds = ""}, {.thresholds = "x=1"}, {.thresholds = "1.5"},  {.thresholds = "0,1"}};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        nomen_calibrated c;
        assert_int_equal(nomen_calibrated_choose(&stored, &LABELS, &right[i].request, &c, NULL), NOMEN_OK);
        assert_true(c.temperature == right[i].temperature && c.fitted == right[i].fitted);
        assert_true(c.thresholds[1] == right[i].per && c.thresholds[2] == right[i].per);
        assert_true(c.thresholds[3] == right[i].geo && c.thresholds[4] == right[i].geo);
        nomen_calibrated_clear(&c);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        nomen_calibrated c;
        nomen_error err = {0};
        assert_int_equal(nomen_calibrated_choose(&stored, &LABELS, &wrong[i], &c, &err), NOMEN_ERROR_ARGUMENT);
        assert_true(err.message[0] != '\0');
    }
    assert_int_equal(nomen_mem_test_live(), 0);
}

/* A label's rows that say it with `score`, and the rest to the others. */
static void put_row(float *row, int32_t label, float score) {
    for (size_t k = 0; k < LABELS.n; k++) { row[k] = (1 - score) / (float)(LABELS.n - 1); }
    row[label] = score;
}

/* Entities of tag: those left out take their words' labels with them, and no others. */
static void test_filter_tagged(void **state) {
    (void)state;
    enum { N = 6 };
    static const nomen_span words[N] = {{0, 4}, {5, 9}, {10, 14}, {15, 19}, {20, 24}, {25, 29}};
    const int32_t word_ids[N] = {0, 1, 2, 3, 4, 5}, labels[N] = {1, 2, 1, 3, 4, 0};
    const float scores[N] = {0.9F, 0.8F, 0.5F, 0.6F, 0.7F, 0.9F};
    float rows[N * 5];
    nomen_tagged tagged = {0};
    nomen_calibrated c, none;
    for (size_t i = 0; i < N; i++) { put_row(rows + i * 5, labels[i], scores[i]); }
    nomen_tagged_start(&tagged, "Jane Doe, Kate Lake Side sat.", 29, &LABELS, NOMEN_AGGREGATE_FIRST);
    assert_int_equal(set_words(&tagged, words, N, word_ids, rows, N, NULL), NOMEN_OK);
    const uint8_t starts[N] = {1, 1, 1, 1, 1, 1};
    assert_int_equal(aggregate_whole(NOMEN_AGGREGATE_FIRST, &LABELS, rows, words, starts, N, &tagged.entities, NULL), NOMEN_OK);
    assert_int_equal(tagged.entities.n, 3);
    nomen_calibrated_start(&none);
    nomen_calibrated_start(&c);
    nomen_tagged_filter(&tagged, &c);
    assert_int_equal(tagged.entities.n, 3);
    const nomen_request all = {.thresholds = "0.7"};
    assert_int_equal(nomen_calibrated_choose(&none, &LABELS, &all, &c, NULL), NOMEN_OK);
    nomen_tagged_filter(&tagged, &c);
    assert_int_equal(tagged.entities.n, 1);
    assert_string_equal(tagged.entities.items[0].name, "per");
    const int32_t left[N] = {1, 2, 0, 0, 0, 0};
    assert_memory_equal(tagged.word_labels, left, sizeof left);
    assert_true(tagged.probabilities[2 * 5 + 1] == 0.5F); /* what the model said stays */
    nomen_calibrated_clear(&c);
    nomen_tagged_clear(&tagged);
}

#define GOLD \
    "bill B-per\ngates I-per\nmet O\nanna B-per\nin O\nlondon B-geo\n\nacme B-org\nlabs I-org\nsaid O\n\njohn O\n" \
    "smith O\nlives O\nin O\nparis B-geo\n\nunited B-org\nnations I-org\nin O\nnew B-geo\nyork I-geo\n"

typedef struct directory {
    char root[64], model[192], gold[192], record[192];
} directory;

static void make(directory *d) {
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    assert_non_null(scratch_make(d->root));
    scratch_path(d->root, "model", d->model);
    scratch_path(d->root, "gold", d->gold);
    scratch_path(d->model, "nomen.json", d->record);
    if (tiny_model_write(d->model, &spec, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    assert_int_equal(nomen_file_write(d->gold, GOLD, strlen(GOLD), &err), NOMEN_OK);
}

static int asked, stop_at; /* the stop_at-th question is answered with yes; 0 for none */

static bool stop(void *user) {
    (void)user;
    return ++asked == stop_at;
}

/* Wherever it is interrupted, nomen.json is as it was; and what else stands there stays. */
static void test_interrupted(void **state) {
    (void)state;
    static const char before[] = "{\n  \"words\": \"bert\",\n  \"mine\": [1, 2.5, \"x\"]\n}\n";
    directory d;
    nomen_calibrate_options o;
    nomen_calibration_result result = {0};
    nomen_error err = {0};
    nomen_buffer file = {0};
    json_t *record = NULL;
    make(&d);
    assert_int_equal(nomen_file_write(d.record, before, strlen(before), &err), NOMEN_OK);
    nomen_calibrate_init(&o, sizeof o);
    o.model = d.model;
    o.data = d.gold;
    o.goal = NOMEN_GOAL_F1;
    nomen_set_interrupt(stop, NULL);
    int n_stopped = 0;
    for (stop_at = 1;; stop_at++) {
        asked = 0;
        nomen_status status = nomen_calibrate(&o, &result, &err);
        if (status == NOMEN_OK) { break; }
        n_stopped++;
        assert_int_equal(status, NOMEN_ERROR_INTERRUPTED);
        err = (nomen_error){0};
        nomen_buffer_reset(&file);
        assert_int_equal(nomen_file_read(d.record, &file, &err), NOMEN_OK);
        assert_string_equal(file.data, before);
    }
    assert_true(n_stopped > 0);
    nomen_set_interrupt(NULL, NULL);
    assert_true(result.stored);
    assert_int_equal(nomen_json_read(d.record, &record, &err), NOMEN_OK);
    assert_int_equal(json_object_size(record), 3);
    assert_string_equal(json_string_value(json_object_get(record, "words")), "bert");
    assert_int_equal(json_array_size(json_object_get(record, "mine")), 3);
    json_decref(record);
    nomen_buffer_clear(&file);
    nomen_calibration_result_clear(&result);
    scratch_remove(d.root);
    assert_int_equal(nomen_mem_test_live(), 0);
}

static nomen_status write_tagged(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    (void)index;
    nomen_buffer *out = user;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < tagged->entities.n && status == NOMEN_OK; i++) {
        status = nomen_buffer_append(out, &tagged->entities.items[i].score, sizeof(float), err);
    }
    for (size_t i = 0; i < tagged->n_words * tagged->n_labels && status == NOMEN_OK; i++) {
        status = nomen_buffer_append(out, &tagged->probabilities[i], sizeof(float), err);
    }
    return status;
}

static void tag_with(const directory *d, const char *record, nomen_buffer *out) {
    static const nomen_text text = {.text = "bill gates met anna in london", .n_bytes = 29};
    const nomen_request request = {.size = sizeof request, .probabilities = true};
    nomen_error err = {0};
    nomen_model *model = NULL;
    nomen_tagger *tagger = NULL;
    assert_int_equal(nomen_file_write(d->record, record, strlen(record), &err), NOMEN_OK);
    if (nomen_model_load(d->model, NULL, &model, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    assert_int_equal(nomen_tagger_create(model, NULL, &tagger, &err), NOMEN_OK);
    assert_int_equal(nomen_tagger_run(tagger, &text, 1, &request, write_tagged, out, &err), NOMEN_OK);
    nomen_tagger_free(tagger);
    nomen_model_release(model);
}

/* A temperature of 1 changes no bit; another changes the scores as dividing the logits does. */
static void test_temperature_in_tag(void **state) {
    (void)state;
    directory d;
    nomen_buffer plain = {0}, one = {0}, two = {0};
    make(&d);
    tag_with(&d, "{}", &plain);
    tag_with(&d, "{\"calibration\":{\"temperature\":1.0}}", &one);
    tag_with(&d, "{\"calibration\":{\"temperature\":2.0}}", &two);
    assert_int_equal(plain.size, one.size);
    assert_memory_equal(plain.data, one.data, plain.size);
    assert_int_equal(plain.size, two.size);
    size_t n = plain.size / sizeof(float), n_labels = 7, n_rows = (n - 3) / n_labels;
    const float *p = (const float *)(const void *)plain.data + 3, *q = (const float *)(const void *)two.data + 3;
    for (size_t i = 0; i < n_rows; i++, p += n_labels, q += n_labels) {
        double sum = 0;
        for (size_t k = 0; k < n_labels; k++) { sum += sqrt((double)p[k]); }
        for (size_t k = 0; k < n_labels; k++) { assert_true(fabs(sqrt((double)p[k]) / sum - (double)q[k]) < 1e-6); }
    }
    nomen_buffer_clear(&plain);
    nomen_buffer_clear(&one);
    nomen_buffer_clear(&two);
    scratch_remove(d.root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planted_temperature),
        cmocka_unit_test(test_temperature_edges),
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_wilson),
        cmocka_unit_test(test_filter_words),
        cmocka_unit_test(test_filter_tagged),
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_temperature_in_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
