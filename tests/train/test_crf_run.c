/* Runs with a CRF: what they leave, how it is read again, and what they refuse. */
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decode/decoder.h"
#include "model/crf_weights.h"
#include "nomen/quantize.h"
#include "train/run.h"

static nomen_train_options crf_options(const flow *f) {
    nomen_train_options o = flow_options(f);
    o.crf = true;
    return o;
}

static void run(const nomen_train_options *o) {
    nomen_train_result result = flow_train(o);
    nomen_train_result_clear(&result);
}

static bool same_file(const char *a, const char *b, const char *name) {
    nomen_buffer x = {0}, y = {0};
    flow_read(a, name, &x);
    flow_read(b, name, &y);
    bool same = x.size == y.size && x.size > 0 && memcmp(x.data, y.data, x.size) == 0;
    nomen_buffer_clear(&x);
    nomen_buffer_clear(&y);
    return same;
}

static void expect_bad_load(const char *directory, const char *expected) {
    nomen_model *model = NULL;
    nomen_error err = {0};
    assert_int_equal(nomen_model_load(directory, NULL, &model, &err), NOMEN_ERROR_FORMAT);
    if (strstr(err.message, expected) == NULL || strstr(err.message, "crf.safetensors") == NULL) { fail_msg("%s", err.message); }
}

/* The largest magnitude of a model's transitions. */
static double largest_transition(const nomen_model *model) {
    nomen_crf crf;
    double most = 0;
    assert_ptr_equal(nomen_model_get_crf(model, &crf), &crf);
    for (size_t i = 0; i < crf.n_labels * crf.n_labels; i++) { most = fmax(most, fabs((double)crf.transitions[i])); }
    return most;
}

static void test_what_it_leaves(void **state) {
    flow *f = *state;
    nomen_train_options o = crf_options(f);
    run(&o);
    nomen_model *model = load(f->output);
    assert_true(nomen_model_has_crf(model));
    assert_true(largest_transition(model) > 1e-4);
    nomen_model_release(model);

    /* Without its file the directory is the model that other programs see, and that is said. */
    char path[192], kept[192];
    scratch_path(f->output, NOMEN_CRF_FILE, path);
    scratch_path(f->root, "kept", kept);
    assert_int_equal(rename(path, kept), 0);
    messages[0] = '\0';
    model = load(f->output);
    assert_false(nomen_model_has_crf(model));
    assert_non_null(strstr(messages, "crf.safetensors is missing"));
    nomen_model_release(model);
    assert_int_equal(rename(kept, path), 0);
}

/* A CRF that stays at zero is no CRF: the losses and gradients are those of cross-entropy, up to rounding. */
static void test_zero_is_cross_entropy(void **state) {
    flow *f = *state;
    char plain[192];
    nomen_train_options o = crf_options(f);
    o.max_length = 8;
    o.crf_learning_rate = 0;
    nomen_train_result with = flow_train(&o);
    nomen_model *model = load(f->output);
    assert_true(largest_transition(model) == 0);
    nomen_model_release(model);
    o.crf = false;
    o.crf_learning_rate = 0.05;
    o.output = scratch_path(f->root, "plain", plain);
    nomen_train_result without = flow_train(&o);
    for (size_t i = 0; i < 2; i++) {
        /* A few roundings of floats a step, over four steps of Adam. */
        assert_true(fabs(with.epochs[i].loss - without.epochs[i].loss) < 1e-4 * without.epochs[i].loss);
        assert_true(fabs(with.epochs[i].dev_loss - without.epochs[i].dev_loss) < 1e-4 * without.epochs[i].dev_loss);
    }
    nomen_train_result_clear(&with);
    nomen_train_result_clear(&without);
}

/* The weights kept are the best epoch's, and those of the CRF with them. */
static void test_best_epoch(void **state) {
    flow *f = *state;
    char stopped[192];
    nomen_train_options o = crf_options(f);
    o.epochs = 4;
    o.optimizer = NOMEN_OPTIMIZER_SGD;
    o.schedule = NOMEN_SCHEDULE_CONSTANT;
    o.warmup_ratio = 0;
    o.learning_rate = 2;
    o.crf_learning_rate = 0.5;
    nomen_train_result result = flow_train(&o);
    if (result.best_epoch == 4) { fail_msg("the last epoch is the best, so this test shows nothing"); }
    o.epochs = result.best_epoch;
    o.output = scratch_path(f->root, "stopped", stopped);
    run(&o);
    assert_true(flow_same_weights(f->output, stopped));
    assert_true(same_file(f->output, stopped, NOMEN_CRF_FILE));
    nomen_train_result_clear(&result);
}

/* Another run goes on from the transitions, or leaves them out, with a word. */
static void test_going_on(void **state) {
    flow *f = *state;
    char again[192], plain[192], path[192];
    nomen_train_options o = crf_options(f);
    run(&o);
    o.model = f->output;
    o.output = scratch_path(f->root, "again", again);
    o.crf_learning_rate = 0;
    run(&o);
    assert_true(same_file(f->output, again, NOMEN_CRF_FILE));
    assert_false(flow_same_weights(f->output, again));
    messages[0] = '\0';
    o.crf = false;
    o.crf_learning_rate = 0.05;
    o.output = scratch_path(f->root, "plain", plain);
    run(&o);
    assert_non_null(strstr(messages, "has a CRF, which this run does not use"));
    assert_false(nomen_file_exists(scratch_path(plain, NOMEN_CRF_FILE, path)));
    messages[0] = '\0';
    nomen_model *model = load(plain);
    assert_false(nomen_model_has_crf(model));
    assert_string_equal(messages, "");
    nomen_model_release(model);
}

