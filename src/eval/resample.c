/* Bootstrap and randomisation; see the header. */
#include "eval/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/threads.h"

enum { GOLD, PREDICTED, CORRECT, OTHER_PREDICTED, OTHER_CORRECT };

/* Draws below the k-th are of a Poisson(1) number of k at most: its distribution function times 2^32, rounded down. */
static const uint32_t poisson[] = {1580030168u, 3160060337u, 3950075421u, 4213413783u, 4279248373u, 4292415291u, 4294609777u,
                                   4294923276u, 4294962463u, 4294966817u, 4294967252u, 4294967292u, 4294967295u};
enum { N_POISSON = sizeof poisson / sizeof *poisson };

static uint32_t draw_poisson(uint32_t word) {
    uint32_t n = (uint32_t)(word >= poisson[0]) + (word >= poisson[1]) + (word >= poisson[2]) + (word >= poisson[3]);
    if (n == 4) {
        while (n < N_POISSON && word >= poisson[n]) { n++; }
    }
    return n;
}

nomen_status nomen_resample_start(nomen_resample *resample, size_t replicates, uint64_t seed, nomen_error *err) {
    nomen_status status;
    resample->seed = seed;
    resample->n = replicates;
    NOMEN_TRY(NOMEN_NEW(resample->sums, replicates, err));
    NOMEN_TRY(NOMEN_NEW(resample->swaps, replicates, err));
done:
    return status;
}

void nomen_resample_clear(nomen_resample *resample) {
    nomen_mem_free(resample->sums);
    nomen_mem_free(resample->swaps);
    *resample = (nomen_resample){0};
}

static bool differs(const uint32_t counts[NOMEN_RESAMPLE_COLUMNS]) {
    return counts[PREDICTED] != counts[OTHER_PREDICTED] || counts[CORRECT] != counts[OTHER_CORRECT];
}

/* Four replicates' share of the waiting sentences. */
static void add_bootstrap(nomen_resample *r, size_t block) {
    const uint32_t key[2] = {(uint32_t)r->seed, (uint32_t)(r->seed >> 32)};
    for (size_t i = 0; i < r->n_waiting; i++) {
        uint64_t sentence = r->waiting[i].sentence;
        const uint32_t counter[4] = {(uint32_t)sentence, (uint32_t)(sentence >> 32), NOMEN_RNG_BOOTSTRAP, (uint32_t)block};
        uint32_t words[4];
        nomen_rng_philox(counter, key, words);
        for (size_t k = 0; k < 4 && 4 * block + k < r->n; k++) {
            uint64_t weight = draw_poisson(words[k]);
            for (size_t c = 0; c < NOMEN_RESAMPLE_COLUMNS; c++) { r->sums[4 * block + k][c] += weight * r->waiting[i].counts[c]; }
        }
    }
}

/* 128 rounds' share of them: a bit a round. */
static void add_swaps(nomen_resample *r, size_t block) {
    const uint32_t key[2] = {(uint32_t)r->seed, (uint32_t)(r->seed >> 32)};
    for (size_t i = 0; i < r->n_waiting; i++) {
        const uint32_t *counts = r->waiting[i].counts;
        if (!differs(counts)) { continue; }
        uint64_t sentence = r->waiting[i].sentence;
        int64_t predicted = (int64_t)counts[PREDICTED] - counts[OTHER_PREDICTED];
        int64_t correct = (int64_t)counts[CORRECT] - counts[OTHER_CORRECT];
        const uint32_t counter[4] = {(uint32_t)sentence, (uint32_t)(sentence >> 32), NOMEN_RNG_SWAP, (uint32_t)block};
        uint32_t words[4];
        nomen_rng_philox(counter, key, words);
        for (size_t k = 0; k < 128 && 128 * block + k < r->n; k++) {
            int64_t swap = words[k / 32] >> k % 32 & 1;
            r->swaps[128 * block + k][0] += swap * predicted;
            r->swaps[128 * block + k][1] += swap * correct;
        }
    }
}

static void add_bootstraps(void *context, size_t first, size_t end) {
    for (size_t b = first; b < end; b++) { add_bootstrap(context, b); }
}

static void add_all_swaps(void *context, size_t first, size_t end) {
    for (size_t b = first; b < end; b++) { add_swaps(context, b); }
}

static void flush(nomen_resample *r) {
    if (r->n_waiting == 0) { return; }
    nomen_team_run((r->n + 3) / 4, 0, nomen_team_size(), add_bootstraps, r);
    if (r->n_differ > 0) { nomen_team_run((r->n + 127) / 128, 0, nomen_team_size(), add_all_swaps, r); }
    r->n_waiting = 0;
}

