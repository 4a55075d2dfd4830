/* Filling a nomen_tagged (see nomen/tag.h): one text, its entities and its words. */
#ifndef NOMEN_DECODE_TAGGED_H
#define NOMEN_DECODE_TAGGED_H

#include "data/labels.h"
#include "decode/decide.h"
#include "model_dir/calibrated.h"
#include "nomen/tag.h"

/*
 * Starts `out` again for another text: borrows the text and the labels' names, keeps its memory, and
 * has no entities and no words.
 */
void nomen_tagged_start(nomen_tagged *out, const char *text, size_t n_bytes, const nomen_labels *labels,
                        nomen_aggregation aggregation);

/*
 * Leaves out the entities that the thresholds don't keep. Their words, where the words are there, become O (or the
 * first label, where none is called O); the words' probabilities stay as they are.
 */
void nomen_tagged_filter(nomen_tagged *tagged, const nomen_calibrated *calibrated);

/*
 * Fills in the words from the pieces, which come in any parts: each word gets the label and probabilities of its pieces, by
 * the aggregation that the text was started with (NONE and SIMPLE: the first piece). Words that are not known beforehand
 * are made from the pieces' offsets. A word without a piece gets the label O (or the first label, where none is called O)
 * and, where there are probabilities, a row of NaNs. Start from {0}.
 */
typedef struct nomen_tagged_words {
    nomen_tagged *tagged;        /* borrowed */
    bool from_pieces, with_rows; /* words are not known before; their probabilities are kept */
    int32_t word, outside;       /* the one that the pieces belong to, -1 for none; the label O */
    nomen_unit unit;
} nomen_tagged_words;

/* Begins: with these words, or with none, to be made from pieces; and with probabilities or without. */
nomen_status nomen_tagged_words_start(nomen_tagged_words *words, nomen_tagged *tagged, const nomen_span *spans, size_t n_words,
                                      bool from_pieces, bool with_rows, nomen_error *err);

/*
 * `word_ids` (n_pieces) has each piece's word, never falling, -1 for none; `probabilities` is (n_pieces, K); `offsets`
 * (n_pieces) may be NULL where the words were given. Fails with NOMEN_ERROR_ARGUMENT where a word id is out of range or falls.
 */
nomen_status nomen_tagged_words_add(nomen_tagged_words *words, const int32_t *word_ids, const nomen_span *offsets,
                                    const float *probabilities, size_t n_pieces, nomen_error *err);
void nomen_tagged_words_end(nomen_tagged_words *words);
void nomen_tagged_words_clear(nomen_tagged_words *words);

/* A span cut down to the text. */
nomen_span nomen_tagged_clip(const nomen_tagged *tagged, nomen_span span);

#endif
