/* Each finding of the diagnosis, provoked by a run; what a good run is told; what is left of a run that diverged. */
#include "train/run.h"

#include "base/json.h"
#include "e2e/failing.h"

static bool has(const nomen_train_result *result, nomen_train_finding_kind kind) {
    for (size_t i = 0; i < result->n_findings; i++) {
        if (result->findings[i].kind == kind) { return true; }
    }
    return false;
}

/* The finding of that kind, which must be there once and in the log once. */
static const char *find(const nomen_train_result *result, nomen_train_finding_kind kind) {
    const char *message = NULL;
    for (size_t i = 0; i < result->n_findings; i++) {
        if (result->findings[i].kind != kind) { continue; }
        assert_null(message);
        message = result->findings[i].message;
    }
    if (message == NULL) { fail_msg("not found: %s; log:\n%s", nomen_train_finding_name(kind), messages); }
    const char *logged = strstr(messages, message);
    assert_non_null(logged);
    assert_null(strstr(logged + 1, message));
    return message;
}

#define SAYS(text, part) \
    do { \
        if (strstr((text), (part)) == NULL) { fail_msg("\"%s\" is not in: %s", (part), (text)); } \
    } while (0)

/* The flow's own run is a good one, and so is one over more epochs, with a CRF, and without a dev part. */
static void test_good_runs(void **state) {
    flow *f = *state;
    for (int i = 0; i < 4; i++) {
        nomen_train_options o = flow_options(f);
        o.overwrite = true;
        o.learning_rate = 1e-4;
        o.crf = i == 1;
        o.epochs = i == 2 ? 5 : 2;
        if (i == 3) { o.dev = NULL, o.test = f->dev; }
        nomen_train_result result = flow_train(&o);
        if (result.n_findings > 0) { fail_msg("%d: %s", i, result.findings[0].message); }
        nomen_train_result_clear(&result);
    }
}

/* The findings are in nomen.json and in the JSON of the result, by their names. */
static void test_record(void **state) {
    flow *f = *state;
    nomen_error err = {0};
    char path[192], *text = NULL;
    json_t *record = NULL, *printed = NULL;
    size_t n = 0;
    nomen_train_options o = flow_options(f);
    o.dev = f->train;
    nomen_train_result result = flow_train(&o);
    const char *message = find(&result, NOMEN_TRAIN_SHARED_SENTENCES);
    assert_int_equal(nomen_json_read(scratch_path(f->output, "nomen.json", path), &record, &err), NOMEN_OK);
    assert_int_equal(nomen_train_result_to_json(&result, &text, &n, &err), NOMEN_OK);
    assert_int_equal(nomen_json_parse(text, n, "result", &printed, &err), NOMEN_OK);
    const json_t *findings = json_object_get(record, "findings");
    assert_int_equal(json_array_size(findings), result.n_findings);
    assert_true(json_equal(findings, json_object_get(printed, "findings")));
    assert_string_equal(json_string_value(json_object_get(json_array_get(findings, 0), "kind")), "shared-sentences");
    assert_string_equal(json_string_value(json_object_get(json_array_get(findings, 0), "message")), message);
    assert_string_equal(nomen_train_finding_name((nomen_train_finding_kind)99), "unknown");
    json_decref(record);
    json_decref(printed);
    nomen_free(text);
    nomen_train_result_clear(&result);
}

/* As words, whatever file they are from; a few that come again are no finding. */
static void test_shared_sentences(void **state) {
    flow *f = *state;
    char csv[192];
    nomen_train_options o = flow_options(f);
    flow_text(scratch_path(f->root, "dev.csv", csv),
              "text,labels\nthe city of Paris,O O O B-geo\nhe met Anna Lee,O O B-per I-per\n");
    o.dev = csv;
    nomen_train_result result = flow_train(&o);
    SAYS(find(&result, NOMEN_TRAIN_SHARED_SENTENCES),
         "1 of the 2 sentences of the dev part (50 %) are also in the training part");
    nomen_train_result_clear(&result);
    nomen_buffer many = {0};
    for (int i = 0; i < 21; i++) { assert_int_equal(nomen_buffer_append_text(&many, FLOW_DEV "\n", NULL), NOMEN_OK); }
    assert_int_equal(nomen_buffer_append_text(&many, "the O\ncity O\nof O\nParis B-geo\n", NULL), NOMEN_OK);
    flow_text(f->dev, many.data);
    nomen_buffer_clear(&many);
    o.dev = f->dev;
    o.overwrite = true;
    result = flow_train(&o);
    assert_false(has(&result, NOMEN_TRAIN_SHARED_SENTENCES)); /* 1 of 43 */
    nomen_train_result_clear(&result);
}

