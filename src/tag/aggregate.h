/*
 * Labels of pieces to entities with offsets, by Hugging Face's five strategies
 * (TokenClassificationPipeline.gather_pre_entities, aggregate, group_entities). Given the same
 * probabilities, labels, offsets and the bits of the scores are HF's.
 */
#ifndef NOMEN_TAG_AGGREGATE_H
#define NOMEN_TAG_AGGREGATE_H

#include "data/labels.h"
#include "nomen/tag.h"
#include "nomen/tokenizer.h"

/*
 * `probabilities` (n_pieces, K) of one text's pieces (no special tokens), with `offsets` into the
 * text. `word_starts` (n_pieces) says which pieces begin a word: for equality with HF it is false
 * exactly where HF's is_subword is true (nomen_hf_word_starts); with a model's own word units it
 * marks the first piece of each word (nomen_word_starts). NONE and SIMPLE don't read it, and it may be
 * NULL for them. Replaces what `out` held. A NaN is treated as numpy treats it: it is the
 * largest of its row, and means leave it out.
 */
nomen_status nomen_aggregate(nomen_aggregation strategy, const nomen_labels *labels, const float *probabilities,
                             const nomen_span *offsets, const uint8_t *word_starts, size_t n_pieces,
                             nomen_entities *out, nomen_error *err);

/* word_starts (n_pieces): where a piece's word is not the one of the piece before. */
void nomen_word_starts(const int32_t *word_ids, size_t n_pieces, uint8_t *word_starts);

/*
 * word_starts (n_pieces) by HF's rule: a piece continues a word where its token, "##" and all, and the part
 * of the text it stands for have different numbers of code points, unless it is the unknown token
 * (`unknown`, such as "[UNK]"). So a piece whose accents were stripped may continue a word, and an
 * unknown one never does. `tokens` (n_pieces) are the tokens' strings.
 */
void nomen_hf_word_starts(const char *const *tokens, const char *unknown, const nomen_span *offsets,
                          size_t n_pieces, const char *text, size_t n_bytes, uint8_t *word_starts);

#endif
