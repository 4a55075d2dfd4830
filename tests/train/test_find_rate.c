/* The search for a learning rate: its curve, what it suggests, that it leaves nothing behind. */
#include "train/run.h"

#include <math.h>

#include "e2e/failing.h"
#include "train/find_rate.h"

static nomen_train_options search_options(const flow *f) {
    nomen_train_options o = flow_options(f);
    o.output = NULL;
    return o;
}

static nomen_rate_result find_rate(const nomen_train_options *o, const nomen_find_rate_options *how) {
    nomen_rate_result result = {0};
    nomen_error err = {0};
    if (nomen_train_find_rate(o, how, NULL, NULL, &result, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return result;
}

/* 100 rates from 1e-7 to 1, each the same factor above the one before, over more epochs than one; no file is changed. */
static void test_curve(void **state) {
    flow *f = *state;
    nomen_buffer before = {0}, after = {0};
    nomen_train_options o = search_options(f);
    size_t n_entries = flow_entries(f->root);
    flow_read(f->model, "model.safetensors", &before);
    nomen_rate_result curve = find_rate(&o, NULL);
    flow_read(f->model, "model.safetensors", &after);
    assert_int_equal(flow_entries(f->root), n_entries);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    assert_true(curve.n_points > 70 && (curve.n_points == 100) != curve.rose);
    assert_true(curve.points[0].learning_rate == 1e-7 && curve.points[0].smoothed == curve.points[0].loss);
    for (size_t i = 1; i < curve.n_points; i++) {
        /* 7 decades in 99 steps; each product is rounded, which adds up to 100 * 2^-53. */
        double rate = 1e-7 * pow(10, 7.0 * (double)i / 99);
        assert_true(fabs(curve.points[i].learning_rate / rate - 1) < 1e-12);
    }
    assert_true(curve.suggestion > 1e-5 && curve.suggestion < curve.lowest && curve.lowest < 1);
    nomen_rate_result_clear(&curve);
    nomen_buffer_clear(&before);
    nomen_buffer_clear(&after);
}

/* The same bits at any number of threads, and whatever the run's own rate, epochs and schedule are. */
static void test_same_bits(void **state) {
    flow *f = *state;
    nomen_train_options o = search_options(f);
    const nomen_find_rate_options how = {.size = sizeof how, .n_steps = 20, .lowest = 1e-4, .highest = 0.1};
    nomen_set_threads(1);
    nomen_rate_result one = find_rate(&o, &how);
    nomen_set_threads(3);
    o.learning_rate = 3;
    o.epochs = 7;
    o.schedule = NOMEN_SCHEDULE_CONSTANT;
    o.warmup_steps = 3;
    o.logging_steps = 9;
    nomen_rate_result other = find_rate(&o, &how);
    nomen_set_threads(0);
    assert_int_equal(one.n_points, other.n_points);
    assert_memory_equal(one.points, other.points, one.n_points * sizeof *one.points);
    assert_true(fabs(one.points[19].learning_rate / 0.1 - 1) < 1e-12);
    nomen_rate_result_clear(&one);
    nomen_rate_result_clear(&other);
}

/* The head and the CRF learn at the rate of each point, so that no rate of the run shows in the curve. */
static void test_fixed_rates(void **state) {
    flow *f = *state;
    nomen_train_options o = search_options(f);
    const nomen_find_rate_options how = {.size = sizeof how, .n_steps = 10, .lowest = 1e-7, .highest = 1e-6};
    o.crf = true;
    o.head_learning_rate = 1e-2;
    nomen_rate_result one = find_rate(&o, &how);
    o.learning_rate = 1e-7;
    o.head_learning_rate = 0;
    o.crf_learning_rate = 1;
    nomen_rate_result other = find_rate(&o, &how);
    assert_int_equal(one.n_points, 10);
    assert_int_equal(other.n_points, 10);
    assert_memory_equal(one.points, other.points, one.n_points * sizeof *one.points);
    nomen_rate_result_clear(&one);
    nomen_rate_result_clear(&other);
}

/* Gradients that are not clipped leave the floats: the curve ends there, and is no error. */
static void test_diverges(void **state) {
    flow *f = *state;
    nomen_train_options o = search_options(f);
    const nomen_find_rate_options how = {.size = sizeof how, .n_steps = 20, .lowest = 0.1, .highest = 1000};
    o.optimizer = NOMEN_OPTIMIZER_SGD;
    o.max_grad_norm = 0;
    nomen_rate_result curve = find_rate(&o, &how);
    assert_true(curve.rose && curve.n_points > 3 && curve.n_points < 20);
    for (size_t i = 0; i < curve.n_points; i++) { assert_true(isfinite(curve.points[i].smoothed)); }
    assert_null(strstr(messages, "diverged"));
    nomen_rate_result_clear(&curve);
}

/* Fed by hand: flat, a fall that is steepest between steps 40 and 60, flat, a rise. */
static void test_suggestion(void **state) {
    (void)state;
    nomen_rate_result curve = {0};
    nomen_rate_search search;
    char *text = NULL;
    json_t *json = NULL;
    size_t n = 0;
    assert_int_equal(nomen_rate_search_start(NULL, &curve, &search, NULL), NOMEN_OK);
    bool goes_on = true;
    for (size_t i = 0; goes_on; i++) {
        goes_on = nomen_rate_search_add(&search, i < 40 ? 3.0 : i < 60 ? 3.0 - 0.1 * (double)(i - 40) : i < 80 ? 1.0 : 50.0);
    }
    nomen_rate_search_finish(&search);
    /* The mean of a falling line falls more and more steeply up to the line's end; then it goes on falling to the rise. */
    assert_true(curve.suggestion == curve.points[59].learning_rate || curve.suggestion == curve.points[60].learning_rate);
    assert_true(curve.lowest == curve.points[79].learning_rate);
    /* 1.24 after step 79: 4 times that, 4.96, is passed by the first 50, of which a tenth counts. */
    assert_true(curve.rose && curve.n_points == 81);
    assert_int_equal(nomen_rate_result_to_json(&curve, &text, &n, NULL), NOMEN_OK);
    assert_int_equal(nomen_json_parse(text, n, "result", &json, NULL), NOMEN_OK);
    assert_int_equal(json_array_size(json_object_get(json, "points")), 81);
    assert_true(json_number_value(json_object_get(json, "suggestion")) == curve.suggestion);
    assert_true(json_is_true(json_object_get(json, "rose")));
    json_decref(json);
    nomen_free(text);
    nomen_rate_result_clear(&curve);
}

/* A loss that never falls suggests nothing, in JSON null. */
static void test_no_fall(void **state) {
    (void)state;
    nomen_rate_result curve = {0};
    nomen_rate_search search;
    char *text = NULL;
    json_t *json = NULL;
    size_t n = 0;
    const nomen_find_rate_options how = {.size = sizeof how, .n_steps = 10};
    assert_int_equal(nomen_rate_search_start(&how, &curve, &search, NULL), NOMEN_OK);
    for (int i = 0; nomen_rate_search_add(&search, 1 + i);) { i++; }
    nomen_rate_search_finish(&search);
    assert_true(isnan(curve.suggestion) && isnan(curve.lowest));
    assert_int_equal(nomen_rate_result_to_text(&curve, &text, &n, NULL), NOMEN_OK);
    assert_non_null(strstr(text, "no rate made the loss fall"));
    nomen_free(text);
    assert_int_equal(nomen_rate_result_to_json(&curve, &text, &n, NULL), NOMEN_OK);
    assert_int_equal(nomen_json_parse(text, n, "result", &json, NULL), NOMEN_OK);
    assert_true(json_is_null(json_object_get(json, "suggestion")));
    json_decref(json);
    nomen_free(text);
    nomen_rate_result_clear(&curve);
}

static void expect_refusal(const nomen_train_options *o, const nomen_find_rate_options *how, const char *message) {
    nomen_rate_result result = {0};
    nomen_error err = {0};
    long live = nomen_mem_test_live();
    assert_int_equal(nomen_train_find_rate(o, how, NULL, NULL, &result, &err), NOMEN_ERROR_ARGUMENT);
    if (strstr(err.message, message) == NULL) { fail_msg("\"%s\" is not in: %s", message, err.message); }
    assert_null(result.points);
    assert_int_equal(nomen_mem_test_live(), live);
}

static void test_refusals(void **state) {
    flow *f = *state;
    nomen_train_options o = search_options(f), bad = o;
    bad.output = f->output;
    expect_refusal(&bad, NULL, "output: a search for the learning rate writes nothing; leave it out");
    bad = o;
    bad.save_steps = 5;
    expect_refusal(&bad, NULL, "save_steps: a search");
    bad = o;
    bad.resume = true;
    expect_refusal(&bad, NULL, "resume: a search");
    char path[192];
    bad = o;
    bad.report = scratch_path(f->root, "report.html", path);
    expect_refusal(&bad, NULL, "report: a search");
    bad = o;
    bad.log_csv = path;
    expect_refusal(&bad, NULL, "log_csv: a search");
    bad = o;
    bad.save_top_k = 2;
    expect_refusal(&bad, NULL, "save_top_k: a search");
    bad = o;
    bad.verify_cache = true;
    expect_refusal(&bad, NULL, "verify-cache: there is no cache");
    bad = o;
    bad.train = NULL;
    expect_refusal(&bad, NULL, "train: is required");
    bad = o;
    bad.batch_size = 0;
    expect_refusal(&bad, NULL, "batch-size");
    const nomen_find_rate_options few = {.size = sizeof few, .n_steps = 9}, high = {.size = sizeof high, .lowest = 2},
                                  none = {.size = sizeof none, .lowest = -1};
    expect_refusal(&o, &few, "n_steps: 9 steps, expected 10 to 100000");
    expect_refusal(&o, &high, "the rates go from 2 to 1; expected");
    expect_refusal(&o, &none, "the rates go from -1 to 1; expected");
}

static void count_step(void *user, const nomen_train_progress *progress) {
    size_t *n = user;
    (*n)++;
    assert_int_equal(progress->step, *n);
    assert_int_equal(progress->n_steps, 100);
}

static void test_progress_and_stop(void **state) {
    flow *f = *state;
    const nomen_train_callbacks callbacks = {.progress = count_step};
    nomen_train_options o = search_options(f);
    nomen_rate_result result = {0};
    nomen_error err = {0};
    size_t n = 0;
    long left = 1L << 40;
    nomen_set_interrupt(stop_once, &left);
    assert_int_equal(nomen_train_find_rate(&o, NULL, &callbacks, &n, &result, &err), NOMEN_OK);
    assert_int_equal(n, result.n_points);
    long n_questions = (1L << 40) - left;
    nomen_rate_result_clear(&result);
    for (int i = 0; i < 5; i++) {
        nomen_error stopped = {0};
        n = 0;
        left = n_questions * i / 5;
        assert_int_equal(nomen_train_find_rate(&o, NULL, &callbacks, &n, &result, &stopped), NOMEN_ERROR_INTERRUPTED);
        assert_null(result.points);
    }
}

static nomen_status run_search(flow *f, nomen_error *err) {
    const nomen_find_rate_options how = {.size = sizeof how, .n_steps = 10};
    nomen_train_options o = search_options(f);
    nomen_rate_result result = {0};
    char *text = NULL;
    size_t n = 0;
    nomen_status status;
    NOMEN_TRY(nomen_train_find_rate(&o, &how, NULL, NULL, &result, err));
    NOMEN_TRY(nomen_rate_result_to_text(&result, &text, &n, err));
    NOMEN_TRY(nomen_buffer_append(&found, text, n, err));
    nomen_free(text);
    text = NULL;
    NOMEN_TRY(nomen_rate_result_to_json(&result, &text, &n, err));
    NOMEN_TRY(nomen_buffer_append(&found, text, n, err));
done:
    nomen_free(text);
    nomen_rate_result_clear(&result);
    return status;
}

static void test_memory(void **state) {
    const operation searching = {"searching", run_search, NULL};
    fail_each(&searching, *state, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RUN(test_curve),
        RUN(test_same_bits),
        RUN(test_fixed_rates),
        RUN(test_diverges),
        cmocka_unit_test(test_suggestion),
        cmocka_unit_test(test_no_fall),
        RUN(test_refusals),
        RUN(test_progress_and_stop),
        RUN(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
