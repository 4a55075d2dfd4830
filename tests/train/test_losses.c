/* Losses and class weights in a run of training: what each does, and what is refused. */
#include <math.h>

#include "train/optim/class_weight.h"
#include "train/run.h"

static nomen_real *weights_of(const char *choice, double beta, const size_t counts[4]) {
    char *names[] = {(char[]){"O"}, (char[]){"B-a"}, (char[]){"B-b"}, (char[]){"B-c"}};
    nomen_labels labels = {names, 4};
    nomen_real *weights = NULL;
    assert_int_equal(nomen_class_weights(choice, beta, &labels, counts, &weights, NULL), NOMEN_OK);
    return weights;
}

/* The formulas, and that the words' weights have the mean 1; a label without words has 1. */
static void test_weights(void **state) {
    (void)state;
    static const size_t counts[4] = {90000, 900, 1, 0};
    static const double betas[] = {0.9, 0.999, 0.9999999};
    for (int way = 0; way < 4; way++) {
        const double beta = way > 0 ? betas[way - 1] : 0;
        nomen_real *w = weights_of(way == 0 ? "sqrt" : "effective", beta, counts);
        double raw[3], sum = 0, total = 0;
        for (size_t k = 0; k < 3; k++) {
            raw[k] = way == 0 ? 1 / sqrt((double)counts[k]) : (1 - beta) / (1 - pow(beta, (double)counts[k]));
            sum += (double)counts[k] * raw[k];
            total += (double)counts[k];
        }
        /* Rounding to float, and what squaring adds to beta^n in the place where 1 - beta^n is 1e-7: a few 1e-9. */
        for (size_t k = 0; k < 3; k++) { assert_true(fabs((double)w[k] / (raw[k] * total / sum) - 1) <= 1e-7); }
        assert_true(w[3] == 1 && w[2] >= w[1] && w[1] >= w[0] && w[2] > w[0]);
        nomen_mem_free(w);
    }
    nomen_real *none = weights_of("effective", 0, counts); /* every label counts alike */
    assert_true(none[0] == 1 && none[1] == 1 && none[2] == 1);
    nomen_mem_free(none);
    assert_true(nomen_class_weight_is_file("./sqrt") && !nomen_class_weight_is_file("sqrt"));
    assert_true(!nomen_class_weight_is_file(NULL) && !nomen_class_weight_is_file("effective"));
}

/* Trains into ROOT/NAME. */
static nomen_train_result run(nomen_train_options *o, flow *f, const char *name, char path[192]) {
    o->output = scratch_path(f->root, name, path);
    return flow_train(o);
}

/* Each setting gives weights of its own, the same at 1 and 2 threads, and its own loss in training; dev has cross-entropy. */
static void test_each_changes_the_run(void **state) {
    flow *f = *state;
    static const struct {
        const char *name, *option[4];
    } runs[] = {
        {"plain", {NULL}},
        {"focal", {"loss", "focal"}},
        {"focal-3", {"loss", "focal", "focal-gamma", "3"}},
        {"smooth", {"label-smoothing", "0.2"}},
        {"sqrt", {"class-weight", "sqrt"}},
        {"effective", {"class-weight", "effective"}},
        {"effective-9", {"class-weight", "effective", "class-weight-beta", "0.9"}},
        {"ema", {"ema-decay", "0.5"}},
        {"repeated", {"oversample-threshold", "0.9"}},
    };
    enum { N = sizeof runs / sizeof *runs };
    char paths[N][192], again[192], name[64];
    double losses[N], dev[N];
    for (size_t i = 0; i < N; i++) {
        nomen_train_options o = flow_options(f);
        nomen_error err = {0};
        for (size_t k = 0; k < 4 && runs[i].option[k] != NULL; k += 2) {
            assert_int_equal(nomen_train_set(&o, runs[i].option[k], runs[i].option[k + 1], &err), NOMEN_OK);
        }
        o.epochs = 1;
        o.batch_size = 3;
        nomen_set_threads(1);
        nomen_train_result result = run(&o, f, runs[i].name, paths[i]);
        losses[i] = result.epochs[0].loss;
        dev[i] = result.epochs[0].dev_loss;
        nomen_train_result_clear(&result);
        nomen_set_threads(2);
        snprintf(name, sizeof name, "%s-again", runs[i].name);
        result = run(&o, f, name, again);
        assert_true(flow_same_weights(paths[i], again));
        nomen_train_result_clear(&result);
        for (size_t j = 0; j < i; j++) {
            if (flow_same_weights(paths[i], paths[j])) { fail_msg("%s gives the weights of %s", runs[i].name, runs[j].name); }
        }
    }
    nomen_set_threads(0);
    assert_true(losses[1] < losses[0] && losses[2] < losses[1]); /* (1 - p)^gamma is below 1 */
    assert_true(losses[7] == losses[0]);                         /* the average is of the weights that were trained */
    /* Three steps of a small rate apart: the same measure of dev, far from what training minimises. */
    for (size_t i = 1; i < N; i++) { assert_true(fabs(dev[i] - dev[0]) < 0.2 * dev[0]); }
}

