/* Clock, samples and the machine's peaks: what measuring rests on. */
#ifndef NOMEN_SPEED_PROBE_H
#define NOMEN_SPEED_PROBE_H

#include "base/clock.h"
#include "math/ops.h"
#include "speed/result.h"

/* Times of runs. A full one keeps what it has: many thousand runs say enough. */
enum { NOMEN_SPEED_MAX_RUNS = 1 << 14 };
typedef struct nomen_speed_samples {
    double *seconds; /* (NOMEN_SPEED_MAX_RUNS) */
    size_t n;
} nomen_speed_samples;

void nomen_speed_add(nomen_speed_samples *samples, double seconds);

/* Fills in the row's times from at least one sample; sorts them. */
void nomen_speed_summarize(nomen_speed_samples *samples, bool alike, nomen_speed_row *row);

/* What is multiplied. */
typedef enum nomen_speed_kind {
    NOMEN_SPEED_FLOATS = 0,
    NOMEN_SPEED_INT8,  /* by any weights of 8 bits */
    NOMEN_SPEED_NARROW /* by narrow ones (ops.h) */
} nomen_speed_kind;

/* Operations a second of multiply-adds over registers on the whole team: the best of some short loops. */
double nomen_speed_flops(nomen_speed_kind kind);

/* The same in bytes a second: y += x over n_elements. y stays finite, as x is zero. */
double nomen_speed_bytes(nomen_real *y, const nomen_real *x, size_t n_elements);

#endif
