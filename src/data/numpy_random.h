/*
 * numpy's legacy random numbers, as far as a permutation needs them: MT19937 (Matsumoto, Nishimura,
 * "Mersenne Twister", 1998) seeded by init_genrand, which is what RandomState(int) does.
 */
#ifndef NOMEN_DATA_NUMPY_RANDOM_H
#define NOMEN_DATA_NUMPY_RANDOM_H

#include <stddef.h>
#include <stdint.h>

enum { NOMEN_MT19937_SIZE = 624 };

typedef struct nomen_mt19937 {
    uint32_t state[NOMEN_MT19937_SIZE];
    unsigned used;
} nomen_mt19937;

void nomen_mt19937_seed(nomen_mt19937 *mt, uint32_t seed);
uint32_t nomen_mt19937_next(nomen_mt19937 *mt);

/* Uniform in 0..largest as numpy's random_interval: draws masked to the bits of `largest`, until one fits. */
uint32_t nomen_mt19937_up_to(nomen_mt19937 *mt, uint32_t largest);

/* numpy's legacy RandomState(seed).permutation(n) into order (n); n <= 2^32, above which numpy draws otherwise. */
void nomen_numpy_permutation(uint32_t seed, size_t n, size_t *order);

#endif
