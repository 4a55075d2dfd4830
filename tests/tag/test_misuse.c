/* What a caller gets wrong: values that no enum has, strings and texts that are NULL. Each is an error that says so. */
#include "base/mem.h"
#include "nomen/nomen.h"
#include "support/cmocka_all.h"
#include "support/scratch.h"
#include "support/tiny_model.h"

static char root[64], directory[192];
static nomen_error err;

static int set_up(void **state) {
    (void)state;
    tiny_model spec = tiny_model_defaults();
    if (scratch_make(root) == NULL) { return -1; }
    return tiny_model_write(scratch_path(root, "model", directory), &spec, &err) == NOMEN_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    scratch_remove(root);
    return 0;
}

static void refused(nomen_status status, const char *part) {
    assert_int_equal(status, NOMEN_ERROR_ARGUMENT);
    if (strstr(err.message, part) == NULL) { fail_msg("\"%s\" is not in: %s", part, err.message); }
    err = (nomen_error){0};
}

static nomen_model *load(void) {
    nomen_model *model = NULL;
    if (nomen_model_load(directory, NULL, &model, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return model;
}

static nomen_dataset *parse(void) {
    static const char conll[] = "bill B-per\nlives O\n";
    nomen_dataset *set = NULL;
    if (nomen_dataset_load_bytes(conll, sizeof conll - 1, "x", NULL, &set, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    return set;
}

static void test_requests(void **state) {
    (void)state;
    const size_t size = sizeof(nomen_request);
    const struct {
        nomen_request request;
        const char *part;
    } cases[] = {{{.size = size, .aggregation = (nomen_aggregation)99}, "unknown aggregation 99"},
                 {{.size = size, .word_unit = (nomen_word_unit)9}, "unknown unit of words 9"},
                 {{.size = size, .decoding = (nomen_decoding)9}, "unknown way to decode 9"},
                 {{.size = size, .repair = (nomen_repair)9}, "unknown repair 9"},
                 {{.size = size, .offsets = (nomen_offset_unit)9}, "unknown unit of offsets 9"}};
    const nomen_text text = {.text = "bill", .n_bytes = 4};
    nomen_model *model = load();
    nomen_dataset *gold = parse();
    nomen_tagger *tagger = NULL;
    nomen_queue *queue = NULL;
    nomen_results *results = NULL;
    nomen_ticket *ticket = NULL;
    nomen_evaluation *evaluation = NULL;
    assert_int_equal(nomen_tagger_create(model, NULL, &tagger, &err), NOMEN_OK);
    assert_int_equal(nomen_queue_create(model, NULL, &queue, &err), NOMEN_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const nomen_evaluate_options options = {.size = sizeof options, .request = &cases[i].request};
        refused(nomen_tag(tagger, &text, 1, &cases[i].request, &results, &err), cases[i].part);
        refused(nomen_queue_submit(queue, &text, 1, &cases[i].request, NOMEN_TEXTS_COPIED, &ticket, &err), cases[i].part);
        refused(nomen_evaluate_dataset(model, gold, &options, &evaluation, &err), cases[i].part);
    }
    refused(nomen_queue_submit(queue, &text, 1, NULL, (nomen_text_keeping)9, &ticket, &err), "unknown keeping of texts 9");
    nomen_queue_free(queue);
    nomen_tagger_free(tagger);
    nomen_dataset_free(gold);
    nomen_model_release(model);
    assert_int_equal(nomen_mem_test_live(), 0);
}

static void test_texts(void **state) {
    (void)state;
    const nomen_text missing[] = {{.text = "bill", .n_bytes = 4}, {.text = NULL, .n_bytes = 5}}, empty = {.text = NULL};
    nomen_model *model = load();
    nomen_tagger *tagger = NULL;
    nomen_queue *queue = NULL;
    nomen_results *results = NULL;
    nomen_ticket *ticket = NULL;
    nomen_encoding encoding = {0};
    nomen_offset_map *map = NULL;
    assert_int_equal(nomen_tagger_create(model, NULL, &tagger, &err), NOMEN_OK);
    assert_int_equal(nomen_queue_create(model, NULL, &queue, &err), NOMEN_OK);
    refused(nomen_tag(tagger, missing, 2, NULL, &results, &err), "text 1, of 5 bytes, is NULL");
    refused(nomen_tag(tagger, NULL, 2, NULL, &results, &err), "the array of 2 texts is NULL");
    refused(nomen_queue_submit(queue, missing, 2, NULL, NOMEN_TEXTS_COPIED, &ticket, &err), "text 1, of 5 bytes, is NULL");
    refused(nomen_queue_submit(queue, NULL, 2, NULL, NOMEN_TEXTS_COPIED, &ticket, &err), "the array of 2 texts is NULL");
    refused(nomen_tokenizer_encode(nomen_model_get_tokenizer(model), NULL, 5, &encoding, &err), "of 5 bytes, is NULL");
    refused(nomen_offset_map_create(NULL, 5, NOMEN_OFFSET_BYTE, &map, &err), "the text is NULL");
    refused(nomen_offset_map_create("bill", 4, (nomen_offset_unit)9, &map, &err), "unknown unit of offsets 9");
    assert_int_equal(nomen_tag(tagger, &empty, 1, NULL, &results, &err), NOMEN_OK);
    assert_int_equal(nomen_results_n_entities(results, 0), 0);
    nomen_results_free(results);
    nomen_queue_free(queue);
    nomen_tagger_free(tagger);
    nomen_model_release(model);
    assert_int_equal(nomen_mem_test_live(), 0);
}

static void test_models(void **state) {
    (void)state;
    nomen_model *model = NULL;
    nomen_tokenizer *tokenizer = NULL;
    char *json = NULL, fingerprint[NOMEN_FINGERPRINT_SIZE];
    bool found = false;
    const nomen_tokenizer_options choice = {.size = sizeof choice, .lower_case = (nomen_choice)9};
    const nomen_model_options purpose = {.size = sizeof purpose, .purpose = (nomen_purpose)9},
                              overflow = {.size = sizeof overflow, .on_overflow = (nomen_overflow)9};
    refused(nomen_model_load(directory, &purpose, &model, &err), "unknown purpose 9");
    refused(nomen_model_load(directory, &overflow, &model, &err), "unknown on_overflow 9");
    refused(nomen_model_load(NULL, NULL, &model, &err), "the model directory is NULL");
    refused(nomen_tokenizer_load(directory, &choice, &tokenizer, &err), "unknown lower_case 9");
    refused(nomen_tokenizer_load(NULL, NULL, &tokenizer, &err), "the model directory is NULL");
    refused(nomen_directory_to_json(NULL, &json, NULL, &err), "the model directory is NULL");
    refused(nomen_directory_fingerprint(NULL, fingerprint, &err), "the model directory is NULL");
    refused(nomen_calibration_reset(NULL, &found, &err), "the model directory is NULL");
    assert_int_equal(nomen_mem_test_live(), 0);
}

static void test_data(void **state) {
    (void)state;
    const size_t size = sizeof(nomen_data_options);
    const struct {
        nomen_data_options options;
        const char *part;
    } cases[] = {{{.size = size, .scheme = (nomen_scheme)99}, "unknown tag scheme 99"},
                 {{.size = size, .like = (nomen_scheme)99}, "unknown tag scheme 99"},
                 {{.size = size, .documents = (nomen_documents)9}, "unknown way to find documents 9"},
                 {{.size = size, .documents = NOMEN_DOCUMENTS_COLUMN}, "document_column is NULL"},
                 {{.size = size, .words = (nomen_word_unit)9}, "unknown unit of words 9"},
                 {{.size = size, .misaligned = (nomen_misaligned)9}, "unknown policy for misaligned spans 9"},
                 {{.size = size, .offsets = (nomen_offset_unit)9}, "unknown unit of offsets 9"}};
    nomen_dataset *other = NULL, *set = parse();
    const unsigned percent[] = {80, 10, 10};
    size_t *order = NULL, n[3];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        refused(nomen_dataset_load_bytes("a O\n", 4, "x", &cases[i].options, &other, &err), cases[i].part);
        refused(nomen_dataset_load(directory, &cases[i].options, &other, &err), cases[i].part);
    }
    refused(nomen_dataset_load(NULL, NULL, &other, &err), "the path of the labelled file is NULL");
    refused(nomen_dataset_load_bytes("a O\n", 4, NULL, NULL, &other, &err), "the name of the labelled data is NULL");
    refused(nomen_dataset_load_bytes(NULL, 4, "x", NULL, &other, &err), "the labelled data is NULL");
    refused(nomen_dataset_save(set, NULL, NULL, NULL, &err), "the name of the output is NULL");
    refused(nomen_dataset_split(set, percent, (nomen_split_kind)9, 1, &order, n, &err), "unknown way to split 9");
    nomen_dataset_free(set);
    assert_int_equal(nomen_mem_test_live(), 0);
}

static void test_runs(void **state) {
    (void)state;
    nomen_evaluation *evaluation = NULL;
    nomen_calibration_result calibrated = {0};
    nomen_quantize_result quantized = {0};
    char *text = NULL;
    nomen_check_report *report = NULL;
    const nomen_check_input nothing = {0};
    const nomen_evaluate_files files = {.size = sizeof files, .gold = "x", .model = "x", .predictions_scheme = (nomen_scheme)99};
    nomen_calibrate_options calibrate;
    nomen_quantize_options quantize;
    nomen_calibrate_init(&calibrate, sizeof calibrate);
    nomen_quantize_init(&quantize, sizeof quantize);
    refused(nomen_evaluate_files_run(&files, NULL, &evaluation, &err), "unknown tag scheme 99");
    refused(nomen_calibrate(&calibrate, &calibrated, &err), "model is NULL");
    calibrate.model = directory;
    refused(nomen_calibrate(&calibrate, &calibrated, &err), "data is NULL");
    calibrate.data = "x";
    calibrate.goal = (nomen_calibration_goal)9;
    refused(nomen_calibrate(&calibrate, &calibrated, &err), "unknown goal 9");
    refused(nomen_quantize(&quantize, &quantized, &err), "output is NULL");
    quantize.weight_bits = 6;
    refused(nomen_quantize(&quantize, &quantized, &err), "weight_bits is 6, expected 7 or 8, or 0 for 8");
    refused(nomen_quantize_result_to_text(&quantize, &quantized, &text, NULL, &err), "weight_bits is 6");
    refused(nomen_check_run(&nothing, 1, NULL, &report, &err), "the path of the labelled file is NULL");
    assert_int_equal(nomen_mem_test_live(), 0);
}

static void test_reading_and_writing(void **state) {
    (void)state;
    nomen_tagged_writer *writer = NULL;
    nomen_input *input = NULL;
    nomen_aggregation aggregation = NOMEN_AGGREGATE_AUTO;
    nomen_documents documents = NOMEN_DOCUMENTS_AUTO;
    const char *column = NULL;
    char *text = NULL;
    const nomen_tagged tagged = {.text = "bill", .n_bytes = 4};
    const nomen_tag_write_options unit = {.size = sizeof unit, .offsets = (nomen_offset_unit)9},
                                  redaction = {.size = sizeof redaction, .redaction = (nomen_redaction)9};
    refused(nomen_tagged_writer_open("x", true, NOMEN_TAG_JSONL, &unit, &writer, &err), "unknown unit of offsets 9");
    refused(nomen_tagged_writer_open("x", true, NOMEN_TAG_REDACTED, &redaction, &writer, &err), "unknown redaction 9");
    refused(nomen_tagged_writer_open(NULL, true, NOMEN_TAG_JSONL, NULL, &writer, &err), "the path of the output is NULL");
    refused(nomen_input_open("x", (nomen_input_format)9, 0, &input, &err), "unknown format of texts 9");
    refused(nomen_restore(NULL, "x", 1, &text, NULL, NULL, &err), "the path of the map is NULL");
    refused(nomen_aggregation_parse(NULL, &aggregation, &err), "choose none, simple");
    refused(nomen_documents_parse(NULL, &documents, &column, &err), "choose auto, none");
    assert_int_equal(nomen_format_of_path(NULL), NOMEN_DATA_AUTO);
    assert_int_equal(nomen_tagged_to_string(&tagged, NOMEN_TAG_JSONL, NULL, &text, NULL, &err), NOMEN_OK);
    nomen_free(text);
    assert_int_equal(nomen_mem_test_live(), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_requests), cmocka_unit_test(test_texts),
                                       cmocka_unit_test(test_models),   cmocka_unit_test(test_data),
                                       cmocka_unit_test(test_runs),     cmocka_unit_test(test_reading_and_writing)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
