/*
 * The model as a whole: what a sequence's logits may depend on, and that backward is the derivative
 * of forward (test_bert_gradients.c, in double).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "model/bert.h"
#include "model/weights.h"

enum { N = 40, K = 5, B = 5, VOCABULARY = 23 };

static const size_t starts[B + 1] = {0, 1, 8, 19, 19, 40};

typedef struct fixture {
    nomen_config config;
    nomen_param_table table;
    nomen_real *values;
    int32_t ids[N], types[N], positions[N];
    nomen_batch batch;
} fixture;

static int set_up(void **state) {
    char names[K][2] = {"O", "a", "b", "c", "d"};
    char *labels[K] = {names[0], names[1], names[2], names[3], names[4]};
    fixture *f = nomen_mem_new(1, sizeof *f);
    f->config = (nomen_config){.vocab_size = VOCABULARY,
                               .hidden_size = 24,
                               .num_hidden_layers = 3,
                               .num_attention_heads = 2,
                               .intermediate_size = 40,
                               .max_position_embeddings = 30,
                               .type_vocab_size = 2,
                               .layer_norm_eps = 1e-12f};
    assert_int_equal(nomen_config_set_labels(&f->config, labels, K, NULL), NOMEN_OK);
    assert_int_equal(nomen_param_table_create(&f->config, &f->table, NULL), NOMEN_OK);
    f->values = nomen_mem_new_aligned(f->table.n_elements, sizeof *f->values);
    nomen_weights_start(&f->table, f->values, 0.3f, 7, false);
    for (size_t b = 0; b < B; b++) {
        for (size_t i = starts[b]; i < starts[b + 1]; i++) {
            f->ids[i] = (int32_t)(i * 7 % VOCABULARY);
            f->types[i] = (int32_t)(i % 3 == 0);
            f->positions[i] = (int32_t)(i - starts[b]);
        }
    }
    f->batch = (nomen_batch){{N, B, starts, NULL}, f->ids, f->types, f->positions, NULL};
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    nomen_mem_free(f->values);
    nomen_param_table_clear(&f->table);
    nomen_config_clear(&f->config);
    nomen_mem_free(f);
    return 0;
}

static void run(const fixture *f, const nomen_batch *batch, bool training, bool packed, nomen_real *logits) {
    nomen_bert bert = {&f->config, &f->table, f->values, {0}};
    nomen_bert_workspace *workspace = NULL;
    if (packed) { assert_int_equal(nomen_bert_pack(&bert, NULL, NULL), NOMEN_OK); }
    assert_int_equal(
        nomen_bert_workspace_create(&f->config, N, 30, training ? NOMEN_KEEP_ALL : NOMEN_KEEP_NOTHING, &workspace, NULL),
        NOMEN_OK);
    nomen_bert_forward(&bert, batch, NULL, workspace, logits, NULL);
    nomen_bert_workspace_free(workspace);
    nomen_bert_unpack(&bert);
}

/* Saving for backward, and packing weights, change no bit. */
static void test_forms_agree(void **state) {
    fixture *f = *state;
    nomen_real first[N * K], again[N * K];
    run(f, &f->batch, false, false, first);
    for (int form = 1; form < 4; form++) {
        memset(again, 0, sizeof again);
        run(f, &f->batch, form & 1, form & 2, again);
        assert_memory_equal(first, again, sizeof first);
    }
}

/* Nor does handing the weights' memory back once they are packed. */
static void test_weights_may_be_dropped(void **state) {
    fixture *f = *state;
    nomen_real first[N * K], again[N * K];
    nomen_bert bert = {&f->config, &f->table, f->values, {0}};
    nomen_bert_workspace *workspace = NULL;
    run(f, &f->batch, false, true, first);
    assert_int_equal(nomen_bert_pack(&bert, f->values, NULL), NOMEN_OK);
    assert_int_equal(nomen_bert_pack(&bert, f->values, NULL), NOMEN_OK); /* once more changes nothing */
    assert_int_equal(nomen_bert_workspace_create(&f->config, N, 30, NOMEN_KEEP_NOTHING, &workspace, NULL), NOMEN_OK);
    nomen_bert_forward(&bert, &f->batch, NULL, workspace, again, NULL);
    assert_memory_equal(first, again, sizeof first);
    nomen_bert_workspace_free(workspace);
    nomen_bert_unpack(&bert);
}

/* A sequence's logits have the same bits alone as among others. */
static void test_sequences_are_apart(void **state) {
    fixture *f = *state;
    nomen_real together[N * K], alone[N * K];
    run(f, &f->batch, false, true, together);
    for (size_t b = 0; b < B; b++) {
        size_t own[2] = {0, starts[b + 1] - starts[b]};
        size_t at = starts[b];
        nomen_batch one = {{own[1], 1, own, NULL}, f->ids + at, f->types + at, f->positions + at, NULL};
        run(f, &one, false, true, alone);
        assert_memory_equal(together + at * K, alone, own[1] * K * sizeof *alone);
    }
}

