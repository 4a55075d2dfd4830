/*
 * Spans of characters to labels of words: which words a span covers, by a policy for spans whose ends are not those of
 * words, and which span gives way where two share a word. It reads and changes no dataset; the caller reports.
 */
#ifndef NOMEN_DATA_ALIGN_SPANS_H
#define NOMEN_DATA_ALIGN_SPANS_H

#include <stdbool.h>

#include "base/error.h"
#include "data/dataset.h"

/* What became of a span. */
typedef enum nomen_span_fate {
    NOMEN_SPAN_KEPT,        /* its ends are those of words */
    NOMEN_SPAN_SNAPPED,     /* moved to words */
    NOMEN_SPAN_LEFT_OUT,    /* off the boundaries of words, and the policy drops such */
    NOMEN_SPAN_REFUSED,     /* the same, and the policy makes it a fault */
    NOMEN_SPAN_OVERLAPPING, /* a longer one has one of its words */
    NOMEN_SPAN_WORDLESS     /* it touches no word */
} nomen_span_fate;

typedef struct nomen_aligned_span {
    nomen_gold_span span;
    size_t index;                  /* among those given */
    size_t first, last;            /* words [first, last): those that it became; of what was left out those that it touches */
    nomen_span_fate fate, snapped; /* `snapped`: SNAPPED also where the span then overlapped, else KEPT */
} nomen_aligned_span;

/* Work memory and results. Start from {0}; arrays grow and stay. */
typedef struct nomen_aligner {
    nomen_span *words;         /* for the caller to fill */
    int32_t *labels;           /* (n_words) the label of the span that has the word, -1 for none */
    bool *first;               /* (n_words) the word begins its entity */
    nomen_aligned_span *spans; /* (n_spans) in the order in which they were placed: the longest first, then the earlier */
    size_t n_spans;
    size_t words_capacity, labels_capacity, first_capacity, spans_capacity;
} nomen_aligner;

/* Aligns spans to aligner->words (n_words, in order). Of spans that share a word, the one placed first has it. */
nomen_status nomen_align_spans(nomen_aligner *aligner, size_t n_words, const nomen_gold_span *spans, size_t n_spans,
                               nomen_misaligned policy, nomen_error *err);

void nomen_aligner_clear(nomen_aligner *aligner);

#endif
