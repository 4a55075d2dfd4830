/*
 * Two threads copy to one place. test.sh runs it before the tests under tsan: the race has to be reported, and
 * with an argument, where a lock orders the threads, nothing may be. The copying is memcpy's on purpose: under
 * TSAN_OPTIONS=ignore_noninstrumented_modules=1, which archer asks for, tsan misses what happens in there.
 */
#include <string.h>

int main(int argc, char **argv) {
    static char from[256], to[256];
    volatile size_t n_bytes = sizeof to; /* or the compiler copies by itself */
    (void)argv;
#pragma omp parallel num_threads(2)
    {
        if (argc > 1) {
#pragma omp critical
            memcpy(to, from, n_bytes);
        } else {
            memcpy(to, from, n_bytes);
        }
    }
    return to[0];
}
