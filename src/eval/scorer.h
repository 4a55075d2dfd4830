/*
 * The inside of a scorer, for the files that it is made of: scorer.c reads tags, scorer_details.c has what
 * comes with the option details alone.
 */
#ifndef NOMEN_EVAL_SCORER_H
#define NOMEN_EVAL_SCORER_H

#include "eval/account.h"
#include "eval/chunk.h"
#include "eval/metrics.h"
#include "eval/resample.h"

/* A stream of tags, and the entities of the sentence that it stands in. */
typedef struct nomen_tag_stream {
    nomen_chunk_state state;
    nomen_runs runs;
} nomen_tag_stream;

struct nomen_scorer {
    nomen_scorer_options options;
    nomen_tag_parts_table tags;
    int32_t outside;      /* the tag "O" */
    nomen_counts *counts; /* (tags.types.n) */
    size_t n_counts, counts_capacity;
    nomen_tag_stream gold, predicted;
    size_t place; /* in the stream of words and the O after each sentence */
    size_t n_words, n_correct_words, n_sentences, n_filled_sentences;
    double accuracy_sum, accuracy_rest; /* of the sentences' accuracies, by Neumaier's summation */
    int32_t *tag_ids;                   /* scratch: gold and predicted tag of each word of a sentence */
    size_t tag_ids_capacity;
    size_t n_unknown;         /* words of the sentence whose gold label is unknown */
    nomen_counts total;       /* of all types */
    nomen_account account;    /* with options.details */
    nomen_scorer *other;      /* the other system's, from the first sentence that has its tags */
    nomen_resample *resample; /* with options.replicates */
};

/* Room for the counts of all types that the table of tags has. */
nomen_status nomen_scorer_reserve_counts(nomen_scorer *scorer, nomen_error *err);

#endif
