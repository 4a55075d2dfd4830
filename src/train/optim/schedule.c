/* The learning rate of each step. Expressions are in the order of transformers' optimization.py, so that rounding is the same. */
#include "train/optim/schedule.h"

#include <math.h>

#include "base/elementary.h"
#include "base/error.h"
#include "base/log.h"

#define PI 0x1.921fb54442d18p+1

/* A number of steps, at least 1. */
static double at_least_one(size_t n) {
    return n > 0 ? (double)n : 1;
}

/* How far a step is on the way from the end of the warm-up to the last step, 0 to 1. */
static double progress_of(const nomen_lr_schedule *s, size_t step) {
    return (double)(step - s->warmup) / at_least_one(s->n_steps > s->warmup ? s->n_steps - s->warmup : 0);
}

static double constant(const nomen_lr_schedule *s, size_t step) {
    (void)s, (void)step;
    return 1;
}

static double linear(const nomen_lr_schedule *s, size_t step) {
    const size_t falling = s->n_steps > s->warmup ? s->n_steps - s->warmup : 1;
    const size_t left = s->n_steps > step ? s->n_steps - step : 0;
    return (double)left / (double)falling;
}

static double wave(double n_cycles, double progress) {
    return 0.5 * (1.0 + nomen_cos(PI * n_cycles * 2.0 * progress));
}

/* Down to a share of the rate instead of 0. */
static double above(double share, double least) {
    share = share * (1 - least) + least;
    return share > 0 ? share : 0;
}

static double cosine(const nomen_lr_schedule *s, size_t step) {
    return above(wave(s->kwargs.num_cycles, progress_of(s, step)), 0);
}

static double cosine_with_min_lr(const nomen_lr_schedule *s, size_t step) {
    return above(wave(s->kwargs.num_cycles, progress_of(s, step)), s->kwargs.min_lr_rate);
}

static double cosine_with_restarts(const nomen_lr_schedule *s, size_t step) {
    const double progress = progress_of(s, step), cycles = s->kwargs.num_cycles * progress;
    return progress >= 1 ? 0 : above(0.5 * (1.0 + nomen_cos(PI * (cycles - floor(cycles)))), 0);
}

static double polynomial(const nomen_lr_schedule *s, size_t step) {
    const double end = s->kwargs.lr_end;
    if (step >= s->n_steps) { return end / s->learning_rate; }
    const double left = 1 - (double)(step - s->warmup) / (double)(s->n_steps - s->warmup);
    return ((s->learning_rate - end) * nomen_pow(left, s->kwargs.power) + end) / s->learning_rate;
}

static double inverse_sqrt(const nomen_lr_schedule *s, size_t step) {
    size_t scale = s->kwargs.timescale;
    if (scale == SIZE_MAX) { scale = s->warmup > 0 ? s->warmup : 10000; }
    return 1.0 / sqrt((double)(step - s->warmup + scale) / (double)scale);
}

static double warmup_stable_decay(const nomen_lr_schedule *s, size_t step) {
    const nomen_schedule_kwargs *k = &s->kwargs;
    const size_t start = s->warmup + k->num_stable_steps;
    if (step < start) { return 1; }
    if (step - start >= k->num_decay_steps) { return k->min_lr_ratio; }
    const double progress = (double)(step - start) / at_least_one(k->num_decay_steps);
    const double share = k->decay_type == NOMEN_RAMP_LINEAR   ? 1.0 - progress
                         : k->decay_type == NOMEN_RAMP_COSINE ? wave(k->num_cycles, progress)
                                                              : 1.0 - sqrt(progress);
    return above(share, k->min_lr_ratio);
}

/* The share of the learning rate after the warm-up. */
static double (*const shapes[])(const nomen_lr_schedule *s, size_t step) = {
    [NOMEN_SCHEDULE_LINEAR] = linear,
    [NOMEN_SCHEDULE_CONSTANT] = constant,
    [NOMEN_SCHEDULE_CONSTANT_WITH_WARMUP] = constant,
    [NOMEN_SCHEDULE_COSINE] = cosine,
    [NOMEN_SCHEDULE_COSINE_WITH_RESTARTS] = cosine_with_restarts,
    [NOMEN_SCHEDULE_COSINE_WITH_MIN_LR] = cosine_with_min_lr,
    [NOMEN_SCHEDULE_POLYNOMIAL] = polynomial,
    [NOMEN_SCHEDULE_INVERSE_SQRT] = inverse_sqrt,
    [NOMEN_SCHEDULE_WARMUP_STABLE_DECAY] = warmup_stable_decay,
    [NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU] = constant,
};

static double warm_up(const nomen_lr_schedule *s, size_t step) {
    const double progress = (double)step / (double)s->warmup;
    if (s->kind != NOMEN_SCHEDULE_WARMUP_STABLE_DECAY) { return progress; }
    const double share = s->kwargs.warmup_type == NOMEN_RAMP_LINEAR   ? progress
                         : s->kwargs.warmup_type == NOMEN_RAMP_COSINE ? 0.5 * (1.0 - nomen_cos(PI * progress))
                                                                      : 1.0 - sqrt(1.0 - progress);
    return above(share, s->kwargs.min_lr_ratio);
}

