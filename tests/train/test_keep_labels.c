/* Labels of a trained model that meets data with others: which stay, with which rows. */
#include "train/run.h"

#include <math.h>

#include "e2e/failing.h"

/* A run that moves no weight, so that what was kept shows: Adam's steps of at most 1e-30. */
static nomen_train_options still_options(const flow *f) {
    nomen_train_options o = flow_options(f);
    o.epochs = 1;
    o.learning_rate = 1e-30;
    o.weight_decay = 0;
    o.overwrite = true;
    return o;
}

static void expect_labels(const nomen_model *model, const char *const *names, size_t n) {
    assert_int_equal(model->labels.n, n);
    for (size_t k = 0; k < n; k++) { assert_string_equal(model->labels.names[k], names[k]); }
}

static int32_t row_of(const nomen_model *model, const char *label) {
    return nomen_labels_find(&model->labels, label, strlen(label));
}

/* Whether a label has the same row of the head in both; a fresh one is of the size 0.02, and has no bias. */
static bool same_row(const nomen_model *a, const nomen_model *b, const char *label) {
    size_t n = a->config.hidden_size, x = (size_t)row_of(a, label), y = (size_t)row_of(b, label);
    const nomen_real *v = a->values + a->table.classifier_weight + x * n, *w = b->values + b->table.classifier_weight + y * n;
    return memcmp(v, w, n * sizeof *v) == 0 && a->values[a->table.classifier_bias + x] == b->values[b->table.classifier_bias + y];
}

/* Has the training and the dev part say B-tim in the place of I-org, of which they have no other. */
static void write_more_types(const flow *f) {
    flow_text(f->train,
              "Bill B-per\nGates I-per\nis O\nfrom O\nParis B-geo\n\nshe O\nlives O\nin O\nNew B-geo\nYork I-geo\ntoday B-tim\n");
    flow_text(f->dev, "Anna B-per\nworks O\nat O\nAcme B-org\ntoday B-tim\n");
}

static void test_all_stay(void **state) {
    flow *f = *state;
    static const char *const union_of[] = {"O", "B-geo", "B-org", "B-per", "I-geo", "I-org", "I-per", "B-tim"};
    write_more_types(f);
    nomen_model *before = load(f->model);
    for (int keep = NOMEN_KEEP_LABELS_AUTO; keep <= NOMEN_KEEP_LABELS_TRUE; keep++) {
        nomen_train_options o = still_options(f);
        o.keep_labels = (nomen_keep_labels)keep;
        messages[0] = '\0';
        nomen_train_result result = flow_train(&o);
        nomen_model *after = load(f->output);
        assert_non_null(strstr(messages, "7 labels kept from the model, 1 new, 0 dropped"));
        assert_null(strstr(messages, "fresh"));
        expect_labels(after, union_of, 8);
        for (size_t k = 0; k < 7; k++) { assert_true(same_row(before, after, union_of[k])); }
        const nomen_real *row = after->values + after->table.classifier_weight + 7 * after->config.hidden_size;
        double size = nomen_op_square_sum(row, after->config.hidden_size);
        assert_true(size > 1e-4 && size < 0.1); /* 32 numbers of deviation 0.02: 0.0128 */
        assert_true(after->values[after->table.classifier_bias + 7] == 0);
        assert_int_equal(result.n_findings, 1); /* org is in the model and not in the data */
        assert_int_equal(result.findings[0].kind, NOMEN_TRAIN_TYPES_FORGOTTEN);
        assert_non_null(strstr(result.findings[0].message, "no entity: org. Training makes it forget them"));
        nomen_model_release(after);
        nomen_train_result_clear(&result);
    }
    nomen_model_release(before);
}

static void test_those_of_the_data(void **state) {
    flow *f = *state;
    static const char *const own[] = {"O", "B-geo", "B-per", "B-tim", "I-geo", "I-per"};
    write_more_types(f);
    nomen_train_options o = still_options(f);
    o.keep_labels = NOMEN_KEEP_LABELS_FALSE;
    nomen_train_result result = flow_train(&o);
    nomen_model *before = load(f->model), *after = load(f->output);
    assert_non_null(strstr(messages, "5 labels kept from the model, 1 new, 2 dropped"));
    expect_labels(after, own, 6);
    for (size_t k = 0; k < 6; k++) { assert_true(k == 3 || same_row(before, after, own[k])); }
    assert_int_equal(result.n_findings, 1); /* now dev has a label that the model lacks */
    assert_int_equal(result.findings[0].kind, NOMEN_TRAIN_LABELS_NOT_IN_TRAIN);
    nomen_model_release(before);
    nomen_model_release(after);
    nomen_train_result_clear(&result);
}

