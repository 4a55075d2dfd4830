/*
 * Every allocation of train, eval, tag and quantize failing, once and lastingly: the call says that memory ran
 * out, no block stays behind, no output appears but what training had kept, and the same call succeeds afterwards.
 *
 * A failure may also be of no consequence (a directory that can't be synced, a parse that is repeated):
 * then the call succeeds and its result must be what it is without the failure.
 *
 * Only requests through base/mem can fail here, and jansson's, whose hooks are pointed at it.
 */
#include "base/json.h"
#include "base/tree.h"
#include "data/read.h"
#include "e2e/failing.h"
#include "eval/judge.h"
#include "eval/evaluate.h"
#include "eval/predictions.h"
#include "nomen/nomen.h"
#include "tag/writers.h"

static bool with_crf, by_batch;
static size_t n_left;

static nomen_status run_train(flow *f, nomen_error *err) {
    nomen_train_options o = flow_options(f);
    o.epochs = 2;
    o.test = f->dev;
    o.crf = with_crf;
    o.reduce_by_batch = by_batch;
    o.class_weight = with_crf ? "none" : "auto";
    o.oversample_threshold = with_crf ? 0.9 : 0;
    o.ema_decay = with_crf ? 0 : 0.5;
    o.max_length = 8;
    o.context = 3;
    return flow_run(&o, err);
}

/* What a run must always write the same; nomen.json holds times, so its length alone can't be compared. */
static const char *const whole[] = {"model.safetensors",
                                    "config.json",
                                    "vocab.txt",
                                    "tokenizer.json",
                                    "README.md",
                                    "trainer_state.json",
                                    "tokenizer_config.json",
                                    "special_tokens_map.json"};
enum { N_WHOLE = sizeof whole / sizeof *whole };
static nomen_buffer first[N_WHOLE];

static void check_whole(const flow *f, size_t i) {
    nomen_buffer file = {0};
    flow_read(f->output, whole[i], &file);
    if (first[i].size == 0) {
        first[i] = file;
        return;
    }
    if (file.size != first[i].size || memcmp(file.data, first[i].data, file.size) != 0) {
        fail_msg("%s is another:\n%.*s", whole[i], (int)file.size, i == 0 ? "" : file.data);
    }
    nomen_buffer_clear(&file);
}

static void check_record(const flow *f) {
    nomen_error err = {0};
    json_t *record = NULL;
    char path[192];
    size_t n_parameters = 0;
    while (nomen_train_parameters()[n_parameters].name != NULL) { n_parameters++; }
    assert_int_equal(nomen_json_read(scratch_path(f->output, "nomen.json", path), &record, &err), NOMEN_OK);
    assert_int_equal(json_object_size(record), 18);
    assert_int_equal(json_array_size(json_object_get(record, "epochs")), 2);
    assert_int_equal(json_object_size(json_object_get(record, "scores")), 2);
    assert_int_equal(json_object_size(json_object_get(record, "options")), n_parameters);
    json_decref(record);
}

/* The best weights of a run that failed after they were kept are a model that loads. Removes it. */
static void check_left(const flow *f) {
    nomen_names names = {0};
    nomen_error err = {0};
    char path[192];
    assert_int_equal(nomen_directory_list(f->root, &names, &err), NOMEN_OK);
    for (size_t i = 0; i < names.n; i++) {
        nomen_model *model = NULL;
        if (!nomen_file_is_name_beside(names.items[i], strrchr(f->output, '/') + 1)) { continue; }
        if (nomen_model_load(scratch_path(f->root, names.items[i], path), NULL, &model, &err) != NOMEN_OK) {
            fail_msg("%s", err.message);
        }
        nomen_model_release(model);
        scratch_remove(path);
        n_left++;
    }
    nomen_names_clear(&names);
}

/* Nothing but the directory that was asked for, and only where the run succeeded; every file is whole. */
static void check_train(flow *f, nomen_status status) {
    if (status != NOMEN_OK) { check_left(f); }
    assert_int_equal(flow_entries(f->root), status == NOMEN_OK ? 4 : 3);
    if (status != NOMEN_OK) { return; }
    assert_int_equal(flow_entries(f->output), N_WHOLE + 1 + with_crf);
    for (size_t i = 0; i < N_WHOLE; i++) { check_whole(f, i); }
    check_record(f);
    scratch_remove(f->output);
}

