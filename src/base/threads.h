/* The size of the one OpenMP team: `#pragma omp parallel num_threads(nomen_get_threads())`. */
#ifndef NOMEN_BASE_THREADS_H
#define NOMEN_BASE_THREADS_H

#include "nomen/runtime.h"

/* The largest team. Scratch with one share per thread is planned for it, so that it serves a team of any size. */
enum { NOMEN_MAX_THREADS = 64 };

#ifdef _OPENMP
#include <omp.h>
#else
static inline int omp_get_thread_num(void) {
    return 0;
}
static inline int omp_get_num_threads(void) {
    return 1;
}
#endif

#endif