/* Data with some of the labels: nothing is new, and the head is the model's, as it stands. */
static void test_fewer_labels(void **state) {
    flow *f = *state;
    flow_text(f->train, "Anna B-per\nlives O\nin O\nParis B-geo\n");
    nomen_train_options o = still_options(f);
    nomen_train_result result = flow_train(&o);
    nomen_model *before = load(f->model), *after = load(f->output);
    assert_non_null(strstr(messages, "7 labels kept from the model, 0 new, 0 dropped"));
    expect_labels(after, (const char *const *)before->labels.names, 7);
    for (size_t k = 0; k < 7; k++) { assert_true(same_row(before, after, before->labels.names[k])); }
    nomen_model_release(before);
    nomen_model_release(after);
    nomen_train_result_clear(&result);
}

/* With nothing but O in common the head is fresh, unless its labels are to stay. */
static void test_nothing_in_common(void **state) {
    flow *f = *state;
    flow_text(f->train, "Anna B-x\nlives O\n");
    flow_text(f->dev, "John B-x\nlives O\n");
    for (int keep = NOMEN_KEEP_LABELS_AUTO; keep <= NOMEN_KEEP_LABELS_FALSE; keep++) {
        nomen_train_options o = still_options(f);
        o.keep_labels = (nomen_keep_labels)keep;
        messages[0] = '\0';
        nomen_train_result result = flow_train(&o);
        nomen_model *before = load(f->model), *after = load(f->output);
        bool all = keep == NOMEN_KEEP_LABELS_TRUE;
        assert_non_null(strstr(messages, all ? "7 labels kept from the model, 1 new, 0 dropped"
                                             : "7 labels, which differ from the 2 of the data: its head is replaced by a fresh"));
        assert_int_equal(after->labels.n, all ? 8 : 2);
        assert_true(same_row(before, after, "O") == all);
        nomen_model_release(before);
        nomen_model_release(after);
        nomen_train_result_clear(&result);
    }
}

/* Where there is no head whose rows have names, keep-labels true has nothing to keep, and auto is as it always was. */
static void test_no_head(void **state) {
    flow *f = *state;
    static const char *const unnamed[] = {"LABEL_0", "LABEL_1"};
    char path[192];
    nomen_error err = {0};
    for (int i = 0; i < 3; i++) {
        char name[32];
        tiny_model spec = tiny_model_defaults();
        if (i == 0) { spec.labels = NULL, spec.n_labels = 0; }
        if (i == 1) { spec.labels = unnamed, spec.n_labels = 2; }
        if (i == 2) { spec.architecture = "BertForSequenceClassification"; }
        snprintf(name, sizeof name, "headless%d", i);
        assert_int_equal(tiny_model_write(scratch_path(f->root, name, path), &spec, &err), NOMEN_OK);
        nomen_train_options o = still_options(f);
        o.model = path;
        if (i == 2) { flow_text(f->train, "Bill B-per\nis O\nnow B-tim\n"); }
        o.keep_labels = NOMEN_KEEP_LABELS_TRUE;
        expect_failure(f, &o, NOMEN_ERROR_ARGUMENT, "keep-labels: is true, but");
        o.keep_labels = NOMEN_KEEP_LABELS_AUTO;
        messages[0] = '\0';
        nomen_train_result result = flow_train(&o);
        assert_non_null(strstr(messages, "the head is freshly initialised"));
        nomen_train_result_clear(&result);
        scratch_remove(f->output);
    }
}

/* Transitions between labels that both have are kept, rows and columns; those of a new label begin at 0. */
static void test_crf(void **state) {
    flow *f = *state;
    char crf[192];
    nomen_train_options o = flow_options(f);
    o.crf = true;
    o.crf_learning_rate = 0.05;
    o.output = scratch_path(f->root, "crf", crf);
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    write_more_types(f);
    for (int all = 0; all < 2; all++) {
        o = still_options(f);
        o.crf = true;
        o.crf_learning_rate = 1e-30;
        o.model = crf;
        o.keep_labels = all ? NOMEN_KEEP_LABELS_TRUE : NOMEN_KEEP_LABELS_FALSE;
        messages[0] = '\0';
        result = flow_train(&o);
        nomen_train_result_clear(&result);
        assert_null(strstr(messages, "fresh"));
        nomen_model *before = load(crf), *after = load(f->output);
        size_t n_before = before->labels.n, n = after->labels.n, n_kept = 0;
        for (size_t i = 0; i < n; i++) {
            int32_t x = row_of(before, after->labels.names[i]);
            nomen_real start = after->values[after->table.crf_start + i], end = after->values[after->table.crf_end + i];
            /* A step of at most 1e-30, over which nothing that was not 0 changes, and a 0 hardly. */
            assert_true(x < 0 ? fabsf(start) + fabsf(end) < 1e-25f
                              : start == before->values[before->table.crf_start + (size_t)x] &&
                                    end == before->values[before->table.crf_end + (size_t)x]);
            for (size_t j = 0; j < n; j++) {
                int32_t y = row_of(before, after->labels.names[j]);
                nomen_real now = after->values[after->table.crf_transitions + i * n + j];
                if (x < 0 || y < 0) {
                    assert_true(fabsf(now) < 1e-25f);
                    continue;
                }
                nomen_real was = before->values[before->table.crf_transitions + (size_t)x * n_before + (size_t)y];
                n_kept += was != 0;
                assert_true(now == was || (was == 0 && fabsf(now) < 1e-25f));
            }
        }
        assert_true(n_kept > 10);
        nomen_model_release(before);
        nomen_model_release(after);
    }
}

