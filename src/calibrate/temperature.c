/* Fitting a temperature, in double throughout and in one order of summation. */
#include "calibrate/temperature.h"

#include <math.h>

#include "model_dir/calibrated.h"

/* Sums over one row of logits z at b = 1/T, with what stands before the exponent's maximum taken out. */
typedef struct row_sums {
    double log_sum;        /* log of the sum of exp(b z) */
    double mean, variance; /* of z under softmax(b z) */
} row_sums;

static double largest(const float *row, size_t n) {
    double most = row[0];
    for (size_t k = 1; k < n; k++) { most = row[k] > most ? row[k] : most; }
    return most;
}

static row_sums sum_row(const float *row, size_t n, double b) {
    double most = largest(row, n), sum = 0, first = 0, second = 0;
    for (size_t k = 0; k < n; k++) {
        double z = row[k] - most, weight = exp(b * z);
        sum += weight;
        first += weight * z;
        second += weight * z * z;
    }
    double mean = first / sum;
    return (row_sums){.log_sum = b * most + log(sum), .mean = most + mean, .variance = second / sum - mean * mean};
}

static bool counts(const nomen_labelled_logits *words, size_t i) {
    return words->gold[i] >= 0 && !isnan(words->logits[i * words->n_labels]);
}

/* The mean's first and second derivative by b, up to the number of words. */
static double derivative(const nomen_labelled_logits *words, double b, double *second) {
    double slope = 0;
    *second = 0;
    for (size_t i = 0; i < words->n; i++) {
        if (!counts(words, i)) { continue; }
        const float *row = words->logits + i * words->n_labels;
        row_sums sums = sum_row(row, words->n_labels, b);
        slope += sums.mean - row[words->gold[i]];
        *second += sums.variance;
    }
    return slope;
}

double nomen_temperature_fit(const nomen_labelled_logits *words) {
    enum { MOST_STEPS = 200 };
    double low = 1 / NOMEN_TEMPERATURE_MOST, high = NOMEN_TEMPERATURE_MOST, b = 1, second;
    bool any = false;
    for (size_t i = 0; i < words->n && !any; i++) { any = counts(words, i); }
    if (!any) { return 1; }
    if (derivative(words, low, &second) >= 0) { return 1 / low; }
    if (derivative(words, high, &second) <= 0) { return 1 / high; }
    for (int step = 0; step < MOST_STEPS; step++) {
        double slope = derivative(words, b, &second), before = b;
        if (slope == 0) { break; }
        if (slope > 0) {
            high = b;
        } else {
            low = b;
        }
        b -= slope / second;
        if (!(b > low && b < high)) { b = low + (high - low) / 2; }
        if (fabs(b - before) <= 1e-13 * b) { break; }
    }
    return 1 / b;
}

double nomen_temperature_loss(const nomen_labelled_logits *words, double temperature) {
    double loss = 0, b = 1 / temperature;
    size_t n = 0;
    for (size_t i = 0; i < words->n; i++) {
        if (!counts(words, i)) { continue; }
        const float *row = words->logits + i * words->n_labels;
        loss += sum_row(row, words->n_labels, b).log_sum - b * row[words->gold[i]];
        n++;
    }
    return n > 0 ? loss / (double)n : NAN;
}

double nomen_temperature_confidence(const float *logits, size_t n_labels, double temperature) {
    double b = 1 / temperature;
    return exp(b * largest(logits, n_labels) - sum_row(logits, n_labels, b).log_sum);
}
