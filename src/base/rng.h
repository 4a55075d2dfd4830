/*
 * Random numbers without a stream: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011). A number is a function of a key and a counter, so it does
 * not depend on the order in which numbers are asked for, nor on threads.
 */
#ifndef NOMEN_BASE_RNG_H
#define NOMEN_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* out[4] = Philox4x32-10 of counter[4] under key[2]. */
void nomen_rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/*
 * A sequence of its own for jobs that are sequential by nature (shuffling, initial weights).
 * `purpose` keeps the sequences of one seed apart; each use in the project has its own constant.
 */
typedef struct nomen_rng {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4];
    unsigned used;
} nomen_rng;

enum {
    NOMEN_RNG_SPLIT = 1,     /* train/dev/test split */
    NOMEN_RNG_SHUFFLE = 2,   /* order of sentences in an epoch */
    NOMEN_RNG_WEIGHTS = 3,   /* a fresh head */
    NOMEN_RNG_DROPOUT = 4,   /* keys of dropout, see math/dropout */
    NOMEN_RNG_BOOTSTRAP = 5, /* sentences of a bootstrap, see eval/resample */
    NOMEN_RNG_SWAP = 6,      /* sentences that change places in a paired test */
    NOMEN_RNG_SWEEP = 7,     /* values of a random search */
    NOMEN_RNG_OVERSAMPLE = 8 /* sentences that are repeated once more, see train/oversample */
};

void nomen_rng_start(nomen_rng *rng, uint64_t seed, uint32_t purpose, uint32_t index);
uint32_t nomen_rng_next(nomen_rng *rng);

/* Uniform in 0..bound-1 without bias (bound > 0). */
uint64_t nomen_rng_below(nomen_rng *rng, uint64_t bound);

/* Shuffles 0..n-1 into `order` (Fisher-Yates, from the end). */
void nomen_rng_permutation(nomen_rng *rng, size_t n, size_t *order);

/* Normal with mean 0 and deviation 1, as the sum of twelve uniforms less six: no libm in it. */
float nomen_rng_normal(nomen_rng *rng);

#endif
