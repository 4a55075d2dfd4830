/* What a run leaves at its output: all or nothing, when it is refused, fails, is interrupted or replaces another. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "train/run.h"

static void test_outputs(void **state) {
    flow *f = *state;
    char path[192];
    nomen_train_options o = flow_options(f);
    o.train = scratch_path(f->root, "no such file", path);
    /* Refused before anything is read: the training file is not there, and that is not what is said. */
    o.output = f->model;
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "the output is the model itself");
    o.overwrite = true;
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "the output is the model itself");
    o.overwrite = false;
    o.output = f->train; /* where overwriting would not help, it is not offered */
    expect_failure(f, &o, NOMEN_ERROR_EXISTS, "is not a directory, so it can't be replaced by one");
    o.output = f->root;
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "is inside it");
    o.output = f->output;
    expect_failure(f, &o, NOMEN_ERROR_IO, "no such file");
    o.train = f->train;
    o.overwrite = true;
    o.output = f->dev; /* a file is no directory to replace */
    expect_failure(f, &o, NOMEN_ERROR_EXISTS, "not a directory");
    o.output = f->root; /* what is replaced is removed, and with it what the run reads */
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "is inside it");
    o.output = "..";
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "the current directory is inside it");
}

/* A run that fails leaves what stood there; one that succeeds replaces all of it. */
static void test_overwrite(void **state) {
    flow *f = *state;
    char stale[192], old[192];
    nomen_train_options o = flow_options(f);
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    flow_text(scratch_path(f->output, "stale", stale), "x");
    o.seed = 43;
    o.overwrite = true;
    o.class_weight = o.train; /* which is found out once all is read */
    expect_failure(f, &o, NOMEN_ERROR_FORMAT, "not valid JSON");
    assert_true(nomen_file_exists(stale));
    o.class_weight = "none";
    nomen_data_options reading = {.size = sizeof reading, .tag_names = stale};
    o.data = &reading;
    expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "stale is inside it");
    o.data = NULL;
    result = flow_train(&o);
    nomen_train_result_clear(&result);
    assert_false(nomen_file_exists(stale));
    assert_int_equal(flow_entries(f->root), 4); /* model, train, dev, out: the old one is gone */
    o.output = scratch_path(f->root, "fresh", old);
    result = flow_train(&o);
    nomen_train_result_clear(&result);
    assert_true(flow_same_weights(f->output, old));
}

/* A rate far too high either stays among the floats or is an error that says so; it never saves a NaN. */
static void test_diverged(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    o.optimizer = NOMEN_OPTIMIZER_SGD;
    o.learning_rate = 1000;
    o.max_grad_norm = 0;
    o.epochs = 50;
    o.schedule = NOMEN_SCHEDULE_CONSTANT;
    o.warmup_ratio = 0;
    nomen_train_result result = {0};
    nomen_error err = {0};
    nomen_status status = nomen_train(&o, NULL, NULL, &result, &err);
    if (status != NOMEN_OK) { /* float's range is wide: it may also stay inside */
        assert_int_equal(status, NOMEN_ERROR_DATA);
        assert_non_null(strstr(err.message, "diverged"));
        assert_true(nomen_file_exists(f->output) == (result.best_epoch > 0));
    }
    nomen_train_result_clear(&result);
}

/* A file's name is bytes, and JSON is UTF-8. */
static void test_name_that_is_no_utf8(void **state) {
    flow *f = *state;
    char path[192];
    nomen_train_options o = flow_options(f);
    flow_text(scratch_path(f->root, "na\xEFve.conll", path), FLOW_TRAIN);
    o.train = path;
    o.epochs = 1;
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    nomen_model *model = load(f->output);
    const char *name = json_string_value(json_object_get(json_object_get(model->record, "data"), "train"));
    assert_non_null(name);
    assert_non_null(strstr(name, "na\xEF\xBF\xBDve.conll"));
    nomen_model_release(model);
}

