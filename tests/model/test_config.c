/* config.json: defaults, labels, refusals by name, and what writing keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/config.h"
#include "model/params.h"

static char directory[] = "/tmp/nomen-config-XXXXXX";
static char path[sizeof directory + 16];

static int make_directory(void **state) {
    (void)state;
    if (mkdtemp(directory) == NULL) { return -1; }
    snprintf(path, sizeof path, "%s/config.json", directory);
    return 0;
}

static int remove_directory(void **state) {
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static nomen_status read_text(const char *text, nomen_config *out, nomen_error *err) {
    assert_int_equal(nomen_file_write(path, text, strlen(text), NULL), NOMEN_OK);
    return nomen_config_read(directory, out, err);
}

static void test_defaults(void **state) {
    (void)state;
    nomen_config config = {0};
    assert_int_equal(read_text("{}", &config, NULL), NOMEN_OK);
    assert_int_equal(config.vocab_size, 30522);
    assert_int_equal(config.hidden_size, 768);
    assert_int_equal(config.num_hidden_layers, 12);
    assert_int_equal(config.num_attention_heads, 12);
    assert_int_equal(config.intermediate_size, 3072);
    assert_int_equal(config.max_position_embeddings, 512);
    assert_int_equal(config.type_vocab_size, 2);
    assert_int_equal(config.pad_token_id, 0);
    assert_int_equal(config.hidden_act, NOMEN_GELU_ERF);
    assert_true(config.layer_norm_eps == 1e-12f && config.hidden_dropout_prob == 0.1f);
    assert_true(config.attention_probs_dropout_prob == 0.1f && config.classifier_dropout == 0.1f);
    assert_int_equal(config.n_labels, 0);
    nomen_config_clear(&config);
    assert_int_equal(
        read_text("{\"hidden_dropout_prob\": 0.3, \"classifier_dropout\": null, \"pad_token_id\": null}", &config, NULL),
        NOMEN_OK);
    assert_true(config.classifier_dropout == 0.3f);
    assert_int_equal(config.pad_token_id, -1);
    nomen_config_clear(&config);
}

static void test_labels(void **state) {
    (void)state;
    nomen_config config = {0};
    assert_int_equal(read_text("{\"id2label\": {\"1\": \"B-x\", \"0\": \"O\", \"2\": \"I-x\"}}", &config, NULL), NOMEN_OK);
    assert_int_equal(config.n_labels, 3);
    assert_string_equal(config.labels[0], "O");
    assert_string_equal(config.labels[1], "B-x");
    assert_string_equal(config.labels[2], "I-x");
    nomen_config_clear(&config);
    assert_int_equal(read_text("{\"id2label\": {\"0\": \"LABEL_0\", \"1\": \"LABEL_1\"}}", &config, NULL), NOMEN_OK);
    assert_int_equal(config.n_labels, 0);
    assert_int_equal(config.n_unnamed, 2);
    nomen_config_clear(&config);
    assert_int_equal(read_text("{\"id2label\": {\"0\": \"LABEL_1\", \"1\": \"LABEL_0\"}}", &config, NULL), NOMEN_OK);
    assert_int_equal(config.n_labels, 2);
    nomen_config_clear(&config);
}

static void test_other_task(void **state) {
    (void)state;
    static const struct {
        const char *text, *other;
    } cases[] = {
        {"{}", NULL},
        {"{\"architectures\": null}", NULL},
        {"{\"architectures\": [\"BertModel\"]}", NULL},
        {"{\"architectures\": [\"BertForTokenClassification\"]}", NULL},
        {"{\"architectures\": [\"BertCrfForNer\"]}", NULL},
        {"{\"architectures\": [1, \"BertForMaskedLM\", \"BertForTokenClassification\"]}", NULL},
        {"{\"architectures\": [\"BertModel\", \"BertForMaskedLM\"]}", "BertForMaskedLM"},
        {"{\"architectures\": [\"BertForSequenceClassification\"]}", "BertForSequenceClassification"},
        {"{\"architectures\": [\"FlaxBertForQuestionAnswering\"], \"model_type\": \"bert\"}", "FlaxBertForQuestionAnswering"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_config config = {0};
        assert_int_equal(read_text(cases[i].text, &config, NULL), NOMEN_OK);
        const char *other = nomen_config_other_task(&config);
        assert_int_equal(other == NULL, cases[i].other == NULL);
        if (other != NULL) { assert_string_equal(other, cases[i].other); }
        nomen_config_clear(&config);
    }
}

static void test_refusals(void **state) {
    (void)state;
    static const struct {
        const char *text;
        nomen_status status;
        const char *says;
    } cases[] = {
        {"[]", NOMEN_ERROR_FORMAT, "not a JSON object"},
        {"{\"a\": 1, \"a\": 2}", NOMEN_ERROR_FORMAT, "duplicate"},
        {"{\"model_type\": \"roberta\"}", NOMEN_ERROR_UNSUPPORTED, "roberta"},
        {"{\"architectures\": [\"DistilBertModel\"]}", NOMEN_ERROR_UNSUPPORTED, "DistilBertModel"},
        {"{\"position_embedding_type\": \"relative_key\"}", NOMEN_ERROR_UNSUPPORTED, "relative_key"},
        {"{\"is_decoder\": true}", NOMEN_ERROR_UNSUPPORTED, "is_decoder"},
        {"{\"add_cross_attention\": true}", NOMEN_ERROR_UNSUPPORTED, "add_cross_attention"},
        {"{\"hidden_act\": \"silu\"}", NOMEN_ERROR_UNSUPPORTED, "silu"},
        {"{\"pruned_heads\": {\"0\": [1]}}", NOMEN_ERROR_UNSUPPORTED, "pruned_heads"},
        {"{\"quantization_config\": {}}", NOMEN_ERROR_UNSUPPORTED, "quantization_config"},
        {"{\"quantization_config\": [1]}", NOMEN_ERROR_UNSUPPORTED, "quantization_config"},
        {"{\"quantization_config\": {\"quant_method\": \"bitsandbytes\"}}", NOMEN_ERROR_UNSUPPORTED, "int-quantized"},
        {"{\"hidden_size\": 0}", NOMEN_ERROR_FORMAT, "hidden_size"},
        {"{\"hidden_size\": 100}", NOMEN_ERROR_FORMAT, "num_attention_heads"},
        {"{\"vocab_size\": 99999999999}", NOMEN_ERROR_FORMAT, "vocab_size"},
        {"{\"vocab_size\": -1}", NOMEN_ERROR_FORMAT, "vocab_size"},
        {"{\"vocab_size\": 1.5}", NOMEN_ERROR_FORMAT, "vocab_size"},
        {"{\"vocab_size\": \"5\"}", NOMEN_ERROR_FORMAT, "vocab_size"},
        {"{\"max_position_embeddings\": 65537}", NOMEN_ERROR_FORMAT, "max_position_embeddings"},
        {"{\"hidden_dropout_prob\": 1.0}", NOMEN_ERROR_FORMAT, "hidden_dropout_prob"},
        {"{\"classifier_dropout\": -0.1}", NOMEN_ERROR_FORMAT, "classifier_dropout"},
        {"{\"pad_token_id\": 30522}", NOMEN_ERROR_FORMAT, "pad_token_id"},
        {"{\"id2label\": {}}", NOMEN_ERROR_FORMAT, "id2label"},
        {"{\"id2label\": [\"O\"]}", NOMEN_ERROR_FORMAT, "id2label"},
        {"{\"id2label\": {\"0\": \"O\", \"2\": \"B\"}}", NOMEN_ERROR_FORMAT, "\"2\""},
        {"{\"id2label\": {\"0\": \"O\", \"01\": \"B\"}}", NOMEN_ERROR_FORMAT, "\"01\""},
        {"{\"id2label\": {\"0\": \"O\", \"x\": \"B\"}}", NOMEN_ERROR_FORMAT, "\"x\""},
        {"{\"id2label\": {\"0\": \"O\", \"1\": \"O\"}}", NOMEN_ERROR_FORMAT, "\"O\" twice"},
        {"{\"id2label\": {\"0\": \"O\", \"1\": 1}}", NOMEN_ERROR_FORMAT, "label 1"},
        {"{\"id2label\": {\"0\": \"\"}}", NOMEN_ERROR_FORMAT, "label 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        nomen_config config = {0};
        nomen_error err = {0};
        assert_int_equal(read_text(cases[i].text, &config, &err), cases[i].status);
        assert_non_null(strstr(err.message, cases[i].says));
        assert_non_null(strstr(err.message, "config.json"));
        assert_null(config.json);
    }
}

/* What was read and not changed comes out with the same spelling; what nomen does not know stays. */
static void test_writing_keeps(void **state) {
    (void)state;
    static const char text[] = "{\"layer_norm_eps\": 1e-12, \"mine\": {\"b\": [1, null]}, \"num_labels\": 2, "
                               "\"hidden_act\": \"gelu_pytorch_tanh\", \"torch_dtype\": \"float16\", "
                               "\"attention_probs_dropout_prob\": 0}";
    char first[] = "O", second[] = "B-\"x\"";
    char *labels[] = {first, second};
    nomen_config config = {0}, copy = {0};
    json_t *written = NULL;
    assert_int_equal(read_text(text, &config, NULL), NOMEN_OK);
    assert_int_equal(nomen_config_copy(&config, &copy, NULL), NOMEN_OK);
    nomen_config_clear(&config);
    assert_int_equal(nomen_config_set_labels(&copy, labels, 2, NULL), NOMEN_OK);
    copy.hidden_dropout_prob = 0.2f;
    assert_int_equal(nomen_config_write(&copy, directory, NULL), NOMEN_OK);
    assert_int_equal(nomen_json_read(path, &written, NULL), NOMEN_OK);
    assert_true(json_real_value(json_object_get(written, "layer_norm_eps")) == 1e-12);
    assert_true(json_real_value(json_object_get(written, "hidden_dropout_prob")) == 0.2);
    assert_true(json_is_integer(json_object_get(written, "attention_probs_dropout_prob")));
    assert_string_equal(json_string_value(json_object_get(written, "hidden_act")), "gelu_pytorch_tanh");
    assert_string_equal(json_string_value(json_object_get(written, "torch_dtype")), "float32");
    assert_int_equal(json_array_size(json_object_get(json_object_get(written, "mine"), "b")), 2);
    assert_null(json_object_get(written, "num_labels"));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(written, "label2id"), second)), 1);
    json_decref(written);
    nomen_config_clear(&copy);
    assert_int_equal(nomen_config_read(directory, &config, NULL), NOMEN_OK);
    assert_int_equal(config.n_labels, 2);
    assert_true(config.hidden_dropout_prob == 0.2f && config.classifier_dropout == 0.1f);
    nomen_config_clear(&config);
}

