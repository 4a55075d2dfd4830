/* The hyper-parameters by name: every one set by text, bad values refused by name, files and records. */
#include <math.h>

#include "base/file.h"
#include "base/mem.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"
#include "train/options/options.h"
#include "train/options/parameters.h"

/* A value other than both recipes' for each parameter, and values that are none of it. */
static const struct {
    const char *name, *good, *bad[4];
} rows[] = {
    {"rows", "17", {"-1", "1.5", "x", ""}},
    {"split", "70/20/10", {"80/10", "80/10/11", "0/50/50", "80/10/10/0"}},
    {"numpy-split", "true", {"yes", "1", "", "TRUE"}},
    {"split-seed", "18446744073709551615", {"-1", "18446744073709551616", "0x1", " 1"}},
    {"folds", "5", {"-1", "1001", "x", "2.5"}},
    {"fold", "2", {"-1", "1001", "x", "0.5"}},
    {"seed", "7", {"-7", "seven", "7 ", "1e3"}},
    {"epochs", "4", {"0", "2.5", "nan", "1e7"}},
    {"batch-size", "3", {"0", "-2", "inf", "two"}},
    {"gradient-accumulation-steps", "2", {"0", "0.5", "", "x"}},
    {"max-tokens", "128", {"0", "1e8", "-1", "k"}},
    {"gradient-checkpointing", "true", {"yes", "1", "", "True"}},
    {"reduce-by-batch", "true", {"yes", "1", "", "True"}},
    {"shuffle", "false", {"no", "0", "False", ""}},
    {"optimizer", "lion", {"adam", "SGD", "", "adamw "}},
    {"learning-rate", "3.3333333333333335e-5", {"-1", "nan", "1e4", "5e-5x"}},
    {"lr-scheduler-type", "cosine_with_restarts", {"cosine-with-restarts", "", "Linear", "1"}},
    {"lr-scheduler-kwargs", "{\"num_cycles\": 3}", {NULL, NULL, NULL, NULL}}, /* looked at when a run begins */
    {"warmup-ratio", "0.25", {"1.1", "-0.1", "10%", ""}},
    {"warmup-steps", "12", {"1.2", "-3", "", "x"}},
    {"weight-decay", "0.02", {"-0.01", "nan", "x", ""}},
    {"layer-lr-decay", "0.75", {"0", "1.1", "x", "-0.5"}},
    {"head-learning-rate", "0.003", {"-1", "nan", "1e4", "x"}},
    {"adam-beta1", "0.8", {"1", "-0.1", "x", ""}},
    {"adam-beta2", "0.98", {"1", "2", "x", ""}},
    {"adam-epsilon", "1e-6", {"0", "-1", "2", "x"}},
    {"momentum", "0.9", {"1", "-0.1", "x", ""}},
    {"nesterov", "true", {"yes", "1", "", "True"}},
    {"lion-beta1", "0.95", {"1", "-0.1", "x", ""}},
    {"lion-beta2", "0.98", {"1", "2", "x", ""}},
    {"max-grad-norm", "0.5", {"-1", "inf", "x", ""}},
    {"ema-decay", "0.99", {"1", "-0.1", "nan", ""}},
    {"label-all-pieces", "inside", {"all", "", "First", "0"}},
    {"crf", "true", {"yes", "1", "", "True"}},
    {"crf-learning-rate", "0.02", {"-1", "nan", "1e4", "x"}},
    {"freeze-embeddings", "true", {"yes", "1", "", "True"}},
    {"freeze-layers", "2", {"-1", "1.5", "x", ""}},
    {"lora-rank", "4", {"-1", "0.5", "65537", "x"}},
    {"lora-alpha", "16", {"0", "-1", "nan", "x"}},
    {"lora-dropout", "0.1", {"1", "-0.1", "x", ""}},
    {"lora-target", "query,output.dense", {NULL, NULL, NULL, NULL}}, /* checked together with the others */
    {"lora-init", "adapter.safetensors", {NULL, NULL, NULL, NULL}},  /* anything else is a file's name too */
    {"lora-export", "adapter", {"both", "", "Merged", "1"}},
    {"class-weight", "auto", {NULL, NULL, NULL, NULL}}, /* anything else is a file's name */
    {"class-weight-beta", "0.9", {"1", "-0.1", "nan", "x"}},
    {"loss", "focal", {"Focal", "ce", "", "0"}},
    {"focal-gamma", "0.5", {"-1", "101", "nan", "x"}},
    {"label-smoothing", "0.1", {"-0.1", "1.1", "nan", "10%"}},
    {"oversample-threshold", "0.05", {"-1", "1.5", "nan", "x"}},
    {"keep-labels", "false", {"yes", "", "True", "1"}},
    {"max-length", "99", {"-1", "1.5", "x", ""}},
    {"stride", "12", {"-1", "1.5", "x", ""}},
    {"on-overflow", "error", {"cut", "", "Window", "1"}},
    {"context", "64", {"-1", "1.5", "x", ""}},
    {"logging-steps", "5", {"0", "-1", "x", "0.5"}},
    {"load-best-model-at-end", "false", {"last", "0", "", "no"}},
    {"eval-steps", "50", {"-1", "0.5", "x", ""}},
    {"metric-for-best-model", "per.f1", {NULL, NULL, NULL, NULL}}, /* the dev part says which there are */
    {"early-stopping-patience", "3", {"-1", "1.5", "x", ""}},
    {"early-stopping-threshold", "0.01", {"-0.1", "nan", "x", ""}},
    {"precision", "bf16", {"fp16", "", "BF16", "1"}},
};
enum { N_ROWS = sizeof rows / sizeof *rows };