/* Where a run is to stop: `left` questions after so many steps and epochs. */
typedef struct stop {
    size_t steps, epochs;
    int left;
} stop;

static bool stop_at(void *user) {
    stop *s = user;
    return s->steps == 0 && s->epochs == 0 && s->left-- <= 0;
}

static void count_step(void *user, const nomen_train_progress *progress) {
    stop *s = user;
    (void)progress;
    s->steps -= s->steps > 0;
}

static void count_epoch(void *user, const nomen_train_epoch *epoch) {
    stop *s = user;
    (void)epoch;
    s->epochs -= s->epochs > 0;
}

/* Runs the training until it is stopped, which it must be; `said` is in the message. */
static nomen_train_result train_until(const nomen_train_options *o, stop where, const char *said) {
    const nomen_train_callbacks callbacks = {.progress = count_step, .epoch = count_epoch};
    nomen_train_result result = {0};
    nomen_error err = {0};
    nomen_set_interrupt(stop_at, &where);
    assert_int_equal(nomen_train(o, &callbacks, &where, &result, &err), NOMEN_ERROR_INTERRUPTED);
    nomen_set_interrupt(NULL, NULL);
    if (strstr(err.message, said) == NULL) { fail_msg("%s", err.message); }
    return result;
}

static void test_interrupts(void **state) {
    flow *f = *state;
    char whole[192];
    nomen_train_options o = flow_options(f);
    o.epochs = 3;
    o.batch_size = 1; /* eight steps an epoch */
    o.schedule = NOMEN_SCHEDULE_CONSTANT;
    o.keep_best = false;
    nomen_train_result result = train_until(&o, (stop){.steps = 3}, "nothing was written");
    assert_int_equal(flow_entries(f->root), 3);
    nomen_train_result_clear(&result);

    result = train_until(&o, (stop){.steps = 10}, "the best finished epoch, 1 of 3"); /* in the second epoch */
    assert_int_equal(result.n_epochs, 1);
    assert_int_equal(result.best_epoch, 1);
    nomen_train_result_clear(&result);
    o.epochs = 1;
    o.output = scratch_path(f->root, "whole", whole);
    o.warmup_steps = 3; /* 10 % of three epochs' 24 steps */
    result = flow_train(&o);
    assert_true(flow_same_weights(f->output, whole));
    nomen_train_result_clear(&result);
}

/* Stopped between any two operations of a step: what is written is the epoch before, to the bit. */
static void test_interrupt_in_a_step(void **state) {
    flow *f = *state;
    char whole[192];
    nomen_train_options o = flow_options(f);
    o.epochs = 2;
    o.batch_size = 4;
    o.schedule = NOMEN_SCHEDULE_CONSTANT;
    o.keep_best = false;
    o.warmup_steps = 1;
    o.overwrite = true;
    nomen_train_options one = o;
    one.epochs = 1;
    one.output = scratch_path(f->root, "whole", whole);
    nomen_train_result result = flow_train(&one);
    nomen_train_result_clear(&result);
    for (int left = 0; left < 30; left++) { /* some twenty questions a step */
        result = train_until(&o, (stop){.epochs = 1, .left = left}, "the best finished epoch, 1 of 2");
        assert_int_equal(result.n_epochs, 1);
        assert_true(flow_same_weights(f->output, whole));
        nomen_train_result_clear(&result);
    }
}

/* The same by a deadline: it says so. */
static void test_timeout(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    nomen_call call = {.size = sizeof call, .timeout = 1e-9};
    nomen_train_result result = {0};
    nomen_error err = {0};
    o.call = &call;
    assert_int_equal(nomen_train(&o, NULL, NULL, &result, &err), NOMEN_ERROR_TIMEOUT);
    assert_non_null(strstr(err.message, "time"));
    nomen_train_result_clear(&result);
}

