/*
 * Finding label errors: compares the labels of sentences with the confident predictions of a model that was not
 * trained on them. By confident learning (Northcutt, Jiang, Chuang, JAIR 2021); see docs/CHECK.md.
 */
#ifndef NOMEN_LABEL_ERRORS_H
#define NOMEN_LABEL_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

#include "nomen/call.h"
#include "nomen/data.h"
#include "nomen/error.h"
#include "nomen/model.h"
#include "nomen/tokenizer.h"
#include "nomen/train.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* nomen_label_errors_options o = {.size = sizeof o}, then change. What it points to is borrowed. */
typedef struct nomen_label_errors_options {
    size_t size;                       /* of this struct */
    const nomen_call *call;            /* what can stop it; NULL: nothing but nomen_set_interrupt */
    const char *data;                  /* labelled sentences */
    const nomen_data_options *reading; /* NULL: defaults */
    const char *model; /* without folds: a fine-tuned model that was not trained on `data`; with: the one to start from */
    const nomen_tokenizer_options *tokenizer; /* NULL: defaults */
    size_t max_length;                        /* without folds */
    bool int8;                                /* without folds */

    /*
     * Cross-validation: the sentences are divided into this many folds, equal texts into one, and each fold is judged
     * by a model trained on the others. 0: `model` judges all sentences.
     */
    size_t folds;
    const nomen_train_options
        *train;       /* with folds: the hyper-parameters, the only part that counts; its `seed` also shuffles the folds */
    const char *work; /* directory for temporary models, which are removed; NULL: "/tmp" */
} nomen_label_errors_options;

/* The progress of a cross-validation. */
typedef struct nomen_fold_progress {
    size_t fold, n_folds; /* from 1 */
    nomen_train_progress training;
} nomen_fold_progress;

/* Is told how far a cross-validation has come. */
typedef void (*nomen_fold_function)(void *user, const nomen_fold_progress *progress);

/* An entity by its words, from `begin` to before `end`, and its bytes in the sentence's text. */
typedef struct nomen_labelled {
    const char *type;
    size_t begin, end;
    nomen_span bytes;
} nomen_labelled;

/* A place whose labels are doubtful: the entities that it has, and those that it should have. Either list may be empty. */
typedef struct nomen_label_error {
    size_t sentence, line; /* from 0; line of the file where the sentence begins, from 1 */
    nomen_labelled place;  /* type NULL: all words of the entities below */
    double margin;         /* normalised, of the worst word: 0 is a certain error; below 0.5 another label is likelier */
    double probability;    /* of that word's given label */
    const nomen_labelled *given, *suggested;
    size_t n_given, n_suggested;
} nomen_label_error;

/* How many words labelled with one type belong to another; NULL is O. */
typedef struct nomen_label_pair {
    const char *given, *suggested; /* equal: boundaries within a type, B- for I- or I- for B- */
    double estimated;              /* words, by the joint distribution of given and true labels */
    size_t found;                  /* words that are candidates */
} nomen_label_pair;

/* What was found, and in how much. */
typedef struct nomen_label_report {
    const nomen_label_error *errors; /* most doubtful first */
    size_t n_errors;
    const nomen_label_pair *pairs; /* most estimated errors first */
    size_t n_pairs;
    size_t n_sentences, n_words;
    size_t n_judged;     /* words that have subword tokens and a label that the model knows */
    size_t n_unknown;    /* words with a label that the model lacks */
    size_t n_candidates; /* words */
    double n_estimated;  /* wrong words in all */
} nomen_label_report;

/*
 * Finds them. On NOMEN_OK *out is the caller's, to be freed with nomen_label_report_free. `progress` may be NULL.
 * Fails as nomen_model_load, nomen_train and the readers of labelled files do; with NOMEN_ERROR_ARGUMENT for an
 * impossible number of folds, NOMEN_ERROR_DATA if no word can be judged, and NOMEN_ERROR_INTERRUPTED; no file is left.
 */
nomen_status nomen_label_errors_find(const nomen_label_errors_options *options, nomen_fold_function progress, void *user,
                                     nomen_label_report **out, nomen_error *err);

/* NULL is allowed. */
void nomen_label_report_free(nomen_label_report *report);

/*
 * Writes the sentences with doubtful labels to `path` in a format of labelled files (AUTO: by the name), the most
 * doubtful first, with the labels that they have; JSON formats get "meta" with the rank, the margin, the
 * line and the suggested entities. At most `most` sentences, 0 for all. The file is written completely or not at
 * all; an existing one is NOMEN_ERROR_EXISTS without `overwrite`.
 */
nomen_status nomen_label_errors_review(const nomen_label_report *report, const char *path, nomen_data_format format, size_t most,
                                       bool overwrite, nomen_error *err);

/*
 * The report for people, and as one JSON object on one line, with the `most` most doubtful places (0: all); offsets are code
 * points of the sentence's text. On NOMEN_OK *out is NUL-terminated UTF-8 of *n_bytes bytes (n_bytes may be NULL), which the
 * caller frees with nomen_free. Fails with NOMEN_ERROR_MEMORY.
 */
nomen_status nomen_label_report_to_text(const nomen_label_report *report, size_t most, char **out, size_t *n_bytes,
                                        nomen_error *err);
nomen_status nomen_label_report_to_json(const nomen_label_report *report, size_t most, char **out, size_t *n_bytes,
                                        nomen_error *err);

/*
 * Whether nomen_label_errors_review can write to `path`, to be asked before the long work: *format AUTO becomes the format of
 * the name, and what can't be written is the error that it would give.
 */
nomen_status nomen_label_errors_check_review(const char *path, nomen_data_format *format, bool overwrite, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
