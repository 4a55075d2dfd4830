/* What other programs are told about a model (nomen/info.h), and labels aligned to subword tokens (nomen/align.h). */
#include <math.h>

#include "base/json.h"
#include "e2e/flow.h"
#include "nomen/nomen.h"

static void test_model_info(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    nomen_model *model = NULL;
    nomen_model_info info = {.size = sizeof info}, int8 = {.size = sizeof int8};
    double threshold = 0;
    flow_make(&f, &spec);
    assert_int_equal(nomen_model_load(f.model, NULL, &model, &err), NOMEN_OK);
    nomen_model_get_info(model, &info);
    assert_string_equal(info.architecture, "bert");
    assert_true(info.n_layers == 2 && info.hidden_size == 32 && info.n_heads == 2 && info.intermediate_size == 48);
    assert_true(info.n_labels == 7 && info.n_types == 3 && !info.has_crf && info.purpose == NOMEN_FOR_INFERENCE);
    assert_int_equal(info.n_parameters, info.n_encoder_parameters + 7 * 33);
    assert_int_equal(info.weight_bytes, 4 * info.n_parameters);
    assert_string_equal(info.precision, "float");
    assert_true(info.kernels[0] != '\0' && info.max_length == nomen_model_get_max_length(model));
    assert_true(info.temperature == 1 && !info.has_thresholds && info.trained_with == NULL && info.trained_on == NULL);
    assert_string_equal(nomen_model_get_type(model, 0, &threshold), "geo");
    assert_true(threshold == -INFINITY);
    assert_string_equal(nomen_model_get_type(model, 2, NULL), "per");
    assert_null(nomen_model_get_type(model, 3, NULL));
    nomen_model_release(model);
    const nomen_model_options options = {.size = sizeof options, .int8 = true};
    assert_int_equal(nomen_model_load(f.model, &options, &model, &err), NOMEN_OK);
    nomen_model_get_info(model, &int8);
    assert_string_equal(int8.precision, "int8");
    assert_true(int8.n_parameters == info.n_parameters && int8.weight_bytes < info.weight_bytes);
    nomen_model_release(model);
    flow_remove(&f);
}

