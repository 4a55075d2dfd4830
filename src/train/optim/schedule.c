/* The learning rate of each step. */
#include "train/optim/schedule.h"

#include <math.h>

double nomen_schedule_rate(const nomen_train_options *o, size_t step, size_t n_steps) {
    size_t warmup = o->warmup_steps > 0 ? o->warmup_steps : (size_t)ceil(o->warmup_ratio * (double)n_steps);
    double share = 1;
    if (step < warmup) {
        share = (double)step / (double)warmup;
    } else if (o->schedule == NOMEN_SCHEDULE_LINEAR) {
        size_t falling = n_steps > warmup ? n_steps - warmup : 1;
        size_t left = n_steps > step ? n_steps - step : 0;
        share = (double)left / (double)falling;
    }
    return o->learning_rate * share;
}
