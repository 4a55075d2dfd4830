/*
 * Pieces to decoded words and entities, for what isn't Hugging Face's way: Viterbi, and the repairs of an orphan I-. Words
 * are the tokenizer's or the caller's; an entity is a run of words by their labels' own scheme, and its score the
 * mean over them of the probability of the label.
 */
#ifndef NOMEN_DECODE_WORD_ENTITIES_H
#define NOMEN_DECODE_WORD_ENTITIES_H

#include "decode/decide.h"
#include "decode/decoder.h"
#include "model_dir/model.h"
#include "nomen/tag.h"

/* Work memory kept from one text to the next; it does not grow with their length. Start from {0}. */
typedef struct nomen_word_entities {
    const nomen_model *model; /* borrowed, as is `tagged` */
    double temperature;       /* that the probabilities are at */
    nomen_aggregation strategy;
    nomen_decoder decoder;
    nomen_tagged *tagged;
    bool with_words;
    nomen_unit unit;    /* the word whose pieces are coming in */
    nomen_real *scores; /* (K) of that word, for the decoder */
    nomen_span span;    /* of that word */
    size_t n_pushed;    /* words that the decoder knows */
    size_t n_decoded;   /* words that have their label */
    nomen_span *spans;  /* (bound), a ring: of the words between, where they have a piece */
    float *rows;        /* (bound,K) their probabilities; NaNs without a piece */
    int32_t *certain;   /* (bound) */
    int32_t last;       /* the label before, -1 at the beginning */
    nomen_entity group; /* of words whose scores stand in tagged->entities.scores */
    size_t n_units;
} nomen_word_entities;

/*
 * Words scored at that temperature. FIRST, AVERAGE and MAX say what a word's scores are; another strategy
 * has no words and is NOMEN_ERROR_ARGUMENT.
 */
nomen_status nomen_word_entities_create(const nomen_model *model, double temperature, nomen_aggregation strategy,
                                        const nomen_decode_options *options, nomen_word_entities *out, nomen_error *err);
void nomen_word_entities_clear(nomen_word_entities *decoded);

/* Begins a text. `with_words`: the words of `tagged` are there when their pieces come, and get their labels. */
void nomen_word_entities_start(nomen_word_entities *decoded, nomen_tagged *tagged, bool with_words);

/* The next pieces: logits (n_pieces,K) as the model gave them, and probabilities (n_pieces,K) at its temperature. */
nomen_status nomen_word_entities_add(nomen_word_entities *decoded, const int32_t *word_ids, const nomen_span *offsets,
                                     const nomen_real *logits, const float *probabilities, size_t n_pieces, nomen_error *err);

/* The text's end; it has n_words or, where that is 0, those that had a piece. */
nomen_status nomen_word_entities_end(nomen_word_entities *decoded, size_t n_words, nomen_error *err);

#endif
