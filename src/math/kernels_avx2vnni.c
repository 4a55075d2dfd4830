/* The 8-bit kernels for AVX2 with VNNI: four products and their sum in one instruction. */
#define NOMEN_SIMD_AVX2
#define NOMEN_INT8_KERNELS nomen_int8_avx2vnni
#define NOMEN_KERNELS_NAME "avx2vnni"
#include "math/vmath.h"

#include "math/lanes.inc.h"

SIMD nomen_i16 i16_dot4_flipped(nomen_i16 sum, nomen_i16 a, nomen_i16 w) {
    return (nomen_i16){_mm256_dpbusd_avx_epi32(sum.l, a.l, w.l), _mm256_dpbusd_avx_epi32(sum.h, a.h, w.h)};
}

#define INT8_DOT i16_dot4_flipped
#define INT8_FLIP 0x80
#include "math/int8.inc.h"
