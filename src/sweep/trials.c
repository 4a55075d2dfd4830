/* The trials of a sweep: all combinations of the values, or some drawn at random, none of them twice. */
#include "sweep/trials.h"

#include <math.h>
#include <string.h>

#include "base/buffer.h"
#include "base/call.h"
#include "base/intern.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/rng.h"

/* More would take years; a typing error in a list of lists is likelier. */
enum { MOST_TRIALS = 100000 };

/* Draws of a trial until what is left is looked for in order: nearly all is taken by then. */
enum { MOST_ATTEMPTS = 1000 };

/* Combinations beyond this are not counted: they are more than any number of trials by far. */
enum { MOST_COUNTED = 100000000 };

/* What a random search has drawn so far. */
typedef struct drawing {
    nomen_axes *axes;
    nomen_interner seen; /* the values of trials, each joined into one text */
    nomen_buffer key;
    size_t n_combinations; /* 0: too many to be counted */
} drawing;

/* ---- how many there are ---- */

/* Values of an axis; 0: too many to be counted. */
static size_t count_values(const nomen_axis *axis) {
    if (axis->n_values > 0) { return axis->n_values; }
    return axis->whole && axis->high - axis->low < MOST_COUNTED ? (size_t)(axis->high - axis->low) + 1 : 0;
}

static size_t count_combinations(const nomen_axes *axes) {
    size_t n = 1;
    for (size_t i = 0; i < axes->n; i++) {
        const size_t n_values = count_values(&axes->items[i]);
        if (n_values == 0 || n_values > MOST_COUNTED / n) { return 0; }
        n *= n_values;
    }
    return n;
}

/* More draws than combinations would train the same ones again. */
static nomen_status check_random(const nomen_axes *axes, size_t n_random, size_t n_combinations, nomen_error *err) {
    bool ranges = false;
    if (n_combinations == 0 || n_combinations >= n_random) { return NOMEN_OK; }
    for (size_t i = 0; i < axes->n; i++) { ranges = ranges || axes->items[i].n_values == 0; }
    return nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "%zu random trials: the values have only %zu combinations; %s", n_random,
                           n_combinations,
                           ranges ? "ask for no more than these, or give wider ranges"
                                  : "leave the number out to try each of them once, or give ranges");
}

/* ---- the values of a trial ---- */

static nomen_status set_value(char **out, const char *text, nomen_error *err) {
    nomen_mem_free(*out);
    return NOMEN_COPY(*out, text, strlen(text), err);
}

/*
 * low (high / low)^share, by square roots of the quotient for the binary digits of share: exact operations alone, so that every
 * machine draws the same.
 */
static double power_between(double low, double high, double share) {
    double root = high / low, value = low;
    for (int digit = 0; digit < 32; digit++) {
        root = sqrt(root);
        share *= 2;
        if (share >= 1) {
            value *= root;
            share -= 1;
        }
    }
    return value;
}

/* A value of a trial: two numbers of its own for each axis. Five digits, which is more than a search can tell apart. */
static nomen_status draw_value(const nomen_axis *axis, nomen_rng *rng, char **out, nomen_error *err) {
    char text[NOMEN_NUMBER_SIZE];
    double share = (nomen_rng_next(rng) + 0.5) / 4294967296.0;
    uint64_t choice = nomen_rng_below(rng, axis->n_values > 0 ? axis->n_values : 1);
    if (axis->n_values > 0) { return set_value(out, axis->values[choice], err); }
    double value = axis->logarithmic ? power_between(axis->low, axis->high, share) : axis->low + share * (axis->high - axis->low);
    if (axis->whole && !axis->logarithmic) { /* each of them as often: rounded, both ends would come half as often */
        nomen_number_snprintf(text, sizeof text, "%.0f", axis->low + floor(share * (axis->high - axis->low + 1)));
    } else if (axis->whole) {
        nomen_number_snprintf(text, sizeof text, "%.0f", floor(value + 0.5));
    } else {
        nomen_number_snprintf(text, sizeof text, "%.5g", value);
    }
    return set_value(out, text, err);
}

/* The trial at a place among all combinations; the last axis changes first. */
static nomen_status choose_trial(nomen_axes *axes, size_t trial, size_t place, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    for (size_t i = axes->n; i-- > 0;) {
        const nomen_axis *axis = &axes->items[i];
        const size_t n_values = count_values(axis), choice = place % n_values;
        char text[NOMEN_NUMBER_SIZE];
        if (axis->n_values == 0) { nomen_number_snprintf(text, sizeof text, "%.0f", axis->low + (double)choice); }
        NOMEN_TRY(set_value(&axes->values[trial * axes->n + i], axis->n_values > 0 ? axis->values[choice] : text, err));
        place /= n_values;
    }
done:
    return status;
}

