/* What single steps show: a loss or a gradient that leaves its range. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "train/diagnosis/diagnosis.h"

/*
 * A loss of this many times that of guessing (or of the first steps, where that is more) is far above the start. Less would
 * end runs whose loss is only high for a while; single batches of a healthy run reach about 1.5 times.
 */
#define FAR_ABOVE 2.0
/* The first steps. With many more, a run that is lost at once would count as one that began there. */
enum { START_STEPS = 5 };
/* In so many steps in a row. Fewer would end a run for a few bad batches, more would waste the time of a lost one. */
enum { LOST_STEPS = 20 };

/*
 * A median norm of so many times the first block's, or of what it is clipped to, is growth. In a healthy run it falls, from 2 to
 * 5 times what it is clipped to; with 3, batches that are hard by chance would count.
 */
#define GROWN 10.0
/* A loss above this share of the first block's has not fallen. */
#define NOT_FALLEN 0.9

/* The loss of guessing, ln K, a little rounded up: the bits of K by ln 2. Without libm, as a run is ended by it. */
static double loss_of_guessing(size_t n_labels) {
    size_t n_bits = 0;
    for (size_t k = n_labels; k > 1; k = (k + 1) / 2) { n_bits++; }
    return 0.6931471805599453 * (double)n_bits;
}

static nomen_status diverged(nomen_diagnosis *d, const char *message, nomen_error *err) {
    char calm[NOMEN_DIAGNOSIS_ADVICE_SIZE];
    nomen_diagnosis_calm(d->options, calm);
    nomen_status status = nomen_diagnosis_find(d, NOMEN_TRAIN_DIVERGED, err, "%s; %s", message, calm);
    if (status != NOMEN_OK) { return status; }
    d->diverged = true;
    return nomen_error_set_remedy(err, NOMEN_ERROR_DATA, NOMEN_REMEDY_LEARNING_RATE, "%s; %s", message, calm);
}

nomen_status nomen_diagnosis_finite(nomen_diagnosis *d, bool finite, size_t step, const char *what, nomen_error *err) {
    char message[128];
    if (finite) { return NOMEN_OK; }
    snprintf(message, sizeof message, "step %zu: the %s, so training has diverged", step, what);
    return diverged(d, message, err);
}

/* Whether the loss has left for good: numbers may stay finite in a run that is lost. */
static nomen_status watch_loss(nomen_diagnosis *d, const nomen_diagnosis_step *step, nomen_error *err) {
    nomen_diagnosis_memory *m = &d->memory;
    double loss = step->loss_sum / step->weight, start = loss_of_guessing(d->n_labels);
    char message[160];
    if (m->n_start < START_STEPS) {
        m->n_start++;
        m->start_loss += step->loss_sum;
        m->start_weight += step->weight;
        return NOMEN_OK;
    }
    if (m->start_loss / m->start_weight > start) { start = m->start_loss / m->start_weight; }
    m->n_high = loss > FAR_ABOVE * start ? m->n_high + 1 : 0;
    if (m->n_high < LOST_STEPS) { return NOMEN_OK; }
    nomen_number_snprintf(
        message, sizeof message,
        "step %zu: the loss has been above %.3g for %zu steps and is %.3g, where guessing gives %.3g, so training "
        "has diverged",
        step->step, FAR_ABOVE * start, m->n_high, loss, loss_of_guessing(d->n_labels));
    return diverged(d, message, err);
}

static int compare_numbers(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Whether gradients grow from block to block while the loss does not fall. */
static nomen_status watch_norm(nomen_diagnosis *d, const nomen_diagnosis_step *step, nomen_error *err) {
    nomen_diagnosis_memory *m = &d->memory;
    double sorted[NOMEN_DIAGNOSIS_BLOCK], norm, loss;
    char calm[NOMEN_DIAGNOSIS_ADVICE_SIZE];
    m->norms[m->n_norms++] = step->norm;
    m->block_loss += step->loss_sum;
    m->block_weight += step->weight;
    if (m->n_norms < NOMEN_DIAGNOSIS_BLOCK) { return NOMEN_OK; }
    memcpy(sorted, m->norms, sizeof sorted);
    qsort(sorted, NOMEN_DIAGNOSIS_BLOCK, sizeof *sorted, compare_numbers);
    norm = sorted[NOMEN_DIAGNOSIS_BLOCK / 2];
    loss = m->block_loss / m->block_weight;
    m->n_norms = 0;
    m->block_loss = m->block_weight = 0;
    if (m->n_blocks++ == 0) {
        m->first_norm = norm;
        m->first_loss = loss;
        return NOMEN_OK;
    }
    bool grown = norm > GROWN * m->first_norm || norm > GROWN * d->options->max_grad_norm;
    if (!grown || loss <= NOT_FALLEN * m->first_loss) { return NOMEN_OK; }
    return nomen_diagnosis_find(d, NOMEN_TRAIN_RATE_TOO_HIGH, err,
                                "step %zu: the learning rate is too high: the gradient's norm is %.3g (median of %d steps), at "
                                "first %.3g, and the loss has not fallen (%.3g, at first %.3g). %s",
                                step->step, norm, NOMEN_DIAGNOSIS_BLOCK, m->first_norm, loss, m->first_loss,
                                nomen_diagnosis_sentence(nomen_diagnosis_calm(d->options, calm)));
}

nomen_status nomen_diagnosis_add_step(nomen_diagnosis *d, const nomen_diagnosis_step *step, nomen_error *err) {
    nomen_status status;
    if (step->step == 1 && !isfinite(step->loss_sum)) {
        NOMEN_FAIL(
            nomen_error_set(err, NOMEN_ERROR_DATA,
                            "step 1: the loss is no finite number, though no weight has changed yet: the model has weights "
                            "that are none, or too large; train from another"));
    }
    NOMEN_TRY(nomen_diagnosis_finite(d, isfinite(step->loss_sum), step->step, "loss is no longer a finite number", err));
    NOMEN_TRY(nomen_diagnosis_finite(d, isfinite(step->norm), step->step, "gradient is no longer a finite number", err));
    if (d->finite_only || step->weight <= 0) { return NOMEN_OK; } /* a step without a label has no loss */
    NOMEN_TRY(watch_loss(d, step, err));
    if (d->options->max_grad_norm > 0) { NOMEN_TRY(watch_norm(d, step, err)); }
done:
    return status;
}
