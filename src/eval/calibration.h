/* Confidence against truth, one answer at a time. */
#ifndef NOMEN_EVAL_CALIBRATION_H
#define NOMEN_EVAL_CALIBRATION_H

#include <stdbool.h>

#include "eval/kinds.h"

typedef struct nomen_bins {
    struct {
        size_t n, right;
        double confidence; /* their sum */
    } bins[NOMEN_N_BINS];
} nomen_bins;

void nomen_bins_add(nomen_bins *bins, double confidence, bool right);
nomen_calibration nomen_bins_finish(const nomen_bins *bins);

#endif
