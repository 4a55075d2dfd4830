/* What optimisers, schedules and rates of layers do in a run: accumulation, shares of the rate, plateaus, what is refused. */
#include <math.h>

#include "base/json.h"
#include "train/optim/layer_rates.h"
#include "train/run.h"
#include "train/trainer.h"

/* All that a run steps on, without its files. */
typedef struct stage {
    nomen_train_options options;
    nomen_corpus corpus;
    nomen_model *model;
    nomen_spread spread;
    nomen_trainer trainer;
} stage;

static void stage_make(stage *s, const nomen_train_options *o) {
    nomen_error err = {0};
    *s = (stage){.options = *o, .spread = {.size = 1}};
    assert_int_equal(nomen_corpus_read(&s->options, &s->corpus, &err), NOMEN_OK);
    const nomen_model_options options = {.size = sizeof options,
                                         .purpose = NOMEN_FOR_TRAINING,
                                         .labels = s->corpus.labels.names,
                                         .n_labels = s->corpus.labels.n,
                                         .stride_given = false};
    assert_int_equal(nomen_model_load(o->model, &options, &s->model, &err), NOMEN_OK);
    const nomen_corpus_part *part = &s->corpus.train;
    size_t *counts = NULL;
    int32_t *map = NULL;
    assert_int_equal(NOMEN_NEW(counts, s->model->labels.n, &err), NOMEN_OK);
    assert_int_equal(nomen_labels_map(&s->model->labels, part->dataset, &map, &err), NOMEN_OK);
    nomen_labels_count(&s->model->labels, part->dataset, map, part->sentences, part->n, counts);
    assert_int_equal(nomen_trainer_create(&s->options, &s->corpus, s->model, counts, &s->spread, &s->trainer, &err), NOMEN_OK);
    nomen_mem_free(map);
    nomen_mem_free(counts);
}

static void stage_clear(stage *s) {
    nomen_trainer_clear(&s->trainer);
    nomen_model_release(s->model);
    nomen_corpus_clear(&s->corpus);
}

/* A flow whose model drops nothing: masks differ between batches of different sizes. */
static void without_dropout(const flow *f, char path[192]) {
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    spec.dropout = 0;
    scratch_path(f->root, "no-dropout", path);
    assert_int_equal(tiny_model_write(path, &spec, &err), NOMEN_OK);
}

/*
 * The largest difference of two blocks over the largest number of the second, both less `from` where that is given. Rows of words
 * without a gradient are left out.
 */
static double distance(const stage *s, const nomen_real *a, const nomen_real *b, const nomen_real *from) {
    const nomen_row_marks *words = &s->trainer.stepper.words.rows;
    double apart = 0, largest = 0;
    for (size_t i = 0; i < s->model->table.n_rows; i++) {
        const nomen_param *p = &s->model->table.rows[i];
        for (size_t e = p->offset; e < p->offset + p->size; e++) {
            if (p->offset == words->offset && words->marks[(e - p->offset) / words->width] == 0) { continue; }
            const double start = from != NULL ? (double)from[e] : 0;
            apart = fmax(apart, fabs((double)a[e] - (double)b[e]));
            largest = fmax(largest, fabs((double)b[e] - start));
        }
    }
    assert_true(largest > 0);
    return apart / largest;
}

/*
 * Four batches of two sentences are one of eight: the gradient is the mean over the labelled tokens of the whole step. Both sum
 * the same products of floats, in chains that are cut in other places: some 30 additions (sentences of a step) in a tree of which
 * each rounds by 2^-24 of a partial sum, so a few times 6e-8 of the largest; 1e-6 is allowed. One SGD step of a rate of 10 moves
 * weights so far that their own rounding, 2^-24 of weights below 1, is as small.
 */
static void test_accumulation(void **state) {
    flow *f = *state;
    char path[192];
    nomen_step_result result;
    nomen_error err = {0};
    without_dropout(f, path);
    nomen_train_options o = flow_options(f);
    o.model = path;
    o.optimizer = NOMEN_OPTIMIZER_SGD;
    o.weight_decay = 0;
    o.max_grad_norm = 0;
    o.learning_rate = 10;
    o.warmup_ratio = 0;
    o.batch_size = 2;
    o.gradient_accumulation_steps = 4;
    stage many, one;
    stage_make(&many, &o);
    o.batch_size = 8;
    o.gradient_accumulation_steps = 1;
    o.max_tokens = 4096;
    stage_make(&one, &o);
    assert_int_equal(one.trainer.examples.n, 8);
    nomen_real *start = NULL;
    assert_int_equal(NOMEN_NEW_ALIGNED(start, one.model->table.n_elements, &err), NOMEN_OK);
    memcpy(start, one.model->values, one.model->table.n_elements * sizeof *start);

    const size_t texts[] = {0, 1, 2, 3, 4, 5, 6, 7};
    assert_int_equal(nomen_stepper_run(&many.trainer.stepper, texts, 8, 0, &result, &err), NOMEN_OK);
    const double weight = result.weight;
    assert_int_equal(nomen_stepper_run(&one.trainer.stepper, texts, 8, 0, &result, &err), NOMEN_OK);
    assert_true(weight == result.weight);
    const double gradients = distance(&one, many.trainer.stepper.gradients, one.trainer.stepper.gradients, NULL);

    assert_int_equal(nomen_trainer_step(&many.trainer, &err), NOMEN_OK);
    assert_int_equal(nomen_trainer_step(&one.trainer, &err), NOMEN_OK);
    const double weights = distance(&one, many.model->values, one.model->values, start);
    print_message("accumulation: gradients differ by %.1e of the largest, weights by %.1e of the largest change\n", gradients,
                  weights);
    assert_true(gradients <= 1e-6 && weights <= 1e-6);
    nomen_mem_free(start);
    stage_clear(&many);
    stage_clear(&one);
}

