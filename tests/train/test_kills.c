/*
 * A run that is killed after a step, and gone on with: no more than the steps since the last checkpoint are lost, and the
 * directory is that of a run that was not killed. With NOMEN_LONG after each of its steps, of which there are sixty or more;
 * otherwise after some.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "train/run.h"
#include "train/save/manifest.h"

enum { INTERVAL = 7, LEAST_STEPS = 60 };

/* Sixty steps: four an epoch, or eight. */
static nomen_train_options options_of(const flow *f) {
    nomen_train_options o = flow_options(f);
    o.batch_size = 2;
    o.epochs = 15;
    o.learning_rate = 2e-3;
    o.logging_steps = 5;
    o.save_steps = INTERVAL;
    o.save_total_limit = 2;
    return o;
}

static nomen_train_options accumulating(const flow *f) {
    nomen_train_options o = options_of(f);
    o.batch_size = 1;
    o.gradient_accumulation_steps = 2;
    o.optimizer = NOMEN_OPTIMIZER_SGD;
    o.class_weight = "auto";
    return o;
}

static nomen_train_options with_crf(const flow *f) {
    nomen_train_options o = options_of(f);
    o.crf = true;
    o.crf_learning_rate = 0.02;
    o.context = 8;
    return o;
}

static nomen_train_options stopping_early(const flow *f) {
    nomen_train_options o = options_of(f);
    o.epochs = 60;
    o.learning_rate = 2e-4;
    o.eval_steps = 3;
    o.best_metric = "loss";
    o.early_stopping_patience = 18;
    o.early_stopping_threshold = 1e-5;
    o.save_top_k = 3;
    return o;
}

static void kill_at(void *user, const nomen_train_progress *p) {
    if (p->run_step == *(size_t *)user) { kill(getpid(), SIGKILL); }
}

static void run_killed(const nomen_train_options *o, size_t at) {
    const nomen_train_callbacks callbacks = {.progress = kill_at};
    pid_t child = fork();
    if (child == 0) {
        nomen_train_result result = {0};
        (void)nomen_train(o, &callbacks, &at, &result, NULL);
        _exit(0);
    }
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
}

/* The step of the last checkpoint, all of which must be whole; 0 for none. */
static size_t last_checkpoint(const flow *f, size_t most) {
    char path[192], name[64];
    size_t last = 0;
    for (size_t step = 1; step <= most; step++) {
        nomen_error err = {0};
        snprintf(name, sizeof name, "checkpoint-%zu", step);
        if (!nomen_file_exists(scratch_path(f->output, name, path))) { continue; }
        if (nomen_manifest_check(path, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
        last = step;
    }
    return last;
}

/* Without the lines that say how long something took. */
static void read_timeless(const char *directory, const char *name, nomen_buffer *out) {
    nomen_buffer all = {0};
    flow_read(directory, name, &all);
    nomen_buffer_clear(out);
    for (char *rest = NULL, *line = strtok_r(all.data, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (strstr(line, "\"seconds\"") == NULL) { assert_int_equal(nomen_buffer_append_text(out, line, NULL), NOMEN_OK); }
    }
    nomen_buffer_clear(&all);
}

static void check_same(const char *a, const char *b, const char *const *names) {
    nomen_buffer x = {0}, y = {0};
    for (; *names != NULL; names++) {
        bool weights = strstr(*names, ".safetensors") != NULL;
        weights ? flow_read(a, *names, &x) : read_timeless(a, *names, &x);
        weights ? flow_read(b, *names, &y) : read_timeless(b, *names, &y);
        if (x.size != y.size || memcmp(x.data, y.data, x.size) != 0) { fail_msg("%s is another", *names); }
    }
    nomen_buffer_clear(&x);
    nomen_buffer_clear(&y);
    assert_int_equal(flow_entries(a), flow_entries(b));
}

static void check_kills(flow *f, nomen_train_options o) {
    static const char *const files[] = {"model.safetensors", "trainer_state.json", "README.md",
                                        "nomen.json",        "crf.safetensors",    NULL};
    const char *names[sizeof files / sizeof *files];
    char whole[192];
    memcpy(names, files, sizeof files);
    if (!o.crf) { names[4] = NULL; }
    o.output = scratch_path(f->root, "whole", whole);
    nomen_train_result result = flow_train(&o);
    const size_t n_steps = result.steps;
    assert_true(n_steps >= LEAST_STEPS && result.stopped_early == (o.early_stopping_patience > 0));
    nomen_train_result_clear(&result);
    o.output = f->output;
    for (size_t at = 1; at <= n_steps; at += getenv("NOMEN_LONG") != NULL ? 1 : 29) {
        o.resume = false;
        run_killed(&o, at);
        size_t last = last_checkpoint(f, n_steps);
        assert_true(last < at && at - last <= INTERVAL);
        o.resume = last > 0;
        result = flow_train(&o);
        assert_int_equal(result.steps, n_steps);
        nomen_train_result_clear(&result);
        check_same(f->output, whole, names);
        scratch_remove(f->output);
    }
    scratch_remove(whole);
}

static void test_plain(void **state) {
    check_kills(*state, options_of(*state));
}

static void test_accumulation(void **state) {
    check_kills(*state, accumulating(*state));
}

static void test_crf(void **state) {
    check_kills(*state, with_crf(*state));
}

static void test_early_stop(void **state) {
    check_kills(*state, stopping_early(*state));
}

int main(void) {
    const struct CMUnitTest tests[] = {RUN(test_plain), RUN(test_accumulation), RUN(test_crf), RUN(test_early_stop)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
