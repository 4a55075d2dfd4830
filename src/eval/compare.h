/* Scores of predictions that somebody else made: two labelled files of the same sentences. */
#ifndef NOMEN_EVAL_COMPARE_H
#define NOMEN_EVAL_COMPARE_H

#include "eval/judge.h"

/* Scores the tags of `predicted` against those of `gold`, which have to be of the same sentences. The options have
 * scorer.details. The caller clears *out. */
nomen_status nomen_compare(const nomen_dataset *predicted, const nomen_dataset *gold,
                           const nomen_judge_options *options, nomen_details *out, nomen_error *err);

#endif
