/* Scores of predictions that somebody else made: two labelled files of the same sentences. */
#ifndef NOMEN_EVAL_COMPARE_H
#define NOMEN_EVAL_COMPARE_H

#include "eval/judge.h"

/*
 * Whether the two have the same sentences with the same number of words each, else NOMEN_ERROR_DATA
 * names the first place where they part. Words that differ are told through the log.
 */
nomen_status nomen_check_same_sentences(const nomen_dataset *predicted, const nomen_dataset *gold, nomen_error *err);

/* Scores the tags of `predicted` against those of `gold`, which have to be of the same sentences. The options have
 * scorer.details. The caller clears *out. */
nomen_status nomen_compare(const nomen_dataset *predicted, const nomen_dataset *gold,
                           const nomen_judge_options *options, nomen_details *out, nomen_error *err);

#endif
