/* Philox4x32-10 and what is drawn from it. */
#include "base/rng.h"

/* Multipliers and Weyl constants of the paper's table 2. */
static const uint32_t multiplier[2] = {0xD2511F53u, 0xCD9E8D57u};
static const uint32_t weyl[2] = {0x9E3779B9u, 0xBB67AE85u};

void nomen_rng_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)multiplier[0] * x0;
        uint64_t p1 = (uint64_t)multiplier[1] * x2;
        uint32_t y0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0;
        uint32_t y2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
        x1 = (uint32_t)p1;
        x3 = (uint32_t)p0;
        x0 = y0;
        x2 = y2;
        k0 += weyl[0];
        k1 += weyl[1];
    }
    out[0] = x0;
    out[1] = x1;
    out[2] = x2;
    out[3] = x3;
}

void nomen_rng_start(nomen_rng *rng, uint64_t seed, uint32_t purpose, uint32_t index) {
    *rng = (nomen_rng){.key = {(uint32_t)seed, (uint32_t)(seed >> 32)}, .counter = {0, 0, purpose, index}, .used = 4};
}

uint32_t nomen_rng_next(nomen_rng *rng) {
    if (rng->used == 4) {
        nomen_rng_philox(rng->counter, rng->key, rng->block);
        if (++rng->counter[0] == 0) { rng->counter[1]++; }
        rng->used = 0;
    }
    return rng->block[rng->used++];
}

uint64_t nomen_rng_below(nomen_rng *rng, uint64_t bound) {
    /* Draws that would make the low values likelier are drawn again. */
    uint64_t surplus = (UINT64_MAX % bound + 1) % bound;
    uint64_t draw;
    do {
        uint64_t high = nomen_rng_next(rng);
        draw = high << 32 | nomen_rng_next(rng);
    } while (draw > UINT64_MAX - surplus);
    return draw % bound;
}

void nomen_rng_permutation(nomen_rng *rng, size_t n, size_t *order) {
    for (size_t i = 0; i < n; i++) { order[i] = i; }
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)nomen_rng_below(rng, i);
        size_t kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

float nomen_rng_normal(nomen_rng *rng) {
    uint64_t sum = 0;
    for (int i = 0; i < 12; i++) { sum += nomen_rng_next(rng) >> 8; }
    return (float)((int64_t)sum - 6 * (1 << 24)) * 0x1p-24f;
}
