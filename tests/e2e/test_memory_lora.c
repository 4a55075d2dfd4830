/* Every allocation failing, as in test_memory.c, of a run with LoRA and of loading the adapter that it leaves. */
#include "e2e/failing.h"
#include "model_dir/model.h"
#include "nomen/info.h"

/* A run with LoRA, its adapter read again in floats and int8. */
static nomen_status train_and_load(flow *f, nomen_error *err) {
    nomen_train_options o = flow_options(f);
    nomen_train_result result = {0};
    nomen_model *model = NULL;
    nomen_status status;
    o.epochs = 1;
    o.lora_rank = 3;
    o.lora_target = "query,output.dense";
    o.lora_export = NOMEN_LORA_ADAPTER;
    o.overwrite = true;
    NOMEN_TRY(nomen_train(&o, NULL, NULL, &result, err));
    for (int int8 = 0; int8 < 2; int8++) {
        const nomen_model_options options = {.size = sizeof options, .int8 = int8};
        NOMEN_TRY(nomen_model_load(f->output, &options, &model, err));
        nomen_model_release(model);
        model = NULL;
    }
done:
    nomen_train_result_clear(&result);
    return status;
}

static nomen_status only_load(flow *f, nomen_error *err) {
    nomen_model *model = NULL;
    const nomen_model_options options = {.size = sizeof options, .int8 = true};
    char *json = NULL;
    size_t n_bytes = 0;
    nomen_status status;
    NOMEN_TRY(nomen_model_load(f->output, &options, &model, err));
    NOMEN_TRY(nomen_directory_to_json(f->output, &json, &n_bytes, err));
    NOMEN_TRY(nomen_buffer_append(&found, json, n_bytes, err));
    status = nomen_buffer_append(&found, model->bert.dense.packed, 64, err);
done:
    nomen_free(json);
    nomen_model_release(model);
    return status;
}

static void test_memory(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    spec.layers = 1;
    flow_make(&f, &spec);
    fail_each(&(operation){"train with LoRA", train_and_load, NULL}, &f, 29);
    fail_each(&(operation){"load an adapter", only_load, NULL}, &f, 3);
    flow_remove(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