static void test_labels_not_in_train(void **state) {
    flow *f = *state;
    char test[192];
    nomen_train_options o = flow_options(f);
    flow_text(f->dev, "Bill B-per\nin O\nthe O\nSahara B-nat\nNile B-nat\n");
    flow_text(scratch_path(f->root, "test.conll", test), "the O\nfair B-eve\n\nAnna B-per\n");
    o.test = test;
    nomen_train_result result = flow_train(&o);
    SAYS(find(&result, NOMEN_TRAIN_LABELS_NOT_IN_TRAIN),
         "B-nat (2 words of the dev part), B-eve (1 word of the test part): they");
    nomen_train_result_clear(&result);

    /* In one file that is split, the model has the label, and no example of it. */
    nomen_buffer file = {0};
    for (int i = 0; i < 30; i++) { assert_int_equal(nomen_buffer_printf(&file, NULL, "w%d B-x%d\nis O\n\n", i, i), NOMEN_OK); }
    flow_text(f->train, file.data);
    nomen_buffer_clear(&file);
    o.dev = o.test = NULL;
    o.overwrite = true;
    result = flow_train(&o);
    SAYS(find(&result, NOMEN_TRAIN_LABELS_NOT_IN_TRAIN), "(1 word of the test part)");
    nomen_train_result_clear(&result);
}

static void test_no_entities(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    flow_text(f->dev, "he O\nlives O\n");
    nomen_train_result result = flow_train(&o);
    SAYS(find(&result, NOMEN_TRAIN_NO_ENTITIES), "the dev part has 1 sentences and no entity, so its F1 is 0");
    nomen_train_result_clear(&result);
    flow_text(f->train, "he O\nlives O\n\nshe O\n");
    flow_text(f->dev, FLOW_DEV);
    o.overwrite = true;
    result = flow_train(&o);
    SAYS(find(&result, NOMEN_TRAIN_NO_ENTITIES), "the training part has 2 sentences and no entity, so O is all");
    nomen_train_result_clear(&result);
}

/* A column of whole sentences read as words: BERT cuts each into many. */
static void test_few_labelled(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    flow_text(f->train, "Bill-is-in-the-city B-per\nhe.met.Anna.in.Paris O\n\nAnna,is,in,Berlin,! B-per\n");
    nomen_train_result result = flow_train(&o);
    SAYS(find(&result, NOMEN_TRAIN_FEW_LABELLED), "only 3 of the training part's 27 subword tokens have a label (11 %)");
    nomen_train_result_clear(&result);
    o.overwrite = true;
    o.alignment = NOMEN_ALIGN_REPEAT; /* the remedy */
    result = flow_train(&o);
    assert_false(has(&result, NOMEN_TRAIN_FEW_LABELLED));
    nomen_train_result_clear(&result);
}

static void test_only_outside(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    nomen_buffer file = {0};
    for (int i = 0; i < 30; i++) {
        assert_int_equal(nomen_buffer_append_text(&file, "he O\nwent O\nto O\nthe O\ncity O\n. O\n\n", NULL), NOMEN_OK);
    }
    assert_int_equal(nomen_buffer_append_text(&file, "Anna B-x\n", NULL), NOMEN_OK);
    flow_text(f->train, file.data);
    nomen_buffer_clear(&file);
    flow_text(f->dev, "he O\nmet O\nJohn B-x\n");
    o.learning_rate = 5e-4;
    nomen_train_result result = flow_train(&o);
    const char *message = find(&result, NOMEN_TRAIN_ONLY_OUTSIDE);
    SAYS(message, "epoch 2: the model predicts O for every word, though the dev part has 1 entities");
    SAYS(message, "Raise learning-rate (0.0005) to 0.0015, or epochs (2) to 4, or set class-weight to auto");
    nomen_train_result_clear(&result);
    o.overwrite = true; /* without a dev part, by the training passes; a CRF takes no class weights */
    o.dev = NULL;
    o.test = f->dev;
    o.crf = true;
    result = flow_train(&o);
    message = find(&result, NOMEN_TRAIN_ONLY_OUTSIDE);
    SAYS(message, "though the training part has 1 entities");
    assert_null(strstr(message, "class-weight"));
    nomen_train_result_clear(&result);
}