static json_t *record_of(const nomen_train_options *options) {
    nomen_error err = {0};
    json_t *record = NULL;
    if (nomen_train_record(options, &record, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return record;
}

/* The table above has every parameter of the program's. */
static void test_table_is_complete(void **state) {
    (void)state;
    const nomen_train_parameter *p = nomen_train_parameters();
    size_t n = 0;
    for (; p[n].name != NULL; n++) {
        assert_true(n < N_ROWS);
        assert_string_equal(p[n].name, rows[n].name);
        assert_true(strlen(p[n].value) > 0 && strlen(p[n].help) > 0);
    }
    assert_int_equal(n, N_ROWS);
}

/* Setting one changes its own key of the record and no other. */
static void test_every_parameter(void **state) {
    (void)state;
    for (size_t i = 0; i < N_ROWS; i++) {
        nomen_train_options o;
        nomen_error err = {0};
        nomen_train_init(&o, sizeof o);
        json_t *before = record_of(&o);
        assert_int_equal(nomen_train_set(&o, rows[i].name, rows[i].good, &err), NOMEN_OK);
        json_t *after = record_of(&o);
        for (size_t j = 0; j < N_ROWS; j++) {
            bool same = json_equal(json_object_get(before, rows[j].name), json_object_get(after, rows[j].name));
            if (same == (i == j)) {
                fail_msg("setting %s: %s is %s", rows[i].name, rows[j].name, same ? "as it was" : "another");
            }
        }
        json_decref(before);
        json_decref(after);
    }
}

static void test_bad_values(void **state) {
    (void)state;
    for (size_t i = 0; i < N_ROWS; i++) {
        for (size_t b = 0; b < 4 && rows[i].bad[b] != NULL; b++) {
            nomen_train_options o, untouched;
            nomen_error err = {0};
            nomen_train_init(&o, sizeof o);
            nomen_train_init(&untouched, sizeof untouched);
            if (nomen_train_set(&o, rows[i].name, rows[i].bad[b], &err) != NOMEN_ERROR_ARGUMENT) {
                fail_msg("--%s takes \"%s\"", rows[i].name, rows[i].bad[b]);
            }
            assert_non_null(strstr(err.message, rows[i].name));
            assert_non_null(strstr(err.message, rows[i].bad[b]));
            json_t *x = record_of(&o), *y = record_of(&untouched);
            assert_true(json_equal(x, y));
            json_decref(x);
            json_decref(y);
        }
    }
    nomen_train_options o;
    nomen_error err = {0};
    nomen_train_init(&o, sizeof o);
    assert_int_equal(nomen_train_set(&o, "learning_rate", "1", &err), NOMEN_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "learning_rate"));
}

/* The recipes as the design states them. */
/* Every hyper-parameter has a row in the documentation, with its default. */
static void test_documented(void **state) {
    (void)state;
    nomen_buffer page = {0};
    nomen_train_options o;
    nomen_error err = {0};
    json_t *defaults = NULL;
    nomen_train_init(&o, sizeof o);
    assert_int_equal(nomen_train_record(&o, &defaults, &err), NOMEN_OK);
    assert_int_equal(nomen_file_read(NOMEN_SOURCE_DIR "/docs/TRAINING.md", &page, &err), NOMEN_OK);
    assert_int_equal(nomen_buffer_append_byte(&page, '\0', &err), NOMEN_OK);
    for (const nomen_train_parameter *p = nomen_train_parameters(); p->name != NULL; p++) {
        const json_t *value = json_object_get(defaults, p->name);
        char start[64], shown[64] = "", *end = NULL;
        snprintf(start, sizeof start, "\n| `--%s ", p->name);
        const char *row = strstr(page.data, start);
        if (row == NULL || sscanf(row + strlen(start), "%*[^|]| %63[^| ]", shown) != 1) {
            fail_msg("docs/TRAINING.md has no row of --%s", p->name);
        }
        const double number = strtod(shown, &end);
        const char *text = json_is_boolean(value) ? (json_is_true(value) ? "true" : "false") : json_string_value(value);
        const bool same = text != NULL ? strcmp(shown, text) == 0 : *end == '\0' && number == json_number_value(value);
        if (!same) { fail_msg("docs/TRAINING.md has another default of --%s: %s", p->name, shown); }
    }
    nomen_buffer_clear(&page);
    json_decref(defaults);
}

static void test_recipes(void **state) {
    (void)state;
    nomen_train_options o;
    nomen_error err = {0};
    nomen_train_init(&o, sizeof o);
    assert_true(o.optimizer == NOMEN_OPTIMIZER_ADAMW && o.learning_rate == 0 && o.weight_decay == 0.01);
    assert_true(o.schedule == NOMEN_SCHEDULE_LINEAR && o.warmup_ratio == 0.1 && o.max_grad_norm == 1.0);
    assert_true(o.batch_size == 16 && o.epochs == 3 && o.keep_best && !o.numpy_split);
    assert_int_equal(nomen_train_set_recipe(&o, "seed", &err), NOMEN_OK);
    assert_true(o.optimizer == NOMEN_OPTIMIZER_SGD && o.learning_rate == 5e-3 && o.batch_size == 2 && o.epochs == 5);
    assert_true(o.numpy_split && o.split_seed == 42 && o.split[0] == 80 && o.split[1] == 10 && o.split[2] == 10);
    assert_int_equal(nomen_train_set_recipe(&o, "best", &err), NOMEN_OK);
    assert_true(o.optimizer == NOMEN_OPTIMIZER_ADAMW && o.learning_rate == 0 && o.batch_size == 16 && o.epochs == 6);
    assert_int_equal(nomen_train_set_recipe(&o, "fast", &err), NOMEN_OK);
    assert_true(o.learning_rate == 0 && o.epochs == 1 && !o.numpy_split);
    assert_int_equal(nomen_train_set_recipe(&o, "mine", &err), NOMEN_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "mine"));
}

