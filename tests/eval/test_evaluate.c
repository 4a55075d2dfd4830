/* Evaluation as other programs call it (nomen/evaluate.h): files, datasets, predictions; reports; what is refused. */
#include "e2e/flow.h"
#include "nomen/nomen.h"

static nomen_dataset *load(const char *path) {
    nomen_error err = {0};
    nomen_dataset *set = NULL;
    if (nomen_dataset_load(path, NULL, &set, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return set;
}

static char *json_of(const nomen_evaluation *e) {
    char *json = NULL;
    size_t n_bytes = 0;
    assert_int_equal(nomen_evaluation_to_json(e, &json, &n_bytes, NULL), NOMEN_OK);
    assert_true(n_bytes == strlen(json) && json[n_bytes - 1] == '\n');
    return json;
}

/* A loaded model on a dataset scores what its directory scores on the file. */
static void test_model(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    nomen_evaluation *of_files = NULL, *of_dataset = NULL;
    nomen_model *model = NULL;
    flow_make(&f, &spec);
    const nomen_evaluate_files files = {.size = sizeof files, .gold = f.train, .model = f.model};
    const nomen_evaluate_options options = {.size = sizeof options, .plain_text = true, .replicates = 50};
    if (nomen_evaluate_files_run(&files, &options, &of_files, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    nomen_dataset *gold = load(f.train);
    assert_int_equal(nomen_model_load(f.model, NULL, &model, &err), NOMEN_OK);
    if (nomen_evaluate_dataset(model, gold, &options, &of_dataset, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    char *a = json_of(of_files), *b = json_of(of_dataset), *text = NULL, *conlleval = NULL;
    assert_string_equal(a, b);
    const nomen_details *details = nomen_evaluation_get_details(of_files);
    nomen_prf micro = nomen_evaluation_get_score(of_files, NOMEN_MEAN_MICRO), geo;
    assert_true(micro.f1 > 0.5 && micro.support == 12 && micro.f1 == details->report.micro.f1);
    assert_true(nomen_evaluation_get_score(of_files, NOMEN_MEAN_MACRO).f1 == details->report.macro.f1);
    assert_string_equal(nomen_evaluation_get_type(of_files, 0, &geo), "geo");
    assert_int_equal(geo.support, 5);
    assert_string_equal(nomen_evaluation_get_type(of_files, 2, NULL), "per");
    assert_null(nomen_evaluation_get_type(of_files, 3, NULL));
    assert_true(details->report.n_sentences == 8 && details->has_plain_text);
    assert_int_equal(nomen_evaluation_to_text(of_files, NOMEN_REPORT_ALL, &text, NULL, &err), NOMEN_OK);
    assert_non_null(strstr(text, "nervaluate"));
    nomen_free(text);
    assert_int_equal(nomen_evaluation_to_text(of_files, 1u << NOMEN_REPORT_LENGTH, &text, NULL, &err), NOMEN_OK);
    assert_null(strstr(text, "nervaluate"));
    assert_int_equal(nomen_evaluation_to_conlleval(of_files, &conlleval, NULL, &err), NOMEN_OK);
    assert_memory_equal(conlleval, "processed ", 10);
    nomen_free(a);
    nomen_free(b);
    nomen_free(text);
    nomen_free(conlleval);
    nomen_evaluation_free(of_files);
    nomen_evaluation_free(of_dataset);
    nomen_evaluation_free(NULL);
    nomen_model_release(model);
    nomen_dataset_free(gold);
    flow_remove(&f);
}

/* What a request asks for counts: without entities of a type, none of it is predicted. */
static void test_request(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    nomen_evaluation *e = NULL;
    nomen_prf geo = {0};
    flow_make(&f, &spec);
    const nomen_evaluate_files files = {.size = sizeof files, .gold = f.train, .model = f.model};
    const nomen_request request = {.size = sizeof request, .ignored_types = "geo"};
    const nomen_evaluate_options options = {.size = sizeof options, .request = &request};
    if (nomen_evaluate_files_run(&files, &options, &e, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    assert_string_equal(nomen_evaluation_get_type(e, 0, &geo), "geo");
    assert_true(geo.predicted == 0 && geo.support == 5);
    nomen_evaluation_free(e);
    flow_remove(&f);
}

static void test_predictions(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    nomen_evaluation *e = NULL;
    char path[192];
    nomen_buffer list = {0};
    flow_make(&f, &spec);
    flow_text(scratch_path(f.root, "other.conll", path),
              "John B-per\nSmith O\nworks O\nat O\nAcme B-org\nInc I-org\n\nhe O\nmet O\nAnna B-per\nLee I-per\n");
    nomen_dataset *gold = load(f.dev), *predicted = load(path), *others = load(f.train);
    const nomen_evaluate_options options = {.size = sizeof options, .train = others, .against = gold, .errors = f.output};
    assert_int_equal(nomen_evaluate_predictions(predicted, gold, &options, &e, &err), NOMEN_OK);
    nomen_prf micro = nomen_evaluation_get_score(e, NOMEN_MEAN_MICRO);
    assert_true(micro.support == 3 && micro.predicted == 3 && micro.correct == 2);
    assert_true(nomen_evaluation_get_details(e)->has_training);
    nomen_evaluation_free(e);
    assert_int_equal(nomen_file_read(f.output, &list, &err), NOMEN_OK);
    assert_memory_equal(list.data, "{\"error\":\"wrong border\"", 23);
    nomen_buffer_clear(&list);
    const nomen_evaluate_files files = {.size = sizeof files, .gold = f.dev, .predictions = path};
    assert_int_equal(nomen_evaluate_files_run(&files, NULL, &e, &err), NOMEN_OK);
    assert_true(nomen_evaluation_get_score(e, NOMEN_MEAN_MICRO).f1 == micro.f1);
    nomen_evaluation_free(e);
    e = NULL;
    assert_int_equal(nomen_evaluate_predictions(others, gold, NULL, &e, &err), NOMEN_ERROR_DATA);
    assert_null(e);
    nomen_dataset_free(gold);
    nomen_dataset_free(predicted);
    nomen_dataset_free(others);
    flow_remove(&f);
}

static void refuse(const nomen_evaluate_files *files, const nomen_evaluate_options *options, nomen_status expected) {
    nomen_error err = {0};
    nomen_evaluation *e = NULL;
    assert_int_equal(nomen_evaluate_files_run(files, options, &e, &err), expected);
    assert_true(e == NULL && err.message[0] != '\0');
}

static void test_refused(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    nomen_model *model = NULL;
    nomen_evaluation *e = NULL;
    nomen_cancel *cancel = NULL;
    flow_make(&f, &spec);
    const nomen_evaluate_files none = {.size = sizeof none, .gold = f.train};
    const nomen_evaluate_files both = {.size = sizeof both, .gold = f.train, .model = f.model, .predictions = f.train};
    const nomen_evaluate_files whole = {.size = sizeof whole, .gold = f.train, .model = f.model};
    const nomen_evaluate_files no_gold = {.size = sizeof no_gold, .gold = "/nowhere", .model = f.model};
    const nomen_evaluate_files no_model = {.size = sizeof no_model, .gold = f.train, .model = "/nowhere"};
    const nomen_evaluate_options unsized = {.replicates = 3}, errors = {.size = sizeof errors, .errors = "/nowhere/at/all"};
    const nomen_request bad = {.size = sizeof bad, .thresholds = "x"};
    const nomen_evaluate_options asked = {.size = sizeof asked, .request = &bad};
    refuse(NULL, NULL, NOMEN_ERROR_ARGUMENT);
    refuse(&none, NULL, NOMEN_ERROR_ARGUMENT);
    refuse(&both, NULL, NOMEN_ERROR_ARGUMENT);
    refuse(&whole, &unsized, NOMEN_ERROR_ARGUMENT);
    refuse(&whole, &asked, NOMEN_ERROR_ARGUMENT);
    refuse(&whole, &errors, NOMEN_ERROR_IO);
    refuse(&no_gold, NULL, NOMEN_ERROR_IO);
    refuse(&no_model, NULL, NOMEN_ERROR_IO);
    assert_int_equal(nomen_cancel_create(&cancel, &err), NOMEN_OK);
    nomen_cancel_set(cancel);
    const nomen_call call = {.size = sizeof call, .cancel = cancel};
    const nomen_request stopped = {.size = sizeof stopped, .call = &call};
    const nomen_evaluate_options stops = {.size = sizeof stops, .request = &stopped};
    refuse(&whole, &stops, NOMEN_ERROR_INTERRUPTED);
    nomen_cancel_free(cancel);
    char *labels[] = {(char[]){"O"}, (char[]){"B-per"}};
    const nomen_model_options training = {
        .size = sizeof training, .purpose = NOMEN_FOR_TRAINING, .labels = labels, .n_labels = 2};
    assert_int_equal(nomen_model_load(f.model, &training, &model, &err), NOMEN_OK);
    nomen_dataset *gold = load(f.train);
    assert_int_equal(nomen_evaluate_dataset(model, gold, NULL, &e, &err), NOMEN_ERROR_ARGUMENT);
    assert_null(e);
    nomen_dataset_free(gold);
    nomen_model_release(model);
    flow_remove(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_model), cmocka_unit_test(test_request),
                                       cmocka_unit_test(test_predictions), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
