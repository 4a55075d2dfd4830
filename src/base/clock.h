/* The monotonic clock: for how long something takes, and until when it may. */
#ifndef NOMEN_BASE_CLOCK_H
#define NOMEN_BASE_CLOCK_H

#include <time.h>

/* Seconds since some moment that does not change. */
static inline double nomen_clock_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif
