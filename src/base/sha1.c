/* SHA-1; see the header. */
#include "base/sha1.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint32_t turn(uint32_t x, unsigned n) {
    return x << n | x >> (32 - n);
}

static void add_block(uint32_t state[5], const uint8_t *block) {
    static const uint32_t constants[4] = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6}; /* of twenty rounds each */
    uint32_t w[80], s[5];
    for (size_t i = 0; i < 16; i++) {
        const uint8_t *b = block + 4 * i;
        w[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    }
    for (size_t i = 16; i < 80; i++) { w[i] = turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1); }
    memcpy(s, state, sizeof s);
    for (size_t i = 0; i < 80; i++) {
        uint32_t mixed = s[1] ^ s[2] ^ s[3];
        if (i < 20) { mixed = (s[1] & s[2]) | (~s[1] & s[3]); }
        if (i >= 40 && i < 60) { mixed = (s[1] & s[2]) | (s[1] & s[3]) | (s[2] & s[3]); }
        uint32_t next = turn(s[0], 5) + mixed + s[4] + constants[i / 20] + w[i];
        memmove(s + 1, s, 4 * sizeof *s);
        s[0] = next;
        s[2] = turn(s[2], 30);
    }
    for (size_t i = 0; i < 5; i++) { state[i] += s[i]; }
}

void nomen_sha1_start(nomen_sha1 *hash) {
    static const uint32_t first[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    *hash = (nomen_sha1){0};
    memcpy(hash->state, first, sizeof first);
}

void nomen_sha1_start_blob(nomen_sha1 *hash, uint64_t n_bytes) {
    char head[32];
    int n = snprintf(head, sizeof head, "blob %" PRIu64, n_bytes);
    nomen_sha1_start(hash);
    nomen_sha1_add(hash, head, (size_t)n + 1); /* with its NUL */
}

void nomen_sha1_add(nomen_sha1 *hash, const void *bytes, size_t n_bytes) {
    const uint8_t *at = bytes;
    while (n_bytes > 0) {
        size_t used = hash->n_bytes % 64, n = 64 - used < n_bytes ? 64 - used : n_bytes;
        if (n == 64) {
            add_block(hash->state, at);
        } else {
            memcpy(hash->block + used, at, n);
            if (used + n == 64) { add_block(hash->state, hash->block); }
        }
        hash->n_bytes += n;
        at += n;
        n_bytes -= n;
    }
}

void nomen_sha1_finish(nomen_sha1 *hash, char out[41]) {
    static const char digits[] = "0123456789abcdef";
    const uint8_t mark = 0x80, zero = 0;
    uint64_t n_bits = hash->n_bytes * 8;
    uint8_t length[8];
    for (size_t i = 0; i < 8; i++) { length[i] = (uint8_t)(n_bits >> (56 - 8 * i)); }
    nomen_sha1_add(hash, &mark, 1);
    while (hash->n_bytes % 64 != 56) { nomen_sha1_add(hash, &zero, 1); }
    nomen_sha1_add(hash, length, sizeof length);
    for (size_t i = 0; i < 40; i++) { out[i] = digits[hash->state[i / 8] >> (28 - 4 * (i % 8)) & 15]; }
    out[40] = '\0';
}
