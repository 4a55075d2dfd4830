/*
 * Scoring a dataset's sentences, one by one, with all that is known of them: the words, the training data,
 * another system's tags, the confidence; and the list of errors.
 */
#ifndef NOMEN_EVAL_JUDGE_H
#define NOMEN_EVAL_JUDGE_H

#include "base/file.h"
#include "data/dataset.h"
#include "eval/metrics.h"

/*
 * Told of each sentence once it is scored: of a scorer with details, nomen_scorer_match gives its entities. A status other
 * than NOMEN_OK ends the scoring.
 */
typedef nomen_status (*nomen_sentence_scored)(void *user, const nomen_scorer *scorer, size_t sentence, nomen_error *err);

/* All zero: the report alone. The datasets are borrowed. */
typedef struct nomen_judge_options {
    nomen_scorer_options scorer;
    const nomen_dataset *train;   /* for by_seen, or NULL */
    const nomen_dataset *against; /* the same sentences, tagged by another system, or NULL */
    const char *errors;           /* file to list the errors in, or NULL */
    bool plain_text;              /* of a model: the score of the texts alone too (eval/plain_text.h) */
    nomen_sentence_scored scored; /* NULL: nobody is told */
    void *user;                   /* of `scored` */
} nomen_judge_options;

typedef struct nomen_judge {
    const nomen_dataset *gold;
    nomen_judge_options options;
    nomen_scorer *scorer;
    const char **gold_tags, **other_tags; /* of a sentence */
    bool *unknown;                        /* words of it whose gold label is unknown */
    size_t gold_capacity, other_capacity, unknown_capacity;
    nomen_output *errors;
    nomen_buffer line;
} nomen_judge;

/* Reads the training data and opens the list of errors. To be cleared, whatever it returns. */
nomen_status nomen_judge_start(const nomen_dataset *gold, const nomen_judge_options *options, nomen_judge *out, nomen_error *err);

/* Scores a sentence (n_words of it); confidence (n_words) may be NULL, and has a NaN where there is none. */
nomen_status nomen_judge_add(nomen_judge *judge, size_t sentence, const char *const *predicted, const float *confidence,
                             nomen_error *err);

/* Puts the list of errors in its place. */
nomen_status nomen_judge_finish(nomen_judge *judge, nomen_error *err);
void nomen_judge_clear(nomen_judge *judge);

/* Scores the tags of `predicted` against those of `gold`, which have to be of the same sentences. The options have
 * scorer.details. The caller clears *out. */
nomen_status nomen_compare(const nomen_dataset *predicted, const nomen_dataset *gold, const nomen_judge_options *options,
                           nomen_details *out, nomen_error *err);

#endif
