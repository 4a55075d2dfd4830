/* What a training run does on a tiny model: labels, weights of classes, which epoch is kept. */
#include <math.h>

#include "base/json.h"
#include "train/optim/class_weight.h"
#include "train/run.h"

static void test_same_labels_keep_the_head(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    o.learning_rate = 1e-30; /* too little to move a weight */
    o.weight_decay = 0;
    nomen_train_result result = flow_train(&o);
    nomen_model *before = load(f->model), *after = load(f->output);
    assert_null(strstr(messages, "fresh"));
    assert_int_equal(after->labels.n, before->labels.n);
    for (size_t k = 0; k < before->labels.n; k++) { assert_string_equal(after->labels.names[k], before->labels.names[k]); }
    assert_int_equal(before->table.n_elements, after->table.n_elements);
    for (size_t i = 0; i < before->table.n_elements; i++) { /* Adam's four steps of at most 1e-30, from a bias of 0 too */
        assert_true(fabsf(after->values[i] - before->values[i]) <= 1e-28f);
    }
    nomen_model_release(before);
    nomen_model_release(after);
    nomen_train_result_clear(&result);
}

/* The model's own order holds, though the data's would be another. */
static void test_same_labels_keep_the_order(void **state) {
    flow *f = *state;
    static const char *const shuffled[] = {"I-per", "B-geo", "O", "B-org", "I-org", "I-geo", "B-per"};
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    char path[192];
    spec.labels = shuffled;
    scratch_path(f->root, "shuffled", path);
    assert_int_equal(tiny_model_write(path, &spec, &err), NOMEN_OK);
    nomen_train_options o = flow_options(f);
    o.model = path;
    nomen_train_result result = flow_train(&o);
    nomen_model *after = load(f->output);
    assert_null(strstr(messages, "fresh"));
    for (size_t k = 0; k < 7; k++) { assert_string_equal(after->labels.names[k], shuffled[k]); }
    nomen_model_release(after);
    nomen_train_result_clear(&result);
}

static void test_other_labels_get_a_fresh_head(void **state) {
    flow *f = *state;
    flow_text(f->train, "Bill B-x\nis O\nhere B-y\n\nAnna B-x\n");
    flow_text(f->dev, "Bill B-x\n");
    nomen_train_options o = flow_options(f);
    nomen_train_result result = flow_train(&o);
    nomen_model *after = load(f->output);
    assert_non_null(strstr(messages, "7 labels, which differ from the 3 of the data"));
    assert_non_null(strstr(messages, "freshly initialised: 3 labels"));
    assert_int_equal(after->labels.n, 3);
    assert_string_equal(after->labels.names[0], "O");
    assert_string_equal(after->labels.names[1], "B-x");
    assert_string_equal(after->labels.names[2], "B-y");
    nomen_model_release(after);
    nomen_train_result_clear(&result);
}

/* transformers' LABEL_0, LABEL_1... name nothing that training could go on with. */
static void test_unnamed_labels_count_as_none(void **state) {
    flow *f = *state;
    static const char *const unnamed[] = {"LABEL_0", "LABEL_1"};
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    char path[192];
    spec.labels = unnamed;
    spec.n_labels = 2;
    scratch_path(f->root, "unnamed", path);
    assert_int_equal(tiny_model_write(path, &spec, &err), NOMEN_OK);
    nomen_train_options o = flow_options(f);
    o.model = path;
    nomen_train_result result = flow_train(&o);
    nomen_model *model = load(f->output);
    assert_non_null(strstr(messages, "freshly initialised: 7 labels"));
    assert_string_equal(model->labels.names[0], "O");
    assert_string_equal(model->labels.names[1], "B-geo");
    nomen_model_release(model);
    nomen_train_result_clear(&result);
}