static void test_layer_rates(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    nomen_model *model = load(f->model); /* two layers */
    nomen_param_table *table = &model->table;
    nomen_layer_rates_set(&o, table);
    for (size_t i = 0; i < table->n_rows; i++) { assert_true(table->rows[i].lr_scale == 1); }
    o.layer_lr_decay = 0.3;
    nomen_layer_rates_set(&o, table);
    static const struct {
        const char *name;
        double share;
    } expected[] = {{"bert.embeddings.word_embeddings.weight", 1 * 0.3 * 0.3 * 0.3},
                    {"bert.embeddings.LayerNorm.bias", 1 * 0.3 * 0.3 * 0.3},
                    {"bert.encoder.layer.0.attention.self.query.weight", 1 * 0.3 * 0.3},
                    {"bert.encoder.layer.0.output.LayerNorm.bias", 1 * 0.3 * 0.3},
                    {"bert.encoder.layer.1.attention.self.query.weight", 0.3},
                    {"bert.encoder.layer.1.output.LayerNorm.bias", 0.3},
                    {"classifier.weight", 1},
                    {"classifier.bias", 1}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const nomen_param *row = nomen_param_table_find(table, expected[i].name);
        assert_non_null(row);
        assert_true(row->lr_scale == expected[i].share);
    }
    o.head_learning_rate = 4e-3; /* four times the rate */
    nomen_layer_rates_set(&o, table);
    assert_true(nomen_param_table_find(table, "classifier.weight")->lr_scale == 4);
    assert_true(nomen_param_table_find(table, "classifier.bias")->lr_scale == 4);
    assert_true(nomen_param_table_find(table, "bert.encoder.layer.1.output.LayerNorm.bias")->lr_scale == 0.3);
    nomen_model_release(model);
}

/* Adapters have the rate of the layer that they are beside, as its own weights have; they come last in the table. */
static void test_layer_rates_of_adapters(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    nomen_model *model = load(f->model);
    nomen_config config = model->config;
    nomen_param_table table = {0};
    nomen_error err = {0};
    config.trained.lora = (nomen_lora_settings){.rank = 2, .alpha = 2, .targets = (1U << NOMEN_LORA_TARGETS) - 1};
    assert_int_equal(nomen_param_table_create(&config, &table, &err), NOMEN_OK);
    o.layer_lr_decay = 0.3;
    nomen_layer_rates_set(&o, &table);
    size_t n_adapters[2] = {0};
    for (size_t i = 0; i < table.n_rows; i++) {
        const nomen_param *row = &table.rows[i];
        if (row->owner != NOMEN_OWNER_LORA) { continue; }
        const bool last = strstr(row->name, ".layer.1.") != NULL;
        assert_true(row->lr_scale == (last ? 0.3 : 0.3 * 0.3));
        assert_true(row->trainable);
        n_adapters[last]++;
    }
    assert_int_equal(n_adapters[0], 2 * NOMEN_LORA_TARGETS);
    assert_int_equal(n_adapters[1], 2 * NOMEN_LORA_TARGETS);
    assert_true(nomen_param_table_find(&table, "classifier.weight")->lr_scale == 1);
    nomen_param_table_clear(&table);
    nomen_model_release(model);
}

/* A head with a rate of its own, in a whole run: it moves as in a run of that rate, the rest does not. */
static void test_head_rate(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    o.epochs = 1;
    o.batch_size = 8; /* one step, from the same start: a tensor's change depends on its own rate alone */
    o.warmup_ratio = 0;
    stage plain, both;
    stage_make(&plain, &o);
    o.head_learning_rate = 5e-2;
    stage_make(&both, &o);
    nomen_layer_rates_set(&both.options, &both.model->table);
    nomen_error err = {0};
    assert_int_equal(nomen_trainer_step(&plain.trainer, &err), NOMEN_OK);
    assert_int_equal(nomen_trainer_step(&both.trainer, &err), NOMEN_OK);
    for (size_t i = 0; i < plain.model->table.n_rows; i++) {
        const nomen_param *p = &plain.model->table.rows[i];
        const int order = memcmp(plain.model->values + p->offset, both.model->values + p->offset, p->size * sizeof(nomen_real));
        assert_int_equal(order != 0, p->head);
    }
    stage_clear(&plain);
    stage_clear(&both);
}

/* Scores that stay as they are halve the rate after each epoch but the first; the log of steps shows it. */
static void test_plateau(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    o.epochs = 4;
    o.batch_size = 8;
    o.logging_steps = 1;
    o.learning_rate = 1e-30; /* nothing moves */
    o.weight_decay = 0;
    o.warmup_ratio = 0;
    o.schedule = NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU;
    o.lr_scheduler_kwargs = "{\"factor\": 0.5, \"patience\": 0, \"eps\": 0}";
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    char *path = nomen_file_join(f->output, "trainer_state.json");
    json_t *record = NULL, *entry;
    nomen_error err = {0};
    assert_int_equal(nomen_json_read(path, &record, &err), NOMEN_OK);
    size_t i, n = 0;
    json_array_foreach(json_object_get(record, "log_history"), i, entry) {
        const json_t *rate = json_object_get(entry, "learning_rate");
        static const double expected[] = {1e-30, 1e-30, 0.5e-30, 0.25e-30};
        if (rate == NULL) { continue; }
        assert_true(n < 4 && fabs(json_real_value(rate) - expected[n]) <= 1e-44); /* written with 15 digits */
        n++;
    }
    assert_int_equal(n, 4);
    json_decref(record);
    nomen_mem_free(path);
}

/* A warm-up that transformers would not have is told, one that it has is not. */
static void test_warmup_is_told(void **state) {
    flow *f = *state;
    static const struct {
        nomen_schedule schedule;
        size_t warmup;
        bool told;
    } cases[] = {{NOMEN_SCHEDULE_CONSTANT, 2, true},
                 {NOMEN_SCHEDULE_CONSTANT, 0, false},
                 {NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU, 2, true},
                 {NOMEN_SCHEDULE_CONSTANT_WITH_WARMUP, 2, false},
                 {NOMEN_SCHEDULE_LINEAR, 2, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_train_options o = flow_options(f);
        o.overwrite = true;
        o.warmup_ratio = 0;
        o.warmup_steps = cases[i].warmup;
        o.schedule = cases[i].schedule;
        messages[0] = '\0';
        nomen_train_result result = flow_train(&o);
        nomen_train_result_clear(&result);
        assert_int_equal(strstr(messages, "rises over the first 2 of 4 steps") != NULL, cases[i].told);
    }
}

static void test_refused(void **state) {
    flow *f = *state;
    static const struct {
        const char *names[3], *values[3], *message;
    } cases[] = {
        {{"momentum"}, {"0.9"}, "momentum: is of the optimizer sgd, and the optimizer is adamw"},
        {{"nesterov", "optimizer"}, {"true", "lion"}, "nesterov: is of the optimizer sgd"},
        {{"nesterov", "optimizer"}, {"true", "sgd"}, "nesterov: is a form of momentum, which is 0"},
        {{"lion-beta1"}, {"0.8"}, "lion-beta1: is of the optimizer lion"},
        {{"lion-beta2", "optimizer"}, {"0.8", "sgd"}, "lion-beta2: is of the optimizer lion"},
        {{"adam-beta1", "optimizer"}, {"0.8", "lion"}, "adam-beta1: is of the optimizer adamw"},
        {{"adam-epsilon", "optimizer"}, {"1e-6", "sgd"}, "adam-epsilon: is of the optimizer adamw"},
        {{"lr-scheduler-kwargs"}, {"{\"power\": 2}"}, "linear takes no arguments, and there is \"power\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_train_options o = flow_options(f);
        nomen_error err = {0};
        for (size_t k = 0; k < 3 && cases[i].names[k] != NULL; k++) {
            assert_int_equal(nomen_train_set(&o, cases[i].names[k], cases[i].values[k], &err), NOMEN_OK);
        }
        expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, cases[i].message);
    }
    nomen_train_options o = flow_options(f);
    o.schedule = NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU;
    o.dev = NULL;
    o.test = f->train;
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "reduce_lr_on_plateau looks at the scores of a dev part, and there is none");
    o.test = NULL;
    o.rows = 2; /* too few for a dev part */
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "leaves no sentence for one");
    o.schedule = NOMEN_SCHEDULE_WARMUP_STABLE_DECAY;
    o.rows = 0;
    o.lr_scheduler_kwargs = "{\"num_decay_steps\": 1000}";
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "num_decay_steps is 1000, but the run has");
}

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_accumulation), RUN(test_layer_rates), RUN(test_layer_rates_of_adapters),
                                       RUN(test_head_rate),    RUN(test_plateau),     RUN(test_warmup_is_told),
                                       RUN(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
