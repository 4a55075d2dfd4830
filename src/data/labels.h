/* The label set of a model: names with O first and the rest sorted by bytes, and counts. */
#ifndef NOMEN_DATA_LABELS_H
#define NOMEN_DATA_LABELS_H

#include "data/dataset.h"

typedef struct nomen_labels {
    char **names;
    size_t n; /* K */
} nomen_labels;

/*
 * From the tags that the given sentences of a dataset use, and O in any case: it is what a word has
 * when nothing is found. Words whose label is unknown add none. `sentences` NULL means all of them.
 */
nomen_status nomen_labels_collect(const nomen_dataset *dataset, const size_t *sentences, size_t n_sentences, nomen_labels *out,
                                  nomen_error *err);

/* A copy of names in the given order. */
nomen_status nomen_labels_copy(char *const *names, size_t n, nomen_labels *out, nomen_error *err);
void nomen_labels_clear(nomen_labels *labels);

/* The index of a name, or -1. */
int32_t nomen_labels_find(const nomen_labels *labels, const char *name, size_t n_bytes);

/* Whether some label has that type. */
bool nomen_labels_have_type(const nomen_labels *labels, const char *type, size_t n_bytes);

/* Whether both hold the same names, in any order. */
bool nomen_labels_same_set(const nomen_labels *a, const nomen_labels *b);

/*
 * For each of the dataset's tags its label, or -1 where the model lacks it or the tag is that of unknown words: map
 * (dataset->n_tags entries, freed with nomen_mem_free).
 */
nomen_status nomen_labels_map(const nomen_labels *labels, const nomen_dataset *dataset, int32_t **map, nomen_error *err);

/* Words with each label in the given sentences (NULL: all): counts (labels->n), by `map`; -1 counts nowhere. */
void nomen_labels_count(const nomen_labels *labels, const nomen_dataset *dataset, const int32_t *map, const size_t *sentences,
                        size_t n_sentences, size_t *counts);

#endif