static void test_calibrated(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    nomen_model *model = NULL;
    nomen_model_info info = {.size = sizeof info};
    double threshold = 0;
    char path[192];
    flow_make(&f, &spec);
    flow_text(
        scratch_path(f.model, "nomen.json", path),
        "{\"nomen_version\":\"0.0.9\",\"data\":{\"train\":\"a.csv\"},\"calibration\":{\"temperature\":1.5,\"aggregate\":\"max\","
        "\"thresholds\":{\"org\":0.5,\"per\":false}}}");
    if (nomen_model_load(f.model, NULL, &model, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    nomen_model_get_info(model, &info);
    assert_true(info.temperature == 1.5 && info.has_thresholds && info.aggregation == NOMEN_AGGREGATE_MAX);
    assert_string_equal(info.trained_with, "0.0.9");
    assert_string_equal(info.trained_on, "a.csv");
    assert_string_equal(nomen_model_get_type(model, 1, &threshold), "org");
    assert_true(threshold == 0.5);
    assert_non_null(nomen_model_get_type(model, 2, &threshold));
    assert_true(threshold == INFINITY);
    nomen_model_release(model);
    flow_remove(&f);
}

static void test_directory(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    char *text = NULL, one[NOMEN_FINGERPRINT_SIZE], two[NOMEN_FINGERPRINT_SIZE], path[192];
    size_t n_bytes = 0;
    json_t *json = NULL;
    nomen_buffer weights = {0};
    flow_make(&f, &spec);
    assert_int_equal(nomen_directory_to_json(f.model, &text, &n_bytes, &err), NOMEN_OK);
    assert_int_equal(nomen_json_parse(text, n_bytes, "info", &json, &err), NOMEN_OK);
    assert_int_equal(json_integer_value(json_object_get(json, "layers")), 2);
    json_decref(json);
    nomen_free(text);
    assert_int_equal(nomen_directory_fingerprint(f.model, one, &err), NOMEN_OK);
    assert_int_equal(strspn(one, "0123456789abcdef"), 64);
    assert_int_equal(nomen_directory_fingerprint(f.model, two, &err), NOMEN_OK);
    assert_string_equal(one, two);
    flow_read(f.model, "model.safetensors", &weights);
    weights.data[weights.size - 1] ^= 1;
    assert_int_equal(nomen_file_write(scratch_path(f.model, "model.safetensors", path), weights.data, weights.size, &err),
                     NOMEN_OK);
    assert_int_equal(nomen_directory_fingerprint(f.model, two, &err), NOMEN_OK);
    assert_string_not_equal(one, two);
    assert_int_not_equal(nomen_directory_fingerprint(f.root, two, &err), NOMEN_OK);
    err = (nomen_error){0};
    text = NULL;
    assert_int_equal(nomen_directory_to_json("/nowhere", &text, NULL, &err), NOMEN_ERROR_IO);
    assert_null(text);
    nomen_buffer_clear(&weights);
    flow_remove(&f);
}

static void test_alignment(void **state) {
    (void)state;
    flow f;
    tiny_model spec = tiny_model_defaults();
    nomen_error err = {0};
    nomen_tokenizer *tokenizer = NULL;
    nomen_dataset *set = NULL;
    nomen_alignment *alignment = NULL;
    nomen_encoding encoding = {0};
    nomen_sentence_view s = {.size = sizeof s};
    int32_t targets[64];
    flow_make(&f, &spec);
    assert_int_equal(nomen_tokenizer_load(f.model, NULL, &tokenizer, &err), NOMEN_OK);
    assert_int_equal(nomen_dataset_load(f.train, NULL, &set, &err), NOMEN_OK);
    for (int mode = NOMEN_ALIGN_FIRST; mode <= NOMEN_ALIGN_INSIDE; mode++) {
        const nomen_align_options options = {.size = sizeof options, .mode = (nomen_align_mode)mode, .model = f.model};
        assert_int_equal(nomen_alignment_create(set, &options, &alignment, &err), NOMEN_OK);
        assert_string_equal(nomen_alignment_get_label(alignment, 0), "O");
        assert_null(nomen_alignment_get_label(alignment, nomen_alignment_get_n_labels(alignment)));
        for (size_t i = 0; nomen_dataset_get_sentence(set, i, &s); i++) {
            assert_int_equal(nomen_tokenizer_encode_words(tokenizer, s.text, s.n_bytes, s.words, s.n_words, &encoding, &err),
                             NOMEN_OK);
            assert_int_equal(nomen_tokenizer_add_special(tokenizer, &encoding, &err), NOMEN_OK);
            assert_int_equal(nomen_alignment_get_targets(alignment, i, encoding.word_ids, encoding.n_pieces, targets, &err),
                             NOMEN_OK);
            for (size_t p = 0; p < encoding.n_pieces; p++) {
                int32_t word = encoding.word_ids[p];
                bool first = p == 0 || encoding.word_ids[p - 1] != word;
                if (word < 0 || (!first && mode == NOMEN_ALIGN_FIRST)) {
                    assert_int_equal(targets[p], NOMEN_IGNORE);
                } else if (first || mode == NOMEN_ALIGN_REPEAT) {
                    assert_string_equal(nomen_alignment_get_label(alignment, (size_t)targets[p]),
                                        nomen_dataset_get_tag(set, (size_t)s.tags[word]));
                }
            }
        }
        assert_int_equal(nomen_alignment_get_targets(alignment, 8, encoding.word_ids, 1, targets, &err), NOMEN_ERROR_ARGUMENT);
        assert_int_equal(nomen_alignment_get_targets(alignment, 0, &(int32_t){40}, 1, targets, NULL), NOMEN_ERROR_ARGUMENT);
        nomen_alignment_free(alignment);
    }
    const nomen_align_options wrong = {.size = sizeof wrong, .mode = (nomen_align_mode)7};
    assert_int_equal(nomen_alignment_create(set, &wrong, &alignment, NULL), NOMEN_ERROR_ARGUMENT);
    nomen_encoding_clear(&encoding);
    nomen_dataset_free(set);
    nomen_tokenizer_free(tokenizer);
    flow_remove(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_model_info), cmocka_unit_test(test_calibrated),
                                       cmocka_unit_test(test_directory), cmocka_unit_test(test_alignment)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
