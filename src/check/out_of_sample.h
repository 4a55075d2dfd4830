/* Probabilities of a labelled file's words by models that have not seen them. */
#ifndef NOMEN_CHECK_OUT_OF_SAMPLE_H
#define NOMEN_CHECK_OUT_OF_SAMPLE_H

#include "data/labels.h"
#include "nomen/label_errors.h"

/* Start it as {0}. */
typedef struct nomen_out_of_sample {
    nomen_labels labels;
    float *probabilities; /* (n_words, K) */
    int32_t *given;       /* (n_words) -1: the word gives no piece, or its label is none of the model's */
    size_t n_judged, n_unknown;
} nomen_out_of_sample;

/* By one model, or by cross-validation (options->folds), whose labels are those of the data. */
nomen_status nomen_out_of_sample_make(const nomen_label_errors_options *options, const nomen_dataset *dataset,
                                      nomen_fold_function progress, void *user, nomen_out_of_sample *out, nomen_error *err);
void nomen_out_of_sample_clear(nomen_out_of_sample *sample);

#endif
