/* The arguments of a schedule, as transformers' lr_scheduler_kwargs has them: a JSON object of text. */
#ifndef NOMEN_TRAIN_SCHEDULE_KWARGS_H
#define NOMEN_TRAIN_SCHEDULE_KWARGS_H

#include "nomen/train.h"

/* The forms of a ramp of warmup_stable_decay. */
typedef enum nomen_ramp { NOMEN_RAMP_LINEAR = 0, NOMEN_RAMP_COSINE = 1, NOMEN_RAMP_ONE_MINUS_SQRT = 2 } nomen_ramp;

/* The names are transformers' and torch's. What was not given has transformers' default; where it has none: NaN, SIZE_MAX. */
typedef struct nomen_schedule_kwargs {
    double num_cycles;
    double power, lr_end;
    double min_lr, min_lr_rate; /* of cosine_with_min_lr one is given, min_lr_rate is filled in; of reduce_lr_on_plateau min_lr */
    size_t timescale;
    size_t num_stable_steps, num_decay_steps;
    int warmup_type, decay_type; /* nomen_ramp */
    double min_lr_ratio;
    double factor, threshold, eps;
    size_t patience, cooldown;
    int threshold_mode; /* 0: "rel", 1: "abs" */
} nomen_schedule_kwargs;

/*
 * Reads lr_scheduler_kwargs of the options for their schedule. NOMEN_ERROR_ARGUMENT for what is no JSON object, and, naming the
 * key, for one that the schedule does not take, a value outside its range, one that is missing, and values that clash with each
 * other or the learning rate.
 */
nomen_status nomen_schedule_kwargs_read(const nomen_train_options *options, nomen_schedule_kwargs *out, nomen_error *err);

#endif