static void test_params(void **state) {
    (void)state;
    nomen_config config = {0};
    nomen_param_table table = {0};
    nomen_error err = {0};
    assert_int_equal(read_text("{\"hidden_size\": 12, \"num_attention_heads\": 3, \"num_hidden_layers\": 2, "
                               "\"intermediate_size\": 7, \"id2label\": {\"0\": \"O\", \"1\": \"B-x\", \"2\": \"I-x\"}}",
                               &config, NULL),
                     NOMEN_OK);
    assert_int_equal(nomen_param_table_create(&config, &table, NULL), NOMEN_OK);
    assert_int_equal(table.n_rows, 5 + 2 * 16 + 2);
    size_t end = 0;
    for (size_t i = 0; i < table.n_rows; i++) {
        const nomen_param *row = &table.rows[i];
        bool follows = strstr(row->name, "self.key") != NULL || strstr(row->name, "self.value") != NULL;
        assert_int_equal(row->offset, follows ? end : (end + 15) / 16 * 16);
        end = row->offset + row->size;
        bool plain = strstr(row->name, "bias") == NULL && strstr(row->name, "LayerNorm") == NULL;
        assert_int_equal(row->decay, plain);
        assert_int_equal(row->head, strncmp(row->name, "classifier.", 11) == 0);
        assert_ptr_equal(nomen_param_table_find(&table, row->name), row);
    }
    assert_int_equal(table.n_elements, (end + 15) / 16 * 16);
    assert_int_equal(nomen_param_table_find(&table, "bert.encoder.layer.1.attention.self.key.weight")->offset,
                     table.layers[1].weight[NOMEN_DENSE_QKV] + 12 * 12);
    nomen_param_table_clear(&table);
    assert_int_equal(nomen_config_set_labels(&config, NULL, 0, NULL), NOMEN_OK);
    assert_int_equal(nomen_param_table_create(&config, &table, &err), NOMEN_ERROR_ARGUMENT);
    nomen_config_clear(&config);
}