double nomen_lr_schedule_rate(const nomen_lr_schedule *s, const nomen_plateau *p, size_t step) {
    const double share = step < s->warmup ? warm_up(s, step) : shapes[s->kind](s, step);
    return (s->kind == NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU ? p->rate : s->learning_rate) * share;
}

/* The parts of warmup_stable_decay over the run's steps. */
static nomen_status lay_parts(nomen_lr_schedule *s, nomen_error *err) {
    nomen_schedule_kwargs *k = &s->kwargs;
    if (k->num_stable_steps != SIZE_MAX) { return NOMEN_OK; }
    if (s->warmup > s->n_steps || k->num_decay_steps > s->n_steps - s->warmup) {
        return nomen_error_set_remedy(
            err, NOMEN_ERROR_ARGUMENT, NOMEN_REMEDY_HYPERPARAMETER,
            "lr-scheduler-kwargs: num_decay_steps is %zu, but the run has %zu steps, of which the rate rises over %zu; give at "
            "most %zu",
            k->num_decay_steps, s->n_steps, s->warmup, s->warmup > s->n_steps ? 0 : s->n_steps - s->warmup);
    }
    k->num_stable_steps = s->n_steps - s->warmup - k->num_decay_steps;
    return NOMEN_OK;
}

void nomen_lr_schedule_warn(const nomen_train_options *o, const nomen_lr_schedule *s) {
    if (s->n_steps == 1 && s->warmup > 0) {
        nomen_log_warning("the run has one step, whose rate is 0, as the warm-up begins there: nothing is trained; set "
                          "warmup-ratio and warmup-steps to 0, or train for more epochs or with a smaller batch-size");
    } else if (s->warmup >= s->n_steps) {
        nomen_log_warning("the warm-up takes %zu steps (%s), and the run has %zu: the rate rises all the way, and never gets to "
                          "learning-rate (%g)",
                          s->warmup, o->warmup_steps > 0 ? "warmup-steps" : "warmup-ratio", s->n_steps, o->learning_rate);
    }
    if (s->kind == NOMEN_SCHEDULE_WARMUP_STABLE_DECAY && s->kwargs.num_stable_steps >= s->n_steps - s->warmup &&
        s->kwargs.num_decay_steps > 0) {
        nomen_log_warning("lr-scheduler-kwargs: the decay comes after %zu steps of warm-up and %zu stable ones, and the run has "
                          "%zu: it never begins",
                          s->warmup, s->kwargs.num_stable_steps, s->n_steps);
    }
    if (s->warmup > 0 && (s->kind == NOMEN_SCHEDULE_CONSTANT || s->kind == NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU)) {
        nomen_log_info("the learning rate rises over the first %zu of %zu steps; in transformers the schedule %s has no warm-up",
                       s->warmup, s->n_steps, nomen_schedule_name(s->kind));
    }
}

nomen_status nomen_lr_schedule_create(const nomen_train_options *o, size_t n_steps, nomen_lr_schedule *out,
                                      nomen_plateau *plateau, nomen_error *err) {
    nomen_lr_schedule s = {.kind = o->schedule, .learning_rate = o->learning_rate, .n_steps = n_steps};
    nomen_status status;
    s.warmup = o->warmup_steps > 0 ? o->warmup_steps : (size_t)ceil(o->warmup_ratio * (double)n_steps);
    NOMEN_TRY(nomen_schedule_kwargs_read(o, &s.kwargs, err));
    if (s.kind == NOMEN_SCHEDULE_WARMUP_STABLE_DECAY) { NOMEN_TRY(lay_parts(&s, err)); }
    *plateau = (nomen_plateau){.rate = o->learning_rate, .best = NAN};
    *out = s;
done:
    return status;
}

static bool is_better(const nomen_schedule_kwargs *k, double metric, double best, bool higher) {
    if (isnan(best)) { return !isnan(metric); }
    if (k->threshold_mode == 0) { return higher ? metric > best * (k->threshold + 1.0) : metric < best * (1.0 - k->threshold); }
    return higher ? metric > best + k->threshold : metric < best - k->threshold;
}

void nomen_lr_schedule_on_evaluation(const nomen_lr_schedule *s, nomen_plateau *p, double metric, bool higher_is_better) {
    const nomen_schedule_kwargs *k = &s->kwargs;
    if (s->kind != NOMEN_SCHEDULE_REDUCE_LR_ON_PLATEAU) { return; }
    if (is_better(k, metric, p->best, higher_is_better)) {
        p->best = metric;
        p->n_bad = 0;
    } else {
        p->n_bad++;
    }
    if (p->n_cooling > 0) {
        p->n_cooling--;
        p->n_bad = 0;
    }
    if (p->n_bad <= k->patience) { return; }
    const double reduced = p->rate * k->factor > k->min_lr ? p->rate * k->factor : k->min_lr;
    if (p->rate - reduced > k->eps) {
        p->rate = reduced;
        nomen_log_info("evaluations without a score better than %g: %zu; the learning rate is now %g", p->best, p->n_bad,
                       reduced);
    }
    p->n_cooling = k->cooldown;
    p->n_bad = 0;
}
