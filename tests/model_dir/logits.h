/* What the tests of models in other precisions share: the logits of random words. */
#ifndef TESTS_MODEL_DIR_LOGITS_H
#define TESTS_MODEL_DIR_LOGITS_H

#include "base/rng.h"
#include "e2e/flow.h"
#include "run/predict.h"

enum { N_WORDS = 300 };

/* Logits of N_WORDS random words, cut into texts of 1 to 12. The caller frees them. */
static inline nomen_real *compute_logits(const char *directory, const nomen_model_options *options, size_t *n_logits) {
    nomen_model *model = NULL;
    nomen_predictor predictor = {0};
    nomen_examples examples = {0};
    nomen_buffer text = {0};
    nomen_rng rng;
    nomen_error err = {0};
    nomen_rng_start(&rng, 3, NOMEN_RNG_SHUFFLE, 1);
    if (nomen_model_load(directory, options, &model, &err) != NOMEN_OK) { fail_msg("%s", err.message); }
    assert_true(nomen_model_is_int8(model) == (options != NULL && options->int8));
    for (size_t i = 0, left = 0; i < N_WORDS; i++) {
        const char *word = tiny_model_word(nomen_rng_next(&rng) % 80);
        assert_int_equal(nomen_buffer_append_text(&text, word != NULL ? word : "xyz", NULL), NOMEN_OK);
        assert_int_equal(nomen_buffer_append_byte(&text, ' ', NULL), NOMEN_OK);
        if (left-- > 0) { continue; }
        left = nomen_rng_next(&rng) % 12;
        nomen_text one = {.text = text.data, .n_bytes = text.size};
        assert_int_equal(nomen_examples_add(&examples, model, &one, 1, NULL, NULL), NOMEN_OK);
        nomen_buffer_reset(&text);
    }
    *n_logits = examples.piece_start[examples.n] * model->labels.n;
    nomen_real *logits = nomen_mem_new(*n_logits, sizeof *logits);
    assert_int_equal(nomen_predictor_create(model, 0, &predictor, NULL), NOMEN_OK);
    assert_int_equal(nomen_predictor_run(&predictor, &examples, logits, NULL), NOMEN_OK);
    nomen_predictor_clear(&predictor);
    nomen_examples_clear(&examples);
    nomen_buffer_clear(&text);
    nomen_model_release(model);
    return logits;
}

#endif