/* A model that knows its names, and a dev part that calls them something else. */
static void test_nothing_right(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    flow_text(f->dev, "John B-geo\nSmith I-geo\nworks O\nat O\nAcme B-per\nInc I-per\n");
    o.learning_rate = 1e-5;
    nomen_train_result result = flow_train(&o);
    SAYS(find(&result, NOMEN_TRAIN_NOTHING_RIGHT), "of 2 entities predicted in the dev part none is among its 2");
    SAYS(messages, "epoch 2: F1 stays at 0"); /* one epoch is no reason yet */
    assert_false(has(&result, NOMEN_TRAIN_ONLY_OUTSIDE));
    nomen_train_result_clear(&result);
}

static void test_over_fitting(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    o.epochs = 14;
    o.learning_rate = 5e-3;
    nomen_train_result result = flow_train(&o);
    const char *message = find(&result, NOMEN_TRAIN_OVER_FITTING);
    size_t low = 0;
    for (size_t i = 1; i < result.n_epochs && result.epochs[i].dev_loss < result.epochs[low].dev_loss; i++) { low = i; }
    char remedy[96];
    snprintf(remedy, sizeof remedy, "Set epochs (14) to %zu, raise weight-decay (0.01) to 0.1", low + 1);
    SAYS(message, remedy);
    nomen_train_result_clear(&result);
}

/* A model that has learnt its data by heart, and then is trained on them at a rate that destroys it. */
static void test_rate_too_high(void **state) {
    flow *f = *state;
    char learnt[192];
    nomen_train_options o = flow_options(f);
    o.output = scratch_path(f->root, "learnt", learnt);
    o.epochs = 40;
    o.learning_rate = 3e-3;
    o.keep_best = false;
    nomen_train_result result = flow_train(&o);
    assert_false(has(&result, NOMEN_TRAIN_RATE_TOO_HIGH));
    nomen_train_result_clear(&result);
    o = flow_options(f);
    o.model = learnt;
    o.batch_size = 1;
    o.epochs = 20;
    o.learning_rate = 0.05;
    o.warmup_ratio = 0.3;
    result = flow_train(&o);
    const char *message = find(&result, NOMEN_TRAIN_RATE_TOO_HIGH);
    SAYS(message, "Lower learning-rate (0.05) to 0.005");
    assert_null(strstr(message, "warmup")); /* it has one, and it clips */
    nomen_train_result_clear(&result);
}

static nomen_train_options diverging_options(const flow *f) {
    nomen_train_options o = flow_options(f);
    o.optimizer = NOMEN_OPTIMIZER_SGD;
    o.schedule = NOMEN_SCHEDULE_CONSTANT;
    o.warmup_ratio = 0;
    o.max_grad_norm = 0;
    o.learning_rate = 1000;
    o.batch_size = 2;
    o.epochs = 30;
    return o;
}

/* The loss leaves the floats after an epoch: that epoch's model is there, and the error says so. */
static void test_diverged_after_an_epoch(void **state) {
    flow *f = *state;
    char stopped[192], page_path[192];
    nomen_buffer page = {0};
    nomen_error err = {0};
    nomen_train_result result = {0};
    nomen_train_options o = diverging_options(f);
    o.batch_size = 4;
    o.learning_rate = 100;
    o.report = scratch_path(f->root, "report.html", page_path);
    assert_int_equal(nomen_train(&o, NULL, NULL, &result, &err), NOMEN_ERROR_DATA);
    assert_int_equal(nomen_file_read(page_path, &page, &err), NOMEN_OK);
    SAYS(page.data, "The run ended early (training has diverged), at step ");
    nomen_buffer_clear(&page);
    o.report = NULL;
    SAYS(err.message,
         "no longer a finite number, so training has diverged; lower learning-rate (100) to 10, set max-grad-norm (0) "
         "to 1, set warmup-ratio (0) to 0.1. The best epoch before that, ");
    assert_true(result.best_epoch >= 1 && result.n_epochs < 30);
    assert_true(has(&result, NOMEN_TRAIN_DIVERGED));
    assert_false(result.has_test);
    size_t best = result.best_epoch;
    nomen_train_result_clear(&result);
    o.epochs = best; /* a constant rate does not know of the end */
    o.output = scratch_path(f->root, "stopped", stopped);
    result = flow_train(&o);
    assert_true(flow_same_weights(f->output, stopped));
    nomen_train_result_clear(&result);
}

