/* The kernels for AVX2 and FMA. */
#define NOMEN_SIMD_AVX2
#define NOMEN_KERNELS nomen_kernels_avx2
#define NOMEN_INT8_KERNELS nomen_int8_avx2
#define NOMEN_KERNELS_NAME "avx2"
#include "math/simd.h"

/* Unsigned bytes times those of narrow weights: two products fit into 16 bits, as 2 * 255 * 64 < 2^15 */
SIMD __m256i simd_dot4_narrow(__m256i sum, __m256i a, __m256i w) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, w), _mm256_set1_epi16(1)));
}
SIMD nomen_i16 i16_dot4_narrow(nomen_i16 sum, nomen_i16 a, nomen_i16 w) {
    return (nomen_i16){simd_dot4_narrow(sum.l, a.l, w.l), simd_dot4_narrow(sum.h, a.h, w.h)};
}

#define INT8_NARROW_DOT i16_dot4_narrow
#define INT8_NARROW_FLIP 0x80
#include "math/kernels.inc.h"
