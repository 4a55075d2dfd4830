/* The average of the weights: its formula over a whole run, and that it is what is scored, kept and written. */
#include <math.h>

#include "model/tensor_file.h"
#include "nomen/evaluate.h"
#include "train/run.h"
#include "train/save/ema_file.h"

enum { STEPS = 12 };
static const double decay = 0.75;

static nomen_train_options averaging_options(const flow *f) {
    nomen_train_options o = flow_options(f);
    o.ema_decay = decay;
    o.epochs = 4;
    o.batch_size = 3; /* three steps an epoch */
    o.save_steps = 1;
    o.crf = true;
    return o;
}

/* Reads every tensor of ROOT/NAME into one array, in the file's order, the CRF's file too; returns the number of elements. */
static size_t read_all(const char *root, const char *name, const char *crf, nomen_real **out) {
    const char *const names[] = {name, crf};
    size_t n = 0;
    nomen_real *all = NULL;
    for (size_t f = 0; f < 2 && names[f] != NULL; f++) {
        nomen_tensor_file file = {0};
        nomen_error err = {0};
        char *path = nomen_file_join(root, names[f]);
        if (nomen_tensor_file_open_safetensors(path, &file, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
        for (size_t i = 0; i < file.n_tensors; i++) {
            const nomen_tensor *tensor = &file.tensors[i];
            const size_t size = tensor->shape[0] * (tensor->n_dims > 1 ? tensor->shape[1] : 1);
            all = realloc(all, (n + size) * sizeof *all);
            assert_non_null(all);
            assert_int_equal(nomen_tensor_file_read(&file, tensor, all + n, &err), NOMEN_OK);
            n += size;
        }
        nomen_tensor_file_close(&file);
        nomen_mem_free(path);
    }
    *out = all;
    return n;
}

/*
 * Against the dense formula in double over the weights of each step, which a checkpoint has. An update rounds twice, and what
 * an earlier one erred shrinks by `decay` each step: below 2 u / (1 - decay) = 8 u of the largest weight.
 */
static void check_average(const char *output, double *expected, size_t step) {
    char directory[256];
    nomen_real *raw = NULL, *average = NULL;
    double largest = 0;
    snprintf(directory, sizeof directory, "%s/checkpoint-%zu", output, step);
    const size_t n = read_all(directory, "model.safetensors", "crf.safetensors", &raw);
    assert_int_equal(read_all(directory, NOMEN_EMA_FILE, NULL, &average), n);
    size_t n_other = 0;
    for (size_t e = 0; e < n; e++) {
        expected[e] = step == 1 ? (double)raw[e] : decay * expected[e] + (1 - decay) * (double)raw[e];
        largest = fmax(largest, fabs(expected[e]));
        n_other += raw[e] != average[e];
    }
    for (size_t e = 0; e < n; e++) {
        if (!(fabs((double)average[e] - expected[e]) <= 8 * 0x1p-24 * largest)) {
            fail_msg("step %zu, element %zu: %.9g, expected %.9g", step, e, (double)average[e], expected[e]);
        }
    }
    assert_true(step == 1 ? n_other == 0 : n_other > n / 2);
    free(raw);
    free(average);
}

static void test_formula(void **state) {
    flow *f = *state;
    nomen_train_options o = averaging_options(f);
    nomen_train_result result = flow_train(&o);
    nomen_real *kept = NULL, *average = NULL;
    const size_t n = read_all(f->output, "model.safetensors", "crf.safetensors", &kept);
    double *expected = calloc(n, sizeof *expected);
    assert_int_equal(result.steps, STEPS);
    for (size_t step = 1; step <= STEPS; step++) { check_average(f->output, expected, step); }
    /* The directory has the average as it was after the best epoch. */
    char directory[256];
    snprintf(directory, sizeof directory, "%s/checkpoint-%zu", f->output, result.best_epoch * 3);
    assert_int_equal(read_all(directory, NOMEN_EMA_FILE, NULL, &average), n);
    assert_memory_equal(kept, average, n * sizeof *kept);
    free(kept);
    free(average);
    free(expected);
    nomen_train_result_clear(&result);
}

/* Training itself does not know of the average: the weights of every step are those of a run without. */
static void test_training_is_as_without(void **state) {
    flow *f = *state;
    char plain[192], a[256], b[256];
    nomen_train_options o = averaging_options(f);
    nomen_train_result with = flow_train(&o);
    o.ema_decay = 0;
    o.output = scratch_path(f->root, "plain", plain);
    nomen_train_result without = flow_train(&o);
    for (size_t step = 1; step <= STEPS; step++) {
        snprintf(a, sizeof a, "%s/checkpoint-%zu", f->output, step);
        snprintf(b, sizeof b, "%s/checkpoint-%zu", plain, step);
        assert_true(flow_same_weights(a, b));
        assert_int_equal(flow_entries(a), flow_entries(b) + 1); /* ema.safetensors */
    }
    for (size_t e = 0; e < 4; e++) { assert_true(with.epochs[e].loss == without.epochs[e].loss); }
    assert_false(flow_same_weights(f->output, plain));
    nomen_train_result_clear(&with);
    nomen_train_result_clear(&without);
}

/* The scores of dev and test are those of the weights that are written; without dev, the last average is. */
static void test_scored_and_kept(void **state) {
    flow *f = *state;
    char last[192];
    for (int has_dev = 0; has_dev < 2; has_dev++) {
        nomen_train_options o = averaging_options(f);
        o.save_steps = 0;
        o.keep_best = false;
        o.output = has_dev ? f->output : scratch_path(f->root, "last", last);
        o.dev = has_dev ? f->dev : NULL;
        o.test = f->dev;
        nomen_train_result result = flow_train(&o);
        const nomen_evaluate_files files = {.size = sizeof files, .gold = f->dev, .model = o.output};
        nomen_evaluation *evaluation = NULL;
        nomen_error err = {0};
        if (nomen_evaluate_files_run(&files, NULL, &evaluation, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
        /* Inference packs weights and leaves out dropout's place, so its sums may round in other places: 1e-5. */
        assert_true(fabs(nomen_evaluation_get_details(evaluation)->report.loss - result.test.loss) <= 1e-5 * result.test.loss);
        if (has_dev) { assert_true(result.epochs[3].dev_loss == result.test.loss && result.dev.loss == result.test.loss); }
        nomen_evaluation_free(evaluation);
        nomen_train_result_clear(&result);
    }
    assert_true(flow_same_weights(f->output, last));
}

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_formula), RUN(test_training_is_as_without), RUN(test_scored_and_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
