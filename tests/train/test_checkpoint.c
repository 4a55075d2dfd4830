/* Checkpoints through the library: saved, damaged, gone on from, with every allocation failing, and nothing unset in them. */
#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include "train/run.h"

#include "e2e/failing.h"
#include "model/tensor_file.h"
#include "train/save/manifest.h"

static nomen_train_options saving_options(const flow *f) {
    nomen_train_options o = flow_options(f);
    o.batch_size = 3; /* three steps an epoch */
    o.save_steps = 2;
    o.save_on_stop = true;
    return o;
}

/* Evaluated every other of eight steps an epoch, ended early, and the best two checkpoints kept. */
static nomen_train_options evaluating_options(const flow *f) {
    nomen_train_options o = flow_options(f);
    o.batch_size = 1;
    o.epochs = 4;
    o.learning_rate = 5e-3;
    o.eval_steps = 2;
    o.best_metric = "per.recall";
    o.early_stopping_patience = 3;
    o.save_top_k = 2;
    o.save_on_stop = true;
    return o;
}

static char *inside(const flow *f, const char *name) {
    char *path = nomen_file_join(f->output, name);
    assert_non_null(path);
    return path;
}

static void remove_output(const flow *f) {
    scratch_remove(f->output);
}

static void test_manifest(void **state) {
    flow *f = *state;
    nomen_error err = {0};
    nomen_train_options o = saving_options(f);
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    char *checkpoint = inside(f, "checkpoint-4"), *file = inside(f, "checkpoint-4/optimizer.safetensors");
    char *manifest = inside(f, "checkpoint-4/" NOMEN_MANIFEST_FILE), *foreign = inside(f, "checkpoint-4/best/x");
    assert_int_equal(nomen_manifest_check(checkpoint, &err), NOMEN_OK);

    /* Every byte of the manifest's own text, and a byte of a file: no change goes unnoticed that changes what it says. */
    nomen_buffer bytes = {0};
    assert_int_equal(nomen_file_read(file, &bytes, &err), NOMEN_OK);
    for (size_t at = 0; at < bytes.size; at += 997) {
        bytes.data[at] ^= 1;
        assert_int_equal(nomen_file_write(file, bytes.data, bytes.size, &err), NOMEN_OK);
        assert_int_equal(nomen_manifest_check(checkpoint, NULL), NOMEN_ERROR_FORMAT);
        bytes.data[at] ^= 1;
    }
    for (size_t less = 1; less < bytes.size; less += bytes.size / 7) {
        assert_int_equal(nomen_file_write(file, bytes.data, bytes.size - less, &err), NOMEN_OK);
        nomen_error cut = {0};
        assert_int_equal(nomen_manifest_check(checkpoint, &cut), NOMEN_ERROR_FORMAT);
        assert_non_null(strstr(cut.message, "optimizer.safetensors: has"));
    }
    assert_int_equal(unlink(file), 0);
    nomen_error missing = {0};
    assert_int_equal(nomen_manifest_check(checkpoint, &missing), NOMEN_ERROR_FORMAT);
    assert_non_null(strstr(missing.message, "optimizer.safetensors: is missing"));
    assert_int_equal(nomen_file_write(file, bytes.data, bytes.size, &err), NOMEN_OK);
    assert_int_equal(nomen_manifest_check(checkpoint, &err), NOMEN_OK);
    flow_text(foreign, "x");
    nomen_error strange = {0};
    assert_int_equal(nomen_manifest_check(checkpoint, &strange), NOMEN_ERROR_FORMAT);
    assert_non_null(strstr(strange.message, "best/x: is not in the manifest"));
    assert_int_equal(unlink(foreign), 0);

    nomen_buffer text = {0};
    assert_int_equal(nomen_file_read(manifest, &text, &err), NOMEN_OK);
    for (size_t n = 0; n + 2 < text.size; n += 61) { /* the last bytes are "}\n" */
        assert_int_equal(nomen_file_write(manifest, text.data, n, &err), NOMEN_OK);
        assert_int_equal(nomen_manifest_check(checkpoint, NULL), NOMEN_ERROR_FORMAT);
    }
    nomen_buffer_clear(&text);
    nomen_buffer_clear(&bytes);
    nomen_mem_free(checkpoint);
    nomen_mem_free(file);
    nomen_mem_free(manifest);
    nomen_mem_free(foreign);
}

