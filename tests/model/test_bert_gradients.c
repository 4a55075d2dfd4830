/*
 * Every gradient of a tiny model against central differences, in double, with dropout off and on (the
 * masks are functions of place, so both evaluations of a difference have the same ones).
 *
 * Tolerance. The derivative is (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h with h = 1e-3. The loss is
 * near 20 and computed to about 4e-15, so rounding leaves 1e-11 or less; truncation is h^4/30 = 3e-14 times
 * the fifth derivative, which a few layers of softmax, GELU and norm keep below 1e4. 1e-8 stands well
 * above both, and far below any gradient that is not zero (1e-3 to 10).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "model/bert.h"

enum { N = 15, B = 4, K = 3, VOCABULARY = 7 };

static const size_t starts[B + 1] = {0, 1, 6, 13, 15};
static const uint32_t places[B] = {4, 0, 9, 2};
static const double STEP = 1e-3;
static const double TOLERANCE = 1e-8;

typedef struct fixture {
    nomen_config config;
    nomen_param_table table;
    nomen_real *values, *gradients;
    nomen_bert bert;
    nomen_bert_workspace *workspace;
    nomen_batch batch;
    const nomen_bert_dropout *step;
} fixture;

static double loss(const fixture *f, nomen_real *logits) {
    nomen_bert_forward(&f->bert, &f->batch, f->step, f->workspace, logits, NULL);
    return nomen_op_cross_entropy_forward(logits, f->batch.targets, NULL, N, K, NULL);
}

/* Numbers of every parameter start near what a trained model has; gamma near 1. Products of adapters as large would make
 * softmax so steep that truncation shows. */
static void fill(const fixture *f) {
    nomen_rng rng;
    nomen_rng_start(&rng, 11, NOMEN_RNG_WEIGHTS, 0);
    for (size_t i = 0; i < f->table.n_rows; i++) {
        const nomen_param *row = &f->table.rows[i];
        for (size_t e = 0; e < row->size; e++) {
            double centre = row->start == NOMEN_START_ONE ? 1.0 : 0.0;
            double spread = row->owner == NOMEN_OWNER_LORA ? 0.1 : 0.3;
            f->values[row->offset + e] = (nomen_real)(centre + spread * (double)nomen_rng_normal(&rng));
        }
    }
}

/* The loss with parameter `e` moved by `steps` steps. */
static double moved_loss(const fixture *f, size_t e, double steps) {
    nomen_real logits[N * K];
    nomen_real kept = f->values[e];
    f->values[e] = kept + (nomen_real)(steps * STEP);
    double moved = loss(f, logits);
    f->values[e] = kept;
    return moved;
}

static double differentiate(const fixture *f, size_t e) {
    double near = moved_loss(f, e, 1) - moved_loss(f, e, -1);
    double far = moved_loss(f, e, 2) - moved_loss(f, e, -2);
    return (8 * near - far) / (12 * STEP);
}

/* Every gradient of what is trained, which is `least` elements or more. */
static void check_all(const fixture *f, size_t least) {
    nomen_real logits[N * K];
    size_t n_checked = 0;
    nomen_op_fill(f->gradients, 0, nomen_param_n_trainable(&f->table));
    loss(f, logits);
    nomen_op_cross_entropy_backward(logits, logits, f->batch.targets, NULL, 1, N, K);
    nomen_bert_backward(&f->bert, &f->batch, f->step, f->workspace, logits, f->gradients, false, NULL);
    for (size_t i = 0; i < f->table.n_rows; i++) {
        const nomen_param *row = &f->table.rows[i];
        for (size_t e = row->offset; row->trainable && e < row->offset + row->size; e++) {
            double difference = differentiate(f, e), gradient = (double)*nomen_param_gradient(&f->table, f->gradients, e);
            if (!(fabs(difference - gradient) <= TOLERANCE)) {
                fail_msg("%s, element %zu: %.12g by differences, %.12g by backward", row->name, e - row->offset, difference,
                         gradient);
            }
            n_checked++;
        }
    }
    assert_true(n_checked >= least);
}

