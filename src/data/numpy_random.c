/* MT19937 and numpy's legacy permutation; see the header. */
#include "data/numpy_random.h"

enum { MIDDLE = 397 };

void nomen_mt19937_seed(nomen_mt19937 *mt, uint32_t seed) {
    mt->state[0] = seed;
    for (uint32_t i = 1; i < NOMEN_MT19937_SIZE; i++) {
        uint32_t before = mt->state[i - 1];
        mt->state[i] = UINT32_C(1812433253) * (before ^ before >> 30) + i;
    }
    mt->used = NOMEN_MT19937_SIZE;
}

static void renew(nomen_mt19937 *mt) {
    uint32_t *state = mt->state;
    for (unsigned i = 0; i < NOMEN_MT19937_SIZE; i++) {
        uint32_t y = (state[i] & UINT32_C(0x80000000)) | (state[(i + 1) % NOMEN_MT19937_SIZE] & UINT32_C(0x7FFFFFFF));
        state[i] = state[(i + MIDDLE) % NOMEN_MT19937_SIZE] ^ y >> 1 ^ (y & 1 ? UINT32_C(0x9908B0DF) : 0);
    }
    mt->used = 0;
}

uint32_t nomen_mt19937_next(nomen_mt19937 *mt) {
    if (mt->used == NOMEN_MT19937_SIZE) { renew(mt); }
    uint32_t y = mt->state[mt->used++];
    y ^= y >> 11;
    y ^= y << 7 & UINT32_C(0x9D2C5680);
    y ^= y << 15 & UINT32_C(0xEFC60000);
    return y ^ y >> 18;
}

uint32_t nomen_mt19937_up_to(nomen_mt19937 *mt, uint32_t largest) {
    uint32_t mask = largest;
    for (unsigned shift = 1; shift <= 16; shift *= 2) { mask |= mask >> shift; }
    uint32_t draw;
    do { draw = nomen_mt19937_next(mt) & mask; } while (draw > largest);
    return draw;
}

void nomen_numpy_permutation(uint32_t seed, size_t n, size_t *order) {
    nomen_mt19937 mt;
    nomen_mt19937_seed(&mt, seed);
    for (size_t i = 0; i < n; i++) { order[i] = i; }
    for (size_t i = n; i-- > 1;) {
        size_t j = nomen_mt19937_up_to(&mt, (uint32_t)i);
        size_t kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}
