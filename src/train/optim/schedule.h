/* The learning rate of each step, as transformers' get_scheduler gives it. */
#ifndef NOMEN_TRAIN_SCHEDULE_H
#define NOMEN_TRAIN_SCHEDULE_H

#include "nomen/train.h"

/* The rate of step `step` (from 0) of n_steps. */
double nomen_schedule_rate(const nomen_train_options *options, size_t step, size_t n_steps);

#endif