static nomen_status run_evaluate(flow *f, nomen_error *err) {
    nomen_model_options options = {.size = sizeof options, .max_length = 8, .context = 3, .context_given = true};
    nomen_dataset gold = {0};
    nomen_model *model = NULL;
    nomen_details details = {0};
    nomen_judge_options judging = {.scorer = {.details = true, .replicates = 20}, .plain_text = true};
    nomen_status status;
    NOMEN_TRY(nomen_dataset_read(f->train, &(nomen_data_options){0}, &gold, err));
    NOMEN_TRY(nomen_model_load(f->model, &options, &model, err));
    NOMEN_TRY(nomen_evaluate_details(model, &gold, &judging, NULL, &details, err));
    NOMEN_TRY(nomen_details_json(&details, &found, err));
done:
    nomen_details_clear(&details);
    nomen_model_release(model);
    nomen_dataset_clear(&gold);
    return status;
}

static nomen_status run_quantize(flow *f, nomen_error *err) {
    nomen_quantize_options o;
    nomen_quantize_result result = {0};
    nomen_quantize_init(&o, sizeof o);
    o.model = f->model;
    o.output = f->output;
    o.gate = f->train;
    o.max_drop = 1;
    nomen_status status = nomen_quantize(&o, &result, err);
    if (status == NOMEN_OK) { assert_true(result.met && result.int8_bytes < result.float_bytes); }
    nomen_quantize_result_clear(&result);
    return status;
}

/* The whole directory where the run succeeded, and else nothing. */
static void check_quantize(flow *f, nomen_status status) {
    static nomen_buffer weights, record;
    nomen_buffer file = {0};
    assert_int_equal(flow_entries(f->root), status == NOMEN_OK ? 4 : 3);
    if (status != NOMEN_OK) { return; }
    assert_int_equal(flow_entries(f->output), 8);
    for (int i = 0; i < 2; i++) {
        nomen_buffer *before = i == 0 ? &weights : &record;
        flow_read(f->output, i == 0 ? "model.safetensors" : "nomen.json", &file);
        if (before->size == 0) { assert_int_equal(nomen_buffer_append(before, file.data, file.size, NULL), NOMEN_OK); }
        assert_int_equal(file.size, before->size);
        assert_memory_equal(file.data, before->data, file.size);
    }
    nomen_buffer_clear(&file);
    scratch_remove(f->output);
}

/* Predictions in another scheme and cut into other words than the gold. */
static nomen_status run_recut(flow *f, nomen_error *err) {
    static const char words[] = "Jane\tU-per\nDoe.\tO\n\nNew\tB-geo\nYork\tL-geo\n";
    static const char spans[] =
        "{\"id\":1,\"text\":\"Jane Doe.\",\"spans\":[[0,8,\"per\"]]}\n{\"text\":\"New York\",\"spans\":[]}\n";
    nomen_data_options options = {.keep_found = true};
    nomen_dataset gold = {0}, same = {0}, other = {0};
    bool recut = false;
    nomen_status status;
    (void)f;
    NOMEN_TRY(nomen_dataset_parse(words, sizeof words - 1, "gold", &options, &gold, err));
    options.like = gold.scheme;
    NOMEN_TRY(nomen_dataset_parse(words, sizeof words - 1, "same", &options, &same, err));
    NOMEN_TRY(nomen_dataset_parse(spans, sizeof spans - 1, "other", &options, &other, err));
    NOMEN_TRY(nomen_predictions_recut(&other, &gold, NOMEN_MISALIGNED_EXPAND, &recut, err));
    assert_true(recut && other.n_words == gold.n_words);
    nomen_predictions_match_schemes((nomen_dataset *const[]){&gold, &same}, 2);
    assert_string_equal(gold.tag_names[gold.tags[0]], "U-per");
    NOMEN_TRY(nomen_buffer_append_text(&found, "done", err));
done:
    nomen_dataset_clear(&gold);
    nomen_dataset_clear(&same);
    nomen_dataset_clear(&other);
    return status;
}

static nomen_status run_compare(flow *f, nomen_error *err) {
    nomen_dataset gold = {0}, predicted = {0};
    nomen_details details = {0};
    nomen_judge_options options = {
        .scorer = {.details = true, .replicates = 20}, .train = &gold, .against = &predicted, .errors = f->output};
    nomen_status status;
    NOMEN_TRY(nomen_dataset_read(f->train, &(nomen_data_options){0}, &gold, err));
    NOMEN_TRY(nomen_dataset_read(f->train, &(nomen_data_options){0}, &predicted, err));
    for (size_t i = 0; i < predicted.n_words; i++) { predicted.tags[i] = (int32_t)(i % predicted.n_tags); }
    NOMEN_TRY(nomen_compare(&predicted, &gold, &options, &details, err));
    NOMEN_TRY(nomen_details_text(&details, (1u << NOMEN_N_REPORT_PARTS) - 1, &found, err));
    NOMEN_TRY(nomen_details_json(&details, &found, err));
done:
    nomen_details_clear(&details);
    nomen_dataset_clear(&gold);
    nomen_dataset_clear(&predicted);
    return status;
}

