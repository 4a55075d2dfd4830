/*
 * Somebody's predictions beside a gold file: the words and the tag scheme of the two are brought together before they
 * are scored.
 */
#ifndef NOMEN_EVAL_PREDICTIONS_H
#define NOMEN_EVAL_PREDICTIONS_H

#include "data/dataset.h"
#include "data/labels.h"

/*
 * Where a sentence has the same characters in both but for white space, and is cut into other words, its predicted entities
 * are placed on the words of the gold file: as spans on a text are, with `misaligned` for those off the word boundaries, and
 * with the same notes. *recut is set where there was one. Without the same number of sentences nothing is done.
 */
nomen_status nomen_predictions_recut(nomen_dataset *predicted, const nomen_dataset *gold, nomen_misaligned misaligned,
                                     bool *recut, nomen_error *err);

/*
 * Whether the two have the same sentences with the same number of words each, else NOMEN_ERROR_DATA
 * names the first place where they differ. Words that differ are logged.
 */
nomen_status nomen_check_same_sentences(const nomen_dataset *predicted, const nomen_dataset *gold, nomen_error *err);

/*
 * Has all of them scored by the tags as they stand in the files, where they are of one scheme and were read with
 * keep_found; else as IOB2, which is logged where it changed any. NULL among them is nothing; the first is the gold.
 */
void nomen_predictions_match_schemes(nomen_dataset *const *sets, size_t n_sets);

/* The same for a model: the file's own tags are those to score by where the model knows more of them. */
void nomen_predictions_match_labels(nomen_dataset *gold, const nomen_labels *labels);

#endif