/* The rate of a run that states none: BERT-base's is the usual one, narrower models have more, and there are bounds. */
static void test_usual_rate(void **state) {
    (void)state;
    nomen_train_options o;
    nomen_error err = {0};
    nomen_train_init(&o, sizeof o);
    assert_true(nomen_usual_rate(&o, 768) == 5e-5 && nomen_usual_rate(&o, 384) == 2e-4);
    assert_true(nomen_usual_rate(&o, 32) == 4e-4 && nomen_usual_rate(&o, 4096) == 2e-5);
    assert_int_equal(nomen_train_set(&o, "optimizer", "lion", &err), NOMEN_OK);
    assert_true(fabs(nomen_usual_rate(&o, 768) / 2e-5 - 1) < 1e-9);
    assert_int_equal(nomen_train_set(&o, "optimizer", "sgd", &err), NOMEN_OK);
    assert_true(fabs(nomen_usual_rate(&o, 768) / 2.5e-2 - 1) < 1e-9);
    assert_int_equal(nomen_train_set(&o, "learning-rate", "0.5", &err), NOMEN_OK);
    assert_int_equal(nomen_train_set(&o, "learning-rate", "auto", &err), NOMEN_OK);
    assert_true(o.learning_rate == 0);
    assert_int_equal(nomen_train_set(&o, "learning-rate", "0", &err), NOMEN_ERROR_ARGUMENT);
}

