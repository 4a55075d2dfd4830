/* Evaluation within epochs: what is best, what is kept, when training ends early, and what is refused. */
#include <math.h>

#include "base/json.h"
#include "data/read.h"
#include "train/evaluation.h"
#include "train/run.h"

/* The figures of a report, told apart by their values, and in which direction each is better. */
static void test_metrics(void **state) {
    flow *f = *state;
    nomen_error err = {0};
    const nomen_data_options reading = {.size = sizeof reading};
    nomen_dataset data = {0};
    nomen_metric m;
    assert_int_equal(nomen_dataset_read(f->dev, &reading, &data, &err), NOMEN_OK);
    const nomen_corpus_part dev = {.dataset = &data, .n = data.n_sentences};
    char *types[] = {(char[]){"org"}, (char[]){"per"}};
    nomen_prf per_type[] = {{.f1 = 0.1, .precision = 0.2, .recall = 0.3}, {.f1 = 0.4, .precision = 0.5, .recall = 0.6}};
    const nomen_report report = {.micro = {.f1 = 1, .precision = 2, .recall = 3},
                                 .macro = {.f1 = 4},
                                 .weighted = {.f1 = 5},
                                 .accuracy = 6,
                                 .sentence_accuracy = 7,
                                 .loss = 8,
                                 .types = types,
                                 .per_type = per_type,
                                 .n_types = 2};
    static const struct {
        const char *name;
        double value;
    } rows[] = {{"f1", 1},          {"precision", 2},         {"recall", 3},       {"macro_f1", 4},
                {"weighted_f1", 5}, {"accuracy", 6},          {"loss", 8},         {"org.f1", 0.1},
                {"per.f1", 0.4},    {"sentence_accuracy", 7}, {"per.recall", 0.6}, {"org.precision", 0.2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (nomen_metric_find(rows[i].name, &dev, &m, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
        assert_true(nomen_metric_value(&m, &report) == rows[i].value);
        bool smaller = strcmp(rows[i].name, "loss") == 0;
        assert_true(nomen_metric_is_better(&m, 1, 2) == smaller && nomen_metric_is_better(&m, 2, 1) == !smaller);
        assert_false(nomen_metric_is_better(&m, 1, 1));
        assert_false(nomen_metric_is_better(&m, NAN, 1));
        assert_false(nomen_metric_is_better(&m, NAN, NAN));
        assert_true(nomen_metric_is_better(&m, 1, NAN));
        assert_true(nomen_metric_improves(&m, 0, NAN, 9));                    /* nothing before it */
        assert_false(nomen_metric_improves(&m, smaller ? 0.5 : 1.5, 1, 0.5)); /* by no more than the threshold */
        assert_true(nomen_metric_improves(&m, smaller ? 0.25 : 1.75, 1, 0.5));
        assert_false(nomen_metric_improves(&m, smaller ? 1.75 : 0.25, 1, 0.5));
    }
    static const char *const unknown[] = {"f2", "", "F1", "geo.f1", "per.f2", "per", "per.", ".f1", "micro.f1", "er.f1"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        nomen_error said = {0};
        assert_int_equal(nomen_metric_find(unknown[i], &dev, &m, &said), NOMEN_ERROR_ARGUMENT);
        assert_non_null(strstr(said.message, "choose f1, precision, recall, accuracy, sentence_accuracy, macro_f1, weighted_f1, "
                                             "loss, or TYPE.f1, TYPE.precision, TYPE.recall of one of its types: org per"));
        assert_int_equal(said.remedy, NOMEN_REMEDY_HYPERPARAMETER);
    }
    nomen_dataset_clear(&data);
}

/* Of random values with many ties, the list is that of a stable sort, whatever its length. */
static void test_top(void **state) {
    (void)state;
    enum { N = 40 };
    const nomen_metric up = {.smaller = false}, down = {.smaller = true};
    uint32_t x = 1;
    for (int round = 0; round < 200; round++) {
        const nomen_metric *m = round % 2 == 0 ? &up : &down;
        nomen_train_top all[N], top[N];
        size_t most = (size_t)round % 9, n_top = 0, n = 0;
        for (size_t i = 0; i < N; i++) {
            x = x * 1664525u + 1013904223u;
            const nomen_train_top one = {.step = i + 1, .metric = (double)(x >> 29)};
            nomen_top_add(m, top, &n_top, most, one);
            size_t at = n++;
            while (at > 0 && (m->smaller ? one.metric < all[at - 1].metric : one.metric > all[at - 1].metric)) {
                all[at] = all[at - 1];
                at--;
            }
            all[at] = one;
            assert_int_equal(n_top, n < most ? n : most);
            for (size_t k = 0; k < n_top; k++) { assert_true(top[k].step == all[k].step && top[k].metric == all[k].metric); }
        }
    }
}

/* Eight steps an epoch, and a rate at which dev goes up and down. */
static nomen_train_options evaluating_options(const flow *f) {
    nomen_train_options o = flow_options(f);
    o.batch_size = 1;
    o.epochs = 3;
    o.learning_rate = 5e-3;
    o.eval_steps = 3;
    return o;
}

static size_t n_evaluations, last_step, last_epoch;

static void see_evaluation(void *user, const nomen_train_evaluation *e) {
    (void)user;
    assert_true(e->step > last_step && e->epoch == (double)e->step / 8);
    last_step = e->step;
    n_evaluations++;
}

static void see_epoch(void *user, const nomen_train_epoch *e) {
    (void)user;
    assert_true(e->epoch == ++last_epoch && last_step == 8 * e->epoch); /* its evaluation came before */
}

/* Evaluation changes nothing of what is trained; it is where it should be, and in the files in order of step. */
static void test_evaluations(void **state) {
    flow *f = *state;
    static const size_t steps[] = {3, 6, 8, 9, 12, 15, 16, 18, 21, 24};
    const nomen_train_callbacks callbacks = {.evaluation = see_evaluation, .epoch = see_epoch};
    nomen_train_options o = evaluating_options(f);
    nomen_error err = {0};
    nomen_train_result plain, result = {0};
    char path[192], other[192];
    o.keep_best = false;
    o.logging_steps = 100; /* an entry at the end alone */
    n_evaluations = last_step = last_epoch = 0;
    assert_int_equal(nomen_train(&o, &callbacks, NULL, &result, &err), NOMEN_OK);
    o.eval_steps = 0;
    o.output = scratch_path(f->root, "plain", other);
    plain = flow_train(&o);
    assert_true(flow_same_weights(f->output, other));
    assert_int_equal(n_evaluations, 10);
    assert_int_equal(result.n_evaluations, 10);
    assert_int_equal(plain.n_evaluations, 3);
    for (size_t i = 0; i < 10; i++) { assert_int_equal(result.evaluations[i].step, steps[i]); }
    for (size_t i = 0; i < 3; i++) {
        const nomen_train_evaluation *e = &result.evaluations[i == 0 ? 2 : i == 1 ? 6 : 9];
        assert_true(e->dev_f1 == plain.evaluations[i].dev_f1 && e->dev_loss == plain.epochs[i].dev_loss);
        assert_true(e->dev_loss == result.epochs[i].dev_loss && result.epochs[i].loss == plain.epochs[i].loss);
    }
    json_t *history = NULL;
    assert_int_equal(nomen_json_read(scratch_path(f->output, "trainer_state.json", path), &history, &err), NOMEN_OK);
    const json_t *entries = json_object_get(history, "log_history");
    assert_int_equal(json_array_size(entries), 11); /* with the last step's own, which comes before its evaluation */
    for (size_t i = 0; i < 10; i++) {
        const json_t *entry = json_array_get(entries, i < 9 ? i : 10);
        assert_int_equal(json_integer_value(json_object_get(entry, "step")), steps[i]);
        assert_true(json_is_number(json_object_get(entry, "eval_f1")));
    }
    json_decref(history);
    nomen_train_result_clear(&result);
    nomen_train_result_clear(&plain);
}

/* What is kept is the best evaluation by the metric, to the bit; its scores are those of the directory. */
static void test_best_is_kept(void **state) {
    flow *f = *state;
    static const char *const metrics[] = {"f1", "loss", "per.recall"};
    size_t n_within = 0;
    for (size_t k = 0; k < 3; k++) {
        nomen_train_options o = evaluating_options(f);
        nomen_error err = {0};
        char kept[192], name[64];
        o.best_metric = metrics[k];
        o.save_steps = 1;
        o.overwrite = true;
        nomen_train_result result = flow_train(&o);
        size_t best = 0;
        for (size_t i = 1; i < result.n_evaluations; i++) {
            double now = result.evaluations[i].metric, before = result.evaluations[best].metric;
            if (k == 1 ? now < before : now > before) { best = i; }
        }
        const nomen_train_evaluation *e = &result.evaluations[best];
        assert_int_equal(result.best_step, e->step);
        assert_int_equal(result.best_epoch, (e->step + 7) / 8);
        n_within += e->step % 8 != 0;
        snprintf(name, sizeof name, "checkpoint-%zu", e->step);
        assert_true(flow_same_weights(f->output, scratch_path(f->output, name, kept)));
        assert_true(result.dev.micro.f1 == e->dev_f1 && result.dev.loss == e->dev_loss);
        if (k == 1) { assert_true(e->metric == e->dev_loss); }
        json_t *state_json = NULL;
        assert_int_equal(nomen_json_read(scratch_path(f->output, "trainer_state.json", kept), &state_json, &err), NOMEN_OK);
        assert_int_equal(json_integer_value(json_object_get(state_json, "best_global_step")), e->step);
        json_decref(state_json);
        nomen_train_result_clear(&result);
    }
    assert_true(n_within > 0);
}

/* It ends where the definition says, with the weights of the best, as a run of all steps has them at that step. */
static void test_early_stop(void **state) {
    flow *f = *state;
    nomen_train_options o = evaluating_options(f);
    char whole_path[192], kept[192], name[64];
    size_t n_stopped = 0;
    o.save_steps = 1;
    o.output = scratch_path(f->root, "whole", whole_path);
    nomen_train_result whole = flow_train(&o);
    o.output = f->output;
    o.save_steps = 0;
    o.overwrite = true;
    for (size_t patience = 1; patience <= 4; patience++) {
        for (int t = 0; t < 2; t++) {
            size_t waiting = 0, best = 0, end = whole.n_evaluations - 1;
            o.early_stopping_patience = patience;
            o.early_stopping_threshold = t * 0.05;
            for (size_t i = 1; i < whole.n_evaluations; i++) {
                double gain = whole.evaluations[i].metric - whole.evaluations[best].metric;
                waiting = gain > 0 && gain > o.early_stopping_threshold ? 0 : waiting + 1;
                if (gain > 0) { best = i; }
                if (waiting >= patience) {
                    end = i;
                    break;
                }
            }
            messages[0] = '\0';
            nomen_train_result result = flow_train(&o);
            bool early = whole.evaluations[end].step < 24;
            n_stopped += early;
            assert_int_equal(result.steps, whole.evaluations[end].step);
            assert_int_equal(result.n_evaluations, end + 1);
            assert_int_equal(result.n_epochs, result.steps / 8);
            assert_int_equal(result.best_step, whole.evaluations[best].step);
            assert_true(result.stopped_early == early);
            assert_true((strstr(messages, "stopped early at step ") != NULL) == early);
            snprintf(name, sizeof name, "checkpoint-%zu", result.best_step);
            assert_true(flow_same_weights(f->output, scratch_path(whole_path, name, kept)));
            nomen_train_result_clear(&result);
        }
    }
    assert_true(n_stopped > 1);
    nomen_train_result_clear(&whole);
}

/* The checkpoints of the best are there, beside those that the limit leaves, and no others. */
static void test_top_is_kept(void **state) {
    flow *f = *state;
    static const struct {
        size_t k, every, limit;
    } rows[] = {{2, 0, 0}, {1, 0, 0}, {3, 5, 1}, {2, 5, 0}, {20, 0, 0}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        nomen_train_options o = evaluating_options(f);
        char path[192], name[64];
        o.save_top_k = rows[r].k;
        o.save_steps = rows[r].every;
        o.save_total_limit = rows[r].limit;
        o.overwrite = true;
        nomen_train_result result = flow_train(&o);
        assert_int_equal(result.n_top, rows[r].k < 10 ? rows[r].k : 10);
        assert_int_equal(result.top[0].step, result.best_step); /* of equal ones the earlier, for both */
        for (size_t step = 1; step <= 24; step++) {
            bool expected = nomen_top_has(&result, step);
            expected |= rows[r].every > 0 && step % rows[r].every == 0 && (rows[r].limit == 0 || step == 20);
            snprintf(name, sizeof name, "checkpoint-%zu", step);
            if (nomen_file_exists(scratch_path(f->output, name, path)) != expected) {
                fail_msg("row %zu: %s is %s", r, name, expected ? "missing" : "left");
            }
        }
        nomen_train_result_clear(&result);
    }
}

static void test_refused(void **state) {
    flow *f = *state;
    char path[192];
    nomen_train_options o = flow_options(f);
    o.dev = NULL;
    o.test = f->dev;
    nomen_train_options none = o;
    none.eval_steps = 3;
    expect_failure(f, &none, NOMEN_ERROR_ARGUMENT, "eval-steps: there is no dev part");
    none = o;
    none.best_metric = "loss";
    expect_failure(f, &none, NOMEN_ERROR_ARGUMENT, "metric-for-best-model: there is no dev part");
    none = o;
    none.early_stopping_patience = 1;
    expect_failure(f, &none, NOMEN_ERROR_ARGUMENT, "early-stopping-patience: there is no dev part");
    none = o;
    none.early_stopping_threshold = 0.1;
    expect_failure(f, &none, NOMEN_ERROR_ARGUMENT, "early-stopping-threshold: there is no dev part");
    none = o;
    none.save_top_k = 1;
    expect_failure(f, &none, NOMEN_ERROR_ARGUMENT, "save-top-k: there is no dev part");
    none.test = NULL;
    none.split[0] = 90;
    none.split[1] = 0;
    none.split[2] = 10;
    expect_failure(f, &none, NOMEN_ERROR_ARGUMENT, "save-top-k: there is no dev part");
    flow_text(f->train, "Bill B-per\n"); /* too few for the dev part that the split would have */
    none.split[0] = 80;
    none.split[1] = 20;
    none.split[2] = 0;
    expect_failure(f, &none, NOMEN_ERROR_ARGUMENT, "save-top-k: there is no dev part");

    o = flow_options(f);
    o.best_metric = "geo.f1"; /* which train has, and dev lacks */
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "\"geo.f1\" is no figure of the dev part; choose f1,");
    o = flow_options(f);
    o.early_stopping_threshold = 0.1;
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "early-stopping-threshold 0.1: changes nothing without early-stopping-patience");
    o = flow_options(f);
    o.keep_best = false;
    o.early_stopping_patience = 2;
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "load-best-model-at-end must be true");
    o.early_stopping_patience = 0;
    o.best_metric = "loss";
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "metric-for-best-model loss: nothing is chosen by it");
    o.schedule = NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU; /* looks at it */
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    o = flow_options(f);
    o.schedule = NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU;
    o.dev = NULL;
    o.folds = 2;
    o.fold = 1;
    o.output = scratch_path(f->root, "folds", path);
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "lr-scheduler-type: reduce_lr_on_plateau looks at the scores of a dev part");
}

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_metrics),      cmocka_unit_test(test_top), RUN(test_evaluations),
                                       RUN(test_best_is_kept), RUN(test_early_stop),       RUN(test_top_is_kept),
                                       RUN(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
