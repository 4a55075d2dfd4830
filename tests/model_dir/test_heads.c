/* Heads as people have them: without names, named by the caller, of another task, and what is refused. */
#include <sys/stat.h>

#include "e2e/flow.h"
#include "model_dir/model.h"
#include "model_dir/model_labels.h"

static const char GIVEN[] = "O,B-LOC,B-ORG,B-PER,I-LOC,I-ORG,I-PER";

typedef struct fixture {
    flow files;
    char path[192];
    nomen_buffer messages;
} fixture;

static fixture fix;

static void keep_message(void *user, nomen_log_level level, const char *message) {
    (void)user, (void)level;
    assert_int_equal(nomen_buffer_printf(&fix.messages, NULL, "%s\n", message), NOMEN_OK);
}

static int set_up(void **state) {
    tiny_model spec = tiny_model_defaults();
    flow_make(&fix.files, &spec);
    assert_non_null(scratch_path(fix.files.root, "other", fix.path));
    nomen_set_log(keep_message, NULL);
    *state = NULL;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    nomen_set_log(NULL, NULL);
    nomen_buffer_clear(&fix.messages);
    flow_remove(&fix.files);
    return 0;
}

/* The tiny model at fix.path in place of what is there. */
static void write_model(bool unnamed, const char *architecture, bool head) {
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    spec.unnamed = unnamed;
    spec.architecture = architecture;
    if (!head) { spec.n_labels = 0; }
    scratch_remove(fix.path);
    if (tiny_model_write(fix.path, &spec, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
}

/* As BERT's own weights are: the encoder alone. */
static void drop_head(void) {
    char from[192], bare[192], to[192];
    tiny_model spec = tiny_model_defaults();
    spec.n_labels = 0;
    assert_non_null(scratch_path(fix.files.root, "bare", from));
    assert_int_equal(tiny_model_write(from, &spec, NULL), NOMEN_OK);
    assert_non_null(scratch_path(from, "model.safetensors", bare));
    assert_non_null(scratch_path(fix.path, "model.safetensors", to));
    assert_int_equal(rename(bare, to), 0);
    scratch_remove(from);
}

/* Has config.json say `with` in place of its id2label. */
static void write_id2label(const char *with) {
    nomen_buffer text = {0}, out = {0};
    char path[192];
    nomen_error err = {0};
    assert_non_null(scratch_path(fix.path, "config.json", path));
    assert_int_equal(nomen_file_read(path, &text, &err), NOMEN_OK);
    const char *at = strstr(text.data, ",\"id2label\"");
    assert_non_null(at);
    assert_int_equal(nomen_buffer_append(&out, text.data, (size_t)(at - text.data), NULL), NOMEN_OK);
    assert_int_equal(nomen_buffer_printf(&out, NULL, "%s}\n", with), NOMEN_OK);
    assert_int_equal(nomen_file_write(path, out.data, out.size, &err), NOMEN_OK);
    nomen_buffer_clear(&text);
    nomen_buffer_clear(&out);
}

static const char *said(void) {
    return fix.messages.size > 0 ? fix.messages.data : "";
}

static size_t count(const char *what) {
    size_t n = 0;
    for (const char *at = said(); (at = strstr(at, what)) != NULL; at++) { n++; }
    return n;
}

static nomen_model *load(const nomen_model_options *options) {
    nomen_model *model = NULL;
    nomen_error err = {0};
    nomen_buffer_reset(&fix.messages);
    if (nomen_model_load(fix.path, options, &model, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return model;
}

static void refused(const nomen_model_options *options, nomen_status status, const char *one, const char *other) {
    nomen_model *model = NULL;
    nomen_error err = {0};
    long live = nomen_mem_test_live();
    assert_int_equal(nomen_model_load(fix.path, options, &model, &err), status);
    if (strstr(err.message, one) == NULL || strstr(err.message, other) == NULL) {
        fail_msg("\"%s\" says neither or one of \"%s\" and \"%s\"", err.message, one, other);
    }
    assert_null(strstr(err.message, "--")); /* options are the program's: the library names a remedy */
    assert_int_equal(nomen_mem_test_live(), live);
}

static void test_without_names(void **state) {
    (void)state;
    static const char *const ids[] = {(",\"id2label\":{\"0\":\"LABEL_0\",\"1\":\"LABEL_1\",\"2\":\"LABEL_2\",\"3\":\"LABEL_3\","
                                       "\"4\":\"LABEL_4\",\"5\":\"LABEL_5\","
                                       "\"6\":\"LABEL_6\"}"),
                                      "", /* save_pretrained leaves out a map that is the default's */
                                      ",\"id2label\":null", ",\"num_labels\":7", ",\"_num_labels\":7"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        write_model(true, i == 2 ? NULL : "BertForTokenClassification", true);
        write_id2label(ids[i]);
        nomen_model *model = load(NULL);
        assert_int_equal(model->labels.n, 7);
        assert_string_equal(nomen_model_get_label(model, 0), "LABEL_0");
        assert_string_equal(nomen_model_get_label(model, 6), "LABEL_6");
        assert_false(model->fresh_head);
        assert_int_equal(count("LABEL_0 to LABEL_6"), 1);
        assert_int_equal(count("\n"), 1);
        nomen_model_release(model);
        refused(&(nomen_model_options){.size = sizeof(nomen_model_options), .needs_names = true}, NOMEN_ERROR_DATA,
                "gives its 7 labels no names", "name them");
        nomen_labels unnamed = {0};
        assert_int_equal(nomen_model_read_unnamed(fix.path, &unnamed, NULL), NOMEN_OK);
        assert_int_equal(unnamed.n, 7);
        assert_string_equal(unnamed.names[3], "LABEL_3");
        nomen_labels_clear(&unnamed);
    }
    write_model(true, "BertForTokenClassification", true);
    write_id2label(",\"id2label\":{\"0\":\"LABEL_0\",\"1\":\"LABEL_1\"}"); /* and the head has seven rows */
    refused(NULL, NOMEN_ERROR_DATA, "2 labels", "7 rows");
    nomen_model *model =
        load(&(nomen_model_options){.size = sizeof(nomen_model_options), .label_names = GIVEN}); /* which names mend */
    nomen_model_release(model);
}

/* An encoder is none: no head, whatever its config.json says of labels. */
static void test_without_head(void **state) {
    (void)state;
    static const char *const ids[] = {"", ",\"id2label\":{\"0\":\"LABEL_0\",\"1\":\"LABEL_1\"}"};
    for (size_t i = 0; i < 2; i++) {
        write_model(false, "BertModel", true);
        write_id2label(ids[i]);
        drop_head();
        refused(NULL, NOMEN_ERROR_DATA, "has not been fine-tuned", "train it first");
        refused(&(nomen_model_options){.size = sizeof(nomen_model_options), .needs_names = true}, NOMEN_ERROR_DATA,
                "has not been fine-tuned", "train it first");
        refused(&(nomen_model_options){.size = sizeof(nomen_model_options), .label_names = "O,B-x"}, NOMEN_ERROR_DATA,
                "has no classifier", "train the model first");
        nomen_labels unnamed = {0};
        assert_int_equal(nomen_model_read_unnamed(fix.path, &unnamed, NULL), NOMEN_OK);
        assert_int_equal(unnamed.n, 0);
    }
}

static void test_names_given(void **state) {
    (void)state;
    nomen_model_options given = {.size = sizeof given, .label_names = GIVEN};
    write_model(true, "BertForTokenClassification", true);
    nomen_model *model = load(&given);
    assert_string_equal(nomen_model_get_label(model, 3), "B-PER");
    assert_int_equal(fix.messages.size, 0); /* nothing is replaced, and nothing lacks */
    nomen_error err = {0};
    nomen_config config = {0};
    char saved[192];
    assert_non_null(scratch_path(fix.files.root, "saved", saved));
    assert_int_equal(mkdir(saved, 0777), 0);
    assert_int_equal(nomen_model_save(model, saved, NULL, &err), NOMEN_OK);
    assert_int_equal(nomen_config_read(saved, &config, &err), NOMEN_OK);
    assert_int_equal(config.n_labels, 7);
    assert_string_equal(config.labels[6], "I-PER");
    nomen_config_clear(&config);
    nomen_model_release(model);

    write_model(false, "BertForTokenClassification", true);
    model = load(&given);
    assert_string_equal(nomen_model_get_label(model, 1), "B-LOC");
    assert_int_equal(count("label 1 is B-LOC, not B-geo"), 1);
    assert_int_equal(count("\n"), 1);
    nomen_model_release(model);

    model = load(&(nomen_model_options){.size = sizeof(nomen_model_options),
                                        .label_names = "O,B-geo,B-org,B-per,I-geo,I-org,I-per"}); /* its own */
    assert_int_equal(fix.messages.size, 0);
    nomen_model_release(model);

    model =
        load(&(nomen_model_options){.size = sizeof(nomen_model_options), .label_names = "0,B-geo,B-org,B-per,I-geo,I-org,I-per"});
    assert_int_equal(count("none of the given names is O"), 1);
    nomen_model_release(model);
}

static void test_names_refused(void **state) {
    (void)state;
    char *labels[] = {(char[]){"O"}};
    for (int unnamed = 0; unnamed < 2; unnamed++) {
        write_model(unnamed == 1, "BertForTokenClassification", true);
        refused(&(nomen_model_options){.size = sizeof(nomen_model_options), .label_names = "O,B-x"}, NOMEN_ERROR_DATA,
                "names 2 labels", "7 rows");
        refused(&(nomen_model_options){.size = sizeof(nomen_model_options), .label_names = "labels.txt"}, NOMEN_ERROR_DATA,
                "no such file", "7 rows");
        refused(&(nomen_model_options){.size = sizeof(nomen_model_options), .label_names = "O,O,B-org,B-per,I-geo,I-org,I-per"},
                NOMEN_ERROR_FORMAT, "'O'", "twice");
        refused(&(nomen_model_options){.size = sizeof(nomen_model_options), .label_names = ""}, NOMEN_ERROR_FORMAT, "no names",
                "");
        const nomen_model_options both = {
            .size = sizeof both, .purpose = NOMEN_FOR_TRAINING, .label_names = GIVEN, .labels = labels, .n_labels = 1};
        refused(&both, NOMEN_ERROR_ARGUMENT, "label_names", "training");
    }
}

/* Whatever its labels are called; in training the encoder is taken, and never the head. */
static void test_another_task(void **state) {
    (void)state;
    static const char *const tasks[] = {
        "BertForSequenceClassification", "BertForQuestionAnswering",      "BertForMaskedLM", "BertForPreTraining",
        "BertForMultipleChoice",         "BertForNextSentencePrediction", "BertLMHeadModel", "TFBertForSequenceClassification"};
    static const char *const wanted[] = {"O", "B-geo", "B-org", "B-per", "I-geo", "I-org", "I-per"};
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        for (int form = 0; form < 3; form++) {
            nomen_model_options training = {.size = sizeof training,
                                            .purpose = NOMEN_FOR_TRAINING,
                                            .labels = (char *const *)(uintptr_t)wanted,
                                            .n_labels = 7,
                                            .seed = 3};
            write_model(form == 1, tasks[i], form < 2);
            refused(NULL, NOMEN_ERROR_UNSUPPORTED, tasks[i], "another task");
            refused(&(nomen_model_options){.size = sizeof(nomen_model_options), .label_names = GIVEN}, NOMEN_ERROR_UNSUPPORTED,
                    tasks[i], "another task");
            nomen_model *model = load(&training);
            assert_true(model->fresh_head);
            assert_int_equal(count("another task"), form == 0); /* where it would have fitted */
            assert_int_equal(count("freshly initialised"), 1);
            nomen_model_release(model);
        }
    }
    static const char *const fine[] = {"BertForTokenClassification", "BertModel", "BertForNer", NULL};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        write_model(false, fine[i], true);
        nomen_model *model = load(NULL);
        assert_false(model->fresh_head);
        nomen_model_release(model);
    }
}

/* Every allocation failing: an error, and nothing left. */
static void test_memory(void **state) {
    (void)state;
    const nomen_model_options ways[] = {{.size = sizeof ways[0]}, {.size = sizeof ways[0], .label_names = GIVEN}};
    write_model(true, "BertForTokenClassification", true);
    nomen_set_log(NULL, NULL);
    for (size_t w = 0; w < 2; w++) {
        long live = nomen_mem_test_live();
        nomen_status status = NOMEN_ERROR_MEMORY;
        for (long n = 0; status != NOMEN_OK && n < 100000; n++) {
            nomen_model *model = NULL;
            nomen_labels unnamed = {0};
            nomen_mem_test_fail(n, 1);
            status = w == 0 ? nomen_model_read_unnamed(fix.path, &unnamed, NULL) : NOMEN_OK;
            if (status == NOMEN_OK) { status = nomen_model_load(fix.path, &ways[w], &model, NULL); }
            nomen_mem_test_fail(-1, 0);
            assert_true(status == NOMEN_OK || status == NOMEN_ERROR_MEMORY);
            nomen_labels_clear(&unnamed);
            nomen_model_release(model);
            assert_int_equal(nomen_mem_test_live(), live);
        }
        assert_int_equal(status, NOMEN_OK);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define RUN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        RUN(test_without_names), RUN(test_without_head), RUN(test_names_given),
        RUN(test_names_refused), RUN(test_another_task), RUN(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