static nomen_status load(nomen_train_options *o, const char *json, char **texts, nomen_error *err) {
    char directory[64], path[192];
    assert_non_null(scratch_make(directory));
    scratch_path(directory, "recipe.json", path);
    assert_int_equal(nomen_file_write(path, json, strlen(json), err), NOMEN_OK);
    nomen_status status = nomen_train_load_recipe(o, path, texts, err);
    scratch_remove(directory);
    return status;
}

/* What a run records is a recipe that gives the same options, to the last bit. */
static void test_round_trip(void **state) {
    (void)state;
    nomen_train_options o, again;
    nomen_error err = {0};
    nomen_buffer text = {0};
    char *texts = NULL;
    nomen_train_init(&o, sizeof o);
    nomen_train_init(&again, sizeof again);
    for (size_t i = 0; i < N_ROWS; i++) { assert_int_equal(nomen_train_set(&o, rows[i].name, rows[i].good, &err), NOMEN_OK); }
    json_t *record = record_of(&o);
    assert_int_equal(nomen_json_append(record, true, &text, &err), NOMEN_OK);
    assert_int_equal(nomen_buffer_append_byte(&text, '\0', &err), NOMEN_OK);
    if (load(&again, text.data, &texts, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    json_t *second = record_of(&again);
    assert_true(json_equal(record, second));
    assert_true(again.learning_rate == 3.3333333333333335e-5 && again.split_seed == UINT64_MAX);
    json_decref(record);
    json_decref(second);
    nomen_buffer_clear(&text);
    nomen_free(texts);
}

static void test_bad_recipes(void **state) {
    (void)state;
    static const struct {
        const char *json, *message;
    } bad[] = {
        {"[]", "not a JSON object"},
        {"{\"epochs\": 0}", "epochs: \"0\""},
        {"{\"epochs\": null}", "epochs"},
        {"{\"epochs\": [3]}", "epochs"},
        {"{\"epoch\": 3}", "\"epoch\""},
        {"{\"shuffle\": 1}", "shuffle: \"1\""},
        {"{\"learning-rate\": \"fast\"}", "\"fast\""},
        {"{\"epochs\": 1, \"epochs\": 2}", "duplicate"},
        {"{", "recipe.json:1"},
        {"{\"epochs\": 7, \"class-weight\": \"auto\", \"seed\": -1}", "seed: \"-1\""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        nomen_train_options o;
        nomen_error err = {0};
        char *texts = NULL;
        nomen_train_init(&o, sizeof o);
        long live = nomen_mem_test_live();
        assert_int_not_equal(load(&o, bad[i].json, &texts, &err), NOMEN_OK);
        assert_non_null(strstr(err.message, "recipe.json"));
        if (strstr(err.message, bad[i].message) == NULL) { fail_msg("%s: %s", bad[i].json, err.message); }
        assert_null(texts);
        assert_int_equal(nomen_mem_test_live(), live);
        assert_string_equal(o.class_weight, "none"); /* all is as it was, and nothing points into a text that is gone */
        assert_int_equal(o.epochs, 3);
    }
}

/* A caller of the library may write what no text gives. */
static void test_values_outside_their_range(void **state) {
    (void)state;
    nomen_train_options o;
    nomen_error err = {0};
    nomen_train_init(&o, sizeof o);
    assert_int_equal(nomen_train_check_values(&o, &err), NOMEN_OK);
    o.logging_steps = 0;
    assert_int_equal(nomen_train_check_values(&o, &err), NOMEN_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "logging-steps: \"0\" is not"));
    nomen_train_init(&o, sizeof o);
    err = (nomen_error){0};
    o.adam_beta1 = 1;
    assert_int_equal(nomen_train_check_values(&o, &err), NOMEN_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "adam-beta1"));
    nomen_train_init(&o, sizeof o);
    err = (nomen_error){0};
    o.schedule = (nomen_schedule)10;
    assert_int_equal(nomen_train_check_values(&o, &err), NOMEN_ERROR_ARGUMENT);
    assert_non_null(strstr(err.message, "lr-scheduler-type"));
}

/* What other programs get as strings: a recipe that reads back, and results, also of a run that scored nothing. */
static void test_strings(void **state) {
    (void)state;
    nomen_error err = {0};
    nomen_train_options o, read;
    nomen_train_result result = {0};
    char root[64], path[192], *text = NULL, *again = NULL, *texts = NULL;
    size_t n_bytes = 1;
    nomen_train_init(&o, sizeof o);
    nomen_train_init(&read, sizeof read);
    assert_int_equal(nomen_train_set(&o, "learning-rate", "3.3333333333333335e-5", &err), NOMEN_OK);
    assert_int_equal(nomen_train_options_to_json(&o, &text, &n_bytes, &err), NOMEN_OK);
    assert_non_null(scratch_make(root));
    assert_int_equal(nomen_file_write(scratch_path(root, "recipe.json", path), text, n_bytes, &err), NOMEN_OK);
    assert_int_equal(nomen_train_load_recipe(&read, path, &texts, &err), NOMEN_OK);
    assert_int_equal(nomen_train_options_to_json(&read, &again, NULL, &err), NOMEN_OK);
    assert_string_equal(text, again);
    nomen_mem_free(text);
    nomen_mem_free(again);
    nomen_mem_free(texts);
    scratch_remove(root);
    assert_int_equal(nomen_train_result_to_text(&result, &text, &n_bytes, &err), NOMEN_OK);
    assert_true(n_bytes == 0 && text[0] == '\0');
    nomen_mem_free(text);
    assert_int_equal(nomen_train_result_to_json(&result, &text, NULL, &err), NOMEN_OK);
    assert_memory_equal(text, "{\"epochs\":[],", 13);
    nomen_mem_free(text);
    o.size = 3;
    text = NULL;
    assert_int_equal(nomen_train_options_to_json(&o, &text, NULL, &err), NOMEN_ERROR_ARGUMENT);
    assert_null(text);
}

/* transformers puts eval_ before the figures of its log, and takes them with it, too. */
static void test_metric_names(void **state) {
    (void)state;
    static const struct {
        const char *given, *taken;
    } names[] = {{NULL, "f1"}, {"eval_loss", "loss"}, {"loss", "loss"}, {"eval_x.f1", "eval_x.f1"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        nomen_train_options o, own;
        nomen_error err = {0};
        nomen_train_init(&o, sizeof o);
        o.best_metric = names[i].given;
        assert_int_equal(nomen_train_take(&own, &o, &err), NOMEN_OK);
        assert_string_equal(own.best_metric, names[i].taken);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_is_complete),
        cmocka_unit_test(test_every_parameter),
        cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_documented),
        cmocka_unit_test(test_recipes),
        cmocka_unit_test(test_usual_rate),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_bad_recipes),
        cmocka_unit_test(test_values_outside_their_range),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_metric_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
