/* Runs that train a part of the model: what is refused, what stays as it was, and adapters as nomen reads them again. */
#include "base/json.h"
#include "model/lora_weights.h"
#include "nomen/quantize.h"
#include "train/run.h"

static nomen_train_options lora_options(const flow *f) {
    nomen_train_options o = flow_options(f);
    o.lora_rank = 3;
    o.lora_target = "query,value,intermediate.dense,output.dense";
    o.lora_export = NOMEN_LORA_ADAPTER;
    o.learning_rate = 1e-2;
    return o;
}

static void run(const nomen_train_options *o) {
    nomen_train_result result = flow_train(o);
    nomen_train_result_clear(&result);
}

static nomen_model *load_as(const char *directory, bool int8) {
    const nomen_model_options options = {.size = sizeof options, .int8 = int8, .purpose = NOMEN_FOR_WRITING};
    nomen_model *model = NULL;
    nomen_error err = {0};
    if (nomen_model_load(directory, &options, &model, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return model;
}

static void test_refused(void **state) {
    flow *f = *state;
    static const struct {
        const char *name, *value, *lora_rank, *expected;
    } cases[] = {
        {"lora-alpha", "16", "0", "lora-alpha: has no effect without LoRA"},
        {"lora-dropout", "0.1", "0", "lora-dropout: has no effect without LoRA"},
        {"lora-target", "key", "0", "lora-target: has no effect without LoRA"},
        {"lora-init", "x", "0", "lora-init: has no effect without LoRA"},
        {"lora-export", "adapter", "0", "lora-export: has no effect without LoRA"},
        {"freeze-layers", "1", "2", "freeze-layers: has no effect with lora-rank"},
        {"freeze-embeddings", "true", "2", "freeze-embeddings: has no effect with lora-rank"},
        {"lora-target", "dense", "2", "lora-target: \"dense\" is no dense layer"},
        {"lora-target", "query,", "2", "lora-target: \"\" is no dense layer"},
        {"lora-target", "key,value,key", "2", "lora-target: \"key\" is named twice"},
        {"freeze-layers", "9", "0", "freeze-layers: is 9, but"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_train_options o = flow_options(f);
        assert_int_equal(nomen_train_set(&o, "lora-rank", cases[i].lora_rank, NULL), NOMEN_OK);
        assert_int_equal(nomen_train_set(&o, cases[i].name, cases[i].value, NULL), NOMEN_OK);
        expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, cases[i].expected);
    }
}

/* Whether the tensors that a test names are those of the start, bit for bit, and every other has moved. */
static void check_moved(const flow *f, bool (*is_frozen)(const nomen_param *row)) {
    nomen_model *before = load(f->model), *after = load(f->output);
    size_t n_frozen = 0, n_moved = 0;
    for (size_t i = 0; i < before->table.n_model_rows; i++) {
        const nomen_param *row = &before->table.rows[i];
        if (row->head) { continue; } /* the labels of the data may be others */
        bool same = memcmp(before->values + row->offset, after->values + row->offset, row->size * sizeof(nomen_real)) == 0;
        if (same != is_frozen(row)) { fail_msg("%s %s", row->name, same ? "is as it was" : "has moved"); }
        n_frozen += same;
        n_moved += !same;
    }
    assert_true(n_frozen > 4 && n_moved > 4);
    nomen_model_release(before);
    nomen_model_release(after);
}

static bool in_embeddings(const nomen_param *row) {
    return strstr(row->name, "embeddings.") != NULL;
}

static bool below_second(const nomen_param *row) {
    return in_embeddings(row) || strstr(row->name, "layer.0.") != NULL;
}

static bool no_target(const nomen_param *row) {
    return !row->dense || strstr(row->name, "key") != NULL || strstr(row->name, "attention.output") != NULL;
}

static void test_frozen(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    o.overwrite = true;
    o.freeze_embeddings = true;
    run(&o);
    check_moved(f, in_embeddings);
    o.freeze_embeddings = false;
    o.freeze_layers = 1;
    run(&o);
    check_moved(f, below_second);
    o = lora_options(f);
    o.overwrite = true;
    run(&o);
    check_moved(f, no_target); /* the weights of targets are read merged */
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

static void quantize(const char *model, const char *output) {
    nomen_quantize_options o;
    nomen_quantize_result result = {0};
    nomen_error err = {0};
    nomen_quantize_init(&o, sizeof o);
    o.model = model;
    o.output = output;
    if (nomen_quantize(&o, &result, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    nomen_quantize_result_clear(&result);
}

/* The merged export is what the adapter's directory is read as: the same bits in floats, in int8 and quantised. */
static void test_adapter_is_merged(void **state) {
    flow *f = *state;
    char merged[192], from_adapter[192], from_merged[192];
    nomen_train_options o = lora_options(f);
    o.crf = true;
    run(&o);
    assert_int_equal(flow_entries(f->output), 11);
    o.lora_export = NOMEN_LORA_MERGED;
    o.output = scratch_path(f->root, "merged", merged);
    run(&o);
    assert_int_equal(flow_entries(merged), 10);
    assert_true(same_file(f->output, merged, "crf.safetensors"));
    for (int int8 = 0; int8 < 2; int8++) {
        nomen_model *a = load_as(f->output, int8), *b = load_as(merged, int8);
        assert_int_equal(a->table.n_elements, b->table.n_elements);
        assert_memory_equal(a->values, b->values, a->table.n_elements * sizeof(nomen_real));
        assert_true(a->config.crf && b->config.crf);
        size_t n_packed = nomen_dense_place_of(&a->config, a->config.num_hidden_layers, NOMEN_DENSE_QKV).packed;
        if (int8) { assert_memory_equal(a->bert.dense.packed, b->bert.dense.packed, n_packed); }
        nomen_model_release(a);
        nomen_model_release(b);
    }
    quantize(f->output, scratch_path(f->root, "q-adapter", from_adapter));
    quantize(merged, scratch_path(f->root, "q-merged", from_merged));
    assert_true(flow_same_weights(from_adapter, from_merged));
    /* Going on from an adapter: its own weights are trained, but it can't have another adapter. */
    o = lora_options(f);
    o.model = f->output;
    char again[192];
    o.output = scratch_path(f->root, "again", again);
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "is an adapter itself");
    o = flow_options(f);
    o.model = f->output;
    o.output = again;
    run(&o);
}

static void refuse_load(const char *directory, nomen_status expected_status, const char *expected) {
    nomen_model *model = NULL;
    nomen_error err = {0};
    nomen_status status = nomen_model_load(directory, NULL, &model, &err);
    if (status != expected_status || strstr(err.message, expected) == NULL) { fail_msg("%d: %s", status, err.message); }
}

static void set_key(const char *directory, const char *key, json_t *value) {
    char path[192];
    json_t *json = NULL;
    scratch_path(directory, "adapter_config.json", path);
    assert_int_equal(nomen_json_read(path, &json, NULL), NOMEN_OK);
    assert_int_equal(json_object_set_new(json, key, value), 0);
    assert_int_equal(nomen_json_write(path, json, NULL), NOMEN_OK);
    json_decref(json);
}

static void test_damaged(void **state) {
    flow *f = *state;
    char path[192], kept[192], relative[192];
    snprintf(relative, sizeof relative, "../../%s/model", strrchr(f->root, '/') + 1);
    nomen_train_options o = lora_options(f);
    run(&o);
    set_key(f->output, "r", json_integer(0));
    refuse_load(f->output, NOMEN_ERROR_FORMAT, "\"r\" is 0");
    set_key(f->output, "r", json_integer(4));
    refuse_load(f->output, NOMEN_ERROR_FORMAT, "expected [4, ");
    set_key(f->output, "r", json_integer(3));
    set_key(f->output, "use_dora", json_true());
    refuse_load(f->output, NOMEN_ERROR_UNSUPPORTED, "\"use_dora\"");
    set_key(f->output, "use_dora", json_false());
    set_key(f->output, "base_model_name_or_path", json_string("nobody/has-this"));
    refuse_load(f->output, NOMEN_ERROR_IO, "nobody/has-this");
    set_key(f->output, "base_model_name_or_path", json_string(relative)); /* from the adapter's directory */
    nomen_model_release(load(f->output));
    set_key(f->output, "base_model_name_or_path", json_string("."));
    refuse_load(f->output, NOMEN_ERROR_IO, "contains no weights");
    set_key(f->output, "base_model_name_or_path", json_string(f->output));
    refuse_load(f->output, NOMEN_ERROR_UNSUPPORTED, "is an adapter itself");
    set_key(f->output, "base_model_name_or_path", json_string(f->model));
    scratch_path(f->output, NOMEN_LORA_FILE, path);
    assert_int_equal(rename(path, scratch_path(f->root, "kept", kept)), 0);
    refuse_load(f->output, NOMEN_ERROR_IO, NOMEN_LORA_FILE);
    /* Adapters of another rank are not what a run starts from. */
    o.lora_init = kept;
    o.lora_rank = 2;
    o.output = scratch_path(f->root, "other", path);
    expect_failure(f, &o, NOMEN_ERROR_FORMAT, "another rank");
    o.lora_rank = 3;
    o.lora_target = "query";
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "lora-target does not name");
    o.lora_target = "query,key,value,intermediate.dense,output.dense";
    expect_failure(f, &o, NOMEN_ERROR_FORMAT, "is missing");
}

/* A rank that the layers can't use: hidden size 32. */
static void test_rank_without_use(void **state) {
    flow *f = *state;
    for (size_t rank = 32; rank <= 33; rank++) {
        nomen_train_options o = lora_options(f);
        o.lora_rank = rank;
        o.overwrite = true;
        messages[0] = '\0';
        run(&o);
        assert_int_equal(
            strstr(messages, "lora-rank: is 33, but the smaller side of a dense layer with an adapter is 32") != NULL, rank > 32);
    }
}

/* Takes the configuration from an adapter's directory, which peft does not write, so that the base's counts. */
static void without_config(const char *directory) {
    char path[192];
    assert_int_equal(remove(scratch_path(directory, "config.json", path)), 0);
}

/* Adapters of layers that the model has not: as a directory with another base, and as what a run starts from. */
static void test_other_depth(void **state) {
    flow *f = *state;
    char deep[192], output[192], init[192];
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    spec.layers = 4;
    assert_int_equal(tiny_model_write(scratch_path(f->root, "deep", deep), &spec, &err), NOMEN_OK);
    nomen_train_options o = lora_options(f);
    o.model = deep;
    run(&o);
    without_config(f->output);
    nomen_model_release(load(f->output));
    set_key(f->output, "base_model_name_or_path", json_string(f->model));
    refuse_load(f->output, NOMEN_ERROR_FORMAT, "of layer 2, but the model has 2 layers");
    o.model = f->model;
    o.lora_init = scratch_path(f->output, NOMEN_LORA_FILE, init);
    o.output = scratch_path(f->root, "other", output);
    expect_failure(f, &o, NOMEN_ERROR_FORMAT, "of layer 2, but the model has 2 layers");
    /* The other way round: layers without an adapter, which the configuration must say. */
    o.lora_init = NULL;
    o.output = f->output;
    o.overwrite = true;
    o.lora_target = "query,value"; /* a list of names, which stands for all layers, and no expression */
    run(&o);
    without_config(f->output);
    set_key(f->output, "base_model_name_or_path", json_string(deep));
    refuse_load(f->output, NOMEN_ERROR_FORMAT, "is missing");
    set_key(f->output, "layers_to_transform", json_pack("[i, i]", 0, 1));
    nomen_model_release(load(f->output));
}

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_refused), RUN(test_frozen),      RUN(test_adapter_is_merged),
                                       RUN(test_damaged), RUN(test_other_depth), RUN(test_rank_without_use)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