static void test_refused(void **state) {
    flow *f = *state;
    static const struct {
        const char *option[4], *message;
        bool crf;
    } bad[] = {
        {{"loss", "focal"}, "loss focal: a CRF has a loss of its own", true},
        {{"label-smoothing", "0.1"}, "label-smoothing 0.1: a CRF's loss", true},
        {{"class-weight", "sqrt"}, "class-weight sqrt: a CRF's loss", true},
        {{"class-weight", "effective"}, "class-weight effective: a CRF's loss", true},
        {{"loss", "focal", "label-smoothing", "0.1"}, "label-smoothing 0.1: the focal loss", false},
        {{"focal-gamma", "1"}, "focal-gamma 1: has no use", false},
        {{"focal-gamma", "1"}, "focal-gamma 1: has no use", true},
        {{"class-weight-beta", "0.9"}, "class-weight-beta 0.9: has no use", false},
        {{"class-weight", "auto", "class-weight-beta", "0.9"}, "class-weight-beta 0.9: has no use", false},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        nomen_train_options o = flow_options(f);
        nomen_error err = {0};
        for (size_t k = 0; k < 4 && bad[i].option[k] != NULL; k += 2) {
            assert_int_equal(nomen_train_set(&o, bad[i].option[k], bad[i].option[k + 1], &err), NOMEN_OK);
        }
        o.crf = bad[i].crf;
        expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, bad[i].message);
    }
}

/* Weights from a file: what a run would train nothing by, or what has no effect, is refused by name. */
static void test_file(void **state) {
    flow *f = *state;
    char path[192];
    nomen_train_options o = flow_options(f);
    static const struct {
        const char *text, *message;
        nomen_status status;
    } bad[] = {
        {"{}", "names no label, so it has no effect", NOMEN_ERROR_FORMAT},
        {"[1]", "is not a JSON object", NOMEN_ERROR_FORMAT},
        {"{\"B-per\": 1e-60}", "the weight of \"B-per\" is 1e-60, which is too small", NOMEN_ERROR_FORMAT},
        {"{\"B-per\": 9e-31}", "give it 0 to leave the label out", NOMEN_ERROR_FORMAT},
        {"{\"B-per\": -1}", "the weight of \"B-per\" is not a number from 0", NOMEN_ERROR_FORMAT},
        {"{\"B-per\": \"2\"}", "the weight of \"B-per\" is not a number from 0", NOMEN_ERROR_FORMAT},
        {"{\"B-pre\": 2}", "\"B-pre\" is not a label", NOMEN_ERROR_DATA},
        {"{\"O\": 0, \"B-per\": 0, \"I-per\": 0, \"B-org\": 0, \"I-org\": 0, \"B-geo\": 0, \"I-geo\": 0}",
         "every label that the training part has is 0", NOMEN_ERROR_DATA},
    };
    o.class_weight = scratch_path(f->root, "weights.json", path);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        flow_text(path, bad[i].text);
        expect_failure(f, &o, bad[i].status, bad[i].message);
    }
    flow_text(path, "{\"O\": 0, \"B-per\": 1e-30, \"I-per\": 1e9}");
    nomen_train_result result = flow_train(&o);
    assert_true(result.epochs[0].loss > 0 && isfinite(result.epochs[0].loss));
    nomen_train_result_clear(&result);
    /* Of a label that no word has, a weight is no help. */
    char *names[] = {(char[]){"O"}, (char[]){"B-a"}};
    const nomen_labels labels = {names, 2};
    nomen_real *weights = NULL;
    flow_text(path, "{\"O\": 0}");
    assert_int_equal(nomen_class_weights(path, 0, &labels, (size_t[]){9, 0}, &weights, NULL), NOMEN_ERROR_DATA);
    assert_null(weights);
    assert_int_equal(nomen_class_weights(path, 0, &labels, (size_t[]){9, 1}, &weights, NULL), NOMEN_OK);
    nomen_mem_free(weights);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights),
        RUN(test_each_changes_the_run),
        RUN(test_refused),
        RUN(test_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
