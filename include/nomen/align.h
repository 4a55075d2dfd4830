/*
 * The labels of a dataset's words as targets of subword tokens, as Hugging Face's recipe for token classification makes them.
 *
 *     nomen_align_options options = {.size = sizeof options, .mode = NOMEN_ALIGN_FIRST};
 *     nomen_alignment *alignment;
 *     nomen_alignment_create(set, &options, &alignment, &err);
 *     nomen_dataset_get_sentence(set, i, &s);
 *     nomen_tokenizer_encode_words(tokenizer, s.text, s.n_bytes, s.words, s.n_words, &encoding, &err);
 *     nomen_tokenizer_add_special(tokenizer, &encoding, &err);
 *     int32_t *targets = ...encoding.n_pieces of them...;
 *     nomen_alignment_get_targets(alignment, i, encoding.word_ids, encoding.n_pieces, targets, &err);
 *     nomen_alignment_free(alignment);
 */
#ifndef NOMEN_ALIGN_H
#define NOMEN_ALIGN_H

#include <stddef.h>
#include <stdint.h>

#include "nomen/dataset.h"
#include "nomen/error.h"
#include "nomen/ignore.h"
#include "nomen/model.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* How to align: nomen_align_options o = {.size = sizeof o}, then change. */
typedef struct nomen_align_options {
    size_t size;           /* of this struct */
    nomen_align_mode mode; /* which subword tokens of a word carry its label */
    /*
     * Numbers of labels: if this model directory has a config.json with the same labels as the dataset, in its order. NULL, or
     * with other labels: O first, the others sorted by bytes, as training numbers them. Borrowed for the call.
     */
    const char *model;
} nomen_align_options;

/* The labels of a dataset, numbered. Never changes: any number of threads may use one. */
typedef struct nomen_alignment nomen_alignment;

/*
 * Numbers the labels of `dataset`, which is not needed afterwards; `options` may be NULL. On NOMEN_OK *out is the caller's, to
 * be freed with nomen_alignment_free. Fails with NOMEN_ERROR_ARGUMENT, _MEMORY and, for a damaged config.json, as
 * nomen_model_load does.
 */
nomen_status nomen_alignment_create(const nomen_dataset *dataset, const nomen_align_options *options, nomen_alignment **out,
                                    nomen_error *err);

/* Frees it; NULL is allowed. */
void nomen_alignment_free(nomen_alignment *alignment);

/* The number of labels, K, and the name of one, NULL for another number; borrowed. */
size_t nomen_alignment_get_n_labels(const nomen_alignment *alignment);
const char *nomen_alignment_get_label(const nomen_alignment *alignment, size_t label);

/*
 * Fills targets (n_pieces) for a sentence of the dataset whose subword tokens are of the words word_ids (n_pieces; negative:
 * of none): numbers of labels, NOMEN_IGNORE for tokens of no word, words without a known label, and what `mode` leaves out.
 * Fails with NOMEN_ERROR_ARGUMENT if there is no such sentence or word.
 */
nomen_status nomen_alignment_get_targets(const nomen_alignment *alignment, size_t sentence, const int32_t *word_ids,
                                         size_t n_pieces, int32_t *targets, nomen_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