/* The epochs' scores, and that the weights kept are those of the epoch that is called best. */
static void test_best_epoch(void **state) {
    flow *f = *state;
    char last[192];
    nomen_train_options o = flow_options(f);
    o.epochs = 4;
    o.optimizer = NOMEN_OPTIMIZER_SGD;
    o.schedule = NOMEN_SCHEDULE_CONSTANT;
    o.warmup_ratio = 0;
    o.learning_rate = 2; /* a model that knows its names forgets them: the first epoch is the best or near it */
    nomen_train_result result = flow_train(&o);
    size_t best = 0;
    for (size_t i = 1; i < 4; i++) {
        if (result.epochs[i].dev_f1 > result.epochs[best].dev_f1) { best = i; }
    }
    assert_int_equal(result.n_epochs, 4);
    assert_int_equal(result.best_epoch, best + 1);
    assert_true(result.dev.micro.f1 == result.epochs[best].dev_f1);
    if (best == 3) { fail_msg("the last epoch is the best, so this test shows nothing"); }
    o.output = scratch_path(f->root, "last", last);
    o.keep_best = false;
    nomen_train_result second = flow_train(&o);
    assert_int_equal(second.best_epoch, 4);
    assert_true(second.dev.micro.f1 == result.epochs[3].dev_f1);
    assert_false(flow_same_weights(f->output, last));
    /* The same steps, stopped where the best epoch ended: a constant rate does not know of the end. */
    char stopped[192];
    o.output = scratch_path(f->root, "stopped", stopped);
    o.epochs = best + 1;
    nomen_train_result third = flow_train(&o);
    assert_true(flow_same_weights(f->output, stopped));
    nomen_train_result_clear(&result);
    nomen_train_result_clear(&second);
    nomen_train_result_clear(&third);
}

static void test_without_dev_the_last_is_kept(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    o.dev = NULL;
    o.test = f->dev; /* a test file alone: no split, no dev */
    nomen_train_result result = flow_train(&o);
    assert_false(result.has_dev);
    assert_true(result.has_test);
    assert_int_equal(result.best_epoch, 2);
    assert_true(isnan(result.epochs[0].dev_f1) && isnan(result.epochs[1].dev_loss));
    assert_int_equal(result.n_sentences[0], 8);
    assert_int_equal(result.n_sentences[1], 0);
    nomen_train_result_clear(&result);
}

/* Sentences of words that give no piece: nothing to learn, and no division by nothing. */
static void test_step_without_labelled_pieces(void **state) {
    flow *f = *state;
    flow_text(f->train, "\xC2\x85 B-per\n\n\xC2\x85 O\n\xC2\x85 B-geo\n");
    flow_text(f->dev, "\xC2\x85 B-per\n");
    nomen_train_options o = flow_options(f);
    o.weight_decay = 0;
    nomen_train_result result = flow_train(&o);
    assert_true(result.epochs[0].loss == 0 && result.epochs[1].loss == 0);
    assert_int_equal(result.dev.micro.support, 1); /* its gold counts, predicted O */
    assert_int_equal(result.dev.micro.predicted, 0);
    nomen_train_result_clear(&result);
}

static void test_class_weights(void **state) {
    flow *f = *state;
    char path[192], plain[192], ones[192];
    nomen_train_options o = flow_options(f);
    nomen_train_result result = flow_train(&o);
    scratch_path(f->root, "weights.json", path);
    flow_text(path, "{\"O\": 1, \"B-per\": 1.0}");
    o.class_weight = path;
    o.output = scratch_path(f->root, "ones", ones);
    nomen_train_result same = flow_train(&o);
    assert_true(flow_same_weights(f->output, ones)); /* weights of 1 are no weights */
    o.class_weight = "auto";
    o.output = scratch_path(f->root, "auto", plain);
    nomen_train_result automatic = flow_train(&o);
    assert_false(flow_same_weights(f->output, plain));
    nomen_train_result_clear(&result);
    nomen_train_result_clear(&same);
    nomen_train_result_clear(&automatic);

    static const struct {
        const char *json, *message;
        nomen_status status;
    } bad[] = {
        {"[1, 2]", "not a JSON object", NOMEN_ERROR_FORMAT},
        {"{\"B-pers\": 2}", "\"B-pers\" is not a label", NOMEN_ERROR_DATA},
        {"{\"O\": -1}", "the weight of \"O\"", NOMEN_ERROR_FORMAT},
        {"{\"O\": \"1\"}", "the weight of \"O\"", NOMEN_ERROR_FORMAT},
        {"{\"O\": 1e10}", "the weight of \"O\"", NOMEN_ERROR_FORMAT},
        {"{\"O\"", "weights.json:1", NOMEN_ERROR_FORMAT},
    };
    char next[192];
    o.output = scratch_path(f->root, "bad", next);
    o.class_weight = path;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        flow_text(path, bad[i].json);
        expect_failure(f, &o, bad[i].status, bad[i].message);
    }
    o.class_weight = scratch_path(f->root, "none.json", path);
    expect_failure(f, &o, NOMEN_ERROR_IO, "none.json");
}