/* The same in the first epoch: there is nothing to keep, unless a checkpoint was saved, which stays. */
static void test_diverged_at_once(void **state) {
    flow *f = *state;
    nomen_error err = {0};
    nomen_train_result result = {0};
    nomen_train_options o = diverging_options(f);
    o.batch_size = 1;
    assert_int_equal(nomen_train(&o, NULL, NULL, &result, &err), NOMEN_ERROR_DATA);
    SAYS(err.message, "No epoch was finished, and nothing was written");
    assert_true(has(&result, NOMEN_TRAIN_DIVERGED));
    assert_false(nomen_file_exists(f->output));
    nomen_train_result_clear(&result);
    err = (nomen_error){0};
    o.save_steps = 1;
    o.save_on_stop = true;
    assert_int_equal(nomen_train(&o, NULL, NULL, &result, &err), NOMEN_ERROR_DATA);
    SAYS(err.message, "No epoch was finished; step ");
    assert_int_equal(err.remedy, NOMEN_REMEDY_LEARNING_RATE);
    assert_int_equal(result.n_epochs, 0);
    nomen_train_result_clear(&result);
    char *name = strstr(err.message, "/checkpoint-"), path[192];
    assert_non_null(name);
    assert_true(nomen_file_exists(scratch_path(f->output, name + 1, path)));
}

static void read_findings(const flow *f, json_t **out) {
    char path[192];
    json_t *record = NULL;
    assert_int_equal(nomen_json_read(scratch_path(f->output, "nomen.json", path), &record, NULL), NOMEN_OK);
    *out = json_incref(json_object_get(record, "findings"));
    json_decref(record);
}

/* A run that is stopped anywhere and goes on finds what one that is not stopped does, in the same words. */
static void test_resumed(void **state) {
    flow *f = *state;
    nomen_train_options o = flow_options(f);
    json_t *whole = NULL;
    o.epochs = 14;
    o.learning_rate = 5e-3;
    o.dev = f->train; /* a finding at the start, too */
    flow_text(f->dev,
              "Bill B-geo\nGates I-geo\nis O\nthe O\nAcme B-per\nin O\nParis B-org\n\nthe O\ncity O\nof O\nParis B-geo\n");
    o.dev = f->dev;
    o.save_on_stop = true;
    long n_questions = 1L << 40, left = n_questions;
    nomen_set_interrupt(stop_once, &left);
    nomen_train_result result = flow_train(&o);
    n_questions -= left;
    assert_true(has(&result, NOMEN_TRAIN_OVER_FITTING) && has(&result, NOMEN_TRAIN_SHARED_SENTENCES));
    nomen_train_result_clear(&result);
    read_findings(f, &whole);
    scratch_remove(f->output);
    size_t n_resumed = 0;
    for (long at = n_questions / 12; at < n_questions; at += n_questions / 12) {
        nomen_error err = {0};
        json_t *now = NULL;
        left = at;
        o.resume = false;
        nomen_status status = nomen_train(&o, NULL, NULL, &result, &err);
        nomen_train_result_clear(&result);
        left = -1;
        if (status != NOMEN_ERROR_INTERRUPTED || err.remedy != NOMEN_REMEDY_RESUME) { continue; }
        o.resume = true;
        n_resumed++;
        result = flow_train(&o);
        nomen_train_result_clear(&result);
        read_findings(f, &now);
        assert_true(json_equal(now, whole));
        json_decref(now);
        scratch_remove(f->output);
    }
    assert_true(n_resumed > 5);
    json_decref(whole);
}

/* Nothing is left behind where memory runs out, with findings of the start, of epochs, and an end. */
static nomen_status run_found(flow *f, nomen_error *err) {
    nomen_train_options o = flow_options(f);
    nomen_train_result result = {0};
    o.dev = f->train;
    o.epochs = 1;
    o.overwrite = true;
    nomen_status status = nomen_train(&o, NULL, NULL, &result, err);
    if (status == NOMEN_OK) { assert_true(has(&result, NOMEN_TRAIN_SHARED_SENTENCES)); }
    nomen_train_result_clear(&result);
    return status;
}

static void test_memory(void **state) {
    const operation finding = {"findings", run_found, NULL};
    fail_each(&finding, *state, 41);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RUN(test_good_runs),
        RUN(test_record),
        RUN(test_shared_sentences),
        RUN(test_labels_not_in_train),
        RUN(test_no_entities),
        RUN(test_few_labelled),
        RUN(test_only_outside),
        RUN(test_nothing_right),
        RUN(test_over_fitting),
        RUN(test_rate_too_high),
        RUN(test_diverged_after_an_epoch),
        RUN(test_diverged_at_once),
        RUN(test_resumed),
        RUN(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
