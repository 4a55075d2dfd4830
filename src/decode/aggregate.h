/*
 * Labels of pieces to entities with offsets, by Hugging Face's five strategies
 * (TokenClassificationPipeline.gather_pre_entities, aggregate, group_entities). Given the same
 * probabilities, labels, offsets and the bits of the scores are HF's.
 */
#ifndef NOMEN_DECODE_AGGREGATE_H
#define NOMEN_DECODE_AGGREGATE_H

#include "data/labels.h"
#include "decode/decide.h"
#include "nomen/tag.h"
#include "nomen/tokenizer.h"

/* Pieces come in any parts, and make the same entities, bit for bit. Start from {0}. */
typedef struct nomen_aggregator {
    nomen_aggregation strategy;
    const nomen_labels *labels; /* borrowed, as is `out` */
    nomen_entities *out;
    size_t n_pieces;
    nomen_unit unit;
    nomen_span span;               /* of the unit */
    int32_t first_word, last_word; /* of the unit; -1 for none */
    nomen_entity group;            /* of units of one type, whose scores stand in out->scores */
    const char *group_type;
    size_t n_units;
} nomen_aggregator;

/* Begins a text: `out` has no entities. */
nomen_status nomen_aggregator_start(nomen_aggregator *aggregator, nomen_aggregation strategy, const nomen_labels *labels,
                                    nomen_entities *out, nomen_error *err);

/*
 * The text's next pieces: `probabilities` (n_pieces, K) without special tokens, with `offsets` into the text. `word_starts`
 * (n_pieces) says which pieces begin a word: for equality with HF it is false exactly where HF's is_subword is true
 * (nomen_hf_word_starts); with a model's own word units it marks the first piece of each word (nomen_word_starts). NONE and
 * SIMPLE don't read it, and it may be NULL for them. A NaN is treated as numpy treats it: it is the largest of its row, and
 * means leave it out. `word_ids` (n_pieces) has the word of each piece, -1 for none; NULL: entities
 * have no words. An entity that may continue is not in `out` yet.
 */
nomen_status nomen_aggregator_add(nomen_aggregator *aggregator, const float *probabilities, const nomen_span *offsets,
                                  const int32_t *word_ids, const uint8_t *word_starts, size_t n_pieces, nomen_error *err);

/* The end of the text. */
nomen_status nomen_aggregator_end(nomen_aggregator *aggregator, nomen_error *err);
void nomen_aggregator_clear(nomen_aggregator *aggregator);

/* word_starts (n_pieces): where a piece's word is not the one of the piece before; `last` is that of the one before
 * the first, NOMEN_NO_WORD where there is none. */
#define NOMEN_NO_WORD INT32_MIN
void nomen_word_starts(const int32_t *word_ids, size_t n_pieces, int32_t last, uint8_t *word_starts);

/*
 * word_starts (n_pieces) by HF's rule: a piece continues a word where its token, "##" and all, and the part
 * of the text it stands for have different numbers of code points, unless it is the unknown token
 * (`unknown`, such as "[UNK]"). So a piece whose accents were stripped may continue a word, and an
 * unknown one never does. `tokens` (n_pieces) are the tokens' strings.
 */
void nomen_hf_word_starts(const char *const *tokens, const char *unknown, const nomen_span *offsets, size_t n_pieces,
                          const char *text, size_t n_bytes, uint8_t *word_starts);

#endif