/* Asked to stop while the test part is scored: the weights are finished, and only its scores are missed. */
static void test_interrupt_while_scoring(void **state) {
    flow *f = *state;
    char test[192], whole[192];
    nomen_buffer many = {0};
    for (int i = 0; i < 400; i++) { assert_int_equal(nomen_buffer_append_text(&many, FLOW_DEV "\n", NULL), NOMEN_OK); }
    flow_text(scratch_path(f->root, "test.conll", test), many.data);
    nomen_buffer_clear(&many);
    nomen_train_options o = flow_options(f);
    o.epochs = 1;
    o.batch_size = 1;
    o.test = test;
    nomen_train_result result =
        train_until(&o, (stop){.epochs = 1, .left = 30}, "while the test part was scored: the finished model is in ");
    assert_true(result.has_dev);
    assert_false(result.has_test);
    nomen_train_result_clear(&result);
    o.output = scratch_path(f->root, "whole", whole);
    result = flow_train(&o);
    assert_true(result.has_test);
    assert_true(flow_same_weights(f->output, whole));
    nomen_train_result_clear(&result);
}

/* Asked to stop once all epochs are done, where the best one was not the last: its weights are taken back, and written. */
static void test_interrupt_while_restoring(void **state) {
    flow *f = *state;
    char whole[192];
    const nomen_train_callbacks callbacks = {.epoch = count_epoch};
    stop where = {.epochs = 4};
    nomen_train_options o = flow_options(f);
    nomen_train_result result = {0};
    nomen_error err = {0};
    o.epochs = 4;
    o.optimizer = NOMEN_OPTIMIZER_SGD;
    o.schedule = NOMEN_SCHEDULE_CONSTANT;
    o.warmup_ratio = 0;
    o.learning_rate = 2; /* as in test_best_epoch */
    nomen_set_interrupt(stop_at, &where);
    nomen_status status = nomen_train(&o, &callbacks, &where, &result, &err);
    nomen_set_interrupt(NULL, NULL);
    if (status != NOMEN_OK) { fail_msg("%s", err.message); }
    assert_true(result.best_epoch < 4);
    nomen_train_result_clear(&result);
    o.output = scratch_path(f->root, "whole", whole);
    result = flow_train(&o);
    assert_true(flow_same_weights(f->output, whole));
    nomen_train_result_clear(&result);
}

/* A disk that is full after so many bytes of a file: nothing at the output, nothing beside it. */
static void test_disk_full(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    size_t failures = 0;
    for (rlim_t limit = 512; limit <= 1 << 20; limit *= 2) {
        pid_t child = fork(); /* a limit once lowered stays, and cmocka writes a log */
        if (child == 0) {
            signal(SIGXFSZ, SIG_IGN);
            setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, limit});
            nomen_train_result result = {0};
            nomen_error err = {0};
            nomen_status status = nomen_train(&o, NULL, NULL, &result, &err);
            bool said = strstr(err.message, f->output) != NULL && strstr(err.message, "File too large") != NULL;
            _exit(status == NOMEN_OK ? 0 : status == NOMEN_ERROR_IO && said ? 1 : 2);
        }
        int how = 0;
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_true(WIFEXITED(how) && WEXITSTATUS(how) < 2);
        failures += WEXITSTATUS(how) == 1;
        assert_int_equal(flow_entries(f->root), WEXITSTATUS(how) == 0 ? 4 : 3);
        if (WEXITSTATUS(how) == 0) { break; }
    }
    assert_true(failures > 3);
    assert_true(nomen_file_exists(f->output));
}

int main(void) {
    nomen_set_threads(1); /* tsan and qemu start none in a forked child, of which test_disk_full has many */
    const struct CMUnitTest tests[] = {RUN(test_outputs),
                                       RUN(test_overwrite),
                                       RUN(test_diverged),
                                       RUN(test_interrupts),
                                       RUN(test_interrupt_in_a_step),
                                       RUN(test_timeout),
                                       RUN(test_interrupt_while_scoring),
                                       RUN(test_interrupt_while_restoring),
                                       RUN(test_disk_full),
                                       RUN(test_name_that_is_no_utf8)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
