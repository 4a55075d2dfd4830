/* What a report shows of a part of the data beside its scores: which types went together, and the sentences with most errors. */
#ifndef NOMEN_TRAIN_REVIEW_H
#define NOMEN_TRAIN_REVIEW_H

#include "base/intern.h"
#include "nomen/eval.h"
#include "run/predict.h"
#include "train/corpus.h"

enum { NOMEN_REVIEW_SENTENCES = 20 };

/* An entity of a sentence on one side: a number of review->types, and its words; a type of -1 for none. */
typedef struct nomen_reviewed_side {
    int32_t type;
    size_t begin, end;
} nomen_reviewed_side;

typedef struct nomen_reviewed_match {
    nomen_outcome outcome;
    nomen_reviewed_side gold, predicted;
} nomen_reviewed_match;

typedef struct nomen_reviewed_sentence {
    size_t sentence; /* of the dataset */
    size_t n_wrong;  /* matches that are not right */
    nomen_reviewed_match *matches;
    size_t n_matches;
} nomen_reviewed_sentence;

/* Start from {0}. */
typedef struct nomen_review {
    bool made;
    nomen_details details; /* but its report, which is handed over */
    nomen_interner types;
    /* Most errors first, of equals the shorter sentence first, then the earlier one; none without an error. */
    nomen_reviewed_sentence worst[NOMEN_REVIEW_SENTENCES];
    size_t n_worst;
} nomen_review;

/*
 * Scores a part as nomen_evaluate does, to the same report, and reviews it; what the review held is freed. The caller clears
 * both. On failure neither is changed, but that the review is empty.
 */
nomen_status nomen_review_part(nomen_predictor *predictor, const nomen_corpus_part *part, nomen_review *review, nomen_report *out,
                               nomen_error *err);

/* Moves a review; what *to held is freed. */
void nomen_review_move(nomen_review *from, nomen_review *to);

/* Frees what it holds and leaves {0}. */
void nomen_review_clear(nomen_review *review);

#endif
