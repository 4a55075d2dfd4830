/* Confident learning; see the header for the formulas. */
#include "check/confident.h"

#include <math.h>

#include "base/mem.h"

/* As cleanlab's FLOATING_POINT_COMPARISON. */
static const double slack = 1e-6;

static void find_thresholds(const nomen_judged *words, nomen_confident *c) {
    for (size_t w = 0; w < words->n; w++) {
        if (words->given[w] < 0) { continue; }
        size_t label = (size_t)words->given[w];
        c->counts[label]++;
        c->thresholds[label] += words->probabilities[w * words->n_labels + label];
    }
    for (size_t k = 0; k < c->n_labels; k++) {
        c->thresholds[k] = c->counts[k] > 0 ? c->thresholds[k] / (double)c->counts[k] : INFINITY;
    }
}

static int32_t find_label(const nomen_confident *c, const float *row) {
    int32_t best = -1;
    for (size_t k = 0; k < c->n_labels; k++) {
        if (!((double)row[k] >= c->thresholds[k] - slack)) { continue; }
        if (best < 0 || row[k] > row[best]) { best = (int32_t)k; }
    }
    return best;
}

nomen_status nomen_confident_find(const nomen_judged *words, nomen_confident *out, nomen_error *err) {
    nomen_confident c = {.n_labels = words->n_labels};
    size_t n_pairs = 0;
    nomen_status status;
    NOMEN_TRY(nomen_mem_product(words->n_labels, words->n_labels, "pairs of labels", &n_pairs, err));
    NOMEN_TRY(NOMEN_NEW(c.counts, words->n_labels, err));
    NOMEN_TRY(NOMEN_NEW(c.thresholds, words->n_labels, err));
    NOMEN_TRY(NOMEN_NEW(c.joint, n_pairs, err));
    NOMEN_TRY(NOMEN_NEW(c.label, words->n, err));
    find_thresholds(words, &c);
    for (size_t w = 0; w < words->n; w++) {
        c.label[w] = words->given[w] < 0 ? -1 : find_label(&c, words->probabilities + w * words->n_labels);
        if (c.label[w] >= 0) { c.joint[(size_t)words->given[w] * words->n_labels + (size_t)c.label[w]]++; }
    }
    *out = c;
    return NOMEN_OK;
done:
    nomen_confident_clear(&c);
    return status;
}

void nomen_confident_clear(nomen_confident *c) {
    nomen_mem_free(c->counts);
    nomen_mem_free(c->thresholds);
    nomen_mem_free(c->joint);
    nomen_mem_free(c->label);
    *c = (nomen_confident){0};
}

/* Since each row is scaled to its own count, the rows sum to the number of words as they stand. */
void nomen_confident_estimate(const nomen_confident *c, double *estimated) {
    for (size_t i = 0; i < c->n_labels; i++) {
        const size_t *row = c->joint + i * c->n_labels;
        size_t total = 0;
        for (size_t j = 0; j < c->n_labels; j++) { total += row[j]; }
        for (size_t j = 0; j < c->n_labels; j++) {
            double share = total > 0 ? (double)row[j] / (double)total : i == j;
            estimated[i * c->n_labels + j] = share * (double)c->counts[i];
        }
    }
}

int32_t nomen_judged_best(const nomen_judged *words, size_t word) {
    const float *row = words->probabilities + word * words->n_labels;
    size_t best = 0;
    for (size_t k = 1; k < words->n_labels; k++) {
        if (row[k] > row[best]) { best = k; }
    }
    return (int32_t)best;
}

bool nomen_confident_is_error(const nomen_confident *c, const nomen_judged *words, size_t word) {
    int32_t given = words->given[word];
    if (given < 0 || c->label[word] < 0 || c->label[word] == given) { return false; }
    return nomen_judged_best(words, word) != given;
}

double nomen_judged_margin(const nomen_judged *words, size_t word) {
    const float *row = words->probabilities + word * words->n_labels;
    size_t given = (size_t)words->given[word];
    double other = 0;
    for (size_t k = 0; k < words->n_labels; k++) {
        if (k != given && (double)row[k] > other) { other = (double)row[k]; }
    }
    return ((double)row[given] - other + 1) / 2;
}
