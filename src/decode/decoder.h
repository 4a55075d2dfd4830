/*
 * Scores of words to labels, one text after another, a word at a time: a label comes out as soon as nothing that
 * follows can change it. So a text of any length is decoded in the same memory.
 *
 *     for (word...) { n = nomen_decoder_push(&d, row, labels); ... the next n words have labels[0..n) }
 *     n = nomen_decoder_finish(&d, labels);
 */
#ifndef NOMEN_DECODE_DECODER_H
#define NOMEN_DECODE_DECODER_H

#include "decode/label_rules.h"
#include "math/ops.h"
#include "nomen/decode.h"

/*
 * The most words whose labels may be open at a time. Survivors of the trained models' scores meet within a few
 * words; where they have not met in so many (long runs of words without any evidence, between labels that a
 * CRF holds on to), the older half is decided for the best path so far, and what contradicts it is given up.
 * As long as that does not happen, the labels are those of the best sequence of the whole text.
 */
enum { NOMEN_DECODER_BOUND = 1024 };

/* How labels are chosen. {0} is the default. */
typedef struct nomen_decode_options {
    nomen_decoding decoding;
    nomen_repair repair;
} nomen_decode_options;

typedef struct nomen_decoder {
    nomen_decode_options options; /* never AUTO */
    nomen_label_rules rules;
    bool has_crf;
    size_t bound;
    nomen_real *into;  /* (K,K): [j,i] is added where label j follows i; -infinity where it may not */
    nomen_real *start; /* (K) */
    nomen_real *end;   /* (K) */
    double *best;      /* (K) the best path to each label of the last word, less the best of all; -infinity: none */
    double *next;      /* (K) */
    int32_t *from;     /* (bound,K), a ring: the label before, on the best path to each label of a word */
    uint8_t *alive;    /* (2,K) */
    size_t first;      /* place in the ring of the first open word */
    size_t n_open;     /* words whose label is open */
    size_t check_at;   /* so many open words before the survivors are looked at again */
    bool begun;        /* words were pushed */
    int32_t last;      /* the label that came out last, for repairs; -1 at a text's beginning */
    size_t n_forced;   /* how often the bound decided, since the decoder was made */
} nomen_decoder;

/*
 * Makes a decoder. `crf` may be NULL; its scores are copied. The options' AUTO is VITERBI with a CRF and ARGMAX
 * without. `bound` 0 is NOMEN_DECODER_BOUND.
 */
nomen_status nomen_decoder_create(const nomen_labels *labels, const nomen_crf *crf, const nomen_decode_options *options,
                                  size_t bound, nomen_decoder *out, nomen_error *err);
void nomen_decoder_clear(nomen_decoder *decoder);

/* Forgets the words of a text that was not finished. */
void nomen_decoder_reset(nomen_decoder *decoder);

/*
 * Takes the next word's scores (K): logits, or logarithms of probabilities; what is added to a whole row changes
 * nothing. NULL stands for a word of which the model saw nothing: it is O, also to the words beside it (where no
 * label is called O, the first under ARGMAX, and under VITERBI any that goes with its neighbours).
 * Writes the labels that have become certain, of the words that have none yet, in their order, and returns
 * their number; `labels` has room for the decoder's bound. Of equal scores the first label wins; of equal
 * sequences the one whose last label is first, then the last but one. A NaN is as unlikely as can be.
 */
size_t nomen_decoder_push(nomen_decoder *decoder, const nomen_real *row, int32_t *labels);

/* The text has ended: writes the labels that are left, and is ready for the next text. */
size_t nomen_decoder_finish(nomen_decoder *decoder, int32_t *labels);

/*
 * Says through the log what is not as one might expect: that the label names forbid nothing, so that VITERBI without
 * a CRF is ARGMAX, and that after VITERBI there is nothing to repair.
 */
void nomen_decoder_report(const nomen_decoder *decoder);

/* Whether every label comes out at once, as the model's argmax, and unchanged. */
bool nomen_decoder_is_plain(const nomen_decoder *decoder);

#endif
