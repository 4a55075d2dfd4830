/* Runs whose dense products are of bf16: near those in floats, with one set of bits, and weights in floats. */
#include <math.h>

#include "base/json.h"
#include "base/threads.h"
#include "math/isa.h"
#include "nomen/info.h"
#include "train/run.h"

static int set_up_bf16(void **state) {
    if (!nomen_math_has_bf16()) { assert_true(nomen_kernels_test_use("plain")); }
    return set_up(state);
}

static int tear_down_bf16(void **state) {
    nomen_kernels_test_use(NULL);
    nomen_set_threads(0);
    return tear_down(state);
}

static nomen_train_options bf16_options(const flow *f) {
    nomen_train_options o = flow_options(f);
    o.precision = NOMEN_PRECISION_BF16;
    return o;
}

/*
 * The bound. On the way to a gradient are three products for each of the 4 L dense layers, whose operands are each off by
 * 0.0016 of the rms at most (test_bf16_model.c); as squares, and twice, that is e = 0.0032 sqrt(12 L). Steps of plain SGD
 * are off by that share of themselves, and so what they take from the loss, D, once by the gradients and once by the weights
 * that they have made; and the loss is by that share of itself, as its logits are.
 */
static void test_loss_follows_floats(void **state) {
    flow *f = *state;
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    char path[192], other[192];
    const double e = 0.0032 * sqrt(12.0 * (double)spec.layers);
    spec.labels = NULL;
    spec.n_labels = 0;
    spec.dropout = 0;
    scratch_path(f->root, "headless", path);
    assert_int_equal(tiny_model_write(path, &spec, &err), NOMEN_OK);
    nomen_train_options o = flow_options(f);
    o.model = path;
    o.optimizer = NOMEN_OPTIMIZER_SGD;
    o.schedule = NOMEN_SCHEDULE_CONSTANT;
    o.warmup_ratio = 0;
    o.learning_rate = 0.2;
    o.epochs = 8;
    nomen_train_result floats = flow_train(&o);
    o.precision = NOMEN_PRECISION_BF16;
    o.output = scratch_path(f->root, "other", other);
    nomen_train_result bf16 = flow_train(&o);
    const double first = floats.epochs[0].loss;
    for (size_t i = 0; i < o.epochs; i++) {
        const double loss = floats.epochs[i].loss, bound = 2 * e * fabs(first - loss) + e * loss;
        const double off = fabs(bf16.epochs[i].loss - loss);
        printf("epoch %zu: loss %.5f, off by %.6f, %.6f allowed\n", i + 1, loss, off, bound);
        assert_true(off > 0 && off < bound);
    }
    /* it has learned far more than that */
    assert_true(floats.epochs[o.epochs - 1].loss < 0.7 * first && bf16.epochs[o.epochs - 1].loss < 0.7 * first);
    assert_false(flow_same_weights(f->output, other));
    nomen_train_result_clear(&floats);
    nomen_train_result_clear(&bf16);
}

/* Threads, kernels, parts of a step and recomputed layers: none of them changes a byte of the weights. */
static void test_one_set_of_bits(void **state) {
    flow *f = *state;
    char other[192];
    nomen_train_options o = bf16_options(f);
    nomen_set_threads(1);
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    o.output = scratch_path(f->root, "other", other);
    o.overwrite = true;
    for (int way = 0; way < 3; way++) {
        if (way == 0) { nomen_set_threads(3); }
        o.gradient_checkpointing = way == 1;
        if (way == 2) { assert_true(nomen_kernels_test_use("plain")); }
        result = flow_train(&o);
        nomen_train_result_clear(&result);
        assert_true(flow_same_weights(f->output, other));
    }
}

/* The record and the card say it; the directory is one in floats as any other. */
static void test_what_it_leaves(void **state) {
    flow *f = *state;
    nomen_buffer text = {0};
    nomen_train_options o = bf16_options(f);
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    flow_read(f->output, "nomen.json", &text);
    assert_non_null(strstr(text.data, "\"precision\": \"bf16\""));
    flow_read(f->output, "README.md", &text);
    assert_non_null(strstr(text.data, "dense products in bf16"));
    flow_read(f->output, "config.json", &text);
    assert_null(strstr(text.data, "bf16"));
    nomen_buffer_clear(&text);
    nomen_model *model = load(f->output);
    nomen_model_info info = {.size = sizeof info};
    nomen_model_get_info(model, &info);
    assert_string_equal(info.precision, "float");
    nomen_model_release(model);
}

/* A processor without it fails before anything is written. */
static void test_refused(void **state) {
    flow *f = *state;
    nomen_train_options o = bf16_options(f);
    static const char *const without[] = {"avx2", "neon"};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        if (nomen_kernels_test_use(without[i])) { expect_failure(f, &o, NOMEN_ERROR_UNSUPPORTED, "AVX512-BF16"); }
    }
}

#define RUN_BF16(test) cmocka_unit_test_setup_teardown(test, set_up_bf16, tear_down_bf16)

int main(void) {
    const struct CMUnitTest tests[] = {RUN_BF16(test_loss_follows_floats), RUN_BF16(test_one_set_of_bits),
                                       RUN_BF16(test_what_it_leaves), RUN_BF16(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
