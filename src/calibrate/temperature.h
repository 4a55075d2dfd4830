/*
 * The temperature of a model's scores: Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks",
 * ICML 2017.
 */
#ifndef NOMEN_CALIBRATE_TEMPERATURE_H
#define NOMEN_CALIBRATE_TEMPERATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Words with a label: logits (n,K), and the gold label of each, -1 for a word that does not count. */
typedef struct nomen_labelled_logits {
    const float *logits;
    const int32_t *gold;
    size_t n, n_labels;
} nomen_labelled_logits;

/*
 * The temperature T in 1/NOMEN_TEMPERATURE_MOST .. NOMEN_TEMPERATURE_MOST that makes the mean negative log likelihood
 * of the gold labels under softmax(logits / T) least. It is convex in 1/T: Newton's method on its derivative,
 * with bisection where a step leaves the bracket, until 1/T moves by less than 1e-13 of itself. Without words 1.
 */
double nomen_temperature_fit(const nomen_labelled_logits *words);

/* That mean at a temperature; NaN without words. */
double nomen_temperature_loss(const nomen_labelled_logits *words, double temperature);

/* The largest probability of one row at a temperature. */
double nomen_temperature_confidence(const float *logits, size_t n_labels, double temperature);

#endif