/* Memory that nobody has set is not zero here: what is written of it would be seen. */
static void test_nothing_unset(void **state) {
    flow *f = *state;
    nomen_error err = {0};
    nomen_tensor_file file;
    nomen_train_options o = saving_options(f);
    (void)mallopt(M_PERTURB, 0x5a); /* sanitizers have no such setting */
    nomen_train_result result = flow_train(&o);
    (void)mallopt(M_PERTURB, 0);
    nomen_train_result_clear(&result);
    char *path = inside(f, "checkpoint-2/optimizer.safetensors"), *marks_path = inside(f, "checkpoint-2/marks.bin");
    nomen_buffer marks = {0};
    assert_int_equal(nomen_file_read(marks_path, &marks, &err), NOMEN_OK);
    assert_int_equal(nomen_tensor_file_open_safetensors(path, &file, &err), NOMEN_OK);
    size_t n_seen = 0, n_unused = 0;
    for (size_t i = 0; i < file.n_tensors; i++) {
        const nomen_tensor *tensor = &file.tensors[i];
        size_t n = tensor->shape[0] * (tensor->n_dims > 1 ? tensor->shape[1] : 1);
        bool words = strstr(tensor->name, "word_embeddings") != NULL;
        nomen_real *values = NULL;
        assert_int_equal(NOMEN_NEW_ALIGNED(values, n, &err), NOMEN_OK);
        assert_int_equal(nomen_tensor_file_read(&file, tensor, values, &err), NOMEN_OK);
        for (size_t e = 0; e < n; e++) {
            assert_true(values[e] > -1e3f && values[e] < 1e3f); /* 0x5a5a5a5a and its complement are far from that, or tiny */
            if (!words) { continue; }
            bool used = marks.data[e / tensor->shape[1]] != 0;
            n_unused += !used;
            assert_true(used || values[e] == 0);
        }
        n_seen += words;
        nomen_mem_free(values);
    }
    assert_int_equal(n_seen, 2);
    assert_true(n_unused > 100);
    nomen_tensor_file_close(&file);
    nomen_buffer_clear(&marks);
    nomen_mem_free(path);
    nomen_mem_free(marks_path);
}

/*
 * Stopped at some `n_stops` of the questions that the run asks, evenly, and gone on with: the bytes of the run that was not
 * stopped. Returns how many left a checkpoint.
 */
static size_t check_stops(flow *f, nomen_train_options o, long n_stops) {
    char whole[192];
    o.output = scratch_path(f->root, "whole", whole);
    long n_questions = 1L << 40, left = n_questions;
    nomen_set_interrupt(stop_once, &left);
    nomen_train_result result = flow_train(&o);
    n_questions -= left;
    nomen_train_result_clear(&result);
    o.output = f->output;
    size_t n_saved = 0;
    for (long at = 0; at < n_questions; at += n_questions / n_stops + 1) {
        nomen_error err = {0};
        left = at;
        o.resume = false;
        nomen_status status = nomen_train(&o, NULL, NULL, &result, &err);
        nomen_train_result_clear(&result);
        left = -1;
        if (status == NOMEN_ERROR_INTERRUPTED && err.remedy == NOMEN_REMEDY_RESUME) {
            o.resume = true;
            n_saved++;
            result = flow_train(&o);
            nomen_train_result_clear(&result);
        } else if (status == NOMEN_ERROR_INTERRUPTED) {
            assert_false(nomen_file_exists(f->output));
            continue;
        }
        assert_true(flow_same_weights(f->output, whole));
        assert_int_equal(flow_entries(f->output), flow_entries(whole));
        remove_output(f);
    }
    nomen_set_interrupt(NULL, NULL);
    scratch_remove(whole);
    return n_saved;
}

/* The same with what each optimiser keeps, with rates of layers, and with the memory of a plateau, which lowers the rate. */
static void test_stopped_with_each_optimizer(void **state) {
    flow *f = *state;
    nomen_train_options o = saving_options(f);
    o.save_steps = 0;
    o.optimizer = NOMEN_OPTIMIZER_LION;
    o.learning_rate = 1e-4;
    o.layer_lr_decay = 0.8;
    assert_true(check_stops(f, o, 6) > 2);
    o.optimizer = NOMEN_OPTIMIZER_SGD;
    o.learning_rate = 1e-2;
    o.momentum = 0.9;
    o.nesterov = true; /* with weight decay: words that no step has used move too */
    o.schedule = NOMEN_SCHEDULE_COSINE_WITH_RESTARTS;
    o.lr_scheduler_kwargs = "{\"num_cycles\": 2}";
    assert_true(check_stops(f, o, 6) > 2);
    o.weight_decay = 0;
    o.epochs = 3;
    o.schedule = NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU;
    o.lr_scheduler_kwargs = "{\"patience\": 0, \"threshold_mode\": \"abs\", \"threshold\": 1, \"factor\": 0.5}";
    assert_true(check_stops(f, o, 6) > 2);
}

