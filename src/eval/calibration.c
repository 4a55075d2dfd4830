/*
 * Expected calibration error in bins of equal width: Naeini, Cooper, Hauskrecht, "Obtaining well
 * calibrated probabilities using Bayesian binning", AAAI 2015; 15 bins as in Guo, Pleiss, Sun,
 * Weinberger, "On calibration of modern neural networks", ICML 2017.
 */
#include "eval/calibration.h"

#include <math.h>

void nomen_bins_add(nomen_bins *bins, double confidence, bool right) {
    const double n_bins = NOMEN_N_BINS;
    double place = ceil(confidence * n_bins) - 1;
    size_t bin = !(place > 0) ? 0 : place >= n_bins ? NOMEN_N_BINS - 1 : (size_t)place;
    bins->bins[bin].n++;
    bins->bins[bin].right += right;
    bins->bins[bin].confidence += confidence;
}

nomen_calibration nomen_bins_finish(const nomen_bins *bins) {
    nomen_calibration c = {.confidence = 0};
    size_t right = 0;
    double gap = 0;
    for (size_t i = 0; i < NOMEN_N_BINS; i++) {
        double n = (double)bins->bins[i].n, n_right = (double)bins->bins[i].right;
        c.bins[i].n = bins->bins[i].n;
        c.bins[i].confidence = c.bins[i].accuracy = NAN;
        c.n += bins->bins[i].n;
        if (bins->bins[i].n == 0) { continue; }
        c.bins[i].confidence = bins->bins[i].confidence / n;
        c.bins[i].accuracy = n_right / n;
        right += bins->bins[i].right;
        c.confidence += bins->bins[i].confidence;
        gap += fabs(bins->bins[i].confidence - n_right);
    }
    double total = (double)c.n;
    c.confidence = c.n > 0 ? c.confidence / total : NAN;
    c.accuracy = c.n > 0 ? (double)right / total : NAN;
    c.ece = c.n > 0 ? gap / total : NAN;
    return c;
}