static nomen_status append(void *user, const void *bytes, size_t n_bytes, nomen_error *err) {
    return nomen_buffer_append(user, bytes, n_bytes, err);
}

/* What other programs call: a dataset, its entities, parts, targets and conversion; an evaluation of files; a directory. */
static nomen_status run_public(flow *f, nomen_error *err) {
    static const unsigned percent[] = {50, 25, 25};
    const nomen_evaluate_files files = {.size = sizeof files, .gold = f->dev, .model = f->model, .train = f->train};
    nomen_dataset *set = NULL;
    nomen_alignment *alignment = NULL;
    nomen_conversion *conversion = NULL;
    nomen_evaluation *evaluation = NULL;
    nomen_gold_entity *entities = NULL;
    char *text = NULL, *info = NULL, *conversion_json = NULL, fingerprint[NOMEN_FINGERPRINT_SIZE];
    size_t n = 0, n_parts[3], *order = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_dataset_load(f->train, NULL, &set, err));
    NOMEN_TRY(nomen_dataset_get_entities(set, 0, &entities, &n, err));
    NOMEN_TRY(nomen_dataset_split(set, percent, NOMEN_SPLIT_TEXT, 1, &order, n_parts, err));
    NOMEN_TRY(nomen_alignment_create(set, &(nomen_align_options){sizeof(nomen_align_options), 0, f->model}, &alignment, err));
    const nomen_convert_options options = {
        .size = sizeof options, .format = NOMEN_DATA_JSONL, .sentences = order, .n_sentences = n_parts[0]};
    NOMEN_TRY(nomen_dataset_write_parts(set, "memory", &options, append, &found, &conversion, err));
    NOMEN_TRY(nomen_conversion_to_json(conversion, &conversion_json, NULL, err));
    NOMEN_TRY(nomen_evaluate_files_run(&files, NULL, &evaluation, err));
    NOMEN_TRY(nomen_evaluation_to_text(evaluation, NOMEN_REPORT_ALL, &text, NULL, err));
    NOMEN_TRY(nomen_directory_to_json(f->model, &info, NULL, err));
    NOMEN_TRY(nomen_directory_fingerprint(f->model, fingerprint, err));
    NOMEN_TRY(nomen_buffer_append_text(&found, conversion_json, err));
    NOMEN_TRY(nomen_buffer_append_text(&found, text, err));
    NOMEN_TRY(nomen_buffer_append_text(&found, info, err));
    status = nomen_buffer_append_text(&found, fingerprint, err);
done:
    nomen_free(entities);
    nomen_free(order);
    nomen_free(text);
    nomen_free(info);
    nomen_free(conversion_json);
    nomen_alignment_free(alignment);
    nomen_conversion_free(conversion);
    nomen_evaluation_free(evaluation);
    nomen_dataset_free(set);
    return status;
}

static nomen_tag_format write_as;

static nomen_status write_tagged(void *user, size_t index, const nomen_tagged *tagged, nomen_error *err) {
    (void)user, (void)index;
    return nomen_tagged_write(
        tagged, write_as, &(nomen_tag_write_options){.size = sizeof(nomen_tag_write_options), .all_scores = true}, &found, err);
}

static nomen_status tag_file(const char *path, nomen_input_format format, nomen_tagger *tagger, const nomen_request *request,
                             nomen_error *err) {
    nomen_input *input = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_input_open(path, format, 3, &input, err));
    for (;;) {
        const nomen_text *texts = NULL;
        size_t n_texts = 0;
        NOMEN_TRY(nomen_input_next(input, &texts, &n_texts, err));
        if (n_texts == 0) { break; }
        NOMEN_TRY(nomen_tagger_run(tagger, texts, n_texts, request, write_tagged, NULL, err));
    }
done:
    nomen_input_close(input);
    return status;
}

static bool in_int8;
static nomen_decode_options decode;

