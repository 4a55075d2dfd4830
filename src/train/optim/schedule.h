/* The learning rate of each step, as transformers' get_scheduler gives it, computed to the same bits on every machine. */
#ifndef NOMEN_TRAIN_SCHEDULE_H
#define NOMEN_TRAIN_SCHEDULE_H

#include "train/optim/schedule_kwargs.h"

/* A schedule of a run; nothing in it changes. */
typedef struct nomen_lr_schedule {
    nomen_schedule kind;
    double learning_rate;   /* the highest */
    size_t warmup, n_steps; /* steps in which the rate rises; all steps */
    nomen_schedule_kwargs kwargs;
} nomen_lr_schedule;

/* What reduce_lr_on_plateau remembers from one evaluation to the next; other schedules leave it alone. */
typedef struct nomen_plateau {
    double rate;      /* the rate so far, but for the warm-up */
    double best;      /* the best metric so far; NaN before the first */
    size_t n_bad;     /* evaluations that were no better, since the last that was or the last reduction */
    size_t n_cooling; /* evaluations to come that do not count */
} nomen_plateau;

/*
 * Makes the schedule of a run of n_steps. *plateau starts. Fails as nomen_schedule_kwargs_read does, and with
 * NOMEN_ERROR_ARGUMENT where the parts of warmup_stable_decay are longer than the run.
 */
nomen_status nomen_lr_schedule_create(const nomen_train_options *options, size_t n_steps, nomen_lr_schedule *out,
                                      nomen_plateau *plateau, nomen_error *err);

/*
 * Says in the log where rates are not what the options look like: in a run that is short, and where a warm-up goes beyond what
 * transformers does with a schedule (`constant` and `reduce_lr_on_plateau` have one here).
 */
void nomen_lr_schedule_warn(const nomen_train_options *options, const nomen_lr_schedule *schedule);

/* The learning rate of step `step`, from 0. */
double nomen_lr_schedule_rate(const nomen_lr_schedule *schedule, const nomen_plateau *plateau, size_t step);

/*
 * Takes the metric of an evaluation: reduce_lr_on_plateau multiplies the rate by `factor` after more than `patience` evaluations
 * that were no better, as torch.optim.lr_scheduler.ReduceLROnPlateau does; its mode is "max" where `higher_is_better`. It looks
 * at the run's learning rate: those of the head, the CRF and lower layers change in proportion.
 */
void nomen_lr_schedule_on_evaluation(const nomen_lr_schedule *schedule, nomen_plateau *plateau, double metric,
                                     bool higher_is_better);

#endif
