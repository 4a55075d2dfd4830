/* How many cases a randomised test tries. */
#ifndef TESTS_SUPPORT_EFFORT_H
#define TESTS_SUPPORT_EFFORT_H

#include <stddef.h>
#include <stdlib.h>

/*
 * `n` in an ordinary build; a tenth where the build itself is slow, under a sanitizer or an emulator
 * (there the interest is in faults of memory and threads, and the ordinary build has the numbers); ten
 * times as many with NOMEN_LONG=1 in the environment.
 */
static inline size_t effort(size_t n) {
    if (getenv("NOMEN_LONG") != NULL) { return n * 10; }
#ifdef NOMEN_SLOW_BUILD
    return n / 10 + 1;
#else
    return n;
#endif
}

#endif