/* Each optimiser's numbers have the names of torch and lion-pytorch. */
static void test_names_of_slots(void **state) {
    flow *f = *state;
    static const struct {
        nomen_optimizer optimizer;
        double momentum;
        const char *name;
    } cases[] = {{NOMEN_OPTIMIZER_LION, 0, "\"exp_avg.classifier.weight\""},
                 {NOMEN_OPTIMIZER_SGD, 0.9, "\"momentum_buffer.classifier.weight\""},
                 {NOMEN_OPTIMIZER_SGD, 0, NULL}};
    nomen_buffer bytes = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_train_options o = saving_options(f);
        o.optimizer = cases[i].optimizer;
        o.momentum = cases[i].momentum;
        nomen_train_result result = flow_train(&o);
        nomen_train_result_clear(&result);
        flow_read(f->output, "checkpoint-2/optimizer.safetensors", &bytes);
        assert_int_equal(nomen_buffer_append_byte(&bytes, '\0', NULL), NOMEN_OK);
        if (cases[i].name == NULL) {
            assert_true(bytes.size < 100);
        } else {
            assert_non_null(strstr(bytes.data + 8, cases[i].name));
            assert_null(strstr(bytes.data + 8, "exp_avg_sq"));
        }
        remove_output(f);
    }
    nomen_buffer_clear(&bytes);
}

/* The average of the weights goes on too, and an epoch with repeated sentences has its order. */
static void test_stopped_with_average(void **state) {
    nomen_train_options o = saving_options(*state);
    o.ema_decay = 0.9;
    o.oversample_threshold = 0.9;
    o.loss = NOMEN_LOSS_FOCAL;
    o.class_weight = "effective";
    o.save_steps = 0;
    assert_true(check_stops(*state, o, 12) > 4);
}

/* Stopped at every so-manieth question of the run and gone on with: the bytes of the run that was not stopped. */
static void test_stopped_anywhere(void **state) {
    flow *f = *state;
    nomen_train_options o = saving_options(f);
    o.save_steps = 0;
    o.crf = true;
    o.crf_learning_rate = 0.02;
    o.context = 8;
    assert_true(check_stops(f, o, 30) > 10);
    /* With evaluations within epochs, in which most of the questions then are, and an end before the last step. */
    o = evaluating_options(f);
    nomen_train_result result = flow_train(&o);
    assert_true(result.stopped_early);
    nomen_train_result_clear(&result);
    remove_output(f);
    assert_true(check_stops(f, o, 30) > 10);
}

/* Saved and read back: all evaluations, their order among the best, and what training waits for. */
static void test_evaluations_come_back(void **state) {
    flow *f = *state;
    nomen_train_options o = evaluating_options(f);
    nomen_train_result whole = flow_train(&o), again;
    o.resume = true; /* from its last checkpoint */
    again = flow_train(&o);
    assert_true(again.stopped_early && again.steps == whole.steps && again.best_step == whole.best_step);
    assert_int_equal(again.n_evaluations, whole.n_evaluations);
    assert_int_equal(again.n_top, 2);
    for (size_t i = 0; i < whole.n_evaluations; i++) {
        const nomen_train_evaluation *a = &again.evaluations[i], *b = &whole.evaluations[i];
        assert_true(a->step == b->step && a->metric == b->metric && a->dev_loss == b->dev_loss && a->best == b->best);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_true(again.top[i].step == whole.top[i].step && again.top[i].metric == whole.top[i].metric);
    }
    nomen_train_result_clear(&again);
    o.save_top_k = 1; /* may change */
    again = flow_train(&o);
    assert_true(again.n_top == 1 && again.top[0].step == whole.top[0].step);
    nomen_train_result_clear(&whole);
    nomen_train_result_clear(&again);
}