static void check_model(nomen_activation activation, float rate, nomen_bert_keep keep, nomen_trained trained, size_t least) {
    char names[K][2] = {"O", "a", "b"};
    char *labels[K] = {names[0], names[1], names[2]};
    int32_t ids[N], types[N], positions[N], targets[N];
    nomen_bert_dropout step = {.seed = 77, .step = 5};
    fixture f = {.config = {.vocab_size = VOCABULARY,
                            .hidden_size = 10,
                            .num_hidden_layers = 2,
                            .num_attention_heads = 2,
                            .intermediate_size = 14,
                            .max_position_embeddings = 8,
                            .type_vocab_size = 2,
                            .hidden_act = activation,
                            .layer_norm_eps = 1e-12f,
                            .hidden_dropout_prob = rate,
                            .attention_probs_dropout_prob = rate,
                            .classifier_dropout = rate,
                            .trained = trained,
                            .pad_token_id = -1}};
    for (size_t b = 0; b < B; b++) {
        for (size_t i = starts[b]; i < starts[b + 1]; i++) {
            ids[i] = (int32_t)(i * 5 % VOCABULARY);
            types[i] = (int32_t)(i % 2);
            positions[i] = (int32_t)(i - starts[b]);
            targets[i] = i % 4 == 3 ? NOMEN_IGNORE : (int32_t)(i % K);
        }
    }
    assert_int_equal(nomen_config_set_labels(&f.config, labels, K, NULL), NOMEN_OK);
    assert_int_equal(nomen_param_table_create(&f.config, &f.table, NULL), NOMEN_OK);
    f.values = nomen_mem_new(f.table.n_elements, sizeof *f.values);
    f.gradients = nomen_mem_new(nomen_param_n_trainable(&f.table), sizeof *f.gradients);
    f.bert = (nomen_bert){&f.config, &f.table, f.values, {0}};
    f.batch = (nomen_batch){{N, B, starts, places}, ids, types, positions, targets};
    f.step = rate > 0 ? &step : NULL;
    assert_int_equal(nomen_bert_workspace_create(&f.config, N, 7, keep, &f.workspace, NULL), NOMEN_OK);
    fill(&f);
    check_all(&f, least);
    nomen_bert_workspace_free(f.workspace);
    nomen_mem_free(f.values);
    nomen_mem_free(f.gradients);
    nomen_param_table_clear(&f.table);
    nomen_config_clear(&f.config);
}

static void test_without_dropout(void **state) {
    (void)state;
    check_model(NOMEN_GELU_ERF, 0.0f, NOMEN_KEEP_ALL, (nomen_trained){0}, 1000);
    check_model(NOMEN_GELU_TANH, 0.0f, NOMEN_KEEP_ALL, (nomen_trained){0}, 1000);
}

static void test_with_dropout(void **state) {
    (void)state;
    check_model(NOMEN_GELU_ERF, 0.3f, NOMEN_KEEP_ALL, (nomen_trained){0}, 1000);
}

/* A layer has 784 elements here, the head 33. */
static void test_frozen(void **state) {
    (void)state;
    for (int keep = NOMEN_KEEP_ALL; keep <= NOMEN_KEEP_SUMS; keep++) {
        check_model(NOMEN_GELU_ERF, 0.3f, (nomen_bert_keep)keep, (nomen_trained){.freeze_embeddings = true}, 2 * 784 + 33);
        check_model(NOMEN_GELU_ERF, 0.3f, (nomen_bert_keep)keep, (nomen_trained){.freeze_layers = 1}, 784 + 33);
        check_model(NOMEN_GELU_ERF, 0.3f, (nomen_bert_keep)keep, (nomen_trained){.freeze_layers = 2}, 33);
    }
}

/* Adapters of rank 3: 60 elements at a target, 72 at intermediate.dense and output.dense. */
static void test_lora(void **state) {
    (void)state;
    nomen_trained trained = {.lora = {.rank = 3, .alpha = 4.5, .targets = (1U << NOMEN_LORA_TARGETS) - 1}};
    check_model(NOMEN_GELU_ERF, 0.0f, NOMEN_KEEP_ALL, trained, 2 * 384 + 33);
    trained.lora.dropout = 0.3;
    check_model(NOMEN_GELU_TANH, 0.3f, NOMEN_KEEP_ALL, trained, 2 * 384 + 33);
    check_model(NOMEN_GELU_ERF, 0.3f, NOMEN_KEEP_SUMS, trained, 2 * 384 + 33);
    trained.lora.targets = 1U << NOMEN_LORA_KEY | 1U << NOMEN_LORA_INTERMEDIATE;
    check_model(NOMEN_GELU_ERF, 0.3f, NOMEN_KEEP_ALL, trained, 2 * 132 + 33);
    trained.lora.targets = 1U << NOMEN_LORA_OUTPUT;
    check_model(NOMEN_GELU_ERF, 0.3f, NOMEN_KEEP_ALL, trained, 2 * 72 + 33);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_dropout),
        cmocka_unit_test(test_with_dropout),
        cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_lora),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
