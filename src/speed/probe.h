/* Clock, samples and the machine's peaks: what measuring rests on. */
#ifndef NOMEN_SPEED_PROBE_H
#define NOMEN_SPEED_PROBE_H

#include "base/clock.h"
#include "math/ops.h"
#include "speed/result.h"

/* A run, or some short ones that follow each other, between two measurements of the peak. */
typedef struct nomen_speed_pass {
    double share; /* its rate over the mean of the two peaks */
    bool agree;   /* the peaks: the machine did not change its speed meanwhile */
} nomen_speed_pass;

/* Times of runs. A full one keeps what it has: many thousand runs say enough. */
enum { NOMEN_SPEED_MAX_RUNS = 1 << 14 };
typedef struct nomen_speed_samples {
    double *seconds; /* (NOMEN_SPEED_MAX_RUNS) */
    size_t n;
    nomen_speed_pass *passes;        /* (NOMEN_SPEED_MAX_RUNS) */
    size_t n_passes, n_kept;         /* n_kept: whose peaks agree */
    double pass_seconds, pass_flops; /* of the pass under way */
    double peak;                     /* the highest beside a pass */
} nomen_speed_samples;

/* Forgets all runs and passes. */
void nomen_speed_reset(nomen_speed_samples *samples);

/* A run and its operations; 0 where they are not the limit. */
void nomen_speed_add(nomen_speed_samples *samples, double seconds, double flops);

/* The end of a pass, with the peaks on both sides of it; nothing where no run had operations. */
void nomen_speed_end_pass(nomen_speed_samples *samples, double before, double after);

/* Fills in the row's times from at least one sample, and its share from the passes; sorts both. */
void nomen_speed_summarize(nomen_speed_samples *samples, bool alike, nomen_speed_row *row);

/* What is multiplied. */
typedef enum nomen_speed_kind {
    NOMEN_SPEED_FLOATS = 0,
    NOMEN_SPEED_INT8,   /* by any weights of 8 bits */
    NOMEN_SPEED_NARROW, /* by narrow ones (ops.h) */
    NOMEN_SPEED_BF16
} nomen_speed_kind;

/* Operations a second of multiply-adds over registers on the whole team: the best of n_loops loops of a millisecond or two. */
double nomen_speed_flops(nomen_speed_kind kind, int n_loops);

/* The same in bytes a second: y += x over n_elements. y stays finite, as x is zero. */
double nomen_speed_bytes(nomen_real *y, const nomen_real *x, size_t n_elements);

#endif