/* Without being asked, a stopped call leaves what it always has. */
static void test_not_asked(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    nomen_train_result result = {0};
    nomen_error err = {0};
    long left = 100;
    nomen_set_interrupt(stop_once, &left);
    assert_int_equal(nomen_train(&o, NULL, NULL, &result, &err), NOMEN_ERROR_INTERRUPTED);
    assert_int_equal(err.remedy, NOMEN_REMEDY_NONE);
    nomen_train_result_clear(&result);
    char *lock = inside(f, "run.lock");
    assert_false(nomen_file_exists(lock));
    nomen_mem_free(lock);
}

static void check_limit(const flow *f, size_t limit) {
    nomen_train_options o = saving_options(f);
    o.save_steps = 1;
    o.save_total_limit = limit;
    o.epochs = 3;
    nomen_train_result result = flow_train(&o);
    const size_t best = result.best_epoch * 3, n_others = best == 9 ? limit - 1 : limit > 2 ? limit - 2 : 0;
    char name[64];
    for (size_t step = 1; step <= 9; step++) {
        snprintf(name, sizeof name, "checkpoint-%zu", step);
        char *path = inside(f, name);
        assert_int_equal(nomen_file_exists(path), step == 9 || step == best || step + n_others >= 9);
        nomen_mem_free(path);
    }
    nomen_train_result_clear(&result);
    remove_output(f);
}

static void test_limit(void **state) {
    for (size_t limit = 1; limit <= 4; limit++) { check_limit(*state, limit); }
}

/* Runs that were killed while they began leave directories, whose names the lock has. What has another name is not theirs. */
static void test_left_beside(void **state) {
    static const char *const names[] = {"out.aaaaaaaa", "out.bbbbbbbb", "out.backup", "else.aaaaaaaa", "out.cccccccc"};
    flow *f = *state;
    nomen_train_options o = saving_options(f);
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    char path[192];
    for (size_t i = 0; i < 5; i++) { assert_int_equal(mkdir(scratch_path(f->root, names[i], path), 0777), 0); }
    char *lock = inside(f, "run.lock");
    FILE *file = fopen(lock, "w");
    assert_non_null(file);
    fprintf(file, "123 %s\n%s\n%s\n%s\n", names[0], names[1], names[2], names[3]);
    assert_int_equal(fclose(file), 0);
    o.resume = true;
    result = flow_train(&o);
    nomen_train_result_clear(&result);
    for (size_t i = 0; i < 5; i++) { assert_int_equal(nomen_file_exists(scratch_path(f->root, names[i], path)), i >= 2); }
    assert_false(nomen_file_exists(lock));
    nomen_mem_free(lock);
}

/* With a schedule that reads arguments, and an optimiser of one slot. */
static nomen_train_options memory_options(const flow *f) {
    nomen_train_options o = saving_options(f);
    o.optimizer = NOMEN_OPTIMIZER_LION;
    o.schedule = NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU;
    o.lr_scheduler_kwargs = "{\"patience\": 0, \"threshold_mode\": \"abs\"}";
    return o;
}

static nomen_status run_saving(flow *f, nomen_error *err) {
    nomen_train_options o = memory_options(f);
    o.ema_decay = 0.9;
    o.overwrite = true;
    return flow_run(&o, err);
}

static nomen_status run_evaluating(flow *f, nomen_error *err) {
    nomen_train_options o = evaluating_options(f);
    o.overwrite = true;
    return flow_run(&o, err);
}

static nomen_status run_resuming(flow *f, nomen_error *err) {
    nomen_train_options o = memory_options(f);
    o.ema_decay = 0.9;
    o.resume = true;
    return flow_run(&o, err);
}

static void test_memory(void **state) {
    flow *f = *state;
    const operation saving = {"saving", run_saving, NULL}, resuming = {"resuming", run_resuming, NULL};
    const operation evaluating = {"evaluating", run_evaluating, NULL};
    /* Strides that meet none of jansson's own asserts: 2.14 ends the process where memory is out at some digits of a number. */
    fail_each(&evaluating, f, 997);
    fail_each(&saving, f, 61);
    fail_each(&resuming, f, 67);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RUN(test_manifest),         RUN(test_nothing_unset),
        RUN(test_stopped_anywhere), RUN(test_stopped_with_each_optimizer),
        RUN(test_names_of_slots),   RUN(test_stopped_with_average),
        RUN(test_not_asked),        RUN(test_limit),
        RUN(test_left_beside),      RUN(test_evaluations_come_back),
        RUN(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
