/* The 8-bit kernels for AVX-512 with VNNI: four products and their sum in one instruction. */
#define NOMEN_SIMD_AVX512
#define NOMEN_INT8_KERNELS nomen_int8_avx512vnni
#define NOMEN_KERNELS_NAME "avx512vnni"
#include "math/vmath.h"

#include "math/lanes.inc.h"

#define INT8_DOT _mm512_dpbusd_epi32
#define INT8_FLIP 0x80
#include "math/int8.inc.h"