static nomen_status run_tag(flow *f, nomen_error *err) {
    static const char *const names[] = {"texts", "texts", "texts.jsonl", "train.conll"};
    nomen_model_options options = {.size = sizeof options, .max_length = 8, .context = 3, .context_given = true, .int8 = in_int8};
    const nomen_request request = {.size = sizeof request,
                                   .windows = true,
                                   .probabilities = true,
                                   .decoding = decode.decoding,
                                   .repair = decode.repair,
                                   .thresholds = "0.1,geo=0.2",
                                   .ignored_types = "org"};
    nomen_model *model = NULL;
    nomen_tagger *tagger = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_model_load(f->model, &options, &model, err));
    NOMEN_TRY(nomen_tagger_create(model, NULL, &tagger, err));
    for (int format = 0; format < 4; format++) {
        char path[192];
        write_as = (nomen_tag_format)(format % 3);
        NOMEN_TRY(tag_file(scratch_path(f->root, names[format], path), (nomen_input_format)format, tagger, &request, err));
    }
done:
    nomen_tagger_free(tagger);
    nomen_model_release(model);
    return status;
}

static void test_train(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    spec.layers = 1;
    spec.labels = NULL;
    spec.n_labels = 0;
    flow_make(&f, &spec);
    fail_each(&(operation){"train", run_train, check_train}, &f, 7);
    for (size_t i = 0; i < N_WHOLE; i++) { nomen_buffer_clear(&first[i]); }
    with_crf = true;
    fail_each(&(operation){"train a CRF", run_train, check_train}, &f, 23);
    for (size_t i = 0; i < N_WHOLE; i++) { nomen_buffer_clear(&first[i]); }
    with_crf = false;
    by_batch = true;
    fail_each(&(operation){"train by batch", run_train, check_train}, &f, 29);
    for (size_t i = 0; i < N_WHOLE; i++) { nomen_buffer_clear(&first[i]); }
    by_batch = false;
    assert_true(n_left > 0);
    flow_remove(&f);
}

static void test_evaluate(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    flow_make(&f, &spec);
    fail_each(&(operation){"evaluate", run_evaluate, NULL}, &f, 1);
    fail_each(&(operation){"compare", run_compare, NULL}, &f, 1);
    fail_each(&(operation){"recut", run_recut, NULL}, &f, 1);
    fail_each(&(operation){"the public functions", run_public, NULL}, &f, 1);
    flow_remove(&f);
}

static void test_quantize(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    spec.layers = 1;
    flow_make(&f, &spec);
    fail_each(&(operation){"quantize", run_quantize, check_quantize}, &f, 31);
    flow_remove(&f);
}

static void test_tag(void **state) {
    (void)state;
    flow f;
    char path[192];
    tiny_model spec = tiny_model_defaults();
    flow_make(&f, &spec);
    flow_text(scratch_path(f.root, "texts", path), "Bill Gates lives in San Francisco , in the city of London .\n\nx\n");
    flow_text(scratch_path(f.root, "texts.jsonl", path),
              "{\"text\":\"Anna met John Smith in New York\"}\n{\"tokens\":[\"Acme\",\"Labs\"]}\n");
    fail_each(&(operation){"tag", run_tag, NULL}, &f, 1);
    in_int8 = true;
    fail_each(&(operation){"tag in int8", run_tag, NULL}, &f, 1);
    in_int8 = false;
    decode.repair = NOMEN_REPAIR_DROP;
    fail_each(&(operation){"tag and repair", run_tag, NULL}, &f, 1);
    decode.repair = NOMEN_REPAIR_CONLLEVAL;
    flow_remove(&f);
}

/* With a model that has a CRF: its file, the decoder, the loss of chains. */
static void test_crf(void **state) {
    (void)state;
    flow f;
    char path[192];
    tiny_model spec = tiny_model_defaults();
    spec.layers = 1;
    flow_make(&f, &spec);
    nomen_train_options o = flow_options(&f);
    o.crf = true;
    o.epochs = 1;
    nomen_train_result result = flow_train(&o);
    nomen_train_result_clear(&result);
    memcpy(f.model, f.output, sizeof f.model);
    flow_text(scratch_path(f.root, "texts", path), "Gates lives in San Francisco , in the city of London .\n");
    flow_text(scratch_path(f.root, "texts.jsonl", path), "{\"tokens\":[\"Labs\",\"\\u0085\"]}\n");
    fail_each(&(operation){"tag with a CRF", run_tag, NULL}, &f, 1);
    fail_each(&(operation){"evaluate with a CRF", run_evaluate, NULL}, &f, 1);
    flow_remove(&f);
}

int main(void) {
    nomen_set_threads(1);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_evaluate), cmocka_unit_test(test_tag), cmocka_unit_test(test_train),
                                       cmocka_unit_test(test_quantize), cmocka_unit_test(test_crf)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