/* A second use of a workspace gives the first one's bits, and so does keeping less; every parameter has a gradient. */
static void test_workspace_is_reusable(void **state) {
    fixture *f = *state;
    nomen_bert bert = {&f->config, &f->table, f->values, {0}};
    nomen_bert_dropout step = {3, 9};
    nomen_bert_workspace *workspace = NULL;
    nomen_real logits[N * K], again[N * K];
    nomen_real *gradients = nomen_mem_new(f->table.n_elements, sizeof *gradients);
    nomen_real *repeated = nomen_mem_new(f->table.n_elements, sizeof *repeated);
    f->config.hidden_dropout_prob = f->config.attention_probs_dropout_prob = f->config.classifier_dropout = 0.2f;
    assert_int_equal(nomen_bert_workspace_create(&f->config, N, 30, NOMEN_KEEP_ALL, &workspace, NULL), NOMEN_OK);
    nomen_bert_forward(&bert, &f->batch, &step, workspace, logits, NULL);
    nomen_bert_backward(&bert, &f->batch, &step, workspace, logits, gradients, false, NULL);
    for (int i = 0; i < 3; i++) { /* the same workspace, then twice another that keeps less */
        if (i == 1) {
            nomen_bert_workspace_free(workspace);
            assert_int_equal(nomen_bert_workspace_create(&f->config, N, 30, NOMEN_KEEP_SUMS, &workspace, NULL), NOMEN_OK);
        }
        nomen_bert_forward(&bert, &f->batch, &step, workspace, again, NULL);
        assert_memory_equal(logits, again, sizeof logits);
        bool first = i == 2; /* then only the words' gradients need zeroes */
        nomen_op_fill(repeated, 0, f->table.n_elements);
        for (size_t e = f->table.position; first && e < f->table.n_elements; e++) { repeated[e] = 7; }
        nomen_bert_backward(&bert, &f->batch, &step, workspace, again, repeated, first, NULL);
        nomen_param_table_clear_gaps(&f->table, repeated);
        assert_memory_equal(gradients, repeated, f->table.n_elements * sizeof *gradients);
    }
    for (size_t i = 0; i < f->table.n_rows; i++) {
        const nomen_param *row = &f->table.rows[i];
        bool is_zero = strstr(row->name, "key.bias") != NULL; /* but for rounding */
        assert_true(is_zero || nomen_op_square_sum(gradients + row->offset, row->size) > 0);
    }
    nomen_bert_workspace_free(workspace);
    nomen_mem_free(gradients);
    nomen_mem_free(repeated);
}

static size_t size_of_layer(const nomen_config *base, const nomen_config *deeper, size_t n, nomen_bert_keep keep) {
    return nomen_bert_workspace_size(deeper, n, 128, keep) - nomen_bert_workspace_size(base, n, 128, keep);
}

/* What bert_workspace.c promises: 6H + F + A + 4 reals a token and layer, or H + 2, beside what is there once. */
static void test_workspace_size(void **state) {
    (void)state;
    nomen_config base = {.vocab_size = 28996,
                         .hidden_size = 768,
                         .num_hidden_layers = 12,
                         .num_attention_heads = 12,
                         .intermediate_size = 3072,
                         .max_position_embeddings = 512,
                         .type_vocab_size = 2,
                         .n_labels = 17};
    nomen_config deeper = base;
    deeper.num_hidden_layers = 13;
    size_t n = 4096;
    size_t row = n * sizeof(nomen_real);
    assert_int_equal(size_of_layer(&base, &deeper, n, NOMEN_KEEP_ALL), row * (6 * 768 + 3072 + 12 + 4));
    assert_int_equal(size_of_layer(&base, &deeper, n, NOMEN_KEEP_SUMS), row * (768 + 2));
    assert_int_equal(size_of_layer(&base, &deeper, n, NOMEN_KEEP_NOTHING), 0);
    assert_true(nomen_bert_workspace_size(&base, SIZE_MAX / 1000, 128, NOMEN_KEEP_ALL) == SIZE_MAX);
}

static void test_allocations_fail(void **state) {
    fixture *f = *state;
    long live = nomen_mem_test_live();
    for (long n = 0;; n++) {
        nomen_error err = {0};
        nomen_bert bert = {&f->config, &f->table, f->values, {0}};
        nomen_bert_workspace *workspace = NULL;
        nomen_mem_test_fail(n, 0);
        nomen_status status = nomen_bert_workspace_create(&f->config, N, 30, NOMEN_KEEP_ALL, &workspace, &err);
        if (status == NOMEN_OK) { status = nomen_bert_pack(&bert, NULL, &err); }
        nomen_mem_test_fail(-1, 0);
        nomen_bert_workspace_free(workspace);
        nomen_bert_unpack(&bert);
        assert_int_equal(nomen_mem_test_live(), live);
        if (status == NOMEN_OK) {
            assert_true(n >= 4);
            break;
        }
        assert_int_equal(status, NOMEN_ERROR_MEMORY);
        assert_true(err.message[0] != '\0');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_forms_agree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_weights_may_be_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sequences_are_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_workspace_is_reusable, set_up, tear_down),
        cmocka_unit_test(test_workspace_size),
        cmocka_unit_test_setup_teardown(test_allocations_fail, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
