/* A model whose dense products are of bf16: near the same model in floats, in less memory, and with one set of bits. */
#include <math.h>
#include <sys/stat.h>

#include "base/threads.h"
#include "math/isa.h"
#include "model_dir/logits.h"
#include "nomen/info.h"

static const nomen_model_options as_bf16 = {.size = sizeof as_bf16, .precision = NOMEN_PRECISION_BF16};

/* Kernels that have bf16: the processor's, or those in C. */
static int use_bf16(void **state) {
    (void)state;
    if (!nomen_math_has_bf16()) { assert_true(nomen_kernels_test_use("plain")); }
    return 0;
}

static int use_usual(void **state) {
    (void)state;
    nomen_kernels_test_use(NULL);
    nomen_set_threads(0);
    return 0;
}

/*
 * The bound. Each operand of a dense layer is rounded to 8 bits: an error of up to 2^-9 of it, spread evenly, so of rms at
 * most 2^-9 / sqrt(3) = 0.00113 of it, and of both operands 0.0016 of the rms of a result. As in test_int8_model.c those of
 * the 4 L layers add up as squares, and twice is allowed.
 */
static void test_near_floats(void **state) {
    (void)state;
    static const struct {
        size_t layers, heads, hidden, intermediate;
    } sizes[] = {{1, 1, 16, 64}, {2, 2, 32, 48}, {3, 4, 44, 101}, {6, 2, 64, 256}, {12, 2, 24, 33}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        flow f;
        tiny_model spec = tiny_model_defaults();
        spec.layers = sizes[i].layers;
        spec.heads = sizes[i].heads;
        spec.hidden = sizes[i].hidden;
        spec.intermediate = sizes[i].intermediate;
        spec.seed = 100 + i;
        flow_make(&f, &spec);
        size_t n = 0, n_again = 0;
        nomen_real *floats = compute_logits(f.model, NULL, &n), *bf16 = compute_logits(f.model, &as_bf16, &n_again);
        double error = 0, size = 0, bound = 2 * 0.0016 * sqrt(4.0 * (double)spec.layers);
        assert_int_equal(n, n_again);
        for (size_t e = 0; e < n; e++) {
            error += pow((double)(bf16[e] - floats[e]), 2);
            size += pow((double)floats[e], 2);
        }
        printf("%zu layers: %.5f of the rms, %.5f allowed\n", spec.layers, sqrt(error / size), bound);
        assert_true(error > 0 && sqrt(error / size) < bound);
        nomen_mem_free(floats);
        nomen_mem_free(bf16);
        flow_remove(&f);
    }
}

/* Kernels, threads, packed weights and those packed at each use: none of them changes a bit. */
static void test_one_set_of_bits(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    flow_make(&f, &spec);
    size_t n = 0, n_again = 0;
    nomen_model_options slow = as_bf16;
    slow.purpose = NOMEN_FOR_WRITING;
    nomen_set_threads(1);
    nomen_real *first = compute_logits(f.model, &as_bf16, &n);
    for (int way = 0; way < 3; way++) {
        if (way == 0) { nomen_set_threads(3); }
        if (way == 2) { assert_true(nomen_kernels_test_use("plain")); }
        nomen_real *again = compute_logits(f.model, way == 1 ? &slow : &as_bf16, &n_again);
        assert_int_equal(n, n_again);
        assert_memory_equal(first, again, n * sizeof *first);
        nomen_mem_free(again);
    }
    nomen_mem_free(first);
    flow_remove(&f);
}

/* Packed weights take half of what floats do, and the model says what it is. */
static void test_memory(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    nomen_model *floats = NULL, *bf16 = NULL;
    nomen_model_info info = {.size = sizeof info}, before = {.size = sizeof before};
    flow_make(&f, &spec);
    assert_int_equal(nomen_model_load(f.model, NULL, &floats, NULL), NOMEN_OK);
    assert_int_equal(nomen_model_load(f.model, &as_bf16, &bf16, NULL), NOMEN_OK);
    nomen_dense_place whole = nomen_dense_place_of(&floats->config, spec.layers, NOMEN_DENSE_QKV);
    nomen_dense_place half = nomen_dense_place_of(&bf16->config, spec.layers, NOMEN_DENSE_QKV);
    assert_int_equal(whole.packed, 2 * half.packed);
    nomen_model_get_info(floats, &before);
    nomen_model_get_info(bf16, &info);
    assert_string_equal(before.precision, "float");
    assert_string_equal(info.precision, "bf16");
    size_t dense = spec.layers * (4 * spec.hidden * spec.hidden + 2 * spec.hidden * spec.intermediate);
    assert_int_equal(before.weight_bytes - info.weight_bytes, 2 * dense);
    assert_false(nomen_model_is_int8(bf16));
    nomen_model_release(floats);
    nomen_model_release(bf16);
    flow_remove(&f);
}

static void expect(const char *directory, const nomen_model_options *options, nomen_status status, const char *says) {
    nomen_model *model = NULL;
    nomen_error err = {0};
    assert_int_equal(nomen_model_load(directory, options, &model, &err), status);
    if (strstr(err.message, says) == NULL) { fail_msg("\"%s\" does not say \"%s\"", err.message, says); }
    assert_null(model);
}

/* Two precisions at once, int8 weights, a number that is none, and a processor without it. */
static void test_refusals(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    nomen_model_options both = as_bf16, wrong = as_bf16, floats = {.size = sizeof floats, .purpose = NOMEN_FOR_WRITING};
    nomen_model *model = NULL;
    char quantised[192];
    flow_make(&f, &spec);
    both.int8 = true;
    expect(f.model, &both, NOMEN_ERROR_ARGUMENT, "int8 and bf16 are both requested");
    wrong.precision = (nomen_precision)7;
    expect(f.model, &wrong, NOMEN_ERROR_ARGUMENT, "precision");
    assert_int_equal(nomen_model_load(f.model, &floats, &model, NULL), NOMEN_OK);
    scratch_path(f.root, "quantised", quantised);
    assert_int_equal(mkdir(quantised, 0777), 0);
    assert_int_equal(nomen_model_save_int8(model, quantised, NULL, 8, NULL), NOMEN_OK);
    nomen_model_release(model);
    expect(quantised, &as_bf16, NOMEN_ERROR_UNSUPPORTED, "its weights are int8");
    static const char *const without[] = {"avx2", "neon"};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        if (nomen_kernels_test_use(without[i])) { expect(f.model, &as_bf16, NOMEN_ERROR_UNSUPPORTED, "needs a processor with"); }
    }
    flow_remove(&f);
}

#define RUN(test) cmocka_unit_test_setup_teardown(test, use_bf16, use_usual)

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_near_floats), RUN(test_one_set_of_bits), RUN(test_memory), RUN(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
