/* The kernels for AVX-512 (F, VL, DQ, BW). */
#define NOMEN_SIMD_AVX512
#define NOMEN_KERNELS nomen_kernels_avx512
#define NOMEN_INT8_KERNELS nomen_int8_avx512
#define NOMEN_KERNELS_NAME "avx512"
#include "math/simd.h"

/* Unsigned bytes times those of narrow weights: two products fit into 16 bits, as 2 * 255 * 64 < 2^15 */
SIMD nomen_i16 i16_dot4_narrow(nomen_i16 sum, nomen_i16 a, nomen_i16 w) {
    return _mm512_add_epi32(sum, _mm512_madd_epi16(_mm512_maddubs_epi16(a, w), _mm512_set1_epi16(1)));
}

#define INT8_NARROW_DOT i16_dot4_narrow
#define INT8_NARROW_FLIP 0x80
#include "math/kernels.inc.h"
