/* Words' probabilities by a model, in the order of labels that is wished. */
#include "check/out_of_sample.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "check/cross_validate.h"
#include "run/sentences.h"

/* One word's row: the model's probabilities, each where its label stands. `scratch` (model's K) is aligned. */
static void fill_row(const nomen_model *model, const int32_t *places, const nomen_real *logits, nomen_real *scratch, float *row) {
    size_t n = model->labels.n;
    memcpy(scratch, logits, n * sizeof *scratch);
    nomen_calibrated_scale(&model->calibrated, scratch, n);
    nomen_op_softmax(scratch, scratch, 1, n);
    for (size_t k = 0; k < n; k++) {
        if (places[k] >= 0) { row[places[k]] = (float)scratch[k]; }
    }
}

/*
 * The rows of the given sentences (all where NULL) by a loaded model, whose dense weights are given up. Rows are by
 * sample->labels; one that the model lacks has the probability 0. `data` is the sample.
 */
static nomen_status add_rows(void *data, nomen_model *model, const nomen_dataset *dataset, const size_t *sentences, size_t n,
                             nomen_error *err) {
    nomen_out_of_sample *sample = data;
    size_t n_own = model->labels.n, n_labels = sample->labels.n, n_logits = 0;
    nomen_predictor predictor = {0};
    nomen_real *logits = NULL, *scratch = NULL;
    int32_t *places = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_mem_product(dataset->n_words, n_own, "the logits of the words", &n_logits, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(logits, n_logits, err));
    NOMEN_TRY(NOMEN_NEW_ALIGNED(scratch, n_own, err));
    NOMEN_TRY(NOMEN_NEW(places, n_own, err));
    for (size_t k = 0; k < n_own; k++) {
        places[k] = nomen_labels_find(&sample->labels, model->labels.names[k], strlen(model->labels.names[k]));
    }
    NOMEN_TRY(nomen_predictor_create(model, 0, &predictor, err));
    NOMEN_TRY(nomen_word_logits(&predictor, dataset, sentences, n, logits, err));
    for (size_t i = 0; i < (sentences != NULL ? n : dataset->n_sentences); i++) {
        const nomen_sentence *s = &dataset->sentences[sentences != NULL ? sentences[i] : i];
        for (size_t w = s->first_word; w < s->first_word + s->n_words; w++) {
            if (isnan(logits[w * n_own])) {
                sample->given[w] = -1;
            } else {
                fill_row(model, places, logits + w * n_own, scratch, sample->probabilities + w * n_labels);
            }
        }
    }
done:
    nomen_predictor_clear(&predictor);
    nomen_mem_free(logits);
    nomen_mem_free(scratch);
    nomen_mem_free(places);
    return status;
}

/* Rows of zeros, and the given label of each word. */
static nomen_status make_room(nomen_out_of_sample *sample, const nomen_dataset *dataset, nomen_error *err) {
    int32_t *map = NULL;
    size_t n = 0;
    nomen_status status;
    NOMEN_TRY(nomen_labels_map(&sample->labels, dataset, &map, err));
    NOMEN_TRY(nomen_mem_product(dataset->n_words, sample->labels.n, "the probabilities of the words", &n, err));
    NOMEN_TRY(NOMEN_NEW(sample->probabilities, n, err));
    NOMEN_TRY(NOMEN_NEW(sample->given, dataset->n_words, err));
    for (size_t w = 0; w < dataset->n_words; w++) {
        sample->given[w] = map[dataset->tags[w]];
        sample->n_unknown += sample->given[w] < 0 && !nomen_word_is_unknown(dataset, w);
    }
done:
    nomen_mem_free(map);
    return status;
}

static nomen_status by_model(const nomen_label_errors_options *o, const nomen_dataset *dataset, nomen_out_of_sample *sample,
                             nomen_error *err) {
    nomen_model_options options = {
        .size = sizeof options, .tokenizer = o->tokenizer, .max_length = o->max_length, .int8 = o->int8, .needs_names = true};
    nomen_model *model = NULL;
    nomen_status status;
    NOMEN_TRY(nomen_model_load(o->model, &options, &model, err));
    NOMEN_TRY(nomen_labels_copy(model->labels.names, model->labels.n, &sample->labels, err));
    NOMEN_TRY(make_room(sample, dataset, err));
    if (sample->n_unknown > 0) {
        nomen_log_warning("%s: %zu words have labels that the model lacks and are not judged", dataset->path, sample->n_unknown);
    }
    NOMEN_TRY(add_rows(sample, model, dataset, NULL, 0, err));
done:
    nomen_model_release(model);
    return status;
}

nomen_status nomen_out_of_sample_make(const nomen_label_errors_options *o, const nomen_dataset *dataset,
                                      nomen_fold_function progress, void *user, nomen_out_of_sample *out, nomen_error *err) {
    nomen_out_of_sample sample = {0};
    nomen_status status;
    if (o->folds == 0) {
        NOMEN_TRY(by_model(o, dataset, &sample, err));
    } else {
        NOMEN_TRY(nomen_labels_collect(dataset, NULL, 0, &sample.labels, err));
        NOMEN_TRY(make_room(&sample, dataset, err));
        NOMEN_TRY(nomen_cross_validate(o, dataset, progress, user, add_rows, &sample, err));
    }
    for (size_t w = 0; w < dataset->n_words; w++) { sample.n_judged += sample.given[w] >= 0; }
    if (sample.n_judged == 0) {
        NOMEN_TRY(nomen_error_set(
            err, NOMEN_ERROR_DATA,
            "%s: no word has a label that the model knows, so nothing can be judged; give a file with the model's labels",
            o->data));
    }
    *out = sample;
    return NOMEN_OK;
done:
    nomen_out_of_sample_clear(&sample);
    return status;
}

void nomen_out_of_sample_clear(nomen_out_of_sample *sample) {
    nomen_labels_clear(&sample->labels);
    nomen_mem_free(sample->probabilities);
    nomen_mem_free(sample->given);
    *sample = (nomen_out_of_sample){0};
}
