/* Deterministic train/dev/test splits. */
#ifndef NOMEN_DATA_SPLIT_H
#define NOMEN_DATA_SPLIT_H

#include "data/dataset.h"

/* Indices of sentences: one block, three parts of it. */
typedef struct nomen_split {
    size_t *order;
    size_t n_train, n_dev, n_test;
} nomen_split;

/* The three parts, inside split->order. */
static inline const size_t *nomen_split_train(const nomen_split *s) {
    return s->order;
}
static inline const size_t *nomen_split_dev(const nomen_split *s) {
    return s->order + s->n_train;
}
static inline const size_t *nomen_split_test(const nomen_split *s) {
    return s->order + s->n_train + s->n_dev;
}

/*
 * Shuffles with `seed` and cuts by percentages (which sum to 100). Sentences with identical text
 * stay in one part; where that keeps a part from its exact size, the parts come as near as the
 * largest-first rule brings them, which is less than one group of identical texts away. The same
 * dataset, percentages and seed give the same split on any machine.
 */
nomen_status nomen_split_by_text(const nomen_dataset *dataset, const unsigned percent[3], uint64_t seed, nomen_split *out,
                                 nomen_error *err);

/*
 * The article's split: numpy's np.split(df.sample(frac=1, random_state=seed), [int(.8*n),
 * int(.9*n)]) with the given percentages (which sum to 100), that is the permutation of numpy's legacy
 * RandomState(seed).permutation(n), cut where Python's int() of the product of doubles falls. More
 * than 2^32 sentences are NOMEN_ERROR_LIMIT.
 */
nomen_status nomen_split_as_numpy(size_t n_sentences, const unsigned percent[3], uint32_t seed, nomen_split *out,
                                  nomen_error *err);

/*
 * Deals the sentences to n_folds folds (2 or more, and no more than there are different texts): fold[sentence] is 0 to
 * n_folds - 1. Sentences with identical text get the same one; the groups are dealt the largest first, each to the
 * fold that has least, equal ones in the order of a shuffle by `seed`.
 */
nomen_status nomen_split_folds(const nomen_dataset *dataset, size_t n_folds, uint64_t seed, size_t *fold, nomen_error *err);

void nomen_split_clear(nomen_split *split);

#endif
