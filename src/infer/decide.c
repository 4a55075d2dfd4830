/*
 * Which label probabilities stand for. numpy sums along a contiguous axis in pairs (eight running
 * sums in blocks of up to 128) and across rows one row after the other; both are done the same way here.
 */
#include "infer/decide.h"

#include <math.h>
#include <string.h>

const char *nomen_label_type(const char *label, bool *begins) {
    *begins = label[0] == 'B' && label[1] == '-';
    return *begins || (label[0] == 'I' && label[1] == '-') ? label + 2 : label;
}

static float or_zero(float x) {
    return isnan(x) ? 0.0F : x;
}

/* numpy's pairwise sum of contiguous float32 numbers, NaNs counting 0. */
static float sum_in_pairs(const float *a, size_t n) {
    float sum = 0;
    if (n > 128) {
        size_t half = n / 2 - n / 2 % 8;
        return sum_in_pairs(a, half) + sum_in_pairs(a + half, n - half);
    }
    size_t i = 0;
    if (n >= 8) {
        float r[8];
        for (; i < 8; i++) { r[i] = or_zero(a[i]); }
        for (; i < n - n % 8; i += 8) {
            for (size_t j = 0; j < 8; j++) { r[j] += or_zero(a[i + j]); }
        }
        sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    }
    for (; i < n; i++) { sum += or_zero(a[i]); }
    return sum;
}

/* numpy divides a float32 sum by an integer count in double. 0 / 0 is the NaN of no numbers at all. */
static float divide(float sum, size_t count) {
    return count == 0 ? NAN : (float)((double)sum / (double)count);
}

float nomen_decide_mean(const float *numbers, size_t n) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(numbers[i])) { count++; }
    }
    return divide(sum_in_pairs(numbers, n), count);
}

/* The mean of one label over rows (n, K). A single column is contiguous, which numpy sums in pairs. */
static float column_mean(const float *rows, size_t n, size_t n_labels, size_t label) {
    if (n_labels == 1) { return nomen_decide_mean(rows, n); }
    float sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        float x = rows[i * n_labels + label];
        sum += or_zero(x);
        if (!isnan(x)) { count++; }
    }
    return divide(sum, count);
}

/* Whether `x` takes numpy.argmax's place from `best`: a NaN is larger than any number, the first one wins. */
static int is_larger(float x, float best) {
    return !isnan(best) && (isnan(x) || x > best);
}

static nomen_decision largest(const float *row, size_t n_labels) {
    nomen_decision best = {.label = 0, .score = row[0]};
    for (size_t k = 1; k < n_labels; k++) {
        if (is_larger(row[k], best.score)) { best = (nomen_decision){.label = (int32_t)k, .score = row[k]}; }
    }
    return best;
}

/* The piece MAX goes by: Python's max keeps the first unless a later one compares as greater. */
static size_t most_certain(const float *probabilities, size_t n_pieces, size_t n_labels) {
    size_t piece = 0;
    float score = largest(probabilities, n_labels).score;
    for (size_t i = 1; i < n_pieces; i++) {
        float other = largest(probabilities + i * n_labels, n_labels).score;
        if (other > score) {
            piece = i;
            score = other;
        }
    }
    return piece;
}

nomen_decision nomen_decide(nomen_aggregation strategy, const float *probabilities, size_t n_pieces,
                            size_t n_labels) {
    if (strategy == NOMEN_AGGREGATE_MAX) {
        probabilities += most_certain(probabilities, n_pieces, n_labels) * n_labels;
    }
    if (strategy != NOMEN_AGGREGATE_AVERAGE) { return largest(probabilities, n_labels); }
    nomen_decision best = {.label = 0, .score = column_mean(probabilities, n_pieces, n_labels, 0)};
    for (size_t k = 1; k < n_labels; k++) {
        float mean = column_mean(probabilities, n_pieces, n_labels, k);
        if (is_larger(mean, best.score)) { best = (nomen_decision){.label = (int32_t)k, .score = mean}; }
    }
    return best;
}

void nomen_decide_row(nomen_aggregation strategy, const float *probabilities, size_t n_pieces, size_t n_labels,
                      float *row) {
    if (strategy == NOMEN_AGGREGATE_AVERAGE) {
        for (size_t k = 0; k < n_labels; k++) { row[k] = column_mean(probabilities, n_pieces, n_labels, k); }
        return;
    }
    size_t piece = strategy == NOMEN_AGGREGATE_MAX ? most_certain(probabilities, n_pieces, n_labels) : 0;
    memcpy(row, probabilities + piece * n_labels, n_labels * sizeof *row);
}