/* Whether no earlier trial has these values; then they are the trial's. */
static nomen_status take(drawing *d, size_t trial, bool *is_new, nomen_error *err) {
    const size_t n_before = d->seen.n;
    int32_t number;
    nomen_status status = NOMEN_OK;
    d->key.size = 0;
    for (size_t i = 0; i < d->axes->n; i++) {
        NOMEN_TRY(nomen_buffer_printf(&d->key, err, "%s\n", nomen_axes_values(d->axes, trial)[i]));
    }
    NOMEN_TRY(nomen_intern(&d->seen, d->key.data, d->key.size, &number, err));
    *is_new = d->seen.n > n_before;
done:
    return status;
}

/* The first combination from a random one on that is not taken. */
static nomen_status search_trial(drawing *d, size_t trial, nomen_rng *rng, nomen_error *err) {
    const size_t start = d->n_combinations > 0 ? nomen_rng_below(rng, d->n_combinations) : 0;
    bool is_new = false;
    nomen_status status = NOMEN_OK;
    for (size_t i = 0; i < d->n_combinations && !is_new; i++) { /* i <= trial: no more are taken */
        NOMEN_TRY(choose_trial(d->axes, trial, (start + i) % d->n_combinations, err));
        NOMEN_TRY(take(d, trial, &is_new, err));
    }
    if (!is_new) {
        status = nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                                 "%zu random trials: the ranges have hardly more than %zu different values, of five digits; ask "
                                 "for no more than these, or give wider ranges",
                                 d->axes->n_trials, trial);
    }
done:
    return status;
}

/* Values that no earlier trial has: a run of the same would give the same. */
static nomen_status draw_trial(drawing *d, size_t trial, nomen_rng *rng, nomen_error *err) {
    nomen_axes *axes = d->axes;
    bool is_new = false;
    nomen_status status = NOMEN_OK;
    for (size_t attempt = 0; attempt < MOST_ATTEMPTS && !is_new; attempt++) {
        for (size_t i = axes->n; i-- > 0;) {
            NOMEN_TRY(draw_value(&axes->items[i], rng, &axes->values[trial * axes->n + i], err));
        }
        NOMEN_TRY(take(d, trial, &is_new, err));
    }
    if (!is_new) { status = search_trial(d, trial, rng, err); }
done:
    return status;
}

static nomen_status draw_all(nomen_axes *axes, uint64_t seed, size_t n_combinations, nomen_error *err) {
    drawing d = {.axes = axes, .n_combinations = n_combinations};
    nomen_status status = NOMEN_OK;
    for (size_t t = 0; t < axes->n_trials; t++) {
        nomen_rng rng;
        NOMEN_TRY(nomen_call_check(err));
        nomen_rng_start(&rng, seed, NOMEN_RNG_SWEEP, (uint32_t)t);
        NOMEN_TRY(draw_trial(&d, t, &rng, err));
    }
done:
    nomen_interner_clear(&d.seen);
    nomen_buffer_clear(&d.key);
    return status;
}

static nomen_status lay_out(nomen_axes *axes, const nomen_sweep_options *o, nomen_error *err) {
    const size_t n_combinations = count_combinations(axes), n_trials = o->n_random > 0 ? o->n_random : n_combinations;
    nomen_status status;
    if (n_trials == 0 || n_trials > MOST_TRIALS) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_LIMIT,
                                   "the values give more than %d trials; try fewer, or draw some of them at random",
                                   MOST_TRIALS));
    }
    if (o->n_random > 0) { NOMEN_TRY(check_random(axes, o->n_random, n_combinations, err)); }
    NOMEN_TRY(NOMEN_NEW(axes->values, n_trials * axes->n, err));
    axes->n_trials = n_trials;
    if (o->n_random > 0) { NOMEN_FAIL(draw_all(axes, o->seed, n_combinations, err)); }
    for (size_t t = 0; t < n_trials; t++) { NOMEN_TRY(choose_trial(axes, t, t, err)); }
done:
    return status;
}

nomen_status nomen_axes_make(const nomen_sweep_options *o, const nomen_train_options *base, nomen_axes *axes, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(nomen_axes_read(o, base, axes, err));
    NOMEN_TRY(lay_out(axes, o, err));
    for (size_t t = 0; t < axes->n_trials; t++) {
        NOMEN_TRY(nomen_call_check(err));
        for (size_t s = 0; s < (axes->seeds.n_values > 0 ? axes->seeds.n_values : 1); s++) {
            nomen_train_options probe = *base;
            NOMEN_TRY(nomen_axes_set(axes, t, s, &probe, err));
        }
    }
done:
    return status;
}
