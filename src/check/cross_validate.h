/* Training on all folds but one, and judging that one, fold by fold. */
#ifndef NOMEN_CHECK_CROSS_VALIDATE_H
#define NOMEN_CHECK_CROSS_VALIDATE_H

#include "data/dataset.h"
#include "nomen/label_errors.h"

/* What to do with the model of a fold, which has not seen these sentences. */
typedef nomen_status nomen_fold_judge(void *judge_data, nomen_model *model, const nomen_dataset *dataset, const size_t *sentences,
                                      size_t n, nomen_error *err);

/* `progress` (may be NULL) is called with `user`, `judge` with `judge_data`, after each fold's training. */
nomen_status nomen_cross_validate(const nomen_label_errors_options *options, const nomen_dataset *dataset,
                                  nomen_fold_function progress, void *user, nomen_fold_judge *judge, void *judge_data,
                                  nomen_error *err);

#endif