/* scikit-learn's compute_class_weight("balanced"): n / (classes in use * count). */
static void test_balanced_weights(void **state) {
    (void)state;
    char *names[] = {(char[]){"O"}, (char[]){"B-a"}, (char[]){"B-b"}};
    nomen_labels labels = {names, 3};
    nomen_real *weights = NULL;
    assert_int_equal(nomen_class_weights("auto", 0, &labels, (size_t[]){6, 2, 0}, &weights, NULL), NOMEN_OK);
    assert_true(weights[0] == 8.0f / 12.0f && weights[1] == 2.0f && weights[2] == 1.0f);
    nomen_mem_free(weights);
    assert_int_equal(nomen_class_weights("none", 0, &labels, NULL, &weights, NULL), NOMEN_OK);
    assert_null(weights);
}

static void test_unknown_labels(void **state) {
    flow *f = *state;
    flow_text(f->dev, "Bill B-per\nGates I-per\nin O\nthe O\nSahara B-nat\n. O\n");
    nomen_train_options o = flow_options(f);
    o.learning_rate = 1e-30;
    o.weight_decay = 0;
    nomen_train_result result = flow_train(&o);
    assert_non_null(strstr(messages, "the training part has no example of B-nat (1 word of the dev part): they count as errors"));
    assert_int_equal(result.dev.micro.support, 2);
    assert_int_equal(result.dev.micro.correct, 1); /* the model knows Bill Gates */
    assert_true(result.dev.accuracy <= 5.0 / 6.0);
    nomen_train_result_clear(&result);
}

/* Steps put together from several batches, or cut into several, have the same mean loss. */
static void test_steps_are_whole(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    char other[192];
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    spec.dropout = 0;
    scratch_path(f->root, "still", other);
    assert_int_equal(tiny_model_write(other, &spec, &err), NOMEN_OK);
    o.model = other;
    double loss[3];
    static const struct {
        size_t batch, accumulate, tokens;
    } forms[] = {{4, 1, 4096}, {2, 2, 4096}, {4, 1, 64}};
    for (size_t i = 0; i < 3; i++) {
        o.batch_size = forms[i].batch;
        o.gradient_accumulation_steps = forms[i].accumulate;
        o.max_tokens = forms[i].tokens;
        o.overwrite = true;
        nomen_train_result result = flow_train(&o);
        assert_int_equal(result.steps, 4);
        loss[i] = result.epochs[1].loss;
        nomen_train_result_clear(&result);
    }
    /* The same sums in another order: 4 steps of relative error 1e-6 or so at most. */
    assert_true(fabs(loss[1] - loss[0]) <= 1e-5 * loss[0]);
    assert_true(fabs(loss[2] - loss[0]) <= 1e-5 * loss[0]);
}

/* nomen.json's options, given as a recipe, give the same weights. */
static void test_recipe_of_a_run(void **state) {
    flow *f = *state;
    char path[192], again[192];
    nomen_error err = {0};
    json_t *record = NULL;
    char *texts = NULL;
    nomen_train_options o = flow_options(f);
    assert_int_equal(nomen_train_set(&o, "learning-rate", "0.00012345678901234567", &err), NOMEN_OK);
    o.seed = 11;
    o.class_weight = "auto";
    o.max_length = 8;
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    assert_int_equal(nomen_json_read(scratch_path(f->output, "nomen.json", path), &record, &err), NOMEN_OK);
    scratch_path(f->root, "recipe.json", path);
    assert_int_equal(nomen_json_write(path, json_object_get(record, "options"), &err), NOMEN_OK);
    json_decref(record);
    nomen_train_options second = flow_options(f);
    nomen_train_set_recipe(&second, "seed", &err);
    if (nomen_train_load_recipe(&second, path, &texts, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    second.output = scratch_path(f->root, "again", again);
    result = flow_train(&second);
    nomen_train_result_clear(&result);
    nomen_free(texts);
    assert_true(flow_same_weights(f->output, again));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RUN(test_same_labels_keep_the_head),
        RUN(test_same_labels_keep_the_order),
        RUN(test_other_labels_get_a_fresh_head),
        RUN(test_unnamed_labels_count_as_none),
        RUN(test_best_epoch),
        RUN(test_without_dev_the_last_is_kept),
        RUN(test_step_without_labelled_pieces),
        RUN(test_class_weights),
        cmocka_unit_test(test_balanced_weights),
        RUN(test_unknown_labels),
        RUN(test_steps_are_whole),
        RUN(test_recipe_of_a_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