/* The requests made, jansson's included, fail one after the other until none is left to fail. */
static void check_failures(const nomen_config *source, int lasting) {
    long live = nomen_mem_test_live();
    for (long n = 0, fired = 1; fired; n++) {
        nomen_config copy = {0};
        nomen_param_table table = {0};
        nomen_error err = {0};
        nomen_mem_test_fail(n, lasting);
        nomen_status status = nomen_config_copy(source, &copy, &err);
        if (status == NOMEN_OK) { status = nomen_param_table_create(&copy, &table, &err); }
        if (status == NOMEN_OK) { status = nomen_config_write(&copy, directory, &err); }
        fired = nomen_mem_test_requests() > n;
        nomen_mem_test_fail(-1, 0);
        nomen_param_table_clear(&table);
        nomen_config_clear(&copy);
        assert_int_equal(nomen_mem_test_live(), live);
        assert_int_equal(status, fired ? NOMEN_ERROR_MEMORY : NOMEN_OK);
        assert_true(err.status == status && (status == NOMEN_OK || err.message[0] != '\0'));
        assert_true(n < 10000);
    }
}

/*
 * Reading alone: jansson's lexer ignores that a token's buffer could not grow, and may then call a
 * whole file damaged, so NOMEN_ERROR_FORMAT is allowed here; a leak or a crash is not. Keys and values
 * are kept below the 16 bytes that its buffer starts with, so that nothing can be misread.
 */
