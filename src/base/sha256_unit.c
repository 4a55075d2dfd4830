/*
 * SHA-256 by x86's SHA extensions: about seven times as fast as in C, so that a checkpoint's sums cost little.
 * An instruction does two rounds; it wants the state as two vectors, (a b e f) and (c d g h) from the highest word down.
 */
#include "base/sha256_blocks.h"

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
