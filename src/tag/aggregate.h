/*
 * Labels of pieces to entities with offsets, by Hugging Face's five strategies
 * (TokenClassificationPipeline.gather_pre_entities, aggregate, group_entities).
 */
#ifndef NOMEN_TAG_AGGREGATE_H
#define NOMEN_TAG_AGGREGATE_H

#include "data/labels.h"
#include "nomen/tokenizer.h"

typedef enum nomen_aggregation {
    NOMEN_AGGREGATE_NONE = 0, /* every piece not labelled O */
    NOMEN_AGGREGATE_SIMPLE,   /* neighbouring pieces of one type */
    NOMEN_AGGREGATE_FIRST,    /* a word takes its first piece's label; the default */
    NOMEN_AGGREGATE_AVERAGE,  /* ... the label of its mean probabilities */
    NOMEN_AGGREGATE_MAX       /* ... the label of its most certain piece */
} nomen_aggregation;

typedef struct nomen_entity {
    int32_t label;      /* with NONE the label; otherwise the label whose type it is */
    const char *name;   /* the label ("B-per") with NONE, else the type ("per"). Borrowed from the label set */
    float score;
    nomen_span span;    /* bytes of the text */
    size_t index;       /* NONE: HF's index, the piece's place counting special tokens, from 1 */
} nomen_entity;

typedef struct nomen_entities {
    nomen_entity *items;
    size_t n;
    size_t capacity;
} nomen_entities;

/*
 * `probabilities` (n_pieces, K) of one text's pieces (no special tokens), with `offsets` into
 * `text`. `word_starts` (n_pieces) says which pieces begin a word: for equality with HF it is
 * false exactly where HF's is_subword is true (see nomen_hf_word_starts); with a model's own word
 * units it marks the first piece of each word. Replaces what `out` held.
 */
nomen_status nomen_aggregate(nomen_aggregation strategy, const nomen_labels *labels, const float *probabilities,
                             const nomen_span *offsets, const uint8_t *word_starts, size_t n_pieces,
                             nomen_entities *out, nomen_error *err);

void nomen_entities_clear(nomen_entities *entities);

#endif