/* A config.json that names other labels than the head has rows for: there is no row of which a name is known. */
static void test_names_do_not_fit(void **state) {
    flow *f = *state;
    char path[192];
    nomen_buffer config = {0};
    write_more_types(f);
    flow_read(f->model, "config.json", &config);
    char *at = strstr(config.data, "\"6\"");
    assert_non_null(at); /* of id2label: the last label is left out */
    json_t *json = NULL;
    nomen_error err = {0};
    assert_int_equal(nomen_json_parse(config.data, config.size, "config", &json, &err), NOMEN_OK);
    json_object_del(json_object_get(json, "id2label"), "6");
    json_object_del(json_object_get(json, "label2id"), "I-per");
    assert_int_equal(nomen_json_write(scratch_path(f->model, "config.json", path), json, &err), NOMEN_OK);
    json_decref(json);
    nomen_buffer_clear(&config);
    nomen_train_options o = still_options(f);
    nomen_train_result result = flow_train(&o);
    assert_non_null(strstr(messages, "its head is replaced by a fresh one"));
    nomen_train_result_clear(&result);
}

/* Makes the start a model with these labels. */
static void rename_labels(const flow *f, const char *const *names, size_t n) {
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    spec.labels = names;
    spec.n_labels = n;
    scratch_remove(f->model);
    if (tiny_model_write(f->model, &spec, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
}

/*
 * Labels of another scheme do not stay beside those of IOB2. Which ones they are is seen from those of the data, too; and a
 * type that only looks like such a label stays.
 */
static void test_other_schemes(void **state) {
    flow *f = *state;
    static const struct {
        const char *labels[6];
        size_t n;
        const char *other; /* NULL: all stay */
    } cases[] = {
        {{"O", "I-per", "E-per", "I-geo", "E-geo"}, 5, "E-per"},          /* IOE2 */
        {{"O", "I-per", "I-geo", "E-geo"}, 4, "E-geo"},                   /* IOE1, of which one type never needed its E- */
        {{"O", "B-per", "I-per", "L-per", "U-per"}, 5, "L-per"},          /* BILOU */
        {{"O", "B-geo", "M-geo", "I-per"}, 4, "M-geo"},                   /* BMES */
        {{"O", "E-per", "E-org", "B-tim"}, 4, "E-per"},                   /* beside the data's B-per */
        {{"O", "I-per", "I-geo", "B-geo"}, 4, NULL},                      /* IOB1: names of IOB2 */
        {{"O", "B-per", "I-per", "E-mail", "U-boat", "S-Bahn"}, 6, NULL}, /* no B- or I- of these */
    };
    write_more_types(f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rename_labels(f, cases[i].labels, cases[i].n);
        nomen_train_options o = still_options(f);
        messages[0] = '\0';
        nomen_train_result result = flow_train(&o);
        nomen_train_result_clear(&result);
        nomen_model *after = load(f->output);
        char told[64];
        snprintf(told, sizeof told, "labels of another scheme (%s)", cases[i].other != NULL ? cases[i].other : "");
        assert_int_equal(strstr(messages, told) != NULL, cases[i].other != NULL);
        for (size_t k = 0; k < after->labels.n; k++) {
            const char *name = after->labels.names[k];
            if (cases[i].other != NULL && strchr("BIO", name[0]) == NULL) { fail_msg("%s stays", name); }
        }
        for (size_t k = 0; cases[i].other == NULL && k < cases[i].n; k++) { assert_true(row_of(after, cases[i].labels[k]) >= 0); }
        nomen_model_release(after);
        if (cases[i].other == NULL) { continue; }
        o.keep_labels = NOMEN_KEEP_LABELS_TRUE;
        nomen_error err = {0};
        assert_int_equal(flow_run(&o, &err), NOMEN_ERROR_ARGUMENT);
        assert_non_null(strstr(err.message, told));
    }
}

static nomen_status run_keeping(flow *f, nomen_error *err) {
    nomen_train_options o = still_options(f);
    o.dev = NULL;
    o.test = f->dev;
    return flow_run(&o, err);
}

static void test_memory(void **state) {
    flow *f = *state;
    const operation keeping = {"keeping", run_keeping, NULL};
    write_more_types(f);
    fail_each(&keeping, f, 31);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RUN(test_all_stay),          RUN(test_those_of_the_data), RUN(test_fewer_labels),
        RUN(test_nothing_in_common), RUN(test_no_head),           RUN(test_crf),
        RUN(test_names_do_not_fit),  RUN(test_other_schemes),     RUN(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
