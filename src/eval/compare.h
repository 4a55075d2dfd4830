/* Scores of predictions that somebody else made: two labelled files of the same sentences. */
#ifndef NOMEN_EVAL_COMPARE_H
#define NOMEN_EVAL_COMPARE_H

#include "data/dataset.h"
#include "nomen/eval.h"

/*
 * Scores the tags of `predicted` against those of `gold`. The two must have the same sentences with
 * the same number of words each, else NOMEN_ERROR_DATA names the first place where they part. Words that
 * differ are told through the log. The caller clears *out.
 */
nomen_status nomen_compare(const nomen_dataset *predicted, const nomen_dataset *gold, nomen_report *out,
                           nomen_error *err);

#endif
