/* A model in int8: near the same model in floats, in less memory, and never trained. */
#include <math.h>

#include "model_dir/logits.h"

/*
 * The bound. A dense layer's operands are rounded to steps of max/127, an error of rms max/127/sqrt(12) each;
 * with a max of at most 4.5 times the rms in rows of this length, that is 0.0102 of the rms for either
 * operand, so 0.0145 of the rms of a result. Where the weights are random the errors are too: in the
 * stream between the norms, which has about the rms of each result, those of the 4 L layers add up as squares,
 * 0.0145 sqrt(4 L). The operations between pass relative errors on with a factor near 1; twice is allowed.
 */
static void test_near_floats(void **state) {
    (void)state;
    static const struct {
        size_t layers, heads, hidden, intermediate;
    } sizes[] = {{1, 1, 16, 64}, {2, 2, 32, 48}, {3, 4, 44, 100}, {6, 2, 64, 256}, {12, 2, 24, 33}};
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
        const nomen_model_options as_int8 = {.size = sizeof as_int8, .int8 = true};
        nomen_real *floats = compute_logits(f.model, NULL, &n), *int8 = compute_logits(f.model, &as_int8, &n_again);
        double error = 0, size = 0, bound = 2 * 0.0145 * sqrt(4.0 * (double)spec.layers);
        assert_int_equal(n, n_again);
        for (size_t e = 0; e < n; e++) {
            error += pow((double)(int8[e] - floats[e]), 2);
            size += pow((double)floats[e], 2);
        }
        printf("%zu layers: %.4f of the rms, %.4f allowed\n", spec.layers, sqrt(error / size), bound);
        assert_true(error > 0 && sqrt(error / size) < bound);
        nomen_mem_free(floats);
        nomen_mem_free(int8);
        flow_remove(&f);
    }
}

/* Floats of the dense layers are in no block of an int8 model. */
static void test_memory(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    nomen_model_options options = {.size = sizeof options, .int8 = true};
    nomen_model *floats = NULL, *int8 = NULL;
    flow_make(&f, &spec);
    assert_int_equal(nomen_model_load(f.model, NULL, &floats, NULL), NOMEN_OK);
    assert_int_equal(nomen_model_load(f.model, &options, &int8, NULL), NOMEN_OK);
    size_t dense = spec.layers * (4 * spec.hidden * spec.hidden + 2 * spec.hidden * spec.intermediate);
    assert_int_equal(floats->table.n_elements - int8->table.n_elements, dense);
    nomen_dense_place end = nomen_dense_place_of(&int8->config, spec.layers, NOMEN_DENSE_QKV);
    assert_true(end.packed > dense && end.packed < 4 * dense);
    assert_int_equal(end.scale, spec.layers * (5 * spec.hidden + spec.intermediate));
    nomen_model_release(floats);
    nomen_model_release(int8);
    flow_remove(&f);
}

static void expect(const char *directory, const nomen_model_options *options, nomen_status status, const char *says) {
    nomen_model *model = NULL;
    nomen_error err = {0};
    assert_int_equal(nomen_model_load(directory, options, &model, &err), status);
    if (strstr(err.message, says) == NULL) { fail_msg("\"%s\" does not say \"%s\"", err.message, says); }
    assert_null(model);
}

/* Training is refused, and so is what is no number or too wide for exact sums. */
static void test_refusals(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    char *labels[] = {(char[]){"O"}};
    nomen_model_options train = {.size = sizeof train,
                                 .purpose = NOMEN_FOR_TRAINING,
                                 .int8 = true,
                                 .labels = labels,
                                 .n_labels = 1},
                        int8 = {.size = sizeof int8, .int8 = true};
    nomen_model *model = NULL;
    flow_make(&f, &spec);
    expect(f.model, &train, NOMEN_ERROR_UNSUPPORTED, "can't be trained");
    assert_int_equal(nomen_model_load(f.model, NULL, &model, NULL), NOMEN_OK);
    model->values[model->table.layers[1].weight[NOMEN_DENSE_UP] + 2 * spec.hidden] = NAN;
    assert_int_equal(nomen_weights_save(f.model, &model->table, model->values, NULL), NOMEN_OK);
    nomen_model_release(model);
    expect(f.model, &int8, NOMEN_ERROR_DATA, "layer.1.intermediate.dense.weight\": row 2 contains a number that is not");
    flow_remove(&f);
    spec.layers = 1;
    spec.hidden = 2;
    spec.heads = 1;
    spec.intermediate = NOMEN_INT8_MAX_IN + 1;
    flow_make(&f, &spec);
    expect(f.model, &int8, NOMEN_ERROR_LIMIT, "int8 allows at most 131072");
    flow_remove(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_near_floats), cmocka_unit_test(test_memory),
                                       cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