static void check_read_failures(int lasting) {
    static const char text[] = "{\"id2label\": {\"0\": \"O\", \"1\": \"B-x\"}, \"label2id\": {\"O\": 0, \"B-x\": 1}, "
                               "\"architectures\": [\"BertModel\"], \"hidden_size\": 24}";
    assert_int_equal(nomen_file_write(path, text, strlen(text), NULL), NOMEN_OK);
    long live = nomen_mem_test_live();
    for (long n = 0, fired = 1; fired; n++) {
        nomen_config config = {0};
        nomen_error err = {0};
        nomen_mem_test_fail(n, lasting);
        nomen_status status = nomen_config_read(directory, &config, &err);
        fired = nomen_mem_test_requests() > n;
        nomen_mem_test_fail(-1, 0);
        assert_true(fired ? status == NOMEN_ERROR_MEMORY || status == NOMEN_ERROR_FORMAT : status == NOMEN_OK);
        assert_true(err.status == status && (status == NOMEN_OK || err.message[0] != '\0'));
        if (!fired) {
            check_failures(&config, lasting);
            nomen_config_clear(&config);
        }
        assert_int_equal(nomen_mem_test_live(), live);
        assert_true(n < 10000);
    }
}

static void test_allocations_fail(void **state) {
    (void)state;
    check_read_failures(0);
    check_read_failures(1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),         cmocka_unit_test(test_labels),        cmocka_unit_test(test_other_task),
        cmocka_unit_test(test_refusals),         cmocka_unit_test(test_writing_keeps), cmocka_unit_test(test_params),
        cmocka_unit_test(test_allocations_fail),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
