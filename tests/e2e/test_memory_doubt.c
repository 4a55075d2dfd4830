/* Every allocation of calibrating, and of finding label errors, failing: see failing.h. */
#include "check/label_errors.h"
#include "e2e/failing.h"
#include "nomen/calibrate.h"

/* nomen.json is there where the run succeeded, and else not. */
static nomen_status run_calibrate(flow *f, nomen_error *err) {
    static const nomen_wanted_precision wanted[] = {{"per", 0.9}, {"geo", 1}};
    nomen_calibrate_options o;
    nomen_calibration_result result = {0};
    nomen_calibrate_init(&o, sizeof o);
    o.model = f->model;
    o.data = f->train;
    o.max_length = 8;
    o.goal = NOMEN_GOAL_PRECISION;
    o.precision = 0.5;
    o.wanted = wanted;
    o.n_wanted = 2;
    nomen_status status = nomen_calibrate(&o, &result, err);
    nomen_calibration_result_clear(&result);
    return status;
}

static void check_calibrate(flow *f, nomen_status status) {
    nomen_error err = {0};
    json_t *record = NULL;
    char path[192];
    scratch_path(f->model, "nomen.json", path);
    assert_int_equal(nomen_file_exists(path), status == NOMEN_OK);
    if (status != NOMEN_OK) { return; }
    assert_int_equal(nomen_json_read(path, &record, &err), NOMEN_OK);
    assert_int_equal(json_object_size(record), 2);
    assert_int_equal(json_object_size(json_object_get(record, "calibration")), 14);
    assert_int_equal(json_object_size(json_object_get(json_object_get(record, "calibration"), "types")), 3);
    json_decref(record);
    assert_int_equal(remove(path), 0);
}

static size_t folds;

/* Doubtful labels, their report in both forms and the list to review; nothing else stays on disk. */
static nomen_status run_label_errors(flow *f, nomen_error *err) {
    nomen_train_options train = flow_options(f);
    nomen_label_errors_options o = {
        .size = sizeof o, .data = f->train, .model = f->model, .folds = folds, .train = &train, .work = f->root};
    nomen_label_report *report = NULL;
    nomen_status status;
    train.epochs = 1;
    NOMEN_TRY(nomen_label_errors_find(&o, NULL, NULL, &report, err));
    NOMEN_TRY(nomen_label_report_text(report, 0, &found, err));
    NOMEN_TRY(nomen_label_report_json(report, 0, &found, err));
    NOMEN_TRY(nomen_label_errors_review(report, f->output, NOMEN_DATA_LABEL_STUDIO, 0, true, err));
    NOMEN_TRY(nomen_file_read(f->output, &found, err));
done:
    nomen_label_report_free(report);
    if (nomen_file_exists(f->output)) { assert_int_equal(remove(f->output), 0); }
    assert_int_equal(flow_entries(f->root), 3);
    return status;
}

/* All that eval can do with files: each figure, the training data, another system, the list of errors. */

static void test_calibrate(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    spec.layers = 1;
    flow_make(&f, &spec);
    fail_each(&(operation){"calibrate", run_calibrate, check_calibrate}, &f, 1);
    flow_remove(&f);
}

static void test_label_errors(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    spec.layers = 1;
    flow_make(&f, &spec);
    fail_each(&(operation){"label errors", run_label_errors, NULL}, &f, 3);
    folds = 2;
    fail_each(&(operation){"label errors by folds", run_label_errors, NULL}, &f, 53);
    flow_remove(&f);
}

int main(void) {
    nomen_set_threads(1);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_calibrate), cmocka_unit_test(test_label_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