void nomen_resample_add(nomen_resample *r, uint64_t sentence, nomen_counts first, nomen_counts second) {
    uint32_t *counts = r->waiting[r->n_waiting].counts;
    if (first.gold + first.predicted + second.predicted == 0) { return; } /* adds nothing, however often */
    counts[GOLD] = (uint32_t)first.gold;
    counts[PREDICTED] = (uint32_t)first.predicted;
    counts[CORRECT] = (uint32_t)first.correct;
    counts[OTHER_PREDICTED] = (uint32_t)second.predicted;
    counts[OTHER_CORRECT] = (uint32_t)second.correct;
    for (size_t c = 0; c < NOMEN_RESAMPLE_COLUMNS; c++) { r->totals[c] += counts[c]; }
    r->n_differ += differs(counts);
    r->waiting[r->n_waiting++].sentence = sentence;
    if (r->n_waiting == NOMEN_RESAMPLE_BLOCK) { flush(r); }
}

/* F1 as 2 correct / (gold + predicted), the same number; 0 where there is nothing. */
static double f1_of(uint64_t gold, uint64_t predicted, uint64_t correct) {
    return gold + predicted > 0 ? 2 * (double)correct / (double)(gold + predicted) : 0;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The q-th quantile of n > 0 sorted values, between neighbours in proportion: numpy's default. */
static double quantile(const double *sorted, size_t n, double q) {
    double at = q * (double)(n - 1);
    size_t below = (size_t)at;
    if (below + 1 >= n) { return sorted[n - 1]; }
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

static nomen_interval interval_of(double *values, size_t n, double confidence) {
    if (n == 0) { return (nomen_interval){.low = NAN, .high = NAN}; }
    qsort(values, n, sizeof *values, by_size);
    return (nomen_interval){
        .low = quantile(values, n, (1 - confidence) / 2), .high = quantile(values, n, (1 + confidence) / 2), .replicates = n};
}

/* Rounds whose difference is the observed one or more, either way. */
static size_t count_extreme(const nomen_resample *r, double observed) {
    const uint64_t *t = r->totals;
    size_t n = 0;
    for (size_t k = 0; k < r->n; k++) {
        uint64_t predicted = t[PREDICTED] - (uint64_t)r->swaps[k][0], correct = t[CORRECT] - (uint64_t)r->swaps[k][1];
        uint64_t other = t[OTHER_PREDICTED] + (uint64_t)r->swaps[k][0];
        uint64_t other_correct = t[OTHER_CORRECT] + (uint64_t)r->swaps[k][1];
        double difference = f1_of(t[GOLD], predicted, correct) - f1_of(t[GOLD], other, other_correct);
        n += fabs(difference) >= fabs(observed) - 1e-12; /* equal but for the rounding */
    }
    return n;
}

nomen_status nomen_resample_finish(nomen_resample *r, double confidence, nomen_interval *f1, nomen_comparison *comparison,
                                   nomen_error *err) {
    double *values = NULL, *differences;
    size_t n_values = 0, n_differences = 0, n;
    nomen_status status;
    NOMEN_TRY(nomen_mem_product(r->n, 2, "replicates", &n, err));
    NOMEN_TRY(NOMEN_NEW(values, n, err));
    differences = values + r->n;
    flush(r);
    for (size_t k = 0; k < r->n; k++) {
        const uint64_t *s = r->sums[k];
        double own = f1_of(s[GOLD], s[PREDICTED], s[CORRECT]);
        if (s[GOLD] + s[PREDICTED] > 0) { values[n_values++] = own; }
        if (s[GOLD] + s[PREDICTED] + s[OTHER_PREDICTED] > 0) {
            differences[n_differences++] = own - f1_of(s[GOLD], s[OTHER_PREDICTED], s[OTHER_CORRECT]);
        }
    }
    *f1 = interval_of(values, n_values, confidence);
    comparison->interval = interval_of(differences, n_differences, confidence);
    comparison->n_differ = r->n_differ;
    comparison->difference = f1_of(r->totals[GOLD], r->totals[PREDICTED], r->totals[CORRECT]) -
                             f1_of(r->totals[GOLD], r->totals[OTHER_PREDICTED], r->totals[OTHER_CORRECT]);
    comparison->p_value = (double)(1 + count_extreme(r, comparison->difference)) / (double)(1 + r->n);
done:
    nomen_mem_free(values);
    return status;
}
