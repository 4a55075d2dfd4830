/*
 * Which label probabilities stand for. numpy sums along a contiguous axis in pairs (eight running
 * sums in blocks of up to 128) and across rows one row after the other; both are done the same way here.
 */
#include "decode/decide.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

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

/* Whether `x` takes numpy.argmax's place from `best`: a NaN is larger than any number, the first one wins. */
static int is_larger(float x, float best) {
    return !isnan(best) && (isnan(x) || x > best);
}

nomen_decision nomen_decide_largest(const float *row, size_t n_labels) {
    nomen_decision best = {.label = 0, .score = row[0]};
    for (size_t k = 1; k < n_labels; k++) {
        if (is_larger(row[k], best.score)) { best = (nomen_decision){.label = (int32_t)k, .score = row[k]}; }
    }
    return best;
}

nomen_status nomen_unit_start(nomen_unit *unit, nomen_aggregation strategy, size_t n_labels, nomen_error *err) {
    nomen_status status;
    NOMEN_TRY(NOMEN_RESERVE(unit->row, unit->row_capacity, n_labels, err));
    NOMEN_TRY(NOMEN_RESERVE(unit->counts, unit->count_capacity, n_labels, err));
    unit->strategy = strategy;
    unit->n_labels = n_labels;
    unit->n = 0;
done:
    return status;
}

/* numpy sums rows one after the other, but a single column is contiguous, and summed in pairs once all is there. */
static nomen_status add_to_sums(nomen_unit *unit, const float *row, nomen_error *err) {
    if (unit->n_labels == 1) {
        nomen_status status = NOMEN_RESERVE(unit->numbers, unit->number_capacity, unit->n + 1, err);
        if (status == NOMEN_OK) { unit->numbers[unit->n] = row[0]; }
        return status;
    }
    for (size_t k = 0; k < unit->n_labels; k++) {
        unit->row[k] = (unit->n > 0 ? unit->row[k] : 0) + or_zero(row[k]);
        unit->counts[k] = (unit->n > 0 ? unit->counts[k] : 0) + (isnan(row[k]) ? 0 : 1);
    }
    return NOMEN_OK;
}

nomen_status nomen_unit_add(nomen_unit *unit, const float *row, nomen_error *err) {
    nomen_status status = NOMEN_OK;
    if (unit->strategy == NOMEN_AGGREGATE_AVERAGE) {
        status = add_to_sums(unit, row, err);
        if (status != NOMEN_OK) { return status; }
    } else if (unit->strategy == NOMEN_AGGREGATE_MAX) {
        /* The piece MAX goes by: Python's max keeps the first unless a later one compares as greater. */
        float score = nomen_decide_largest(row, unit->n_labels).score;
        if (unit->n == 0 || score > unit->score) {
            memcpy(unit->row, row, unit->n_labels * sizeof *row);
            unit->score = score;
        }
    } else if (unit->n == 0) {
        memcpy(unit->row, row, unit->n_labels * sizeof *row);
    }
    unit->n++;
    return status;
}

nomen_decision nomen_unit_decide(nomen_unit *unit) {
    if (unit->strategy == NOMEN_AGGREGATE_AVERAGE && unit->n_labels == 1) {
        unit->row[0] = nomen_decide_mean(unit->numbers, unit->n);
    } else if (unit->strategy == NOMEN_AGGREGATE_AVERAGE) {
        for (size_t k = 0; k < unit->n_labels; k++) { unit->row[k] = divide(unit->row[k], unit->counts[k]); }
    }
    return nomen_decide_largest(unit->row, unit->n_labels);
}

void nomen_unit_clear(nomen_unit *unit) {
    nomen_mem_free(unit->row);
    nomen_mem_free(unit->counts);
    nomen_mem_free(unit->numbers);
    *unit = (nomen_unit){0};
}
