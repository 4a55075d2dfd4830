/* The range test of learning rates; see nomen/train.h. */
#include "train/find_rate.h"

#include <math.h>
#include <string.h>

#include "base/json_out.h"
#include "base/mem.h"
#include "base/options.h"

/*
 * The share of the mean so far that stays at each step is 1 - SMOOTHED / steps: it is over some tenth of the search, 0.7 decades
 * by default. With more, the curve lags: what it shows happened at a rate far lower. With less it follows single batches.
 */
#define SMOOTHED 10.0

/* A smoothed loss so many times its lowest has left for good; as in fastai's search. */
#define LEFT_FOR_GOOD 4.0

/* Of the points, the first in so many are no ground for a suggestion: their means are of a few batches. */
enum { UNSETTLED = 10 };

enum { FEWEST_STEPS = (int)SMOOTHED, MOST_STEPS = 100000 };

/*
 * The factor whose n-th power is `range`, by halving an interval: multiplication alone, so that the rates are the same on every
 * machine.
 */
static double factor_of(double range, size_t n) {
    double low = 1, high = range;
    for (int i = 0; i < 200; i++) {
        double middle = low + (high - low) / 2, power = 1;
        for (size_t k = 0; k < n && power <= range; k++) { power *= middle; }
        *(power > range ? &high : &low) = middle;
    }
    return low;
}

nomen_status nomen_rate_search_start(const nomen_find_rate_options *how, nomen_rate_result *result, nomen_rate_search *out,
                                     nomen_error *err) {
    nomen_rate_search s = {.result = result};
    nomen_status status;
    NOMEN_TRY(NOMEN_TAKE(nomen_find_rate_options, &s.how, how, err));
    if (s.how.n_steps == 0) { s.how.n_steps = 100; }
    if (s.how.lowest == 0) { s.how.lowest = 1e-7; }
    if (s.how.highest == 0) { s.how.highest = 1; }
    if (s.how.n_steps < FEWEST_STEPS || s.how.n_steps > MOST_STEPS) {
        NOMEN_FAIL(nomen_error_set(err, NOMEN_ERROR_ARGUMENT, "n_steps: %zu steps, expected %d to %d", s.how.n_steps,
                                   FEWEST_STEPS, MOST_STEPS));
    }
    if (!(s.how.lowest > 0 && s.how.lowest < s.how.highest && s.how.highest <= 1e3)) {
        NOMEN_FAIL(
            nomen_error_set(err, NOMEN_ERROR_ARGUMENT,
                            "the rates go from %g to %g; expected a first one above 0, and a last one above it, up to 1000",
                            s.how.lowest, s.how.highest));
    }
    NOMEN_TRY(NOMEN_NEW(result->points, s.how.n_steps, err));
    s.rate = s.how.lowest;
    s.factor = factor_of(s.how.highest / s.how.lowest, s.how.n_steps - 1);
    *out = s;
done:
    return status;
}

bool nomen_rate_search_add(nomen_rate_search *s, double loss) {
    nomen_rate_result *r = s->result;
    const double kept = 1 - SMOOTHED / (double)s->how.n_steps;
    /* Kingma and Ba's correction of a mean that began at 0, as in Adam. */
    s->mean = kept * s->mean + (1 - kept) * loss;
    s->weight = kept * s->weight + (1 - kept);
    double smoothed = s->mean / s->weight;
    r->points[r->n_points++] = (nomen_rate_point){s->rate, loss, smoothed};
    s->rate *= s->factor;
    if (r->n_points == 1 || smoothed < s->lowest) { s->lowest = smoothed; }
    r->rose = smoothed > LEFT_FOR_GOOD * s->lowest;
    return !r->rose && r->n_points < s->how.n_steps;
}

void nomen_rate_search_finish(nomen_rate_search *s) {
    nomen_rate_result *r = s->result;
    const nomen_rate_point *p = r->points;
    size_t first = s->how.n_steps / UNSETTLED, low = 0;
    double steepest = 0;
    r->suggestion = r->lowest = NAN;
    for (size_t i = 1; i < r->n_points; i++) {
        if (p[i].smoothed < p[low].smoothed) { low = i; }
    }
    /* Rates are the same factor apart, so a slope over their logarithm is a difference; over two steps, to follow none alone. */
    for (size_t i = first > 0 ? first : 1; i < low; i++) {
        double fall = p[i - 1].smoothed - p[i + 1].smoothed;
        if (fall > steepest) {
            steepest = fall;
            r->suggestion = p[i].learning_rate;
        }
    }
    if (steepest > 0) { r->lowest = p[low].learning_rate; }
}

void nomen_rate_result_clear(nomen_rate_result *result) {
    nomen_mem_free(result->points);
    *result = (nomen_rate_result){0};
}

nomen_status nomen_rate_result_to_json(const nomen_rate_result *r, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer text = {0};
    nomen_json_out json = nomen_json_start(&text, err);
    nomen_json_begin_object(&json, NULL);
    nomen_json_begin_list(&json, "points");
    for (size_t i = 0; i < r->n_points; i++) {
        nomen_json_begin_object(&json, NULL);
        nomen_json_add_number(&json, "learning_rate", r->points[i].learning_rate);
        nomen_json_add_number(&json, "loss", r->points[i].loss);
        nomen_json_add_number(&json, "smoothed", r->points[i].smoothed);
        nomen_json_end_object(&json);
    }
    nomen_json_end_list(&json);
    nomen_json_add_bool(&json, "rose", r->rose);
    nomen_json_add_number(&json, "suggestion", r->suggestion);
    nomen_json_add_number(&json, "lowest", r->lowest);
    nomen_json_end_object(&json);
    return nomen_buffer_string(nomen_json_end_line(&json), &text, out, n_bytes, err);
}

/* A point as a line: its numbers, and its smoothed loss as a bar, whose full length is the highest loss before the rise. */
static nomen_status append_point(nomen_buffer *out, const nomen_rate_point *p, double highest, nomen_error *err) {
    char bar[41];
    double share = p->smoothed / highest;
    size_t n = share >= 1 ? sizeof bar - 1 : (size_t)(share * (double)(sizeof bar - 1) + 0.5);
    memset(bar, '#', n);
    bar[n] = '\0';
    return nomen_buffer_printf(out, err, "%13.2e %9.4f %9.4f%s%s\n", p->learning_rate, p->loss, p->smoothed, n > 0 ? "  " : "",
                               bar);
}

nomen_status nomen_rate_result_to_text(const nomen_rate_result *r, char **out, size_t *n_bytes, nomen_error *err) {
    nomen_buffer text = {0};
    double highest = 0;
    nomen_status status;
    NOMEN_TRY(nomen_buffer_append_text(&text, "learning rate      loss  smoothed\n", err));
    for (size_t i = 0; i < r->n_points && r->points[i].learning_rate <= (r->lowest > 0 ? r->lowest : INFINITY); i++) {
        if (r->points[i].smoothed > highest) { highest = r->points[i].smoothed; }
    }
    for (size_t i = 0; i < r->n_points; i++) { NOMEN_TRY(append_point(&text, &r->points[i], highest, err)); }
    if (isnan(r->suggestion)) {
        status = nomen_buffer_append_text(
            &text, "\nno rate made the loss fall: try more steps, a larger batch-size, or check the labels\n", err);
    } else {
        status = nomen_buffer_printf(&text, err,
                                     "\nlearning-rate %.1e  the loss falls most steeply\n"
                                     "learning-rate %.1e  a tenth of that with the lowest loss\n",
                                     r->suggestion, r->lowest / 10);
    }
done:
    return nomen_buffer_string(status, &text, out, n_bytes, err);
}
