/*
 * SHA-256 by x86's SHA extensions: about seven times as fast as in C, so that a checkpoint's sums cost little.
 * An instruction does two rounds; it wants the state as two vectors, (a b e f) and (c d g h) from the highest word down.
 */
#include "base/sha256_blocks.h"

/* The first 32 bits of the fractions of the cube roots of the first 64 primes. */
const uint32_t nomen_sha256_constants[64] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5, 0xD807AA98, 0x12835B01,
    0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174, 0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC,
    0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA, 0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147,
    0x06CA6351, 0x14292967, 0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070, 0x19A4C116, 0x1E376C08,
    0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3, 0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208,
    0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>

static bool ask(void) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1)) { return false; }
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & 1u << 29);
}

/* Asked once: under a hypervisor the question is dear. */
bool nomen_sha256_has_unit(void) {
    static atomic_int known; /* 0: not asked yet */
    int answer = atomic_load_explicit(&known, memory_order_relaxed);
    if (answer == 0) {
        answer = ask() ? 1 : 2;
        atomic_store_explicit(&known, answer, memory_order_relaxed);
    }
    return answer == 1;
}

__attribute__((target("sha,sse4.1,ssse3"))) void nomen_sha256_blocks_unit(uint32_t state[8], const uint8_t *blocks,
                                                                          size_t n_blocks) {
    const __m128i big_endian = _mm_set_epi64x(0x0C0D0E0F08090A0B, 0x0405060700010203);
    const __m128i *k = (const __m128i *)(const void *)nomen_sha256_constants;
    __m128i low = _mm_loadu_si128((const __m128i *)(const void *)state);
    __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(state + 4));
    __m128i turned = _mm_shuffle_epi32(low, 0xB1), reversed = _mm_shuffle_epi32(high, 0x1B);
    __m128i abef = _mm_alignr_epi8(turned, reversed, 8), cdgh = _mm_blend_epi16(reversed, turned, 0xF0);
    for (; n_blocks > 0; n_blocks--, blocks += 64) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[4];
#pragma GCC unroll 16
        for (int g = 0; g < 16; g++) {
            if (g < 4) {
                w[g] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)blocks + g), big_endian);
            } else {
                __m128i before = w[(g + 3) % 4]; /* the four words before these */
                __m128i sum =
                    _mm_add_epi32(_mm_sha256msg1_epu32(w[g % 4], w[(g + 1) % 4]), _mm_alignr_epi8(before, w[(g + 2) % 4], 4));
                w[g % 4] = _mm_sha256msg2_epu32(sum, before);
            }
            __m128i x = _mm_add_epi32(w[g % 4], _mm_loadu_si128(k + g));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, x);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(x, 0x0E));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    turned = _mm_shuffle_epi32(abef, 0x1B);
    reversed = _mm_shuffle_epi32(cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(turned, reversed, 0xF0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(reversed, turned, 8));
}

#else

bool nomen_sha256_has_unit(void) {
    return false;
}

void nomen_sha256_blocks_unit(uint32_t state[8], const uint8_t *blocks, size_t n_blocks) {
    nomen_sha256_blocks_plain(state, blocks, n_blocks);
}

#endif