/* Other labels: the head is fresh, and so is the CRF. */
static void test_other_labels(void **state) {
    flow *f = *state;
    char other[192];
    nomen_train_options o = crf_options(f);
    run(&o);
    flow_text(f->train, "Bill B-name\nGates I-name\nsaid O\n\nAnna B-name\n");
    flow_text(f->dev, "Anna B-name\n");
    o.model = f->output;
    o.output = scratch_path(f->root, "other", other);
    o.crf_learning_rate = 0;
    run(&o);
    nomen_model *model = load(other);
    assert_int_equal(nomen_model_get_n_labels(model), 3);
    assert_true(largest_transition(model) == 0);
    nomen_model_release(model);
    /* The two files must not change places. */
    char from[192], to[192];
    assert_int_equal(rename(scratch_path(other, NOMEN_CRF_FILE, from), scratch_path(f->output, NOMEN_CRF_FILE, to)), 0);
    expect_bad_load(f->output, "\"transitions\" does not have the shape for the 7 labels of config.json");
}

static void test_damage(void **state) {
    flow *f = *state;
    char path[192];
    nomen_buffer good = {0}, bad = {0}, weights = {0};
    nomen_error err = {0};
    nomen_train_options o = crf_options(f);
    run(&o);
    flow_read(f->output, NOMEN_CRF_FILE, &good);
    flow_read(f->output, "model.safetensors", &weights);
    scratch_path(f->output, NOMEN_CRF_FILE, path);
    for (size_t n = 0; n < good.size; n += n < 16 ? 1 : 37) { /* cut off anywhere */
        assert_int_equal(nomen_file_write(path, good.data, n, &err), NOMEN_OK);
        expect_bad_load(f->output, "");
    }
    assert_int_equal(nomen_file_write(path, weights.data, weights.size, &err), NOMEN_OK);
    expect_bad_load(f->output, "tensor \"transitions\" is missing; this is not the CRF of a model");
    assert_int_equal(nomen_buffer_append(&bad, good.data, good.size, &err), NOMEN_OK);
    const float infinite = INFINITY;
    memcpy(bad.data + bad.size - sizeof infinite, &infinite, sizeof infinite);
    assert_int_equal(nomen_file_write(path, bad.data, bad.size, &err), NOMEN_OK);
    expect_bad_load(f->output, "tensor \"end_transitions\" contains a number that is not finite");
    assert_int_equal(nomen_file_write(path, good.data, good.size, &err), NOMEN_OK);
    nomen_model_release(load(f->output));
    nomen_buffer_clear(&good);
    nomen_buffer_clear(&bad);
    nomen_buffer_clear(&weights);
}

/* A disk that fails while better weights replace earlier ones leaves a pair that belongs together, or none that loads. */
static void test_pair_of_files(void **state) {
    flow *f = *state;
    nomen_train_options o = crf_options(f);
    nomen_error err = {0};
    nomen_buffer before = {0}, after = {0};
    char weights[192], transitions[192], made[192];
    run(&o);
    nomen_model *model = load(f->output);
    flow_read(f->output, NOMEN_CRF_FILE, &before);
    model->values[model->table.n_elements - 1] += 1;
    scratch_path(f->output, "model.safetensors", weights);
    scratch_path(f->output, NOMEN_CRF_FILE, transitions);
    scratch_path(f->output, NOMEN_CRF_FILE ".new", made);
    /* The weights can't be written: the transitions stay. */
    assert_int_equal(unlink(weights), 0);
    assert_int_equal(mkdir(weights, 0777), 0);
    assert_int_equal(nomen_model_save_weights(model, f->output, &err), NOMEN_ERROR_IO);
    flow_read(f->output, NOMEN_CRF_FILE, &after);
    assert_true(before.size == after.size && memcmp(before.data, after.data, before.size) == 0);
    assert_false(nomen_file_exists(made));
    /* They are, and the transitions can't take their name: those of other weights are not left there. */
    assert_int_equal(rmdir(weights), 0);
    assert_int_equal(unlink(transitions), 0);
    assert_int_equal(mkdir(transitions, 0777), 0);
    err = (nomen_error){0};
    assert_int_equal(nomen_model_save_weights(model, f->output, &err), NOMEN_ERROR_IO);
    assert_false(nomen_file_exists(made));
    nomen_model_release(model);
    nomen_buffer_clear(&before);
    nomen_buffer_clear(&after);
}

static void test_refused(void **state) {
    flow *f = *state;
    nomen_train_options o = crf_options(f);
    o.class_weight = "auto";
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "class-weight auto: a CRF's loss");
    o.class_weight = "none";
    o.crf_learning_rate = NAN;
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "crf-learning-rate");
}

/* int8 keeps it, bit for bit, and scores with it. */
static void test_quantized(void **state) {
    flow *f = *state;
    char small[192];
    nomen_train_options o = crf_options(f);
    run(&o);
    nomen_quantize_options q;
    nomen_quantize_result result = {0};
    nomen_error err = {0};
    nomen_quantize_init(&q, sizeof q);
    q.model = f->output;
    q.output = scratch_path(f->root, "small", small);
    q.gate = f->train;
    q.max_drop = 1;
    if (nomen_quantize(&q, &result, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    assert_true(same_file(f->output, small, NOMEN_CRF_FILE));
    nomen_quantize_result_clear(&result);
    nomen_model *model = load(small);
    assert_true(nomen_model_has_crf(model) && nomen_model_is_int8(model));
    nomen_model_release(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_what_it_leaves), RUN(test_zero_is_cross_entropy),
                                       RUN(test_best_epoch),     RUN(test_going_on),
                                       RUN(test_other_labels),   RUN(test_damage),
                                       RUN(test_pair_of_files),  RUN(test_refused),
                                       RUN(test_quantized)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
