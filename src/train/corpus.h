/* What a run trains and is scored on: datasets, their parts, the label set. */
#ifndef NOMEN_TRAIN_CORPUS_H
#define NOMEN_TRAIN_CORPUS_H

#include "data/labels.h"
#include "data/split.h"
#include "nomen/train.h"
#include "train/cache/cache.h"

/* Sentences of a dataset; `sentences` NULL means all n of them. */
typedef struct nomen_corpus_part {
    const nomen_dataset *dataset; /* NULL: there is no such part */
    const size_t *sentences;
    size_t n;
} nomen_corpus_part;

typedef struct nomen_corpus {
    nomen_dataset files[3];
    nomen_split split;
    size_t *folds; /* sentences: all folds but one, then that one; NULL where there are none */
    nomen_corpus_part train, dev, test;
    nomen_labels labels;    /* with files of their own for dev and test: of train; otherwise of all rows */
    nomen_data_cache cache; /* of the training file, where the options want one; its files[0] and split may lie in it */
} nomen_corpus;

/* Reads the files of `options` and splits them. The parts point into *out, which must not be copied. */
nomen_status nomen_corpus_read(const nomen_train_options *options, nomen_corpus *out, nomen_error *err);

/*
 * Where a cache is wanted and not there: makes it of what was read, and of the training part's examples with its counts of
 * labels; from then on all these lie in the cache's files. Lets other processes at the cache.
 */
nomen_status nomen_corpus_store(nomen_corpus *corpus, const nomen_train_options *options, nomen_examples *examples,
                                const nomen_labels *labels, const size_t *counts, nomen_error *err);
void nomen_corpus_clear(nomen_corpus *corpus);

/* The dataset's index of a part's i-th sentence. */
static inline size_t nomen_corpus_sentence(const nomen_corpus_part *part, size_t i) {
    return part->sentences != NULL ? part->sentences[i] : i;
}

#endif
