/* SHA-256; see the header. */
#include "base/sha256.h"

#include <string.h>

#include "base/sha256_blocks.h"

static uint32_t turn(uint32_t x, unsigned n) {
    return x >> n | x << (32 - n);
}

/* One round: what the standard calls a to h keep their places, and the callers turn the names instead of the values. */
#define ROUND(a, b, c, d, e, f, g, h, i) \
    do { \
        uint32_t one = (h) + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((g) ^ ((e) & ((f) ^ (g)))) + \
                       nomen_sha256_constants[i] + w[(i) % 16]; \
        (d) += one; \
        (h) = one + (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (((a) & (b)) | ((c) & ((a) | (b)))); \
    } while (0)

/* Of the 64 words of the schedule the last 16 are kept. */
static void next_words(uint32_t w[16]) {
    for (size_t i = 0; i < 16; i++) {
        uint32_t a = w[(i + 1) % 16], b = w[(i + 14) % 16];
        w[i] += w[(i + 9) % 16] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
}

static void add_block(uint32_t state[8], const uint8_t *block) {
    uint32_t w[16], a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (size_t i = 0; i < 16; i++) {
        const uint8_t *at = block + 4 * i;
        w[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    }
    for (size_t i = 0; i < 64; i += 8) {
        if (i > 0 && i % 16 == 0) { next_words(w); }
        ROUND(a, b, c, d, e, f, g, h, i);
        ROUND(h, a, b, c, d, e, f, g, i + 1);
        ROUND(g, h, a, b, c, d, e, f, i + 2);
        ROUND(f, g, h, a, b, c, d, e, i + 3);
        ROUND(e, f, g, h, a, b, c, d, i + 4);
        ROUND(d, e, f, g, h, a, b, c, i + 5);
        ROUND(c, d, e, f, g, h, a, b, i + 6);
        ROUND(b, c, d, e, f, g, h, a, i + 7);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

void nomen_sha256_blocks_plain(uint32_t state[8], const uint8_t *blocks, size_t n_blocks) {
    for (size_t i = 0; i < n_blocks; i++) { add_block(state, blocks + 64 * i); }
}

static void add_blocks(uint32_t state[8], const uint8_t *blocks, size_t n_blocks) {
    if (nomen_sha256_has_unit()) {
        nomen_sha256_blocks_unit(state, blocks, n_blocks);
    } else {
        nomen_sha256_blocks_plain(state, blocks, n_blocks);
    }
}

void nomen_sha256_start(nomen_sha256 *hash) {
    /* Those of the square roots of the first 8 primes. */
    static const uint32_t first[8] = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                      0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
    *hash = (nomen_sha256){0};
    memcpy(hash->state, first, sizeof first);
}

void nomen_sha256_add(nomen_sha256 *hash, const void *bytes, size_t n_bytes) {
    const uint8_t *at = bytes;
    while (n_bytes > 0) {
        size_t used = hash->n_bytes % 64, n = 64 - used < n_bytes ? 64 - used : n_bytes;
        if (n == 64) {
            n = n_bytes / 64 * 64;
            add_blocks(hash->state, at, n / 64);
        } else {
            memcpy(hash->block + used, at, n);
            if (used + n == 64) { add_blocks(hash->state, hash->block, 1); }
        }
        hash->n_bytes += n;
        at += n;
        n_bytes -= n;
    }
}

void nomen_sha256_finish(nomen_sha256 *hash, char out[65]) {
    static const char digits[] = "0123456789abcdef";
    const uint8_t mark = 0x80, zero = 0;
    uint64_t n_bits = hash->n_bytes * 8;
    uint8_t length[8];
    for (size_t i = 0; i < 8; i++) { length[i] = (uint8_t)(n_bits >> (56 - 8 * i)); }
    nomen_sha256_add(hash, &mark, 1);
    while (hash->n_bytes % 64 != 56) { nomen_sha256_add(hash, &zero, 1); }
    nomen_sha256_add(hash, length, sizeof length);
    for (size_t i = 0; i < 64; i++) { out[i] = digits[hash->state[i / 8] >> (28 - 4 * (i % 8)) & 15]; }
    out[64] = '\0';
}
